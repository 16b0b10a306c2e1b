internal import HoneydewText
internal import HoneydewJSON

extension Subcommand {
  static let doctor = Subcommand(
    words: ["doctor"], summary: "Look for what is wrong with the daemon, its files and its surroundings",
    details: [
      "Looks at the configuration, the permissions, the lock, the socket, the database (all of it, in a process of its",
      "own), the disk, the clock, and the way to the API. Nothing is changed. The exit status is 1 when something is",
      "wrong; a warning is not.",
    ],
    examples: [
      Example("honeydew doctor", "shows every finding, and what to do"),
      Example("honeydew doctor --json | jq '.[] | select(.state != \"good\")'", "keeps what needs attention"),
    ],
    run: { invocation throws(Failure) in
      let findings = try Checkup(invocation).findings()
      if invocation.isJSON {
        try invocation.console.json(
          .array(
            findings.map { finding in
              [
                "check": .string(finding.check), "state": .string(finding.state.rawValue),
                "text": .string(finding.text),
              ]
            }))
      } else {
        try invocation.console.facts(findings.map { Fact($0.check, $0.sentence, $0.style) })
      }
      return findings.contains { $0.state == .bad } ? .failed : .done
    })
}

/// What a check has found.
struct Finding {
  enum State: String {
    case good, warning, bad
  }

  let check: String
  let state: State
  /// What is the case, and what to do about it.
  let text: String

  init(_ check: String, _ state: State, _ text: String) {
    self.check = check
    self.state = state
    self.text = text
  }

  /// The text, which says by itself when something is not as it should be.
  fileprivate var sentence: String { state == .good ? text : "\(state.rawValue): \(text)" }

  fileprivate var style: Style {
    switch state {
    case .good: .good
    case .warning: .warning
    case .bad: .bad
    }
  }
}
