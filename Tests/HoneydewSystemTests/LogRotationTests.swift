import Glibc
import Testing

@testable import HoneydewSystem

@Suite(.timeLimit(.minutes(1)))
struct LogRotationTests {
  let directory = TemporaryDirectory()
  var path: String { directory.file("log") }

  @Test func `a file is moved before it is longer, and no line is lost or torn`() throws {
    let log = Log(try .file(path))
    var moved: [String] = []
    log.rotation = Log.Rotation(limit: 1000) {
      moved.append(directory.file("moved\(moved.count)"))
      return moved[moved.count - 1]
    }
    for number in 0..<100 {
      log.info("\(number)")
      if number % 7 == 0 { log.flush() }
    }
    log.flush()
    #expect(log.rotations == moved.count && moved.count > 5)
    let files = try (moved + [path]).map { try Files.read($0, limit: 1000) }
    let messages = String(decoding: files.joined(), as: UTF8.self).split(separator: "\n").map {
      $0.split(separator: "\"")[11]
    }
    #expect(messages == (0..<100).map { "\($0)" })
    #expect(log.droppedLines == 0)
  }

  @Test func `a line that is longer than the limit has a file of its own`() throws {
    let log = Log(try .file(path))
    log.rotation = Log.Rotation(limit: 10) { directory.file("moved") }
    log.info("first")
    log.flush()
    #expect(log.rotations == 0)
    log.info("second")
    log.flush()
    #expect(log.rotations == 1)
  }

  @Test func `a file that cannot be moved goes on, and says so, until it can be moved`() throws {
    let log = Log(try .file(path))
    var target = directory.file("missing/moved")
    log.rotation = Log.Rotation(limit: 200) { target }
    for number in 0..<10 { log.info("\(number)") }
    log.flush()
    #expect(log.rotations == 0 && log.droppedLines == 0)
    #expect(String(decoding: try Files.read(path, limit: 10_000), as: UTF8.self).split(separator: "\n").count == 10)
    target = directory.file("moved")
    log.info("last")
    log.flush()
    #expect(log.rotations == 1)
  }

  @Test func `a log that was removed with its directory is made again`() throws {
    try Files.makeDirectory(directory.file("logs"))
    let path = directory.file("logs/log")
    let log = Log(try .file(path))
    log.info("lost")
    log.flush()
    _ = try Files.remove(path)
    #expect(rmdir(directory.file("logs")) == 0)
    log.info("found")
    log.flush()
    #expect(String(decoding: try Files.read(path, limit: 1000), as: UTF8.self).contains("found"))
    #expect(log.failure == nil)
  }

  @Test func `a log that cannot be made again keeps its lines, and then counts what it drops`() throws {
    try Files.makeDirectory(directory.file("logs"))
    let path = directory.file("logs/log")
    let log = Log(try .file(path), bufferLimit: 1000)
    _ = try Files.remove(path)
    #expect(rmdir(directory.file("logs")) == 0)
    try Files.writeAtomically([], to: directory.file("logs"), mode: 0o600)
    for number in 0..<100 {
      log.info("\(number)")
      log.flush()
    }
    #expect(log.failure != nil && log.droppedLines > 0)
    _ = try Files.remove(directory.file("logs"))
    log.flush()
    #expect(log.failure == nil)
    let text = String(decoding: try Files.read(path, limit: 10_000), as: UTF8.self)
    #expect(text.contains("\"count\":\(log.droppedLines)"))
  }

  @Test func `the journal gets each line with its priority, and standard error otherwise does not`() async {
    await #expect(processExitsWith: .success) {
      let directory = TemporaryDirectory()
      let path = directory.file("journal")
      let file = try Files.open(path, flags: O_RDWR | O_CREAT | O_APPEND)
      #expect(dup2(file.fileNumber, STDERR_FILENO) == STDERR_FILENO)
      let identity = try Files.status(of: file.fileNumber).identity
      for journal in [nil, "1:2", identity] {
        let log = Log(try .file(directory.file("log")), copy: try .standardError(journal: journal), level: .debug)
        log.debug("d")
        log.info("i")
        log.warn("w")
        log.error("e")
      }
      let lines = String(decoding: try Files.read(path, limit: 10_000), as: UTF8.self).split(separator: "\n")
      guard lines.count == 12, lines[..<8].allSatisfy({ $0.hasPrefix("{") }),
        lines[8...].map({ $0.prefix(4) }) == ["<7>{", "<6>{", "<4>{", "<3>{"]
      else { exit(1) }
    }
  }

  @Test(arguments: [0, 1, 65535, 65536, 1_000_000])
  func `gzip's own program reads what was compressed step by step, and so do we`(length: Int) throws {
    var random = SystemRandomNumberGenerator()
    var text = (0..<length).map { _ in UInt8.random(in: 0x40...0x5A, using: &random) }
    for index in stride(from: 79, to: length, by: 80) { text[index] = UInt8(ascii: "\n") }
    try Files.writeAtomically(text, to: path, mode: 0o600)
    let compression = try GzipCompression(path)
    var steps = 1
    while try !compression.step() { steps += 1 }
    #expect(steps == (length + 65535) / 65536 + 1)
    #expect(try Files.list(directory.path) == ["log.gz"])
    var lines: [[UInt8]] = []
    try TextFileReader(path + ".gz", isCompressed: true).readLines { lines.append($0) }
    let whole = text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).dropLast().map(Array.init)
    #expect(lines == whole)
    #expect(system("gzip -dc '\(path).gz' > '\(path).plain'") == 0)
    #expect(try Files.read(path + ".plain", limit: length) == text)
  }

  @Test func `a damaged compressed log is an error with its name`() throws {
    try Files.writeAtomically(Array("this is no gzip".utf8), to: path, mode: 0o600)
    let error = #expect(throws: Errno.self) { try TextFileReader(path, isCompressed: true).readLines { _ in } }
    #expect(error?.description.contains(path) == true)
  }
}
