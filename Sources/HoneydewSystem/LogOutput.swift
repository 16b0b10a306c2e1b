/// One place where a log's lines go: what it has not taken yet, and what was lost.
struct LogOutput {
  private(set) var droppedLines = 0
  /// Lines that were lost and not reported yet.
  private(set) var unreportedDrops = 0
  /// Why the last flush failed.
  private(set) var failure: Errno?
  var rotation: Log.Rotation?
  private(set) var rotations = 0

  private let sink: LogSink
  private let bufferLimit: Int
  private var buffer = WriteBuffer()
  /// A rotation has failed since the last flush: the lines go on into the same file.
  private var hasFailedToRotate = false

  init(_ sink: LogSink, bufferLimit: Int) {
    self.sink = sink
    self.bufferLimit = bufferLimit
  }

  var isDrained: Bool { buffer.isEmpty }

  mutating func append(_ line: UnsafeRawBufferPointer, _ level: Log.Level) {
    rotate(before: line.count)
    if !add(line, level) {
      droppedLines += 1
      unreportedDrops += 1
    }
  }

  /// The line that reports what was lost.
  mutating func appendReport(_ line: UnsafeRawBufferPointer, _ level: Log.Level) {
    if add(line, level) { unreportedDrops = 0 }
  }

  /// What could not be written waits for the next flush.
  mutating func flush() {
    hasFailedToRotate = false
    guard !buffer.isEmpty else { return }
    do throws(Errno) {
      try sink.ensurePlace()
      _ = try buffer.flush { bytes throws(Errno) in try sink.write(bytes) }
      failure = nil
    } catch {
      failure = error
    }
  }

  mutating func reopen() throws(Errno) {
    try sink.reopen()
  }

  private mutating func add(_ line: UnsafeRawBufferPointer, _ level: Log.Level) -> Bool {
    let prefix = sink.isJournal ? Self.priority(of: level) : ""
    guard buffer.count + prefix.utf8.count + line.count <= bufferLimit else { return false }
    if sink.isJournal { buffer.append(prefix.utf8) }
    buffer.append(line)
    return true
  }

  private mutating func rotate(before length: Int) {
    guard let rotation, !hasFailedToRotate, sink.size + Int64(buffer.count) > 0,
      sink.size + Int64(buffer.count + length) > rotation.limit
    else { return }
    flush()
    do throws(Errno) {
      guard buffer.isEmpty else { return }
      try sink.rotate(to: rotation.backupPath())
      rotations += 1
    } catch {
      failure = error
      hasFailedToRotate = true
    }
  }

  /// What sd-daemon(3) says of the prefix.
  private static func priority(of level: Log.Level) -> String {
    switch level {
    case .debug: "<7>"
    case .info: "<6>"
    case .warn: "<4>"
    case .error: "<3>"
    }
  }
}
