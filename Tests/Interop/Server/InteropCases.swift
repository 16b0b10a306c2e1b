import Glibc
import HoneydewProtobuf
import HoneydewRPC

extension InteropClient {
  static var cases: [String: (InteropClient) -> () throws -> Void] {
    [
      "empty_unary": emptyUnary, "large_unary": largeUnary, "client_streaming": clientStreaming,
      "server_streaming": serverStreaming, "ping_pong": pingPong, "empty_stream": emptyStream,
      "status_code_and_message": statusCodeAndMessage, "special_status_message": specialStatusMessage,
      "unimplemented_method": unimplementedMethod, "unimplemented_service": unimplementedService,
      "cancel_after_begin": cancelAfterBegin, "cancel_after_first_response": cancelAfterFirstResponse,
      "timeout_on_sleeping_server": timeoutOnSleepingServer, "custom_metadata": customMetadata,
      "status_details": statusDetails, "server_stops": serverStops, "too_large": tooLarge,
    ]
  }

  private typealias Output = Grpc_Testing_StreamingOutputCallResponse

  private func emptyUnary() throws {
    let result = try result("EmptyCall") { service.emptyCall(Grpc_Testing_Empty(), completion: $0) }
    try expect(result == .success(Grpc_Testing_Empty()), "\(result)")
  }

  private func largeUnary() throws {
    let request = Grpc_Testing_SimpleRequest.with {
      $0.responseSize = 314_159
      $0.payload = payload(271_828)
    }
    let result = try result("UnaryCall") { service.unaryCall(request, completion: $0) }
    try expect(try result.get().payload.body.count == 314_159, "\(result)")
  }

  private func clientStreaming() throws {
    let result = try result("StreamingInputCall") {
      let stream = service.streamingInputCall(completion: $0)
      for size in [27182, 8, 1828, 45904] { stream.send(.with { $0.payload = payload(size) }) }
      stream.finish()
    }
    try expect(try result.get().aggregatedPayloadSize == 74922, "\(result)")
  }

  private func serverStreaming() throws {
    var sizes: [Int] = []
    let status: Status = try result("StreamingOutputCall") {
      service.streamingOutputCall(
        output([31415, 9, 2653, 58979]), onMessage: { sizes.append($0.payload.body.count) }, onEnd: $0)
    }
    try expect(status == .ok && sizes == [31415, 9, 2653, 58979], "\(status) \(sizes)")
  }

  private func pingPong() throws {
    let steps = [(27182, 31415), (8, 9), (1828, 2653), (45904, 58979)]
    var sizes: [Int] = []
    var stream: ClientStream<Grpc_Testing_StreamingOutputCallRequest>?
    func sendNext() {
      guard sizes.count < steps.count else { return stream?.finish() ?? () }
      var request = output([steps[sizes.count].1])
      request.payload = payload(steps[sizes.count].0)
      stream?.send(request)
    }
    let status: Status = try result("FullDuplexCall") {
      stream = service.fullDuplexCall(
        onMessage: {
          sizes.append($0.payload.body.count)
          sendNext()
        }, onEnd: $0)
      sendNext()
    }
    try expect(status == .ok && sizes == steps.map(\.1), "\(status) \(sizes)")
  }

  private func emptyStream() throws {
    var count = 0
    let status: Status = try result("FullDuplexCall") {
      service.fullDuplexCall(onMessage: { _ in count += 1 }, onEnd: $0).finish()
    }
    try expect(status == .ok && count == 0, "\(status) \(count)")
  }

  private func statusCodeAndMessage() throws {
    try expectStatus(Status(.unknown, "test status message"))
  }

  private func specialStatusMessage() throws {
    try expectStatus(Status(.unknown, "\t\ntest with whitespace\r\nand Unicode BMP ☺ and non-BMP 😈\t\n"))
  }

  private func expectStatus(_ wanted: Status) throws {
    let echo = Grpc_Testing_EchoStatus.with {
      $0.code = Int32(wanted.code.rawValue)
      $0.message = wanted.message
    }
    let unary = try result("UnaryCall") { service.unaryCall(.with { $0.responseStatus = echo }, completion: $0) }
    try expect(unary == .failure(wanted), "\(unary)")
    let status: Status = try result("FullDuplexCall") {
      let stream = service.fullDuplexCall(onMessage: { _ in }, onEnd: $0)
      stream.send(.with { $0.responseStatus = echo })
      stream.finish()
    }
    try expect(status == wanted, "\(status)")
  }

  private func unimplementedMethod() throws {
    try expectUnimplemented("/grpc.testing.TestService/UnimplementedCall")
  }

