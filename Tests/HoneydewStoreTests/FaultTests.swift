import CSQLite
import Glibc
import HoneydewCore
import Testing

@testable import HoneydewStore

@Suite struct FaultTests {
  let directory = TemporaryDirectory()
  var path: String { directory.database }

  private func makeStore() throws -> Store {
    let store = try Store(path: path, now: now)
    _ = try store.commit((1...50).map { .insertJob(makeJob($0)) }, durable: true)
    return store
  }

  /// The database as one file, without a log.
  private func makeFile() throws {
    try makeStore().close()
    try DatabaseFile(path).settle()
    #expect(directory.names == ["daemon.db"])
  }

  /// The files beside the logs, which a store leaves as they are.
  private var databases: [String] { directory.names.filter { !$0.hasSuffix("-wal") && !$0.hasSuffix("-shm") } }

  @Test func `The files are their owner's alone`() throws {
    let store = try makeStore()
    defer { store.close() }
    #expect(directory.names.contains("daemon.db"))
    for name in directory.names {
      var status = stat()
      #expect(stat(directory.path + "/" + name, &status) == 0)
      #expect(status.st_mode & 0o777 == 0o600, "\(name)")
    }
  }

  @Test func `A store is opened again with what it held`() throws {
    try makeStore().close()
    #expect(directory.names.contains("daemon.db-wal"))
    let store = try Store(path: path, now: now)
    #expect(try store.lastSequence == 50)
    #expect(try store.counts() == [.pending: 50])
  }

  @Test func `A database that was in use is never made again`() throws {
    let store = try makeStore()
    store.close()
    let number = store.fileNumber
    #expect(try Store(path: path, now: now, expecting: number).lastSequence == 50)
    #expect(rename(path, path + ".away") == 0)
    let missing = try #require(throws: StoreError.self) { try Store(path: path, now: now, expecting: number) }
    #expect(missing.code == .io && missing.message.contains("No such file or directory"), "\(missing)")
    #expect(databases == ["daemon.db.away"])
    writeFile(path, [])
    let replaced = try #require(throws: StoreError.self) { try Store(path: path, now: now, expecting: number) }
    #expect(replaced.code == .corrupt, "\(replaced)")
    #expect(rename(path + ".away", path) == 0)
    #expect(truncate(path, 0) == 0)
    let empty = try #require(throws: StoreError.self) { try Store(path: path, now: now, expecting: number) }
    #expect(empty.code == .corrupt, "\(empty)")
    #expect(databases == ["daemon.db"])
  }

  @Test(arguments: [true, false])
  func `A database that was taken away acknowledges nothing more`(isReplaced: Bool) throws {
    let store = try makeStore()
    #expect(rename(path, path + ".away") == 0)
    if isReplaced { writeFile(path, []) }
    let error = try #require(throws: StoreError.self) { try store.commit([.insertJob(makeJob(51))], durable: true) }
    #expect(error.code == .io && error.message.contains("moved or removed"), "\(error)")
  }

  @Test func `A log that was taken away is missed, and what it held is kept`() throws {
    let store = try makeStore()
    #expect(unlink(path + "-wal") == 0)
    let error = try #require(throws: StoreError.self) { try store.commit([.insertJob(makeJob(51))], durable: true) }
    #expect(error.code == .io && error.message.contains("-wal: the database's log was removed"), "\(error)")
    let reopened = try Store(path: path, now: now, expecting: store.fileNumber)
    #expect(try reopened.lastSequence == 50)
    _ = try reopened.commit([.insertJob(makeJob(51))], durable: true)
    _ = try reopened.commit([.insertJob(makeJob(52))], durable: true)
  }

  @Test func `A database may be reached by a link`() throws {
    try makeStore().close()
    #expect(mkdir(directory.path + "/links", 0o700) == 0)
    #expect(symlink(path, directory.path + "/links/daemon.db") == 0)
    let store = try Store(path: directory.path + "/links/daemon.db", now: now)
    for number in 51...53 { _ = try store.commit([.insertJob(makeJob(number))], durable: true) }
    #expect(try store.lastSequence == 53)
  }

  @Test func `A closed store refuses every call`() throws {
    let store = try makeStore()
    store.close()
    store.close()
    #expect(throws: StoreError.self) { try store.commit([], durable: true) }
    #expect(throws: StoreError.self) { try store.job(sequence: 1) }
  }

  @Test func `A path that cannot be opened is named`() throws {
    let error = try #require(throws: StoreError.self) { try Store(path: directory.path + "/no/daemon.db", now: now) }
    #expect(error.code == .io)
    #expect(error.message.hasPrefix("\(directory.path)/no/daemon.db: "))
    #expect(error.message.contains("No such file or directory"))
    #expect(throws: StoreError.self) { try Store(path: directory.path, now: now) }
  }

  @Test func `A file that is no database is refused and left as it is`() throws {
    let text = Array(String(repeating: "not a database\n", count: 200).utf8)
    writeFile(path, text)
    let error = try #require(throws: StoreError.self) { try Store(path: path, now: now) }
    #expect(error.code == .corrupt)
    #expect(error.message.contains("restore a backup"))
    #expect(readFile(path) == text)
    #expect(directory.names == ["daemon.db"])
  }

