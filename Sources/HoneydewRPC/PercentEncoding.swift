/// The encoding of `grpc-message`: printable ASCII but `%` as it is, every other byte of the UTF-8 as `%XX`
/// (gRPC "HTTP/2 transport mapping", Status-Message). A space at either end is escaped too, since HTTP/2 forbids it there
/// (RFC 9113 §8.2.1).
enum PercentEncoding {
  static func encode(_ text: String) -> [UInt8] {
    var encoded: [UInt8] = []
    encoded.reserveCapacity(text.utf8.count)
    let last = text.utf8.count - 1
    for (index, byte) in text.utf8.enumerated() {
      let isInside = index > 0 && index < last
      if byte > 0x20 && byte <= 0x7E && byte != UInt8(ascii: "%") || byte == 0x20 && isInside {
        encoded.append(byte)
      } else {
        encoded.append(UInt8(ascii: "%"))
        encoded.append(digit(byte >> 4))
        encoded.append(digit(byte & 15))
      }
    }
    return encoded
  }

  /// Never fails: a broken escape stays as it is, and broken UTF-8 becomes the replacement character.
  static func decode(_ encoded: some Collection<UInt8>) -> String {
    let bytes = Array(encoded)
    var decoded: [UInt8] = []
    decoded.reserveCapacity(bytes.count)
    var index = 0
    while index < bytes.count {
      if bytes[index] == UInt8(ascii: "%"), index + 2 < bytes.count, let high = value(bytes[index + 1]),
        let low = value(bytes[index + 2])
      {
        decoded.append(high << 4 | low)
        index += 3
      } else {
        decoded.append(bytes[index])
        index += 1
      }
    }
    return String(decoding: decoded, as: UTF8.self)
  }

  private static func digit(_ value: UInt8) -> UInt8 {
    value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "A") + value - 10
  }

  private static func value(_ digit: UInt8) -> UInt8? {
    switch digit {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
    case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
    case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
    default: nil
    }
  }
}
