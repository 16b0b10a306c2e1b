internal import HoneydewCore

/// What a program wrote, as a terminal may be shown it: its letters, line ends, tabs and colours. What would move the cursor,
/// name the window or hide a text is written as an escape.
///
/// The text comes in pieces, which may end within a letter or a colour: the rest waits for the next piece.
public struct ProgramText {
  /// Of a colour's orders (ECMA-48, select graphic rendition); a longer one is none.
  private static let longestColor = 64

  /// Whether colours are kept, else they are left out.
  private let hasColors: Bool
  private var rest: [UInt8] = []
  private var isColored = false

  public init(hasColors: Bool) {
    self.hasColors = hasColors
  }

  /// What can be shown of all that has come.
  public mutating func add(_ bytes: some Sequence<UInt8>) -> String {
    rest += bytes
    let count = rest.count - Self.unfinished(rest)
    defer { rest.removeFirst(count) }
    return shown(String(decoding: rest[..<count], as: UTF8.self))
  }

  /// What is left at the end, and the end of the colours.
  public mutating func end() -> String {
    defer {
      rest = []
      isColored = false
    }
    return shown(String(decoding: rest, as: UTF8.self)) + (isColored ? "\u{1b}[0m" : "")
  }

  private mutating func shown(_ text: String) -> String {
    var result = String.UnicodeScalarView()
    var scalars = text.unicodeScalars[...]
    while let scalar = scalars.popFirst() {
      switch scalar {
      case "\n", "\t": result.append(scalar)
      case "\r":
        // One at a line's end is of the end; another begins the line again, and what stood there stays to be seen.
        if scalars.first != "\n" { result.append("\n") }
      case "\u{1b}":
        guard let order = Self.color(scalars) else {
          result.append(contentsOf: Sanitizer.printable("\u{1b}").unicodeScalars)
          continue
        }
        scalars = scalars[order.endIndex...]
        guard hasColors else { continue }
        result.append(scalar)
        result.append(contentsOf: order)
        isColored = !["[m", "[0m"].contains(String(Substring(order)))
      case _ where Sanitizer.isActive(scalar):
        result.append(contentsOf: Sanitizer.printable(String(scalar)).unicodeScalars)
      default: result.append(scalar)
      }
    }
    return String(result)
  }

  /// `[1;31m` at the beginning; nil where something else stands there.
  private static func color(_ text: Substring.UnicodeScalarView) -> Substring.UnicodeScalarView? {
    guard text.first == "[" else { return nil }
    let parameters = text.dropFirst().prefix(longestColor).prefix(while: isParameter)
    guard parameters.endIndex < text.endIndex, text[parameters.endIndex] == "m" else { return nil }
    return text[text.startIndex...parameters.endIndex]
  }

  private static func isParameter(_ scalar: Unicode.Scalar) -> Bool {
    ("0"..."9").contains(scalar) || scalar == ";" || scalar == ":"
  }

  /// How many bytes at the end wait for what follows.
  private static func unfinished(_ bytes: [UInt8]) -> Int {
    let tail = bytes.suffix(longestColor + 2)
    if let escape = tail.lastIndex(of: 0x1b) {
      let order = tail[escape...].dropFirst()
      let parameters = order.dropFirst()
      let isOpen =
        (order.first ?? UInt8(ascii: "[")) == UInt8(ascii: "[") && parameters.count <= longestColor
        && parameters.allSatisfy { isParameter(Unicode.Scalar($0)) }
      if isOpen { return bytes.count - escape }
    }
    if bytes.last == UInt8(ascii: "\r") { return 1 }
    // RFC 3629: how many bytes the letter has says its first one.
    guard let first = bytes.suffix(4).lastIndex(where: { $0 & 0xC0 != 0x80 }) else { return 0 }
    let needed = bytes[first] >= 0xF0 ? 4 : bytes[first] >= 0xE0 ? 3 : bytes[first] >= 0xC2 ? 2 : 1
    return bytes.count - first < needed && bytes[first] < 0xF5 ? bytes.count - first : 0
  }
}
