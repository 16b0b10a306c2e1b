internal import HoneydewCore
internal import HoneydewSystem

/// The place of the socket's file. When the file is gone, or another one is there, nobody can connect any more: the socket
/// is bound again. A change wakes the loop (inotify), and nothing else does while all is well.
final class SocketPlace {
  private static let backoff = Backoff(base: .seconds(1), multiplier: 2, maximum: .seconds(60))

  private let path: String
  private let loop: EventLoop
  private let log: Log
  /// Makes another socket with its file at the path.
  private let bind: () throws(Errno) -> Void
  /// The file that is ours, as of its making.
  private var file: String?
  private var watch: PathWatch?
  private var retry: TimerToken?
  private var failures = 0
  /// Why nobody can connect; nil when all is well.
  private(set) var trouble: String?

  /// - Parameter bind: makes another socket with its file at the path, in place of the present one.
  init(_ path: String, on loop: EventLoop, log: Log, bind: @escaping () throws(Errno) -> Void) {
    self.path = path
    self.loop = loop
    self.log = log
    self.bind = bind
  }

  deinit { if let retry { loop.cancel(retry) } }

  /// Whether the file that is there is this daemon's.
  var isOurs: Bool { file != nil && present == file }

  private var present: String? {
    guard let status = (try? Files.status(path)).flatMap({ $0 }), status.kind == .socket else { return nil }
    return status.identity
  }

  /// Begins to look after the file that is there now.
  func begin() {
    file = present
    do throws(Errno) {
      watch = try PathWatch(on: loop) { [unowned self] in check() }
    } catch {
      log.warn("the socket's file cannot be watched", ["error": .string("\(error)")])
    }
    check()
  }

  private func check() {
    if let retry = retry.take() { loop.cancel(retry) }
    rewatch()
    guard !isOurs else { return settle() }
    do throws(Errno) {
      try? Files.makeParent(of: path)
      try bind()
      file = present
      log.warn("the socket's file was gone or another one; it was made again", ["socket": .string(path)])
      settle()
      // Its directory may be another one by now.
      rewatch()
    } catch {
      let text = "nobody can connect: the socket's file is gone or another one, and cannot be made again (\(error))"
      if text != trouble { log.error(text, ["socket": .string(path)]) }
      trouble = text
      retry = loop.schedule(at: loop.now + Self.backoff.delay(failures: failures, jitter: 0)) { [weak self] in
        self?.check()
      }
      failures += 1
    }
  }

  private func settle() {
    (trouble, failures) = (nil, 0)
  }

  private func rewatch() {
    do throws(Errno) {
      try watch?.watch([path])
    } catch {
      log.warn("the socket's file cannot be watched", ["error": .string("\(error)")])
    }
  }
}
