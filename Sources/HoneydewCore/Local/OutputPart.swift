/// An output that was too long for one file: the earlier part of it has `.old` behind its name, and a file that is not the
/// first begins with a line that says where it begins.
public enum OutputPart {
  /// The most bytes of that line.
  public static let longestHead = 128
  private static let mark = " note F output from byte "

  /// That line.
  ///
  /// - Parameters:
  ///   - time: RFC 3339.
  ///   - base: bytes of the output before the file, with the lines of its earlier files.
  public static func head(time: String, base: Int64) -> String { "\(time)\(mark)\(base)\n" }

  /// Where a file begins, by its first bytes: 0 for the first file.
  public static func base(ofHead bytes: some Sequence<UInt8>) -> Int64 {
    let line = String(decoding: bytes.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
    guard let place = line.firstRange(of: mark), line[..<place.lowerBound].utf8.count < 40 else { return 0 }
    return Int64(line[place.upperBound...]) ?? 0
  }
}
