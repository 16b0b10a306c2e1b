internal import HoneydewCore
/// Takes an answer's body as it comes: in memory at first, in the file for the result when it grows large.
final class ResponseBody {
  private let maximum: Int
  private let spool: SpoolFile?
  private var memory: [UInt8] = []
  /// Where the bytes are, once they are too many for memory.
  private(set) var file: SpoolFile?
  /// Why no more bytes are taken.
  private(set) var failure: APIFailure?

  /// - Parameter maximum: the most bytes to take.
  init(maximum: Int, spool: SpoolFile?) {
    self.maximum = maximum
    self.spool = spool
  }

  /// Takes the next bytes; false when the transfer must end.
  func append(_ bytes: Span<UInt8>) -> Bool {
    guard failure == nil else { return false }
    guard bytes.count <= maximum - (file?.count ?? memory.count) else {
      failure = APIFailure(.responseTooLarge, "the API's answer is larger than \(maximum) bytes (api.max_response_mb)")
      return false
    }
    do throws(SpoolError) {
      if let file {
        try file.write(bytes)
      } else if let spool, memory.count + bytes.count > SpoolFile.threshold {
        try spool.clear()
        try spool.write(memory.span)
        try spool.write(bytes)
        file = spool
        memory = []
      } else {
        bytes.withUnsafeBufferPointer { memory.append(contentsOf: $0) }
      }
      return true
    } catch {
      failure = APIFailure(error)
      return false
    }
  }

  /// Shows the whole body as contiguous bytes: a body in a file is mapped, not read.
  func withBytes<Result>(_ body: (Span<UInt8>) throws(SpoolError) -> Result) throws(SpoolError) -> Result {
    guard let file else {
      let memory = memory
      return try body(memory.span)
    }
    let mapping = try file.map()
    defer { extendLifetime(mapping) }
    let bytes = mapping.bytes
    return try body(bytes.span)
  }
}
