internal import HoneydewText
internal import HoneydewCore
internal import HoneydewMessages

extension Option {
  static let wait = Option(name: "--wait", help: "Wait for the job's end and print its result")
  static let waitTimeout = Option(
    name: "--wait-timeout", value: "D", kind: .duration, help: "Wait no longer than this; jobs go on")
  static let priority = Option(
    name: "--priority", value: "N", kind: .priority, help: "Higher runs first (default 0)")
  /// The same of calls that a person makes and waits for.
  static let callPriority = Option(
    name: priority.name, value: priority.value, kind: priority.kind,
    help: "Higher runs first (default \(JobSettings.priorityOfCalls))")
  static let maxRetries = Option(
    name: "--max-retries", value: "N", kind: .integer(0...Int64(Int32.max)),
    help: "Retries after failures (default: the daemon's)")
  static let timeout = Option(
    name: "--timeout", value: "D", kind: .duration,
    help: "Limit of one attempt, such as 30s (default: the daemon's)")
  static let delay = Option(name: "--delay", value: "D", kind: .duration, help: "Run it not before this has passed")
  static let at = Option(
    name: "--at", value: "TIME", kind: .moment(.future),
    help: "Run it not before this: 22:00, \"monday 9:00\", 2026-01-31T12:00:00Z")
  static let environment = Option(
    name: "--env", value: "NAME", kind: .environment, help: "The environment (default: the active one)")
  static let label = Option(
    name: "--label", value: "NAME=VALUE", kind: .label, mayRepeat: true,
    help: "Mark the job, for finding it again; may be repeated")
  static let key = Option(
    name: "--key", value: "KEY", help: "Idempotency key: a repetition submits no second job")
}

extension ValueKind {
  static let priority = ValueKind.integer(Int64(Int32.min)...Int64(Int32.max))
}

/// The options with which every job can be submitted.
struct JobSettings {
  static let options: [Option] = [.priority] + optionsBesidePriority
  /// For the subcommands whose answer a person asks for.
  static let optionsOfCalls: [Option] = [.callPriority] + optionsBesidePriority
  private static let optionsBesidePriority: [Option] = [
    .maxRetries, .timeout, .delay, .at, .environment, .pool, .label, .key, .waitTimeout,
  ]

  /// What a person asks for runs before what was submitted for later, whose priority is 0.
  static let priorityOfCalls: Int32 = 5

  private let arguments: ParsedArguments
  private let labels: [String: String]

  init(_ arguments: ParsedArguments) throws(Failure) {
    guard !arguments.isSet(.delay) || !arguments.isSet(.at) else {
      throw .usage("--delay and --at both say when the job may run; give one of them")
    }
    self.arguments = arguments
    labels = try arguments.labels()
  }

  /// - Parameter priority: of a job for which none was given.
  func apply(to job: inout Honeydew_SubmitJobRequest, priority: Int32 = 0) {
    job.priority = arguments.integer(.priority).map { Int32(clamping: $0) } ?? priority
    if let retries = arguments.integer(.maxRetries) { job.maxRetries = Int32(clamping: retries) }
    if let timeout = arguments.duration(.timeout) { job.timeoutMs = timeout.wholeMilliseconds }
    if let delay = arguments.duration(.delay) { job.delayMs = delay.wholeMilliseconds }
    job.runAt = arguments.moment(.at) ?? ""
    job.environment = arguments.text(.environment) ?? ""
    job.pool = arguments.text(.pool) ?? ""
    job.idempotencyKey = arguments.text(.key) ?? ""
    job.labels = labels
  }
}

extension ParsedArguments {
  /// The labels that were given.
  func labels() throws(Failure) -> [String: String] {
    var labels: [String: String] = [:]
    for text in texts(.label) {
      let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      guard labels.updateValue(parts[1], forKey: parts[0]) == nil else {
        throw .usage("the label \(quoted(parts[0])) is given twice; give it once")
      }
    }
    return labels
  }
}
