/// Ids as people are shown them: the shortest beginnings that tell them apart.
public enum UniqueBeginnings {
  /// Of fewer letters one is hard to know again.
  static let least = 6

  /// How many letters each of them needs.
  public static func length(of ids: [String]) -> Int {
    let sorted = ids.sorted()
    let shared = zip(sorted, sorted.dropFirst()).map { first, second in
      first == second ? 0 : zip(first, second).prefix { $0 == $1 }.count
    }
    return max(least, (shared.max() ?? 0) + 1)
  }
}
