import HoneydewCore
import Testing

@Suite("A word for a shell") struct ShellWordTests {
  @Test("is in quotes where it needs them") func quoting() {
    #expect(ShellWord.quoted("a b") == "'a b'")
    #expect(ShellWord.quoted("API's $x") == "'API'\\''s $x'")
    #expect(ShellWord.word("/a-b/c_D.9") == "/a-b/c_D.9")
    #expect(ShellWord.word("a b") == "'a b'" && ShellWord.word("") == "''")
  }
}
