/// The process's log: one JSON object a line, `timestamp`, `level`, `message` and `component` first, then the fields in
/// their order. Copies write to the same log.
///
/// Lines are collected, and put into words and written by `flush`, which the owner calls when those who wait for an
/// answer have it. Logging never fails and never waits: lines for which there is no room, because a sink does
/// not take them, are counted and dropped.
public struct Log {
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

  private let writer: LogWriter
  private let component: String?

  /// - Parameters:
  ///   - sink: the file.
  ///   - copy: where every line goes too.
  ///   - clock: the time since 1970; in a loop, that of the turn.
  public init(
    _ sink: LogSink, copy: LogSink? = nil, level: Level = .info, bufferLimit: Int = 1 << 20,
    clock: @escaping () -> Duration = Clock.wall
  ) {
    writer = LogWriter([sink] + (copy.map { [$0] } ?? []), level: level, bufferLimit: bufferLimit, clock: clock)
    component = nil
  }

  private init(_ writer: LogWriter, component: String) {
    self.writer = writer
    self.component = component
  }

  /// The same log, whose lines say that they are about this part of the program.
  public func scoped(to component: String) -> Log { Log(writer, component: component) }

  /// Lines below it are not written, and their fields not even computed.
  public var level: Level {
    get { writer.level }
    nonmutating set { writer.level = newValue }
  }

  /// Lines that were lost since the start.
  public var droppedLines: Int { writer.outputs.reduce(0) { $0 + $1.droppedLines } }

  /// Why what waits cannot be written at present.
  public var failure: Errno? { writer.outputs.lazy.compactMap(\.failure).first }

  /// When the file is moved away for a new one; nil is never.
  public var rotation: Rotation? {
    get { writer.outputs[0].rotation }
    nonmutating set { writer.outputs[0].rotation = newValue }
  }

  /// How often the file was moved away.
  public var rotations: Int { writer.outputs[0].rotations }

  public struct Rotation {
    /// The file is moved before it is longer, in bytes.
    let limit: Int64
    /// The path for a file that is moved now. Nothing may be there.
    let backupPath: () -> String

    public init(limit: Int64, backupPath: @escaping () -> String) {
      self.limit = limit
      self.backupPath = backupPath
    }
  }

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
    guard level >= writer.level else { return }
    writer.add(level, message(), component, fields())
  }

  /// Logs a line that stays on record whatever the level.
  public func record(_ level: Level, _ message: String, _ fields: LogFields) {
    writer.add(level, message, component, fields)
  }

  /// Whether lines have been logged since the last flush.
  public var needsFlush: Bool { !writer.isEmpty }

  /// Writes what waits, as far as the sinks take it now.
  public func flush() { writer.flush() }

  /// Reopens the file, after somebody moved it away; the old one stays in use when that fails.
  public func reopen() throws(Errno) { try writer.reopen() }
}
