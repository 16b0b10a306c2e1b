internal import HoneydewRPC
internal import HoneydewWire

extension Subcommand {
  /// A subcommand for an RPC that submits a call of the API: it sends the request and prints the job's result.
  ///
  /// - Parameters:
  ///   - jobID: where the reply has the job's id.
  ///   - request: makes the request of the words, and of the options that every job has.
  static func api<Request, Reply>(
    _ words: [String], _ summary: String, positionals: [Positional] = [], options: [Option] = [], examples: [Example],
    call:
      @escaping @Sendable (
        Honeydew_DaemonClient, Request, @escaping (Result<Reply, Status>) -> Void
      ) -> ClientCall,
    jobID: any KeyPath<Reply, String> & Sendable,
    request: @escaping @Sendable (ParsedArguments, Honeydew_JobOptions) -> Request
  ) -> Subcommand {
    Subcommand(
      words: words, summary: summary, positionals: positionals, options: options + APIAnswer.options,
      examples: examples,
      run: { invocation throws(Failure) in
        let request = request(invocation.arguments, try JobSettings(invocation.arguments).jobOptions)
        let daemon = try invocation.connect()
        let reply = try daemon.unary { call($0, request, $1) }
        return try APIAnswer.show(reply[keyPath: jobID], daemon, invocation)
      })
  }
}

extension ParsedArguments {
  /// The argument at its place; empty where it was left out.
  func positional(_ index: Int) -> String {
    index < positionals.count ? positionals[index] : ""
  }
}

extension Option {
  static let since = Option(
    name: "--since", value: "DATE", kind: .moment, help: "Nothing before this: 2026-01-31 or 2026-01-31T12:00:00Z")
  static let until = Option(name: "--until", value: "DATE", kind: .moment, help: "Nothing after this")
  static let author = Option(name: "--author", value: "NAME", help: "Commits of one author")
  static let format = Option(
    name: "--format", value: "FORMAT", kind: .choice(["JSON"]), help: "Have the API add an export in this format (JSON)"
  )
  static let includeDiff = Option(
    name: "--include-diff", help: "Fetch files and patches too (printed by --json)")
}
