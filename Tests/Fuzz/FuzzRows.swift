import HoneydewConfig
import HoneydewCore
import HoneydewMessages
import HoneydewProtobuf

@testable import HoneydewDaemon
@testable import HoneydewStore

/// A database whose schema is ours, and whose rows are the input's: of any type in any column, against every CHECK. The
/// daemon starts on it and takes some turns, or says why not.
func fuzzRows(_ input: [UInt8]) {
  rowsTemplate.fill(from: FuzzInput(input))
  do {
    let path = rowsTemplate.place.home.database
    if input.count % 8 == 0 { _ = try DatabaseFile(path).check() }
    let store = try Store(path: path, now: rowsTime)
    defer { store.close() }
    readEverything(in: store)
    let house = try FuzzHouse(store, rowsTemplate.place)
    for _ in 0..<5 {
      house.finishTurn()
      house.wait(atMost: .seconds(100))
    }
  } catch {
    demand("\(error)".utf8.count < 4096, "the error is as long as a row")
  }
}

let rowsTime = Timestamp(milliseconds: 1_774_738_800_000)

/// Every read of the store, whose rows may fail one by one. What is read can be sent.
private func readEverything(in store: Store) {
  let sequences: [Int64] = [1, 2, 3, 1 << 53]
  for sequence in sequences {
    if let job = try? store.job(sequence: sequence) { sendable(Honeydew_JobStatus(job, .whole)) }
    for past in (try? store.attempts(sequence: sequence)) ?? [] { sendable(Honeydew_Attempt(past)) }
    _ = try? store.outline(sequence: sequence)
    _ = try? store.payloadLength(sequence: sequence)
  }
  for id in RowsTemplate.words.prefix(3) {
    _ = try? store.job(id: id)
    _ = try? store.references(ids: [id])
    _ = try? store.hasResult(file: "\(id).1.json")
    _ = try? store.job(idempotencyKey: id, of: 0)
    _ = try? store.login(environmentID: id)
  }
  _ = try? store.jobIDs(withPrefix: "a", limit: 5)
  _ = try? store.jobs(limit: 100)
  _ = try? store.jobReferences(filter: JobFilter(statuses: Set(JobStatus.allCases)), limit: 100)
  _ = try? store.counts()
  _ = try? store.waitingSince(from: 1, at: Timestamp(milliseconds: 0))
  _ = try? store.lastSequence
  _ = try? store.schedules(after: "", limit: 100)
  _ = try? store.logins()
}

private func sendable(_ message: some Message) {
  demand((try? message.serializedBytes() as [UInt8]) != nil, "a row cannot be sent")
}
