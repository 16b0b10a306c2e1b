import HoneydewRPC
import HoneydewSystem

/// What went otherwise than a case expects.
struct CaseFailure: Error, CustomStringConvertible {
  let description: String
}

/// Runs interoperability cases against a server that is not ours.
final class InteropClient {
  let loop: EventLoop
  let connection: ClientConnection
  let service: Grpc_Testing_TestServiceClient
  private var socket: Socket?
  private(set) var isClosed = false

  init(path: String) throws(Errno) {
    loop = try EventLoop()
    connection = ClientConnection(now: loop.now)
    service = Grpc_Testing_TestServiceClient(connection)
    let descriptor = try UnixSocket.connect(path: path)
    try descriptor.setNonblocking(true)
    socket = try Socket(descriptor, connection, on: loop, onClose: { [unowned self] _ in isClosed = true })
  }

  func run(_ name: String) throws {
    guard let test = InteropClient.cases[name] else {
      throw CaseFailure(description: "no case \(name); there are: \(InteropClient.cases.keys.sorted())")
    }
    try test(self)()
  }

  /// Turns the loop until `isDone`.
  func wait(_ what: String, until isDone: () -> Bool) throws {
    let deadline = loop.now + .seconds(20)
    let token = loop.schedule(at: deadline) {}
    defer { loop.cancel(token) }
    while !isDone() {
      guard loop.now < deadline else { throw CaseFailure(description: "waited too long for \(what)") }
      try loop.turn()
    }
  }

  /// Makes a call and waits for what it hands to its completion.
  func result<Value>(_ what: String, _ call: (@escaping (Value) -> Void) -> Void) throws -> Value {
    var value: Value?
    call { value = $0 }
    try wait(what) { value != nil }
    guard let value else { throw CaseFailure(description: "\(what): no result") }
    return value
  }

  func expect(_ condition: Bool, _ what: @autoclosure () -> String) throws {
    guard condition else { throw CaseFailure(description: what()) }
  }
}
