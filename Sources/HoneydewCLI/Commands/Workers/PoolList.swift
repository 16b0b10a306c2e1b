internal import HoneydewMessages
internal import HoneydewRPC
internal import HoneydewText

extension Subcommand {
  static let poolList = Subcommand(
    words: ["pool", "list"], summary: "List the pools of workers, and what they have to do",
    options: [.columns, .sort, .quiet],
    details: [
      "A job is carried out by a worker of its pool: local commands by those of exec, calls of the API by those of api,",
      "unless --pool says otherwise. The jobs of one pool hold up no other's. PROCESSES of a pool on demand are started when",
      "there are jobs.",
    ],
    columns: columns,
    examples: [
      Example("honeydew pool list", "shows how busy each one is"),
      Example("honeydew pool list --json | jq '.[] | select(.pending > 0).name'", "prints those with waiting jobs"),
    ],
    run: { invocation throws(Failure) in
      let pools = try invocation.connect().read { $0.listPools(Honeydew_ListPoolsRequest(), completion: $1) }.pools
      if invocation.isJSON {
        try invocation.console.json(pools)
        return .done
      }
      var table = Table(columns)
      for pool in pools {
        let state = state(of: pool)
        table.add([
          Table.Cell(pool.name), Table.Cell(pool.kind), Table.Cell(size(of: pool), amount: Double(pool.workers)),
          Table.Cell(String(pool.processes)), Table.Cell(String(pool.busy)), Table.Cell(String(pool.pending)),
          Table.Cell(String(pool.running)), Table.Cell(state, state.isEmpty ? .plain : .warning),
        ])
      }
      try invocation.console.table(table)
      return .done
    })

  private static let columns = [
    Table.Column(title: "POOL"), Table.Column(title: "KIND", isExpendable: true),
    Table.Column(title: "WORKERS", isRightAligned: true),
    Table.Column(title: "PROCESSES", isRightAligned: true, isExpendable: true),
    Table.Column(title: "BUSY", isRightAligned: true), Table.Column(title: "PENDING", isRightAligned: true),
    Table.Column(title: "RUNNING", isRightAligned: true), Table.Column(title: "STATE", comfortableWidth: 16),
  ]

  private static func size(of pool: Honeydew_Pool) -> String {
    pool.workers == pool.configuredWorkers ? String(pool.workers) : "\(pool.workers) (\(pool.configuredWorkers))"
  }

  private static func state(of pool: Honeydew_Pool) -> String {
    [pool.paused ? "paused" : "", pool.trouble].filter { !$0.isEmpty }.joined(separator: ", ")
  }

  static let poolResize = Subcommand(
    words: ["pool", "resize"], summary: "Give a pool another number of workers, until the daemon's next start",
    positionals: [
      Positional(name: "NAME", kind: .pool, help: "The pool's name"),
      Positional(name: "N", kind: .integer(0...256), help: "How many workers it may have; without any its jobs wait"),
    ],
    options: [.quiet],
    details: [
      "Workers that are too many end when they are free. The configuration (queue.workers, pools) has the number of the next",
      "start.",
    ],
    examples: [
      Example("honeydew pool resize exec 2", "lets two commands run at a time"),
      Example("honeydew pool resize slow 0", "lets its running jobs end, and starts no other"),
    ],
    run: { invocation throws(Failure) in
      var request = Honeydew_ResizePoolRequest()
      (request.name, request.workers) = (invocation.positional(0), Int32(invocation.positional(1)) ?? 0)
      let pool = try invocation.connect().unary { $0.resizePool(request, completion: $1) }.pool
      if invocation.isJSON {
        try invocation.console.json(pool)
      } else {
        let size = pool.configuredWorkers == pool.workers ? "as configured" : "configured are \(pool.configuredWorkers)"
        try invocation.console.say("Pool \(pool.name) has \(HumanText.count(pool.workers, "worker")); \(size).")
      }
      return .done
    })
}
