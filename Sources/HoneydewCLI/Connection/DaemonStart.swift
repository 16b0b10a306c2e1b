internal import Glibc
internal import HoneydewClient
internal import HoneydewConfig
internal import HoneydewCore
internal import HoneydewMessages
internal import HoneydewRPC
internal import HoneydewSystem
internal import HoneydewText

/// The start of the daemon of a home in which none runs, by a command that needs it. The daemon outlives who has started it. Of
/// several that are started at once the lock of the home lets one go on, and all wait for that one.
struct DaemonStart {
  /// Between two looks whether it answers.
  private static let pauseMilliseconds: Int32 = 10
  /// Between two starts while another daemon has the home: it may be about to leave, or be killed before it answers.
  private static let interval = Duration.seconds(1)

  private let home: String
  private let program: String
  private let environment: [String]
  private let patience: Duration
  private let console: Console

  /// - Parameter absence: that there is no daemon, as it is said where none is started.
  /// - Returns: nil where it is not the command's to start.
  init?(of address: DaemonAddress, for invocation: Invocation, _ absence: Failure) throws(Failure) {
    let arguments = invocation.arguments
    let isForbidden = arguments.isSet(.noStart) || !(invocation.process.variables["HONEYDEW_NO_START"] ?? "").isEmpty
    // What only says what would be done changes nothing here either.
    guard address.isStartable, !isForbidden, !arguments.isSet(.dryRun) else { return nil }
    home = try invocation.home().directory
    guard (invocation.process.variables[ProcessTable.instanceVariable] ?? "").isEmpty else {
      throw absence.saying("\(absence.text); it is not started inside of a job, with which it would end")
    }
    if let owner = try Self.foreigner(home) {
      throw absence.saying("\(absence.text); it is not started by this command, since \(home) is user \(owner)'s")
    }
    program = try DaemonProgram.path()
    environment = Self.environment(invocation.process.variables)
    patience = arguments.duration(.callTimeout) ?? DaemonSession.patience
    console = invocation.console
  }

  private static func foreigner(_ home: String) throws(Failure) -> UInt32? {
    do throws(Errno) {
      let owner = try Files.status(home)?.uid
      var parent = home
      var found: UInt32?
      while found == nil, let slash = parent.lastIndex(of: "/"), parent != "/" {
        parent = slash == parent.startIndex ? "/" : String(parent[..<slash])
        found = try Files.status(parent)?.uid
      }
      return StartRule.foreigner(user: geteuid(), home: owner, parent: found ?? 0)
    } catch {
      throw Failure(.unreachable, "cannot start the daemon: \(error.sentence)")
    }
  }

  /// That of this process, without what is meant for this process alone: the daemon that it has named, and what a service
  /// manager says to its service. The daemon works elsewhere, so that a relative path would mean another file.
  static func environment(_ variables: [String: String]) -> [String] {
    let ours: Set = [
      "HONEYDEW_HOME", "HONEYDEW_INSTANCE", "HONEYDEW_SOCKET", "NOTIFY_SOCKET", "CREDENTIALS_DIRECTORY",
      "JOURNAL_STREAM", "INVOCATION_ID",
    ]
    let kept = variables.filter { name, _ in
      !ours.contains(name) && !name.hasPrefix("LISTEN_") && !name.hasPrefix("WATCHDOG_")
    }
    return kept.sorted { $0.key < $1.key }.map { name, value in
      guard name == "HONEYDEW_CONFIG", !value.isEmpty, !value.hasPrefix("/"), let here = try? Files.realPath(".") else {
        return "\(name)=\(value)"
      }
      return "\(name)=\(here)/\(value)"
    }
  }

