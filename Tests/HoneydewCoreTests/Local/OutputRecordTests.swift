import HoneydewTestSupport
import Testing

@testable import HoneydewCore

@Suite struct OutputRecordTests {
  private static let time = Array("2026-11-28T18:00:00.000000000Z".utf8)

  private func bytes(_ buffer: RecordBuffer) -> [UInt8] {
    buffer.withRecords { records in
      (0..<records.byteCount).map { records.unsafeLoad(fromByteOffset: $0, as: UInt8.self) }
    }
  }

  /// The file of a stream that comes in these chunks.
  private func file(_ chunks: [[UInt8]], isFlushed: Bool = true) -> [UInt8] {
    var encoder = OutputEncoder(.stdout)
    var buffer = RecordBuffer()
    for chunk in chunks { encoder.encode(chunk.span.bytes, time: Self.time, into: &buffer) }
    if isFlushed { encoder.flush(time: Self.time, into: &buffer) }
    #expect(encoder.hasBegunLine == (!isFlushed && chunks.joined().reversed().first.map { $0 != 10 } ?? false))
    return bytes(buffer)
  }

  private func text(_ records: [OutputRecord]) -> [UInt8] {
    records.flatMap { $0.text + ($0.isWhole ? [10] : []) }
  }

  @Test("A line is a record, and so is what has no newline yet")
  func lines() {
    let file = String(decoding: file([Array("one\n\nthr".utf8), Array("ee\nfo".utf8)]), as: UTF8.self)
    let time = String(decoding: Self.time, as: UTF8.self)
    #expect(file == "\(time) stdout F one\n\(time) stdout F \n\(time) stdout F three\n\(time) stdout P fo\n")
  }

  @Test("A line that has begun waits for its end")
  func begunLine() {
    #expect(file([Array("abc".utf8)], isFlushed: false) == [])
  }

  @Test(
    "A long line is cut into pieces",
    arguments: [-1, 0, 1, 5, OutputEncoder.longestPiece - 1, OutputEncoder.longestPiece])
  func longLines(more: Int) {
    let line = [UInt8](repeating: 7, count: OutputEncoder.longestPiece + more)
    var reader = OutputReader()
    let records = reader.read(file([line, [10]]))
    #expect(records.map(\.text.count) == (more <= 0 ? [line.count] : [OutputEncoder.longestPiece, more]))
    #expect(records.map(\.isWhole) == (more <= 0 ? [true] : [false, true]))
    #expect(text(records) == line + [10])
  }

  @Test("Whatever a command writes and however it comes, it is read back exactly", arguments: 0..<300)
  func roundTrip(seed: Int) {
    var random = SeededGenerator(state: UInt64(seed))
    let alphabets: [[UInt8]] = [[10], [10, 65], Array(0...255), [65], Array("a b F P stdout\n".utf8)]
    let alphabet = alphabets.randomElement(using: &random) ?? []
    let length = Int.random(in: 0...(seed % 10 == 0 ? 70_000 : 200), using: &random)
    let all = (0..<length).map { _ in alphabet.randomElement(using: &random) ?? 0 }
    var chunks: [[UInt8]] = []
    var rest = all[...]
    while !rest.isEmpty {
      let count = Int.random(in: 1...max(1, length / 3), using: &random)
      chunks.append(Array(rest.prefix(count)))
      rest = rest.dropFirst(count)
    }
    let file = file(chunks)
    var reader = OutputReader()
    var records: [OutputRecord] = []
    var unread = file[...]
    while !unread.isEmpty {
      let count = Int.random(in: 1...max(1, file.count / 3), using: &random)
      records += reader.read(unread.prefix(count))
      unread = unread.dropFirst(count)
    }
    #expect(text(records) == all)
    #expect(reader.pendingCount == 0)
    #expect(file.withUnsafeBytes { OutputBound.textCount(of: $0.bytes) } == all.count)
  }

  @Test("A buffer knows how much of it the command wrote")
  func textCount() {
    var encoder = OutputEncoder(.stderr)
    var buffer = RecordBuffer()
    encoder.encode(Array("one\ntw".utf8).span.bytes, time: Self.time, into: &buffer)
    #expect(buffer.textCount == 4)
    encoder.encode(Array("o".utf8).span.bytes, time: Self.time, into: &buffer)
    #expect(buffer.textCount == 4)
    encoder.encode(Array("\n\n".utf8).span.bytes, time: Self.time, into: &buffer)
    #expect(buffer.textCount == 9)
    encoder.encode(Array("x".utf8).span.bytes, time: Self.time, into: &buffer)
    encoder.flush(time: Self.time, into: &buffer)
    #expect(buffer.textCount == 10)
    buffer.removeAll()
    #expect(buffer.textCount == 0 && buffer.isEmpty)
  }

