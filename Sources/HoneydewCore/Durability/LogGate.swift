/// Decides when the store's log is copied back into the database, and closes the gate for commits while the log is
/// restarted.
///
/// Copying beside a busy writer never comes to the log's end, so that the log would grow without one. When little is left
/// to copy, the gate closes for some milliseconds: turns that need a commit gather, all else goes on. Whatever happens to
/// the helper that copies, the gate opens again, and the next attempt waits longer than the one before.
///
/// The owner calls `committed` after each commit, `step` in each turn, `answered` and `helperEnded` as they arrive, and
/// carries out the actions that these give.
public struct LogGate: Equatable, Sendable {
  public enum Action: Equatable, Sendable {
    case nothing
    /// Copy what is in the log, while commits go on.
    case copy
    /// Copy what is left, then restart the log, with its file cut to nothing or overwritten.
    case restart(truncating: Bool)
    /// Kill the helper, which has not answered in time. Its end opens the gate: until then it may hold the locks.
    case killHelper
  }

  /// Frames in the log at which it is copied: 4 MiB.
  public static let copyFrames = 1000
  /// So many frames may be left to copy when the gate closes: 512 KiB, some milliseconds.
  public static let littleFrames = 128
  /// Frames at which the gate closes however much is left, when the writer is faster than the copies: 64 MiB.
  public static let manyFrames = 16_000
  /// Frames above which the log's file is cut: 16 MiB. Overwriting is cheaper for the disk than extending.
  public static let truncateFrames = 4000
  /// How long a copy beside the loop may take, which a slow disk decides.
  static let copyLimit = Duration.seconds(60)
  /// How long the gate is closed at most before the helper is killed.
  static let closedLimit = Duration.seconds(10)
  /// How long the gate stays closed for a killed helper, which may hang in the kernel. A commit that then meets its
  /// locks takes the store down, so that callers get an answer.
  static let killedLimit = Duration.seconds(30)
  /// A read that lasts no longer than this, such as a small backup's, is nobody's trouble.
  static let toleratedHold = Duration.seconds(10)
  static let backoff = Backoff(base: .seconds(1), multiplier: 2, maximum: .seconds(60))

  private enum Phase: Equatable {
    case idle
    case copying(until: Duration)
    /// The gate is closed.
    case restarting(until: Duration)
    /// The helper was told to die.
    case killed(until: Duration, isClosed: Bool)
  }

  private var phase = Phase.idle
  /// Nothing is tried before (monotonic time).
  private var notBefore = Duration.zero
  private var failures = 0
  /// Frames that the helper has copied.
  private var copied = 0
  /// Frames in the log as of the last commit.
  public private(set) var frames: Int
  /// Since when another program's read keeps the log from being copied (monotonic time).
  private var heldSince: Duration?
  /// Whether the disk is full, so that a shorter log is copied.
  public var isShortOfRoom = false
  /// Whether the log is copied, and its file cut, however short it is.
  private var wantsRoom = false

  /// - Parameter frames: in the log that the store was opened with.
  public init(frames: Int) {
    self.frames = frames
  }

  /// Whether turns may commit. While they may not, their writes gather.
  public var isOpen: Bool {
    switch phase {
    case .idle, .copying: true
    case .restarting: false
    case .killed(_, let isClosed): !isClosed
    }
  }

  /// Whether another program's read keeps the log from being copied.
  public var isHeld: Bool { heldSince != nil }

  /// For how long another program's read has kept the log from being copied, once that is worth telling.
  public func longHold(at now: Duration) -> Duration? {
    guard let heldSince, now - heldSince >= Self.toleratedHold else { return nil }
    return now - heldSince
  }

  /// When a step is due though nothing arrives (monotonic time).
  public var deadline: Duration? {
    switch phase {
    case .idle: isDue ? notBefore : nil
    case .copying(let until), .restarting(let until): until
    case .killed(let until, let isClosed): isClosed ? until : nil
    }
  }

  private var isDue: Bool {
    frames >= (isShortOfRoom ? Self.littleFrames : Self.copyFrames) || wantsRoom && frames > 2
  }

  /// Asks for room on the disk: the log is copied, and its file cut, once.
  public mutating func makeRoom() {
    wantsRoom = true
  }

  /// Notes how many frames the log holds after a commit.
  public mutating func committed(frames: Int) {
    // Somebody else has restarted the log.
    if frames < self.frames { copied = 0 }
    self.frames = frames
  }

  /// What to do now.
  public mutating func step(now: Duration) -> Action {
    switch phase {
    case .idle:
      guard isDue, notBefore <= now else { return .nothing }
      phase = .copying(until: now + Self.copyLimit)
      return .copy
    case .copying(let until) where until <= now, .restarting(let until) where until <= now:
      phase = .killed(until: now + Self.killedLimit, isClosed: !isOpen)
      return .killHelper
    case .killed(let until, true) where until <= now:
      phase = .killed(until: until, isClosed: false)
      return .nothing
    case .copying, .restarting, .killed:
      return .nothing
    }
  }

  /// Takes the helper's answer to the last request.
  ///
  /// - Parameter jitter: a random number in `0..<1`.
  public mutating func answered(_ answer: LogCopyAnswer, now: Duration, jitter: Double) -> Action {
    switch (phase, answer) {
    case (.copying, .copied(let count, let total)):
      let (progress, left) = (count - copied, max(frames, total) - count)
      copied = count
      // It stopped short of the end that the log had then: at somebody's snapshot, unless a large commit came between.
      let isShort = total - count > Self.littleFrames
      if isShort, progress <= 0 {
        heldSince = heldSince ?? now
        retryLater(now, jitter)
        return .nothing
      }
      // A writer that is as fast as the copies would never leave little.
      if isShort || left > Self.littleFrames && progress > left && frames < Self.manyFrames {
        phase = .copying(until: now + Self.copyLimit)
        return .copy
      }
      phase = .restarting(until: now + Self.closedLimit)
      return .restart(truncating: wantsRoom || frames > Self.truncateFrames)
    case (.restarting, .restarted(let count)):
      let wasShort = isShortOfRoom
      self = LogGate(frames: count)
      isShortOfRoom = wasShort
    case (.copying, .held), (.restarting, .held):
      heldSince = heldSince ?? now
      retryLater(now, jitter)
    case (.copying, _), (.restarting, _):
      retryLater(now, jitter)
    case (.idle, _), (.killed, _):
      // It came too late.
      break
    }
    return .nothing
  }

  /// The helper is gone, by itself or killed.
  public mutating func helperEnded(now: Duration, jitter: Double) {
    guard phase != .idle else { return }
    retryLater(now, jitter)
  }

  private mutating func retryLater(_ now: Duration, _ jitter: Double) {
    phase = .idle
    notBefore = now + Self.backoff.delay(failures: failures, jitter: jitter)
    failures += 1
  }
}
