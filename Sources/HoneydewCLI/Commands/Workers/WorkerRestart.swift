internal import HoneydewText
internal import HoneydewMessages
internal import HoneydewRPC

extension Option {
  static let allWorkers = Option(name: "--all", help: "Every worker that is not stopped, one after the other")
  static let ofWorkerPool = Option(
    name: "--pool", value: "NAME", kind: .pool, help: "With --all, only those of one pool")
  static let now = Option(name: "--now", help: "Cut the present job off, and do not wait for its end")
  static let waitUntilReady = Option(name: "--wait", help: "Return when the new processes are ready for jobs")
}

extension Subcommand {
  static let workerRestart = Subcommand(
    words: ["worker", "restart"], summary: "Replace the processes of workers, after their present jobs",
    positionals: [
      Positional(
        name: "N", count: .optional, kind: .worker, help: "The worker's number, or POOL/N of a pool other than api")
    ],
    options: [.allWorkers, .ofWorkerPool, .now, .waitUntilReady, .quiet],
    details: [
      "The new process runs the program that is on the disk then: this upgrades the workers of a",
      "running daemon. With --all, a worker that does not come back ends it, and the others go on.",
      "A job that --now cuts off runs again, unless its command must not be repeated: that one fails, and",
      "its error says that it may have been carried out.",
    ],
    examples: [
      Example("honeydew worker restart 2", "lets worker 2 finish its job, and gives it a new process"),
      Example("honeydew worker restart --all --wait", "replaces all of them, and returns when the last one is back"),
      Example("honeydew worker restart exec/1", "does so in the pool exec"),
      Example("honeydew worker restart 2 --now", "cuts its job off, which runs again if it may be repeated"),
    ],
    run: { invocation throws(Failure) in
      let request = try request(invocation.arguments)
      let reply =
        if request.wait {
          try invocation.connect().unary(
            limit: .seconds(30 * 86_400), saying: "waiting for the workers to finish their jobs",
            advice: "the restart goes on; see: honeydew worker list"
          ) { $0.restartWorker(request, completion: $1) }
        } else {
          try invocation.connect().unary { $0.restartWorker(request, completion: $1) }
        }
      if invocation.isJSON {
        try invocation.console.json(reply.workers)
      } else {
        try show(reply.workers, request, on: invocation.console)
      }
      return .done
    })

  private static func request(_ arguments: ParsedArguments) throws(Failure) -> Honeydew_RestartWorkerRequest {
    guard arguments.isSet(.allWorkers) || !arguments.isSet(.ofWorkerPool) else {
      throw .usage("--pool is of --all; name one worker of a pool as POOL/N")
    }
    guard arguments.positionals.isEmpty == arguments.isSet(.allWorkers) else {
      throw .usage("name one worker, or all with --all; see: honeydew worker list")
    }
    var request = Honeydew_RestartWorkerRequest()
    if let name = arguments.positionals.first { (request.pool, request.slot) = WorkerText.place(name) }
    if let pool = arguments.text(.ofWorkerPool) { request.pool = pool }
    request.all = arguments.isSet(.allWorkers)
    request.now = arguments.isSet(.now)
    request.wait = arguments.isSet(.waitUntilReady)
    return request
  }

  private static func show(
    _ workers: [Honeydew_Worker], _ request: Honeydew_RestartWorkerRequest, on console: Console
  ) throws(Failure) {
    if workers.isEmpty { console.note("There is no worker to restart: all are stopped.") }
    for worker in workers {
      if request.wait {
        try console.say("Worker \(WorkerText.name(of: worker)) is back with process \(worker.pid).")
      } else if request.all {
        try console.say("Worker \(WorkerText.name(of: worker)) is restarted in its turn.")
      } else {
        try console.say(
          "Worker \(WorkerText.name(of: worker)) is restarted \(request.now ? "at once" : WorkerText.moment(worker)).")
      }
    }
  }
}
