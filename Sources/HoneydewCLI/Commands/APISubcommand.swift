internal import HoneydewRPC
internal import HoneydewWire

/// A word of the command line, or an option of it, and the field of the request that says the same.
enum RequestField<Request>: Sendable {
  case positional(Positional, any WritableKeyPath<Request, String> & Sendable)
  case option(Option, any WritableKeyPath<Request, String> & Sendable)
  case flag(Option, any WritableKeyPath<Request, Bool> & Sendable)
}

extension Subcommand {
  /// A subcommand for an RPC that submits a call of the API: it sends the request and prints the job's result.
  ///
  /// - Parameters:
  ///   - options: where the request has the options that every job has.
  ///   - jobID: where the reply has the job's id.
  static func api<Request: Message, Reply>(
    _ words: [String], _ summary: String, _ fields: [RequestField<Request>] = [], examples: [Example],
    call:
      @escaping @Sendable (
        Honeydew_DaemonClient, Request, @escaping (Result<Reply, Status>) -> Void
      ) -> ClientCall,
    options: any WritableKeyPath<Request, Honeydew_JobOptions> & Sendable,
    jobID: any KeyPath<Reply, String> & Sendable
  ) -> Subcommand {
    Subcommand(
      words: words, summary: summary, positionals: fields.compactMap(\.positional),
      options: fields.compactMap(\.option) + APIAnswer.options, examples: examples,
      run: { invocation throws(Failure) in
        var request = Request(fields, invocation.arguments)
        request[keyPath: options] = try JobSettings(invocation.arguments).jobOptions
        let daemon = try invocation.connect()
        let reply = try daemon.unary { call($0, request, $1) }
        return try APIAnswer.show(reply[keyPath: jobID], daemon, invocation)
      })
  }
}

extension RequestField {
  fileprivate var positional: Positional? {
    if case .positional(let positional, _) = self { positional } else { nil }
  }

  fileprivate var option: Option? {
    switch self {
    case .option(let option, _), .flag(let option, _): option
    case .positional: nil
    }
  }
}

extension Message {
  fileprivate init(_ fields: [RequestField<Self>], _ arguments: ParsedArguments) {
    self.init()
    var words = arguments.positionals[...]
    for field in fields {
      switch field {
      case .positional(_, let path): if let word = words.popFirst() { self[keyPath: path] = word }
      case .option(let option, let path): if let text = arguments.text(option) { self[keyPath: path] = text }
      case .flag(let option, let path): if arguments.isSet(option) { self[keyPath: path] = true }
      }
    }
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
