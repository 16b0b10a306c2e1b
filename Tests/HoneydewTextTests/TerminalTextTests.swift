import HoneydewText
import Testing

@Suite("Text on a terminal") struct TerminalTextTests {
  @Test(
    "counts columns",
    arguments: [
      ("", 0), ("abc", 3), ("é", 1), ("e\u{301}", 1), ("o\u{302}\u{323}", 1), ("日本", 4), ("한글", 4), ("ｶﾅ", 2),
      ("ＡＢ", 4),
      ("😀", 2), ("👩‍👩‍👧", 2), ("🇫🇷", 2), ("❤️", 2), ("❤", 1), ("\u{200b}", 0), ("наука", 5), ("…", 1),
    ])
  func columns(text: String, width: Int) {
    #expect(TextWidth.columns(of: text) == width)
  }

  @Test(
    "cuts what is too long, never in the middle of a letter",
    arguments: [
      ("abcdef", 6, "abcdef"), ("abcdef", 5, "abcd…"), ("日本語", 5, "日本…"), ("日本語", 4, "日…"),
      ("e\u{301}e\u{301}e\u{301}", 2, "e\u{301}…"), ("ab", 1, "…"),
    ])
  func truncation(text: String, limit: Int, shown: String) {
    #expect(TextWidth.truncated(text, to: limit) == shown)
  }

  private var table: Table {
    var table = Table([
      Table.Column(title: "NAME"), Table.Column(title: "SIZE", isRightAligned: true),
      Table.Column(title: "NOTE", comfortableWidth: 8),
    ])
    table.add([Table.Cell("日本"), Table.Cell("7"), Table.Cell("the first of a few")])
    table.add([Table.Cell("plain"), Table.Cell("12345"), Table.Cell("")])
    return table
  }

  @Test("lines columns up and leaves no blanks at a line's end")
  func alignment() {
    #expect(
      table.lines(width: nil, palette: Palette(isColored: false)) == [
        "NAME    SIZE  NOTE",
        "日本       7  the first of a few",
        "plain  12345",
      ])
  }

  @Test("shrinks columns to a terminal's width")
  func shrinking() {
    let lines = table.lines(width: 25, palette: Palette(isColored: false))
    #expect(lines[1] == "日本       7  the first …")
    #expect(lines.allSatisfy { TextWidth.columns(of: $0) <= 25 })
  }

  @Test(
    "leaves columns out from the right when cutting is not enough",
    arguments: [
      (40, "ID  LONG      A      B"), (21, "ID  LONG      A"), (18, "ID  LONG"), (12, "ID  LONG"), (11, "ID"),
      (2, "ID"),
    ])
  func leavingOut(width: Int, heading: String) {
    var table = Table([
      Table.Column(title: "ID"), Table.Column(title: "LONG", comfortableWidth: 8),
      Table.Column(title: "A", isExpendable: true), Table.Column(title: "B", isExpendable: true),
    ])
    table.add([Table.Cell("1"), Table.Cell("12345678"), Table.Cell("12345"), Table.Cell("12345")])
    let lines = table.lines(width: width, palette: Palette(isColored: false))
    #expect(lines[0] == heading)
    #expect(lines[1].hasPrefix(width < 12 ? "1" : "1   12345678") && lines[1].count <= width)
  }

  @Test("leaves a column out before it cuts another below its comfortable width")
  func comfort() {
    var table = Table([
      Table.Column(title: "TEXT", comfortableWidth: 20), Table.Column(title: "A", isExpendable: true),
    ])
    table.add([Table.Cell(String(repeating: "x", count: 30)), Table.Cell("12345")])
    let lines = [27, 26, 15].map { table.lines(width: $0, palette: Palette(isColored: false))[1] }
    #expect(
      lines == [
        String(repeating: "x", count: 19) + "…  12345", String(repeating: "x", count: 25) + "…",
        String(repeating: "x", count: 14) + "…",
      ])
  }

  @Test("cuts the first column where it has no room by itself")
  func lastColumn() {
    var table = Table([Table.Column(title: "ID"), Table.Column(title: "STATE")])
    table.add([Table.Cell("123456789"), Table.Cell("ok")])
    #expect(table.lines(width: 6, palette: Palette(isColored: false)) == ["ID", "12345…"])
  }

  @Test(
    "breaks a text at its blanks into the lines of a terminal",
    arguments: [
      ("", [""]), ("a b", ["a b"]), ("one two three", ["one two", "three"]), ("a 日本語 b", ["a 日本語", "b"]),
      ("longer-than-a-line x", ["longer-than-a-line", "x"]), ("a  b", ["a  b"]),
    ])
  func folding(text: String, lines: [String]) {
    #expect(TextWidth.lines(of: text, within: 8) == lines)
  }

  @Test("gives narrow columns their room and shares the rest among the wide ones")
  func sharing() {
    var table = Table(["A", "B", "C"].map { Table.Column(title: $0, comfortableWidth: 8) })
    let row = ["tiny", String(repeating: "b", count: 1_000_000), String(repeating: "c", count: 40)]
    table.add(row.map { Table.Cell($0) })
    let line = table.lines(width: 80, palette: Palette(isColored: false))[1]
    #expect(line.split(separator: " ").map(\.count) == [4, 36, 36])
  }

  @Test("colours text but not the blanks around it")
  func colors() {
    var table = Table([Table.Column(title: "STATE", isRightAligned: true), Table.Column(title: "X")])
    table.add([Table.Cell("ok", .good), Table.Cell("y", .faint)])
    let lines = table.lines(width: nil, palette: Palette(isColored: true))
    #expect(lines == ["\u{1b}[1mSTATE\u{1b}[0m  \u{1b}[1mX\u{1b}[0m", "   \u{1b}[32mok\u{1b}[0m  \u{1b}[2my\u{1b}[0m"])
  }

  @Test("puts values one under the other, and breaks long ones at the terminal's width")
  func facts() {
    let facts = [Fact("id", "7"), Fact("command", "one two three"), Fact("none", "\u{1b}", .bad)]
    #expect(
      Fact.lines(facts, width: 17, palette: Palette(isColored: false)) == [
        "id       7", "command  one two", "         three", "none     \\u{1b}",
      ])
  }
}
