/// What `--honeydew_opt` says: words separated by commas.
struct Options {
  private(set) var generatesMessages = true
  private(set) var generatesServices = true
  /// The module that the code becomes part of, which it must not import.
  private(set) var module = ""

  init(_ parameter: String) throws(GeneratorError) {
    for word in parameter.split(separator: ",") {
      if word.hasPrefix("module=") {
        module = String(word.dropFirst("module=".count))
      } else {
        switch word {
        case "messages": generatesServices = false
        case "services": generatesMessages = false
        case "both": break
        default:
          throw GeneratorError(
            description: "unknown option '\(word)': give 'messages', 'services' or 'both', and 'module=NAME'")
        }
      }
    }
  }

  /// The import statements for those of `modules` that the code is not part of.
  func imports(_ modules: String...) -> [String] {
    modules.filter { $0 != module }.map { "public import \($0)" }
  }
}
