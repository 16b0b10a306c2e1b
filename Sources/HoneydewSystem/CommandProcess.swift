internal import CLinux
import Glibc

/// A local command that has been started: the leader of its own session.
public struct CommandProcess: Sendable {
  /// What to start, and with what.
  public struct Start: Sendable {
    /// The paths that are tried one after the other, as execvp(3) does it.
    public var candidates: [String]
    /// The whole argument list, the program's name first.
    public var arguments: [String]
    /// The whole environment, each entry `NAME=value`.
    public var environment: [String]
    /// nil is the caller's.
    public var directory: String?
    /// Added to the caller's niceness.
    public var nice: Int
    /// Bytes of heap, stack and private mappings; nil is no limit.
    public var dataLimit: Int64?
    /// Seconds of processor time of each process; nil is no limit.
    public var processorLimit: Int64?

    public init(
      candidates: [String], arguments: [String], environment: [String], directory: String? = nil, nice: Int = 0,
      dataLimit: Int64? = nil, processorLimit: Int64? = nil
    ) {
      self.candidates = candidates
      self.arguments = arguments
      self.environment = environment
      self.directory = directory
      self.nice = nice
      self.dataLimit = dataLimit
      self.processorLimit = processorLimit
    }
  }

  /// The caller's descriptors that become the standard ones.
  public struct Streams {
    public var input: Int32
    public var output: Int32
    public var error: Int32
    /// The one of them that becomes the controlling terminal.
    public var terminal: Int32?

    public init(input: Int32, output: Int32, error: Int32, terminal: Int32? = nil) {
      self.input = input
      self.output = output
      self.error = error
      self.terminal = terminal
    }
  }

  /// Why there is no process.
  public struct Failure: Error, Equatable, Sendable {
    public enum Stage: Int32, Sendable {
      case process = 1
      case session, streams, directory, nice, limits, program
    }

    public var stage: Stage
    /// As `errno(3)` names it.
    public var number: Int32
    /// The place in `candidates` of the last one that was tried.
    public var candidate: Int

    /// The kernel's sentence for the number.
    public var text: String { String(cString: strerror(number)) }
  }

  public let pid: Int32

  /// Starts the command with an empty signal mask, default dispositions and no descriptor but the standard ones.
  public init(_ start: Start, _ streams: Streams) throws(Failure) {
    var pid: Int32 = 0
    var failure = honeydew_start_failure()
    let result = withCStrings(start.candidates) { candidates in
      withCStrings(start.arguments) { arguments in
        withCStrings(start.environment) { environment in
          start.directory.withOptionalCString { directory in
            candidates.withMemoryRebound(to: UnsafePointer<CChar>?.self, capacity: start.candidates.count + 1) {
              var command = honeydew_command(
                candidates: $0, arguments: arguments, environment: environment, directory: directory,
                input: streams.input, output: streams.output, error: streams.error, terminal: streams.terminal ?? -1,
                nice: Int32(clamping: start.nice), data_bytes: start.dataLimit ?? -1,
                cpu_seconds: start.processorLimit ?? -1)
              return honeydew_start_command(&command, &pid, &failure)
            }
          }
        }
      }
    }
    guard result == 0 else {
      throw Failure(
        stage: Failure.Stage(rawValue: failure.stage) ?? .process, number: failure.number,
        candidate: Int(failure.candidate))
    }
    self.pid = pid
  }
}

extension String? {
  fileprivate func withOptionalCString<Result>(_ body: (UnsafePointer<CChar>?) -> Result) -> Result {
    guard let self else { return body(nil) }
    return self.withCString(body)
  }
}
