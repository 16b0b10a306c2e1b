import HoneydewMessages
import HoneydewRPC
import HoneydewSystem

/// One client's connection to the daemon.
final class Client {
  let api: Honeydew_DaemonClient
  private let connection: ClientConnection
  private let channel: StreamChannel
  private let loop: EventLoop

  init(socket path: String, loop: EventLoop) throws {
    self.loop = loop
    let socket = try UnixSocket.connect(path: path)
    try socket.setNonblocking(true)
    channel = try StreamChannel(socket, on: loop, outputLimit: .max)
    connection = ClientConnection(now: loop.now)
    api = Honeydew_DaemonClient(connection)
    channel.onInput = { [unowned self] in receive($0) }
    channel.onEnd = { [unowned self] in connection.abort("the daemon is gone (\($0))") }
    flush()
  }

  /// Sends what calls have queued; calls that begin in the completion of another are sent by themselves.
  func flush() {
    connection.withOutput { bytes in
      _ = channel.queue(bytes)
      return bytes.count
    }
    channel.flush()
  }

  private func receive(_ bytes: UnsafeRawBufferPointer) {
    do {
      try connection.receive(bytes, now: loop.now)
    } catch {
      connection.abort("\(error)")
    }
    flush()
  }
}
