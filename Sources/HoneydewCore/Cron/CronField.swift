/// One of the five fields: the values that match, as bits.
struct CronField: Equatable, Sendable {
  enum Kind: String, CaseIterable, Sendable {
    case minute, hour
    case dayOfMonth = "day-of-month"
    case month
    case dayOfWeek = "day-of-week"

    var range: ClosedRange<Int> {
      switch self {
      case .minute: 0...59
      case .hour: 0...23
      case .dayOfMonth: 1...31
      case .month: 1...12
      case .dayOfWeek: 0...7
      }
    }

    /// Names of values, the first one for the value `firstNamed`.
    var names: [String] {
      switch self {
      case .month: ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
      case .dayOfWeek: ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]
      default: []
      }
    }

    var firstNamed: Int { self == .month ? 1 : 0 }

    /// Whether `?` may stand for any value: only in the fields of days, where it says that the other one decides.
    var admitsQuestionMark: Bool { self == .dayOfMonth || self == .dayOfWeek }

    var expectation: String {
      let example = names.isEmpty ? "" : ", or a name such as \(names[1])"
      return "\(range.lowerBound) to \(range.upperBound)\(example)"
    }
  }

  /// Bit N stands for value N; Sunday is bit 0 only.
  private(set) var bits: UInt64 = 0
  /// Whether the field begins with `*` or `?`: it restricts neither the days nor, by the rule of daylight-saving time, the
  /// time of day (crontab(5)).
  private(set) var isWildcard = false

  /// - Parameter column: of the text's first character.
  init(_ kind: Kind, _ text: ArraySlice<UInt8>, column: Int) throws(CronError) {
    let first = text.first
    isWildcard = first == UInt8(ascii: "*") || first == UInt8(ascii: "?")
    for item in text.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false) {
      var reader = CronItemReader(kind: kind, rest: item, column: column + item.startIndex - text.startIndex)
      bits |= try reader.bits()
    }
    if kind == .dayOfWeek, contains(7) { bits = bits & 0x7F | 1 }
  }

  func contains(_ value: Int) -> Bool { bits >> UInt64(value) & 1 == 1 }

  /// The first value that matches and is not below `value`.
  func first(from value: Int) -> Int? {
    let rest = (bits >> UInt64(value)) << UInt64(value)
    return rest == 0 ? nil : rest.trailingZeroBitCount
  }
}

/// Reads one item of a field's list: `*`, `?`, `5`, `mon`, `1-5`, each with `/STEP` or without.
private struct CronItemReader {
  let kind: CronField.Kind
  var rest: ArraySlice<UInt8>
  var column: Int

  mutating func bits() throws(CronError) -> UInt64 {
    guard !rest.isEmpty else { throw error("a value is missing; write \(kind.expectation)") }
    let values = try range()
    let step = try step()
    return stride(from: values.lowerBound, through: values.upperBound, by: step).reduce(0) { $0 | 1 << UInt64($1) }
  }

  private mutating func range() throws(CronError) -> ClosedRange<Int> {
    if take("*") { return kind.range }
    if rest.first == UInt8(ascii: "?") {
      guard kind.admitsQuestionMark else { throw error("? stands for days only; write *") }
      _ = take("?")
      return kind.range
    }
    let lower = try value()
    let secondColumn = column + 1
    guard take("-") else {
      // `5/15` is `5-59/15`; the week ends with Saturday.
      let last = kind == .dayOfWeek ? max(6, lower.number) : kind.range.upperBound
      return lower.number...(rest.first == UInt8(ascii: "/") ? last : lower.number)
    }
    var upper = try value()
    // `fri-sun`: a name has no other way to say that Sunday is the last day.
    if kind == .dayOfWeek, upper.isName, upper.number == 0, lower.number > 0 { upper.number = 7 }
    guard lower.number <= upper.number else {
      throw CronError(
        kind, column: secondColumn,
        "the range \(lower.number)-\(upper.number) runs backwards; write it as two, with a comma between them")
    }
    return lower.number...upper.number
  }

  private mutating func value() throws(CronError) -> (number: Int, isName: Bool) {
    let start = column
    let word = takeWhile { $0 != UInt8(ascii: "-") && $0 != UInt8(ascii: "/") }
    guard !word.isEmpty else { throw CronError(kind, column: start, "a value is missing; write \(kind.expectation)") }
    if let index = kind.names.firstIndex(of: word.lowercased()) { return (index + kind.firstNamed, true) }
    guard let number = decimal(word) else {
      throw CronError(kind, column: start, "\"\(word)\" is not \(kind.expectation)")
    }
    guard kind.range.contains(number) else {
      throw CronError(kind, column: start, "\(word) is not \(kind.expectation)")
    }
    return (number, false)
  }

  private mutating func step() throws(CronError) -> Int {
    guard take("/") else {
      guard rest.isEmpty else { throw error("\"\(text(rest))\" is too much; separate values by commas") }
      return 1
    }
    let start = column
    let word = takeWhile { _ in true }
    // Sunday counts once.
    let largest = kind.range.count - (kind == .dayOfWeek ? 1 : 0)
    guard let step = decimal(word), step > 0 else {
      throw CronError(kind, column: start, "the step \"\(word)\" is not 1 to \(largest)")
    }
    guard step <= largest else {
      throw CronError(
        kind, column: start,
        "the step \(word) is not 1 to \(largest); a longer interval is written so: @every 1h30m")
    }
    return step
  }

  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard rest.first == UInt8(ascii: character) else { return false }
    rest.removeFirst()
    column += 1
    return true
  }

  private mutating func takeWhile(_ belongs: (UInt8) -> Bool) -> String {
    let word = rest.prefix(while: belongs)
    rest = rest.dropFirst(word.count)
    column += word.count
    return text(word)
  }

  private func decimal(_ word: String) -> Int? {
    word.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } ? Int(word) : nil
  }

  private func text(_ bytes: ArraySlice<UInt8>) -> String { String(decoding: bytes, as: UTF8.self) }

  private func error(_ text: String) -> CronError { CronError(kind, column: column, text) }
}
