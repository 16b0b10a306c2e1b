internal import HoneydewCore
internal import HoneydewJSON
internal import HoneydewMessages
internal import HoneydewText

/// What is reported of an attempt of a local command.
struct LocalReport: Equatable {
  var exitStatus: Int32?
  var signal: Int32?
  private var signalName: String?
  var wall: Duration?
  var cpu: Duration?
  var memory: UInt64?
  var outputBytes: Int64?
  var droppedBytes: Int64?
  /// Processes that could not be ended: `sudo (pid 17)`.
  var survivors: [String] = []

  /// - Parameter text: JSON; what is none tells nothing.
  init(_ text: String) {
    guard let value = try? JSONValue(parsing: Array(text.utf8)) else { return }
    exitStatus = value["exit_status"]?.int.map { Int32(clamping: $0) }
    signal = value["signal"]?.int.map { Int32(clamping: $0) }
    signalName = value["signal_name"]?.string
    wall = value["wall_ms"]?.int.map { .milliseconds($0) }
    cpu = value["cpu_ms"]?.int.map { .milliseconds($0) }
    memory = value["max_resident_bytes"]?.int.map { UInt64(clamping: $0) }
    outputBytes = value["output_bytes"]?.int
    droppedBytes = value["output_dropped_bytes"]?.int
    survivors = (value["survivors"]?.array ?? []).map { survivor in
      "\(survivor["name"]?.string ?? "a process") (pid \(survivor["pid"]?.int ?? 0))"
    }
  }

  /// Of a job's latest attempt.
  init(of job: Honeydew_JobStatus) {
    let report = job.history.last?.report ?? ""
    self.init(report.isEmpty ? job.result : report)
  }

  /// `0`, `SIGTERM`; empty while it is not known.
  var exit: String {
    signal.map { signalName ?? SignalText.name($0) } ?? exitStatus.map { String($0) } ?? ""
  }

  /// As a shell has it: 128 and the number of a signal.
  var shellStatus: Int32? { signal.map { 128 + $0 } ?? exitStatus }
}

/// What the end of a local command means for the exit status of who waited for it.
enum LocalEnd {
  static func status(of job: Honeydew_JobStatus) -> ExitCode {
    guard job.status != "completed" else { return .done }
    switch job.errorCode {
    case "TIMEOUT": return .timedOut
    // As the worker says it: what comes before the program, such as its directory, is no fault of the program.
    case "EXEC_FAILED":
      guard job.error.hasPrefix("EXEC_FAILED: cannot run ") else { return .ownFailure }
      return job.error.contains("No such file") ? .notFound : .notExecutable
    default: break
    }
    guard let status = LocalReport(of: job).shellStatus, status > 0 else { return .ownFailure }
    return .program(status)
  }

  /// The sentence about a job that did not complete.
  static func failure(of job: Honeydew_JobStatus) -> Failure? {
    JobEnd.failure(of: job).map { Failure(status(of: job), $0.text, reason: $0.reason) }
  }
}
