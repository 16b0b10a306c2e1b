import HoneydewCore
import Testing

@testable import HoneydewStore

/// Power is lost after each single thing that the disk was asked to do, and takes any part of what was not synced. What
/// was acknowledged is there afterwards, whole, with no trace of half a commit.
@Suite struct PowerLossTests {
  let directory = TemporaryDirectory()
  var path: String { directory.database }
  var log: String { path + "-wal" }

  /// Ways to restart the log.
  enum Restart: CaseIterable {
    case restart, truncate
    /// By the store's own commit, when the helper has died.
    case ownCommit
    /// After a failed sync.
    case recovery
  }

  @Test(.timeLimit(.minutes(3)), arguments: Restart.allCases)
  func `Nothing that was acknowledged is lost while the log is restarted`(way: Restart) throws {
    WatchedFiles.install
    let store = try Store(path: path, now: now)
    try store.adoptLog()
    let files = [path: readFile(path), log: readFile(log)]
    WatchedFiles.keepOrders(of: path)
    var writer = Writer(path: path)
    for isSynced in [true, false, true, true] { try writer.commit(to: store, isSynced) }
    try restart(way, store, &writer)
    let orders = WatchedFiles.orders(of: path)
    #expect(orders.count > 20)
    var images = 0
    for point in 1...orders.count {
      for (trial, loss) in (UnreliableDisk.Loss.allCases + [.pieces, .pieces, .pieces, .sectors]).enumerated() {
        var disk = UnreliableDisk(files: files, seed: UInt64(point * 100 + trial))
        for (path, order) in orders[..<point] { disk.carryOut(path, order) }
        disk.losePower(loss)
        let found = try look(at: disk.files)
        try #require(found >= disk.mark, "after \(point) of \(orders.count) orders, \(loss)")
        images += 1
      }
    }
    #expect(images > 200)
  }

  private func restart(_ way: Restart, _ store: Store, _ writer: inout Writer) throws {
    switch way {
    case .restart, .truncate:
      let copier = try LogCopy(path: path, expecting: store.fileNumber)
      for _ in 1...2 {
        _ = copier.copy()
        for isSynced in [false, true] { try writer.commit(to: store, isSynced) }
        guard case .restarted = copier.restart(truncating: way == .truncate) else { throw Unexpected() }
        writer.acknowledge()
        for isSynced in [false, false, true] { try writer.commit(to: store, isSynced) }
      }
    case .ownCommit:
      for _ in 1...2 {
        for isSynced in [false, true] { try writer.commit(to: store, isSynced) }
        guard let (copied, total) = try store.database.checkpoint(.passive), copied == total else { throw Unexpected() }
        for isSynced in [false, false, true] { try writer.commit(to: store, isSynced) }
        #expect(store.logFrames < total)
      }
    case .recovery:
      let first = try LogCopy(path: path, expecting: store.fileNumber)
      // A log of everything would heal the database.
      guard case .restarted = first.restart(truncating: false) else { throw Unexpected() }
      writer.acknowledge()
      first.close()
      for isSynced in [false, false] { try writer.commit(to: store, isSynced) }
      WatchedFiles.change(log) { $0.syncFailure = failedSync }
      #expect(throws: StoreError.self) { try store.sync() }
      let copier = try LogCopy(path: path, expecting: store.fileNumber)
      guard case .restarted = copier.recover(checking: false) else { throw Unexpected() }
      writer.acknowledge()
      let reopened = try Store(path: path, now: now, expecting: store.fileNumber)
      for isSynced in [false, true] { try writer.commit(to: reopened, isSynced) }
    }
  }

  /// The last commit of which all is there.
  private func look(at files: [String: [UInt8]]) throws -> Int {
    let image = TemporaryDirectory()
    for (name, bytes) in files { writeFile(name.hasSuffix("-wal") ? image.database + "-wal" : image.database, bytes) }
    let database = try Database(path: image.database, keepsLog: true)
    defer { database.close() }
    try #require(try database.prepare("PRAGMA integrity_check").rows { $0.text(0) } == ["ok"])
    let jobs = try database.prepare("SELECT seq, length(payload) FROM jobs ORDER BY seq").rows { row in
      (row.int64(0), row.int64(1))
    }
    let last = try database.prepare("SELECT value FROM config WHERE key = 'last'").rows { Int($0.text(0)) ?? 0 }.first
    try #require(jobs.map(\.0) == (0..<jobs.count).map { Int64($0 + 1) })
    try #require(jobs.allSatisfy { $0.1 == Writer.payloadLength($0.0) })
    try #require(last ?? 0 == jobs.count)
    return jobs.count
  }

  private struct Unexpected: Error {}

  /// Commits that change several pages each, old and new ones.
  private struct Writer {
    let path: String
    var count = 0

    static func payloadLength(_ number: Int64) -> Int64 { number % 3 * 5000 }

    mutating func commit(to store: Store, _ isSynced: Bool) throws {
      count += 1
      var job = makeJob(count)
      job.payload = [UInt8](repeating: 7, count: Int(Self.payloadLength(job.sequence)))
      #expect(try store.commit([.insertJob(job), .setConfig(key: "last", value: "\(count)")]).isEmpty)
      guard isSynced else { return }
      try store.sync()
      acknowledge()
    }

    func acknowledge() { WatchedFiles.mark(path, count) }
  }
}
