internal import Glibc
internal import HoneydewSystem

/// A process of the daemon's own program that does what would hold up its loop: it leaves an answer in its channel, which
/// is descriptor 3, and ends.
final class Helper {
  private static let channelNumber: Int32 = 3

  let pid: Int32
  private let process: ChildProcess
  private let channel: FileDescriptor
  private let loop: EventLoop
  private var limit: TimerToken?

  /// - Parameters:
  ///   - arguments: without the program's name.
  ///   - marker: of the instance.
  ///   - limit: after which it is killed.
  ///   - onEnd: called once, when the process is reaped; the channel holds what it left.
  init(
    _ arguments: [String], marker: String, limit: Duration, on loop: EventLoop,
    onEnd: @escaping (Helper, Termination) -> Void
  ) throws(Errno) {
    let program = try Files.realPath("/proc/self/exe")
    let pair = try UnixSocket.pair()
    process = try ChildProcess(
      ChildProcess.Command(
        path: program, arguments: [program] + arguments,
        environment: ["\(ProcessTable.instanceVariable)=\(marker)"], channel: pair.theirs.fileNumber))
    channel = pair.ours
    pid = process.pid
    self.loop = loop
    try process.watch(on: loop) { [weak self] termination in
      guard let self else { return }
      endLimit()
      onEnd(self, termination)
    }
    self.limit = loop.schedule(at: loop.now + limit) { [weak self] in self?.kill() }
  }

  deinit { endLimit() }

  /// What it left is read from here.
  var fileNumber: Int32 { channel.fileNumber }

  /// Why it failed, behind a colon; empty when it did not say.
  var words: String {
    var bytes = [UInt8](repeating: 0, count: 1024)
    let count = read(fileNumber, &bytes, bytes.count)
    return count > 0 ? ": \(String(decoding: bytes[..<count], as: UTF8.self))" : ""
  }

  func kill() {
    process.signalGroup(SIGKILL)
  }

  private func endLimit() {
    if let timer = limit.take() { loop.cancel(timer) }
  }

  /// In the helper's process: leaves an answer, or else the reason why there is none.
  ///
  /// - Parameter body: takes the channel.
  /// - Returns: the exit status.
  static func run(_ body: (Int32) throws -> Void) throws -> Int32 {
    let channel = try enter()
    do {
      try body(channel)
      return 0
    } catch {
      let words = Array("\(error)".utf8)
      _ = write(channel, words, words.count)
      return 1
    }
  }

  /// Ties this process to the daemon's life and keeps its memory to itself.
  ///
  /// - Returns: the channel.
  static func enter() throws -> Int32 {
    guard fcntl(channelNumber, F_GETFD) >= 0, let peer = try? UnixSocket.peerCredentials(channelNumber),
      try Process.setParentDeathSignal(SIGKILL, parent: peer.pid)
    else { throw StartupError("the daemon starts this itself", exitStatus: 2) }
    try Process.setNoNewPrivileges()
    try Process.setResourceLimit(.coreSize, to: 0)
    try Process.setDumpable(false)
    return channelNumber
  }
}
