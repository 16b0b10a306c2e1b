internal import Glibc
internal import HoneydewClient
internal import HoneydewConfig
internal import HoneydewCore
internal import HoneydewMessages
internal import HoneydewRPC
internal import HoneydewSystem
internal import HoneydewText

/// The instances of a home: daemons that have homes of their own in it, and share nothing.
struct Instances {
  /// What there is to say of one.
  struct Facts {
    enum State: String {
      case running, stopped
      /// Some process has its home, and does not answer.
      case unreachable
    }

    let name: String
    let home: String
    var state = State.stopped
    /// Of its daemon; nil where there is none, or it does not tell.
    var pid: Int32?
    /// What its daemon says of itself; nil where it does not.
    var status: Honeydew_DaemonStatus?
  }

  /// The home that holds them.
  let home: String
  private let invocation: Invocation

  init(_ invocation: Invocation) throws(Failure) {
    let arguments = invocation.arguments
    guard !arguments.isSet(.socket) else {
      throw .usage("the instances are found by their home, not by a socket; leave out --socket")
    }
    self.invocation = invocation
    do {
      let named = try DaemonAddress.home(
        arguments.text(.home), variables: invocation.process.variables, userHome: invocation.process.homeDirectory)
      home = try Home(named).directory
    } catch let error as ClientError {
      throw Failure(error)
    } catch {
      throw Failure(.failed, "\(error)")
    }
  }

  /// Their names, sorted. A link is none.
  func names() throws(Failure) -> [String] {
    do throws(Errno) {
      guard let directory = try directory() else { return [] }
      var names: [String] = []
      for name in try directory.names() where InstanceName.isLegal(name) {
        if try directory.status(name)?.kind == .directory { names.append(name) }
      }
      return names
    } catch {
      throw Failure(.failed, "cannot list the instances: \(error.sentence)")
    }
  }

  /// The directory that holds them; nil where none was ever made.
  func directory() throws(Errno) -> Directory? {
    let path = InstanceName.directory(in: home)
    guard try Files.status(path) != nil else { return nil }
    return try Directory(path)
  }

  /// Asks an instance how it is. One that hangs has two seconds.
  func facts(of name: String) throws(Failure) -> Facts {
    let home = InstanceName.home(name, in: home)
    var facts = Facts(name: name, home: home)
    var arguments = invocation.arguments
    arguments.set(.home, self.home)
    arguments.set(.instance, name)
    if !arguments.isSet(.callTimeout) { arguments.set(.callTimeout, "2s") }
    let other = Invocation(
      subcommand: invocation.subcommand, arguments: arguments, console: invocation.console, process: invocation.process)
    do throws(Failure) {
      let session = try other.connect()
      facts.state = .unreachable
      facts.pid = session.server.pid
      let status = try session.read { $0.getStatus(Honeydew_GetStatusRequest(), completion: $1) }
      (facts.state, facts.status) = (.running, status)
    } catch {
      if error.status == .interrupted { throw error }
      if !error.findsNoDaemon { facts.state = .unreachable }
      if facts.pid == nil, let holder = holder(of: home) { (facts.state, facts.pid) = (.unreachable, holder) }
    }
    return facts
  }

  /// The process that has the home of an instance; nil where none has.
  func holder(of home: String) -> Int32? {
    if case .success(let pid) = LockFile.holder(of: home + "/daemon.lock") { pid } else { nil }
  }
}
