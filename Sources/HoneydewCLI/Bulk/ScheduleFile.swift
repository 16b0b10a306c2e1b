internal import HoneydewConfig
internal import HoneydewCore
internal import HoneydewJSON
internal import HoneydewMessages
internal import HoneydewText

/// Schedules as a file describes them: a YAML list, or one of JSON, which is YAML too, of entries with the field names of
/// `ScheduleJobRequest`. An entry may also be what `schedule show --json` prints: what that says about the past is ignored.
struct ScheduleFile {
  private static let fields = [
    "name", "cron_expr", "command", "payload", "priority", "max_retries", "timeout_ms", "environment", "labels",
    "overlap", "missed", "catchup_window_ms", "paused", "pool",
  ]
  /// What a schedule tells beside what was asked of it.
  private static let told = [
    "schedule_id", "created_at", "updated_at", "last_run_at", "last_job_id", "next_run_at", "time_zone",
    "skipped_overlap", "skipped_missed", "skipped_refused", "last_skip_at", "last_skip", "jobs", "submitted_by",
    "problem", "set",
  ]

  /// As it is called in what is said.
  private let name: String
  private(set) var schedules: [Honeydew_ScheduleJobRequest] = []
  /// Where they begin.
  private var lines: [Int] = []
  private var problems: [(line: Int, text: String)] = []

  /// Why something in an entry is wrong: a sentence.
  private struct Flaw: Error {
    let text: String
  }

  /// - Parameter name: of the file.
  /// - Throws: all that is wrong, each with its line.
  init(_ bytes: [UInt8], name: String) throws(Failure) {
    self.name = name
    do throws(YAMLReader.Problem) {
      read(try YAMLReader.read(bytes))
    } catch {
      // `*` begins an alias, and `@` nothing at all.
      problems = [(error.line ?? 1, "\(error.reason); a cron expression stands in quotes")]
    }
    guard let first = problems.first else { return }
    var failure = Failure.usage("\(place(first.line)): \(first.text)")
    failure.more = problems.dropFirst().map { "\(place($0.line)): \($0.text)" } + ["nothing was changed"]
    throw failure
  }

  /// The daemon's sentence about an entry, with the entry's place.
  func about(_ text: String) -> String {
    placed(text, in: "schedules", at: zip(lines, schedules).map { "\(place($0)): \($1.name)" })
  }

  private func place(_ line: Int) -> String { "\(name):\(line)" }

  private mutating func read(_ root: YAMLNode?) {
    guard let root, !root.isNull else {
      // An empty file is more likely a mistake than a wish.
      return problems.append((1, "it holds nothing; to have no schedules write []"))
    }
    guard case .sequence(let items) = root.content else {
      return problems.append((root.line, "the schedules are a list, each of them begins with: - name: NAME"))
    }
    for item in items { readEntry(item) }
  }

  private mutating func readEntry(_ node: YAMLNode) {
    guard case .mapping(let entries) = node.content else {
      return problems.append((node.line, "a schedule begins with: - name: NAME"))
    }
    let before = problems.count
    var schedule = Honeydew_ScheduleJobRequest()
    var seen: Set<String> = []
    for (key, value) in entries {
      let name = key.text ?? ""
      guard seen.insert(name).inserted else {
        problems.append((key.line, "\(name) stands here twice"))
        continue
      }
      do throws(Flaw) {
        try set(name, value, &schedule)
      } catch {
        problems.append((value.line, error.text))
      }
    }
    for missing in ["name", "cron_expr", "command"] where !seen.contains(missing) {
      problems.append((node.line, "\(missing) is missing"))
    }
    if let earlier = schedules.firstIndex(where: { $0.name == schedule.name }), seen.contains("name") {
      problems.append((node.line, "the name \(schedule.name) stands in line \(lines[earlier]) too"))
    }
    if problems.count == before, let place = masked(in: schedule) {
      problems.append((node.line, "\(place) is ***, as secrets are shown; write the secret itself"))
    }
    schedules.append(schedule)
    lines.append(node.line)
  }

