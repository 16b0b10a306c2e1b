internal import HoneydewCore
internal import HoneydewMessages
internal import HoneydewRPC
internal import HoneydewText

extension JobSelection {
  /// Says that no job matches, and why.
  static func sayNothing(_ invocation: Invocation) throws(Failure) {
    invocation.console.note("There are no such jobs.")
    try explainNothing(invocation)
  }

  /// Says which of the filter's names nothing has.
  static func explainNothing(_ invocation: Invocation) throws(Failure) {
    let arguments = invocation.arguments
    try explain(.command, "command", invocation) { () throws(Failure) in CommandRegistry.jobCommands.map(\.name) }
    guard arguments.isSet(.ofEnvironment) || arguments.isSet(.ofSchedule) else { return }
    let daemon = try invocation.connect()
    try explain(.ofEnvironment, "environment", invocation) { () throws(Failure) in
      try daemon.read { $0.listEnvironments(Honeydew_ListEnvironmentsRequest(), completion: $1) }.environments.map(
        \.name)
    }
    try explain(.ofSchedule, "schedule", invocation) { () throws(Failure) in
      try daemon.schedules().map(\.name)
    }
  }

  private static func explain(
    _ option: Option, _ kind: String, _ invocation: Invocation, _ known: () throws(Failure) -> [String]
  ) throws(Failure) {
    let names = invocation.arguments.list(option)
    guard !names.isEmpty else { return }
    let known = try known()
    for name in names where !known.contains(name) {
      invocation.console.note("There is no \(kind) \(quoted(name))\(suggestion(for: name, among: known))")
    }
  }
}

extension Honeydew_ListJobsRequest {
  init(matching filter: Honeydew_JobFilter) {
    self.init()
    (status, command, environment, schedule) = (filter.status, filter.command, filter.environment, filter.schedule)
    (pool, cwd) = (filter.pool, filter.cwd)
    (label, labels) = (filter.label, filter.labels)
    if filter.hasSubmittedBy { submittedBy = filter.submittedBy }
    (createdFrom, createdBefore) = (filter.createdFrom, filter.createdBefore)
    (endedFrom, endedBefore) = (filter.endedFrom, filter.endedBefore)
  }
}
