import HoneydewCore
import Testing

@testable import HoneydewStore

@Suite struct StoredPayloadTests {
  let directory = TemporaryDirectory()
  let store: Store

  init() throws {
    store = try Store(path: directory.database, now: now)
  }

  @Test func `the payloads of a command are found between bounds, and replaced`() throws {
    let jobs = (1...6).map { makeJob($0, command: $0.isMultiple(of: 2) ? "even" : "odd") }
    _ = try store.commit(jobs.map(StoreWrite.insertJob), durable: false)
    #expect(try store.payloads(of: "even", after: 0, upTo: 6, limit: 9).map(\.sequence) == [2, 4, 6])
    #expect(try store.payloads(of: "even", after: 2, upTo: 5, limit: 9).map(\.sequence) == [4])
    #expect(try store.payloads(of: "odd", after: 0, upTo: 6, limit: 2).map(\.id) == [jobs[0].id, jobs[2].id])
    let refused = try store.commit(
      [.setPayload(sequence: 4, payload: [7, 8]), .setPayload(sequence: 99, payload: [9])], durable: false)
    #expect(refused.isEmpty)
    #expect(try store.payloads(of: "even", after: 2, upTo: 4, limit: 9).map(\.payload) == [[7, 8]])
    #expect(try store.job(sequence: 2)?.payload == jobs[1].payload)
    #expect(try store.job(sequence: 4)?.payload == [7, 8])
  }

  @Test func `the payloads of schedules are found and replaced`() throws {
    _ = try store.commit(["a", "b"].map { .insertSchedule(makeSchedule($0)) }, durable: false)
    #expect(try store.schedulePayloads().map(\.id) == ["id-a", "id-b"])
    _ = try store.commit([.setSchedulePayload(id: "id-a", payload: [2])], durable: false)
    #expect(
      try store.schedulePayloads().first
        == StoredPayload(sequence: 0, id: "id-a", command: "github.commits", payload: [2]))
  }
}
