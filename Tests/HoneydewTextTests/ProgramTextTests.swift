import Testing

@testable import HoneydewText

@Suite("What a program wrote, on a terminal") struct ProgramTextTests {
  /// - Parameter length: of the pieces in which it comes.
  private func shown(_ bytes: [UInt8], in length: Int = .max, hasColors: Bool = true) -> String {
    var text = ProgramText(hasColors: hasColors)
    var result = ""
    var rest = bytes[...]
    while !rest.isEmpty {
      result += text.add(rest.prefix(length))
      rest = rest.dropFirst(length)
    }
    return result + text.end()
  }

  @Test(
    "keeps letters, lines, tabs and colours, and shows the rest as escapes",
    arguments: [
      ("plain\tcafé 日本語\n", "plain\tcafé 日本語\n"), ("a\r\nb", "a\nb"), ("10 %\r20 %\r\n", "10 %\n20 %\n"),
      ("a\r", "a\n"),
      ("\u{1b}[31mred\u{1b}[0m", "\u{1b}[31mred\u{1b}[0m"), ("\u{1b}[38;5;8mx\u{1b}[m", "\u{1b}[38;5;8mx\u{1b}[m"),
      ("\u{1b}[1mbold", "\u{1b}[1mbold\u{1b}[0m"), ("\u{1b}[2J", "\\u{1b}[2J"),
      ("\u{1b}]0;t\u{7}", "\\u{1b}]0;t\\u{7}"),
      ("\u{1b}", "\\u{1b}"), ("\u{1b}[3", "\\u{1b}[3"), ("\u{1b}[31;\u{1b}[0m", "\\u{1b}[31;\u{1b}[0m"),
      ("\u{9b}31m", "\\u{9b}31m"), ("\u{202e}x", "\\u{202e}x"), ("\u{8}\u{0}", "\\u{8}\\u{0}"),
      ("\u{1b}[" + String(repeating: "1", count: 80) + "m", "\\u{1b}[" + String(repeating: "1", count: 80) + "m"),
    ])
  func texts(written: String, expected: String) {
    for length in [Int.max, 1, 2, 3, 7] { #expect(shown(Array(written.utf8), in: length) == expected) }
  }

  @Test("shows bytes that are no UTF-8 as such, also where they come apart")
  func invalid() {
    #expect(shown([0x61, 0xff, 0x62], in: 1) == "a\u{fffd}b")
    #expect(shown([0xe6, 0x97]) == "\u{fffd}")
    #expect(shown([0xc3, 0x28], in: 1) == "\u{fffd}(")
    #expect(shown([0x80, 0x80], in: 1) == "\u{fffd}\u{fffd}")
    #expect(shown([0xf9, 0x0a], in: 1) == "\u{fffd}\n")
  }

  @Test("leaves colours out where none are wanted")
  func withoutColors() {
    #expect(shown(Array("\u{1b}[31mred\u{1b}[0m \u{1b}[2J".utf8), in: 1, hasColors: false) == "red \\u{1b}[2J")
  }

  @Test("finds how many letters tell ids apart")
  func beginnings() {
    #expect(UniqueBeginnings.length(of: []) == 6)
    #expect(UniqueBeginnings.length(of: ["k3v9m2x7aaaaa"]) == 6)
    #expect(UniqueBeginnings.length(of: ["k3v9m2x7aaaaa", "m3v9m2x7aaaaa"]) == 6)
    #expect(UniqueBeginnings.length(of: ["k3v9m2x7aabaa", "zzz", "k3v9m2x7aaaaa"]) == 11)
  }
}
