internal import HoneydewCore
internal import HoneydewText
internal import HoneydewMessages
internal import HoneydewRPC

extension Subcommand {
  static let scheduleList = Subcommand(
    words: ["schedule", "list"], summary: "List the schedules",
    options: ScheduleSelection.options + [.columns, .sort, .quiet],
    columns: scheduleColumns,
    examples: [
      Example("honeydew schedule list", "shows what runs when"),
      Example("honeydew schedule list --env staging --sort next-run", "shows those of one environment"),
      Example(
        "honeydew schedule list --json | jq -r '.[] | select(.skipped_missed > 0).name'",
        "prints those that missed ticks"),
    ],
    run: { invocation throws(Failure) in
      let schedules = try ScheduleSelection(invocation.arguments).find(invocation.connect())
      if invocation.isJSON {
        try invocation.console.json(schedules)
      } else {
        try show(schedules, on: invocation.console)
      }
      return .done
    })

  private static func show(_ schedules: [Honeydew_Schedule], on console: Console) throws(Failure) {
    var table = Table(scheduleColumns)
    for schedule in schedules {
      let skipped = ScheduleText.skipped(schedule)
      table.add([
        Table.Cell(schedule.name), Table.Cell(schedule.cronExpr), Table.Cell(schedule.command),
        Table.Cell(
          ScheduleText.next(schedule, console.times.brief),
          schedule.enabled && schedule.problem.isEmpty ? .plain : .warning,
          amount: Timestamp(schedule.nextRunAt).map { Double($0.milliseconds) }),
        console.times.cell(schedule.lastRunAt),
        Table.Cell(skipped == 0 ? "" : String(skipped), .warning),
      ])
    }
    try console.table(table)
    if schedules.isEmpty {
      console.note("There are no schedules; add one with: honeydew schedule add NAME CRON COMMAND")
    }
  }

  private static let scheduleColumns = [
    Table.Column(title: "SCHEDULE", comfortableWidth: 12), Table.Column(title: "CRON", comfortableWidth: 14),
    Table.Column(title: "COMMAND", comfortableWidth: 12), Table.Column(title: "NEXT RUN"),
    Table.Column(title: "LAST RUN", isExpendable: true),
    Table.Column(title: "SKIPPED", isRightAligned: true, isExpendable: true),
  ]
}
