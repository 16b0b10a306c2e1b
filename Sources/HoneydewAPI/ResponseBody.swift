internal import HoneydewCore
/// Takes an answer's body as it comes: in memory at first, in a nameless file beside the result when it grows large.
final class ResponseBody {
  private let maximum: Int
  private let place: SpoolPlace?
  private var memory: [UInt8] = []
  private var file: SpoolFile?
  /// Why no more bytes are taken.
  private(set) var failure: APIFailure?

  /// - Parameter maximum: the most bytes to take.
  init(maximum: Int, place: SpoolPlace?) {
    self.maximum = maximum
    self.place = place
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
      } else if let place, memory.count + bytes.count > SpoolPlace.threshold {
        let file = try SpoolFile(place)
        try file.unlink()
        try file.write(memory.span)
        try file.write(bytes)
        self.file = file
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
