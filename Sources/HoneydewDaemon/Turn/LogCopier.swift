internal import Glibc
internal import HoneydewCore
internal import HoneydewStore
internal import HoneydewSystem

/// The kept process of the daemon's own program that copies the store's log back, seen from the daemon: one request at a
/// time, answered in the loop. It is started by the first request, and by the next one after its end.
///
/// `LogGate` decides when to ask for what, and when it has taken too long.
final class LogCopier {
  /// A request is one byte.
  enum Request: UInt8 {
    case copy = 0x63
    case restart = 0x62
    case restartTruncating = 0x74
    /// Before the store is up again.
    case recover = 0x72
    /// The same, after a look through all of a database that may be damaged.
    case recoverChecking = 0x6B
  }

  /// No answer is longer.
  private static let answerLimit = 16 << 10

  private let path: String
  private let fileNumber: UInt64
  private let marker: String
  private let loop: EventLoop
  private var process: ChildProcess?
  private var channel: StreamChannel?
  private var line: [UInt8] = []

  /// Called with the answer to the last request.
  var onAnswer: (LogCopyAnswer) -> Void = { _ in }
  /// Called with the process id when one was started, which nobody else may reap.
  var onStart: (Int32) -> Void = { _ in }
  /// Called when it is reaped; a request that was under way has no answer then.
  var onEnd: (Termination) -> Void = { _ in }

  /// - Parameters:
  ///   - path: of the database.
  ///   - fileNumber: the store's.
  ///   - marker: of the instance.
  init(path: String, fileNumber: UInt64, marker: String, on loop: EventLoop) {
    self.path = path
    self.fileNumber = fileNumber
    self.marker = marker
    self.loop = loop
  }

  /// Hands a request to the process.
  /// - Throws: when there can be no process; `LogGate` takes that for its end.
  func send(_ request: Request) throws(Errno) {
    if process == nil { try start() }
    _ = channel?.queue([request.rawValue])
    channel?.flush()
  }

  /// Whether there is a process that was killed and is not reaped.
  private(set) var isDying = false

  /// Kills the process; `onEnd` follows when it is reaped, which a disk that hangs may delay.
  func kill() {
    process?.signalGroup(SIGKILL)
    isDying = process != nil
  }

  private func start() throws(Errno) {
    let program = try Files.realPath("/proc/self/exe")
    let pair = try UnixSocket.pair()
    let process = try ChildProcess(
      ChildProcess.Command(
        path: program, arguments: [program, "--copy-log", path, String(fileNumber)],
        environment: ["\(ProcessTable.instanceVariable)=\(marker)"], channel: pair.theirs.fileNumber))
    onStart(process.pid)
    self.process = process
    try process.watch(on: loop) { [weak self] in self?.ended($0) }
    line = []
    channel = try Self.channel(pair, loop) { [weak self] in self?.receive($0) }
  }

  private static func channel(
    _ pair: consuming SocketPair, _ loop: EventLoop, _ onInput: @escaping (UnsafeRawBufferPointer) -> Void
  ) throws(Errno) -> StreamChannel {
    let channel = try StreamChannel(pair.ours, on: loop, outputLimit: 64)
    channel.onInput = onInput
    return channel
  }

  private func receive(_ bytes: UnsafeRawBufferPointer) {
    for byte in bytes {
      guard byte == UInt8(ascii: "\n") else {
        line.append(byte)
        // Too long for an answer: the process is not what it should be.
        if line.count > Self.answerLimit { return kill() }
        continue
      }
      let answer = LogCopyAnswer(line: String(decoding: line, as: UTF8.self))
      line = []
      guard let answer else { return kill() }
      onAnswer(answer)
    }
  }

  private func ended(_ termination: Termination) {
    // An answer that is still in the channel belongs to a request that is given up.
    process = nil
    channel = nil
    isDying = false
    onEnd(termination)
  }
}

/// What the process itself does.
extension LogCopier {
  /// Answers requests until the daemon closes the channel, or ends.
  ///
  /// - Returns: the exit status.
  static func run(path: String, fileNumber: UInt64) throws -> Int32 {
    let channel = try Helper.enter()
    Store.useOneThread()
    var copy: LogCopy?
    var byte: UInt8 = 0
    while read(channel, &byte, 1) == 1, let request = Request(rawValue: byte) {
      let answer: LogCopyAnswer
      do throws(StoreError) {
        // It has opened what was there before the store went down.
        let opensAgain = request == .recover || request == .recoverChecking
        if opensAgain { copy?.close() }
        let open = if let copy, !opensAgain { copy } else { try LogCopy(path: path, expecting: fileNumber) }
        copy = open
        answer =
          switch request {
          case .copy: open.copy()
          case .restart: open.restart(truncating: false)
          case .restartTruncating: open.restart(truncating: true)
          case .recover: open.recover(checking: false)
          case .recoverChecking: open.recover(checking: true)
          }
        switch answer {
        case .failed, .syncFailed, .damaged:
          // The next request begins with new connections.
          open.close()
          copy = nil
        case .copied, .restarted, .held: break
        }
      } catch {
        copy = nil
        answer = LogCopy.answer(for: error)
      }
      let line = Array("\(answer.line)\n".utf8)
      guard write(channel, line, line.count) == line.count else { break }
    }
    copy?.close()
    return 0
  }
}
