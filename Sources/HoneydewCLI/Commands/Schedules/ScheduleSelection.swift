internal import HoneydewMessages
internal import HoneydewText

extension Option {
  static let schedulesOfCommand = Option(
    name: command.name, value: command.value, kind: command.kind,
    help: "Only schedules of this command type, or of several")
  static let schedulesOfEnvironment = Option(
    name: ofEnvironment.name, value: ofEnvironment.value, kind: ofEnvironment.kind,
    help: "Only schedules of this environment, or of several: a,b")
  static let schedulesWithLabel = Option(
    name: withLabel.name, value: withLabel.value, kind: .label, mayRepeat: true,
    help: "Only schedules whose jobs carry this label; may be repeated")
  static let allSchedules = Option(name: "--all", help: "All schedules")
}

/// Schedules that are named, or described by what their jobs are.
struct ScheduleSelection {
  static let options: [Option] = [.schedulesOfCommand, .schedulesOfEnvironment, .schedulesWithLabel]

  private let commands: [String]
  private let environments: [String]
  private let labels: [String]

  init(_ arguments: ParsedArguments) {
    commands = arguments.list(.schedulesOfCommand)
    environments = arguments.list(.schedulesOfEnvironment)
    labels = arguments.texts(.schedulesWithLabel)
  }

  private var isEmpty: Bool { commands.isEmpty && environments.isEmpty && labels.isEmpty }

  /// All schedules that match, by name.
  func find(_ daemon: DaemonSession) throws(Failure) -> [Honeydew_Schedule] {
    try daemon.schedules().filter(admits)
  }

  private func admits(_ schedule: Honeydew_Schedule) -> Bool {
    (commands.isEmpty || commands.contains(schedule.command))
      && (environments.isEmpty || environments.contains(schedule.environment))
      && labels.allSatisfy { label in schedule.labels.contains { "\($0.key)=\($0.value)" == label } }
  }

  /// The names of those that a command is for which takes names or options.
  static func names(_ invocation: Invocation, _ daemon: DaemonSession) throws(Failure) -> [String] {
    let (arguments, title) = (invocation.arguments, invocation.subcommand.title)
    let selection = ScheduleSelection(arguments)
    let isDescribed = arguments.isSet(.allSchedules) || !selection.isEmpty
    guard arguments.positionals.isEmpty else {
      guard !isDescribed else {
        throw .usage("\(title) takes names of schedules or options that describe them, not both")
      }
      return arguments.positionals
    }
    guard isDescribed else {
      throw .usage("\(title) needs names of schedules, or options that describe them; see: \(title) --help")
    }
    return try selection.find(daemon).map(\.name)
  }
}
