/// A record of an output file: one line of text, `TIME STREAM F|P text` (the log format of the CRI).
///
/// The texts of one stream one after the other, with a newline behind each whole one, are what the command wrote.
public struct OutputRecord: Equatable, Sendable {
  public enum Stream: String, CaseIterable, Sendable {
    case stdout, stderr
    /// What the writer has to say about the file.
    case note
  }

  /// RFC 3339, UTC, with nanoseconds.
  public var time: String
  public var stream: Stream
  /// A newline followed the text.
  public var isWhole: Bool
  public var text: [UInt8]

  public init(time: String, stream: Stream, isWhole: Bool, text: [UInt8]) {
    self.time = time
    self.stream = stream
    self.isWhole = isWhole
    self.text = text
  }

  /// Reads a line of the file, without its newline; nil for what is no record.
  public init?(line: some RandomAccessCollection<UInt8>) {
    let words = line.split(separator: UInt8(ascii: " "), maxSplits: 3, omittingEmptySubsequences: false)
    guard words.count == 4, !words[0].isEmpty, words[2].count == 1, let flag = words[2].first,
      let stream = Stream(rawValue: String(decoding: words[1], as: UTF8.self)),
      flag == UInt8(ascii: "F") || flag == UInt8(ascii: "P")
    else { return nil }
    self.init(
      time: String(decoding: words[0], as: UTF8.self), stream: stream, isWhole: flag == UInt8(ascii: "F"),
      text: Array(words[3]))
  }

  private static let beginning = "output from byte "

  /// What a file begins with whose earlier part is elsewhere or gone.
  ///
  /// - Parameter offset: the bytes of all files of the attempt before this one.
  public static func beginning(at offset: UInt64) -> String { beginning + String(offset) }

  /// What tells of a gap.
  public static func lost(_ count: UInt64, why: String) -> String { "\(count) bytes of output are lost: \(why)" }

  /// Where in the whole output the file of this record begins, if it is the note that says so.
  public var fileOffset: UInt64? {
    guard stream == .note else { return nil }
    let text = String(decoding: text, as: UTF8.self)
    return text.hasPrefix(Self.beginning) ? UInt64(text.dropFirst(Self.beginning.count)) : nil
  }
}

extension OutputRecord {
  /// As many first bytes of a file hold the note that says where it begins.
  public static let longestBeginning = 128

  /// Where in the whole output a file begins, by its first bytes; 0 for the first file, and where no output can be so long.
  public static func fileOffset(ofFileBeginning bytes: [UInt8]) -> Int64 {
    var reader = OutputReader()
    let offset = reader.read(bytes).first?.fileOffset ?? 0
    return offset < 1 << 53 ? Int64(offset) : 0
  }
}

/// Takes an output file apart, in chunks of any size.
public struct OutputReader: Sendable {
  /// A longer line is none of ours.
  private static let longestLine = 64 << 10

  private var begun: [UInt8] = []
  private var skipsLine: Bool

  /// - Parameter startsInside: the first chunk may begin in the middle of a record, which is passed over.
  public init(startsInside: Bool = false) {
    skipsLine = startsInside
  }

  /// The records that end in this chunk. What is no record is passed over, such as the last line of a writer that was
  /// killed.
  public mutating func read(_ chunk: some Sequence<UInt8>) -> [OutputRecord] {
    var records: [OutputRecord] = []
    let bytes = Array(chunk)
    var rest = bytes[...]
    while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
      let line = rest[..<end]
      rest = rest[(end + 1)...]
      if skipsLine {
        skipsLine = false
      } else if let record = begun.isEmpty ? OutputRecord(line: line) : OutputRecord(line: begun + line) {
        records.append(record)
      }
      begun.removeAll(keepingCapacity: true)
    }
    if !skipsLine { begun += rest }
    if begun.count > Self.longestLine {
      begun = []
      skipsLine = true
    }
    return records
  }

  /// The bytes of a record that has not ended yet.
  public var pendingCount: Int { begun.count }
}
