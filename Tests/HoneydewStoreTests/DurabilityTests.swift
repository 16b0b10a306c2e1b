import CSQLite
import Glibc
import HoneydewCore
import Testing

@testable import HoneydewStore

/// What reaches the disk, and when: counted at the border between SQLite and the operating system.
@Suite struct DurabilityTests {
  let directory = TemporaryDirectory()
  let store: Store
  var log: String { directory.database + "-wal" }

  init() throws {
    WatchedFiles.install
    store = try Store(path: directory.database, now: now)
    try store.adoptLog()
  }

  /// Syncs of both files during `body`.
  private func syncs(_ body: () throws -> Void) rethrows -> Int {
    func count() -> Int { [directory.database, log].reduce(0) { $0 + WatchedFiles.record($1).syncs } }
    let before = count()
    try body()
    return count() - before
  }

  @Test func `A commit syncs nothing, however long the log becomes`() throws {
    var job = makeJob(1)
    job.payload = [UInt8](repeating: 0x20, count: 64 << 10)
    let count = try syncs {
      for number in 1...200 {
        job.sequence = Int64(number)
        job.id = makeJob(number).id
        _ = try store.commit([.insertJob(job)])
      }
    }
    #expect(count == 0)
    #expect(store.logFrames > 3000)
    #expect(readFile(log).count == 32 + store.logFrames * 4120)
    #expect(syncs { store.close() } == 0)
    #expect(readFile(log).count > 200 * 64 << 10, "closing copies nothing back")
  }

  @Test func `A sync is one, and of the log alone`() throws {
    let before = WatchedFiles.record(directory.database).syncs
    for number in 1...5 {
      #expect(try syncs { _ = try store.commit([.insertJob(makeJob(number))], durable: true) } == 1)
    }
    #expect(WatchedFiles.record(directory.database).syncs == before)
  }

  @Test func `A commit tells whether it has written anything`() throws {
    let idle: [[StoreWrite]] = [
      [], [.removeLogin(environmentID: "nowhere")], [.updateJob(makeJob(9), from: .new)],
      [.setConfig(key: "first", value: "1")],
    ]
    for writes in idle {
      _ = try store.commit([.setConfig(key: "first", value: "1"), .insertJob(makeJob(1))])
      #expect(store.hasLogged == (try store.job(sequence: 1) != nil && writes.isEmpty))
      _ = try store.commit(writes)
      #expect(!store.hasLogged)
    }
  }

  @Test func `The log's descriptor is the log's, and ends with the store`() throws {
    let number = try store.logFileNumber()
    _ = try store.commit([.insertJob(makeJob(1))])
    var (status, named) = (stat(), stat())
    #expect(fstat(number, &status) == 0 && stat(log, &named) == 0)
    #expect(status.st_ino == named.st_ino && status.st_size == named.st_size)
    #expect(fcntl(number, F_GETFD) == FD_CLOEXEC)
    store.close()
    #expect(throws: StoreError.self) { try store.logFileNumber() }
  }

  @Test func `What a killed process left in the log is on the disk before the next one goes on`() throws {
    _ = try store.commit([.insertJob(makeJob(1))])
    // A copy of the files is what the next process would find.
    let copy = TemporaryDirectory()
    writeFile(copy.database, readFile(directory.database))
    writeFile(copy.database + "-wal", readFile(log))
    let next = try Store(path: copy.database, now: now)
    let before = WatchedFiles.record(copy.database + "-wal")
    try next.adoptLog()
    let after = WatchedFiles.record(copy.database + "-wal")
    #expect(after.syncs - before.syncs == 2)
    #expect(after.writes > before.writes + 1, "every page is written again")
    #expect(try next.job(sequence: 1) != nil)
  }

  @Test func `A store that was opened without a log has one before its first commit`() throws {
    store.close()
    try DatabaseFile(directory.database).settle()
    let next = try Store(path: directory.database, now: now)
    #expect(readFile(log).isEmpty)
    try next.adoptLog()
    #expect(next.logFrames > 0)
    let before = WatchedFiles.record(log).syncs
    _ = try next.commit([.insertJob(makeJob(1))])
    #expect(WatchedFiles.record(log).syncs == before)
  }

  @Test func `A failed sync takes the store down until it is opened again`() throws {
    _ = try store.commit([.insertJob(makeJob(1))], durable: true)
    WatchedFiles.change(log) { $0.syncFailure = failedSync }
    let error = try #require(throws: StoreError.self) {
      try store.commit([.insertJob(makeJob(2))], durable: true)
    }
    #expect(error.code == .io)
    #expect(error.sqliteCode == failedSync)
    #expect(throws: error) { try store.commit([.insertJob(makeJob(3))]) }
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
      try store.commit((2...9).map { .insertJob(makeJob($0)) })
    }
    #expect(error.code == .full)
    #expect(error.message.hasPrefix(directory.database))
    WatchedFiles.change(log) { $0.writeFailure = nil }
    let next = try Store(path: directory.database, now: now)
    #expect(try next.jobs(limit: 10).map(\.sequence) == [1])
    #expect(try next.commit([.insertJob(makeJob(2))], durable: true).isEmpty)
  }
}
