internal import HoneydewText
internal import HoneydewJSON
internal import HoneydewSystem

/// A line of the daemon's log.
struct LogLine {
  /// As it is in the file.
  let bytes: [UInt8]
  /// Its fields; nil when the line is broken, as the last one before a crash can be.
  let members: [JSONValue.Member]?

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
    members = (try? JSONValue(parsing: bytes))?.members
  }

  func text(_ name: String) -> String { members?.first { $0.key == name }?.value.string ?? "" }

  fileprivate var style: Style {
    switch text("level") {
    case "error": .bad
    case "warn": .warning
    case "debug": .faint
    default: .good
    }
  }

  /// What is not in a column of its own, as `name=value`.
  fileprivate var rest: String {
    let columns: Set = ["timestamp", "level", "message", "component"]
    return (members ?? []).filter { !columns.contains($0.key) }.map { member in
      let text = member.value.string ?? String(decoding: member.value.serialized, as: UTF8.self)
      let isPlain = !text.isEmpty && !text.contains { $0.isWhitespace || $0 == "\"" }
      return "\(member.key)=\(isPlain ? text : quoted(text))"
    }.joined(separator: " ")
  }
}

/// Which lines are wanted.
struct LogFilter {
  var level: Log.Level?
  var component: String?
  /// RFC 3339 in UTC, as the lines' own.
  var since: String?
  var until: String?

  /// A broken line is shown to those who want everything.
  func takes(_ line: LogLine) -> Bool {
    if let level, (Log.Level(name: line.text("level")).map { $0 < level } ?? true) { return false }
    if let component, line.text("component") != component { return false }
    // Texts of this form are in the order of their moments.
    if let since, line.text("timestamp") < since { return false }
    if let until, line.text("timestamp") > until { return false }
    return true
  }
}

extension Console {
  func log(_ line: LogLine, isJSON: Bool) throws(Failure) {
    if isJSON { return try rawJSON(line.bytes) }
    guard line.members != nil else { return try say(String(decoding: line.bytes, as: UTF8.self)) }
    let level = line.text("level").uppercased()
    try say([
      (times.clock(line.text("timestamp")), .faint),
      (level + String(repeating: " ", count: max(0, 5 - level.count)), line.style),
      (line.text("component").isEmpty ? "" : line.text("component") + ":", .faint), (line.text("message"), .plain),
      (line.rest, .faint),
    ])
  }
}
