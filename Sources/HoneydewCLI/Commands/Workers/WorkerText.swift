internal import HoneydewText
internal import HoneydewCore
internal import HoneydewMessages

extension Positional {
  static let workerNumber = Positional(
    name: "N", kind: .worker, help: "The worker's number, or POOL/N of a pool other than api")
}

/// What is said about workers.
enum WorkerText {
  /// As it is typed: its number, in a pool other than `api` behind the pool's name.
  static func name(of worker: Honeydew_Worker) -> String { name(worker.slot, worker.pool) }

  static func name(_ slot: Int32, _ pool: String) -> String {
    pool.isEmpty || pool == PoolRules.api ? String(slot) : "\(pool)/\(slot)"
  }

  /// The pool and the number that are meant by what was typed; the pool is empty for `api`.
  static func place(_ text: String) -> (pool: String, slot: Int32) {
    guard let slash = text.lastIndex(of: "/") else { return ("", Int32(text) ?? 0) }
    return (String(text[..<slash]), Int32(text[text.index(after: slash)...]) ?? 0)
  }

  static let columns = [
    Table.Column(title: "WORKER", isRightAligned: true),
    Table.Column(title: "PROCESS", isRightAligned: true, isExpendable: true),
    Table.Column(title: "STATE"), Table.Column(title: "JOB"), Table.Column(title: "SINCE", isRightAligned: true),
    Table.Column(title: "DONE", isRightAligned: true, isExpendable: true),
    Table.Column(title: "RESTARTS", isRightAligned: true),
    Table.Column(title: "MEMORY", isRightAligned: true, isExpendable: true),
    Table.Column(title: "CPU", isRightAligned: true, isExpendable: true),
    Table.Column(title: "LAST EXIT", comfortableWidth: 20),
  ]

  static func table(of workers: [Honeydew_Worker]) -> Table {
    var table = Table(columns)
    for worker in workers {
      table.add([
        Table.Cell(
          name(of: worker), amount: worker.pool == "" || worker.pool == PoolRules.api ? Double(worker.slot) : nil),
        Table.Cell(worker.pid == 0 ? "" : String(worker.pid)),
        Table.Cell(state(of: worker), .of(status: worker.state)), Table.Cell(worker.jobID),
        Table.Cell(
          worker.jobID.isEmpty ? "" : HumanText.duration(.milliseconds(worker.jobMs)), amount: Double(worker.jobMs)),
        Table.Cell(String(worker.jobsDone)), Table.Cell(String(worker.restarts)),
        Table.Cell(HumanText.bytes(worker.residentBytes), amount: Double(worker.residentBytes)),
        Table.Cell(cpuTime(of: worker), amount: Double(worker.cpuMicroseconds)),
        Table.Cell(lastExit(of: worker)),
      ])
    }
    return table
  }

  /// `api 2 of 4 busy; exec 0 of 8 busy`; nil where there is one pool.
  static func pools(_ workers: [Honeydew_Worker]) -> String? {
    let names = workers.map(\.pool).reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
    guard names.count > 1 else { return nil }
    return names.map { name in
      let own = workers.filter { $0.pool == name }
      return "\(name) \(own.count { !$0.jobID.isEmpty }) of \(own.count) busy"
    }.joined(separator: "; ")
  }

  private static func state(of worker: Honeydew_Worker) -> String {
    worker.plan.isEmpty || worker.state == "stopping" ? worker.state : "\(worker.state), then \(worker.plan)"
  }

  /// How and why its last process ended.
  static func lastExit(of worker: Honeydew_Worker) -> String {
    [worker.lastExit, worker.lastExitCause].filter { !$0.isEmpty }.joined(separator: ": ")
  }

  /// When what was asked of the worker comes true: `at once`, or after which job.
  static func moment(_ worker: Honeydew_Worker) -> String {
    worker.jobID.isEmpty ? "at once" : "after its job \(worker.jobID)"
  }

  /// Nothing for a process that has not told yet.
  private static func cpuTime(of worker: Honeydew_Worker) -> String {
    worker.cpuMicroseconds == 0 ? "" : HumanText.duration(.microseconds(Int64(clamping: worker.cpuMicroseconds)))
  }
}
