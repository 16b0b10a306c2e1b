internal import HoneydewJSON

/// A subcommand that is being carried out: what it was asked, and where its answers go.
struct Invocation {
  let arguments: ParsedArguments
  let console: Console
  let process: ProcessEnvironment

  /// Whether the answer is for programs.
  var isJSON: Bool { arguments.isSet(.json) }

  func positional(_ index: Int) -> String { arguments.positionals[index] }

  /// Connects to the daemon that the options and the environment name.
  func connect() throws(Failure) -> Daemon {
    let address = try DaemonAddress.resolve(
      socket: arguments.text(.socket), home: arguments.text(.home), instance: arguments.text(.instance),
      variables: process.variables, userHome: process.homeDirectory, exists: process.fileExists)
    return try Daemon(address, console: console)
  }
}
