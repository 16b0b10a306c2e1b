/// Reads the words of a command line one after the other, for every program. Strict: what it does not know is refused with
/// the nearest thing it does.
///
/// Options may stand anywhere; `--name=value` and `--name value` are the same; after `--` everything is an argument.
public struct OptionParser {
  public enum Word {
    /// The caller knows what its place means.
    case argument(String)
    /// It is in `parsed` now, with its value.
    case option(Option)
  }

  /// The options so far. Arguments are added by the caller.
  public var parsed = ParsedArguments()
  private var rest: ArraySlice<String>
  private var onlyArguments = false

  /// - Parameter words: without the program's name.
  public init(_ words: [String]) {
    rest = words[...]
  }

  /// Takes all that follows for arguments, as `--` does.
  public mutating func endOptions() { onlyArguments = true }

  /// The next argument or option; nil at the end.
  ///
  /// - Parameters:
  ///   - known: the options that may stand here.
  ///   - title: what has these options, such as `honeydew submit`: `title --help` explains them.
  ///   - takesNumber: whether a negative number is an argument here.
  public mutating func next(
    among known: [Option], of title: String, takesNumber: Bool = false
  ) throws(UsageError) -> Word? {
    guard let word = rest.popFirst() else { return nil }
    if onlyArguments || word == "-" || !word.hasPrefix("-") || (takesNumber && Int64(word) != nil) {
      return .argument(word)
    }
    if word == "--" {
      onlyArguments = true
      parsed.argumentsBeforeDashes = parsed.positionals.count
      return try next(among: known, of: title, takesNumber: takesNumber)
    }
    let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    let name = String(parts[0])
    guard let option = known.first(where: { $0.names.contains(name) }) else {
      let question = suggestion(for: name, among: known.map(\.name))
      throw UsageError(
        "\(title) has no option \(quoted(name))" + (question.isEmpty ? "; see: \(title) --help" : question))
    }
    guard option.mayRepeat || !parsed.isSet(option) else { throw UsageError("\(name) is given twice; give it once") }
    let value = try value(of: option, name, parts.count == 2 ? String(parts[1]) : nil)
    parsed.options[option.name, default: []].append(value)
    return .option(option)
  }

  /// - Parameter joined: what follows the equals sign.
  private mutating func value(of option: Option, _ name: String, _ joined: String?) throws(UsageError) -> String {
    guard let valueName = option.value else {
      if let joined { throw UsageError("\(name) takes no value; leave out \(quoted("=" + joined))") }
      return ""
    }
    let value: String
    if let joined {
      value = joined
    } else if let next = rest.first, !next.hasPrefix("--") {
      rest.removeFirst()
      value = next
    } else {
      throw UsageError("\(name) needs a value: \(name) \(valueName)")
    }
    try option.kind.check(value, of: name)
    return value
  }
}
