/// Every command type there is: the one list from which the command line, the check of a payload and the worker read.
public enum CommandRegistry {
  /// In the order of their names, internal calls included.
  public static let all: [Command] = (generated + [query, exec] + diagnostics).sorted { $0.name < $1.name }

  /// The providers that a command belongs to.
  public static let providers = Set(all.map(\.provider))

  private static let byName: [String: Command] = Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) })

  /// The command of exactly this name.
  public static func find(_ name: String) -> Command? { byName[name] }

  /// The commands that can be jobs, diagnostics included.
  public static let jobCommands: [Command] = all.filter(\.canBeJob)

  /// The names that someone who wrote `name` may have meant, the nearest first. Internal calls are not among them.
  public static func similar(to name: String) -> [String] {
    nearestNames(to: name, among: jobCommands.map(\.name))
  }
}
