extension CommandRegistry {
  /// What a worker can be asked to do so that tests, benchmarks and the chaos harness can watch how it is supervised.
  ///
  /// `untilAttempt` ends a misbehaviour: attempts after that number complete at once, so that a retry can succeed. Without
  /// it every attempt misbehaves.
  static let diagnostics: [Command] = [
    diagnostic(
      "diag.crash", "Ends the worker's process in the middle of the job",
      [
        // By SIGKILL, by abort(3), or by exit(3) with `exitCode` (0).
        Argument("how", .enumeration(["kill", "abort", "exit"])), Argument("exitCode", .int),
        Argument("afterMs", .int), untilAttempt,
      ]),
    diagnostic(
      "diag.fail", "Fails with an error code, or completes after a number of failed attempts",
      [
        Argument("code", .enumeration(ErrorCode.allCases.map(\.rawValue))), Argument("text", .string),
        Argument("succeedAfter", .int), Argument("retryAfterMs", .int), Argument("notSent", .boolean),
        Argument("permanent", .boolean),
      ]),
    diagnostic(
      "diag.garbage", "Writes to the worker's channel what it must not, then ignores the daemon",
      [
        Argument(
          "kind", .enumeration(["random", "half", "oversized", "empty", "wrongJob", "undecodable"]), isRequired: true),
        untilAttempt,
      ]),
    diagnostic(
      "diag.grandchild", "Starts a process that outlives the job",
      [
        Argument("ignoreTerm", .boolean),
        // The grandchild inherits the worker's end of the channel.
        Argument("holdChannel", .boolean),
        // The grandchild leads a process group of its own, which a kill of the worker's group misses.
        Argument("ownGroup", .boolean),
        // How long the grandchild lives; 60 s.
        Argument("ms", .int),
        // The job ignores the daemon after it instead of completing.
        Argument("hang", .boolean), untilAttempt,
      ]),
    diagnostic(
      "diag.hang", "Hangs: sends no heartbeat and no answer, and reads nothing",
      [
        Argument("ignoreTerm", .boolean),
        // In an endless loop instead of a sleep.
        Argument("spin", .boolean), untilAttempt,
      ]),
    diagnostic(
      "diag.leak", "Takes memory in steps of 16 MiB, up to `mb` or without end", [Argument("mb", .int), untilAttempt]),
    diagnostic(
      "diag.noop", "Completes at once; the result has `echo`, or as many bytes as asked for",
      [Argument("echo", .string), Argument("bytes", .int)]),
    diagnostic("diag.sleep", "Sleeps, and can be cancelled", [Argument("ms", .int, isRequired: true)]),
  ]

  private static let untilAttempt = Argument("untilAttempt", .int)
  /// A file that the attempt locks while it runs, and to which it appends its number. One that finds it locked fails: an
  /// earlier attempt still runs.
  private static let lockFile = Argument("lockFile", .string)

  private static func diagnostic(_ name: String, _ summary: String, _ arguments: [Argument]) -> Command {
    Command(name: name, provider: "diag", summary: summary, target: .diagnostic, arguments: arguments + [lockFile])
  }
}
