/// Cuts secrets out of a text: plain, percent-encoded, as they look within JSON, in base64, and parts of them.
///
/// The text must not have been shortened: what is left of a secret then could be too short to be known.
public struct Redaction: Sendable {
  /// What takes a secret's place.
  public static let mark = "***"
  /// So many bytes of a secret in a row are taken for a part of it.
  fileprivate static let window = 12
  /// A secret of fewer bytes stays: it would hide the text. The beginning of one at a text's end is cut from so many on.
  private static let shortest = 4

  /// The secrets, and what base64 makes of them.
  private let needles: [[UInt8]]
  /// The short secrets of small letters alone, which are cut only where they stand as words.
  private let words: Set<[UInt8]>
  /// Each run of `window` bytes of theirs.
  private let windows: Set<UInt128>

  /// - Parameter secrets: as they are. Work on each text grows with the text, whatever their number and length.
  public init(_ secrets: [String]) {
    let plain = secrets.filter { $0.utf8.count >= Self.shortest && !Self.commonWords.contains($0) }.map {
      Array($0.utf8)
    }
    words = Set(plain.filter { $0.count < Self.window && $0.allSatisfy(EncodedText.isSmallLetter) })
    needles = plain + plain.flatMap(Base64Forms.all(of:))
    var windows: Set<UInt128> = []
    for needle in needles { EncodedText(needle).forEachWindow { windows.insert($1) } }
    self.windows = windows
  }

  /// What errors about logins are made of: stars in the place of one of them would tell the password, and hide the text.
  private static let commonWords: Set = [
    "account", "admin", "code", "email", "error", "expired", "failed", "invalid", "login", "name", "pass", "password",
    "secret", "test", "token", "unknown", "user", "username", "wrong",
  ]

  /// The text with `***` in the place of each secret and each part of one.
  public func cut(_ text: String) -> String {
    guard !needles.isEmpty else { return text }
    let bytes = Array(text.utf8)
    var isSecret = [Bool](repeating: false, count: bytes.count)
    for view in EncodedText.views(of: bytes) { mark(view, &isSecret) }
    guard isSecret.contains(true) else { return text }
    var result: [UInt8] = []
    for index in bytes.indices {
      if !isSecret[index] {
        result.append(bytes[index])
      } else if index == 0 || !isSecret[index - 1] {
        result.append(contentsOf: Self.mark.utf8)
      }
    }
    return String(decoding: result, as: UTF8.self)
  }

  private func mark(_ view: EncodedText, _ isSecret: inout [Bool]) {
    view.forEachWindow { index, window in
      if windows.contains(window) { view.mark(index..<index + Self.window, &isSecret) }
    }
    for needle in needles {
      let isWord = words.contains(needle)
      if needle.count < Self.window { view.markAll(needle, asWords: isWord, &isSecret) }
      view.markBeginning(of: needle, atLeast: Self.shortest, asWord: isWord, &isSecret)
    }
  }
}

