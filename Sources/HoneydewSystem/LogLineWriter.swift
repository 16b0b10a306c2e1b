import Glibc
internal import HoneydewCore

/// Writes one JSON object on one line (RFC 8259 section 7 for the strings).
struct LogLineWriter {
  private var bytes: [UInt8] = []

  init() {
    bytes.reserveCapacity(256)
  }

  mutating func write(_ name: String, _ value: LogValue) {
    bytes.append(UInt8(ascii: bytes.isEmpty ? "{" : ","))
    write(name)
    bytes.append(UInt8(ascii: ":"))
    switch value {
    case .string(let text): write(text)
    case .integer(let number): bytes.append(contentsOf: String(number).utf8)
    case .boolean(let isTrue): bytes.append(contentsOf: (isTrue ? "true" : "false").utf8)
    }
  }

  consuming func finish() -> [UInt8] {
    bytes.append(contentsOf: "}\n".utf8)
    return bytes
  }

  private mutating func write(_ text: String) {
    bytes.append(UInt8(ascii: "\""))
    var text = text
    let isPlain = text.withUTF8 { text in
      guard text.allSatisfy(Self.isPlain) else { return false }
      bytes.append(contentsOf: text)
      return true
    }
    if !isPlain { escape(text) }
    bytes.append(UInt8(ascii: "\""))
  }

  /// Whether the byte stands for itself, whatever is around it.
  private static func isPlain(_ byte: UInt8) -> Bool {
    (0x20..<0x7F).contains(byte) && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
  }

  private mutating func escape(_ text: String) {
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
  }
}

/// Turns times into `YYYY-MM-DDTHH:MM:SS.mmmZ`, keeping the text of the second in between.
struct TimestampText {
  private var second: Int64 = -1
  private var bytes: [UInt8] = []

  /// - Parameter wall: the time since 1970.
  mutating func text(_ wall: Duration) -> String {
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
