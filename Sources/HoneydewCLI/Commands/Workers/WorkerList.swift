internal import HoneydewText
internal import HoneydewMessages
internal import HoneydewRPC

extension Subcommand {
  static let workerList = Subcommand(
    words: ["worker", "list"], summary: "List the workers, their processes and their present jobs",
    options: [.columns, .sort, .quiet],
    details: [
      "SINCE is how long the job runs, DONE counts the jobs of all processes of the worker,",
      "and RESTARTS counts those that nobody asked for.",
    ],
    columns: WorkerText.columns,
    examples: [
      Example("honeydew worker list", "shows each worker, and how and why its last process ended"),
      Example("honeydew worker list --json | jq '.[] | select(.restarts > 0)'", "prints the workers that have crashed"),
    ],
    run: { invocation throws(Failure) in
      let request = Honeydew_ListWorkersRequest()
      let workers = try invocation.connect().read { $0.listWorkers(request, completion: $1) }.workers
      if invocation.isJSON {
        try invocation.console.json(workers)
      } else {
        try invocation.console.table(WorkerText.table(of: workers))
      }
      return .done
    })
}
