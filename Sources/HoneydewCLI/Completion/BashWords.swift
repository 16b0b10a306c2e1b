/// The words of a command line as bash has them in `COMP_WORDS`: with their quotes, and taken apart at `=`, `:` and `@`.
enum BashWords {
  /// The words as the command would get them.
  ///
  /// - Parameter home: what `~/` means.
  static func plain(_ typed: [String], home: String?) -> [String] {
    joined(typed).map { word in
      let text = unquoted(word)
      guard let home, word.hasPrefix("~/") else { return text }
      return home + text.dropFirst()
    }
  }

  /// A word of separators belongs to the one before it, and so does what follows.
  private static func joined(_ typed: [String]) -> [String] {
    var words: [String] = []
    var isOpen = false
    for word in typed {
      let isSeparator = !word.isEmpty && word.allSatisfy { "=:@".contains($0) }
      // What begins with @ follows a blank when there is nothing before it.
      if (isSeparator || isOpen) && !words.isEmpty {
        words[words.count - 1] += word
      } else {
        words.append(word)
      }
      isOpen = isSeparator
    }
    return words
  }

  /// Without the quotes and backslashes of a shell; a quote that is still open is one too.
  private static func unquoted(_ word: String) -> String {
    var result = ""
    var quote: Character?
    var isEscaped = false
    for character in word {
      if isEscaped {
        result.append(character)
        isEscaped = false
      } else if character == "\\" && quote != "'" {
        isEscaped = true
      } else if character == quote {
        quote = nil
      } else if quote == nil && (character == "'" || character == "\"") {
        quote = character
      } else {
        result.append(character)
      }
    }
    return result
  }
}
