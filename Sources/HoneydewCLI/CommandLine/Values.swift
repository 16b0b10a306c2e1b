internal import HoneydewText
internal import HoneydewCore

/// The kinds of values: what fits them, and what they mean.
enum Values {
  /// Refuses a value that is not of its kind. `name` says whose value it is.
  static func check(_ text: String, _ kind: ValueKind, of name: String) throws(Failure) {
    switch kind {
    case .text, .file, .environment, .provider, .job, .schedule, .commandType:
      if text.isEmpty { throw .usage("\(name) must not be empty") }
    case .integer(let range):
      guard let number = Int64(text), range.contains(number) else {
        throw .usage("\(name) must be a whole number \(describe(range)), not \(quoted(text))")
      }
    case .duration:
      guard let duration = DurationText.parse(text), duration > .zero else {
        throw .usage("\(name) must be a duration such as 250ms, 30s, 5m or 1h30m, not \(quoted(text))")
      }
    case .moment:
      guard Timestamp(text) != nil else {
        throw .usage("\(name) must be a date such as 2026-01-31 or 2026-01-31T12:00:00Z, not \(quoted(text))")
      }
    case .label:
      guard let equals = text.firstIndex(of: "="), equals > text.startIndex else {
        throw .usage("\(name) must be NAME=VALUE such as team=web, not \(quoted(text))")
      }
    case .choice(let choices):
      guard choices.contains(text) else {
        throw .usage(
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

extension ParsedArguments {
  /// The number that an option of kind `integer` was given.
  func integer(_ option: Option) -> Int64? { text(option).flatMap { Int64($0) } }

  /// The duration that an option of kind `duration` was given.
  func duration(_ option: Option) -> Duration? { text(option).flatMap(DurationText.parse) }

  /// The moment that an option of kind `moment` was given, as the daemon reads it (RFC 3339, UTC).
  func moment(_ option: Option) -> String? { text(option).flatMap { Timestamp($0) }?.description }
}
