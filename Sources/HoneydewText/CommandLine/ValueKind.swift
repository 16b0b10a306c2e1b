internal import HoneydewCore

/// What a value on a command line may be: the parsers check it, the completion scripts offer it.
public enum ValueKind: Sendable {
  case text
  case integer(ClosedRange<Int64>)
  /// Positive, in the form of `DurationText`.
  case duration
  /// RFC 3339, or a day as YYYY-MM-DD.
  case moment
  case choice([String])
  case file
  /// `NAME=VALUE`.
  case label
  case environment
  case provider
  case job
  case schedule
  case commandType
  /// A key of the configuration.
  case setting

  /// Refuses a value that is not of this kind.
  /// - Parameter name: whose value it is.
  public func check(_ text: String, of name: String) throws(UsageError) {
    switch self {
    case .text, .file, .environment, .provider, .job, .schedule, .commandType, .setting:
      if text.isEmpty { throw UsageError("\(name) must not be empty") }
    case .integer(let range):
      guard let number = Int64(text), range.contains(number) else {
        throw UsageError("\(name) must be a whole number \(Self.describe(range)), not \(quoted(text))")
      }
    case .duration:
      guard let duration = DurationText.parse(text), duration > .zero else {
        throw UsageError("\(name) must be a duration such as 250ms, 30s, 5m or 1h30m, not \(quoted(text))")
      }
    case .moment:
      guard Timestamp(text) != nil else {
        throw UsageError("\(name) must be a date such as 2026-01-31 or 2026-01-31T12:00:00Z, not \(quoted(text))")
      }
    case .label:
      guard let equals = text.firstIndex(of: "="), equals > text.startIndex else {
        throw UsageError("\(name) must be NAME=VALUE such as team=web, not \(quoted(text))")
      }
    case .choice(let choices):
      guard choices.contains(text) else {
        throw UsageError(
          "\(name) must be one of \(choices.joined(separator: ", ")), not \(quoted(text))"
            + suggestion(for: text, among: choices))
      }
    }
  }

  private static func describe(_ range: ClosedRange<Int64>) -> String {
    if range.upperBound == .max { return "from \(range.lowerBound)" }
    return "from \(range.lowerBound) to \(range.upperBound)"
  }
}
