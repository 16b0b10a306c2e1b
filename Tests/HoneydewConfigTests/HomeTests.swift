import Testing

@testable import HoneydewConfig

struct HomeTests {
  func directory(
    _ named: String? = nil, _ variables: [String: String] = [:], account: String? = "/home/account",
    working: String? = "/somewhere"
  ) throws -> String {
    try Home(named, variable: { variables[$0] }, accountDirectory: { account }, workingDirectory: { working }).directory
  }

  @Test func `The option wins over HONEYDEW_HOME, which wins over the user's directory`() throws {
    let variables = ["HONEYDEW_HOME": "/srv/honeydew", "HOME": "/home/ada"]
    #expect(try directory("/opt/h", variables) == "/opt/h")
    #expect(try directory(nil, variables) == "/srv/honeydew")
    #expect(try directory(nil, ["HOME": "/home/ada"]) == "/home/ada/.honeydew")
    #expect(try directory(nil, ["HOME": "/home/ada", "HONEYDEW_HOME": ""]) == "/home/ada/.honeydew")
  }

  @Test(arguments: [[:], ["HOME": ""], ["HOME": "relative"]])
  func `Without a HOME of use the account's directory counts`(variables: [String: String]) throws {
    #expect(try directory(nil, variables) == "/home/account/.honeydew")
  }

  @Test func `The directory becomes absolute and loses its last slash`() throws {
    #expect(try directory("home") == "/somewhere/home")
    #expect(try directory("/opt/h//") == "/opt/h")
  }

  @Test func `Where there is no directory the error says what to do`() {
    let error = #expect(throws: ConfigError.self) { try directory(account: nil) }
    #expect(error?.description == "This user has no home directory: set HONEYDEW_HOME to the daemon's directory.")
    #expect(throws: ConfigError.self) { try directory("") }
    #expect(throws: ConfigError.self) { try directory("home", working: nil) }
  }

  @Test func `Its files have the documented names`() throws {
    let home = try makeHome("/h")
    #expect(
      [home.configuration, home.socket, home.pidFile, home.lock, home.database, home.log, home.masterKey, home.results]
        == [
          "/h/config.yaml", "/h/daemon.sock", "/h/daemon.pid", "/h/daemon.lock", "/h/daemon.db", "/h/daemon.log",
          "/h/master.key", "/h/results",
        ])
  }

  @Test func `A tilde is the user's directory, not the daemon's`() throws {
    let home = try makeHome("/h")
    #expect(home.expand("~/x") == "/home/ada/x")
    #expect(home.expand("/x") == "/x")
    #expect(home.expand("x") == nil)
    #expect(home.expand("~other/x") == nil)
    #expect(home.expand("") == nil)
  }
}
