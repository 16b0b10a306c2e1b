/// A number for some environments, by their ids, as the store keeps it in its table `config`.
public struct EnvironmentNumbers: Equatable, Sendable {
  /// How many jobs failed for want of a login where nobody is logged in; with a login its row counts.
  public static let failedAuthJobsKey = "failed_auth_jobs"
  /// The generation of the pair that the API has refused although a refresh had just brought it.
  public static let refusedTokensKey = "refused_tokens"

  private var numbers: [String: Int64] = [:]

  public init() {}

  /// Reads what `text` has written. What no daemon wrote is passed over.
  public init(text: String) {
    for line in text.split(separator: "\n") {
      let words = line.split(separator: "\t")
      guard words.count == 2, let number = Int64(words[1]), (1...Int64.max / 2).contains(number) else { continue }
      numbers[String(words[0])] = number
    }
  }

  /// A line for each environment: its id and its number.
  public var text: String { numbers.map { "\($0.key)\t\($0.value)" }.sorted().joined(separator: "\n") }

  /// 0 for an environment that has none.
  public subscript(id: String) -> Int64 {
    get { numbers[id] ?? 0 }
    set { numbers[id] = newValue > 0 ? newValue : nil }
  }
}
