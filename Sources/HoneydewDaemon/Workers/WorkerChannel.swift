internal import HoneydewCore
internal import HoneydewFrames
internal import HoneydewProtobuf
internal import HoneydewSystem

/// The daemon's end of a worker's socketpair: frames in, frames out, never a wait.
final class WorkerChannel {
  enum Input {
    case frame(Honeydew_Worker_FromWorker, bytes: Int)
    /// What came is not the protocol; nothing after it is read.
    case garbage(String)
    case hangUp
  }

  /// A frame that is begun must be whole within this time.
  static let frameLimit = Duration.seconds(5)
  /// What one worker may be behind in reading: a few frames of the largest size.
  private static let outputLimit = 4 * Frame.maximumPayload

  private let loop: EventLoop
  private let stream: StreamChannel
  private let handle: (Input) -> Void
  private var decoder = FrameDecoder()
  private var frameBegan: Duration?
  private var isClosed = false

  init(
    _ socket: consuming FileDescriptor, on loop: EventLoop, handle: @escaping (Input) -> Void
  ) throws(Errno) {
    self.loop = loop
    self.handle = handle
    stream = try StreamChannel(socket, on: loop, outputLimit: Self.outputLimit)
    stream.onInput = { [unowned self] in receive($0) }
    stream.onEnd = { [unowned self] _ in end(.hangUp) }
  }

  /// When a half-sent frame has taken too long (monotonic time).
  var deadline: Duration? { frameBegan.map { $0 + Self.frameLimit } }

  /// Reports a half-sent frame whose time is over.
  func checkDeadline(now: Duration) {
    guard let deadline, deadline <= now else { return }
    end(.garbage("sent half a frame and no more for \(DurationText.format(Self.frameLimit))"))
  }

  /// Puts a frame behind those that `flush` will send.
  func queue(_ message: Slot.Message) {
    guard !isClosed else { return }
    do {
      if !stream.queue(try message.encoded()) { endLater(.garbage("does not read its channel")) }
    } catch {
      endLater(.garbage("could not be sent a frame: \(error)"))
    }
  }

  /// Has the next frame bring an open file along.
  func pass(_ file: consuming HoneydewSystem.FileDescriptor) {
    if !isClosed, !stream.isPassing { stream.pass(file) }
  }

  /// Sends what is queued, in one write where the socket takes it.
  func flush() {
    if !isClosed { stream.flush() }
  }

  /// Hands over what the worker sent before it ended.
  func drain() {
    if !isClosed { stream.readToEnd() }
  }

  func close() {
    isClosed = true
    stream.isReading = false
    frameBegan = nil
  }

  private func receive(_ bytes: UnsafeRawBufferPointer) {
    decoder.append(bytes)
    do {
      while !isClosed, let frame = try decoder.next() {
        handle(.frame(try Honeydew_Worker_FromWorker(serializedBytes: frame), bytes: frame.count))
      }
    } catch {
      return end(.garbage("sent garbage: \(error)"))
    }
    frameBegan = decoder.isMidFrame ? frameBegan ?? loop.now : nil
  }

  /// Reports in the next turn what went wrong in an effect.
  private func endLater(_ input: Input) {
    _ = loop.schedule(at: loop.now) { [weak self] in self?.end(input) }
  }

  private func end(_ input: Input) {
    guard !isClosed else { return }
    close()
    handle(input)
  }
}

extension Slot.Message {
  /// The frame as it goes to the worker.
  fileprivate func encoded() throws(FrameError) -> [UInt8] {
    switch self {
    case .run(_, let frame): frame
    case .cancel(let work): try Frame.encode(Honeydew_Worker_ToWorker.with { $0.cancel = .init(work) })
    case .signal(let work, let number):
      try Frame.encode(
        Honeydew_Worker_ToWorker.with {
          $0.signal = .with { ($0.jobID, $0.attempt, $0.signal) = (work.id, work.attempt, number) }
        })
    case .ack(let work): try Frame.encode(Honeydew_Worker_ToWorker.with { $0.ack = .init(work) })
    case .exit: try Frame.encode(Honeydew_Worker_ToWorker.with { $0.exit = .init() })
    }
  }
}

extension Honeydew_Worker_Cancel {
  fileprivate init(_ work: WorkID) {
    self.init()
    (jobID, attempt) = (work.id, work.attempt)
  }
}

extension Honeydew_Worker_Ack {
  fileprivate init(_ work: WorkID) {
    self.init()
    (jobID, attempt) = (work.id, work.attempt)
  }
}
