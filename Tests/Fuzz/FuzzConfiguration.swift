@testable import HoneydewConfig

/// A configuration. What is accepted says where it comes from, and what is refused says in which line.
func fuzzConfiguration(_ input: [UInt8]) {
  guard let home = try? Home("/var/lib/honeydew") else { fail("a home needs no more than a name") }
  let lines = input.count { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") } + 1
  do throws(ConfigError) {
    let configuration = try Configuration.parse(input, file: "config.yaml", home: home)
    for key in SettingKey.all {
      if case .file(let line) = configuration.origin(of: key) { demand((1...lines + 1).contains(line)) }
    }
    let again = try? Configuration.parse(input, file: "config.yaml", home: home)
    demand(again == configuration, "the same file is read otherwise the second time")
  } catch {
    demand(!error.problems.isEmpty, "a file is refused for no reason")
    for problem in error.problems {
      demand(problem.reason.utf8.count < 4096, "a reason is as long as the input")
    }
  }
}