/// A text with its escapes resolved, and where in the text each byte of that stands.
private struct EncodedText {
  private(set) var bytes: [UInt8]
  /// `sources[i]` up to `sources[i + 1]` is byte i; nil where each byte stands for itself.
  private var sources: [Int]?

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
  }

  /// The text as it is, without its percent encoding, without JSON's escapes, and without both.
  static func views(of bytes: [UInt8]) -> [EncodedText] {
    let plain = EncodedText(bytes)
    let withoutJSON = bytes.contains(UInt8(ascii: "\\")) ? [plain.decoded(jsonEscape)] : []
    let views = [plain] + withoutJSON
    guard bytes.contains(where: { $0 == UInt8(ascii: "%") || $0 == UInt8(ascii: "+") }) else { return views }
    return views + views.map { $0.decoded(percentEscape) }
  }

  func forEachWindow(_ body: (Int, UInt128) -> Void) {
    let length = Redaction.window
    var window: UInt128 = 0
    for (index, byte) in bytes.enumerated() {
      window = (window << 8 | UInt128(byte)) & (1 << UInt128(8 * length) - 1)
      if index >= length - 1 { body(index - length + 1, window) }
    }
  }

  func mark(_ range: Range<Int>, _ isSecret: inout [Bool]) {
    let start = sources.map { $0[range.lowerBound] } ?? range.lowerBound
    let end = sources.map { $0[range.upperBound] } ?? range.upperBound
    for index in start..<end { isSecret[index] = true }
  }

  /// - Parameter asWords: whether only where no other small letter stands beside it.
  func markAll(_ needle: [UInt8], asWords: Bool, _ isSecret: inout [Bool]) {
    guard bytes.count >= needle.count else { return }
    for index in 0...bytes.count - needle.count where bytes[index...].starts(with: needle) {
      let end = index + needle.count
      let isPart =
        index > 0 && Self.isSmallLetter(bytes[index - 1]) || end < bytes.count && Self.isSmallLetter(bytes[end])
      if !asWords || !isPart { mark(index..<end, &isSecret) }
    }
  }

  static func isSmallLetter(_ byte: UInt8) -> Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) }

  /// Marks a needle's beginning at the end of the text, before dots, quotes and brackets that whoever cut it has put
  /// there.
  func markBeginning(of needle: [UInt8], atLeast shortest: Int, asWord: Bool, _ isSecret: inout [Bool]) {
    let tail = Array("…".utf8) + Array(".\"'`)]} \n".utf8)
    let end = bytes.lastIndex { !tail.contains($0) }.map { $0 + 1 } ?? 0
    for count in stride(from: min(needle.count, end), through: shortest, by: -1)
    where bytes[end - count..<end].elementsEqual(needle.prefix(count)) {
      if asWord, end > count, Self.isSmallLetter(bytes[end - count - 1]) { continue }
      return mark(end - count..<end, &isSecret)
    }
  }

  /// - Parameter escape: what an escape at an index means and how many bytes it takes; nil where there is none.
  private func decoded(_ escape: ([UInt8], Int) -> (bytes: [UInt8], length: Int)?) -> EncodedText {
    var result = EncodedText([])
    var places: [Int] = []
    var index = 0
    while index < bytes.count {
      let (meaning, length) = escape(bytes, index) ?? ([bytes[index]], 1)
      result.bytes += meaning
      places += repeatElement(sources.map { $0[index] } ?? index, count: meaning.count)
      index += length
    }
    places.append(sources?.last ?? bytes.count)
    result.sources = places
    return result
  }

  /// RFC 3986 section 2.1, and the blank of HTML's forms.
  private static func percentEscape(_ bytes: [UInt8], _ index: Int) -> (bytes: [UInt8], length: Int)? {
    if bytes[index] == UInt8(ascii: "+") { return ([UInt8(ascii: " ")], 1) }
    guard bytes[index] == UInt8(ascii: "%"), let value = hexadecimal(bytes, index + 1, digits: 2) else { return nil }
    return ([UInt8(value)], 3)
  }

  /// RFC 8259 section 7.
  private static func jsonEscape(_ bytes: [UInt8], _ index: Int) -> (bytes: [UInt8], length: Int)? {
    guard bytes[index] == UInt8(ascii: "\\"), index + 1 < bytes.count else { return nil }
    switch bytes[index + 1] {
    case UInt8(ascii: "n"): return ([0x0A], 2)
    case UInt8(ascii: "r"): return ([0x0D], 2)
    case UInt8(ascii: "t"): return ([0x09], 2)
    case UInt8(ascii: "b"): return ([0x08], 2)
    case UInt8(ascii: "f"): return ([0x0C], 2)
    case UInt8(ascii: "u"):
      guard let high = hexadecimal(bytes, index + 2, digits: 4) else { return nil }
      if let scalar = Unicode.Scalar(high) { return (Array(scalar.utf8), 6) }
      guard index + 7 < bytes.count, bytes[index + 6] == UInt8(ascii: "\\"), bytes[index + 7] == UInt8(ascii: "u"),
        let low = hexadecimal(bytes, index + 8, digits: 4), (0xDC00...0xDFFF).contains(low),
        let scalar = Unicode.Scalar(0x10000 + (high & 0x3FF) << 10 + (low & 0x3FF))
      else { return nil }
      return (Array(scalar.utf8), 12)
    default: return ([bytes[index + 1]], 2)
    }
  }

  private static func hexadecimal(_ bytes: [UInt8], _ index: Int, digits: Int) -> UInt32? {
    guard index + digits <= bytes.count else { return nil }
    return bytes[index..<index + digits].reduce(0) { value, byte in
      guard let value, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else { return nil }
      return value << 4 | UInt32(digit)
    }
  }
}

/// What base64 makes of a text that stands somewhere within a longer one (RFC 4648 sections 4 and 5).
private enum Base64Forms {
  /// The characters that do not depend on what is around it: by the three places that it can begin at, in both alphabets.
  static func all(of bytes: [UInt8]) -> [[UInt8]] {
    let forms = (0..<3).map { form(of: bytes, after: $0) }
    let others = forms.map { form in
      form.map { $0 == UInt8(ascii: "+") ? UInt8(ascii: "-") : $0 == UInt8(ascii: "/") ? UInt8(ascii: "_") : $0 }
    }
    return forms + zip(forms, others).filter { $0 != $1 }.map(\.1)
  }

  private static func form(of bytes: [UInt8], after offset: Int) -> [UInt8] {
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    var form: [UInt8] = []
    // Each character is six bits, beginning at a multiple of six from the start of a group of three bytes.
    let first = (offset * 8 + 5) / 6 * 6
    for bit in stride(from: first, through: (offset + bytes.count) * 8 - 6, by: 6) {
      let start = bit - offset * 8
      let high = UInt16(bytes[start / 8])
      let low = start / 8 + 1 < bytes.count ? UInt16(bytes[start / 8 + 1]) : 0
      form.append(alphabet[Int((high << 8 | low) >> (10 - start % 8) & 63)])
    }
    return form
  }
}
