/// How much room is kept on the database's disk for the day on which it is full, and when new jobs would use up what is left:
/// enough to remove jobs, to copy the log back and to start again.
public enum RoomRule {
  /// The most that is kept, in bytes.
  public static let most: Int64 = 4 << 20
  /// The share of a small disk.
  private static let share: Int64 = 16
  private static let block: Int64 = 4096
  /// Between two looks at a disk that was full.
  public static let lookInterval = Duration.seconds(2)
  /// So many frames more in the log are worth a look at the disk.
  public static let lookFrames = 64

  /// The room to keep of a disk of so many bytes.
  public static func reserve(of total: UInt64) -> Int64 {
    min(most, Int64(clamping: total) / share / block * block)
  }

  /// Whether the disk is so full that no new job may be taken: each page in the log may be one more in the database when the
  /// log is copied back, and what is left after that must suffice for removals.
  ///
  /// - Parameters:
  ///   - frames: in the log.
  ///   - free: bytes beside the reserve.
  public static func isScarce(_ reserve: Int64, free: UInt64, frames: Int) -> Bool {
    Int64(clamping: free) < Int64(frames) * block + reserve / 2
  }

  /// Whether a disk that was full has room again: for the reserve, and for twice as much beside it.
  ///
  /// - Parameters:
  ///   - kept: of the reserve, as it is.
  ///   - frames: in the log.
  public static func hasRoomAgain(_ reserve: Int64, free: UInt64, kept: Int64, frames: Int) -> Bool {
    Int64(clamping: free) >= Int64(frames) * block + 3 * reserve - kept
  }

  /// Whether a start needs the reserve, since so little is free.
  public static func mustGiveUp(_ kept: Int64, free: UInt64) -> Bool { free < UInt64(kept) / 4 }
}
