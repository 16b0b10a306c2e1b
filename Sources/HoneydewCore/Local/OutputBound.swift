/// Keeps an attempt's output within its bound: a file takes half of it, and the file before it is kept.
public struct OutputBound: Equatable, Sendable {
  /// The most bytes of one file.
  private let fileLimit: Int
  /// The bytes of all files before this one.
  public private(set) var offset: UInt64 = 0
  /// The bytes of this file.
  public private(set) var fileSize = 0
  /// What the command wrote into this file, and into the one before it.
  private var written: UInt64 = 0
  private var writtenBefore: UInt64 = 0
  /// What the command wrote and is not kept any more.
  public private(set) var dropped: UInt64 = 0

  /// - Parameter limit: of all files together; zero is none.
  public init(limit: Int64) {
    fileLimit = limit > 0 ? Int(max(limit / 2, 1)) : .max
  }

  /// How many of the bytes go into this file: whole records. Zero means that the next file begins first.
  ///
  /// - Parameter records: not empty.
  public func share(of records: RawSpan) -> Int {
    let room = fileLimit - fileSize
    if records.byteCount <= room { return records.byteCount }
    var end = Self.wholeRecords(in: records.extracting(..<max(room, 0)))
    guard end == 0, fileSize <= Self.beginning(at: offset) else { return end }
    // A record that is longer than a file has one to itself.
    while end < records.byteCount {
      end += 1
      if unsafe records.unsafeLoad(fromByteOffset: end - 1, as: UInt8.self) == UInt8(ascii: "\n") { break }
    }
    return end
  }

  /// The bytes of the whole records that these bytes begin with.
  public static func wholeRecords(in bytes: RawSpan) -> Int {
    var end = bytes.byteCount
    while end > 0, unsafe bytes.unsafeLoad(fromByteOffset: end - 1, as: UInt8.self) != UInt8(ascii: "\n") { end -= 1 }
    return end
  }

  /// A file with nothing but its note is as good as empty.
  private static func beginning(at offset: UInt64) -> Int { offset == 0 ? 0 : 80 }

  /// So many bytes of records are in the file, so many of which the command wrote; none of a note.
  public mutating func wrote(_ count: Int, text: Int) {
    fileSize += count
    written += UInt64(text)
  }

  /// So many bytes that the command wrote are lost.
  public mutating func lost(text: Int) { dropped += UInt64(text) }

  /// The next file begins, and this one takes the place of the one before it.
  public mutating func beginNextFile() {
    offset += UInt64(fileSize)
    dropped += writtenBefore
    (writtenBefore, written, fileSize) = (written, 0, 0)
  }

  /// The bytes that the command wrote, of records that are no notes.
  public static func textCount(of records: RawSpan) -> Int {
    var count = 0
    var start = 0
    for place in 0..<records.byteCount
    where unsafe records.unsafeLoad(fromByteOffset: place, as: UInt8.self) == UInt8(ascii: "\n") {
      // Behind the time and the stream, which are as long in all of them, stands the flag.
      let flag = unsafe records.unsafeLoad(fromByteOffset: start + OutputEncoder.overhead - 3, as: UInt8.self)
      count += place + 1 - start - OutputEncoder.overhead + (flag == UInt8(ascii: "F") ? 1 : 0)
      start = place + 1
    }
    return count
  }
}
