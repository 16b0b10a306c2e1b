internal import HoneydewText
internal import HoneydewMessages
internal import HoneydewRPC

extension Subcommand {
  static let queueStats = Subcommand(
    words: ["queue", "stats"], summary: "Show how many jobs wait and run, and what is paused",
    examples: [
      Example("honeydew queue stats", "shows the queue and its providers"),
      Example("honeydew queue stats --json | jq '.providers[] | select(.paused).provider'", "prints what is paused"),
    ],
    run: { invocation throws(Failure) in
      let stats = try invocation.connect().read { $0.getQueueStats(Honeydew_GetQueueStatsRequest(), completion: $1) }
      if invocation.isJSON {
        try invocation.console.json(stats)
      } else {
        try show(stats, on: invocation.console)
      }
      return .done
    })

  private static func show(_ stats: Honeydew_QueueStats, on console: Console) throws(Failure) {
    try console.facts([
      stats.paused
        ? Fact("queue", "paused; go on with: \(QueueText.resumption(of: ""))", .warning)
        : Fact("queue", "not paused", .good),
      Fact("jobs", QueueText.counts(stats.jobs)), Fact("delayed", "\(stats.delayed) of the pending"),
    ])
    guard !stats.providers.isEmpty else { return }
    var table = Table([
      Table.Column(title: "PROVIDER"), Table.Column(title: "PENDING", isRightAligned: true),
      Table.Column(title: "RUNNING", isRightAligned: true), Table.Column(title: "LIMIT", isRightAligned: true),
      Table.Column(title: "STATE", comfortableWidth: 24),
    ])
    for provider in stats.providers {
      let obstacle = QueueText.obstacle(provider, console.times)
      table.add([
        Table.Cell(provider.provider), Table.Cell(String(provider.pending)), Table.Cell(String(provider.running)),
        Table.Cell(provider.hasLimit ? String(provider.limit) : ""),
        Table.Cell(obstacle ?? "", obstacle == nil ? .plain : .warning),
      ])
    }
    try console.say("")
    try console.table(table)
  }
}
