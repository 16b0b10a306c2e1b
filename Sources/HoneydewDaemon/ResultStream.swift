internal import Glibc
internal import HoneydewCore
internal import HoneydewRPC
internal import HoneydewSystem
internal import HoneydewWire

/// Sends a job's result in chunks, no faster than the client reads them.
final class ResultStream {
  private static let chunkSize = 64 << 10
  private static let bufferLimit = 256 << 10

  private let call: StreamingCall<Honeydew_ReadJobResultResponse>
  private var source: Source

  private enum Source {
    case bytes(ArraySlice<UInt8>)
    case file(OpenFile)
    case failed(Status)
  }

  /// A descriptor that can be kept in an enum.
  private final class OpenFile {
    let descriptor: HoneydewSystem.FileDescriptor
    init(_ descriptor: consuming HoneydewSystem.FileDescriptor) { self.descriptor = descriptor }
  }

  init(_ result: JobResult, directory: String, call: StreamingCall<Honeydew_ReadJobResultResponse>) {
    self.call = call
    switch result {
    case .inline(let bytes): source = .bytes(bytes[...])
    case .spooled(let file, _):
      do {
        source = .file(OpenFile(try Files.open("\(directory)/\(file)", flags: O_RDONLY)))
      } catch {
        source = .failed(
          .error(.dataLoss, "the result's file results/\(file) cannot be read: \(error)", reason: "RESULT_LOST"))
      }
    }
    call.onWritable = { self.pump() }
    call.onCancel = { call.onWritable = nil }
  }

  func pump() {
    do {
      while call.bufferedBytes < Self.bufferLimit {
        let chunk = try nextChunk()
        guard !chunk.isEmpty else { return finish(.ok) }
        call.send(.with { $0.chunk = chunk })
      }
    } catch let status as Status {
      finish(status)
    } catch {
      finish(.error(.dataLoss, "the result's file cannot be read: \(error)", reason: "RESULT_LOST"))
    }
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
    case .file(let file):
      return try Array(unsafeUninitializedCapacity: Self.chunkSize) { buffer, count in
        if case .read(let read) = try file.descriptor.read(into: UnsafeMutableRawBufferPointer(buffer)) { count = read }
      }
    case .failed(let status): throw status
    }
  }
}
