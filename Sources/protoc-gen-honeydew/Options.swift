/// What `--honeydew_opt` says: words separated by commas.
struct Options {
  /// The module that the code becomes part of, which it must not import.
  private(set) var module = ""
  /// The type that answers the calls of commands. With it, the code for them and the roles of all calls are all that is
  /// generated.
  private(set) var commandService: String?

  init(_ parameter: String) throws(GeneratorError) {
    for word in parameter.split(separator: ",") {
      let parts = word.split(separator: "=", maxSplits: 1).map(String.init)
      switch parts.first {
      case "module" where parts.count == 2: module = parts[1]
      case "commands" where parts.count == 2: commandService = parts[1]
      default:
        throw GeneratorError(description: "unknown option '\(word)': there are 'module=NAME' and 'commands=TYPE'")
      }
    }
  }

  /// The import statements for those of `modules` that the code is not part of.
  func imports(_ modules: String...) -> [String] {
    modules.filter { $0 != module }.map { "public import \($0)" }
  }
}
