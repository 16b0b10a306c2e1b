/// The lines of a log that wait, and the places where they go. It ends with the last `Log` of it, and then writes them.
final class LogWriter {
  var level: Log.Level
  var outputs: [LogOutput]

  private let clock: () -> Duration
  private var lines: [Line] = []
  private var timestamp = TimestampText()
  private var writer = LogLineWriter()

  /// So many waiting lines are written without a `flush`.
  private static let flushThreshold = 256

  /// A line as it was logged.
  private struct Line {
    let time: Duration
    let level: Log.Level
    let message: String
    let component: String?
    let fields: LogFields
  }

  init(_ sinks: [LogSink], level: Log.Level, bufferLimit: Int, clock: @escaping () -> Duration) {
    outputs = sinks.map { LogOutput($0, bufferLimit: bufferLimit) }
    self.level = level
    self.clock = clock
  }

  deinit { flush() }

  var isEmpty: Bool { lines.isEmpty }

  func add(_ level: Log.Level, _ message: String, _ component: String?, _ fields: LogFields) {
    lines.append(Line(time: clock(), level: level, message: message, component: component, fields: fields))
    if lines.count >= Self.flushThreshold { flush() }
  }

  func flush() {
    for line in lines {
      write(line)
      for index in outputs.indices {
        if outputs[index].unreportedDrops > 0 {
          reportDrops(of: index)
          write(line)
        }
        writer.withLine { outputs[index].append($0, line.level) }
      }
    }
    lines.removeAll(keepingCapacity: true)
    for index in outputs.indices {
      outputs[index].flush()
      guard outputs[index].isDrained, outputs[index].unreportedDrops > 0 else { continue }
      reportDrops(of: index)
      outputs[index].flush()
    }
  }

  func reopen() throws(Errno) {
    flush()
    for index in outputs.indices { try outputs[index].reopen() }
  }

  private func reportDrops(of index: Int) {
    let count = outputs[index].unreportedDrops
    guard count > 0 else { return }
    let line = Line(
      time: clock(), level: .warn, message: "log lines dropped", component: nil, fields: ["count": .int(count)])
    write(line)
    writer.withLine { outputs[index].appendReport($0, line.level) }
  }

  private func write(_ line: Line) {
    writer.begin()
    writer.write("timestamp", .string(timestamp.text(line.time)))
    writer.write("level", .string(line.level.name))
    writer.write("message", .string(line.message))
    if let component = line.component { writer.write("component", .string(component)) }
    for (name, value) in line.fields.entries { writer.write(name, value) }
    writer.end()
  }
}
