internal import HoneydewCore
internal import HoneydewText
internal import Glibc
internal import HoneydewMessages
internal import HoneydewProtobuf
internal import HoneydewRPC
internal import HoneydewSystem

/// Logging in with what a person types.
enum LoginDialogue {
  /// Asks for what the request lacks, and has the daemon log in.
  static func logIn(
    _ request: Honeydew_LoginRequest, _ daemon: DaemonSession, _ console: Console
  ) throws(Failure) -> Honeydew_LoginResponse {
    var request = request
    if request.username.isEmpty {
      request.username = try Prompt.line("Username: ", orElse: "--username NAME", console)
    }
    if request.password.isEmpty { request.password = try Prompt.password("Password: ", orElse: "--password-stdin") }
    return try daemon.unary(limit: .seconds(300), saying: "logging in") { $0.login(request, completion: $1) }
  }

  /// Offers somebody at a terminal the login that a job lacks.
  ///
  /// - Returns: whether there is a login now, so that the job can be tried again.
  static func offer(
    for job: Honeydew_JobStatus, _ daemon: DaemonSession, _ invocation: Invocation
  ) throws(Failure) -> Bool {
    guard job.status == "failed", JobEnd.isLoginNeeded(job), !invocation.isJSON,
      Terminal.isTerminal(STDIN_FILENO), Terminal.isTerminal(STDERR_FILENO)
    else { return false }
    let console = invocation.console
    console.draw(Sanitizer.printable("The environment \(job.environment) needs a login. Log in now? [y/N] "))
    guard let answer = readLine(), ["y", "yes"].contains(answer.lowercased()) else { return false }
    _ = try logIn(.with { $0.environment = job.environment }, daemon, console)
    return true
  }
}
