import Glibc
public import HoneydewCore
public import HoneydewSystem
internal import HoneydewText

/// The program `honeydew-worker`.
public enum WorkerProcess {
  private static let channelNumber: Int32 = 3
  /// A client of the API needs a dozen. The kernel counts descriptors that are on their way through sockets by user: so few
  /// cannot keep the daemon from passing files to other workers.
  private static let openFileLimit: UInt64 = 64

  /// Runs the program.
  ///
  /// - Parameter arguments: without the program's name; see `WorkerOptions`.
  /// - Returns: the exit status: 0 when the daemon wants no more or is gone, 2 when a person started it or the arguments
  ///   are wrong, 70 (EX_SOFTWARE) when daemon and worker do not understand each other, 71 (EX_OSERR) when the system
  ///   refuses.
  public static func run(arguments: [String]) -> Int32 {
    Process.leaveCrashesToTheSystem()
    let options = Result { () throws(UsageError) in try WorkerOptions(arguments) }
    if case .success(let options) = options, options.asksForVersion {
      print("honeydew-worker \(HoneydewVersion.current)")
      return 0
    }
    guard fcntl(channelNumber, F_GETFD) >= 0, (try? UnixSocket.peerCredentials(channelNumber)) != nil else {
      return fail(2, "the daemon starts this program; run honeydewd")
    }
    let given: WorkerOptions
    do throws(UsageError) {
      given = try options.get()
    } catch {
      return fail(2, error.text)
    }
    do throws(Errno) {
      let meter = try UsageMeter()
      let place = given.kind == .exec ? try LocalPlace(mark: given.mark, outputDirectory: given.outputDirectory) : nil
      guard let grant = try place == nil ? giveUp(given) : prepareForCommands() else { return 0 }
      // The daemon's spawn leaves the number open for children of this process; the duplicate is not.
      let channel = try Channel(try FileDescriptor(owning: channelNumber).duplicate())
      let status = serve(WorkerLoop(channel: channel, sandbox: grant, meter: meter, place: place))
      if place?.isTerminated == true { Process.end(by: SIGTERM) }
      return status
    } catch {
      return fail(71, "\(error)")
    }
  }

  /// Gives up, for good, what a worker never needs, and then all that its sandbox does not leave it.
  ///
  /// - Returns: what the kernel has granted; nil when the daemon is gone.
  public static func giveUp(_ options: WorkerOptions) throws(Errno) -> SandboxGrant? {
    guard try isolate(from: try UnixSocket.peerCredentials(channelNumber).pid) else { return nil }
    if let limit = options.memoryLimit { try Process.setResourceLimit(.data, to: limit << 20) }
    if let limit = options.fileLimit { try Process.setResourceLimit(.fileSize, to: limit << 20) }
    return Sandbox.enter(options.sandbox)
  }

  /// Ties this process to the daemon's life: at its end it is asked to end what it has started. What the commands may do is
  /// theirs, so nothing is given up.
  ///
  /// - Returns: nothing is granted; nil when the daemon is gone.
  private static func prepareForCommands() throws(Errno) -> SandboxGrant? {
    let daemon = try UnixSocket.peerCredentials(channelNumber).pid
    guard try Process.setParentDeathSignal(SIGTERM, parent: daemon) else { return nil }
    try Process.becomeSubreaper()
    try Process.setDumpable(false)
    Process.ignoreBrokenPipes()
    Process.ignoreFileSizeExcess()
    return SandboxGrant()
  }

  /// Ties this process to the daemon's life and gives up what a worker never needs.
  ///
  /// - Parameter daemon: the process that made the socket pair, which its two ends name as their peer.
  /// - Returns: false when another process is the parent by now: the daemon is gone.
  private static func isolate(from daemon: Int32) throws(Errno) -> Bool {
    guard try Process.setParentDeathSignal(SIGKILL, parent: daemon) else { return false }
    try Process.setNoNewPrivileges()
    try Process.dropCapabilities()
    try Process.setResourceLimit(.descriptors, to: min(openFileLimit, Process.descriptorLimit))
    try Process.setResourceLimit(.coreSize, to: 0)
    try Process.setDumpable(false)
    Process.ignoreBrokenPipes()
    Process.ignoreFileSizeExcess()
    return true
  }

  private static func serve(_ loop: WorkerLoop) -> Int32 {
    do throws(ChannelError) {
      try loop.run()
      return 0
    } catch {
      switch error {
      case .closed: return 0
      case .unreadable(let what): return fail(70, "the daemon sent \(what)")
      case .notSendable(let reason): return fail(70, "a message cannot be sent: \(reason)")
      }
    }
  }

  private static func fail(_ status: Int32, _ text: String) -> Int32 {
    let line = Array("honeydew-worker: \(Sanitizer.printable(text))\n".utf8)
    _ = write(STDERR_FILENO, line, line.count)
    return status
  }
}
