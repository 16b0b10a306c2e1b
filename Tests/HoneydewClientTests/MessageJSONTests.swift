import HoneydewClient
import HoneydewJSON
import HoneydewMessages
import HoneydewProtobuf
import Testing

@Suite("A message as JSON") struct MessageJSONTests {
  private func text(_ message: some Message) -> String {
    String(decoding: MessageJSON.honeydew.value(of: message).serialized, as: UTF8.self)
  }

  @Test("prints zero values, by the names of the .proto file")
  func zeroes() {
    #expect(text(Honeydew_PingResponse()) == #"{"version":""}"#)
    #expect(text(Honeydew_CancelJobResponse()) == #"{"job_id":"","cancelled":0}"#)
    #expect(text(Honeydew_JobCounts()) == #"{"pending":0,"running":0,"completed":0,"failed":0,"cancelled":0}"#)
    #expect(text(Honeydew_ShutdownResponse()) == "{}")
  }

  @Test("leaves out what has presence and is absent")
  func presence() {
    var job = Honeydew_JobStatus()
    #expect(!text(job).contains("timeout_ms") && text(job).contains(#""result_spooled":false"#))
    job.timeoutMs = 0
    #expect(text(job).contains(#""timeout_ms":0,"#))
    #expect(text(Honeydew_GetActiveEnvironmentResponse()) == "{}")
  }

  @Test("writes integers of every size as numbers")
  func numbers() {
    var counts = Honeydew_JobCounts()
    counts.pending = .max
    counts.failed = -1
    #expect(text(counts).hasPrefix(#"{"pending":9223372036854775807,"#) && text(counts).contains(#""failed":-1"#))
    var worker = Honeydew_Worker()
    worker.residentBytes = .max
    #expect(text(worker).contains(#""resident_bytes":18446744073709551615"#))
  }

  @Test("writes a map as an object")
  func maps() {
    var job = Honeydew_JobStatus()
    #expect(text(job).contains(#""labels":{},"#))
    job.labels = ["team": "web", "b": "\"\n", "a": ""]
    #expect(text(job).contains(#""labels":{"a":"","b":"\"\n","team":"web"},"#))
  }

  @Test("nests messages and lists")
  func nesting() {
    var status = Honeydew_DaemonStatus()
    status.degraded = ["a", "\"b\"\n"]
    status.workers = [Honeydew_Worker(), Honeydew_Worker.with { $0.slot = 2 }]
    let json = text(status)
    #expect(json.contains(#""degraded":["a","\"b\"\n"]"#))
    #expect(json.contains(#""slot":0,"#) && json.contains(#""slot":2,"#) && !json.contains(#""jobs":"#))
  }
}
