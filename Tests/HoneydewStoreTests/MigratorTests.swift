import HoneydewCore
import Testing

@testable import HoneydewStore

@Suite struct MigratorTests {
  let directory = TemporaryDirectory()

  private func migrations(_ texts: [String]) -> Migrator {
    Migrator(
      migrations: texts.enumerated().map { index, text in
        .init(version: index + 1, name: "00\(index + 1)_step", sql: Array(text.utf8))
      })
  }

  private func migrate(_ texts: [String]) throws(StoreError) {
    let database = try Database(path: directory.database)
    defer { database.close() }
    try migrations(texts).migrate(database, now: now)
  }

  private func column(_ sql: String) throws -> [String] {
    let database = try Database(path: directory.database)
    defer { database.close() }
    return try database.prepare(sql).rows { $0.text(0) }
  }

  @Test(
    arguments: [
      ("", "cbf29ce484222325"), ("a", "af63dc4c8601ec8c"), ("foobar", "85944171f73967e8"),
    ])
  func `The checksum is FNV-1a of 64 bits`(text: String, checksum: String) {
    #expect(Migrator.Migration(version: 1, name: "", sql: Array(text.utf8)).checksum == checksum)
  }

  @Test func `A long migration reports its progress`() throws {
    let count = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 200000) SELECT sum(x) FROM n"
    var ticks = 0
    let database = try Database(path: directory.database)
    defer { database.close() }
    try database.ticking({ ticks += 1 }) { () throws(StoreError) in
      try migrations(["CREATE TABLE a AS \(count)"]).migrate(database, now: now)
    }
    #expect(ticks > 10)
    let before = ticks
    _ = try database.prepare(count).rows { $0.int64(0) }
    #expect(ticks == before)
  }

  @Test func `Each migration is applied once, in order`() throws {
    try migrate(["CREATE TABLE a (x)"])
    try migrate(["CREATE TABLE a (x)", "INSERT INTO a VALUES ('b'); INSERT INTO a VALUES ('c')"])
    try migrate(["CREATE TABLE a (x)", "INSERT INTO a VALUES ('b'); INSERT INTO a VALUES ('c')"])
    #expect(try column("SELECT x FROM a ORDER BY x") == ["b", "c"])
    #expect(try column("SELECT name FROM schema_migrations ORDER BY version") == ["001_step", "002_step"])
    #expect(try column("SELECT applied_at FROM schema_migrations")[0] == now.description)
  }

  @Test func `A migration that fails leaves nothing behind and is named`() throws {
    let error = #expect(throws: StoreError.self) {
      try migrate(["CREATE TABLE a (x)", "INSERT INTO a VALUES ('b'); INSERT INTO nowhere VALUES (1)"])
    }
    #expect(error?.message.contains("002_step") == true)
    #expect(error?.message.contains("no such table: nowhere") == true)
    #expect(try column("SELECT x FROM a").isEmpty)
    #expect(try column("SELECT name FROM schema_migrations") == ["001_step"])
  }

  @Test func `A changed migration is refused and nothing is applied`() throws {
    try migrate(["CREATE TABLE a (x)"])
    let error = #expect(throws: StoreError.self) { try migrate(["CREATE TABLE a (x, y)", "CREATE TABLE b (x)"]) }
    #expect(error?.code == .changedMigration)
    #expect(error?.message.hasPrefix("\(directory.database): the database was made by another build") == true)
    #expect(error?.message.contains("move its directory away") == true)
    #expect(try column("SELECT name FROM sqlite_schema WHERE name = 'b'").isEmpty)
  }

  @Test func `A migration that was skipped is refused`() throws {
    try migrate(["CREATE TABLE a (x)", "CREATE TABLE b (x)"])
    let database = try Database(path: directory.database)
    try database.execute("DELETE FROM schema_migrations WHERE version = 1")
    database.close()
    let error = #expect(throws: StoreError.self) { try migrate(["CREATE TABLE a (x)", "CREATE TABLE b (x)"]) }
    #expect(error?.code == .changedMigration)
  }

  @Test func `A newer database is refused and says which migration is unknown`() throws {
    try migrate(["CREATE TABLE a (x)", "CREATE TABLE b (x)"])
    let error = #expect(throws: StoreError.self) { try migrate(["CREATE TABLE a (x)"]) }
    #expect(error?.code == .newerSchema)
    #expect(error?.message.contains("002_step") == true)
  }

  @Test func `The database of another program is refused`() throws {
    let database = try Database(path: directory.database)
    try database.execute("CREATE TABLE bookmarks (url)")
    database.close()
    let error = #expect(throws: StoreError.self) { try Store(path: directory.database, now: now) }
    #expect(error?.code == .corrupt)
    #expect(error?.message.contains("another program") == true)
    #expect(try column("SELECT name FROM sqlite_schema") == ["bookmarks"])
  }

  @Test func `Two starts at once do not both migrate`() throws {
    let first = try Database(path: directory.database)
    let second = try Database(path: directory.database)
    try migrations(["CREATE TABLE a (x)"]).migrate(first, now: now)
    try migrations(["CREATE TABLE a (x)"]).migrate(second, now: now)
    #expect(try column("SELECT count(*) FROM schema_migrations") == ["1"])
  }
}
