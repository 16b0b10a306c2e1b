internal import HoneydewText
internal import HoneydewClient
internal import HoneydewConfig
internal import HoneydewJSON
internal import HoneydewMessages
internal import HoneydewRPC
internal import HoneydewSystem

/// A subcommand that is being carried out: what it was asked, and where its answers go.
struct Invocation {
  let subcommand: Subcommand
  let arguments: ParsedArguments
  let console: Console
  let process: ProcessEnvironment

  /// Whether the answer is for programs.
  var isJSON: Bool { arguments.isSet(.json) }

  func positional(_ index: Int) -> String { arguments.positionals[index] }

  /// Connects to the daemon that the options and the environment name. Where it does not run, it is started for a
  /// subcommand that does that.
  func connect() throws(Failure) -> DaemonSession {
    let address = try address()
    guard subcommand.startsDaemon else { return try connect(to: address) }
    let session: DaemonSession
    do throws(Failure) {
      session = try connect(to: address)
    } catch {
      guard error.findsNoDaemon, let start = try DaemonStart(of: address, for: self, error) else { throw error }
      session = try start.run { () throws(Failure) in try connect(to: address) }
    }
    session.tellOtherVersion()
    return session
  }

  private func connect(to address: DaemonAddress) throws(Failure) -> DaemonSession {
    let users = Set(arguments.integer(.trust).map { [UInt32(clamping: $0)] } ?? [])
    return try DaemonSession(
      address, trusting: users, callTimeout: arguments.duration(.callTimeout), console: console)
  }

  func address() throws(Failure) -> DaemonAddress {
    do {
      return try DaemonAddress.resolve(
        socket: arguments.text(.socket), home: arguments.text(.home), instance: arguments.text(.instance),
        variables: process.variables, userHome: process.homeDirectory, exists: process.fileExists,
        configuredSocket: configuredSocket)
    } catch {
      throw Failure(error)
    }
  }

  /// A configuration that cannot be read or is wrong names none: no daemon starts with it.
  private func configuredSocket(ofHome directory: String) -> String? {
    guard let home = try? Home(directory),
      let configuration = try? Configuration.load(home: home, variables: process.variables)
    else { return nil }
    let socket = configuration.settings.daemon.socketPath
    return socket == home.socket ? nil : socket
  }

  /// What the daemon says of itself; nil when there is none, or it does not answer soon.
  func runningStatus() -> Honeydew_DaemonStatus? { running()?.status }

  /// The same, and whose word it is.
  func running() -> (status: Honeydew_DaemonStatus, uid: UInt32)? {
    guard let session = try? connect(),
      let status: Honeydew_DaemonStatus = try? session.read(
        limit: DaemonSession.glance, { $0.getStatus(Honeydew_GetStatusRequest(), completion: $1) })
    else { return nil }
    return (status, session.server.uid)
  }

  /// The home of the daemon that is named, for what is done without the daemon.
  func home() throws(Failure) -> Home {
    guard let directory = try address().home else {
      throw .usage("the daemon's files are not found by this socket's name; give --home DIR")
    }
    do {
      return try Home(directory)
    } catch {
      throw Failure(.failed, error.description)
    }
  }
}
