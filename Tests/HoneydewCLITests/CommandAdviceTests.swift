import Testing

@testable import HoneydewCLI

struct CommandAdviceTests {
  private let advice = CommandAdvice(
    [("--home", "/srv/my jobs"), ("--instance", "night")], commands: ["job", "env", "login", "submit"])
  private let named = "honeydew --home '/srv/my jobs' --instance night"

  @Test func `a command that a text advises names the daemon`() {
    #expect(advice.addressed("gone; see: honeydew job list") == "gone; see: \(named) job list")
    #expect(advice.addressed("run: honeydew login --env x") == "run: \(named) login --env x")
    #expect(advice.addressed("`honeydew env list` shows them") == "`\(named) env list` shows them")
    #expect(
      advice.addressed("go on: tail -n +3 f | honeydew submit --from -; see: honeydew job list")
        == "go on: tail -n +3 f | \(named) submit --from -; see: \(named) job list")
  }

  @Test(arguments: [
    "the honeydew job list", "say: honeydew melon", "start it with: honeydewd", "see: honeydew",
    "{\"note\":\"honeydew job\"}", "",
  ])
  func `any other text stays as it is`(text: String) {
    #expect(advice.addressed(text) == text)
  }

  @Test func `where the daemon was not named by options nothing is added`() {
    #expect(CommandAdvice([], commands: ["job"]).addressed("see: honeydew job list") == "see: honeydew job list")
  }
}
