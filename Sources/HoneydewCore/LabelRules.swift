/// What a job's labels may be.
public enum LabelRules {
  public static let maximumCount = 16
  public static let maximumValueBytes = 255

  /// What is wrong with the labels, as a sentence; nil when nothing is.
  public static func problem(_ labels: [String: String]) -> String? {
    guard labels.count <= maximumCount else { return "there are \(labels.count) labels; at most \(maximumCount)" }
    for (name, value) in labels {
      guard isName(name) else {
        return "\"\(name.prefix(64))\" is no label's name: 1 to 63 letters, digits and . _ / -"
      }
      guard value.utf8.count <= maximumValueBytes else {
        return "the label \(name) has \(value.utf8.count) bytes; at most \(maximumValueBytes)"
      }
    }
    return nil
  }

  static func isName(_ text: String) -> Bool {
    (1...63).contains(text.utf8.count)
      && text.utf8.allSatisfy { byte in
        let character = Character(UnicodeScalar(byte))
        return character.isASCII && (character.isLetter || character.isNumber || "._/-".contains(character))
      }
  }

  /// Reads `name=value`; nil for anything else.
  public static func parse(_ text: String) -> (name: String, value: String)? {
    guard let equals = text.firstIndex(of: "=") else { return nil }
    let name = String(text[..<equals])
    return isName(name) ? (name, String(text[text.index(after: equals)...])) : nil
  }
}
