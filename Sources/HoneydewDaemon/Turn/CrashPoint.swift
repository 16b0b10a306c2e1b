#if DEBUG
  internal import Glibc
#endif

/// A place at which the crash test can end a debug build of the daemon as `kill -9` would.
///
/// The environment variable `HONEYDEW_CRASH_POINT` names one, and which pass of it ends the daemon:
/// `before-commit:17` is the 17th. A release build knows nothing of it.
enum CrashPoint: String {
  /// Between the steps of a start.
  case recovery
  /// A turn has decided something, and nothing of it is on disk.
  case beforeCommit = "before-commit"
  /// A turn's decisions are on disk, and nobody has been told.
  case afterCommit = "after-commit"
  /// Some of a turn's effects have left.
  case betweenEffects = "between-effects"
  /// All of a turn's effects have left but the bytes to the clients.
  case beforeReplies = "before-replies"
  /// A spooled result has its name, and no row names it.
  case afterRename = "after-rename"
  /// Between the steps of opening the store again.
  case reopening
  /// Between the steps of a change of the master key.
  case rotating
  /// The store is closed for good, and the socket is still there.
  case leaving

  #if DEBUG
    /// The daemon has one thread.
    private nonisolated(unsafe) static var fatal: (point: CrashPoint, passes: Int)? = {
      guard let text = getenv("HONEYDEW_CRASH_POINT") else { return nil }
      let parts = String(cString: text).split(separator: ":")
      guard parts.count == 2, let point = CrashPoint(rawValue: String(parts[0])), let passes = Int(parts[1]) else {
        return nil
      }
      return (point, passes)
    }()
  #endif

  /// Passes this place, or ends the process here.
  func pass() {
    #if DEBUG
      guard Self.fatal?.point == self else { return }
      Self.fatal?.passes -= 1
      if Self.fatal?.passes == 0 { kill(getpid(), SIGKILL) }
    #endif
  }
}
