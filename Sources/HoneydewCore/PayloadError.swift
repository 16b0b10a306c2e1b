/// Why a payload does not fit its command. No text repeats a value, which may be a secret; words of an enumeration and
/// names of arguments excepted.
public struct PayloadError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The place in the payload, such as `ids[2]` or `input.role`; nil where it is the payload as a whole.
  public let argument: String?
  /// One sentence: what is wrong, and what is right.
  public let description: String

  init(_ argument: String?, _ description: String) {
    self.argument = argument
    self.description = description
  }

  static func notJSON(_ error: some Error) -> PayloadError { PayloadError(nil, "the payload is no JSON: \(error)") }

  static func missing(_ arguments: [Argument], under prefix: String, of owner: String) -> PayloadError {
    let names = arguments.map { "\(prefix)\($0.name) (\($0.type.expectation))" }
    let nouns = names.count == 1 ? "the argument" : "the arguments"
    return PayloadError(prefix + arguments[0].name, "\(owner) needs \(nouns) \(names.joined(separator: " and "))")
  }

  static func unknown(_ name: String, under prefix: String, of owner: String, known: [Argument]) -> PayloadError {
    let names = known.map(\.name)
    let near = nearestNames(to: name, among: names).map { prefix + $0 }
    let hint =
      if !near.isEmpty {
        "; did you mean \(near.joined(separator: " or "))?"
      } else if names.isEmpty {
        "; it takes none"
      } else {
        "; it takes \(names.map { prefix + $0 }.joined(separator: ", "))"
      }
    return PayloadError(prefix + name, "\(owner) takes no argument \(quoted(prefix + name))\(hint)")
  }

  static func wrongType(_ argument: String, _ type: ArgumentType, found: String) -> PayloadError {
    PayloadError(argument, "\(argument) must be \(type.expectation), not \(found)")
  }

  /// Untrusted text, short and on one line.
  static func quoted(_ text: String) -> String { String(text.prefix(64)).debugDescription }
}

extension ArgumentType {
  /// What a value of the type is, for people: `a string`.
  public var expectation: String {
    switch self {
    case .string: "a string"
    case .secrets: "an object of strings"
    case .id: "an id, as a string or a whole number"
    case .int: "a whole number from \(Int32.min) to \(Int32.max)"
    case .float: "a number"
    case .boolean: "true or false"
    case .enumeration(let words): words.count == 1 ? "\"\(words[0])\"" : "one of \(words.joined(separator: ", "))"
    case .list(let element): "a list, each element \(element.expectation)"
    case .object(_, let fields): "an object with \(fields.map(\.name).joined(separator: ", "))"
    case .anyObject: "an object"
    }
  }
}
