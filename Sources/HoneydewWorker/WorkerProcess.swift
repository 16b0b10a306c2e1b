import Glibc
internal import HoneydewCore
internal import HoneydewSystem
internal import HoneydewText

/// The program `honeydew-worker`.
public enum WorkerProcess {
  private static let channelNumber: Int32 = 3

  /// Runs the program.
  ///
  /// - Parameter arguments: without the program's name. The daemon gives the mark of its instance, which only serves to
  ///   find its survivors, and `--memory-limit-mb N`.
  /// - Returns: the exit status: 0 when the daemon wants no more or is gone, 2 when a person started it or the arguments
  ///   are wrong, 70 (EX_SOFTWARE) when daemon and worker do not understand each other, 71 (EX_OSERR) when the system
  ///   refuses.
  public static func run(arguments: [String]) -> Int32 {
    Process.leaveCrashesToTheSystem()
    let options = Result { () throws(UsageError) in try parse(arguments) }
    if case .success(let options) = options, options.isSet(.version) {
      print("honeydew-worker \(HoneydewVersion.current)")
      return 0
    }
    guard fcntl(channelNumber, F_GETFD) >= 0, let peer = try? UnixSocket.peerCredentials(channelNumber) else {
      return fail(2, "the daemon starts this program; run honeydewd")
    }
    let limit: Int64?
    do throws(UsageError) {
      limit = try options.get().integer(memoryLimit)
    } catch {
      return fail(2, error.text)
    }
    do throws(Errno) {
      guard try isolate(from: peer.pid) else { return 0 }
      if let limit { try Process.setResourceLimit(.data, to: UInt64(limit) << 20) }
      // The daemon's spawn leaves the number open for children of this process; the duplicate is not.
      let channel = try FileDescriptor(owning: channelNumber).duplicate()
      return serve(try Channel(channel))
    } catch {
      return fail(71, "\(error)")
    }
  }

  /// Ties this process to the daemon's life and gives up what a worker never needs.
  ///
  /// - Parameter daemon: the process that made the socket pair, which its two ends name as their peer.
  /// - Returns: false when another process is the parent by now: the daemon is gone.
  private static func isolate(from daemon: Int32) throws(Errno) -> Bool {
    guard try Process.setParentDeathSignal(SIGKILL, parent: daemon) else { return false }
    try Process.setNoNewPrivileges()
    try Process.setResourceLimit(.coreSize, to: 0)
    try Process.setDumpable(false)
    Process.ignoreBrokenPipes()
    return true
  }

  private static func parse(_ words: [String]) throws(UsageError) -> ParsedArguments {
    let instance = Option(name: ProcessTable.instanceArgument, value: "DIR", kind: .file, help: "The daemon's home")
    var parser = OptionParser(words)
    while let word = try parser.next(among: [instance, memoryLimit, .version], of: "honeydew-worker") {
      if case .argument(let text) = word { throw UsageError("honeydew-worker does not take \(quoted(text))") }
    }
    return parser.parsed
  }

  private static let memoryLimit = Option(
    name: "--memory-limit-mb", value: "N", kind: .integer(1...Int64.max >> 20),
    help: "What this process and each that it starts may hold; files that are mapped to be read do not count")

  private static func serve(_ channel: Channel) -> Int32 {
    do throws(ChannelError) {
      try WorkerLoop(channel: channel).run()
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
