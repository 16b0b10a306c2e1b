/// Gathers the pieces in which SQLite writes a commit to a write-ahead log, so that it takes one system call instead of
/// two for each page.
///
/// The log is a row of frames, each a header of 24 bytes and a page; the header of a commit's last frame names the
/// database's size, which is 0 in all others (https://sqlite.org/fileformat2.html#the_write_ahead_log). What is held is
/// due with that frame's page, so that nothing is held when the commit becomes visible.
struct LogGathering {
  private static let headerSize = 24
  private static let limit = 64 << 10

  /// What is not written yet.
  private(set) var held: [UInt8] = []
  /// Where in the file it belongs.
  private(set) var offset: Int64 = 0
  private var endsCommit = false

  /// Whether a piece at this place continues what is held. Before one that does not, what is held must be written.
  func isNext(_ place: Int64) -> Bool { held.isEmpty || place == offset + Int64(held.count) }

  /// Holds a piece.
  ///
  /// - Returns: whether it is time to write what is held.
  mutating func add(_ piece: UnsafeRawBufferPointer, at place: Int64) -> Bool {
    if held.isEmpty { offset = place }
    held.append(contentsOf: piece)
    guard piece.count != Self.headerSize else {
      endsCommit = piece[4..<8].contains { $0 != 0 }
      // A header goes with its page, which must find out here that it is the commit's last.
      return false
    }
    return endsCommit || held.count >= Self.limit
  }

  /// Holds nothing any more, since it was written, or since SQLite was told that it could not be.
  mutating func clear() {
    held.removeAll(keepingCapacity: true)
    endsCommit = false
  }
}
