import HoneydewCore
import HoneydewJSON
import Testing

@Suite("Secrets in a text") struct RedactionTests {
  private static let token = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI0MiJ9.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
  private static let password = "pä\"ss\\wörd/+&=% 7\t😈"

  @Test(
    "are cut out as they are, once or many times",
    arguments: [
      ("wrong hunter2, hunter2hunter2!", "wrong ***, ***!"), ("hunter", "***"), ("hunt3r2", "hunt3r2"), ("", ""),
      ("no secret", "no secret"), ("hunter2", "***"),
    ])
  func plain(text: String, shown: String) {
    #expect(Redaction(["hunter2", "x", ""]).cut(text) == shown)
  }

  @Test(
    "that are words are cut out where they stand as words, and not within others",
    arguments: [
      ("no kiwi, \"kiwi\" or kiwi", "no ***, \"***\" or ***"), ("kiwi=kiwi&X=kiwi9", "***=***&X=***9"),
      ("akiwi kiwis superkiwi", "akiwi kiwis superkiwi"),
    ])
  func words(text: String, shown: String) {
    #expect(Redaction(["kiwi"]).cut(text) == shown)
  }

  @Test(
    "that are what errors are made of stay, since stars in their place would tell them",
    arguments: ["password", "user", "login", "test"])
  func commonWords(secret: String) {
    let text = "the user's login failed: invalid username or password in this test"
    #expect(Redaction([secret, "hunter2"]).cut(text + ", hunter2") == text + ", ***")
  }

  @Test(
    "are cut out in each form that an API echoes them in",
    arguments: [
      #"p\u00e4\"ss\\w\u00F6rd\/+&=% 7\t\ud83d\uDE08"#, #"pä\"ss\\wörd/+&=% 7\t😈"#,
      "p%C3%A4%22ss%5Cw%C3%B6rd%2F%2B%26%3D%25%207%09%F0%9F%98%88",
      "p%c3%a4%22ss%5cw%c3%b6rd%2f%2b%26%3d%25+7%09%f0%9f%98%88",
      "p%C3%A4%22ss%5Cw%C3%B6rd/%2B&=%25%207%09%F0%9F%98%88",
    ])
  func encoded(form: String) {
    #expect(Redaction([Self.password]).cut("before <\(form)> after") == "before <***> after")
    #expect(Redaction([Self.password]).cut(form) == "***")
  }

  @Test(
    "are cut out of base64, wherever in it they begin", arguments: [0, 1, 2, 3, 7],
    [password, token, "hunter2", "kiwi"])
  func base64(before: Int, secret: String) {
    let whole = Array((String(repeating: "u", count: before) + secret + ":").utf8)
    for text in [encode(whole, "+/"), encode(whole, "-_")] {
      let shown = Redaction([secret]).cut("Basic \(text) was refused")
      // What stays are the characters that belong to the neighbours too.
      let rest = shown.split(separator: " ")[1].split(separator: "***").joined()
      #expect(shown.contains("***") && rest.utf8.count <= (before * 8 + 5) / 6 + 4, "\(shown)")
    }
  }

  @Test("are cut out where only a part of them is left, from either side, and at the end of a text down to four bytes")
  func parts() {
    let redaction = Redaction([Self.token])
    for count in 4...Self.token.utf8.count {
      for end in ["", "…", "\"", "\"}", " …"] {
        #expect(redaction.cut("Bearer \(Self.token.prefix(count))\(end)") == "Bearer ***\(end)")
      }
    }
    for count in 12...Self.token.utf8.count {
      #expect(redaction.cut("token …\(Self.token.suffix(count)) expired") == "token …*** expired")
      #expect(redaction.cut("token \(Self.token.prefix(count))… expired") == "token ***… expired")
    }
  }

  @Test("leave the text around them as it is, whatever it is")
  func rest() {
    let text = #"100% of + "\u12" \ %zz %+1 é ☺ \ud83d %"#
    #expect(Redaction([Self.token, Self.password]).cut(text) == text)
    #expect(Redaction([]).cut(text) == text)
    #expect(Redaction(["hunter2"]).cut(text + "hunter2" + text) == text + "***" + text)
  }

  @Test("cost time in proportion to the text alone", .timeLimit(.minutes(1)))
  func cost() {
    let secret = String(repeating: "a", count: 20_000)
    let text = String(repeating: "aaaaaaaaaaab%61\\u0061", count: 4_000)
    #expect(Redaction([secret]).cut(text).utf8.count < text.utf8.count)
  }

  private func encode(_ bytes: [UInt8], _ last: String) -> String {
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789\(last)")
    var text = ""
    for start in stride(from: 0, to: bytes.count, by: 3) {
      let group = bytes[start..<min(start + 3, bytes.count)]
      let bits = group.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - group.count))
      for index in 0...group.count { text.append(alphabet[bits >> (18 - 6 * index) & 63]) }
    }
    return text
  }
}
