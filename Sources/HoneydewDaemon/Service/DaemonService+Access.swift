internal import HoneydewCore
internal import HoneydewRPC

extension DaemonService {
  /// Why a client may not make the call of a path, by the settings in force: asked in each call, so that a reload counts for
  /// connections that are open.
  static func refusal(_ supervisor: Supervisor) -> (_ path: String, Peer) -> Status? {
    var lines = RefusedAttempts()
    return { [unowned supervisor] path, peer in
      let access = supervisor.options.access.access(of: peer)
      guard access.roles != .admin else { return nil }
      let rule = CallRule.of(path: path) ?? CallRule(path, roles: [.admin, .submit, .view], isChange: false)
      do throws(Refusal) {
        try rule.admit(access.roles)
        return nil
      } catch {
        if rule.isChange, lines.note(uid: access.uid, at: supervisor.turn.now) != nil {
          let record = AuditLine.record(Caller(peer, call: rule.name), ([], 0), outcome: error.reason.rawValue)
          supervisor.turn.plan(.log(record), when: .always)
        }
        return Status(error)
      }
    }
  }
}
