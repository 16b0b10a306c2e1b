extension String {
  /// The text with `***` in the place of every secret. A secret of under four bytes stays: it would hide the text.
  func redacted(_ secrets: [String]) -> String {
    var text = Array(utf8)
    for secret in secrets where secret.utf8.count >= 4 {
      let needle = Array(secret.utf8)
      var result: [UInt8] = []
      var index = 0
      while index < text.count {
        if text[index...].starts(with: needle) {
          result.append(contentsOf: "***".utf8)
          index += needle.count
        } else {
          result.append(text[index])
          index += 1
        }
      }
      text = result
    }
    return String(decoding: text, as: UTF8.self)
  }
}