  @Test("What begins in the middle of a record, is torn or is no record is passed over")
  func damage() {
    let whole = "t stderr F two\n"
    var reader = OutputReader(startsInside: true)
    #expect(reader.read(Array("ut F one\n\(whole)t stdout F tor".utf8)).map(\.text) == [Array("two".utf8)])
    #expect(reader.pendingCount == 14)
    for line in ["", "t", "t stdout", "t stdout F", "t stdin F x", "t stdout X x", "t stdout FF x", " stdout F x"] {
      var reader = OutputReader()
      #expect(reader.read(Array("\(line)\n\(whole)".utf8)).map(\.text) == [Array("two".utf8)], "\(line)")
    }
    var bounded = OutputReader()
    #expect(bounded.read([UInt8](repeating: 65, count: 1 << 20)) == [])
    #expect(bounded.pendingCount == 0)
    #expect(bounded.read(Array("\n\(whole)".utf8)).map(\.text) == [Array("two".utf8)])
  }

  @Test("A note says where its file begins in the whole")
  func notes() {
    var buffer = RecordBuffer()
    buffer.append(note: OutputRecord.beginning(at: 4711), time: Self.time)
    buffer.append(note: OutputRecord.lost(12, why: "No space left on device"), time: Self.time)
    var reader = OutputReader()
    let records = reader.read(bytes(buffer))
    #expect(records.map(\.stream) == [.note, .note])
    #expect(records.map(\.fileOffset) == [4711, nil])
    #expect(String(decoding: records[1].text, as: UTF8.self) == "12 bytes of output are lost: No space left on device")
    let imitation = OutputRecord(line: Array("t stdout F output from byte 5".utf8))
    #expect(imitation?.stream == .stdout && imitation?.fileOffset == nil)
  }

  @Test(
    "The time of a record has nanoseconds",
    arguments: [
      (0, "1970-01-01T00:00:00.000000000Z"), (1_795_888_800_123_456_789, "2026-11-28T18:00:00.123456789Z"),
      (-1, "1969-12-31T23:59:59.999999999Z"),
    ] as [(Int64, String)])
  func times(nanoseconds: Int64, text: String) {
    #expect(String(decoding: OutputTime.text(nanoseconds), as: UTF8.self) == text)
  }
}

@Suite struct OutputBoundTests {
  /// Records of texts of so many bytes, whole lines.
  private func records(_ lengths: [Int]) -> [UInt8] {
    let time = String(decoding: OutputTime.text(0), as: UTF8.self)
    return lengths.flatMap { Array("\(time) stdout F \(String(repeating: "x", count: $0 - 1))\n".utf8) }
  }

  @Test("Files take half of the bound each, of whole records, and what was in the file before the last is dropped")
  func halves() {
    var bound = OutputBound(limit: 1000)
    let record = records([60])
    #expect(record.count == 100)
    let five = records([60, 60, 60, 60, 60, 60, 60])
    #expect(five.withUnsafeBytes { bound.share(of: $0.bytes) } == 500)
    bound.wrote(500, text: 300)
    #expect(record.withUnsafeBytes { bound.share(of: $0.bytes) } == 0)
    bound.beginNextFile()
    #expect((bound.offset, bound.fileSize, bound.dropped) == (500, 0, 0))
    bound.wrote(500, text: 300)
    bound.beginNextFile()
    #expect((bound.offset, bound.dropped) == (1000, 300))
    bound.lost(text: 7)
    #expect(bound.dropped == 307)
  }

  @Test("A record that is longer than a file has one to itself")
  func longRecord() {
    var bound = OutputBound(limit: 100)
    let long = records([60, 20])
    #expect(long.withUnsafeBytes { bound.share(of: $0.bytes) } == 100)
    bound.wrote(100, text: 60)
    #expect(long.withUnsafeBytes { bound.share(of: $0.bytes) } == 0)
    bound.beginNextFile()
    bound.wrote(64, text: 0)
    #expect(long.withUnsafeBytes { bound.share(of: $0.bytes) } == 100)
  }

  @Test("Of bytes that were cut off somewhere the whole records are known", arguments: [0, 1, 99, 100, 101, 199, 200])
  func wholeRecords(count: Int) {
    let bytes = records([60, 60]).prefix(count)
    #expect(Array(bytes).withUnsafeBytes { OutputBound.wholeRecords(in: $0.bytes) } == count / 100 * 100)
  }

  @Test("Without a limit there is one file")
  func unlimited() {
    let bound = OutputBound(limit: 0)
    let bytes = records([1000, 1000])
    #expect(bytes.withUnsafeBytes { bound.share(of: $0.bytes) } == bytes.count)
  }
}
