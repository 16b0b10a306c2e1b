import Glibc

/// Delivers signals in the loop. See `SignalQueue`.
public final class SignalSource {
  public typealias Delivery = SignalQueue.Delivery

  private let loop: EventLoop
  private let queue: SignalQueue
  private var registration: EventLoop.Registration?

  public init(_ signals: [Int32], on loop: EventLoop, handler: @escaping (Delivery) -> Void) throws(Errno) {
    self.loop = loop
    queue = try SignalQueue(signals)
    registration = try loop.add(queue.fileNumber, .read) { [weak self] _ in
      while let delivery = self?.queue.next() { handler(delivery) }
    }
  }

  deinit {
    if let registration { loop.remove(registration) }
  }
}
