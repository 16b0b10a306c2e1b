import HoneydewCore
import HoneydewJSON
import Testing

@Suite("Texts from others") struct SanitizerTests {
  @Test(
    "show what a terminal would act on, and what cannot be seen",
    arguments: [
      ("plain ☺ 日本 é e\u{301} ❤️", "plain ☺ 日本 é e\u{301} ❤️"), ("\u{1b}[31mred", "\\u{1b}[31mred"),
      ("a\nb\r\n\tc", "a\\nb\\r\\n\\tc"), ("\u{9b}2J", "\\u{9b}2J"), ("\u{7}\u{7f}\u{0}", "\\u{7}\\u{7f}\\u{0}"),
      ("\u{202e}txt.exe", "\\u{202e}txt.exe"), ("a\u{200b}b", "a\\u{200b}b"), ("\u{61c}x", "\\u{61c}x"),
      ("x\u{e0041}", "x\\u{e0041}"), ("a\u{ad}b", "a\\u{ad}b"), ("\u{feff}\u{2060}", "\\u{feff}\\u{2060}"),
      ("👩\u{200d}👧", "👩\\u{200d}👧"), ("\u{3164}", "\\u{3164}"),
    ])
  func printable(text: String, shown: String) {
    #expect(Sanitizer.printable(text) == shown)
  }

  @Test("have every character in the table that Unicode calls a control, ignorable, bidirectional or a line's end")
  func table() {
    for value in UInt32(0)..<0x11_0000 {
      guard let scalar = Unicode.Scalar(value) else { continue }
      let isVariation = (0xFE00...0xFE0F).contains(value)
      let properties = scalar.properties
      let isActive =
        switch properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator: true
        default: (properties.isDefaultIgnorableCodePoint && !isVariation) || properties.isBidiControl
        }
      if isActive { #expect(Sanitizer.isActive(scalar), "U+\(String(value, radix: 16))") }
      let isPlain = properties.isAlphabetic || properties.isEmojiPresentation || properties.isMath
      if isPlain, !isActive { #expect(!Sanitizer.isActive(scalar), "U+\(String(value, radix: 16))") }
    }
  }

  @Test("are escaped in JSON without a change of the value")
  func json() throws {
    let json = Array("{\n \"a\":\t\"x\u{9b}y\u{7f}\u{202e}é\u{e0041}\"}".utf8)
    let shown = Sanitizer.printableJSON(json)
    #expect(String(decoding: shown, as: UTF8.self) == "{\n \"a\":\t\"x\\u009by\\u007f\\u202eé\\udb40\\udc41\"}")
    #expect(try JSONValue(parsing: shown) == JSONValue(parsing: json))
  }

  @Test("stand in a refusal bounded and without active characters")
  func refusals() {
    #expect("a\u{1b}[2J\u{202e}\u{e0041}".printable == "a\u{FFFD}[2J\u{FFFD}\u{FFFD}")
    #expect(String(repeating: "a", count: 90).printable == String(repeating: "a", count: 80) + "…")
  }
}
