import HoneydewProtobuf
import HoneydewRPC
import HoneydewSystem

/// The behaviour that gRPC's interoperability tests expect of a server.
final class TestService: Grpc_Testing_TestServiceService {
  /// Called when a client asks for the service's health to change, by the metadata `x-honeydew-health: on|off`.
  var onHealth: ((Bool) -> Void)?
  private let loop: EventLoop

  init(_ loop: EventLoop) {
    self.loop = loop
  }

  func emptyCall(_ request: Grpc_Testing_Empty, _ call: UnaryCall<Grpc_Testing_Empty>) {
    if let health = call.metadata.text("x-honeydew-health") { onHealth?(health == "on") }
    call.responseMetadata = initialEcho(call.metadata)
    call.respond(Grpc_Testing_Empty(), trailers: trailingEcho(call.metadata))
  }

  func unaryCall(_ request: Grpc_Testing_SimpleRequest, _ call: UnaryCall<Grpc_Testing_SimpleResponse>) {
    call.responseMetadata = initialEcho(call.metadata)
    guard !request.hasResponseStatus else {
      return call.fail(status(request.responseStatus, call.metadata), trailers: trailingEcho(call.metadata))
    }
    call.respond(.with { $0.payload = zeros(request.responseSize) }, trailers: trailingEcho(call.metadata))
  }

  func streamingOutputCall(
    _ request: Grpc_Testing_StreamingOutputCallRequest,
    _ call: StreamingCall<Grpc_Testing_StreamingOutputCallResponse>
  ) {
    call.responseMetadata = initialEcho(call.metadata)
    let responses = ResponseQueue(call, loop)
    responses.add(request.responseParameters)
    let end = request.hasResponseStatus ? status(request.responseStatus, call.metadata) : .ok
    responses.finish(end, trailers: trailingEcho(call.metadata))
  }

  func streamingInputCall(
    _ call: UnaryCall<Grpc_Testing_StreamingInputCallResponse>
  ) -> MessageSink<Grpc_Testing_StreamingInputCallRequest> {
    var size: Int32 = 0
    return MessageSink(
      onMessage: { size += Int32($0.payload.body.count) },
      onEnd: { call.respond(.with { $0.aggregatedPayloadSize = size }) })
  }

  func fullDuplexCall(
    _ call: StreamingCall<Grpc_Testing_StreamingOutputCallResponse>
  ) -> MessageSink<Grpc_Testing_StreamingOutputCallRequest> {
    call.responseMetadata = initialEcho(call.metadata)
    call.sendHeaders()
    let responses = ResponseQueue(call, loop)
    let trailers = trailingEcho(call.metadata)
    return MessageSink(
      onMessage: { request in
        responses.add(request.responseParameters)
        if request.hasResponseStatus {
          responses.finish(status(request.responseStatus, call.metadata), trailers: trailers)
        }
      },
      onEnd: { responses.finish(.ok, trailers: trailers) })
  }
}

/// The responses of one stream, each after its pause and as fast as the client reads.
private final class ResponseQueue {
  private let call: StreamingCall<Grpc_Testing_StreamingOutputCallResponse>
  private let loop: EventLoop
  private var waiting: ArraySlice<Grpc_Testing_ResponseParameters> = []
  private var end: (status: Status, trailers: Metadata)?
  private var pause: TimerToken?

  init(_ call: StreamingCall<Grpc_Testing_StreamingOutputCallResponse>, _ loop: EventLoop) {
    self.call = call
    self.loop = loop
    call.onWritable = { self.sendOn() }
    call.onCancel = { self.stop() }
  }

  func add(_ parameters: [Grpc_Testing_ResponseParameters]) {
    waiting += parameters
    sendOn()
  }

  func finish(_ status: Status, trailers: Metadata) {
    end = (status, trailers)
    sendOn()
  }

  private func sendOn() {
    while pause == nil, call.isWritable, let next = waiting.first {
      waiting = waiting.dropFirst()
      if next.intervalUs > 0 {
        pause = loop.schedule(at: loop.now + .microseconds(Int(next.intervalUs))) {
          self.pause = nil
          self.send(next.size)
          self.sendOn()
        }
      } else {
        send(next.size)
      }
    }
    if pause == nil, waiting.isEmpty, let end { call.finish(end.status, trailers: end.trailers) }
  }

  private func send(_ size: Int32) {
    call.send(.with { $0.payload = zeros(size) })
  }

  private func stop() {
    if let pause { loop.cancel(pause) }
    pause = nil
    waiting = []
    end = nil
  }
}

private func zeros(_ size: Int32) -> Grpc_Testing_Payload {
  .with { $0.body = [UInt8](repeating: 0, count: Int(max(0, size))) }
}

/// With the metadata `x-honeydew-reason`, the status has details.
private func status(_ echo: Grpc_Testing_EchoStatus, _ metadata: Metadata) -> Status {
  let code = Status.Code(rawValue: Int(echo.code)) ?? .unknown
  guard let reason = metadata.text("x-honeydew-reason") else { return Status(code, echo.message) }
  return .error(code, echo.message, reason: reason, metadata: ["case": "interop"])
}

private func initialEcho(_ metadata: Metadata) -> Metadata {
  var echo = Metadata()
  if let text = metadata.text("x-grpc-test-echo-initial") { echo.add("x-grpc-test-echo-initial", text) }
  return echo
}

private func trailingEcho(_ metadata: Metadata) -> Metadata {
  var echo = Metadata()
  if let bytes = metadata.bytes("x-grpc-test-echo-trailing-bin") {
    echo.add("x-grpc-test-echo-trailing-bin", bytes: bytes)
  }
  return echo
}
