import HoneydewText
import Testing

@testable import HoneydewDaemon

struct ArgumentsTests {
  @Test(
    arguments: [
      ([], .run, nil, nil),
      (["--home", "/h"], .run, "/h", nil),
      (["--home=/h", "--config=/c=d"], .run, "/h", "/c=d"),
      (["--config=--odd", "--check-config"], .checkConfig, nil, "--odd"),
      (["--check-database"], .maintain(.check), nil, nil),
      (["--backup", "b", "--home", "/h"], .maintain(.backup("b")), "/h", nil),
      (["--restore", "b"], .maintain(.restore("b", forgetsTokens: false)), nil, nil),
      (["--forget-tokens", "--restore", "b"], .maintain(.restore("b", forgetsTokens: true)), nil, nil),
      (["--make-next-key", "/k", "0a1b"], .makeNextKey(path: "/k", salt: "0a1b"), nil, nil),
      (["--copy-log", "/d", "7"], .copyLog(path: "/d", fileNumber: 7), nil, nil),
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
    (["--home"], "--home needs a value: --home DIR"),
    (["--home", "--check-config"], "--home needs a value: --home DIR"),
    (["--home="], "--home must not be empty"),
    (["--home=", "/h"], "--home must not be empty"),
    (
      ["--instance", "a.b"],
      "--instance must be 1 to 64 letters (a to z, A to Z), digits, - and _, and must not begin with -, not \"a.b\""
    ),
    (["--config", ""], "--config must not be empty"),
    (["--home", "/a", "--home", "/b"], "--home is given twice; give it once"),
    (["--check-config=yes"], "--check-config takes no value; leave out \"=yes\""),
    (["--version=1"], "--version takes no value; leave out \"=1\""),
    (["--hoem", "/h"], "honeydewd has no option \"--hoem\"; did you mean --home?"),
    (["--daemonise"], "honeydewd has no option \"--daemonise\"; see: honeydewd --help"),
    (["run"], "honeydewd does not take \"run\"; see: honeydewd --help"),
    ([""], "honeydewd does not take \"\"; see: honeydewd --help"),
    (["--", "--version"], "honeydewd does not take \"--version\"; see: honeydewd --help"),
    (["=--version"], "honeydewd does not take \"=--version\"; see: honeydewd --help"),
    (["--copy-log", "/d", "7", "8"], "honeydewd does not take \"8\"; see: honeydewd --help"),
    (["--forget-tokens"], "--forget-tokens goes with --restore FILE; see: honeydewd --help"),
    (["--check-config", "--backup", "b"], "--check-config and --backup exclude each other; give one of them"),
  ])
  func `what is not understood is named, with what to type instead`(text: [String], message: String) {
    #expect(throws: UsageError(message)) { try Arguments(text) }
    #expect(StartupError(UsageError(message)).exitStatus == 2)
  }

  @Test func `the help names every option, in lines of at most 80 columns`() {
    for option in [
      "--home DIR", "--instance NAME", "--config FILE", "--set KEY=VALUE", "--check-config", "-V, --version",
      "-h, --help",
    ] {
      #expect(Arguments.help.contains("  \(option)  "))
    }
    for line in Arguments.help.split(separator: "\n") { #expect(line.count <= 80, "\(line)") }
  }
}
