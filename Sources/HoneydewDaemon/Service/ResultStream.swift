internal import Glibc
internal import HoneydewCore
internal import HoneydewMessages
internal import HoneydewProtobuf
internal import HoneydewRPC
internal import HoneydewSystem

/// An answer that is sent as fast as the client takes it.
protocol StreamedAnswer: AnyObject {
  /// Sends what the client takes now.
  func pump()
  /// Ends the answer before it has begun.
  func fail(_ status: Status)
}

/// Sends a job's result in chunks, no faster than the client reads them.
final class ResultStream: StreamedAnswer {
  private static let chunkSize = 64 << 10

  private let call: StreamingCall<Honeydew_ReadJobResultResponse>
  private var source: Source

  private enum Source {
    case bytes(ArraySlice<UInt8>)
    case file(OpenFile, missing: Int64)
    case failed(Status)
  }

  /// A descriptor that can be kept in an enum.
  private final class OpenFile {
    let descriptor: FileDescriptor
    init(_ descriptor: consuming FileDescriptor) { self.descriptor = descriptor }
  }

  init(_ result: JobResult, directory: String, call: StreamingCall<Honeydew_ReadJobResultResponse>) {
    self.call = call
    switch result {
    case .inline(let bytes): source = .bytes(bytes[...])
    case .spooled(let file, let size):
      do throws(Errno) {
        source = .file(OpenFile(try Directory(directory).openOwnFile(file)), missing: size)
      } catch {
        let isOutOfDescriptors = [EMFILE, ENFILE].contains(error.number)
        source = .failed(
          isOutOfDescriptors
            ? Status(.outOfDescriptors) : Status(.resultLost("results/\(file) cannot be read: \(error)")))
      }
    }
    call.onWritable = { self.pump() }
    call.onCancel = { call.onWritable = nil }
  }

  func pump() {
    do {
      while call.isWritable {
        let chunk = try nextChunk()
        guard !chunk.isEmpty else { return finish(.ok) }
        call.send(.with { $0.chunk = chunk })
      }
    } catch let status as Status {
      finish(status)
    } catch {
      finish(Status(.resultLost("it cannot be read: \(error)")))
    }
  }

  /// Ends the stream without the result.
  func fail(_ status: Status) {
    finish(status)
  }

  private func finish(_ status: Status) {
    call.onWritable = nil
    call.onCancel = nil
    call.finish(status)
  }

  private func nextChunk() throws -> [UInt8] {
    switch source {
    case .bytes(let rest):
      source = .bytes(rest.dropFirst(Self.chunkSize))
      return Array(rest.prefix(Self.chunkSize))
    case .file(let file, let missing):
      // No more than was stored: a worker that was taken over may have kept the file open, and made it longer.
      guard missing > 0 else { return [] }
      let size = min(Self.chunkSize, Int(missing))
      let chunk = try [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
        if case .read(let read) = try file.descriptor.read(into: UnsafeMutableRawBufferPointer(buffer)) { count = read }
      }
      guard !chunk.isEmpty else { throw Status(.resultLost("its last \(missing) bytes are missing")) }
      source = .file(file, missing: missing - Int64(chunk.count))
      return chunk
    case .failed(let status): throw status
    }
  }
}
