internal import HoneydewJSON

/// The elements of a JSON array one after the other, so that a result of any size needs memory for one of them at a
/// time. The text must have been found valid.
struct JSONElements {
  private let bytes: [UInt8]
  private var position: Int
  private let end: Int

  /// The array that a path of keys leads to; nil where the text is no JSON, or the path leads to something else.
  ///
  /// - Parameter orObject: whether an object in the array's place is taken for its only element.
  init?(in bytes: [UInt8], at path: [String], orObject: Bool = false) {
    var range = 0..<bytes.count
    for key in path {
      let span = bytes.span
      guard let found = try? JSONScanner.ranges(of: [key], in: span.extracting(range)), let inner = found[0] else {
        return nil
      }
      range = range.lowerBound + inner.lowerBound..<range.lowerBound + inner.upperBound
    }
    guard let start = bytes[range].firstIndex(where: { !JSONElements.isSpace($0) }) else { return nil }
    let isArray = bytes[start] == UInt8(ascii: "[")
    guard isArray || orObject && bytes[start] == UInt8(ascii: "{"),
      (try? JSONScanner.validate(bytes.span.extracting(range))) != nil
    else { return nil }
    self.bytes = bytes
    position = isArray ? start + 1 : start
    end = range.upperBound
  }

  /// The next element, or nil after the last one.
  mutating func next() -> JSONValue? {
    while position < end, JSONElements.isSpace(bytes[position]) || bytes[position] == UInt8(ascii: ",") {
      position += 1
    }
    let start = position
    skipValue()
    guard position > start else { return nil }
    return try? JSONValue(
      lenientlyParsing: bytes.span.extracting(start..<position), maximumDepth: JSONScanner.defaultMaximumDepth)
  }

  /// Goes to the comma or bracket that ends the value here.
  private mutating func skipValue() {
    var depth = 0
    var isInString = false
    while position < end {
      let byte = bytes[position]
      switch byte {
      case UInt8(ascii: "\""): isInString.toggle()
      case UInt8(ascii: "\\") where isInString: position += 1
      case UInt8(ascii: "["), UInt8(ascii: "{"): if !isInString { depth += 1 }
      case UInt8(ascii: ","): if !isInString && depth == 0 { return }
      case UInt8(ascii: "]"), UInt8(ascii: "}"):
        if !isInString {
          if depth == 0 { return }
          depth -= 1
        }
      default: break
      }
      position += 1
    }
  }

  private static func isSpace(_ byte: UInt8) -> Bool {
    byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09
  }
}
