import CSQLite
import Glibc
import HoneydewCore
import Testing

@testable import HoneydewStore

/// `SQLITE_IOERR_FSYNC`, a macro that Swift does not see.
private let failedSync = SQLITE_IOERR | (4 << 8)

/// What reaches the disk, and when: counted at the border between SQLite and the operating system.
@Suite struct DurabilityTests {
  let directory = TemporaryDirectory()
  let store: Store
  var log: String { directory.database + "-wal" }

  init() throws {
    WatchedFiles.install
    store = try Store(path: directory.database, now: now)
    // The first commit after the log was begun also syncs the log's header.
    _ = try store.commit([.setConfig(key: "first", value: "1")], durable: true)
  }

  /// Syncs of the log during `body`.
  private func syncs(_ body: () throws -> Void) rethrows -> Int {
    let before = WatchedFiles.record(log).syncs
    try body()
    return WatchedFiles.record(log).syncs - before
  }

  @Test func `A durable commit syncs once, whatever its size`() throws {
    let count = try syncs {
      _ = try store.commit((1...100).map { .insertJob(makeJob($0)) }, durable: true)
    }
    #expect(count == 1)
    #expect(!store.hasUnsyncedCommits)
  }

  @Test func `Every durable commit syncs`() throws {
    for number in 1...5 {
      #expect(try syncs { _ = try store.commit([.insertJob(makeJob(number))], durable: true) } == 1)
    }
  }

  @Test func `Other commits never sync`() throws {
    let count = try syncs {
      for number in 1...50 { _ = try store.commit([.insertJob(makeJob(number))], durable: false) }
    }
    #expect(count == 0)
    #expect(store.hasUnsyncedCommits)
  }

  @Test func `A durable commit makes the earlier ones durable too`() throws {
    let count = try syncs {
      _ = try store.commit([.insertJob(makeJob(1))], durable: false)
      _ = try store.commit([.insertJob(makeJob(2))], durable: true)
    }
    #expect(count == 1)
    #expect(!store.hasUnsyncedCommits)
  }

  @Test func `A durable commit that changes nothing still makes the earlier ones durable`() throws {
    let idle: [[StoreWrite]] = [
      [], [.removeLogin(environmentID: "nowhere")], [.updateJob(makeJob(9))], [.setConfig(key: "first", value: "1")],
    ]
    for (index, writes) in idle.enumerated() {
      _ = try store.commit([.setConfig(key: "k", value: "\(index)")], durable: false)
      #expect(try syncs { _ = try store.commit(writes, durable: true) } == 1)
      #expect(!store.hasUnsyncedCommits)
      #expect(try syncs { _ = try store.commit(writes, durable: true) } == 0)
    }
  }

  @Test func `Sync does what is needed and no more`() throws {
    #expect(try syncs { try store.sync() } == 0)
    _ = try store.commit([.insertJob(makeJob(1))], durable: false)
    #expect(try syncs { try store.sync() } == 1)
    #expect(try syncs { try store.sync() } == 0)
    #expect(!store.hasUnsyncedCommits)
  }

  @Test func `A long log is copied back while the store works`() throws {
    var job = makeJob(1)
    job.payload = [UInt8](repeating: 0x20, count: 64 << 10)
    let before = WatchedFiles.record(directory.database).syncs
    for number in 1...200 {
      job.sequence = Int64(number)
      job.id = makeJob(number).id
      _ = try store.commit([.insertJob(job)], durable: false)
    }
    #expect(WatchedFiles.record(directory.database).syncs > before)
    // 200 x 64 KiB were written; the log begins anew at 4 MiB.
    #expect(readFile(log).count < 6 << 20)
  }

  @Test func `What a killed process left in the log is synced before a client can rely on it`() throws {
    _ = try store.commit([.insertJob(makeJob(1))], durable: false)
    // A copy of the files is what the next process would find.
    let copy = TemporaryDirectory()
    writeFile(copy.database, readFile(directory.database))
    writeFile(copy.database + "-wal", readFile(log))
    let next = try Store(path: copy.database, now: now)
    #expect(try next.job(sequence: 1) != nil)
    #expect(next.hasUnsyncedCommits)
    let before = WatchedFiles.record(copy.database + "-wal").syncs
    _ = try next.commit([], durable: true)
    #expect(WatchedFiles.record(copy.database + "-wal").syncs == before + 1)
  }

  @Test func `A failed sync takes the store down until it is opened again`() throws {
    _ = try store.commit([.insertJob(makeJob(1))], durable: true)
    WatchedFiles.change(log) { $0.syncFailure = failedSync }
    let error = try #require(throws: StoreError.self) {
      try store.commit([.insertJob(makeJob(2))], durable: true)
    }
    #expect(error.code == .io)
    #expect(error.sqliteCode == failedSync)
    #expect(throws: error) { try store.commit([.insertJob(makeJob(3))], durable: false) }
    #expect(throws: error) { try store.job(sequence: 1) }
    #expect(throws: error) { try store.sync() }
    let next = try Store(path: directory.database, now: now)
    #expect(try next.job(sequence: 1) != nil)
    #expect(try next.job(sequence: 3) == nil)
  }

  @Test func `A full disk takes nothing that was committed`() throws {
    _ = try store.commit([.insertJob(makeJob(1))], durable: true)
    WatchedFiles.change(log) { $0.writeFailure = SQLITE_FULL }
    let error = try #require(throws: StoreError.self) {
      try store.commit((2...9).map { .insertJob(makeJob($0)) }, durable: true)
    }
    #expect(error.code == .full)
    #expect(error.message.hasPrefix(directory.database))
    WatchedFiles.change(log) { $0.writeFailure = nil }
    let next = try Store(path: directory.database, now: now)
    #expect(try next.jobs(limit: 10).map(\.sequence) == [1])
    #expect(try next.commit([.insertJob(makeJob(2))], durable: true).isEmpty)
  }
}
