/// Jobs that failed for want of a login where nobody is logged in, by the environments' ids: with a login its row counts.
public struct MissingLogins: Equatable, Sendable {
  /// Its place in the store's table `config`.
  public static let configKey = "failed_auth_jobs"

  private var counts: [String: Int32] = [:]

  public init() {}

  /// Reads what `text` has written.
  public init(text: String) {
    for line in text.split(separator: "\n") {
      let words = line.split(separator: "\t")
      guard words.count == 2, let count = Int32(words[1]), count > 0 else { continue }
      counts[String(words[0])] = count
    }
  }

  /// A line for each environment: its id and its count.
  public var text: String { counts.map { "\($0.key)\t\($0.value)" }.sorted().joined(separator: "\n") }

  public subscript(id: String) -> Int32 {
    get { counts[id] ?? 0 }
    set { counts[id] = newValue > 0 ? newValue : nil }
  }
}
