import HoneydewCore
import Testing

@Suite struct CommandRegistryTests {
  @Test func `a command is found by its whole name only`() {
    #expect(CommandRegistry.find("github.commits")?.provider == "github")
    #expect(CommandRegistry.find("github.commit") == nil)
    #expect(CommandRegistry.find("GitHub.commits") == nil)
    #expect(CommandRegistry.find("") == nil)
  }

  @Test func `the arguments keep the API's names, types and nullability`() throws {
    let command = try #require(CommandRegistry.find("github.commits"))
    #expect(
      command.arguments == [
        Argument("organization", .string, isRequired: true),
        Argument("repository", .string, isRequired: true),
        Argument("startDate", .string),
        Argument("endDate", .string),
        Argument("author", .string),
        Argument("format", .enumeration(["JSON"])),
        Argument("includeDiff", .boolean),
      ])
    #expect(command.target == .api(field: "githubCommits", isMutation: false, isRepeatable: true))
  }

  @Test(arguments: [("auth.login", "login", "password"), ("auth.refresh", "refreshToken", "refreshToken")])
  func `a call that carries secrets is internal, and says which argument is secret`(
    name: String, field: String, secret: String
  ) throws {
    let command = try #require(CommandRegistry.find(name))
    #expect(command.target == .internalCall(field: field))
    #expect(command.arguments.filter(\.isSecret).map(\.name) == [secret])
  }

  @Test(arguments: [
    ("github.commits", true), ("account.createUser", false), ("github.clone", true), ("auth.login", false),
    ("diag.crash", true),
  ])
  func `queries, clones and diagnostics may be repeated, other mutations and internal calls may not`(
    name: String, isRepeatable: Bool
  ) throws {
    #expect(try #require(CommandRegistry.find(name)).isRepeatable == isRepeatable)
  }

  @Test func `names are unique, in order, and begin with their provider`() {
    let names = CommandRegistry.all.map(\.name)
    #expect(Set(names).count == names.count)
    #expect(names == names.sorted())
    #expect(CommandRegistry.all.allSatisfy { $0.name.hasPrefix($0.provider + ".") })
  }

  @Test(arguments: [
    ("github.comits", "github.commits"), ("github.commtis", "github.commits"), ("GitHub.Commits", "github.commits"),
    ("organisations.list", "organizations.list"), ("githubrepositories", "github.repositories"),
  ])
  func `a slip of the pen is recognised`(written: String, meant: String) {
    #expect(CommandRegistry.similar(to: written).first == meant)
  }

  @Test(arguments: ["", "x", "make.coffee", "auth.login", "auth.logn"])
  func `nothing is guessed from a name that is far off, and internal calls are never offered`(written: String) {
    #expect(CommandRegistry.similar(to: written) == [])
  }

  @Test func `a name of a megabyte is looked up as fast as any other`() {
    #expect(CommandRegistry.similar(to: String(repeating: "github.commits ", count: 70_000)) == [])
  }
}
