internal import HoneydewCore
internal import HoneydewJSON
internal import HoneydewMessages
internal import HoneydewText

extension Subcommand {
  static let runs = Subcommand(
    words: ["runs"], summary: "List the attempts of a local command: how each ended, and what it took",
    positionals: [.localJob],
    options: [.columns, .sort, .quiet],
    details: ["CPU and MEMORY are those of all its processes together, and of the largest one."],
    columns: columns,
    examples: [
      Example("honeydew runs k3v9", "shows every time that it was started"),
      Example("honeydew output k3v9 --attempt 2", "shows what one of them has written"),
      Example("honeydew runs k3v9 --json | jq '.[].report.exit_status'", "prints how they exited"),
    ],
    run: { invocation throws(Failure) in
      let job = try LocalJobs.status(invocation.positional(0), invocation.connect())
      if invocation.isJSON {
        try invocation.console.json(job.history)
        return .done
      }
      var table = Table(columns)
      for attempt in job.history {
        let report = LocalReport(attempt.report)
        let took = LocalHistory.duration(of: attempt)
        table.add([
          Table.Cell(String(attempt.attempt)),
          Table.Cell(StateSign(status: attempt.outcome).text, .of(status: attempt.outcome)),
          invocation.console.times.cell(attempt.startedAt),
          Table.Cell(took.map(HumanText.duration) ?? "", amount: took.map { Double($0.wholeMilliseconds) }),
          Table.Cell(report.exit),
          Table.Cell(report.cpu.map(HumanText.duration) ?? "", amount: report.cpu.map { Double($0.wholeMilliseconds) }),
          Table.Cell(HumanText.bytes(report.memory ?? 0), amount: report.memory.map { Double($0) }),
          Table.Cell(
            report.outputBytes.map { HumanText.size($0) } ?? "", amount: report.outputBytes.map { Double($0) }),
          Table.Cell(attempt.error),
        ])
      }
      try invocation.console.table(table)
      if job.history.isEmpty { invocation.console.note("\(job.jobID) has not been started yet.") }
      return .done
    })

  private static let columns = [
    Table.Column(title: "ATTEMPT", isRightAligned: true), Table.Column(title: "OUTCOME"),
    Table.Column(title: "STARTED"), Table.Column(title: "TOOK", isRightAligned: true), Table.Column(title: "EXIT"),
    Table.Column(title: "CPU", isRightAligned: true, isExpendable: true),
    Table.Column(title: "MEMORY", isRightAligned: true, isExpendable: true),
    Table.Column(title: "OUTPUT", isRightAligned: true, isExpendable: true),
    Table.Column(title: "ERROR", comfortableWidth: 20, isExpendable: true),
  ]

  static let localStats = Subcommand(
    words: ["stats"], summary: "Show how often a local command was run, how often it failed, and how long it takes",
    positionals: [.localJob],
    details: [
      "The rate is of the runs that came to an end by themselves. Durations are of those that completed; what is usual is",
      "their mean, from the third on.",
    ],
    examples: [
      Example("honeydew stats k3v9", "shows what can be expected of it"),
      Example("honeydew stats k3v9 --json | jq .success_rate", "prints how much of it went well, from 0 to 1"),
    ],
    run: { invocation throws(Failure) in
      let job = try LocalJobs.status(invocation.positional(0), invocation.connect())
      let history = LocalHistory(job.history)
      if invocation.isJSON {
        try invocation.console.json(json(job, history))
      } else {
        try invocation.console.facts(facts(job, history))
      }
      return .done
    })

  private static func facts(_ job: Honeydew_JobStatus, _ history: LocalHistory) -> [Fact] {
    let others = history.runs - history.completed - history.failed
    var facts = [
      Fact("job", job.jobID), Fact("command", job.title), Fact("directory", job.cwd),
      Fact(
        "runs",
        "\(history.runs): \(history.completed) completed, \(history.failed) failed"
          + (others > 0 ? ", \(others) that run or were cut off" : "")),
    ]
    if let rate = history.successRate { facts.append(Fact("success", "\(Int((rate * 100).rounded(.down))) %")) }
    if let least = history.durations.min(), let most = history.durations.max(), let mean = history.mean {
      facts.append(
        Fact(
          "took",
          "\(HumanText.duration(mean)) on average, \(HumanText.duration(least)) to \(HumanText.duration(most))"))
    }
    return facts
  }

  private static func json(_ job: Honeydew_JobStatus, _ history: LocalHistory) -> JSONValue {
    var members = [
      JSONValue.Member("job_id", .string(job.jobID)), JSONValue.Member("runs", .number(history.runs)),
      JSONValue.Member("completed", .number(history.completed)), JSONValue.Member("failed", .number(history.failed)),
    ]
    if let rate = history.successRate { members.append(.init("success_rate", .number(String(rate)))) }
    let durations = [
      ("min_ms", history.durations.min()), ("mean_ms", history.mean), ("max_ms", history.durations.max()),
    ]
    members += durations.compactMap { name, value in value.map { .init(name, .number($0.wholeMilliseconds)) } }
    return .object(members)
  }
}
