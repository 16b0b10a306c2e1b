import CSQLite
import HoneydewCore
import Testing

@testable import HoneydewStore

@Suite struct MaintenanceTests {
  let directory = TemporaryDirectory()
  let store: Store
  var log: String { directory.database + "-wal" }

  init() throws {
    WatchedFiles.install
    store = try Store(path: directory.database, now: now)
  }

  /// Jobs of about 6 KiB each, a page and an overflow page, a few per commit.
  private func insert(_ numbers: ClosedRange<Int>) throws {
    let payload = [UInt8](repeating: 0x20, count: 6000)
    for number in numbers {
      var job = makeJob(number)
      job.payload = payload
      _ = try store.commit([.insertJob(job)])
    }
  }

  private func remove(_ numbers: ClosedRange<Int>) throws {
    _ = try store.commit(numbers.map { .removeJob(sequence: Int64($0), from: .new) })
  }

  @Test func `Free pages are given back in bounded steps`() throws {
    try insert(1...300)
    _ = try store.database.checkpoint(.truncate)
    let size = readFile(directory.database).count
    try remove(1...280)
    let free = try store.vacuum(pages: 1)
    #expect(free > 300)
    #expect(try store.vacuum(pages: 100) == free - 100)
    var left = free
    var steps = 0
    while left > 0 {
      left = try store.vacuum(pages: 100)
      steps += 1
    }
    #expect(steps == (free - 100 + 99) / 100)
    #expect(try store.vacuum(pages: 1) == 0)
    _ = try store.database.checkpoint(.truncate)
    #expect(readFile(directory.database).count < size / 4)
    #expect(try store.counts() == [.pending: 20])
    #expect(try store.database.prepare("PRAGMA integrity_check").rows { $0.text(0) } == ["ok"])
  }

  @Test func `Pages are free for new jobs without a vacuum`() throws {
    try insert(1...100)
    _ = try store.database.checkpoint(.truncate)
    let size = readFile(directory.database).count
    try remove(1...100)
    try insert(101...200)
    _ = try store.database.checkpoint(.truncate)
    #expect(readFile(directory.database).count <= size + 8 * 4096)
  }

  @Test func `A vacuum syncs nothing`() throws {
    try insert(1...50)
    try remove(1...50)
    let before = WatchedFiles.record(log).syncs
    _ = try store.vacuum(pages: 20)
    #expect(WatchedFiles.record(log).syncs == before)
  }
}
