import Testing

@testable import HoneydewCLI

@Suite("Text on a terminal") struct RenderingTests {
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

  @Test(
    "makes characters that a terminal would obey visible",
    arguments: [
      ("plain ☺ 日本", "plain ☺ 日本"), ("\u{1b}[31mred", "\\u{1b}[31mred"), ("a\nb\r\n\tc", "a\\nb\\r\\n\\tc"),
      ("\u{9b}2J", "\\u{9b}2J"), ("\u{7}\u{7f}\u{0}", "\\u{7}\\u{7f}\\u{0}"), ("\u{202e}txt.exe", "\\u{202e}txt.exe"),
      ("👩‍👩‍👧", "👩‍👩‍👧"),
    ])
  func sanitized(text: String, shown: String) {
    #expect(Sanitizer.printable(text) == shown)
  }

  @Test("escapes the same in JSON without changing its value")
  func sanitizedJSON() {
    let json = Array("{\n \"a\":\t\"x\u{9b}y\u{7f}\u{202e}é\"}".utf8)
    #expect(
      String(decoding: Sanitizer.printableJSON(json), as: UTF8.self) == "{\n \"a\":\t\"x\\u009by\\u007f\\u202eé\"}")
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
}

@Suite("A result") struct ResultTests {
  private func lines(_ command: String, _ json: String) -> [String] {
    switch ResultText.make(command: command, result: Array(json.utf8)) {
    case .table(let table, _): table.lines(width: nil, palette: Palette(isColored: false))
    case .text(let text): text.split(separator: "\n").map(String.init)
    }
  }

  @Test("of commits is a table of them")
  func commits() {
    let json = """
      {"githubCommits": {"commits": [
        {"sha": "0123456789abcdef", "message": "Fix it\\n\\nAt last", "author": "Ada", "authorEmail": "a@b.c",
         "date": "2026-01-02T03:04:05Z", "additions": 12, "deletions": null, "files": [{"patch": "}],[{\\""}]},
        {"sha": "f", "message": "\\u001b]0;gotcha\\u0007", "author": "Bö", "date": "2026-01-01", "additions": 1,
         "deletions": 300, "files": null}
      ], "json": null}}
      """
    #expect(
      lines("github.commits", json) == [
        "COMMIT      DATE                  AUTHOR  ADDED  DELETED  MESSAGE",
        "0123456789  2026-01-02T03:04:05Z  Ada        12           Fix it",
        "f           2026-01-01            Bö          1      300  \\u{1b}]0;gotcha\\u{7}",
      ])
  }

  @Test("of organizations names their providers")
  func organizations() {
    let json = """
      {"listOrganizationsWithProviders":[{"name":"acme","providers":[{"oid":"1","name":"github"},{"oid":"2","name":"jira"}]},
      {"name":"empty","providers":[]}]}
      """
    #expect(
      lines("organizations.list", json) == [
        "ORGANIZATION  PROVIDERS", "acme          github, jira", "empty",
      ])
  }

  @Test("of a clone is a row that says where it is")
  func clone() {
    let json = """
      {"githubCloneRepository": {"success": true, "path": "/clones/web", "repository": "web", "organization": "acme",
       "error": null}}
      """
    #expect(
      lines("github.clone", json) == [
        "ORGANIZATION  REPOSITORY  PATH", "acme          web         /clones/web",
      ])
  }

  @Test("of pull requests is the same table for every host, with what is missing left empty")
  func pullRequests() {
    let github = """
      {"githubPullRequests": [
        {"number": 7, "title": "Fix it", "state": "open", "user": {"login": "ada"}, "createdAt": "2026-01-02"},
        {"number": 12, "title": "Ship\\nit", "state": null, "user": null, "createdAt": null}]}
      """
    #expect(
      lines("github.pullRequests", github) == [
        "NUMBER  STATE  AUTHOR  CREATED     TITLE", "     7  open   ada     2026-01-02  Fix it",
        "    12                             Ship",
      ])
    let detailed = """
      {"gitlabMergeRequestsDetailed": {"mergeRequests": [
        {"iid": 7, "title": "Fix it", "state": "opened", "author": "ada", "createdAt": "2026-01-02"}], "json": null}}
      """
    #expect(
      lines("gitlab.mergeRequestsDetailed", detailed) == [
        "NUMBER  STATE   AUTHOR  CREATED     TITLE", "     7  opened  ada     2026-01-02  Fix it",
      ])
  }

  @Test("of Linear's projects tells the progress in percent")
  func progress() {
    let json = """
      {"linearProjects": [
        {"name": "Web", "state": "started", "progress": 0.455, "targetDate": "2026-01-02", "lead": {"name": "Ada"}},
        {"name": "App", "state": null, "progress": null, "targetDate": null, "lead": null}]}
      """
    #expect(
      lines("linear.projects", json) == [
        "PROJECT  STATE    PROGRESS  TARGET      LEAD", "Web      started      46 %  2026-01-02  Ada", "App",
      ])
  }

  @Test("of a command without a layout is a table of its scalars")
  func generic() {
    let json =
      "{\"asanaWorkspaces\": [{\"id\": 1, \"keyName\": \"A\", \"lead\": {\"x\": 1}}, {\"id\": 20, \"keyName\": null}]}"
    #expect(lines("asana.workspaces", json) == ["ID  KEY NAME", "1   A", "20"])
    #expect(lines("organizations.names", "{\"names\": [\"a\", true]}") == ["NAMES", "a", "yes"])
    #expect(lines("organizations.names", "{\"names\": []}") == ["NAMES"])
  }

  @Test("that is no list is indented JSON")
  func indented() {
    #expect(
      lines("account.me", "{\"me\":{\"id\":\"1\",\"tags\":[],\"x\":[1,{\"a\":\"{,}\\\"\"}]}}") == [
        "{", "  \"me\": {", "    \"id\": \"1\",", "    \"tags\": [],", "    \"x\": [", "      1,", "      {",
        "        \"a\": \"{,}\\\"\"", "      }", "    ]", "  }", "}",
      ])
    #expect(lines("diag.noop", "{ }") == ["{}"])
    #expect(lines("diag.noop", "null") == ["null"])
    #expect(lines("two", "{\"a\":[],\"b\":[]}") == ["{", "  \"a\": [],", "  \"b\": []", "}"])
  }
}
