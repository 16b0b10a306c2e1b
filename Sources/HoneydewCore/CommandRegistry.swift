/// Every command type there is: the one list from which the command line, the check of a payload and the worker read.
public enum CommandRegistry {
  /// In the order of their names, internal calls included.
  public static let all: [Command] = (generated + diagnostics).sorted { $0.name < $1.name }

  private static let byName: [String: Command] = Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) })

  /// The command of exactly this name.
  public static func find(_ name: String) -> Command? { byName[name] }

  /// The names that someone who wrote `name` may have meant, the nearest first. Internal calls are not among them.
  public static func similar(to name: String) -> [String] {
    let candidates = all.filter { command in
      if case .internalCall = command.target { return false }
      return true
    }
    return nearestNames(to: name, among: candidates.map(\.name))
  }
}
