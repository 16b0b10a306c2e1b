internal import HoneydewText
internal import HoneydewCore
internal import HoneydewMessages
internal import HoneydewSystem

extension Option {
  static let status = Option(
    name: "--status", value: "STATUS", kind: .list(of: .choice(JobStatus.allCases.map(\.rawValue))),
    help: "Only pending, running, completed, failed or cancelled jobs; several: failed,cancelled")
  static let command = Option(
    name: "--command", value: "COMMAND", kind: .list(of: .commandType),
    help: "Only jobs of this command type, or of several: a.b,c.d")
  static let ofEnvironment = Option(
    name: "--env", value: "NAME", kind: .list(of: .environment),
    help: "Only jobs of this environment, or of several: a,b")
  static let withLabel = Option(
    name: "--label", value: "NAME=VALUE", kind: .label, mayRepeat: true,
    help: "Only jobs that carry this label; may be repeated, for jobs that carry all of them")
  static let ofSchedule = Option(
    name: "--schedule", value: "NAME", kind: .list(of: .schedule),
    help: "Only jobs that this schedule has made, or several: a,b")
  static let ofPool = Option(
    name: "--pool", value: "NAME", kind: .list(of: .pool), help: "Only jobs of this pool, or of several: a,b")
  static let submittedBy = Option(
    name: "--submitted-by", value: "USER", help: "Only jobs that this user has submitted, by name or uid")
  static let createdFrom = Option(
    name: "--created-from", value: "TIME", kind: .moment(.past), help: "Only jobs submitted at this moment or later")
  static let createdBefore = Option(
    name: "--created-before", value: "TIME", kind: .moment(.past), help: "Only jobs submitted before this moment")
  static let endedFrom = Option(
    name: "--ended-from", value: "TIME", kind: .moment(.past), help: "Only jobs that ended at this moment or later")
  static let endedBefore = Option(
    name: "--ended-before", value: "TIME", kind: .moment(.past), help: "Only jobs that ended before this moment")
  static let olderThan = Option(
    name: "--older-than", value: "D", kind: .duration, help: "Only jobs that ended this long ago or earlier: 30d"
  )
}

/// Jobs that are described and not named.
struct JobSelection {
  static let options: [Option] = [
    .status, .command, .ofEnvironment, .withLabel, .ofSchedule, .ofPool, .submittedBy, .createdFrom, .createdBefore,
    .endedFrom, .endedBefore, .olderThan,
  ]

  /// How long a call about all jobs that match may take: there may be millions.
  static let patience = Duration.seconds(3600)

  let message: Honeydew_JobFilter
  /// Behind a noun: `with --status failed`.
  var described: String { "with \(text)" }
  /// What was typed, for asking whether it is meant; empty without a filter.
  let text: String

  /// - Parameter now: the wall clock.
  init(_ arguments: ParsedArguments, now: Timestamp) throws(Failure) {
    var message = Honeydew_JobFilter()
    message.status = arguments.text(.status) ?? ""
    message.command = arguments.text(.command) ?? ""
    message.environment = arguments.text(.ofEnvironment) ?? ""
    let labels = arguments.texts(.withLabel)
    message.label = labels.first ?? ""
    message.labels = Array(labels.dropFirst())
    message.schedule = arguments.text(.ofSchedule) ?? ""
    message.pool = arguments.text(.ofPool) ?? ""
    if let uid = try UserName.uid(arguments) { message.submittedBy = uid }
    message.createdFrom = arguments.moment(.createdFrom) ?? ""
    message.createdBefore = arguments.moment(.createdBefore) ?? ""
    message.endedFrom = arguments.moment(.endedFrom) ?? ""
    message.endedBefore = arguments.moment(.endedBefore) ?? ""
    if let age = arguments.duration(.olderThan) {
      guard message.endedBefore.isEmpty else {
        throw .usage("--older-than and --ended-before both say when the jobs ended; give one of them")
      }
      message.endedBefore = (now + (.zero - age)).description
    }
    self.message = message
    text = JobSelection.options.flatMap { option in
      arguments.texts(option).map { "\(option.name) \($0)" }
    }.joined(separator: " ")
  }

  init(_ arguments: ParsedArguments) throws(Failure) {
    try self.init(arguments, now: Timestamp(milliseconds: Clock.wall().wholeMilliseconds))
  }

  /// The filter of a command that takes ids or a filter; nil where there are ids.
  static func insteadOfIDs(_ invocation: Invocation) throws(Failure) -> JobSelection? {
    let filter = try JobSelection(invocation.arguments)
    let title = invocation.subcommand.title
    if invocation.arguments.positionals.isEmpty {
      guard !filter.text.isEmpty else {
        throw .usage("\(title) needs ids of jobs, or options that describe them; see: \(title) --help")
      }
      return filter
    }
    guard filter.text.isEmpty else {
      throw .usage("\(title) takes ids of jobs or \(filter.text), not both")
    }
    return nil
  }
}
