internal import HoneydewText
internal import HoneydewCore
internal import HoneydewJSON

extension Subcommand {
  static let backup = Subcommand(
    words: ["backup"], summary: "Copy the database, with all jobs and their results, into one file",
    positionals: [Positional(name: "FILE", kind: .file, help: "The new file")],
    options: [.quiet],
    details: [
      "The copy is of one moment, and is checked; the daemon goes on meanwhile, and need not run. Tokens are in it,",
      "sealed; the key that opens them is not. Keep a copy of the key in another place: without it a restored database",
      "needs new logins (see: honeydew restore --help).",
    ],
    examples: [
      Example("honeydew backup /backup/honeydew-2026-11-21.db", "writes a new file"),
      Example("honeydew backup today.db --json | jq .bytes", "prints its size"),
    ],
    run: { invocation throws(Failure) in
      let running = invocation.running()
      let file = try invocation.process.absolutePath(ofNewFile: invocation.positional(0))
      let answer = try DaemonProgram(invocation, running).run(["--backup", file])
      guard !invocation.isJSON else {
        try invocation.console.json(answer)
        return .done
      }
      try invocation.console.facts([
        Fact("backup", file), Fact("size", HumanText.bytes(UInt64(clamping: answer["bytes"]?.int ?? 0))),
        Fact("jobs", String(answer["jobs"]?.int ?? 0)),
        Fact("key", "not in it: keep a copy of master.key, or of the service's credential, in another place", .warning),
      ])
      return .done
    })

  static let restore = Subcommand(
    words: ["restore"], summary: "Put a backup in the place of the database; the daemon must not run",
    positionals: [Positional(name: "FILE", kind: .file, help: "A file that honeydew backup has written")],
    options: [forgetTokens, .quiet],
    details: [
      "The backup is checked first. The database that was there is kept beside the new one, under another name. Jobs",
      "that were pending or running at the moment of the backup run again. A bare copy of a database file holds no long",
      "results: they are taken from the directory results beside it, or from the home, and what is missing is told.",
      "Tokens need the key with which they were sealed. Where it is lost, --forget-tokens makes the database usable with",
      "a new one: every environment needs a new login then, and jobs with secret arguments fail.",
    ],
    examples: [
      Example("honeydew restore /backup/honeydew-2026-11-21.db", "goes back to the moment of the backup"),
      Example("honeydew restore today.db --forget-tokens", "does so where the key is lost"),
    ],
    run: { invocation throws(Failure) in
      if invocation.runningStatus() != nil {
        throw Failure(.failed, "the daemon runs; stop it first: honeydew shutdown")
      }
      let file = try invocation.process.absolutePath(ofReadableFile: invocation.positional(0))
      let task = ["--restore", file] + (invocation.arguments.isSet(forgetTokens) ? ["--forget-tokens"] : [])
      let answer = try DaemonProgram(invocation, nil).run(task)
      guard !invocation.isJSON else {
        try invocation.console.json(answer)
        return .done
      }
      let kept = answer["kept"]?.string ?? ""
      var facts = [
        Fact("database", answer["database"]?.string ?? ""), Fact("jobs", String(answer["jobs"]?.int ?? 0)),
        Fact("before", kept.isEmpty ? "there was none" : "kept as \(kept)"),
      ]
      if let missing = answer["missing_results"]?.int, missing > 0 {
        facts.append(
          Fact(
            "results",
            "the long results of \(HumanText.count(missing, "job")) are neither in the file nor beside it: the jobs are there "
              + "without them. A file that honeydew backup has written holds them", .warning))
      }
      if answer["tokens_forgotten"]?.bool == true {
        facts.append(Fact("logins", "forgotten; after the start log in with: honeydew login", .warning))
      }
      try invocation.console.facts(facts)
      return .done
    })

  private static let forgetTokens = Option(
    name: "--forget-tokens", help: "Remove all logins, for a database whose key is lost")
}
