import Glibc
internal import HoneydewCore

/// Writes one JSON object on one line (RFC 8259 section 7 for the strings), line after line in the same memory.
struct LogLineWriter {
  /// The line is in the first `length` bytes.
  private var bytes = [UInt8](repeating: 0, count: 512)
  private var length = 0

  /// Drops the line before.
  mutating func begin() {
    length = 0
  }

  mutating func write(_ name: String, _ value: LogValue) {
    append(UInt8(ascii: length == 0 ? "{" : ","))
    write(name)
    append(UInt8(ascii: ":"))
    switch value {
    case .string(let text): write(text)
    case .integer(let number): for digit in String(number).utf8 { append(digit) }
    case .boolean(let isTrue): for letter in (isTrue ? "true" : "false").utf8 { append(letter) }
    }
  }

  mutating func end() {
    append(UInt8(ascii: "}"))
    append(UInt8(ascii: "\n"))
  }

  /// The line, valid during the call.
  func withLine<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    bytes.withUnsafeBytes { body(UnsafeRawBufferPointer(rebasing: $0[..<length])) }
  }

  private mutating func write(_ text: String) {
    var text = text
    let isPlain = text.withUTF8 { text in
      let isPlain = PlainBytes.are(UnsafeRawBufferPointer(text))
      if isPlain { quote(text) }
      return isPlain
    }
    if !isPlain { escaped(text).withUnsafeBufferPointer { quote($0) } }
  }

  private mutating func append(_ byte: UInt8) {
    makeRoom(for: 1)
    bytes[length] = byte
    length += 1
  }

  /// Appends the text between quotation marks.
  private mutating func quote(_ text: UnsafeBufferPointer<UInt8>) {
    makeRoom(for: text.count + 2)
    bytes.withUnsafeMutableBufferPointer { bytes in
      bytes[length] = UInt8(ascii: "\"")
      _ = bytes[(length + 1)...].update(fromContentsOf: text)
      bytes[length + 1 + text.count] = UInt8(ascii: "\"")
    }
    length += text.count + 2
  }

  private mutating func makeRoom(for count: Int) {
    let missing = length + count - bytes.count
    if missing > 0 { bytes.append(contentsOf: repeatElement(0, count: max(missing, bytes.count))) }
  }

  private func escaped(_ text: String) -> [UInt8] {
    var bytes: [UInt8] = []
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"", "\\":
        bytes.append(UInt8(ascii: "\\"))
        bytes.append(UInt8(scalar.value))
      case "\n": bytes.append(contentsOf: "\\n".utf8)
      case "\r": bytes.append(contentsOf: "\\r".utf8)
      case "\t": bytes.append(contentsOf: "\\t".utf8)
      // So that a line shown on a terminal cannot command it.
      case _ where Sanitizer.isActive(scalar): Sanitizer.appendJSONEscape(of: scalar, to: &bytes)
      default: bytes.append(contentsOf: scalar.utf8)
      }
    }
    return bytes
  }
}

/// Turns times into `YYYY-MM-DDTHH:MM:SS.mmmZ`, keeping the text of the second in between.
struct TimestampText {
  private var second: Int64 = -1
  private var bytes: [UInt8] = []
  /// Most lines of a turn are of the same moment.
  private var latest: (wall: Duration, text: String)?

  /// - Parameter wall: the time since 1970.
  mutating func text(_ wall: Duration) -> String {
    if let latest, latest.wall == wall { return latest.text }
    let text = newText(wall)
    latest = (wall, text)
    return text
  }

  private mutating func newText(_ wall: Duration) -> String {
    let (seconds, attoseconds) = wall.components
    if seconds != second || bytes.isEmpty {
      second = seconds
      bytes = Array("\(Self.prefix(seconds)).000Z".utf8)
    }
    var milliseconds = attoseconds / 1_000_000_000_000_000
    for index in (bytes.count - 4..<bytes.count - 1).reversed() {
      bytes[index] = UInt8(ascii: "0") + UInt8(milliseconds % 10)
      milliseconds /= 10
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  private static func prefix(_ seconds: Int64) -> String {
    var time = time_t(seconds)
    var date = tm()
    gmtime_r(&time, &date)
    return "\(padded(Int(date.tm_year) + 1900, 4))-\(padded(Int(date.tm_mon) + 1, 2))-\(padded(Int(date.tm_mday), 2))T"
      + "\(padded(Int(date.tm_hour), 2)):\(padded(Int(date.tm_min), 2)):\(padded(Int(date.tm_sec), 2))"
  }
}

private func padded(_ number: Int, _ width: Int) -> String {
  let digits = String(number)
  let missing = width - digits.utf8.count
  return missing <= 0 ? digits : String(repeating: "0", count: missing) + digits
}
