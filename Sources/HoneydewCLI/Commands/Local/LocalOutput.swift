internal import HoneydewMessages

/// The output of one attempt, as the program had written it to its two streams.
enum LocalOutput {
  /// - Parameter attempt: nil is the latest.
  static func show(
    of jobID: String, attempt: Int32?, _ daemon: DaemonSession, _ console: Console
  ) throws(Failure) {
    let printer = OutputPrinter(console, OutputPrinter.Form(isApart: true))
    let follower = OutputFollower(
      daemon, JobWait(daemon, for: [jobID], limit: nil), [OutputFollower.Source(jobID, attempt: attempt)])
    try follower.run(follows: false, onPause: { () throws(Failure) in }) { _, record throws(Failure) in
      try printer.print(record, attempt: follower.sources[0].attempt ?? 0, of: jobID)
    }
    try printer.finish()
  }
}
