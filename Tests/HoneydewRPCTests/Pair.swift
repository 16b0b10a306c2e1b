import HoneydewProtobuf

@testable import HoneydewRPC

/// A client and a server whose sockets are two arrays, and a clock that stands still unless told.
final class Pair {
  let server: ServerConnection
  let client: ClientConnection
  var now: Duration = .seconds(1000)
  /// The largest piece that is handed over at once.
  var chunk = Int.max

  init(
    _ router: Router, serverLimits: ServerLimits = ServerLimits(), clientLimits: ClientLimits = ClientLimits(),
    budget: MemoryBudget = MemoryBudget(limit: 256 << 20)
  ) {
    server = ServerConnection(router: router, limits: serverLimits, budget: budget, now: now)
    client = ClientConnection(limits: clientLimits, now: now)
  }

  /// Carries bytes both ways until there are none.
  func run() throws {
    while client.hasOutput || server.hasOutput {
      try toServer()
      try toClient()
    }
  }

  func toServer() throws {
    let bytes = client.takeOutput()
    for piece in pieces(bytes) { try server.receive(piece, now: now) }
  }

  func toClient() throws {
    let bytes = server.takeOutput()
    for piece in pieces(bytes) { try client.receive(piece, now: now) }
  }

  /// Lets time pass on both sides.
  func advance(_ duration: Duration) {
    now += duration
    client.now = now
    client.expire(now: now)
    server.expire(now: now)
  }

  private func pieces(_ bytes: [UInt8]) -> [ArraySlice<UInt8>] {
    stride(from: 0, to: bytes.count, by: min(chunk, max(bytes.count, 1))).map {
      bytes[$0..<min(bytes.count, $0 + min(chunk, bytes.count))]
    }
  }
}

extension ServerConnection {
  func takeOutput() -> [UInt8] {
    var bytes: [UInt8] = []
    withOutput {
      bytes += $0
      return $0.count
    }
    return bytes
  }

  func receive(_ bytes: some Collection<UInt8>, now: Duration) throws {
    let bytes = Array(bytes)
    try bytes.withUnsafeBytes { try receive($0, now: now) }
  }
}

extension ClientConnection {
  func takeOutput() -> [UInt8] {
    var bytes: [UInt8] = []
    withOutput {
      bytes += $0
      return $0.count
    }
    return bytes
  }

  func receive(_ bytes: some Collection<UInt8>, now: Duration) throws {
    let bytes = Array(bytes)
    try bytes.withUnsafeBytes { try receive($0, now: now) }
  }
}

/// The message of these tests: a text and bytes.
typealias Note = Google_Protobuf_Any

extension Note {
  init(_ text: String, bytes: Int = 0) {
    self.init()
    typeURL = text
    value = [UInt8](repeating: 7, count: bytes)
  }
}
