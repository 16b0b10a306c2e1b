internal import Glibc
internal import HoneydewCore
public import HoneydewMessages
internal import HoneydewRPC
public import HoneydewSystem

/// A connection to a daemon on an event loop.
///
/// `client` makes calls whose closures run in the loop's turns. A program without a loop of its own waits for answers
/// with `unary`, `replies` and `wait`, which turn it. A connection that is lost stays lost: make another.
public final class DaemonConnection {
  public let address: DaemonAddress
  public let loop: EventLoop
  /// The service's calls. Once the connection is lost, each ends at once with UNAVAILABLE.
  public let client: Honeydew_DaemonClient
  /// Why the connection is gone; nil while it is there.
  public private(set) var loss: String?
  /// Runs once, when the connection is lost and its calls have ended.
  public var onLoss: ((String) -> Void)?

  /// Who serves the socket: what it says is no more to be trusted than that user.
  public let server: PeerCredentials

  private let channel: StreamChannel
  private let connection: ClientConnection
  private var hasReceived = false
  /// Somebody asked the wait to end, and none has ended for it yet.
  private var isInterrupted = false

  /// Connects to a server of this process's user, of root, of the owner of a directory that only root could have made for
  /// the socket, or of another user who is trusted; to no other, since passwords and payloads go to it.
  ///
  /// - Parameter patience: how long to wait for a daemon that takes no connections; nil waits for ever.
  public init(
    _ address: DaemonAddress, on loop: EventLoop, trusting users: Set<UInt32> = [], patience: Duration? = nil
  ) throws(ClientError) {
    self.address = address
    self.loop = loop
    do {
      let socket = try UnixSocket.connect(path: address.socket, patience: patience)
      server = try UnixSocket.peerCredentials(socket.fileNumber)
      let rule = FileTrust(uid: geteuid())
      guard
        try users.contains(server.uid)
          || rule.trusts(server: server.uid, directories: TrustedPath.directories(to: address.socket))
      else { throw ClientError.untrusted(address, server: server.uid) }
      try socket.setNonblocking(true)
      channel = try StreamChannel(socket, on: loop, outputLimit: .max)
    } catch let error as ClientError {
      throw error
    } catch {
      let number = (error as? Errno) ?? Errno(EIO, call: "connect")
      throw ClientError.unreachable(address, number, (try? Files.status(address.socket))?.kind)
    }
    connection = ClientConnection(now: Clock.monotonic())
    client = Honeydew_DaemonClient(connection)
    connection.onOutput = { [unowned self] in send() }
    channel.onInput = { [unowned self] in receive($0) }
    channel.onEnd = { [unowned self] in lose($0) }
  }

  // MARK: Waiting

  /// Turns the loop until something has happened.
  ///
  /// - Parameter deadline: on the monotonic clock; nil waits for ever.
  public func wait(until deadline: Duration?, for isDone: () -> Bool) throws(ClientError) {
    guard !isDone() else { return }
    var isOverdue = false
    let timer = deadline.map { loop.schedule(at: $0) { isOverdue = true } }
    defer { if let timer { loop.cancel(timer) } }
    while !isDone() {
      if isInterrupted { throw .interrupted }
      if isOverdue { throw .overdue }
      do {
        try loop.turn()
      } catch {
        throw .failed("cannot wait for the daemon: \(error)")
      }
    }
  }

  /// Ends the present wait, or else the next one, with `ClientError.interrupted`. For what the loop watches for, such as
  /// Ctrl-C. It does not wear off: a program that was interrupted is about to end.
  public func interrupt() {
    isInterrupted = true
  }

  // MARK: The socket

  private func send() {
    connection.withOutput { bytes in
      _ = channel.queue(bytes)
      return bytes.count
    }
    channel.flush()
  }

  private func receive(_ bytes: UnsafeRawBufferPointer) {
    hasReceived = true
    do {
      try connection.receive(bytes, now: loop.now)
    } catch {
      lose("\(address.socket) is not a daemon's socket, its bytes are no gRPC (\(error))")
    }
    send()
  }

  private func lose(_ end: StreamChannel.End) {
    switch end {
    case .failed(let error): lose("lost the connection to the daemon at \(address.socket) (\(error.text))")
    case .endOfFile where hasReceived: lose("the daemon at \(address.socket) closed the connection")
    case .endOfFile:
      lose("the daemon at \(address.socket) closed the connection at once; \(ClientError.admission)")
    }
  }

  private func lose(_ reason: String) {
    let isNews = loss == nil
    if isNews { loss = reason }
    connection.abort(reason)
    if isNews { onLoss?(reason) }
  }
}
