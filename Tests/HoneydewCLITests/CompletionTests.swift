import HoneydewText
import Testing

@testable import HoneydewCLI

@Suite("Completion") struct CompletionTests {
  private let completion = Completion(table: .honeydew)

  /// The words that are offered behind a line, whose last word is being typed; a blank in a word is written as `_`.
  private func words(_ line: String) -> [String]? {
    guard case .words(let candidates) = answer(line) else { return nil }
    return candidates.map(\.word)
  }

  private func answer(_ line: String) -> Completion.Answer {
    completion.answer(
      line.split(separator: " ", omittingEmptySubsequences: false).map { String($0).replacing("_", with: " ") })
  }

  @Test("offers every command and every option of it, with what they mean")
  func everything() {
    for subcommand in CommandTable.honeydew.subcommands {
      for count in subcommand.words.indices {
        let line = (subcommand.words[..<count] + [""]).joined(separator: " ")
        #expect(words(line)?.contains(subcommand.words[count]) == true, "\(line)")
      }
      guard case .words(let options) = completion.answer(subcommand.words + ["-"]) else {
        Issue.record("\(subcommand.words) has no options")
        continue
      }
      #expect(Set(options.map(\.word)) == Set(CommandTable.honeydew.options(of: subcommand).map(\.name)))
      #expect(options.allSatisfy { !$0.meaning.isEmpty })
    }
  }

  @Test(
    "offers what fits the place",
    arguments: [
      ("jo", ["job"]), ("job li", ["list"]), ("job ls --st", ["--status"]), ("--json env us", ["use"]),
      ("completion ", ["bash", "zsh", "fish"]), ("submit github.comm", ["github.commits"]),
      ("job list --status fa", ["failed"]), ("job list --status=fa", ["--status=failed"]),
      ("job list --status failed,ca", ["failed,cancelled"]), ("job list --status=failed,fa", []),
      ("job list --status failed,", ["pending", "running", "completed", "cancelled"].map { "failed," + $0 }),
      ("job list --json --js", []), ("submit x --label a=b --lab", ["--label"]), ("nonsense job sh", ["show"]),
      (
        "-",
        [
          "--json", "--socket", "--home", "--instance", "--no-start", "--trust-uid", "--call-timeout", "--utc",
          "--color",
          "--help", "--version",
        ]
      ),
      ("--color n", ["never"]), ("job list -- --st", []), ("job show x y", []),
      ("schedule add n 0_2_*_*_* github.comm", ["github.commits"]),
      ("schedule add n 0_2_*_*_* github.commits org", ["organization="]),
      ("schedule update n github.commits org", ["organization="]), ("api call github.commits org", ["organization="]),
      ("submit --priority 3 github.commits repo", ["repository="]),
      ("worker list --sort res", ["restarts"]), ("worker list --sort -res", ["-restarts"]),
      ("worker list --columns job,last", ["job,last-exit"]), ("job list --columns job,jo", []),
      ("github repos acme --columns repository,br", ["repository,branch"]),
      ("api call github.repositories --sort -br", ["-branch"]),
    ])
  func places(line: String, expected: [String]) {
    #expect(words(line) == expected)
  }

  @Test("offers arguments of a command that were not given, with their types, and the words of one")
  func arguments() {
    let all = ["organization=", "repository=", "startDate=", "endDate=", "author=", "format=", "includeDiff="]
    #expect(words("submit github.commits ") == all)
    #expect(words("submit github.commits organization=acme ") == Array(all.dropFirst()))
    #expect(words("submit github.commits format=") == ["format=JSON"])
    #expect(words("submit github.commits includeDiff=t") == ["includeDiff=true"])
    #expect(words("submit github.commits organization=") == [])
    #expect(words("submit github.commits {\"a\":1} ") == [])
    #expect(words("submit no.such ") == [])
    guard case .words(let candidates) = answer("submit github.commits orga") else {
      Issue.record("no words")
      return
    }
    #expect(candidates == [Completion.Candidate(word: "organization=", meaning: "String, needed")])
    // Others can see a command line.
    #expect(words("submit account.createUser ") == [])
  }

  @Test("asks the daemon for names, and for a file's name nobody")
  func names() {
    #expect(answer("env use pr") == .names(.environments, before: "", given: []))
    #expect(answer("job list --env=a,b") == .names(.environments, before: "--env=a,", given: ["a"]))
    #expect(answer("job show ") == .names(.jobs, before: "", given: []))
    #expect(answer("job cancel a b ") == .names(.jobs, before: "", given: ["a", "b"]))
    #expect(answer("schedule rm ") == .names(.schedules, before: "", given: []))
    #expect(answer("worker restart ") == .names(.workers, before: "", given: []))
    #expect(answer("--home /x") == .files)
    #expect(answer("--home=/x") == .files)
  }

  @Test("offers no internal call as a command type")
  func commandTypes() throws {
    let types = try #require(words("submit "))
    #expect(types.contains("github.commits") && !types.contains("auth.login"))
  }

  @Test(
    "reads the words of bash as the command would get them",
    arguments: [
      (["submit", "organization", "=", "ac"], ["submit", "organization=ac"]),
      (["--color", "="], ["--color="]), (["x", "a", ":=", "1"], ["x", "a:=1"]),
      (["env", "a", "@", "b"], ["env", "a@b"]),
      (["'0 2 * * *'", "\"a'b\"", "c\\ d", "'open", ""], ["0 2 * * *", "a'b", "c d", "open", ""]),
      (["--home", "~/x", "'~/y'"], ["--home", "/h/x", "~/y"]),
    ])
  func bash(typed: [String], plain: [String]) {
    #expect(BashWords.plain(typed, home: "/h") == plain)
  }
}
