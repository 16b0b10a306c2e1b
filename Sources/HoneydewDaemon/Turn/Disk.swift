internal import HoneydewCore
internal import HoneydewSystem

/// What came of a sync.
struct DiskResult {
  /// nil when all is on the disk.
  var failure: String?
  /// How long the disk took.
  var took: Duration
}

/// What the store's gate asks of the disk: syncs, and a process that copies the log back.
protocol Disk: AnyObject {
  /// Whether syncs can go on beside the loop.
  var hasSyncer: Bool { get }
  /// Syncs a directory, where there is one, and then the log, here and now.
  func sync(log: Int32, _ directory: String?) -> DiskResult
  /// The same beside the loop; `onDone` is called in a later turn.
  func beginSync(log: Int32, _ directory: String?, onDone: @escaping (DiskResult) -> Void)

  /// Whether a helper was killed and is not gone yet.
  var isCopierDying: Bool { get }
  /// - Returns: why there can be no helper.
  func ask(_ request: LogCopier.Request) -> String?
  func killCopier()
  var onAnswer: (LogCopyAnswer) -> Void { get set }
  /// Called when the helper is reaped; what it was asked has no answer then.
  var onCopierEnd: () -> Void { get set }

  /// Ends the syncer and the helper; one that hangs in the kernel is not waited for.
  func stop()
}

/// The real one: a thread that syncs, and a process of the daemon's own program.
final class RealDisk: Disk {
  /// How long the daemon's end waits for a sync that goes on.
  private static let patience = Duration.seconds(1)

  private let syncer: Syncer?
  private let copier: LogCopier

  /// - Parameters:
  ///   - pool: is told of the helper, which it must not reap.
  ///   - log: is told when the system refuses a thread.
  init(copier: LogCopier, workers: WorkerDesk, loop: EventLoop, log: Log) {
    self.copier = copier
    do throws(Errno) {
      syncer = try Syncer(on: loop)
    } catch {
      log.of(.store).warn(
        "no thread for syncs: the loop waits for the disk itself", ["error": .string("\(error)")])
      syncer = nil
    }
    copier.onStart = { workers.helpers.insert($0) }
    copier.onEnd = { [unowned self] termination in
      workers.helpers.remove(termination.pid)
      onCopierEnd()
    }
    copier.onAnswer = { [unowned self] in onAnswer($0) }
  }

  var onAnswer: (LogCopyAnswer) -> Void = { _ in }
  var onCopierEnd: () -> Void = {}
  var hasSyncer: Bool { syncer != nil }
  var isCopierDying: Bool { copier.isDying }

  func sync(log: Int32, _ directory: String?) -> DiskResult {
    do throws(Errno) {
      return try withDirectory(directory) { DiskResult(Syncer.sync($0 + [log])) }
    } catch {
      return DiskResult(failure: "\(error)", took: .zero)
    }
  }

  func beginSync(log: Int32, _ directory: String?, onDone: @escaping (DiskResult) -> Void) {
    guard let syncer else { return onDone(sync(log: log, directory)) }
    do throws(Errno) {
      try withDirectory(directory) { files throws(Errno) in
        try syncer.begin(files + [log]) { onDone(DiskResult($0)) }
      }
    } catch {
      // No descriptor is left for the copies.
      onDone(sync(log: log, directory))
    }
  }

  private func withDirectory<Value>(
    _ directory: String?, _ body: ([Int32]) throws(Errno) -> Value
  ) throws(Errno) -> Value {
    guard let directory else { return try body([]) }
    let descriptor = try Files.openDirectory(directory)
    return try body([descriptor.fileNumber])
  }

  func ask(_ request: LogCopier.Request) -> String? {
    do throws(Errno) {
      try copier.send(request)
      return nil
    } catch {
      return "\(error)"
    }
  }

  func killCopier() {
    copier.kill()
  }

  func stop() {
    copier.kill()
    _ = syncer?.stop(within: Self.patience)
  }
}

extension DiskResult {
  fileprivate init(_ result: Syncer.Result) {
    failure = result.error.map { "\($0)" }
    took = result.took
  }
}
