/// Records on their way to an output file.
public struct RecordBuffer: Sendable {
  private var storage: [UInt8] = []
  public private(set) var count = 0
  /// What of them the command wrote.
  public private(set) var textCount = 0

  public init() {}

  public var isEmpty: Bool { count == 0 }

  /// Lends the records, as bytes.
  public func withRecords<Result, Failure>(_ body: (RawSpan) throws(Failure) -> Result) throws(Failure) -> Result {
    try unsafe body(storage.span.bytes.extracting(..<count))
  }

  public mutating func removeAll() {
    count = 0
    textCount = 0
  }

  /// Appends a note of the writer.
  public mutating func append(note text: String, time: [UInt8]) {
    append(time + Array(" \(OutputRecord.Stream.note) F \(text)\n".utf8))
  }

  private mutating func append(_ record: [UInt8]) {
    makeRoom(record.count)
    storage.replaceSubrange(count..<count + record.count, with: record)
    count += record.count
  }

  private mutating func makeRoom(_ more: Int) {
    guard storage.count < count + more else { return }
    storage.append(contentsOf: repeatElement(0, count: max(more, storage.count)))
  }

  /// Has `body` write at most so many bytes behind the records, and return how many they are, and how many of them the
  /// command wrote.
  mutating func write(atMost more: Int, _ body: (UnsafeMutableRawPointer) -> (Int, text: Int)) {
    makeRoom(more)
    let start = count
    let (written, text) = unsafe storage.withUnsafeMutableBytes { storage in
      guard let address = storage.baseAddress else { return (0, 0) }
      return unsafe body(address + start)
    }
    precondition(written <= more, "the records fit into their room")
    count += written
    textCount += text
  }
}
