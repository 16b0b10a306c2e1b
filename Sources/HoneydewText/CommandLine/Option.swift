/// An argument of a command line that is known by its name.
public struct Option: Sendable {
  /// With its dashes: `--priority`.
  public let name: String
  /// Another name, with its dash and one letter: `-o`.
  public let short: String?
  /// The value's name in help texts, such as `N`; nil for a switch.
  public let value: String?
  public let kind: ValueKind
  public let mayRepeat: Bool
  /// One sentence without a full stop.
  public let help: String

  public init(
    name: String, short: String? = nil, value: String? = nil, kind: ValueKind = .text, mayRepeat: Bool = false,
    help: String
  ) {
    self.name = name
    self.short = short
    self.value = value
    self.kind = kind
    self.mayRepeat = mayRepeat
    self.help = help
  }

  /// The name, and the short one where there is one.
  public var names: [String] { [name] + (short.map { [$0] } ?? []) }

  /// `--priority N`, `-o, --output FILE`.
  public var usage: String { (short.map { "\($0), " } ?? "") + (value.map { "\(name) \($0)" } ?? name) }

  public static let version = Option(name: "--version", short: "-V", help: "Print the version")
}

/// Why a command line is not understood: one sentence that says what to type instead.
public struct UsageError: Error, Equatable {
  public let text: String

  public init(_ text: String) {
    self.text = text
  }
}
