/// Where the next page of a list begins, for the query that gave the last one and no other.
public struct ListCursor: Equatable, Sendable {
  /// No cursor is longer than two numbers and a hyphen.
  private static let maximumBytes = 40

  /// Only older jobs follow.
  public var sequence: Int64
  private var query: String

  /// - Parameter query: the same text for the same query.
  public init(after sequence: Int64, of query: String) {
    self.sequence = sequence
    self.query = Self.digest(query)
  }

  /// Reads what `text` has written; nil when it is no cursor, or one of another query.
  public init?(_ text: String, of query: String) {
    guard text.utf8.count <= Self.maximumBytes else { return nil }
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count == 2, let sequence = Int64(parts[0]), sequence > 0, parts[1] == Self.digest(query) else {
      return nil
    }
    self.init(after: sequence, of: query)
  }

  public var text: String { "\(sequence)-\(query)" }

  private static func digest(_ query: String) -> String { String(fnv1a(query.utf8), radix: 36) }
}
