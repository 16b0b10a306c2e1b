/// Who may talk to the daemon, and as what: its own user and root as administrators, and others as the configuration says.
public struct AccessRule: Equatable, Sendable {
  /// The users and the groups that have a role.
  public struct Holders: Equatable, Sendable {
    public var users: Set<UInt32>
    public var groups: Set<UInt32>

    public init(users: Set<UInt32> = [], groups: Set<UInt32> = []) {
      self.users = users
      self.groups = groups
    }

    fileprivate func contains(_ uid: UInt32, _ groups: [UInt32]) -> Bool {
      users.contains(uid) || (!self.groups.isEmpty && !self.groups.isDisjoint(with: groups))
    }
  }

  /// The daemon's own user.
  public let owner: UInt32
  public let admin: Holders
  public let submit: Holders
  public let view: Holders
  /// Whether who may submit may also have programs of this machine run.
  public var submittersRunCommands = false

  public init(owner: UInt32, admin: Holders = Holders(), submit: Holders = Holders(), view: Holders = Holders()) {
    self.owner = owner
    self.admin = admin
    self.submit = submit
    self.view = view
  }

  /// The roles of a process at the other end; empty for one that may not even connect.
  ///
  /// - Parameter groups: all groups of that process.
  public func roles(uid: UInt32, groups: [UInt32]) -> Roles {
    if uid == owner || uid == 0 { return .admin }
    var roles: Roles = []
    if admin.contains(uid, groups) { roles.insert(.admin) }
    if submit.contains(uid, groups) { roles.insert(.submit) }
    if view.contains(uid, groups) { roles.insert(.view) }
    return roles
  }

  private var users: Set<UInt32> { admin.users.union(submit.users).union(view.users) }
  private var groups: Set<UInt32> { admin.groups.union(submit.groups).union(view.groups) }

  /// What the socket's file lets through: no more than is needed, as far as a mode can tell. Who comes in is decided by
  /// `roles` all the same.
  public var socketMode: UInt32 {
    if users.isEmpty, groups.isEmpty { return 0o600 }
    return socketGroup == nil ? 0o666 : 0o660
  }

  /// The group that the socket's file is to have; nil for whichever it has.
  public var socketGroup: UInt32? {
    users.isEmpty && groups.count == 1 ? groups.first : nil
  }
}
