internal import HoneydewText
internal import HoneydewMessages

extension Positional {
  static let workerNumber = Positional(name: "N", kind: .worker, help: "The worker's number")
}

/// What is said about workers.
enum WorkerText {
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
        Table.Cell(String(worker.slot)), Table.Cell(worker.pid == 0 ? "" : String(worker.pid)),
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
