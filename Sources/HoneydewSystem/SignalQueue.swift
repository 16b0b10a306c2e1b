internal import CLinux
import Glibc

/// Signals that wait to be read (`signalfd(2)`), where they interrupt nothing.
///
/// They are blocked in the calling thread from then on, and their disposition is the default: a process that was started
/// with SIGCHLD ignored would not see its children end. Make it before any other thread exists.
public struct SignalQueue: ~Copyable {
  /// One signal. Several of a kind that came close together may be one.
  public struct Delivery: Equatable, Sendable {
    public let signal: Int32
    /// Who sent it; 0 when the kernel did.
    public let senderPid: Int32
    public let senderUid: UInt32
  }

  private let descriptor: FileDescriptor

  public init(_ signals: [Int32]) throws(Errno) {
    for signal in signals { _ = Glibc.signal(signal, SIG_DFL) }
    descriptor = FileDescriptor(
      owning: try systemCall("signalfd") { honeydew_signal_open(signals, Int32(signals.count)) })
  }

  /// Readable when there is one.
  public var fileNumber: Int32 { descriptor.fileNumber }

  /// The next signal; nil when there is none.
  public func next() -> Delivery? {
    var signal = honeydew_signal()
    guard honeydew_signal_read(descriptor.fileNumber, &signal) == 1 else { return nil }
    return Delivery(signal: signal.signal, senderPid: signal.sender_pid, senderUid: signal.sender_uid)
  }
}

extension Process {
  /// Ends this process by a signal that it had blocked.
  public static func end(by number: Int32) -> Never {
    _ = signal(number, SIG_DFL)
    var set = sigset_t()
    sigemptyset(&set)
    sigaddset(&set, number)
    sigprocmask(SIG_UNBLOCK, &set, nil)
    _ = kill(getpid(), number)
    // Whoever ignores its default has none that ends it.
    exit(128 + number)
  }
}
