internal import Glibc
internal import HoneydewCore
internal import HoneydewMessages
internal import HoneydewProtobuf
internal import HoneydewRPC
internal import HoneydewSystem

/// Sends what an attempt of a local command has written, no faster than the client reads it, and what it goes on to write
/// until it has ended. Between two steps it holds nothing but its position.
final class OutputStream: StreamedAnswer {
  private static let chunkSize = 64 << 10

  let id: String
  let attempt: Int32
  /// Whether more may come.
  private var isLive: Bool
  private let directory: String
  private let call: StreamingCall<Honeydew_ReadOutputResponse>
  /// In bytes since the beginning of the output; below zero before its end, until the first step.
  private var position: Int64
  /// Called once, when the answer has ended.
  var onEnd: () -> Void = {}

  /// - Parameters:
  ///   - attempt: from 1.
  ///   - isLive: whether more may come.
  init(
    of id: String, attempt: Int32, from position: Int64, isLive: Bool, directory: String,
    call: StreamingCall<Honeydew_ReadOutputResponse>
  ) {
    (self.id, self.attempt, self.position, self.isLive) = (id, attempt, position, isLive)
    self.directory = directory
    self.call = call
    // The call keeps it alive until one of the two ends.
    call.onWritable = { self.pump() }
    call.onCancel = { self.leave() }
  }

  var name: String { OutputFileName.name(of: id, attempt: attempt) }

  func pump() {
    do throws(Errno) {
      let place = try Directory(directory)
      while call.isWritable {
        let chunk = try nextChunk(in: place)
        guard !chunk.isEmpty else { return isLive ? call.sendHeaders() : finish(.ok) }
        let begin = position
        position += Int64(chunk.count)
        call.send(
          .with {
            $0.attempt = attempt
            $0.offset = begin
            $0.data = chunk
          })
      }
    } catch {
      finish(Status([EMFILE, ENFILE].contains(error.number) ? .outOfDescriptors : .resultLost("\(error)")))
    }
  }

  /// The attempt has ended: what it has written is sent to its end.
  func end() {
    isLive = false
    pump()
  }

  func fail(_ status: Status) { finish(status) }

  private func finish(_ status: Status) {
    leave()
    call.finish(status)
  }

  private func leave() {
    (call.onWritable, call.onCancel) = (nil, nil)
    onEnd()
    onEnd = {}
  }

  /// What is at the position now; empty at the end. It leaps over what is gone.
  private func nextChunk(in place: borrowing Directory) throws(Errno) -> [UInt8] {
    guard let file = try open(name, in: place) else {
      position = max(0, position)
      return []
    }
    let size = try file.size()
    let base = try beginning(of: file)
    // An offset from a client can be any number.
    position = position < 0 ? max(0, base + size + position) : min(position, base + size)
    if position < base, let old = try open(OutputFileName.older(than: name), in: place) {
      let start = try beginning(of: old)
      position = max(position, start)
      let chunk = try old.read(at: position - start, count: Int(min(Int64(Self.chunkSize), base - position)))
      if !chunk.isEmpty { return chunk }
    }
    position = max(position, base)
    return try file.read(at: position - base, count: Self.chunkSize)
  }

  private func beginning(of file: borrowing FileDescriptor) throws(Errno) -> Int64 {
    OutputRecord.fileOffset(ofFileBeginning: try file.read(at: 0, count: OutputRecord.longestBeginning))
  }

  private func open(_ name: String, in place: borrowing Directory) throws(Errno) -> FileDescriptor? {
    do {
      return try place.openOwnFile(name)
    } catch {
      guard error.number == ENOENT else { throw error }
      return nil
    }
  }
}
