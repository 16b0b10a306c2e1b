internal import Glibc
internal import HoneydewSystem

/// Watches for Ctrl-C in the loop for as long as it lives. Before and after, Ctrl-C ends the process.
final class Interrupts {
  private var source: SignalSource?

  init(on loop: EventLoop, handler: @escaping () -> Void) throws(Errno) {
    source = try SignalSource([SIGINT], on: loop) { _ in handler() }
  }

  deinit {
    source = nil
    // `SignalSource` leaves its signals blocked.
    var signals = sigset_t()
    sigemptyset(&signals)
    sigaddset(&signals, SIGINT)
    sigprocmask(SIG_UNBLOCK, &signals, nil)
  }
}
