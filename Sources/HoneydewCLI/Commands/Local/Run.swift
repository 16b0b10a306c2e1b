internal import HoneydewText

extension Subcommand {
  static let run = Subcommand(
    words: ["run"], summary: "Run a program as a job, show its output, and end as it does",
    positionals: [.program],
    options: LocalOptions.all + [.quietRun, .waitTimeout],
    details: LocalOptions.rules + [
      "",
      "The exit status is the program's, 128 and the signal's number when one has ended it, 124 when it took too long,",
      "126 when it cannot be executed, 127 when there is none, and 125 when Honeydew has failed. Ctrl-C leaves it running",
      "and says how to come back to it; a second Ctrl-C stops it. With --json the ended job is printed, and no output.",
    ],
    startsDaemon: true, answersForProgram: true,
    examples: [
      Example("honeydew run make test", "shows the output as it comes, also when the daemon is restarted meanwhile"),
      Example("honeydew run -q make -j4 || echo broken", "is silent unless the build fails"),
      Example("honeydew run --cwd /srv/app --env DEBUG=1 --timeout 5m -- ./check --all", "says where and how it runs"),
      Example("honeydew run --shell 'ls *.log | wc -l'", "has a shell read the line"),
      Example("honeydew run --reuse make test", "starts the job of the last time again, which keeps its history"),
    ],
    run: { invocation throws(Failure) in
      let local = try LocalRequest(invocation)
      let daemon = try invocation.connect()
      let (jobID, attempt) = try local.send(to: daemon, reusing: invocation.arguments.isSet(.reuse))
      let stay = LocalStay(
        jobID: jobID, invocation: invocation, daemon: daemon, isQuiet: invocation.arguments.isSet(.quietRun),
        firstAttempt: attempt, limit: invocation.arguments.duration(.waitTimeout))
      return try stay.run()
    })
}
