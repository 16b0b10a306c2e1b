import Testing

@testable import HoneydewDaemon

struct ArgumentsTests {
  @Test(
    arguments: [
      ([], .run, nil, nil),
      (["--home", "/h"], .run, "/h", nil),
      (["--home=/h", "--config=/c=d"], .run, "/h", "/c=d"),
      (["--config", "--odd", "--check-config"], .checkConfig, nil, "--odd"),
      (["--home", "/a", "--home", "/b"], .run, "/b", nil),
      (["--version"], .version, nil, nil),
      (["--help"], .help, nil, nil),
      (["-h"], .help, nil, nil),
    ] as [([String], Arguments.Action, String?, String?)])
  func `the command line is understood`(
    text: [String], action: Arguments.Action, home: String?, config: String?
  ) throws {
    let arguments = try Arguments(text)
    #expect(arguments.action == action)
    #expect(arguments.home == home)
    #expect(arguments.config == config)
  }

  @Test(arguments: [
    (["--home"], "--home needs a value"),
    (["--home="], "--home needs a value"),
    (["--home=", "/h"], "--home needs a value"),
    (["--config", ""], "--config needs a value"),
    (["--check-config=yes"], "unknown argument --check-config=yes"),
    (["--version=1"], "unknown argument --version=1"),
    (["run"], "unknown argument run"),
    ([""], "unknown argument "),
    (["--"], "unknown argument --"),
    (["--check-config="], "unknown argument --check-config="),
    (["=--version"], "unknown argument =--version"),
    (["="], "unknown argument ="),
  ])
  func `what is not understood is named, with the way to the help`(text: [String], message: String) {
    let error = #expect(throws: StartupError.self) { try Arguments(text) }
    #expect(error?.message == "\(message); see honeydewd --help")
    #expect(error?.exitStatus == 2)
  }

  @Test func `the help names every option`() {
    for option in ["--home DIR", "--config FILE", "--check-config", "--version", "--help"] {
      #expect(Arguments.usage.contains(option))
    }
  }
}
