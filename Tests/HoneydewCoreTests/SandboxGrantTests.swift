import HoneydewCore
import Testing

@Suite struct SandboxGrantTests {
  @Test(
    "What the kernel granted is said in words",
    arguments: [
      (SandboxGrant(), "none"),
      (SandboxGrant(filtersCalls: true), "system calls (seccomp)"),
      (SandboxGrant(landlock: 2, filtersCalls: true), "files, system calls (Landlock 2, seccomp)"),
      (SandboxGrant(landlock: 4), "files, listening (Landlock 4)"),
      (SandboxGrant(landlock: 7, filtersCalls: true), "files, listening, signals, system calls (Landlock 7, seccomp)"),
    ])
  func words(grant: SandboxGrant, words: String) {
    #expect(grant.description == words)
  }

  @Test func `only where it is required is a lack an objection, which says what to do`() throws {
    let lacking = SandboxGrant(
      filtersCalls: true, problem: "Landlock: landlock_create_ruleset: Operation not permitted")
    for mode in [SandboxMode.best, .off] { #expect(lacking.objection(under: mode) == nil) }
    let objection = try #require(lacking.objection(under: .required))
    #expect(objection.contains("no sandbox of Landlock (Landlock: landlock_create_ruleset: Operation not permitted)"))
    #expect(objection.contains("set worker.sandbox to best"))
    #expect(SandboxGrant(landlock: 1).objection(under: .required)?.contains("of seccomp,") == true)
    #expect(SandboxGrant().objection(under: .required)?.contains("of Landlock and seccomp,") == true)
    #expect(SandboxGrant(landlock: 1, filtersCalls: true).objection(under: .required) == nil)
  }
}
