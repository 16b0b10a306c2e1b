internal import HoneydewCore

/// What a command line says: its arguments by their places, and its options by their names.
public struct ParsedArguments: Sendable {
  public var positionals: [String] = []
  /// How many of the arguments stand before `--`; nil where there is none.
  public internal(set) var argumentsBeforeDashes: Int?
  /// By the long names; a switch has the empty text.
  public internal(set) var options: [String: [String]] = [:]

  public init() {}

  /// Puts an option in that nobody typed.
  public mutating func set(_ option: Option, _ value: String) { options[option.name] = [value] }

  public func isSet(_ option: Option) -> Bool { options[option.name] != nil }
  public func text(_ option: Option) -> String? { options[option.name]?.first }
  public func texts(_ option: Option) -> [String] { options[option.name] ?? [] }

  /// The values that an option of kind `list` was given.
  public func list(_ option: Option) -> [String] { (text(option) ?? "").split(separator: ",").map(String.init) }

  /// The number that an option of kind `integer` was given.
  public func integer(_ option: Option) -> Int64? { text(option).flatMap { Int64($0) } }

  /// The duration that an option of kind `duration` was given.
  public func duration(_ option: Option) -> Duration? { text(option).flatMap(DurationText.parse) }

  /// The moment that an option of kind `moment` was given, as the daemon reads it (RFC 3339, UTC).
  public func moment(_ option: Option, by clock: LocalClock = .present()) -> String? {
    guard let text = text(option), case .moment(let side) = option.kind else { return nil }
    return MomentText.parse(text, side, now: clock.now, zone: clock.zone)?.description
  }
}
