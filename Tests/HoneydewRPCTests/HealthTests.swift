import HoneydewProtobuf
import Testing

@testable import HoneydewRPC

@Suite struct HealthTests {
  private typealias ServingStatus = Grpc_Health_V1_HealthCheckResponse.ServingStatus

  private let health = HealthService()
  private let pair: Pair
  private let client: Grpc_Health_V1_HealthClient

  init() {
    var router = Router()
    router.add(health)
    pair = Pair(router)
    client = Grpc_Health_V1_HealthClient(pair.client)
  }

  private func check(_ service: String) throws -> Result<Grpc_Health_V1_HealthCheckResponse, Status>? {
    var answer: Result<Grpc_Health_V1_HealthCheckResponse, Status>?
    client.check(.with { $0.service = service }) { answer = $0 }
    try pair.run()
    return answer
  }

  @Test func `the server serves from the beginning, and a service from when it says so`() throws {
    #expect(try check("")?.get().status == .serving)
    #expect(throws: Status.self) { try check("honeydew.Daemon")?.get() }
    health.set(service: "honeydew.Daemon", serving: false)
    #expect(try check("honeydew.Daemon")?.get().status == .notServing)
    health.set(service: "honeydew.Daemon", serving: true)
    #expect(try check("honeydew.Daemon")?.get().status == .serving)
  }

  @Test func `a service that nobody knows is not found`() throws {
    guard case .failure(let status) = try check("nobody") else {
      Issue.record("the check succeeded")
      return
    }
    #expect(status.code == .notFound)
  }

  @Test func `a watch tells the status at once and each change once`() throws {
    var seen: [ServingStatus] = []
    client.watch(.with { $0.service = "a" }, onMessage: { seen.append($0.status) }, onEnd: { _ in })
    try pair.run()
    #expect(seen == [.serviceUnknown])
    for serving in [true, true, false, false, true] {
      health.set(service: "a", serving: serving)
      health.set(service: "b", serving: serving)
      try pair.run()
    }
    #expect(seen == [.serviceUnknown, .serving, .notServing, .serving])
  }

  @Test func `a watch that was cancelled is forgotten`() throws {
    var ends: [Status.Code] = []
    let call = client.watch(.with { _ in }, onMessage: { _ in }, onEnd: { ends.append($0.code) })
    try pair.run()
    #expect(pair.server.openCalls == 1)
    call.cancel()
    try pair.run()
    #expect(pair.server.openCalls == 0)
    health.set(service: "", serving: false)
    #expect(!pair.server.hasOutput)
    #expect(ends == [.cancelled])
  }

  @Test func `shutting down ends every watch, so that connections can drain`() throws {
    var seen: [ServingStatus] = []
    var ends: [Status.Code] = []
    client.watch(.with { _ in }, onMessage: { seen.append($0.status) }, onEnd: { ends.append($0.code) })
    try pair.run()
    health.shutDown()
    pair.server.shutDown()
    try pair.run()
    #expect(seen == [.serving, .notServing])
    #expect(ends == [.unavailable])
    #expect(pair.server.isFinished)
    health.set(service: "", serving: true)
    #expect(!pair.server.hasOutput)
  }
}
