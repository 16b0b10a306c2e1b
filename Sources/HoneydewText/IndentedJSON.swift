/// Valid JSON text in lines, for people.
public enum IndentedJSON {
  /// The text with a line for each member and element, two blanks further in at each level; what is empty stays on
  /// its line. Only white space between the tokens changes.
  public static func text(of bytes: [UInt8]) -> String {
    var result: [UInt8] = []
    var depth = 0
    var isInString = false
    var index = 0
    while index < bytes.count {
      let byte = bytes[index]
      if isInString {
        result.append(byte)
        if byte == UInt8(ascii: "\\"), index + 1 < bytes.count {
          index += 1
          result.append(bytes[index])
        }
        isInString = byte != UInt8(ascii: "\"")
      } else {
        switch byte {
        case 0x20, 0x0A, 0x0D, 0x09: break
        case UInt8(ascii: "{"), UInt8(ascii: "["):
          result.append(byte)
          if let next = bytes[(index + 1)...].first(where: { !isSpace($0) }), next == byte + 2 {
            result.append(next)
            index = bytes[index...].firstIndex(of: next) ?? index
          } else {
            depth += 1
            breakLine(depth, &result)
          }
        case UInt8(ascii: "}"), UInt8(ascii: "]"):
          depth -= 1
          breakLine(depth, &result)
          result.append(byte)
        case UInt8(ascii: ","):
          result.append(byte)
          breakLine(depth, &result)
        case UInt8(ascii: ":"): result.append(contentsOf: ": ".utf8)
        default:
          result.append(byte)
          isInString = byte == UInt8(ascii: "\"")
        }
      }
      index += 1
    }
    return String(decoding: result, as: UTF8.self)
  }

  private static func breakLine(_ depth: Int, _ result: inout [UInt8]) {
    result.append(UInt8(ascii: "\n"))
    result.append(contentsOf: repeatElement(UInt8(ascii: " "), count: 2 * max(0, depth)))
  }

  private static func isSpace(_ byte: UInt8) -> Bool {
    byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09
  }
}
