internal import HoneydewCore
internal import HoneydewWire

extension Option {
  static let wait = Option(name: "--wait", help: "Wait for the job's end and print its result")
  static let waitTimeout = Option(
    name: "--wait-timeout", value: "D", kind: .duration, help: "Wait no longer than this; the job goes on")
  static let priority = Option(
    name: "--priority", value: "N", kind: .integer(Int64(Int32.min)...Int64(Int32.max)),
    help: "Higher runs first (default 0)")
  static let maxRetries = Option(
    name: "--max-retries", value: "N", kind: .integer(0...Int64(Int32.max)),
    help: "Retries after failures (default: the daemon's)")
  static let timeout = Option(
    name: "--timeout", value: "D", kind: .duration,
    help: "Limit of one attempt: 250ms, 30s, 5m, 1h30m (default: the daemon's)")
  static let environment = Option(
    name: "--env", value: "NAME", kind: .environment, help: "The environment (default: the active one)")
}

/// The options with which every job can be submitted.
struct JobSettings {
  static let options: [Option] = [.priority, .maxRetries, .timeout, .environment, .waitTimeout]

  private let arguments: ParsedArguments

  init(_ arguments: ParsedArguments) {
    self.arguments = arguments
  }

  private var priority: Int32 { Int32(clamping: arguments.integer(.priority) ?? 0) }
  private var maxRetries: Int32? { arguments.integer(.maxRetries).map { Int32(clamping: $0) } }
  private var timeoutMilliseconds: Int64? { arguments.duration(.timeout)?.wholeMilliseconds }

  func apply(to request: inout Honeydew_SubmitJobRequest) {
    request.priority = priority
    if let maxRetries { request.maxRetries = maxRetries }
    if let timeoutMilliseconds { request.timeoutMs = timeoutMilliseconds }
    request.environment = arguments.text(.environment) ?? ""
  }

  /// The same for the request of an API call.
  var jobOptions: Honeydew_JobOptions {
    var options = Honeydew_JobOptions()
    options.priority = priority
    if let maxRetries { options.maxRetries = maxRetries }
    if let timeoutMilliseconds { options.timeoutMs = timeoutMilliseconds }
    options.environment = arguments.text(.environment) ?? ""
    return options
  }
}