  private func unimplementedService() throws {
    try expectUnimplemented("/grpc.testing.UnimplementedService/UnimplementedCall")
  }

  private func expectUnimplemented(_ path: String) throws {
    let result: Result<Grpc_Testing_Empty, Status> = try result(path) {
      connection.unary(path, Grpc_Testing_Empty(), completion: $0)
    }
    guard case .failure(let status) = result, status.code == .unimplemented else {
      throw CaseFailure(description: "\(result)")
    }
  }

  private func cancelAfterBegin() throws {
    let result = try result("StreamingInputCall") { service.streamingInputCall(completion: $0).cancel() }
    guard case .failure(let status) = result, status.code == .cancelled else {
      throw CaseFailure(description: "\(result)")
    }
  }

  private func cancelAfterFirstResponse() throws {
    var stream: ClientStream<Grpc_Testing_StreamingOutputCallRequest>?
    let status: Status = try result("FullDuplexCall") {
      stream = service.fullDuplexCall(onMessage: { _ in stream?.cancel() }, onEnd: $0)
      stream?.send(output([31415]))
    }
    try expect(status.code == .cancelled, "\(status)")
    try emptyUnary()
  }

  private func timeoutOnSleepingServer() throws {
    let status: Status = try result("FullDuplexCall") {
      let stream = service.fullDuplexCall(
        options: CallOptions(timeout: .milliseconds(1)), onMessage: { _ in }, onEnd: $0)
      stream.send(.with { $0.payload = payload(27182) })
    }
    try expect(status.code == .deadlineExceeded, "\(status)")
  }

  private func customMetadata() throws {
    var metadata = Metadata()
    metadata.add("x-grpc-test-echo-initial", "test_initial_metadata_value")
    metadata.add("x-grpc-test-echo-trailing-bin", bytes: [0xAB, 0xAB, 0xAB])
    var call: ClientCall?
    let result = try result("UnaryCall") {
      call = service.unaryCall(.with { $0.responseSize = 1 }, options: CallOptions(metadata: metadata), completion: $0)
    }
    _ = try result.get()
    try expect(call?.headers.text("x-grpc-test-echo-initial") == "test_initial_metadata_value", "no initial metadata")
    try expect(call?.trailers.bytes("x-grpc-test-echo-trailing-bin") == [0xAB, 0xAB, 0xAB], "no trailing metadata")
  }

  private func statusDetails() throws {
    var metadata = Metadata()
    metadata.add("x-honeydew-reason", "INTEROP")
    let request = Grpc_Testing_SimpleRequest.with { $0.responseStatus = .with { $0.code = 9 } }
    let result = try result("UnaryCall") {
      service.unaryCall(request, options: CallOptions(metadata: metadata), completion: $0)
    }
    guard case .failure(let status) = result, let info = status.errorInfo else {
      throw CaseFailure(description: "\(result)")
    }
    try expect(info.reason == "INTEROP" && info.metadata == ["case": "interop"], "\(info)")
  }

  /// The server takes a while to answer and stops meanwhile: it answers, and nothing more can be called.
  private func serverStops() throws {
    var sizes: [Int] = []
    let status: Status = try result("StreamingOutputCall") {
      let request = Grpc_Testing_StreamingOutputCallRequest.with {
        $0.responseParameters = [
          .with { $0.size = 1 },
          .with {
            $0.size = 2; $0.intervalUs = 1_500_000
          },
        ]
      }
      service.streamingOutputCall(
        request,
        onMessage: {
          sizes.append($0.payload.body.count)
          print("first response")
          fflush(nil)
        }, onEnd: $0)
    }
    try expect(status == .ok && sizes == [1, 2], "\(status) \(sizes)")
    try wait("the end of the connection") { isClosed }
    let late = try result("EmptyCall") { service.emptyCall(Grpc_Testing_Empty(), completion: $0) }
    guard case .failure(let status) = late, status.code == .unavailable else {
      throw CaseFailure(description: "\(late)")
    }
  }

  private func tooLarge() throws {
    let result = try result("UnaryCall") {
      service.unaryCall(.with { $0.responseSize = 2000 }, options: CallOptions(maxMessageBytes: 1000), completion: $0)
    }
    guard case .failure(let status) = result, status.code == .resourceExhausted else {
      throw CaseFailure(description: "\(result)")
    }
    try largeUnary()
  }

  private func payload(_ size: Int) -> Grpc_Testing_Payload {
    .with { $0.body = [UInt8](repeating: 0, count: size) }
  }

  private func output(_ sizes: [Int]) -> Grpc_Testing_StreamingOutputCallRequest {
    .with { $0.responseParameters = sizes.map { size in .with { $0.size = Int32(size) } } }
  }
}
