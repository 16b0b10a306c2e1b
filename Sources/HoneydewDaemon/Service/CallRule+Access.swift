internal import HoneydewConfig
internal import HoneydewCore
internal import HoneydewRPC

extension CallRule {
  private static let service = "/honeydew.Daemon/"

  /// The rule for a path; nil for health checks and reflection, which everybody may use who may connect.
  static func of(path: String) -> CallRule? {
    if let rule = table[path] { return rule }
    guard path.hasPrefix(service) else { return nil }
    return CallRule(String(path.dropFirst(service.count)), roles: .admin, isChange: true)
  }
}

extension AccessRule {
  /// - Parameter owner: the daemon's own user.
  init(_ settings: Settings.Access, owner: UInt32) {
    self.init(
      owner: owner, admin: Holders(settings.admin), submit: Holders(settings.submit), view: Holders(settings.view))
  }

  /// What the client at the other end of a connection may do, by the present settings.
  func access(of peer: Peer) -> Access {
    guard let uid = peer.userID else { return Access(uid: .max, roles: []) }
    return Access(
      uid: uid, roles: roles(uid: uid, groups: peer.groups), submittersRunCommands: submittersRunCommands)
  }
}

extension AccessRule.Holders {
  init(_ accounts: [Account]) {
    self.init(
      users: Set(accounts.filter { !$0.isGroup }.map(\.number)), groups: Set(accounts.filter(\.isGroup).map(\.number)))
  }
}
