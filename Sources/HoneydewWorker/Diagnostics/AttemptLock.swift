import Glibc
internal import HoneydewAPI
internal import HoneydewCore
internal import HoneydewSystem

/// Proves that no two attempts of a job run at once: the kernel holds the lock until the attempt lets go of it or its
/// process has ended, in whatever way.
final class AttemptLock {
  private let file: FileDescriptor

  /// Takes the lock without waiting, and appends to the file which attempt this is and whether it got the lock.
  ///
  /// - Throws: an error that is not repeated when somebody has the lock.
  init(_ path: String, of attempt: AttemptID) throws(APIFailure) {
    let isOurs: Bool
    do throws(Errno) {
      file = try Files.open(path, flags: O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW)
      isOurs = flock(file.fileNumber, LOCK_EX | LOCK_NB) == 0
      try file.writeAll(Array("\(attempt.attempt) \(isOurs ? "began" : "found another")\n".utf8))
    } catch {
      throw APIFailure(.apiError, "attempt \(attempt.attempt) cannot write its file: \(error)", wasNotSent: true)
    }
    guard isOurs else {
      throw APIFailure(.apiError, "attempt \(attempt.attempt) found another one running", wasNotSent: true)
    }
  }
}

/// Runs a command under its lock.
final class LockedRunner: CommandRunner {
  private let runner: any CommandRunner
  private let lock: AttemptLock

  init(_ runner: any CommandRunner, _ lock: AttemptLock) {
    self.runner = runner
    self.lock = lock
  }

  func step(now: Duration) -> Outcome? { runner.step(now: now) }

  var pause: Pause { runner.pause }

  func abort(_ cut: Cut, now: Duration) -> Bool? { runner.abort(cut, now: now) }
}
