internal import HoneydewMessages
internal import HoneydewProtobuf
internal import HoneydewText

extension Option {
  static let yes = Option(name: "--yes", short: "-y", help: "Do not ask whether it is meant")
  static let dryRun = Option(name: "--dry-run", help: "Only say what would be done")
}

/// A change of many jobs: it says how many there are before it asks whether that is meant, and what was done.
struct BulkDialogue {
  /// `Remove`.
  let verb: String
  /// `Removed`.
  let past: String
  /// `ended job`: what of those that match is meant.
  let noun: String
  /// Whether a change of jobs that are not named is asked about.
  let asks: Bool

  /// - Parameters:
  ///   - described: of which jobs it is, behind their noun; nil where they are named.
  ///   - send: makes the call; its second argument is whether jobs are only counted.
  func run<Reply: JobCount>(
    _ invocation: Invocation, _ daemon: DaemonSession, _ described: String?,
    _ send: (DaemonSession, Bool) throws(Failure) -> Reply
  ) throws(Failure) -> ExitCode {
    let isDryRun = invocation.arguments.isSet(.dryRun)
    if let described, asks, !isDryRun, !invocation.arguments.isSet(.yes) {
      try Prompt.checkTerminal(orElse: "--yes")
      let count = try send(daemon, true).jobCount
      if count > 0 {
        try Prompt.confirm(
          "\(verb) \(HumanText.count(count, noun)) \(described)?", orElse: "--yes", invocation.console)
      }
    }
    let reply = try send(daemon, isDryRun)
    if invocation.isJSON {
      try invocation.console.json(reply)
    } else if isDryRun {
      try invocation.console.say(
        "Would \(verb.lowercased()) \(HumanText.count(reply.jobCount, noun)); nothing was done.")
    } else {
      try invocation.console.say("\(past) \(HumanText.count(reply.jobCount, "job")).")
    }
    if reply.jobCount == 0, !invocation.isJSON, described != nil { try JobSelection.explainNothing(invocation) }
    return .done
  }
}

/// The answer to a call that changes many jobs.
protocol JobCount: Message {
  var jobCount: Int64 { get }
}

extension Honeydew_CancelJobResponse: JobCount {
  var jobCount: Int64 { cancelled }
}

extension Honeydew_RetryJobResponse: JobCount {
  var jobCount: Int64 { retried }
}

extension Honeydew_RemoveJobsResponse: JobCount {
  var jobCount: Int64 { removed }
}
