/// Bytes as text: two lower-case hexadecimal digits each.
extension [UInt8] {
  public var hexadecimal: String {
    let digits = Array("0123456789abcdef".utf8)
    return String(decoding: flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }

  /// Nil when the text is not pairs of hexadecimal digits.
  public init?(hexadecimal text: String) {
    let values = text.utf8.map { Character(UnicodeScalar($0)).hexDigitValue }
    guard values.count.isMultiple(of: 2) else { return nil }
    self.init()
    for index in stride(from: 0, to: values.count, by: 2) {
      guard let high = values[index], let low = values[index + 1] else { return nil }
      append(UInt8(high << 4 | low))
    }
  }
}
