internal import HoneydewClient
internal import HoneydewJSON
internal import HoneydewMessages
internal import HoneydewProtobuf

/// Messages for programs, in which a job's payload, result and reports are the JSON that they are, and what the daemon has not told is
/// left out.
enum EmbeddedJSON {
  static func value(of message: some Message) -> JSONValue {
    let value = MessageJSON.honeydew.value(of: message)
    return message is Honeydew_JobStatus || message is Honeydew_Schedule || message is Honeydew_Attempt
      ? embedding(value) : value
  }

  /// Of jobs in a list the history is not told.
  static func value(ofListed message: some Message) -> JSONValue {
    let value = value(of: message)
    guard let job = message as? Honeydew_JobStatus, job.history.isEmpty else { return value }
    return .object((value.members ?? []).filter { $0.key != "history" })
  }

  private static func embedding(_ value: JSONValue) -> JSONValue {
    .object(
      (value.members ?? []).compactMap { member in
        if member.key == "history", let attempts = member.value.array {
          return JSONValue.Member(member.key, .array(attempts.map { embedding($0) }))
        }
        guard ["payload", "result", "report"].contains(member.key), let text = member.value.string else {
          return member
        }
        guard !text.isEmpty else { return nil }
        return JSONValue.Member(member.key, (try? JSONValue(parsing: Array(text.utf8))) ?? member.value)
      })
  }
}
