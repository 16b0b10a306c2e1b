import HoneydewProtobuf
import HoneydewRPC

private typealias Request = Grpc_Reflection_V1_ServerReflectionRequest
private typealias Check = Grpc_Health_V1_HealthCheckRequest

/// How the bytes come: the first byte of the input.
private struct Delivery {
  /// Whether honest calls were begun before.
  let hasCalls: Bool
  let pieceSize: Int

  init(_ byte: UInt8) {
    hasCalls = byte & 1 != 0
    pieceSize = [1, 7, 64, 1 << 20][Int(byte >> 1) % 4]
  }
}

/// Bytes that are none, or not only, those of a client.
func fuzzServer(_ input: [UInt8]) {
  guard let delivery = input.first.map(Delivery.init) else { return }
  let server = ServerConnection(router: router(), now: .zero)
  if delivery.hasCalls {
    let client = ClientConnection(now: .zero)
    beginCalls(of: client)
    demand(accepts(client.output) { bytes throws(ConnectionError) in try server.receive(bytes, now: .zero) })
  }
  for piece in pieces(input.dropFirst(), of: delivery.pieceSize) {
    let isAccepted = accepts(piece) { bytes throws(ConnectionError) in try server.receive(bytes, now: .zero) }
    _ = server.output
    demand(isAccepted || server.isFinished, "the connection goes on after an error")
    demand(server.openCalls <= Int(server.limits.maxConcurrentCalls))
  }
  server.expire(now: .seconds(60))
  server.shutDown()
  server.abort()
  demand(server.isFinished && server.openCalls == 0)
}

/// Bytes that are none, or not only, those of a server.
func fuzzClient(_ input: [UInt8]) {
  guard let delivery = input.first.map(Delivery.init) else { return }
  let client = ClientConnection(now: .zero)
  let ends = beginCalls(of: client)
  if delivery.hasCalls {
    let server = ServerConnection(router: router(), now: .zero)
    demand(accepts(client.output) { bytes throws(ConnectionError) in try server.receive(bytes, now: .zero) })
    demand(accepts(server.output) { bytes throws(ConnectionError) in try client.receive(bytes, now: .zero) })
  }
  for piece in pieces(input.dropFirst(), of: delivery.pieceSize) {
    let isAccepted = accepts(piece) { bytes throws(ConnectionError) in try client.receive(bytes, now: .zero) }
    _ = client.output
    demand(isAccepted || client.isFinished, "the connection goes on after an error")
  }
  client.expire(now: .seconds(60))
  client.abort()
  demand(client.openCalls == 0)
  demand(ends.counts.allSatisfy { $0 == 1 }, "a call ends other than once: \(ends.counts)")
}

/// How often each call has ended.
private final class Ends {
  var counts = [0, 0, 0]
}

@discardableResult private func beginCalls(of client: ClientConnection) -> Ends {
  let ends = Ends()
  let options = CallOptions(timeout: .seconds(30))
  client.unary("/grpc.health.v1.Health/Check", Check(), options: options) {
    (_: Result<Grpc_Health_V1_HealthCheckResponse, Status>) in ends.counts[0] += 1
  }
  client.serverStreaming(
    "/grpc.health.v1.Health/Watch", Check(), onMessage: { (_: Grpc_Health_V1_HealthCheckResponse) in },
    onEnd: { _ in ends.counts[1] += 1 })
  let stream: ClientStream<Request> = client.bidirectional(
    "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo", options: options,
    onMessage: { (_: Grpc_Reflection_V1_ServerReflectionResponse) in }, onEnd: { _ in ends.counts[2] += 1 })
  stream.send(.with { $0.listServices = "" })
  return ends
}

private func router() -> Router {
  var router = Router()
  router.add(HealthService())
  router.addReflection()
  return router
}

private func accepts(
  _ bytes: some Collection<UInt8>, _ receive: (UnsafeRawBufferPointer) throws(ConnectionError) -> Void
) -> Bool {
  let bytes = Array(bytes)
  return bytes.withUnsafeBytes { (bytes) -> Bool in
    do throws(ConnectionError) {
      try receive(bytes)
      return true
    } catch {
      return false
    }
  }
}

extension ServerConnection {
  /// All that there is to write.
  fileprivate var output: [UInt8] {
    var bytes: [UInt8] = []
    withOutput { written in
      bytes += written
      return written.count
    }
    return bytes
  }
}

extension ClientConnection {
  /// All that there is to write.
  fileprivate var output: [UInt8] {
    var bytes: [UInt8] = []
    withOutput { written in
      bytes += written
      return written.count
    }
    return bytes
  }
}