  /// Starts it, and waits until it answers.
  func run(_ connect: () throws(Failure) -> DaemonSession) throws(Failure) -> DaemonSession {
    let end = Clock.monotonic() + patience
    var next = Clock.monotonic() + Self.interval
    var attempt: StartAttempt? = try begin()
    while true {
      if let session = try answering(connect) {
        if let attempt, attempt.pid == session.server.pid {
          console.remark("started the daemon of \(home), process \(attempt.pid); stop it with: honeydew shutdown")
        }
        return session
      }
      if let (status, sentences) = attempt?.end() {
        let isTaken = sentences.contains { $0.contains(HomeContents.takenText) }
        guard status == .exited(code: 1), isTaken else { throw Self.failure(status, sentences) }
        attempt = nil
      }
      let now = Clock.monotonic()
      guard now < end else {
        let who = attempt == nil ? "another daemon has \(home)" : "the daemon of \(home) was started"
        throw Failure(
          .unreachable, "\(who), and does not answer after \(HumanText.duration(patience)); see: honeydew logs")
      }
      if attempt == nil, now >= next {
        attempt = try begin()
        next = now + Self.interval
      }
      // poll(2) passes over a negative number.
      var ended = pollfd(fd: attempt?.fileNumber ?? -1, events: Int16(POLLIN), revents: 0)
      poll(&ended, 1, Self.pauseMilliseconds)
    }
  }

  private func begin() throws(Failure) -> StartAttempt {
    do throws(Errno) {
      return try StartAttempt(program, home: home, environment: environment)
    } catch {
      throw Failure(
        .unreachable, "cannot start the daemon: \(program): \(error.text); it belongs beside the command honeydew")
    }
  }

  /// The session with the daemon; nil while there is none that answers.
  private func answering(_ connect: () throws(Failure) -> DaemonSession) throws(Failure) -> DaemonSession? {
    do throws(Failure) {
      let session = try connect()
      _ = try session.read(limit: DaemonSession.glance) { $0.ping(Honeydew_PingRequest(), completion: $1) }
      return session
    } catch {
      guard error.status == .unreachable else { throw error }
      return nil
    }
  }

  private static func failure(_ status: ExitStatus, _ sentences: [String]) -> Failure {
    let advice = sentences.isEmpty ? "; see: honeydew logs" : ":"
    var failure = Failure(.unreachable, "the daemon cannot start, honeydewd \(status)\(advice)")
    failure.more = sentences
    return failure
  }
}

/// A process of honeydewd that was started to stay.
private final class StartAttempt {
  private static let longestText = 64 << 10

  private let child: ChildProcess
  /// What it says until it answers. Later nobody reads it, and it does not wait for that.
  private let errors: FileDescriptor
  private var text: [UInt8] = []

  var pid: Int32 { child.pid }
  /// Readable when it has ended.
  var fileNumber: Int32 { child.fileNumber }

  /// Starts it in a session of its own, in no directory that somebody may want to remove, with no terminal and no file of ours.
  init(_ program: String, home: String, environment: [String]) throws(Errno) {
    let pair = try UnixSocket.pair()
    let nowhere = try Files.open("/dev/null", flags: O_WRONLY)
    var command = ChildProcess.Command(
      path: program, arguments: [program, "--home", home, "--set", "logging.stderr=never"], environment: environment,
      output: nowhere.fileNumber, error: pair.theirs.fileNumber)
    command.directory = "/"
    command.startsSession = true
    child = try ChildProcess(command)
    errors = pair.ours
  }

  /// How it has ended, and what it has said; nil while it runs.
  func end() -> (ExitStatus, [String])? {
    // Looked at first: what is said before the end is there then.
    let termination = try? child.reap()
    read()
    return termination.map { ($0.status, DaemonProgram.sentences(text)) }
  }

  private func read() {
    var chunk = [UInt8](repeating: 0, count: 4096)
    while case .read(let count)? = try? chunk.withUnsafeMutableBytes({ bytes throws(Errno) in
      try errors.read(into: bytes)
    }) {
      if text.count < Self.longestText { text += chunk[..<count] }
    }
  }
}
