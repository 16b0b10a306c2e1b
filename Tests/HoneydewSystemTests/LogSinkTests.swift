import Glibc
import Testing

@testable import HoneydewSystem

@Suite(.timeLimit(.minutes(1)))
struct LogSinkTests {
  let directory = TemporaryDirectory()
  var path: String { directory.file("log") }

  @Test func `a log file is for its owner, and appended to`() throws {
    for message in ["one", "two"] { Log(try .file(path)).info(message) }
    #expect(try messages(path) == ["one", "two"])
    #expect(try Files.status(path)?.mode == 0o600)
  }

  @Test func `a line that a killed writer has begun does not spoil the next one`() throws {
    Log(try .file(path)).info("one")
    try Files.open(path, flags: O_WRONLY | O_APPEND).writeAll(Array("{\"timesta".utf8))
    Log(try .file(path)).info("two")
    let lines = String(decoding: try Files.read(path, limit: 1000), as: UTF8.self).split(separator: "\n")
    #expect(lines.count == 3 && lines[1] == "{\"timesta" && lines[2].hasSuffix("\"message\":\"two\"}"))
  }

  @Test func `a log that was moved away is reopened on request`() throws {
    let log = Log(try .file(path))
    log.info("one")
    log.flush()
    try Files.rename(path, to: path + ".1")
    log.info("two")
    log.flush()
    log.info("three")
    try log.reopen()
    log.info("four")
    log.flush()
    #expect(try messages(path + ".1") == ["one", "two", "three"])
    #expect(try messages(path) == ["four"])
  }

  @Test func `a log that cannot be reopened stays where it is`() throws {
    let log = Log(try .file(path))
    try Files.rename(path, to: path + ".1")
    try Files.makeDirectory(path)
    let error = #expect(throws: Errno.self) { try log.reopen() }
    #expect(error?.number == EISDIR)
    log.info("still here")
    log.flush()
    #expect(try messages(path + ".1") == ["still here"])
  }

  @Test func `a pipe that nobody reads loses counted lines, and never holds up`() throws {
    #expect(mkfifo(path, 0o600) == 0)
    let reader = try Files.open(path, flags: O_RDONLY | O_NONBLOCK)
    let log = Log(try .file(path), bufferLimit: 20_000)
    for number in 0..<5000 {
      log.info("\(number)")
      log.flush()
    }
    #expect(log.droppedLines > 0)
    var text = ""
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while case .read(let count) = try chunk.withUnsafeMutableBytes({ try reader.read(into: $0) }) {
      text += String(decoding: chunk[..<count], as: UTF8.self)
      log.flush()
    }
    let lines = text.split(separator: "\n")
    #expect(text.hasSuffix("}\n"))
    #expect(lines.allSatisfy { $0.hasPrefix("{\"timestamp\":\"") && $0.hasSuffix("}") })
    let numbers = lines.compactMap { message($0) }.compactMap { Int($0) }
    #expect(numbers == numbers.sorted())
    let reported = lines.filter { message($0) == "log lines dropped" }.compactMap { line in
      Int(line.split(separator: "\"count\":")[1].dropLast())
    }
    #expect(reported.reduce(0, +) == log.droppedLines)
    #expect(numbers.count + log.droppedLines == 5000)
  }

  @Test func `a reader that goes away ends neither the process nor the log`() async {
    await #expect(processExitsWith: .success) {
      Process.ignoreBrokenPipes()
      let directory = TemporaryDirectory()
      let path = directory.file("log")
      #expect(mkfifo(path, 0o600) == 0)
      var reader = try Files.open(path, flags: O_RDONLY | O_NONBLOCK)
      let log = Log(try .file(path))
      reader = try Files.open("/dev/null", flags: O_RDONLY)
      log.info("to nobody")
      log.flush()
      reader = try Files.open(path, flags: O_RDONLY | O_NONBLOCK)
      log.flush()
      var bytes = [UInt8](repeating: 0, count: 4096)
      let result = try bytes.withUnsafeMutableBytes { try reader.read(into: $0) }
      guard case .read(let count) = result else { exit(1) }
      #expect(String(decoding: bytes[..<count], as: UTF8.self).contains("to nobody"))
    }
  }

  @Test func `standard error may be a socket or a terminal that is never read`() async {
    await #expect(processExitsWith: .success) {
      let socket = try Ends()
      try socket.theirs.setNonblocking(false)
      try expectDrops(onStandardError: socket.theirs.fileNumber)
      let terminal = try PseudoTerminal()
      try expectDrops(onStandardError: terminal.slave.fileNumber)
    }
  }

  @Test(.enabled(if: mayMount, "mounting a tmpfs needs CAP_SYS_ADMIN"))
  func `a full disk loses counted lines, and the log goes on when there is room again`() throws {
    let disk = try SmallDisk(pages: 4)
    let filler = disk.file("filler")
    try Files.writeAtomically([UInt8](repeating: 0, count: 8192), to: filler, mode: 0o600)
    let path = disk.file("log")
    let log = Log(try .file(path), bufferLimit: 4000)
    for number in 0..<200 {
      log.info("\(number)")
      log.flush()
    }
    let lost = log.droppedLines
    #expect(lost > 0)
    _ = try Files.remove(filler)
    log.flush()
    log.info("room again")
    log.flush()
    let found = try messages(path)
    #expect(found.suffix(2) == ["log lines dropped", "room again"])
    #expect(found.compactMap { Int($0) } == Array(0..<(200 - lost)))
    #expect(log.droppedLines == lost)
  }

  private func messages(_ path: String) throws -> [String] {
    String(decoding: try Files.read(path, limit: 1 << 20), as: UTF8.self).split(separator: "\n").compactMap(message)
  }

  /// The message of a whole line.
  private func message(_ line: Substring) -> String? {
    guard line.hasPrefix("{"), line.hasSuffix("}") else { return nil }
    let parts = line.split(separator: "\"")
    return parts.firstIndex(of: "message").map { String(parts[$0 + 2]) }
  }
}

/// Logs to a descriptor as to standard error until there is no room.
private func expectDrops(onStandardError descriptor: Int32) throws {
  let standardError = dup(2)
  #expect(dup2(descriptor, 2) == 2)
  let log = Log(try .standardError(), bufferLimit: 10_000)
  #expect(dup2(standardError, 2) == 2)
  for number in 0..<5000 {
    log.info("\(number)")
    log.flush()
  }
  #expect(log.droppedLines > 0)
  #expect(fcntl(descriptor, F_GETFL) & O_NONBLOCK == 0)
  try log.reopen()
}

/// A file system of a few pages, unmounted with the test.
private final class SmallDisk {
  private let directory = TemporaryDirectory()

  init(pages: Int) throws {
    let size = pages * sysconf(Int32(_SC_PAGESIZE))
    #expect(mount("tmpfs", directory.path, "tmpfs", 0, "size=\(size)") == 0)
  }

  deinit {
    // A child that another test is about to start may hold a file of it open for a moment.
    #expect(umount2(directory.path, Int32(MNT_DETACH)) == 0)
  }

  func file(_ name: String) -> String { directory.file(name) }
}

private let mayMount: Bool = {
  let directory = TemporaryDirectory()
  return mount("tmpfs", directory.path, "tmpfs", 0, "size=4096") == 0 && umount2(directory.path, Int32(MNT_DETACH)) == 0
}()
