/// A line for a shell, in lines that fit: broken by backslashes before an option or a pipe, and where that is not enough at
/// any blank. In single quotes a blank becomes the end of a line, which JSON and jq read as the same.
struct ShellLines {
  let width: Int

  func lines(of line: String) -> [String] {
    guard line.count + 2 > width else { return ["  " + line] }
    return pieces(of: line).flatMap { parts($0) }.reduce(into: []) { lines, piece in
      guard let last = lines.last else { return lines.append("  " + piece.text) }
      // The backslash and the blank before it.
      let end = piece.isQuoted ? 0 : 2
      if last.count + 1 + piece.text.count + end <= width {
        lines[lines.count - 1] += " " + piece.text
      } else {
        lines[lines.count - 1] += piece.isQuoted ? "" : " \\"
        lines.append((piece.isQuoted ? "  " : "    ") + piece.text)
      }
    }
  }

  private struct Piece {
    var text: String
    /// Whether it goes on inside of quotes that began before it.
    let isQuoted: Bool
  }

  /// The words, with those that belong together in one piece: an option and its value, a pipe and its command.
  private func pieces(of line: String) -> [Piece] {
    line.split(separator: " ", omittingEmptySubsequences: false).reduce(into: []) { pieces, word in
      if pieces.isEmpty || word.hasPrefix("--") || word == "|" {
        pieces.append(Piece(text: String(word), isQuoted: false))
      } else {
        pieces[pieces.count - 1].text += " " + word
      }
    }
  }

  /// A piece that is too long for a line, in its words.
  private func parts(_ piece: Piece) -> [Piece] {
    guard piece.text.count + 6 > width else { return [piece] }
    var isQuoted = false
    return piece.text.split(separator: " ", omittingEmptySubsequences: false).map { word in
      let part = Piece(text: String(word), isQuoted: isQuoted)
      if !word.count(where: { $0 == "'" }).isMultiple(of: 2) { isQuoted.toggle() }
      return part
    }
  }
}
