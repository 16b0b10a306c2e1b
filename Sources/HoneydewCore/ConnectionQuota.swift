/// How many connections the daemon holds at a time, in all and of one user.
///
/// The daemon's own user and root are bounded by the whole only, and a sixteenth of it is kept for them: others cannot
/// shut them out.
public struct ConnectionQuota: Sendable {
  /// Why a connection is one too many.
  public enum Excess: Equatable, Sendable {
    case tooMany(limit: Int)
    case tooManyOfUser(limit: Int)
  }

  private let owner: UInt32
  private let maximum: Int
  private let maximumPerUser: Int
  private var total = 0
  private var users: [UInt32: Int] = [:]

  /// - Parameter owner: the daemon's own user.
  public init(owner: UInt32, maximum: Int, maximumPerUser: Int) {
    self.owner = owner
    self.maximum = maximum
    self.maximumPerUser = maximumPerUser
  }

  /// Counts a connection of this user, unless it is one too many.
  public mutating func admit(uid: UInt32) -> Excess? {
    let isPrivileged = uid == owner || uid == 0
    let limit = isPrivileged ? maximum : maximum - maximum / 16
    guard total < limit else { return .tooMany(limit: limit) }
    let own = users[uid, default: 0]
    guard isPrivileged || own < maximumPerUser else { return .tooManyOfUser(limit: maximumPerUser) }
    users[uid] = own + 1
    total += 1
    return nil
  }

  /// A connection that was admitted has ended.
  public mutating func release(uid: UInt32) {
    guard let own = users[uid] else { preconditionFailure("the user \(uid) has no connection") }
    users[uid] = own > 1 ? own - 1 : nil
    total -= 1
  }
}
