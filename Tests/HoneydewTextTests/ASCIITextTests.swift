import HoneydewText
import Testing

@Suite struct `Text for a terminal that shows nothing but ASCII` {
  @Test(
    arguments: [
      ([:], true), (["LANG": "C.UTF-8"], false), (["LANG": "de_DE.utf8"], false),
      (["LANG": "C.UTF-8", "LC_ALL": "C"], true),
      (["LC_ALL": "", "LC_CTYPE": "en_US.UTF-8", "LANG": "C"], false),
      (["LC_CTYPE": "POSIX", "LANG": "C.UTF-8"], true),
      (["LANG": "de_DE.ISO-8859-1"], true), (["LANG": "de_DE.UTF-8@euro"], false),
    ] as [([String: String], Bool)])
  func `the first variable that is set decides`(variables: [String: String], isNeeded: Bool) {
    #expect(ASCIIText.isNeeded(variables) == isNeeded)
  }

  @Test func `the ellipsis is a tilde, and all else an escape that can be read`() {
    #expect(ASCIIText.text("caf\u{e9} \u{65e5}… ━┄ \n\u{1b}[0m") == "caf\\u{e9} \\u{65e5}~ #- \n\u{1b}[0m")
    #expect(ASCIIText.text("plain") == "plain")
  }

  @Test func `in JSON the escapes mean the same`() {
    #expect(
      String(decoding: ASCIIText.json(Array("{\"é\": \"😀\"}".utf8)), as: UTF8.self)
        == "{\"\\u00e9\": \"\\ud83d\\ude00\"}")
  }
}
