/// Who may talk to the daemon: its own user and root, and whom the configuration names.
public struct AccessRule: Equatable, Sendable {
  /// The daemon's own user.
  public let owner: UInt32
  public let users: Set<UInt32>
  public let groups: Set<UInt32>

  public init(owner: UInt32, users: Set<UInt32> = [], groups: Set<UInt32> = []) {
    self.owner = owner
    self.users = users
    self.groups = groups
  }

  /// - Parameter groups: all groups of the process at the other end, asked for when they matter.
  public func admits(uid: UInt32, groups: () -> [UInt32]) -> Bool {
    if uid == owner || uid == 0 || users.contains(uid) { return true }
    return !self.groups.isEmpty && !self.groups.isDisjoint(with: groups())
  }

  /// What the socket's file lets through: no more than is needed, as far as a mode can tell. Who comes in is decided by
  /// `admits` all the same.
  public var socketMode: UInt32 {
    if users.isEmpty, groups.isEmpty { return 0o600 }
    return socketGroup == nil ? 0o666 : 0o660
  }

  /// The group that the socket's file is to have; nil for whichever it has.
  public var socketGroup: UInt32? {
    users.isEmpty && groups.count == 1 ? groups.first : nil
  }
}
