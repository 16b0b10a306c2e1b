/// Gathers the pieces in which SQLite writes to a write-ahead log, so that a commit takes one system call instead of two
/// for each of its pages.
///
/// The log is a row of frames, each a header of 24 bytes and a page; the header of a commit's last frame names the
/// database's size, which is 0 in all others (https://sqlite.org/fileformat2.html#the_write_ahead_log). A piece that
/// continues the one before it is held until its commit has ended. All else is written at once: SQLite goes back to
/// frames that it has written, and what it writes there may be the last of the commit.
struct LogGathering {
  private static let headerSize = 24
  private static let limit = 64 << 10

  /// What is not written yet.
  private(set) var held: [UInt8] = []
  /// Where in the file it belongs.
  private(set) var offset: Int64 = 0
  private var endsCommit = false

  /// Whether a piece at this place continues the one before it. Before one that does not, what is held must be written.
  func isNext(_ place: Int64) -> Bool { place == offset + Int64(held.count) }

  /// Holds a piece.
  ///
  /// - Returns: whether it is time to write what is held.
  mutating func add(_ piece: UnsafeRawBufferPointer, at place: Int64) -> Bool {
    let isApart = !isNext(place)
    if isApart { offset = place }
    let isHeader = piece.count == Self.headerSize
    if isHeader { endsCommit = piece[4..<8].contains { $0 != 0 } }
    held.append(contentsOf: piece)
    return isApart || endsCommit && !isHeader || held.count >= Self.limit
  }

  /// Notes that what was held is in the file.
  mutating func written() {
    offset += Int64(held.count)
    drop()
  }

  /// Forgets what is held.
  mutating func drop() {
    held.removeAll(keepingCapacity: true)
  }
}
