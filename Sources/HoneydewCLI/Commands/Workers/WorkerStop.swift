internal import HoneydewMessages
internal import HoneydewRPC

extension Subcommand {
  static let workerStop = Subcommand(
    words: ["worker", "stop"], summary: "Stop a worker after its present job",
    positionals: [.workerNumber],
    options: [.quiet],
    details: ["It stays stopped until it is started, or the daemon is. Without any worker the jobs of its pool wait."],
    examples: [Example("honeydew worker stop 2", "lets worker 2 finish its job, and gives it no other")],
    run: { invocation throws(Failure) in
      var request = Honeydew_StopWorkerRequest()
      (request.pool, request.slot) = WorkerText.place(invocation.positional(0))
      let reply = try invocation.connect().unary { $0.stopWorker(request, completion: $1) }
      if invocation.isJSON {
        try invocation.console.json(reply.worker)
      } else {
        try invocation.console.say(
          "Worker \(invocation.positional(0)) stops \(WorkerText.moment(reply.worker)); "
            + "start it again with: honeydew worker start \(invocation.positional(0))")
      }
      return .done
    })

  static let workerStart = Subcommand(
    words: ["worker", "start"], summary: "Start a stopped worker",
    positionals: [.workerNumber],
    options: [.quiet],
    examples: [Example("honeydew worker start 2", "gives worker 2 a process, and jobs again")],
    run: { invocation throws(Failure) in
      var request = Honeydew_StartWorkerRequest()
      (request.pool, request.slot) = WorkerText.place(invocation.positional(0))
      let reply = try invocation.connect().unary { $0.startWorker(request, completion: $1) }
      if invocation.isJSON {
        try invocation.console.json(reply.worker)
      } else {
        try invocation.console.say("Worker \(invocation.positional(0)) is started.")
      }
      return .done
    })
}
