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
    #expect(gatherer.isDue(Self.header(), at: 32), "nothing came before it")
    gatherer.written()
    var place: Int64 = 56
    let pieces = [Self.page, Self.header(), Self.page, Self.header(commits: true), Self.page]
    for (index, piece) in pieces.enumerated() {
      #expect(gatherer.isDue(piece, at: place) == (index == 4))
      place += Int64(piece.count)
    }
    #expect(gatherer.gathering.offset == 56)
    #expect(gatherer.gathering.held == Array(pieces.joined()))
    gatherer.written()
    #expect(gatherer.gathering.isNext(place))
    #expect(!gatherer.isDue(Self.header(), at: place), "the next commit continues the log")
  }

  @Test func `A frame that is written again is written at once, though no page follows`() {
    let gatherer = Gatherer()
    for (piece, place) in [(Self.header(), 32), (Self.page, 56), (Self.header(commits: true), 568), (Self.page, 592)] {
      if gatherer.isDue(piece, at: Int64(place)) { gatherer.written() }
    }
    #expect(gatherer.gathering.held.isEmpty)
    for place: Int64 in [32, 568] {
      #expect(!gatherer.gathering.isNext(place))
      #expect(gatherer.isDue(Self.header(commits: true), at: place))
      gatherer.written()
    }
  }

  @Test func `A large transaction is held in part only`() {
    let gatherer = Gatherer()
    var most = 0
    var place: Int64 = 32
    for _ in 0..<2000 {
      for piece in [Self.header(), Self.page] {
        if gatherer.isDue(piece, at: place) { gatherer.written() }
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

  /// With a cache of ten pages SQLite writes pages before the commit, writes some of them again in their old place, and
  /// then computes the checksums of the frames between anew.
  @Test(arguments: [true, false])
  func `The files hold each commit whole, though pages were written before it and again`(isDurable: Bool) throws {
    WatchedFiles.install
    let store = try Store(path: directory.database, now: now)
    defer { store.close() }
    try store.database.execute("PRAGMA cache_size = 10")
    for round in 1...20 {
      let before = WatchedFiles.record(log).writes
      // Far apart in the tables, so that each page is left and met again.
      let order = (0..<200).map { $0 * 77 % 200 }
      let inserts = order.map { StoreWrite.insertJob(makeJob(200 * round + $0)) }
      let updates = round == 1 ? [] : order.map { StoreWrite.updateJob(makeJob(200 + $0 * (round - 1))) }
      #expect(try store.commit(inserts + updates, durable: isDurable).isEmpty)
      #expect(WatchedFiles.record(log).writes > before + 5, "the cache did not overflow")
      #expect(try readCopy() == ["ok", String(200 * round)])
    }
  }

  /// What is rolled back may have left the cache before. It must not be written over what another process commits in
  /// that place of the log.
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
      // Then no read of the rollback writes what is held, as long as nobody else may write.
      _ = try database.checkpoint()
      #expect(throws: StoreError.self) {
        _ = try database.transaction(.normal) { () throws(StoreError) in
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

  func written() { gathering.written() }
}
