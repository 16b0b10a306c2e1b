internal import HoneydewProtobuf

/// `grpc.health.v1.Health`: whether the server, and each service by name, takes calls. The server as a whole has the name
/// "" and serves from the beginning.
public final class HealthService: Grpc_Health_V1_HealthService {
  private typealias Response = Grpc_Health_V1_HealthCheckResponse

  private final class Watch {
    let service: String
    let call: StreamingCall<Grpc_Health_V1_HealthCheckResponse>
    var lastSent: Grpc_Health_V1_HealthCheckResponse.ServingStatus?

    init(_ service: String, _ call: StreamingCall<Grpc_Health_V1_HealthCheckResponse>) {
      self.service = service
      self.call = call
    }
  }

  private var isServing: [String: Bool] = ["": true]
  private var watches: [Int: Watch] = [:]
  private var watchCount = 0
  private var isShutDown = false

  public init() {}

  /// Changes a service's health and tells those who watch it.
  public func set(service: String, serving: Bool) {
    guard !isShutDown else { return }
    isServing[service] = serving
    for watch in watches.values where watch.service == service { tell(watch) }
  }

  /// Nothing serves any more, and every watch ends, so that draining connections can finish.
  public func shutDown() {
    for service in isServing.keys { set(service: service, serving: false) }
    isShutDown = true
    let calls = watches.values.map(\.call)
    watches = [:]
    for call in calls { call.finish(Status(.unavailable, "The server is shutting down")) }
  }

  public func check(
    _ request: Grpc_Health_V1_HealthCheckRequest, _ call: UnaryCall<Grpc_Health_V1_HealthCheckResponse>
  ) {
    guard let isServing = isServing[request.service] else {
      return call.fail(Status(.notFound, "There is no service \(request.service) here"))
    }
    call.respond(.with { $0.status = isServing ? .serving : .notServing })
  }

  public func watch(
    _ request: Grpc_Health_V1_HealthCheckRequest, _ call: StreamingCall<Grpc_Health_V1_HealthCheckResponse>
  ) {
    let watch = Watch(request.service, call)
    tell(watch)
    guard !isShutDown else { return call.finish(Status(.unavailable, "The server is shutting down")) }
    watchCount += 1
    let key = watchCount
    watches[key] = watch
    call.onCancel = { [weak self] in self?.watches[key] = nil }
    call.onWritable = { [weak self] in self?.watches[key].map { self?.tell($0) } }
  }

  /// Sends what has changed; a reader that lags gets the latest when it has caught up.
  private func tell(_ watch: Watch) {
    let status: Grpc_Health_V1_HealthCheckResponse.ServingStatus =
      switch isServing[watch.service] {
      case true?: .serving
      case false?: .notServing
      case nil: .serviceUnknown
      }
    guard status != watch.lastSent, watch.call.isWritable else { return }
    watch.lastSent = status
    watch.call.send(.with { $0.status = status })
  }
}
