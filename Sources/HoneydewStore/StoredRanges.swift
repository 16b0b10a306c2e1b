/// Between what a stored number may be. It leaves room above, so that what is counted on never overflows; a row beyond was
/// written by no daemon.
enum StoredRanges {
  /// Of `seq`: a thousand jobs a second take 285,000 years.
  static let sequence: ClosedRange<Int64> = 1...(1 << 53)
  /// Of `attempt`, `retry_count` and other counts.
  static let count: ClosedRange<Int32> = 0...1_000_000_000
  static let priority: ClosedRange<Int32> = .min...(.max)
  /// Of durations: a thousand years.
  static let milliseconds: ClosedRange<Int64> = 0...31_556_952_000_000
  /// Of sizes in bytes.
  static let size: ClosedRange<Int64> = 0...(1 << 53)
  /// Of uids.
  static let uid: ClosedRange<Int64> = 0...Int64(UInt32.max)
  static let longCount: ClosedRange<Int64> = 0...(1 << 53)
}
