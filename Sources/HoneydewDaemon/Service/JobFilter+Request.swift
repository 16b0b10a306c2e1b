internal import HoneydewCore
internal import HoneydewMessages
internal import HoneydewStore

extension JobFilter {
  /// - Throws: what is wrong with a field.
  init(_ message: Honeydew_JobFilter) throws(Refusal) {
    self.init()
    for word in try Self.values(of: message.status, "status") {
      guard let status = JobStatus(rawValue: word) else {
        let words = JobStatus.allCases.map(\.rawValue).joined(separator: ", ")
        throw .invalid("status", "there is no status \"\(word.printable)\"; it is one of \(words)")
      }
      statuses.insert(status)
    }
    commands = try Self.values(of: message.command, "command")
    environments = try Self.values(of: message.environment, "environment")
    pools = try Self.values(of: message.pool, "pool")
    if !message.cwd.isEmpty { directory = message.cwd }
    schedules = try Self.values(of: message.schedule, "schedule")
    labels = try Self.labels((message.label.isEmpty ? [] : [message.label]) + message.labels)
    if message.hasSubmittedBy { submitter = message.submittedBy }
    createdFrom = try Self.moment(message.createdFrom, "created_from")
    createdBefore = try Self.moment(message.createdBefore, "created_before")
    endedFrom = try Self.moment(message.endedFrom, "ended_from")
    endedBefore = try Self.moment(message.endedBefore, "ended_before")
  }

  /// A filter for an operation on many jobs: it must say something, and means only jobs in these states.
  ///
  /// - Parameter reach: whose jobs may be meant.
  init(
    _ message: Honeydew_JobFilter, within states: Set<JobStatus>, _ reach: Access.Reach
  ) throws(Refusal) {
    try self.init(message)
    guard self != JobFilter() else {
      throw .invalid("filter", "the filter is empty, and would mean every job; set at least one of its fields")
    }
    submitter = try reach.narrow(to: submitter)
    if statuses.isEmpty { statuses = states }
    guard statuses.isSubset(of: states) else {
      let words = states.map(\.rawValue).sorted().joined(separator: ", ")
      throw .invalid("status", "this is for jobs that are \(words)")
    }
  }

  /// The values that a field holds with commas between them.
  private static func values(of text: String, _ field: String) throws(Refusal) -> [String] {
    guard !text.isEmpty else { return [] }
    let values = text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    guard values.count <= limit else {
      throw .invalid(field, "\(field) takes at most \(limit) values, not \(values.count)")
    }
    guard !values.contains("") else { throw .invalid(field, "\(field) has an empty value between its commas") }
    return values
  }

  private static func labels(_ texts: [String]) throws(Refusal) -> [Label] {
    guard texts.count <= limit else { throw .invalid("labels", "at most \(limit) labels, not \(texts.count)") }
    return try texts.map { text throws(Refusal) in
      guard let parsed = LabelRules.parse(text) else {
        throw .invalid("label", "\"\(text.printable)\" is no label; write name=value")
      }
      return Label(name: parsed.name, value: parsed.value)
    }
  }

  /// Of the values of one field: each row is compared with all of them.
  private static let limit = 100

  private static func moment(_ text: String, _ field: String) throws(Refusal) -> Timestamp? {
    guard !text.isEmpty else { return nil }
    guard let moment = Timestamp(text) else {
      throw .invalid(field, "\(field) is no RFC 3339 time, such as 2026-01-31T12:00:00Z")
    }
    return moment
  }
}
