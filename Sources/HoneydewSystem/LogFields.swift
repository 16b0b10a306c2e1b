/// The fields of a log line, in order: `["job_id": .string(id), "priority": .int(3)]`.
public struct LogFields: ExpressibleByDictionaryLiteral {
  public private(set) var entries: [(String, LogValue)]

  public init(dictionaryLiteral elements: (String, LogValue)...) {
    entries = elements
  }

  public mutating func append(_ name: String, _ value: LogValue) {
    entries.append((name, value))
  }
}

/// The value of a log field.
public enum LogValue: Equatable, Sendable {
  case string(String)
  case integer(Int64)
  case boolean(Bool)

  /// Numbers outside `Int64` become its nearest.
  public static func int(_ value: some BinaryInteger) -> LogValue { .integer(Int64(clamping: value)) }
  public static func bool(_ value: Bool) -> LogValue { .boolean(value) }
  /// Text from outside: what is not UTF-8 becomes U+FFFD.
  public static func bytes(_ value: some Collection<UInt8>) -> LogValue {
    .string(String(decoding: value, as: UTF8.self))
  }
  /// Whole milliseconds, the rest cut off. Those outside `Int64` become its nearest.
  public static func milliseconds(_ value: Duration) -> LogValue {
    let (seconds, attoseconds) = value.components
    let (scaled, overflow) = seconds.multipliedReportingOverflow(by: 1000)
    let (sum, carry) = scaled.addingReportingOverflow(attoseconds / 1_000_000_000_000_000)
    return .integer(overflow || carry ? (seconds < 0 ? .min : .max) : sum)
  }
}

extension LogValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral {
  public init(stringLiteral value: String) { self = .string(value) }
  public init(integerLiteral value: Int64) { self = .integer(value) }
  public init(booleanLiteral value: Bool) { self = .boolean(value) }
}
