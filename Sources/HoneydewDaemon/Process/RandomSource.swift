internal import HoneydewSystem

/// The randomness that decisions take: ids, and the jitter of backoffs.
final class RandomSource {
  private var generator = StockedRandom()

  /// 13 random lower-case base32 characters.
  func id() -> String { randomID(using: &generator) }

  /// A number in `0..<1`.
  func fraction() -> Double { Double.random(in: 0..<1, using: &generator) }
}
