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

  @Test func `An instance has a home of its own in the home`() throws {
    let home = try makeHome("/h").instance("blue")
    #expect(
      [home.directory, home.configuration, home.socket] == [
        "/h/instances/blue", "/h/instances/blue/config.yaml", "/h/instances/blue/daemon.sock",
      ])
    #expect(home.expand("~/x") == "/home/ada/x")
    // That of the system's daemon has its things together.
    #expect(try makeHome("/var/lib/honeydew").instance("blue").socket == "/var/lib/honeydew/instances/blue/daemon.sock")
  }

  @Test(arguments: [
    ("/home/ada/.honeydew", ""), ("/h", "--home /h "), ("/h/instances/blue", "--home /h/instances/blue "),
    ("/home/ada/.honeydew/instances/blue", "--instance blue "),
    ("/home/ada/.honeydew/instances/b.c", "--home /home/ada/.honeydew/instances/b.c "),
    ("/it's", "--home '/it'\\''s' "),
  ])
  func `Its daemon is named by the shortest options that mean it`(directory: String, options: String) throws {
    #expect(try makeHome(directory).options == options)
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
