/// Where the next page of a list begins, for the query that gave the last one and no other.
public struct ListCursor: Equatable, Sendable {
  /// No cursor is longer than three numbers and two hyphens.
  private static let maximumBytes = 60

  /// Only older jobs follow, or in a list by ends, among those with the same one.
  public var sequence: Int64
  /// Of the last job of a list by ends.
  public var end: Timestamp?
  private var query: String

  /// - Parameter query: the same text for the same query.
  public init(after sequence: Int64, end: Timestamp? = nil, of query: String) {
    self.sequence = sequence
    self.end = end
    self.query = Self.digest(query)
  }

  /// Reads what `text` has written; nil when it is no cursor, or one of another query.
  public init?(_ text: String, of query: String) {
    guard text.utf8.count <= Self.maximumBytes else { return nil }
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    guard 2...3 ~= parts.count, let sequence = Int64(parts[0]), sequence > 0, parts[1] == Self.digest(query) else {
      return nil
    }
    var end: Timestamp?
    if parts.count == 3 {
      guard let age = Int64(parts[2]), age >= 0 else { return nil }
      end = Timestamp(milliseconds: Timestamp.distantPast.milliseconds + age)
    }
    self.init(after: sequence, end: end, of: query)
  }

  public var text: String {
    let age = end.map { $0.milliseconds - Timestamp.distantPast.milliseconds }
    return "\(sequence)-\(query)" + (age.map { "-\($0)" } ?? "")
  }

  private static func digest(_ query: String) -> String { String(fnv1a(query.utf8), radix: 36) }
}
