internal import HoneydewJSON
internal import HoneydewText

/// The environment of a local command: the caller's, and what options say of it.
struct LocalVariables {
  /// What we give to commands, when this one was started by such a command.
  private static let ours: Set = ["HONEYDEW_MARK", "HONEYDEW_JOB_ID", "HONEYDEW_ATTEMPT"]
  /// What a shell sets for each program that it starts: it names this one.
  private static let ofShell: Set = ["_"]

  private(set) var members: [JSONValue.Member]

  /// - Parameters:
  ///   - caller: what the caller has; nil for a command that is run without a caller, and so begins with nothing.
  ///   - settings: `NAME=VALUE`, or the name of one that the caller has.
  init(caller: [(name: String, value: String)], inherits: Bool, settings: [String]) throws(Failure) {
    members = caller.filter { inherits && !Self.ours.contains($0.name) && !Self.ofShell.contains($0.name) }
      .map { JSONValue.Member($0.name, .string($0.value)) }
    for setting in settings {
      let parts = setting.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      guard let name = parts.first, !name.isEmpty else {
        throw .usage("--env must be NAME=VALUE or a name, not \(quoted(setting))")
      }
      guard let value = parts.count == 2 ? parts[1] : caller.first(where: { $0.name == name })?.value else {
        throw .usage("--env \(name): there is no such variable here; give it a value with --env \(name)=VALUE")
      }
      members.removeAll { $0.key == name }
      members.append(JSONValue.Member(name, .string(value)))
    }
  }

  /// Puts in front what is not there.
  mutating func add(missing variables: [(name: String, value: String)]) {
    let missing = variables.filter { self[$0.name] == nil }
    members = missing.map { JSONValue.Member($0.name, .string($0.value)) } + members
  }

  subscript(name: String) -> String? { members.first { $0.key == name }?.value.string }
}
