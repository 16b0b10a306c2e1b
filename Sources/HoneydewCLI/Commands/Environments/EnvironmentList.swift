internal import HoneydewCore
internal import HoneydewText
internal import HoneydewMessages
internal import HoneydewRPC

extension Subcommand {
  static let envList = Subcommand(
    words: ["env", "list"], summary: "List the environments",
    options: [.quiet],
    examples: [
      Example("honeydew env list", "marks the active one"),
      Example("honeydew env list --json | jq -r '.[] | select(.needs_auth).name'", "prints where a login is needed"),
    ],
    run: { invocation throws(Failure) in
      let reply = try invocation.connect().read {
        $0.listEnvironments(Honeydew_ListEnvironmentsRequest(), completion: $1)
      }
      if invocation.isJSON {
        try invocation.console.json(reply.environments)
      } else {
        try show(reply.environments, on: invocation.console)
      }
      return .done
    })

  private static func show(_ environments: [Honeydew_Environment], on console: Console) throws(Failure) {
    guard !environments.isEmpty else {
      return console.note("There are no environments; add one with: honeydew env add NAME URL --use")
    }
    if console.isQuiet { return try console.names(environments.map(\.name)) }
    let marks = environments.map { $0.isActive ? " (active)" : "" }
    var names = environments.map { console.fitted(Sanitizer.printable($0.name)) }
    var urls = environments.map { console.fitted(Sanitizer.printable($0.baseURL)) }
    if let room = console.width.map({ $0 - " - ".count }) {
      let longestName = zip(names, marks).map { TextWidth.columns(of: $0 + $1) }.max() ?? 0
      let longestURL = urls.map(TextWidth.columns(of:)).max() ?? 0
      // The longer of the two is cut, down to one half of the terminal.
      let nameWidth = min(longestName, max(room - longestURL, room / 2))
      names = zip(names, marks).map { TextWidth.truncated($0, to: max(1, nameWidth - $1.count)) }
      urls = urls.map { TextWidth.truncated($0, to: max(1, room - nameWidth)) }
    }
    let texts = zip(names, marks).map { $0 + $1 }
    let width = texts.map(TextWidth.columns(of:)).max() ?? 0
    for (index, environment) in environments.enumerated() {
      let padding = String(repeating: " ", count: width - TextWidth.columns(of: texts[index]))
      try console.say([
        (texts[index] + padding, environment.isActive ? .heading : .plain), ("- " + urls[index], .plain),
      ])
    }
  }
}
