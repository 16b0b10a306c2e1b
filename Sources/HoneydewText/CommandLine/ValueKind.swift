public import HoneydewCore

/// What a value on a command line may be: the parsers check it, the completion scripts offer it.
public indirect enum ValueKind: Sendable {
  case text
  case integer(ClosedRange<Int64>)
  /// Positive, in the form of `DurationText`.
  case duration
  /// In the form of `MomentText`.
  case moment(MomentText.Side)
  case choice([String])
  /// Several, with commas between them.
  case list(of: ValueKind)
  case file
  /// `NAME=VALUE`.
  case label
  case environment
  case provider
  case job
  case schedule
  case commandType
  /// An argument of the command that was named before, in the form `name=value`.
  case commandArgument
  /// A number, in a pool other than `api` behind its name: `exec/1`.
  case worker
  /// The name of an instance, as `InstanceName` has it.
  case instance
  case pool
  /// A local command's job.
  case localJob
  /// A signal's name or number.
  case signal
  /// A word of a program's command line: any text.
  case programWord
  /// The name of a column, whose order a `-` before it turns round.
  case column
  /// A key of the configuration.
  case setting

  /// Refuses a value that is not of this kind.
  /// - Parameter name: whose value it is.
  public func check(_ text: String, of name: String) throws(UsageError) {
    switch self {
    // The words of a program may be empty; of pairs, the command says what they must be.
    case .programWord, .commandArgument: break
    case .text, .file, .environment, .provider, .job, .localJob, .schedule, .commandType, .column,
      .setting, .pool, .signal:
      if text.isEmpty { throw UsageError("\(name) must not be empty") }
    case .list(let kind):
      for element in text.split(separator: ",", omittingEmptySubsequences: false) {
        try kind.check(String(element), of: name)
      }
    case .instance:
      guard InstanceName.isLegal(text) else {
        throw UsageError("\(name) must be \(InstanceName.rule), not \(quoted(text))")
      }
    case .worker:
      let slash = text.lastIndex(of: "/")
      if slash == text.startIndex { throw UsageError("\(name) must be a number or POOL/N, not \(quoted(text))") }
      let number = slash.map { String(text[text.index(after: $0)...]) } ?? text
      try ValueKind.integer(1...Int64(Int32.max)).check(number, of: name)
    case .integer(let range):
      guard let number = Int64(text), range.contains(number) else {
        throw UsageError("\(name) must be a whole number \(Self.describe(range)), not \(quoted(text))")
      }
    case .duration:
      guard let duration = DurationText.parse(text), duration > .zero else {
        throw UsageError("\(name) must be a duration such as 250ms, 30s, 5m or 1h30m, not \(quoted(text))")
      }
    case .moment(let side):
      guard MomentText.parse(text, side, now: Timestamp(milliseconds: 0), zone: .utc) != nil else {
        throw UsageError(
          "\(name) must be a moment such as 2026-01-31, 2026-01-31T12:00:00Z, \"monday 9:00\", 14:30 or 2d, not "
            + quoted(text))
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
