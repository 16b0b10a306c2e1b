internal import CLinux
import Glibc

/// Delivers signals in the loop (`signalfd(2)`), where they interrupt nothing.
///
/// The signals are blocked in the calling thread from then on, and their disposition is the default: a process that was
/// started with SIGCHLD ignored would not see its children end. Make it before any other thread exists.
public final class SignalSource {
  /// One signal. Several of a kind that came close together may be one.
  public struct Delivery: Equatable, Sendable {
    public let signal: Int32
    /// Who sent it; 0 when the kernel did.
    public let senderPid: Int32
    public let senderUid: UInt32
  }

  private let loop: EventLoop
  private let descriptor: FileDescriptor
  private var registration: EventLoop.Registration?

  public init(_ signals: [Int32], on loop: EventLoop, handler: @escaping (Delivery) -> Void) throws(Errno) {
    self.loop = loop
    for signal in signals { _ = Glibc.signal(signal, SIG_DFL) }
    descriptor = FileDescriptor(
      owning: try systemCall("signalfd") { honeydew_signal_open(signals, Int32(signals.count)) })
    registration = try loop.add(descriptor.fileNumber, .read) { [weak self] _ in
      while let delivery = self?.next() { handler(delivery) }
    }
  }

  deinit {
    if let registration { loop.remove(registration) }
  }

  private func next() -> Delivery? {
    var signal = honeydew_signal()
    guard honeydew_signal_read(descriptor.fileNumber, &signal) == 1 else { return nil }
    return Delivery(signal: signal.signal, senderPid: signal.sender_pid, senderUid: signal.sender_uid)
  }
}
