internal import CLinux
import Glibc

/// Puts files on the disk beside the loop, which goes on meanwhile: one request at a time, in a thread that does nothing
/// else (`CLinux`, syncer.c).
public final class Syncer {
  /// What came of a request.
  public struct Result: Equatable, Sendable {
    /// Why one of the files may not be on the disk; the rest of the list was not tried then.
    public let error: Errno?
    /// How long the disk took.
    public let took: Duration

    init(_ sync: honeydew_sync) {
      error =
        sync.error == 0
        ? nil : Errno(sync.error, call: "fdatasync", detail: "number \(sync.failed + 1) of the list")
      took = .nanoseconds(sync.nanoseconds)
    }
  }

  /// How many files a request may name.
  public static let capacity = Int(HONEYDEW_SYNC_CAPACITY)

  private let loop: EventLoop
  /// nil once it is stopped.
  private var syncer: OpaquePointer?
  private var registration: EventLoop.Registration?
  private var onDone: ((Result) -> Void)?

  /// - Throws: `EAGAIN`, `EPERM` or `ENOMEM` when the system refuses a thread: then files are synced in the loop.
  public convenience init(on loop: EventLoop) throws(Errno) {
    try self.init(on: loop, sync: honeydew_sync_descriptor)
  }

  /// - Parameter sync: what syncs one descriptor.
  init(on loop: EventLoop, sync: @escaping honeydew_sync_function) throws(Errno) {
    guard let syncer = honeydew_syncer_start(sync) else { throw Errno(errno, call: "pthread_create") }
    self.loop = loop
    self.syncer = syncer
    do throws(Errno) {
      registration = try loop.add(honeydew_syncer_descriptor(syncer), .read) { [weak self] _ in self?.take() }
    } catch {
      _ = stop(within: .seconds(1))
      throw error
    }
  }

  deinit { _ = stop(within: .zero) }

  /// Whether a request is under way.
  public var isBusy: Bool { onDone != nil }

  /// Begins to sync files in this order: a directory (`fsync`), then what its names stand for (`fdatasync`).
  ///
  /// The descriptors may be closed as soon as this returns.
  ///
  /// - Parameter onDone: called once, in a later turn of the loop; never after `stop`.
  /// - Throws: `EMFILE` when there are no descriptors left for the copies, `E2BIG` for a list that is too long.
  public func begin(_ fileNumbers: [Int32], onDone: @escaping (Result) -> Void) throws(Errno) {
    precondition(!isBusy, "a request is under way")
    guard let syncer else { preconditionFailure("the syncer is stopped") }
    try systemCall("fcntl") { honeydew_syncer_begin(syncer, fileNumbers, Int32(fileNumbers.count)) }
    self.onDone = onDone
  }

  /// The same, here and now, for where there is no thread or nothing else to do.
  public static func sync(_ fileNumbers: [Int32]) -> Result {
    var result = honeydew_sync()
    honeydew_sync_all(honeydew_sync_descriptor, fileNumbers, Int32(fileNumbers.count), &result)
    return Result(result)
  }

  /// Ends the thread. A sync that is under way is waited for, but no longer than this: a disk that hangs must not keep
  /// the process from ending.
  ///
  /// - Returns: whether the thread has ended.
  public func stop(within limit: Duration) -> Bool {
    guard let syncer = syncer.take() else { return true }
    if let registration = registration.take() { loop.remove(registration) }
    onDone = nil
    return honeydew_syncer_stop(syncer, max(0, limit.nanosecondsRoundedUp)) == 1
  }

  private func take() {
    var result = honeydew_sync()
    guard let syncer, honeydew_syncer_take(syncer, &result) == 1 else { return }
    // It may begin the next request.
    onDone.take()?(Result(result))
  }
}
