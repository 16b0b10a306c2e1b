import HoneydewCore
import HoneydewVault
import Testing

@testable import HoneydewDaemon

struct VaultPayloadTests {
  static let payload = #"{"input":{"username":"eve","password":"p\"4ss \u00e9","role":null},"id":"7"}"#

  let directory = TemporaryDirectory()
  let command = CommandRegistry.find("account.updateUser")!

  private func vault() throws -> Vault {
    try Vault.open(.file(directory.file("master.key")), store: directory.openStore())
  }

  @Test func `a sealed payload holds nothing of the secret, and opens in its own row only`() throws {
    let vault = try vault()
    let sealed = try vault.seal(payload: Array(Self.payload.utf8), of: command, row: "jobs/a")
    let text = String(decoding: sealed, as: UTF8.self)
    #expect(text.contains(#""username":"eve""#) && !text.contains("p\\\"4ss"))
    try command.check(payload: sealed)
    let opened = try vault.open(payload: sealed, of: command, row: "jobs/a")
    #expect(haveSameArguments(opened, Array(Self.payload.utf8)))
    #expect(throws: VaultError.self) { try vault.open(payload: sealed, of: command, row: "jobs/b") }
    #expect(throws: VaultError.self) { try vault.open(payload: sealed, of: command, row: "schedules/a") }
    #expect(throws: VaultError.self) {
      try vault.open(payload: Array(Self.payload.utf8), of: command, row: "jobs/a")
    }
  }

  @Test func `a payload without secrets stays as it is, byte for byte`() throws {
    let vault = try vault()
    let repositories = try #require(CommandRegistry.find("github.repositories"))
    let plain = Array(#" {"organization" : "acme"} "#.utf8)
    #expect(try vault.seal(payload: plain, of: repositories, row: "jobs/a") == plain)
    #expect(try vault.open(payload: plain, of: repositories, row: "jobs/a") == plain)
    let absent = Array(#"{"id":"7","input":{"password":null}}"#.utf8)
    #expect(try vault.seal(payload: absent, of: command, row: "jobs/a") == absent)
  }

  @Test func `the same secret is never sealed to the same text`() throws {
    let vault = try vault()
    let sealed = try (1...2).map { _ in try vault.seal(payload: Array(Self.payload.utf8), of: command, row: "jobs/a") }
    #expect(sealed[0] != sealed[1])
  }
}
