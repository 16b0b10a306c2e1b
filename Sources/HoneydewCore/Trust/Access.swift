/// What one client may do with jobs and schedules: a viewer sees all of them from outside, a submitter has its own, an
/// administrator has all.
public struct Access: Equatable, Sendable {
  /// Who the client is: whose what it submits will be.
  public let uid: UInt32
  public let roles: Roles
  /// Whether it may have programs of this machine run.
  public let mayRunCommands: Bool

  /// - Parameter submittersRunCommands: whether who may submit may also have programs run.
  public init(uid: UInt32, roles: Roles, submittersRunCommands: Bool = false) {
    self.uid = uid
    self.roles = roles
    mayRunCommands = roles.contains(.admin) || submittersRunCommands && roles.contains(.submit)
  }

  /// Whose jobs something reaches.
  public enum Reach: Equatable, Sendable {
    case everybodys
    case only(UInt32)
    case nobodys

    public func includes(_ uid: UInt32) -> Bool {
      switch self {
      case .everybodys: true
      case .only(let owner): owner == uid
      case .nobodys: false
      }
    }

    /// The one user whose jobs are meant; nil for everybody's.
    public var submitter: UInt32? { if case .only(let uid) = self { uid } else { nil } }
  }

  /// How much is shown of a job or a schedule.
  public enum Sight: Equatable, Sendable {
    /// All of it.
    case whole
    /// Neither payload nor result nor idempotency key.
    case outline
  }

  /// Whose jobs are seen at all.
  public var seen: Reach { roles.contains(.view) ? .everybodys : owned }

  /// Whose jobs are shown whole, waited for, and changed.
  public var owned: Reach {
    if roles.contains(.admin) { return .everybodys }
    return roles.contains(.submit) ? .only(uid) : .nobodys
  }

  /// How much is shown of what a user has submitted, where it is seen at all.
  public func sight(of submitter: UInt32) -> Sight { owned.includes(submitter) ? .whole : .outline }

  /// Whether it may have a command carried out. The active environment is the administrators' business: others have to say
  /// which one they mean.
  public func check(_ command: String, environment name: String) throws(Refusal) {
    guard !roles.contains(.admin), let command = CommandRegistry.find(command) else { return }
    if command.isLocal { try checkLocal() }
    guard name.isEmpty, command.callsAPI else { return }
    throw .invalid("environment", "name the environment: only administrators may leave it to the active one")
  }

  /// Whether it may have programs of this machine run.
  public func checkLocal() throws(Refusal) {
    guard !mayRunCommands else { return }
    throw .commandsNotAllowed
  }
}

extension Access.Reach {
  /// The user that a list is narrowed to, of one that was asked for.
  ///
  /// - Returns: nil where it is not narrowed.
  /// - Throws: what the client may not ask for.
  public func narrow(to wanted: UInt32?) throws(Refusal) -> UInt32? {
    switch self {
    case .everybodys: return wanted
    case .only(let owner):
      guard let wanted, wanted != owner else { return owner }
      throw .foreignJobs(of: wanted)
    case .nobodys: throw .foreignJobs(of: wanted)
    }
  }
}
