/// The process's log: one JSON object a line, `timestamp`, `level` and `message` first, then the fields in their order.
///
/// Lines are collected, and put into words and written by `flush`, which the owner calls once a turn, when those who wait
/// for an answer have it. Logging never fails and never waits: lines for which there is no room, because the sink does
/// not take them, are counted and dropped.
public final class Log {
  public enum Level: Int, Comparable, CaseIterable, Sendable {
    /// Details of execution.
    case debug
    /// Normal operation.
    case info
    /// Trouble that the program deals with itself.
    case warn
    /// Operations that failed.
    case error

    /// The level of this name, such as `warn`.
    public init?(name: String) {
      guard let level = Level.allCases.first(where: { $0.name == name }) else { return nil }
      self = level
    }

    public var name: String {
      switch self {
      case .debug: "debug"
      case .info: "info"
      case .warn: "warn"
      case .error: "error"
      }
    }

    public static func < (left: Level, right: Level) -> Bool { left.rawValue < right.rawValue }
  }

  /// Lines below it are not written, and their fields not even computed.
  public var level: Level
  /// Lines that were lost since the start.
  public private(set) var droppedLines = 0

  private let sink: LogSink
  private let clock: () -> Duration
  private var lines: [Line] = []
  private let bufferLimit: Int
  private var buffer = OutputBuffer()
  private var unreportedDrops = 0
  private var timestamp = TimestampText()

  /// So many waiting lines are written without a `flush`.
  private static let flushThreshold = 256

  /// A line as it was logged.
  private struct Line {
    let time: Duration
    let level: Level
    let message: String
    let fields: LogFields
  }

  /// - Parameter clock: the time since 1970; in a loop, that of the turn.
  public init(
    _ sink: LogSink, level: Level = .info, bufferLimit: Int = 1 << 20, clock: @escaping () -> Duration = Clock.wall
  ) {
    self.sink = sink
    self.level = level
    self.bufferLimit = bufferLimit
    self.clock = clock
  }

  deinit { flush() }

  public func debug(_ message: @autoclosure () -> String, _ fields: @autoclosure () -> LogFields = [:]) {
    log(.debug, message(), fields())
  }

  public func info(_ message: @autoclosure () -> String, _ fields: @autoclosure () -> LogFields = [:]) {
    log(.info, message(), fields())
  }

  public func warn(_ message: @autoclosure () -> String, _ fields: @autoclosure () -> LogFields = [:]) {
    log(.warn, message(), fields())
  }

  public func error(_ message: @autoclosure () -> String, _ fields: @autoclosure () -> LogFields = [:]) {
    log(.error, message(), fields())
  }

  public func log(
    _ level: Level, _ message: @autoclosure () -> String, _ fields: @autoclosure () -> LogFields = [:]
  ) {
    guard level >= self.level else { return }
    lines.append(Line(time: clock(), level: level, message: message(), fields: fields()))
    if lines.count >= Self.flushThreshold { flush() }
  }

  /// Writes what waits, as far as the sink takes it now.
  public func flush() {
    for line in lines {
      reportDrops()
      append(bytes(of: line))
    }
    lines.removeAll(keepingCapacity: true)
    // What could not be written waits for the next flush.
    let isDrained = (try? buffer.flush { bytes throws(Errno) in try sink.write(bytes) }) ?? false
    if isDrained, unreportedDrops > 0 {
      reportDrops()
      _ = try? buffer.flush { bytes throws(Errno) in try sink.write(bytes) }
    }
  }

  /// Opens the file anew, after somebody moved it away; the old one stays in use when that fails.
  public func reopen() throws(Errno) {
    flush()
    try sink.reopen()
  }

  private func append(_ line: [UInt8]) {
    if buffer.count + line.count <= bufferLimit {
      buffer.append(line)
    } else {
      droppedLines += 1
      unreportedDrops += 1
    }
  }

  private func reportDrops() {
    guard unreportedDrops > 0 else { return }
    let report = bytes(
      of: Line(
        time: clock(), level: .warn, message: "log lines dropped", fields: ["count": .int(unreportedDrops)]))
    guard buffer.count + report.count <= bufferLimit else { return }
    unreportedDrops = 0
    buffer.append(report)
  }

  private func bytes(of line: Line) -> [UInt8] {
    var writer = LogLineWriter()
    writer.write("timestamp", .string(timestamp.text(line.time)))
    writer.write("level", .string(line.level.name))
    writer.write("message", .string(line.message))
    for (name, value) in line.fields.entries { writer.write(name, value) }
    return writer.finish()
  }
}
