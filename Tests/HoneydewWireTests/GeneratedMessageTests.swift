import HoneydewWire
import Testing

@Suite struct GeneratedMessageTests {
  @Test("A message is the same after it was encoded and decoded") func roundTrip() throws {
    let status = Honeydew_DaemonStatus.with {
      $0.version = "1.0"
      $0.pid = -1
      $0.uptimeMs = .max
      $0.degraded = ["a", "", "ü"]
      $0.jobs = .with { $0.failed = 3 }
      $0.workers = [.with { $0.slot = 1 }, Honeydew_Worker()]
    }
    #expect(try Honeydew_DaemonStatus(serializedBytes: status.serializedBytes()) == status)
  }

  @Test("A descriptor decodes to the bytes that protoc gave") func descriptor() {
    let bytes = Grpc_Health_V1_HealthProto.descriptor.serialized
    #expect(bytes.starts(with: [0x0A, 27] + "grpc/health/v1/health.proto".utf8))
    #expect(bytes.suffix(6) == ArraySlice("proto3".utf8))
  }
}