  @Test func `A database that lost its end is refused and left as it is`() throws {
    try makeFile()
    let whole = readFile(path)
    writeFile(path, Array(whole.prefix(4096)))
    let error = try #require(throws: StoreError.self) { try Store(path: path, now: now) }
    #expect(error.code == .corrupt)
    #expect(readFile(path).count == 4096)
  }

  @Test func `Broken pages are an error of the read and never a crash`() throws {
    try makeFile()
    let whole = readFile(path)
    var refusals = 0
    // Each page in turn is overwritten; the first holds the schema.
    for page in 0..<(whole.count / 4096) {
      var bytes = whole
      bytes.replaceSubrange(page * 4096 + 8..<(page + 1) * 4096, with: repeatElement(0xA5, count: 4088))
      writeFile(path, bytes)
      do throws(StoreError) {
        let store = try Store(path: path, now: now)
        for number in 1...50 { _ = try store.job(id: makeJob(number).id) }
        try store.pendingJobs { _ in }
        _ = try store.environments()
        _ = try store.commit([.setConfig(key: "k", value: "v")], durable: true)
      } catch {
        #expect(error.code == .corrupt, "page \(page): \(error)")
        refusals += 1
      }
    }
    // A page of an index that no read has touched may be broken unseen.
    #expect(refusals >= 3)
  }

  @Test func `A lock held by another program takes the store down without a long wait`() throws {
    let store = try makeStore()
    let other = try Database(path: path)
    try other.execute("BEGIN IMMEDIATE")
    let clock = ContinuousClock()
    let start = clock.now
    let error = try #require(throws: StoreError.self) { try store.commit([.insertJob(makeJob(51))], durable: true) }
    #expect(clock.now - start < .seconds(2))
    #expect(error.code == .locked)
    #expect(error.message.contains(path))
    // Opening again reads only, and so works beside the lock.
    let next = try Store(path: path, now: now)
    #expect(try next.lastSequence == 50)
    try other.execute("COMMIT")
    #expect(try next.commit([.insertJob(makeJob(51))], durable: true).isEmpty)
  }

  @Test func `A database that may not be written says so`() async throws {
    try makeFile()
    chmod(path, 0o444)
    chmod(directory.path, 0o555)
    defer { chmod(directory.path, 0o700) }
    await #expect(processExitsWith: .success) { [path = path as String] in
      // Modes do not bind root.
      if geteuid() == 0 { try #require(seteuid(65534) == 0) }
      let error = try #require(throws: StoreError.self) {
        let store = try Store(path: path, now: now)
        _ = try store.commit([.setConfig(key: "k", value: "v")], durable: true)
      }
      #expect(error.code == .readOnly, "\(error)")
      #expect(error.message.contains("permissions"))
    }
  }

  @Test(.enabled(if: canMount, "needs root to mount a tmpfs"))
  func `A disk that is really full takes nothing that was committed`() throws {
    #expect(system("mount -t tmpfs -o size=384k none \(directory.path)") == 0)
    defer { system("umount -l \(directory.path)") }
    let store = try Store(path: path, now: now)
    var job = makeJob(1)
    job.payload = [UInt8](repeating: 0x20, count: 10_000)
    let error = try #require(throws: StoreError.self) {
      while job.sequence < 1000 {
        _ = try store.commit([.insertJob(job)], durable: true)
        job.sequence += 1
        job.id = makeJob(Int(job.sequence)).id
      }
    }
    #expect(error.code == .full, "\(error)")
    #expect(job.sequence > 3)
    #expect(system("mount -o remount,size=4m \(directory.path)") == 0)
    let next = try Store(path: path, now: now)
    #expect(try next.lastSequence == job.sequence - 1)
    #expect(try next.commit([.insertJob(job)], durable: true).isEmpty)
    next.close()
  }

  @Test(arguments: [1, 2, 3, 5, 8, 13, .max])
  func `A process killed before a write of a commit leaves none of it, and after them all of it`(fatalWrite: Int)
    async throws
  {
    try makeStore().close()
    await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String, fatalWrite] in
      WatchedFiles.install
      let store = try Store(path: path, now: now)
      _ = try store.commit([.insertJob(makeJob(51))], durable: false)
      WatchedFiles.change(path + "-wal") { $0.fatalWrite = $0.writes.addingReportingOverflow(fatalWrite).partialValue }
      _ = try store.commit((52...5000).map { .insertJob(makeJob($0)) }, durable: true)
      kill(getpid(), SIGKILL)
    }
    let store = try Store(path: path, now: now)
    #expect(try store.lastSequence == (fatalWrite == .max ? 5000 : 51))
    #expect(try store.database.prepare("PRAGMA integrity_check").rows { $0.text(0) } == ["ok"])
  }
}

private let canMount = geteuid() == 0 && system("unshare -m true 2>/dev/null") == 0
