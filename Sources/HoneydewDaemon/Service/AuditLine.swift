internal import HoneydewCore
internal import HoneydewRPC
internal import HoneydewSystem

/// Who has changed what: the log's line for a call that changes something.
enum AuditLine {
  /// How many of the jobs of one call are named.
  static let shownSubjects = 5
  /// The most bytes of a name that a client sent.
  private static let longestName = 80

  static func record(_ caller: Caller, _ subjects: (names: [String], count: Int), outcome: String) -> LogRecord {
    var fields = LogFields()
    append(caller, to: &fields)
    let shown = subjects.names.prefix(shownSubjects).map { $0.shortened(toBytes: longestName).printable }
    fields.append("on", .string(shown.joined(separator: " ")))
    fields.append("count", .int(subjects.count))
    fields.append("outcome", .string(outcome))
    return LogRecord(level: outcome == done ? .info : .warn, component: .audit, message: "client call", fields: fields)
  }

  /// The outcome of a call that was not refused.
  static let done = "OK"

  static func append(_ caller: Caller, to fields: inout LogFields) {
    fields.append("uid", .int(Int(caller.uid)))
    fields.append("pid", .int(Int(caller.pid)))
    fields.append("call", .string(caller.call))
  }
}

extension ServerCall {
  /// Notes what the call is about.
  func concerns(_ name: String) { subjects = name.isEmpty ? ([], 0) : ([name], 1) }

  /// - Parameter count: of all of them, where only the first are named.
  func concerns(_ names: [String], of count: Int? = nil) {
    subjects = (Array(names.prefix(AuditLine.shownSubjects)), count ?? names.count)
  }

  /// Who is behind it; nil for a call that changes nothing.
  var caller: Caller? {
    guard let rule = CallRule.of(path: path), rule.isChange else { return nil }
    return Caller(peer, call: rule.name)
  }
}

extension Caller {
  init(_ peer: Peer, call: String) {
    self.init(uid: peer.userID ?? .max, pid: peer.processID ?? 0, call: call)
  }
}

extension Turn {
  /// Writes down that a call has changed something, when that is committed. The line of the one job that it is about says it,
  /// where there is such a line.
  func audit(_ call: ServerCall, when release: Effect.Release = .committed) {
    guard let caller = call.caller else { return }
    if call.subjects.count == 1, attribute(call.subjects.names[0], to: caller) { return }
    plan(.log(AuditLine.record(caller, call.subjects, outcome: AuditLine.done)), when: release)
  }

  /// Writes down that a call that changes something was refused.
  func audit(_ call: ServerCall, _ refusal: Refusal) {
    guard let caller = call.caller else { return }
    plan(.log(AuditLine.record(caller, call.subjects, outcome: refusal.reason.rawValue)), when: .always)
  }
}
