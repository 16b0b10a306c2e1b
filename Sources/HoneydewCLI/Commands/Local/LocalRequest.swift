internal import Glibc
internal import HoneydewCore
internal import HoneydewJSON
internal import HoneydewMessages
internal import HoneydewRPC
internal import HoneydewSystem
internal import HoneydewText

/// A local command as somebody typed it, with what the caller gives it along.
struct LocalRequest {
  private(set) var request: Honeydew_SubmitJobRequest
  /// What is run.
  let command: LocalCommand
  /// The `argv` of the payload.
  var arguments: [String] { command.arguments }
  var directory: String { command.directory ?? "/" }

  /// Reads what was typed, so that mistakes are found before the daemon is asked.
  init(_ invocation: Invocation) throws(Failure) {
    let payload = try LocalPayload(invocation, words: invocation.arguments.positionals, inheritsVariables: true)
    command = payload.command
    var request = try Self.settings(invocation.arguments)
    request.payload = payload.text
    self.request = request
  }

  private static func settings(_ arguments: ParsedArguments) throws(Failure) -> Honeydew_SubmitJobRequest {
    guard !arguments.isSet(.reuse) || !arguments.isSet(.key) else {
      throw .usage("--reuse and --key both say which job is meant; give one of them")
    }
    var request = Honeydew_SubmitJobRequest()
    try JobSettings(arguments).apply(to: &request)
    request.command = LocalPayload.command
    // There, the same option names a variable.
    request.environment = ""
    if let retries = arguments.integer(.retries) { request.maxRetries = Int32(clamping: retries) }
    return request
  }

  /// Refuses a program that is not there, or cannot be run, where the daemon would find the same: as this user.
  func checkProgram(_ daemon: DaemonSession) throws(Failure) {
    guard daemon.server.uid == geteuid(), !command.usesShell, let name = arguments.first else { return }
    switch ProgramFile.find(name, environment: command.environment ?? [], in: directory) {
    case .found: break
    case .notFound:
      let place = name.contains("/") ? "no such file" : "there is no such program in PATH"
      throw Failure(.notFound, "cannot run \(name): \(place)")
    case .notExecutable(let file, let number):
      throw Failure(.notExecutable, "cannot run \(file): \(String(cString: strerror(number)))")
    }
  }

  /// Submits it, or starts the job again that `--reuse` finds.
  ///
  /// - Returns: its id, and the attempt that is meant, which may be still to come.
  func send(to daemon: DaemonSession, reusing: Bool) throws(Failure) -> (jobID: String, attempt: Int32) {
    try checkProgram(daemon)
    if reusing, let job = try earlierJob(daemon) {
      guard job.hasEnded else { return (job.jobID, job.presentAttempt) }
      try LocalJobs.start(job.jobID, daemon)
      return (job.jobID, job.attempts + 1)
    }
    return (try daemon.unary { $0.submitJob(request, completion: $1) }.jobID, 1)
  }

  /// The newest job of the same command line in the same directory.
  private func earlierJob(_ daemon: DaemonSession) throws(Failure) -> Honeydew_JobStatus? {
    let outline = LocalOutline(command)
    var list = Honeydew_ListJobsRequest()
    (list.command, list.cwd) = (LocalPayload.command, directory)
    for row in try daemon.jobs(list, limit: 10_000).jobs where row.title == outline.title {
      // The title is shortened, and does not tell all.
      let job = try LocalJobs.status(row.jobID, daemon)
      guard let payload = try? JSONValue(parsing: Array(job.payload.utf8)) else { continue }
      let words = payload["argv"]?.array?.compactMap(\.string)
      if words == arguments, (payload["shell"]?.bool ?? false) == command.usesShell { return job }
    }
    return nil
  }
}

extension Honeydew_JobStatus {
  var hasEnded: Bool { JobStatus(rawValue: status)?.isEnd ?? false }
  /// The latest attempt, or that which a pending job waits for.
  var presentAttempt: Int32 { status == "pending" ? attempts + 1 : max(1, attempts) }
  var isLocal: Bool { command == LocalPayload.command }
}
