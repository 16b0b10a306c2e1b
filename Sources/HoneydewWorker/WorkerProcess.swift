import Glibc
internal import HoneydewCore
internal import HoneydewSystem

/// The program `honeydew-worker`.
public enum WorkerProcess {
  private static let channelNumber: Int32 = 3

  /// Runs the program.
  ///
  /// - Parameter arguments: the whole argument list. The daemon gives the mark of its instance, which only serves to
  ///   find its survivors, and `--memory-limit-mb N`.
  /// - Returns: the exit status: 0 when the daemon wants no more or is gone, 2 when a person started it, 70
  ///   (EX_SOFTWARE) when daemon and worker do not understand each other, 71 (EX_OSERR) when the system refuses.
  public static func run(arguments: [String]) -> Int32 {
    Process.leaveCrashesToTheSystem()
    if arguments.dropFirst() == ["--version"] {
      print("honeydew-worker \(HoneydewVersion.current)")
      return 0
    }
    guard fcntl(channelNumber, F_GETFD) >= 0, let peer = try? UnixSocket.peerCredentials(channelNumber) else {
      return fail(2, "the daemon starts this program; run honeydewd")
    }
    do throws(Errno) {
      guard try isolate(from: peer.pid) else { return 0 }
      if let limit = memoryLimit(in: arguments) { try Process.setResourceLimit(.data, to: limit) }
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

  /// What this process and each that it starts may hold, in bytes. Files that are mapped to be read do not count.
  private static func memoryLimit(in arguments: [String]) -> UInt64? {
    guard let option = arguments.firstIndex(of: "--memory-limit-mb"), option + 1 < arguments.endIndex else {
      return nil
    }
    return UInt64(arguments[option + 1]).map { $0 << 20 }
  }

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
    let line = Array("honeydew-worker: \(text)\n".utf8)
    _ = write(STDERR_FILENO, line, line.count)
    return status
  }
}
