extension String {
  /// The text for an error message: bounded, and without active characters.
  public var printable: String {
    let clean = unicodeScalars.prefix(80).map { Sanitizer.isActive($0) ? "\u{FFFD}" : $0 }
    var text = String(String.UnicodeScalarView(clean))
    if unicodeScalars.dropFirst(80).first != nil { text += "…" }
    return text
  }

  /// The text cut to a number of UTF-8 bytes, with a sign of the cut.
  public func shortened(toBytes limit: Int) -> String {
    guard utf8.count > limit else { return self }
    let mark = "…"
    var text = ""
    var count = mark.utf8.count
    for scalar in unicodeScalars {
      count += UTF8.width(scalar)
      guard count <= limit else { break }
      text.unicodeScalars.append(scalar)
    }
    return text + mark
  }
}
