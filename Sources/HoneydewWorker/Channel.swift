import Glibc
internal import HoneydewFrames
internal import HoneydewProtobuf
internal import HoneydewSystem

/// The worker's end of the socket to the daemon.
final class Channel {
  private let descriptor: FileDescriptor
  private var decoder = FrameDecoder()
  private var output: [UInt8] = []
  /// The file that the daemon has passed last.
  private var passed: HoneydewSystem.FileDescriptor?
  private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 << 10, alignment: 16)

  init(_ descriptor: consuming FileDescriptor) throws(Errno) {
    try descriptor.setNonblocking(true)
    self.descriptor = descriptor
  }

  deinit { buffer.deallocate() }

  var fileNumber: Int32 { descriptor.fileNumber }

  /// Reads what has come, without waiting.
  func receive() throws(ChannelError) -> [Honeydew_Worker_ToWorker.OneOf_Message] {
    var messages: [Honeydew_Worker_ToWorker.OneOf_Message] = []
    var mayBeMore = true
    while mayBeMore {
      mayBeMore = try readOnce()
      try decode(into: &messages)
    }
    return messages
  }

  private func decode(into messages: inout [Honeydew_Worker_ToWorker.OneOf_Message]) throws(ChannelError) {
    do {
      while let frame = try decoder.next() {
        guard let message = try Honeydew_Worker_ToWorker(serializedBytes: frame).message else {
          throw ChannelError.unreadable("a message that this version does not know")
        }
        messages.append(message)
      }
    } catch let error as ChannelError {
      throw error
    } catch {
      throw .unreadable("\(error)")
    }
  }

  /// Reads as many bytes as fit into the buffer; false when that was all.
  private func readOnce() throws(ChannelError) -> Bool {
    do throws(Errno) {
      switch try descriptor.receive(into: buffer, file: &passed) {
      case .read(let count):
        decoder.append(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        // Tokens and passwords pass through here.
        buffer[..<count].withMemoryRebound(to: UInt8.self) { $0.update(repeating: 0) }
        return count == buffer.count
      case .wouldBlock:
        return false
      case .endOfFile:
        throw Errno(ECONNRESET, call: "read")
      }
    } catch {
      throw .closed
    }
  }

  /// The file that has come since the last question, if any. The caller closes it.
  func takePassedFile() -> Int32? { passed.take()?.release() }

  /// Puts one message behind those that `flush` will send.
  func queue(_ message: Honeydew_Worker_FromWorker.OneOf_Message) throws(ChannelError) {
    do throws(FrameError) {
      output.append(contentsOf: try Frame.encode(Honeydew_Worker_FromWorker.with { $0.message = message }))
    } catch {
      throw .notSendable(error)
    }
  }

  /// Puts bytes there as they are.
  func queue(_ bytes: [UInt8]) {
    output.append(contentsOf: bytes)
  }

  /// Sends what is queued, and waits until the socket has taken all of it.
  func flush() throws(ChannelError) {
    let frames = output
    output = []
    var sent = 0
    while sent < frames.count {
      do throws(Errno) {
        let rest = frames.span.extracting(sent...)
        switch try rest.withUnsafeBytes({ (rest) throws(Errno) in try descriptor.send(rest) }) {
        case .wrote(let count): sent += count
        case .wouldBlock: wait(for: POLLOUT, atMost: nil)
        }
      } catch {
        throw .closed
      }
    }
  }

  /// Waits until the daemon has sent something or is gone, at most for the time given.
  ///
  /// - Parameter others: end the wait too.
  func waitForInput(or others: [Interest] = [], atMost timeout: Duration?) {
    Interest.wait(for: [Interest(fileNumber: fileNumber, events: POLLIN)] + others, atMost: timeout)
  }

  private func wait(for events: Int32, atMost timeout: Duration?) {
    Interest.wait(for: [Interest(fileNumber: fileNumber, events: events)], atMost: timeout)
  }
}

enum ChannelError: Error, Equatable {
  /// The daemon is gone.
  case closed
  /// The daemon sent something that cannot be read, or not now.
  case unreadable(String)
  /// The message does not fit into a frame.
  case notSendable(FrameError)
}

extension Interest {
  /// Waits for one of them, at most for the time given.
  static func wait(for interests: [Interest], atMost timeout: Duration?) {
    var entries = interests.map { pollfd(fd: $0.fileNumber, events: Int16($0.events), revents: 0) }
    // An interruption is a wait that ended early, which callers expect.
    _ = poll(&entries, nfds_t(entries.count), timeout.map(\.pollMilliseconds) ?? -1)
  }
}

extension Duration {
  /// Whole milliseconds, rounded up so that a wait does not end before its time, as `poll(2)` takes them.
  fileprivate var pollMilliseconds: Int32 {
    guard self > .zero else { return 0 }
    let (seconds, attoseconds) = components
    let rounded = (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000
    return Int32(clamping: min(seconds, 1 << 31) * 1000 + rounded)
  }
}
