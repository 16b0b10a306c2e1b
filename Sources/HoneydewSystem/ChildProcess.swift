internal import CLinux
import Glibc

/// How a process ended.
public enum ExitStatus: Equatable, Sendable {
  case exited(code: Int32)
  case signalled(signal: Int32, coreDumped: Bool)
}

extension ExitStatus: CustomStringConvertible {
  public var description: String {
    switch self {
    case .exited(let code): "exited with status \(code)"
    case .signalled(let signal, let coreDumped):
      "killed by \(signalName(signal))" + (coreDumped ? " (core dumped)" : "")
    }
  }
}

/// The end of a reaped process.
public struct Termination: Equatable, Sendable {
  public let pid: Int32
  public let status: ExitStatus
  /// What the process itself and its own reaped children used.
  public let usage: ResourceUsage

  init(_ exit: honeydew_exit) {
    pid = exit.pid
    status =
      exit.signalled == 0
      ? .exited(code: exit.status) : .signalled(signal: exit.status, coreDumped: exit.core_dumped != 0)
    usage = ResourceUsage(
      maximumResidentBytes: UInt64(exit.max_resident_kib) * 1024,
      cpuTime: .microseconds(exit.cpu_microseconds))
  }
}

/// A child of this process, the leader of its own process group.
///
/// Nobody else may wait for it (`waitpid(-1)`). A child that is not reaped stays a zombie.
public final class ChildProcess {
  /// What to start, and with what.
  public struct Command: Sendable {
    /// The executable's path; no search.
    public var path: String
    /// The whole argument list, the program's name first.
    public var arguments: [String]
    /// The whole environment, each entry `NAME=value`.
    public var environment: [String]
    /// The caller's descriptor that becomes descriptor 3.
    public var channel: Int32?
    /// The caller's descriptors that become standard output and standard error; without them the child shares ours.
    public var output: Int32?
    public var error: Int32?
    /// The child's working directory; nil is ours.
    public var directory: String?
    /// Whether it leads a session of its own, which no terminal belongs to, and not only a process group.
    public var startsSession = false

    public init(
      path: String, arguments: [String], environment: [String], channel: Int32? = nil, output: Int32? = nil,
      error: Int32? = nil
    ) {
      self.path = path
      self.arguments = arguments
      self.environment = environment
      self.channel = channel
      self.output = output
      self.error = error
    }
  }

  public let pid: Int32
  /// Set by the `reap` that found the end.
  public private(set) var termination: Termination?
  private let descriptor: FileDescriptor
  private var watch: (loop: EventLoop, registration: EventLoop.Registration)?

  /// Starts a child with an empty signal mask, default dispositions and `/dev/null` as standard input; it inherits no
  /// other descriptor than those of the command.
  /// - Throws: `ENOENT` or `EACCES` when the executable cannot be run, `EAGAIN` or `ENOMEM` when there can be no
  ///   further process, `EMFILE`, `EINVAL` for a NUL byte in a string. There is no child then.
  public init(_ command: Command) throws(Errno) {
    let strings = [command.path, command.directory ?? ""] + command.arguments + command.environment
    guard !strings.contains(where: { $0.utf8.contains(0) }) else {
      throw Errno(EINVAL, call: "posix_spawn", detail: "an argument holds a NUL byte")
    }
    var pid: Int32 = 0
    var pidfd: Int32 = -1
    try systemCall("posix_spawn", detail: command.path) {
      withCStrings(command.arguments) { arguments in
        withCStrings(command.environment) { environment in
          withCStrings([command.path, command.directory].compactMap { $0 }) { places in
            var child = honeydew_spawn(
              path: places[0], arguments: arguments, environment: environment, output: command.output ?? -1,
              error: command.error ?? -1, channel: command.channel ?? -1, directory: places[1],
              starts_session: command.startsSession ? 1 : 0)
            return honeydew_spawn(&child, &pid, &pidfd)
          }
        }
      }
    }
    self.pid = pid
    descriptor = FileDescriptor(owning: pidfd)
  }

  deinit { endWatch() }

  /// Reaps the child in the loop when it has ended, and tells it once.
  public func watch(on loop: EventLoop, onEnd: @escaping (Termination) -> Void) throws(Errno) {
    let registration = try loop.add(fileNumber, .read) { [weak self] _ in
      guard let self else { return }
      do throws(Errno) {
        guard let termination = try reap() else { return }
        endWatch()
        onEnd(termination)
      } catch {
        preconditionFailure("somebody else reaped child \(pid): \(error)")
      }
    }
    watch = (loop, registration)
  }

  private func endWatch() {
    guard let (loop, registration) = watch.take() else { return }
    loop.remove(registration)
  }

  /// The pidfd: readable when the child has ended.
  public var fileNumber: Int32 { descriptor.fileNumber }

  /// Sends a signal to the child alone. One that has ended is no error.
  public func signal(_ signal: Int32) {
    _ = honeydew_pidfd_signal(fileNumber, signal)
  }

  /// Sends a signal to the child and all that stayed in its process group. Does nothing after `reap`, when the group's
  /// number may belong to somebody else.
  public func signalGroup(_ signal: Int32) {
    guard termination == nil else { return }
    _ = kill(-pid, signal)
  }

  /// The child's end (its own or by `watch`), or nil while it runs; the same again when called again.
  ///
  /// What is left of its process group is killed first, while the zombie still keeps the group's number.
  public func reap() throws(Errno) -> Termination? {
    if let termination { return termination }
    var exit = honeydew_exit()
    guard try systemCall("waitid", { honeydew_wait_pidfd(fileNumber, 1, &exit) }) == 1 else { return nil }
    _ = kill(-pid, SIGKILL)
    guard try systemCall("waitid", { honeydew_wait_pidfd(fileNumber, 0, &exit) }) == 1 else { return nil }
    termination = Termination(exit)
    return termination
  }
}

func withCStrings<Result>(
  _ strings: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Result
) -> Result {
  var pointers: [UnsafeMutablePointer<CChar>?] = strings.map { strdup($0) }
  defer { pointers.forEach { free($0) } }
  pointers.append(nil)
  return pointers.withUnsafeBufferPointer { buffer in
    guard let address = buffer.baseAddress else { preconditionFailure("the list holds its end at least") }
    return body(address)
  }
}
