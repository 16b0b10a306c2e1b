/// Makes records of one stream of a command.
public struct OutputEncoder: Sendable {
  /// A longer line is cut into pieces.
  public static let longestPiece = 16 << 10
  /// The bytes of a record around its text, the newline included; those of both streams are the same.
  static let overhead = 41
  private static let newline = UInt8(ascii: "\n")

  private let stream: OutputRecord.Stream
  /// The beginning of a line, shorter than a piece.
  private var begun: [UInt8] = []

  public init(_ stream: OutputRecord.Stream) {
    precondition(stream != .note, "a stream of a command")
    self.stream = stream
  }

  /// A line has begun and is not in a record yet.
  public var hasBegunLine: Bool { !begun.isEmpty }

  /// Makes records of all whole lines; what follows the last newline waits for the rest of its line.
  ///
  /// - Parameter time: of `OutputTime`.
  public mutating func encode(_ bytes: RawSpan, time: [UInt8], into buffer: inout RecordBuffer) {
    unsafe bytes.withUnsafeBytes { input in
      var start = 0
      let lines = unsafe Self.count(Self.newline, in: input)
      let pieces = (begun.count + input.count) / Self.longestPiece
      let room = begun.count + input.count + (lines + pieces) * Self.overhead
      let (whole, piece) = (header(time, "F"), header(time, "P"))
      let before = begun.count
      unsafe buffer.write(atMost: room) { output in
        var end = unsafe output
        while let newline = unsafe Self.find(Self.newline, in: input, from: start) {
          unsafe end = cut(input, &start, upTo: newline, piece, into: end)
          unsafe end = append(UnsafeRawBufferPointer(rebasing: input[start..<newline]), whole, into: end)
          start = newline + 1
        }
        unsafe end = cut(input, &start, upTo: input.count, piece, into: end)
        return unsafe (end - output, end == output ? 0 : before + start)
      }
      unsafe begun.append(contentsOf: input[start...])
    }
  }

  /// Makes a record of a line that has only begun.
  public mutating func flush(time: [UInt8], into buffer: inout RecordBuffer) {
    guard !begun.isEmpty else { return }
    let piece = header(time, "P")
    let count = begun.count
    unsafe buffer.write(atMost: count + Self.overhead) { output in
      unsafe (append(UnsafeRawBufferPointer(start: nil, count: 0), piece, into: output) - output, count)
    }
  }

  /// Makes pieces of a line that would be longer than one, until at most one is left.
  private mutating func cut(
    _ input: UnsafeRawBufferPointer, _ start: inout Int, upTo end: Int, _ header: [UInt8],
    into output: UnsafeMutableRawPointer
  ) -> UnsafeMutableRawPointer {
    var output = unsafe output
    while begun.count + end - start > Self.longestPiece {
      let next = start + Self.longestPiece - begun.count
      unsafe output = append(UnsafeRawBufferPointer(rebasing: input[start..<next]), header, into: output)
      start = next
    }
    return unsafe output
  }

  /// Writes a record of what has begun and this text.
  private mutating func append(
    _ text: UnsafeRawBufferPointer, _ header: [UInt8], into output: UnsafeMutableRawPointer
  ) -> UnsafeMutableRawPointer {
    var output = unsafe output
    func put(_ bytes: UnsafeRawBufferPointer) {
      guard let address = bytes.baseAddress else { return }
      unsafe output.copyMemory(from: address, byteCount: bytes.count)
      unsafe output += bytes.count
    }
    unsafe header.withUnsafeBytes { unsafe put($0) }
    if !begun.isEmpty {
      unsafe begun.withUnsafeBytes { unsafe put($0) }
      begun.removeAll(keepingCapacity: true)
    }
    unsafe put(text)
    unsafe output.storeBytes(of: Self.newline, as: UInt8.self)
    return unsafe output + 1
  }

  private func header(_ time: [UInt8], _ flag: String) -> [UInt8] {
    time + Array(" \(stream) \(flag) ".utf8)
  }

  private static func count(_ byte: UInt8, in bytes: UnsafeRawBufferPointer) -> Int {
    var count = 0
    for place in 0..<bytes.count where unsafe bytes[place] == byte { count &+= 1 }
    return count
  }

  /// The place of the first such byte, found eight at a time.
  private static func find(_ byte: UInt8, in bytes: UnsafeRawBufferPointer, from start: Int) -> Int? {
    let (ones, highs): (UInt64, UInt64) = (0x0101_0101_0101_0101, 0x8080_8080_8080_8080)
    let pattern = ones &* UInt64(byte)
    var place = start
    while place &+ 8 <= bytes.count {
      let word = unsafe UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self)) ^ pattern
      // The lowest bit that is left is the high one of the first byte that is zero.
      let zeros = (word &- ones) & ~word & highs
      if zeros != 0 { return place &+ zeros.trailingZeroBitCount / 8 }
      place &+= 8
    }
    while place < bytes.count {
      if unsafe bytes[place] == byte { return place }
      place &+= 1
    }
    return nil
  }
}
