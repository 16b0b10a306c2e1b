internal import HoneydewText
internal import HoneydewCore
internal import HoneydewJSON
internal import HoneydewMessages

/// A job as a line of JSON: an object with the field names of `SubmitJobRequest`, whose payload may also be written as
/// the object that it is.
struct JobLine {
  /// Why a line is no job: a sentence that needs the line's number before it.
  struct Flaw: Error, Equatable {
    let text: String
  }

  private static let fields = [
    "command", "payload", "priority", "max_retries", "timeout_ms", "run_at", "delay_ms", "idempotency_key",
    "environment", "labels", "pool",
  ]

  /// What a job has that its line says nothing about.
  let defaults: Honeydew_SubmitJobRequest

  /// The job that a line describes; nil for an empty line.
  func job(_ line: [UInt8]) throws(Flaw) -> Honeydew_SubmitJobRequest? {
    guard line.contains(where: { $0 != 0x20 && $0 != 0x09 && $0 != 0x0D }) else { return nil }
    let value: JSONValue
    do {
      value = try JSONValue(parsing: line)
    } catch {
      throw Flaw(text: "column \(error.column): \(error.reason)")
    }
    guard let members = value.members else {
      throw Flaw(text: "a job is an object such as {\"command\": \"github.repositories\"}")
    }
    var job = defaults
    for member in members { try set(member.key, member.value, &job) }
    guard !job.command.isEmpty else { throw Flaw(text: "command is missing") }
    guard job.runAt.isEmpty || !job.hasDelayMs else {
      throw Flaw(text: "run_at and delay_ms both say when the job may run; give one of them")
    }
    return job
  }

  private func set(_ key: String, _ value: JSONValue, _ job: inout Honeydew_SubmitJobRequest) throws(Flaw) {
    switch key {
    case "command": job.command = try text(value, key)
    case "payload": job.payload = try payload(value)
    case "priority": job.priority = try number(value, key, Int32.self)
    case "max_retries": job.maxRetries = try number(value, key, Int32.self)
    case "timeout_ms": job.timeoutMs = try number(value, key, Int64.self)
    case "run_at":
      job.runAt = try text(value, key)
      if defaults.hasDelayMs { job.clearDelayMs() }
    case "delay_ms":
      job.delayMs = try number(value, key, Int64.self)
      if !defaults.runAt.isEmpty { job.runAt = "" }
    case "idempotency_key": job.idempotencyKey = try text(value, key)
    case "environment": job.environment = try text(value, key)
    case "pool": job.pool = try text(value, key)
    case "labels": job.labels.merge(try labels(value)) { $1 }
    default: throw Flaw(text: "a job has no field \(quoted(key))" + suggestion(for: key, among: JobLine.fields))
    }
  }

  private func payload(_ value: JSONValue) throws(Flaw) -> String {
    switch value {
    case .string(let text): return text
    case .object: return String(decoding: value.serialized, as: UTF8.self)
    default: throw Flaw(text: "payload must be an object, or a text that holds one")
    }
  }

  private func text(_ value: JSONValue, _ key: String) throws(Flaw) -> String {
    guard let text = value.string else { throw Flaw(text: "\(key) must be a text") }
    return text
  }

  private func number<Number: FixedWidthInteger>(
    _ value: JSONValue, _ key: String, _: Number.Type
  ) throws(Flaw) -> Number {
    guard let number = value.int.flatMap(Number.init(exactly:)) else {
      throw Flaw(text: "\(key) must be a whole number from \(Number.min) to \(Number.max)")
    }
    return number
  }

  private func labels(_ value: JSONValue) throws(Flaw) -> [String: String] {
    var labels: [String: String] = [:]
    for member in value.members ?? [] { labels[member.key] = member.value.string }
    guard let members = value.members, labels.count == members.count else {
      throw Flaw(text: "labels must be an object of texts such as {\"team\": \"web\"}")
    }
    return labels
  }
}
