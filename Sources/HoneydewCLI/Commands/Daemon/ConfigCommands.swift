internal import HoneydewText
internal import HoneydewConfig
internal import HoneydewJSON

extension Subcommand {
  private static let file = Positional(
    name: "FILE", count: .optional, kind: .file, help: "Another file than the daemon's (see: honeydew config path)")

  static let configCheck = Subcommand(
    words: ["config", "check"], summary: "Check the configuration",
    positionals: [file],
    details: [
      "What is wrong is written with its file, line and key, and the exit status is 1. The daemon need not run.",
      "Variables such as HONEYDEW_QUEUE_WORKERS are checked too.",
    ],
    examples: [
      Example("honeydew config check", "checks the daemon's configuration"),
      Example("honeydew config check new.yaml", "checks a file before it is put in place"),
    ],
    run: { invocation throws(Failure) in
      let configuration = try configuration(invocation, file: invocation.arguments.positionals.first)
      let isThere = invocation.process.fileExists(configuration.file)
      if invocation.isJSON {
        try invocation.console.json([
          "file": .string(configuration.file), "exists": .bool(isThere), "correct": true,
        ])
      } else {
        let state = isThere ? "correct" : "there is no such file, so that every setting has its default"
        try invocation.console.say("\(configuration.file): \(state)")
      }
      return .done
    })

  static let configShow = Subcommand(
    words: ["config", "show"], summary: "Show the settings, and where each comes from",
    positionals: [
      Positional(name: "KEY", count: .optional, kind: .setting, help: "One setting, of which only the value is printed")
    ],
    options: [otherFile],
    details: [
      "What the command line of honeydewd says (--set) wins over variables such as HONEYDEW_QUEUE_WORKERS, these win",
      "over the file, and that over the defaults. Shown is what a daemon that is started in this environment has; the",
      "variables of a service are in its unit. A setting marked \"restart\" is not changed by a reload.",
    ],
    examples: [
      Example("honeydew config show", "shows the settings in columns"),
      Example("honeydew config show queue.workers", "prints the value of one"),
      Example("honeydew config show --json | jq '.[] | select(.origin != \"default\")'", "finds what was set"),
    ],
    run: { invocation throws(Failure) in
      let configuration = try configuration(invocation, file: invocation.arguments.text(otherFile))
      if let name = invocation.arguments.positionals.first {
        let key = try key(named: name)
        if invocation.isJSON {
          try invocation.console.json(json(key, configuration))
        } else {
          try invocation.console.say(key.shownText(in: configuration.settings) ?? "")
        }
        return .done
      }
      if invocation.isJSON {
        try invocation.console.json(.array(SettingKey.all.map { json($0, configuration) }))
        return .done
      }
      var table = Table([
        Table.Column(title: "SETTING"), Table.Column(title: "VALUE", comfortableWidth: 24),
        Table.Column(title: "ORIGIN", comfortableWidth: 16), Table.Column(title: "CHANGED BY", isExpendable: true),
      ])
      for key in SettingKey.all {
        let origin = configuration.origin(of: key)
        let isSet = origin != .standard
        table.add([
          Table.Cell(key.name), Table.Cell(key.shownText(in: configuration.settings) ?? "", isSet ? .heading : .plain),
          Table.Cell(place(of: origin, configuration), isSet ? .plain : .faint),
          Table.Cell(key.isLive ? "reload" : "restart", .faint),
        ])
      }
      try invocation.console.table(table)
      return .done
    })

  static let configPath = Subcommand(
    words: ["config", "path"], summary: "Print where the configuration file is",
    details: ["The file need not be there: without one, every setting has its default."],
    examples: [Example("honeydew config path", "prints the file that a daemon of this user reads")],
    run: { invocation throws(Failure) in
      let home = try invocation.home()
      let path = invocation.process.variables["HONEYDEW_CONFIG"].flatMap { $0.isEmpty ? nil : $0 } ?? home.configuration
      if invocation.isJSON {
        try invocation.console.json(["file": .string(path)])
      } else {
        try invocation.console.say(path)
      }
      return .done
    })

  private static let otherFile = Option(
    name: "--file", value: "FILE", kind: .file, help: "Another file than the daemon's (see: honeydew config path)")

  private static func key(named name: String) throws(Failure) -> SettingKey {
    guard let key = SettingKey.all.first(where: { $0.name == name }) else {
      let question = suggestion(for: name, among: SettingKey.all.map(\.name))
      throw .usage(
        "there is no setting \(quoted(name))" + (question.isEmpty ? "; see: honeydew config show" : question))
    }
    return key
  }

  private static func configuration(
    _ invocation: Invocation, file: String?
  ) throws(Failure) -> Configuration {
    let home = try invocation.home()
    do throws(ConfigError) {
      return try Configuration.load(path: file, home: home, variables: invocation.process.variables)
    } catch {
      throw Failure(lines: error.description)
    }
  }

  private static func json(_ key: SettingKey, _ configuration: Configuration) -> JSONValue {
    let origin = configuration.origin(of: key)
    let text = key.shownText(in: configuration.settings)
    let value: JSONValue? = text.map { text in
      if let number = Int64(text) { return .number(number) }
      return Bool(text).map { .bool($0) } ?? .string(text)
    }
    return [
      "key": .string(key.name), "value": value ?? nil, "origin": .string(word(for: origin)),
      "place": .string(origin == .standard ? "" : place(of: origin, configuration)),
      "needs_restart": .bool(!key.isLive), "about": .string(key.about),
    ]
  }

  private static func word(for origin: Configuration.Origin) -> String {
    switch origin {
    case .standard: "default"
    case .file: "file"
    case .environment: "environment"
    case .commandLine: "flag"
    }
  }

  private static func place(of origin: Configuration.Origin, _ configuration: Configuration) -> String {
    switch origin {
    case .standard: "default"
    case .file(let line): "\(configuration.file):\(line)"
    case .environment(let name): name
    case .commandLine: "--set"
    }
  }
}
