internal import Glibc
internal import HoneydewCore
internal import HoneydewSystem

/// The daemon's log as it lies in its directory: the present file, and those that were rotated.
struct LogFiles {
  let path: String
  let filter: LogFilter
  /// The present file as far as it was read; nil when there is none.
  private var reader: TextFileReader?

  private static let pollInterval = Duration.milliseconds(200)

  init(path: String, filter: LogFilter) {
    self.path = path
    self.filter = filter
  }

  /// The last lines that the filter takes, in their order.
  mutating func last(_ limit: Int) throws(Failure) -> [LogLine] {
    let reader = try readable { () throws(Errno) in try TextFileReader(path) }
    self.reader = reader
    return try readable { () throws(Errno) in
      var found = try lines(of: reader, limit)
      let slash = path.lastIndex(of: "/") ?? path.startIndex
      let directory = String(path[...slash])
      let names = try Files.list(directory)
      for backup in LogRotation(name: String(path[path.index(after: slash)...])).backups(among: names) {
        guard found.count < limit else { break }
        // It may be compressed or removed meanwhile.
        let older = try? TextFileReader(directory + backup.name, isCompressed: backup.isCompressed)
        if let older { found = try lines(of: older, limit - found.count) + found }
      }
      return found
    }
  }

  /// Hands on what is appended, also after rotations, until Ctrl-C.
  /// - Parameter pause: called when all that is there was handed on.
  mutating func follow(
    _ body: (LogLine) throws(Failure) -> Void, pause: () throws(Failure) -> Void
  ) throws(Failure) {
    var isInterrupted = false
    let loop = try readable { () throws(Errno) in try EventLoop() }
    let interrupts = try readable { () throws(Errno) in try Interrupts(on: loop) { isInterrupted = true } }
    defer { withExtendedLifetime(interrupts) {} }
    // Whoever reads the output, such as `head`, may have enough of it. A file on a disk, which epoll does not take, never has.
    let output = try? loop.add(STDOUT_FILENO, []) { _ in isInterrupted = true }
    defer { if let output { loop.remove(output) } }
    while !isInterrupted {
      try pause()
      let timer = loop.schedule(at: Clock.monotonic() + Self.pollInterval) {}
      try readable { () throws(Errno) in try loop.turn() }
      loop.cancel(timer)
      for line in try readable({ () throws(Errno) in try appended() }) { try body(line) }
    }
  }

  private func readable<Result>(_ body: () throws(Errno) -> Result) throws(Failure) -> Result {
    do throws(Errno) {
      return try body()
    } catch {
      throw Failure(.failed, "the log cannot be read: \(error.sentence)")
    }
  }

  private mutating func appended() throws(Errno) -> [LogLine] {
    var found: [LogLine] = []
    if let reader { found += try lines(of: reader, .max) }
    let status = try Files.status(path)
    let present = try reader?.status()
    // Moved away, or emptied by somebody.
    guard let status, let offset = reader?.offset, status.identity != present?.identity || status.size < offset else {
      return found
    }
    let next = try TextFileReader(path)
    reader = next
    return try found + lines(of: next, .max)
  }

  private func lines(of reader: TextFileReader, _ limit: Int) throws(Errno) -> [LogLine] {
    var found: [LogLine] = []
    try reader.readLines { bytes in
      let line = LogLine(bytes)
      guard limit > 0, filter.takes(line) else { return }
      found.append(line)
      // Now and then, so that the work for a line does not grow with their number.
      if limit < .max / 2, found.count >= 2 * limit { found.removeFirst(found.count - limit) }
    }
    return Array(found.suffix(limit))
  }
}
