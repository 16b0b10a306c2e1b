import HoneydewProtobuf
import Testing

@testable import HoneydewRPC

@Suite struct ReflectionTests {
  private typealias Response = Grpc_Reflection_V1_ServerReflectionResponse

  private let pair: Pair

  init() {
    var router = Router()
    router.add(HealthService())
    router.addReflection()
    pair = Pair(router)
  }

  private func ask(
    _ requests: [Grpc_Reflection_V1_ServerReflectionRequest.OneOf_MessageRequest?], version: String = "v1"
  ) throws -> [Grpc_Reflection_V1_ServerReflectionResponse] {
    var answers: [Response] = []
    var end: Status?
    let stream: ClientStream<Grpc_Reflection_V1_ServerReflectionRequest> = pair.client.bidirectional(
      "/grpc.reflection.\(version).ServerReflection/ServerReflectionInfo", onMessage: { answers.append($0) },
      onEnd: { end = $0 })
    for request in requests {
      stream.send(
        .with {
          $0.host = "here"
          $0.messageRequest = request
        })
    }
    stream.finish()
    try pair.run()
    #expect(end == .ok)
    return answers
  }

  private func errorCode(_ response: Grpc_Reflection_V1_ServerReflectionResponse?) -> Int32? {
    guard case .errorResponse(let error) = response?.messageResponse else { return nil }
    return error.errorCode
  }

  @Test(arguments: ["v1", "v1alpha"])
  func `both versions list the services`(version: String) throws {
    let answer = try #require(try ask([.listServices("")], version: version).first)
    guard case .listServicesResponse(let list) = answer.messageResponse else {
      Issue.record("\(answer)")
      return
    }
    #expect(
      list.service.map(\.name) == [
        "grpc.health.v1.Health", "grpc.reflection.v1.ServerReflection", "grpc.reflection.v1alpha.ServerReflection",
      ])
    #expect(answer.validHost == "here" && answer.originalRequest.host == "here")
  }

  @Test(arguments: [
    "grpc.health.v1.Health", "grpc.health.v1.Health.Watch", "grpc.health.v1.HealthCheckResponse",
    "grpc.health.v1.HealthCheckResponse.ServingStatus",
  ])
  func `a symbol leads to its file`(symbol: String) throws {
    let answers = try ask([.fileContainingSymbol(symbol), .fileByFilename("grpc/health/v1/health.proto")])
    #expect(answers.count == 2 && answers.first?.messageResponse == answers.last?.messageResponse)
    guard case .fileDescriptorResponse(let files) = answers.first?.messageResponse else {
      Issue.record("\(answers)")
      return
    }
    #expect(files.fileDescriptorProto.count == 1)
  }

  @Test func `what is not there is an answer, and the stream goes on`() throws {
    let answers = try ask([
      .fileContainingSymbol("grpc.health.v2.Health"), .fileByFilename("nothing.proto"),
      .fileContainingExtension(.with { $0.containingType = "grpc.health.v1.HealthCheckRequest" }), nil,
      .listServices("*"),
    ])
    #expect(answers.map(errorCode) == [5, 5, 5, 3, nil])
  }
}
