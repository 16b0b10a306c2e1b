import Glibc
internal import HoneydewCore
internal import HoneydewSystem

/// What a command reads and writes: its input from memory, its output on its way to the file.
final class CommandStreams {
  /// A line that has begun is shown when it has waited so long for its end.
  private static let moment = Duration.milliseconds(200)
  /// What one step takes of one stream, in buffers.
  private static let readsPerStep = 8
  /// Of what is made into records at once.
  private static let sliceLength = 16 << 10
  /// Records that are enough for a write.
  private static let batchLength = 256 << 10
  /// The most that a pipe may hold, and so the most that can be left in one.
  private static let largestPipe = 1 << 20

  /// An end that is closed when it is dropped.
  private final class End {
    let descriptor: FileDescriptor

    init(_ descriptor: consuming FileDescriptor) {
      self.descriptor = descriptor
    }
  }

  /// One stream of the command's output.
  private final class Source {
    let descriptor: FileDescriptor
    var encoder: OutputEncoder
    /// When the begun line is shown.
    var showsAt: Duration?
    var hasEnded = false

    init(_ descriptor: consuming FileDescriptor, _ stream: OutputRecord.Stream) {
      self.descriptor = descriptor
      encoder = OutputEncoder(stream)
    }
  }

  private let file: CommandOutput
  private var sources: [Source] = []
  private var input: End?
  private let inputBytes: [UInt8]
  private var sent = 0
  /// The command's ends, until it has them.
  private var lent: [End] = []
  /// The command's side of its terminal: it may close its own and open the terminal again.
  private var terminal: End?
  private var buffer = RecordBuffer()
  private let chunk = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 << 10, alignment: 64)
  /// The command's ends by number.
  private(set) var theirs: CommandProcess.Streams
  /// What the command has written.
  private(set) var byteCount: UInt64 = 0

  /// - Parameter input: what the command reads. Without it a command reads nothing, or from its terminal.
  init(input bytes: [UInt8]?, usesTerminal: Bool, file: CommandOutput) throws(Errno) {
    self.file = file
    inputBytes = bytes ?? []
    theirs = CommandProcess.Streams(input: -1, output: -1, error: -1)
    if usesTerminal {
      let pair = try CommandChannel.terminal()
      let number = pair.theirs.fileNumber
      theirs = CommandProcess.Streams(input: number, output: number, error: number, terminal: number)
      sources = [Source(pair.ours, .stdout)]
      terminal = End(pair.theirs)
    } else {
      let output = try CommandChannel.pipe(readsHere: true)
      let error = try CommandChannel.pipe(readsHere: true)
      theirs.output = output.theirs.fileNumber
      theirs.error = error.theirs.fileNumber
      sources = [Source(output.ours, .stdout), Source(error.ours, .stderr)]
      lent = [End(output.theirs), End(error.theirs)]
    }
    if bytes != nil {
      let pair = try CommandChannel.pipe(readsHere: false)
      theirs.input = pair.theirs.fileNumber
      input = End(pair.ours)
      lent.append(End(pair.theirs))
    } else if !usesTerminal {
      let nothing = try Files.open("/dev/null", flags: O_RDONLY)
      theirs.input = nothing.fileNumber
      lent.append(End(nothing))
    }
  }

  deinit { chunk.deallocate() }

  /// The command has its ends.
  func closeTheirs() { lent = [] }

  /// What of the output is not kept.
  var droppedBytes: UInt64 { file.bound.dropped }

  /// What the next step waits for.
  var interests: [Interest] {
    let reads = sources.filter { !$0.hasEnded }.map { Interest(fileNumber: $0.descriptor.fileNumber, events: POLLIN) }
    return reads + (input.map { [Interest(fileNumber: $0.descriptor.fileNumber, events: POLLOUT)] } ?? [])
  }

  /// When something is due although nothing happens.
  var deadline: Duration? { sources.compactMap(\.showsAt).min() }

  /// Moves what can be moved.
  func step(now: Duration) {
    sendInput()
    for source in sources { read(source, now: now) }
    writeRecords()
  }

  private func sendInput() {
    guard let input else { return }
    while sent < inputBytes.count {
      guard let result = try? inputBytes[sent...].withUnsafeBytes({ try input.descriptor.write($0) }) else {
        // The command does not read it.
        break
      }
      guard case .wrote(let count) = result else { return }
      sent += count
    }
    self.input = nil
  }

  private func read(_ source: Source, now: Duration) {
    for _ in 0..<Self.readsPerStep where !source.hasEnded {
      guard let count = readOnce(source) else { break }
      if count < chunk.count, terminal == nil { break }
    }
    guard source.encoder.hasBegunLine else { return source.showsAt = nil }
    let showsAt = source.showsAt ?? now + Self.moment
    source.showsAt = showsAt
    guard showsAt <= now else { return }
    source.encoder.flush(time: time, into: &buffer)
    source.showsAt = nil
  }

  /// Reads as much as fits into the chunk; nil when there was nothing.
  private func readOnce(_ source: Source) -> Int? {
    do throws(Errno) {
      switch try source.descriptor.read(into: chunk) {
      case .read(let count):
        byteCount += UInt64(count)
        encode(UnsafeRawBufferPointer(rebasing: chunk[..<count]), of: source)
        return count
      case .wouldBlock: return nil
      case .endOfFile: source.hasEnded = true
      }
    } catch {
      // A terminal that has nobody on its other side any more says EIO.
      source.hasEnded = true
    }
    return nil
  }

  private func encode(_ bytes: UnsafeRawBufferPointer, of source: Source) {
    let time = time
    var start = 0
    while start < bytes.count {
      let end = min(start + Self.sliceLength, bytes.count)
      source.encoder.encode(UnsafeRawBufferPointer(rebasing: bytes[start..<end]).bytes, time: time, into: &buffer)
      start = end
      if buffer.count >= Self.batchLength { file.write(&buffer, time: time) }
    }
  }

  private func writeRecords() {
    if !buffer.isEmpty { file.write(&buffer, time: time) }
  }

  private var time: [UInt8] { OutputTime.text(Clock.wallNanoseconds()) }

  /// Takes what is left in the pipes when the command's processes are gone, without waiting for an end: somebody else may
  /// hold one.
  func finish() {
    terminal = nil
    input = nil
    for source in sources {
      var count = 0
      while !source.hasEnded, count < Self.largestPipe, let more = readOnce(source) { count += more }
      source.encoder.flush(time: time, into: &buffer)
    }
    writeRecords()
  }
}
