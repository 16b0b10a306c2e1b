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
      _ = try store.commit([.insertJob(job)], durable: false)
    }
  }

  private func remove(_ numbers: ClosedRange<Int>) throws {
    _ = try store.commit(numbers.map { .removeJob(sequence: Int64($0)) }, durable: false)
  }

  @Test func `A checkpoint empties the log and keeps what it held`() throws {
    try insert(1...50)
    #expect(!readFile(log).isEmpty)
    #expect(try store.checkpoint() == 0)
    #expect(readFile(log).isEmpty)
    #expect(try store.checkpoint() == 0)
    #expect(try store.lastSequence == 50)
    // The file alone has everything, on the disk.
    let copy = TemporaryDirectory()
    writeFile(copy.database, readFile(directory.database))
    #expect(try Store(path: copy.database, now: now).counts() == [.pending: 50])
  }

  @Test func `A checkpoint syncs each file once, and the next durable commit works`() throws {
    try insert(1...5)
    let before = (WatchedFiles.record(log).syncs, WatchedFiles.record(directory.database).syncs)
    _ = try store.checkpoint()
    #expect(WatchedFiles.record(log).syncs == before.0 + 1)
    #expect(WatchedFiles.record(directory.database).syncs == before.1 + 1)
    #expect(try store.commit([.insertJob(makeJob(6))], durable: true).isEmpty)
    #expect(!store.hasUnsyncedCommits)
  }

  @Test func `A checkpoint leaves another program's snapshot alone`() throws {
    try insert(1...5)
    let reader = try Database(path: directory.database)
    try reader.execute("BEGIN; SELECT count(*) FROM jobs")
    try insert(6...10)
    #expect(try store.checkpoint() > 0)
    #expect(try reader.prepare("SELECT count(*) FROM jobs").rows { $0.int64(0) } == [5])
    try reader.execute("COMMIT")
    #expect(try store.checkpoint() == 0)
    #expect(try store.lastSequence == 10)
  }

  @Test func `A checkpoint does not wait for a reader to let it empty the log`() throws {
    try insert(1...5)
    let reader = try Database(path: directory.database)
    try reader.execute("BEGIN; SELECT count(*) FROM jobs")
    let clock = ContinuousClock()
    let start = clock.now
    // With the connection's patience these would take 5 s.
    for _ in 1...50 { #expect(try store.checkpoint() > 0) }
    #expect(clock.now - start < .seconds(4))
    try reader.execute("COMMIT")
    #expect(try store.checkpoint() == 0)
  }

  @Test func `A log grown by a long reader becomes small again without a checkpoint of ours`() throws {
    let reader = try Database(path: directory.database)
    try reader.execute("BEGIN; SELECT count(*) FROM jobs")
    let payload = [UInt8](repeating: 0x20, count: 512 << 10)
    func write(_ numbers: ClosedRange<Int>) throws {
      for number in numbers {
        var job = makeJob(number)
        job.payload = payload
        _ = try store.commit([.insertJob(job)], durable: false)
      }
    }
    try write(1...40)
    #expect(readFile(log).count > 20 << 20)
    try reader.execute("COMMIT")
    try write(41...45)
    #expect(readFile(log).count <= 16 << 20)
  }

  @Test(arguments: [true, false])
  func `A sync that fails in a checkpoint takes the store down`(isExplicit: Bool) throws {
    try insert(1...5)
    WatchedFiles.change(log) { $0.syncFailure = SQLITE_IOERR | (4 << 8) }
    let error = try #require(throws: StoreError.self) {
      if isExplicit { _ = try store.checkpoint() } else { try insert(6...600) }
    }
    #expect(error.code == .io)
    #expect(throws: error) { try store.job(sequence: 1) }
    #expect(try Store(path: directory.database, now: now).job(sequence: 1) != nil)
  }

  @Test func `A checkpoint that finds no room loses nothing and keeps the store up`() throws {
    try insert(1...5)
    WatchedFiles.change(directory.database) { $0.writeFailure = SQLITE_FULL }
    #expect(try store.checkpoint() > 0)
    try insert(6...6)
    WatchedFiles.change(directory.database) { $0.writeFailure = nil }
    #expect(try store.checkpoint() == 0)
    #expect(try store.counts() == [.pending: 6])
  }

  @Test func `Free pages are given back in bounded steps`() throws {
    try insert(1...300)
    _ = try store.checkpoint()
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
    _ = try store.checkpoint()
    #expect(readFile(directory.database).count < size / 4)
    #expect(try store.counts() == [.pending: 20])
    #expect(try store.database.prepare("PRAGMA integrity_check").rows { $0.text(0) } == ["ok"])
  }

  @Test func `Pages are free for new jobs without a vacuum`() throws {
    try insert(1...100)
    _ = try store.checkpoint()
    let size = readFile(directory.database).count
    try remove(1...100)
    try insert(101...200)
    _ = try store.checkpoint()
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