  private func set(_ key: String, _ value: YAMLNode, _ schedule: inout Honeydew_ScheduleJobRequest) throws(Flaw) {
    switch key {
    case "name":
      schedule.name = try text(value, key)
      try rule { () throws(Refusal) in try ScheduleRules.check(name: schedule.name) }
    case "cron_expr":
      schedule.cronExpr = try text(value, key)
      do {
        _ = try CronExpression(schedule.cronExpr)
      } catch {
        throw Flaw(text: "cron_expr: \(error)")
      }
    case "command": schedule.command = try text(value, key)
    case "payload": schedule.payload = try payload(value)
    case "priority": schedule.priority = try number(value, key, Int32.self)
    case "max_retries": schedule.maxRetries = try number(value, key, Int32.self)
    case "timeout_ms": schedule.timeoutMs = try number(value, key, Int64.self)
    case "environment": schedule.environment = try text(value, key)
    case "labels": schedule.labels = try labels(value)
    case "pool": schedule.pool = try text(value, key)
    case "overlap":
      schedule.overlap = try text(value, key)
      try rule { () throws(Refusal) in let _: OverlapPolicy? = try ScheduleRules.policy(schedule.overlap, key) }
    case "missed":
      schedule.missed = try text(value, key)
      try rule { () throws(Refusal) in let _: MissedPolicy? = try ScheduleRules.policy(schedule.missed, key) }
    case "catchup_window_ms": schedule.catchupWindowMs = try number(value, key, Int64.self)
    case "paused": schedule.paused = try boolean(value, key)
    case "enabled": schedule.paused = try !boolean(value, key)
    case _ where Self.told.contains(key): break
    default:
      let near = suggestion(for: key, among: Self.fields)
      throw Flaw(
        text: "a schedule has no field \(quoted(key))"
          + (near.isEmpty ? "; there are \(Self.fields.joined(separator: ", "))" : near))
    }
  }

  private func rule(_ check: () throws(Refusal) -> Void) throws(Flaw) {
    do throws(Refusal) {
      try check()
    } catch {
      throw Flaw(text: error.text)
    }
  }

  private func text(_ value: YAMLNode, _ key: String) throws(Flaw) -> String {
    guard let text = value.text, !value.isNull else { throw Flaw(text: "\(key) must be a text") }
    return text
  }

  private func number<Number: FixedWidthInteger>(
    _ value: YAMLNode, _ key: String, _: Number.Type
  ) throws(Flaw) -> Number {
    guard let number = value.json?.int.flatMap(Number.init(exactly:)) else {
      throw Flaw(text: "\(key) must be a whole number from \(Number.min) to \(Number.max)")
    }
    return number
  }

  private func boolean(_ value: YAMLNode, _ key: String) throws(Flaw) -> Bool {
    guard let value = value.json?.bool else { throw Flaw(text: "\(key) must be true or false") }
    return value
  }

  private func labels(_ value: YAMLNode) throws(Flaw) -> [String: String] {
    guard case .mapping(let entries) = value.content else { throw Flaw(text: "labels are names, each with a text") }
    var labels: [String: String] = [:]
    for (key, value) in entries {
      guard let name = key.text, let text = value.text, labels.updateValue(text, forKey: name) == nil else {
        throw Flaw(text: "labels are names, each once and with a text")
      }
    }
    return labels
  }

  private func payload(_ value: YAMLNode) throws(Flaw) -> String {
    if case .scalar = value.content, !value.isNull, let text = value.text { return text }
    guard let json = value.json, json.members != nil else {
      throw Flaw(text: "payload must be an object whose keys stand there once each, or a text that holds one")
    }
    return String(decoding: json.serialized, as: UTF8.self)
  }

  /// The place of a secret that is only shown as one.
  private func masked(in schedule: Honeydew_ScheduleJobRequest) -> String? {
    guard let command = CommandRegistry.find(schedule.command), command.hasSecrets,
      let payload = try? JSONValue(parsing: Array(schedule.payload.utf8))
    else { return nil }
    var found: String?
    command.replacingSecrets(in: payload) { value, place in
      if value == "***" { found = found ?? place }
      return value
    }
    return found
  }
}
