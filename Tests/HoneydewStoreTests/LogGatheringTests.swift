import CSQLite
import HoneydewCore
import Testing

@testable import HoneydewStore

@Suite struct LogGatheringTests {
  let directory = TemporaryDirectory()
  var log: String { directory.database + "-wal" }

  private static let page = [UInt8](repeating: 7, count: 512)

  private static func header(commits: Bool = false) -> [UInt8] {
    [0, 0, 0, 1, 0, 0, 0, commits ? 9 : 0] + [UInt8](repeating: 3, count: 16)
  }

  // MARK: the rule

  @Test func `A commit is held until its last page, and written as one piece`() {
    let gatherer = Gatherer()
    for start: Int64 in [32, 4000, 32] {
      #expect(gatherer.gathering.isNext(start))
      var place = start
      let pieces = [Self.header(), Self.page, Self.header(), Self.page, Self.header(commits: true), Self.page]
      for (index, piece) in pieces.enumerated() {
        #expect(gatherer.isDue(piece, at: place) == (index == 5))
        place += Int64(piece.count)
      }
      #expect(gatherer.gathering.offset == start)
      #expect(gatherer.gathering.held == Array(pieces.joined()))
      gatherer.clear()
    }
  }

  @Test func `What does not continue what is held must not be held with it`() {
    let gatherer = Gatherer()
    #expect(!gatherer.isDue(Self.header(), at: 32))
    #expect(gatherer.gathering.isNext(56))
    for place: Int64 in [0, 32, 55, 57, 568] { #expect(!gatherer.gathering.isNext(place)) }
  }

  @Test func `The last page of a commit is never left behind, wherever the limit falls`() {
    let gatherer = Gatherer()
    // The last header is what goes over the limit.
    #expect(!gatherer.isDue([UInt8](repeating: 7, count: (64 << 10) - 10), at: 32))
    #expect(!gatherer.isDue(Self.header(commits: true), at: 32 + (64 << 10) - 10))
    #expect(gatherer.isDue(Self.page, at: 32 + (64 << 10) + 14))
  }

  @Test func `A large commit is held in part only`() {
    let gatherer = Gatherer()
    var most = 0
    var place: Int64 = 32
    for _ in 0..<2000 {
      for piece in [Self.header(), Self.page] {
        if gatherer.isDue(piece, at: place) { gatherer.clear() }
        most = max(most, gatherer.gathering.held.count)
        place += Int64(piece.count)
      }
    }
    #expect(60_000..<70_000 ~= most)
  }

  // MARK: SQLite

  @Test func `A commit of several pages takes one write`() throws {
    WatchedFiles.install
    let store = try Store(path: directory.database, now: now)
    defer { store.close() }
    _ = try store.commit([.setConfig(key: "first", value: "1")], durable: true)
    for (number, isDurable) in [(1, true), (101, false)] {
      let before = WatchedFiles.record(log).writes
      _ = try store.commit((number..<number + 10).map { .insertJob(makeJob($0)) }, durable: isDurable)
      #expect(WatchedFiles.record(log).writes == before + 1)
    }
  }

  @Test func `A new log's header is on the disk before its frames are`() throws {
    WatchedFiles.install
    let store = try Store(path: directory.database, now: now)
    defer { store.close() }
    _ = try store.database.checkpoint(.passive)
    let before = WatchedFiles.record(log)
    _ = try store.commit([.setConfig(key: "first", value: "1")], durable: true)
    let after = WatchedFiles.record(log)
    #expect(after.writes - before.writes == 2)
    #expect(after.syncs - before.syncs == 2)
  }

  @Test func `Pieces that are apart are written each in its place`() throws {
    // A log gets its database's mode.
    writeFile(directory.database, [])
    let files = try #require(sqlite3_vfs_find(GatheringFiles.name.description))
    let name = sqlite3_create_filename(directory.database, directory.path + "/journal", log, 0, nil)
    defer { sqlite3_free_filename(name) }
    let memory = UnsafeMutableRawPointer.allocate(byteCount: Int(files.pointee.szOsFile), alignment: 16)
    defer { memory.deallocate() }
    let file = memory.bindMemory(to: sqlite3_file.self, capacity: 1)
    let flags = SQLITE_OPEN_WAL | SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
    #expect(files.pointee.xOpen(files, sqlite3_filename_wal(name), file, flags, nil) == SQLITE_OK)
    let methods = try #require(file.pointee.pMethods).pointee
    var expected = [UInt8](repeating: 0, count: 300)
    for (number, (place, count)) in [(0, 32), (32, 24), (200, 100), (56, 50), (32, 24)].enumerated() {
      let piece = [UInt8](repeating: UInt8(number + 1), count: count)
      expected.replaceSubrange(place..<place + count, with: piece)
      #expect(methods.xWrite(file, piece, Int32(count), Int64(place)) == SQLITE_OK)
    }
    #expect(methods.xSync(file, SQLITE_SYNC_NORMAL) == SQLITE_OK)
    #expect(readFile(log) == expected)
    #expect(methods.xClose(file) == SQLITE_OK)
  }

  @Test(arguments: [true, false])
  func `The files hold each commit whole`(isDurable: Bool) throws {
    let store = try Store(path: directory.database, now: now)
    defer { store.close() }
    try store.database.execute("PRAGMA cache_size = 10")
    for round in 1...20 {
      // Far apart in the tables, so that each page is left and met again.
      let order = (0..<200).map { $0 * 77 % 200 }
      let inserts = order.map { StoreWrite.insertJob(makeJob(200 * round + $0)) }
      let updates = round == 1 ? [] : order.map { StoreWrite.updateJob(makeJob(200 + $0 * (round - 1)), from: .new) }
      #expect(try store.commit(inserts + updates, durable: isDurable).isEmpty)
      #expect(try readCopy() == ["ok", String(200 * round)])
    }
  }

  /// Pages that left a full cache before their commit would be held when it is rolled back, and written over what
  /// another process has committed in that place of the log.
  @Test(arguments: ["", "ROLLBACK", "INSERT OR ROLLBACK INTO jobs (seq) VALUES (NULL)"])
  func `What was rolled back is never written over another process's commit`(rollback: String) throws {
    let store = try Store(path: directory.database, now: now)
    defer { store.close() }
    var other: OpaquePointer?
    #expect(sqlite3_open_v2(directory.database, &other, SQLITE_OPEN_READWRITE, "unix") == SQLITE_OK)
    defer { sqlite3_close(other) }
    let database = store.database
    try database.execute("PRAGMA cache_size = 10")
    let count = try database.prepare("SELECT count(*) FROM config WHERE key LIKE 'other%'")
    for round in 1...20 {
      // Then the rollback reads no page from the log.
      _ = try database.checkpoint(.truncate)
      #expect(throws: StoreError.self) {
        _ = try database.transaction { () throws(StoreError) in
          let size = 1000 * round + 20_000
          try database.execute("INSERT INTO config (key, value) VALUES ('mine', hex(randomblob(\(size))))")
          try database.execute(rollback)
          throw StoreError(.other, "what is not rolled back yet is now")
        }
      }
      let sql = "INSERT INTO config (key, value) VALUES ('other\(round)', hex(randomblob(20000)))"
      #expect(sqlite3_exec(other, sql, nil, nil, nil) == SQLITE_OK)
      #expect(try count.rows { $0.int64(0) } == [Int64(round)])
      #expect(try readCopy() == ["ok", "0"])
    }
  }

  /// The integrity of the database and its jobs, as whoever comes after the death of this process reads them.
  private func readCopy() throws -> [String] {
    let copy = TemporaryDirectory()
    for name in ["daemon.db", "daemon.db-wal"] {
      writeFile(copy.path + "/" + name, readFile(directory.path + "/" + name))
    }
    let database = try Database(path: copy.database)
    return try ["PRAGMA integrity_check", "SELECT count(*) FROM jobs"].flatMap { sql in
      try database.prepare(sql).rows { $0.text(0) }
    }
  }
}

/// `#expect` cannot call what changes a value.
private final class Gatherer {
  private(set) var gathering = LogGathering()

  func isDue(_ piece: [UInt8], at place: Int64) -> Bool {
    piece.withUnsafeBytes { gathering.add($0, at: place) }
  }

  func clear() { gathering.clear() }
}
