import CSQLite
import HoneydewCore
import Testing

@testable import HoneydewStore

/// The log is copied back and restarted beside a store that never waits for it.
@Suite struct LogCopyTests {
  let directory = TemporaryDirectory()
  let store: Store
  let copier: LogCopy
  var log: String { directory.database + "-wal" }

  init() throws {
    WatchedFiles.install
    store = try Store(path: directory.database, now: now)
    try store.adoptLog()
    copier = try LogCopy(path: directory.database, expecting: store.fileNumber)
  }

  private func insert(_ numbers: ClosedRange<Int>) throws {
    for number in numbers { _ = try store.commit([.insertJob(makeJob(number))]) }
  }

  private func isRestarted(_ answer: LogCopyAnswer) -> Bool {
    if case .restarted = answer { true } else { false }
  }

  /// The jobs that the database's file holds by itself, without its log.
  private func jobsOfFileAlone() throws -> Int? {
    let copy = TemporaryDirectory()
    writeFile(copy.database, readFile(directory.database))
    return try Store(path: copy.database, now: now).counts()[.pending]
  }

  @Test func `A copy brings what was committed into the database's file`() throws {
    try insert(1...50)
    let frames = store.logFrames
    #expect(copier.copy() == .copied(frames, of: frames))
    #expect(try jobsOfFileAlone() == 50)
  }

  @Test(arguments: [false, true])
  func `A log that is restarted is short, and no commit of the store syncs its header`(truncating: Bool) throws {
    try insert(1...50)
    let size = readFile(log).count
    #expect(isRestarted(copier.restart(truncating: truncating)))
    #expect((readFile(log).count < size) == truncating)
    let before = WatchedFiles.record(log).syncs
    try insert(51...60)
    #expect(WatchedFiles.record(log).syncs == before)
    #expect(store.logFrames < 50)
    #expect(try store.counts() == [.pending: 60])
    #expect(try jobsOfFileAlone() == 50)
  }

  @Test func `After a copy it is never the store that restarts the log`() throws {
    try insert(1...20)
    for round in 1...5 {
      let frames = store.logFrames
      #expect(copier.copy() == .copied(frames, of: frames), "all is copied, and nobody else reads")
      let before = WatchedFiles.record(log).syncs
      try insert(100 * round...100 * round + 3)
      #expect(store.logFrames > frames)
      #expect(WatchedFiles.record(log).syncs == before)
    }
    #expect(isRestarted(copier.restart(truncating: false)))
    try insert(1000...1000)
    #expect(store.logFrames < 20)
  }

  @Test func `Another program that reads keeps the log, and is not waited for`() throws {
    try insert(1...5)
    let reader = try Database(path: directory.database)
    try reader.execute("BEGIN; SELECT count(*) FROM jobs")
    let frames = store.logFrames
    try insert(6...10)
    let start = ContinuousClock.now
    #expect(copier.copy() == .copied(frames, of: store.logFrames))
    for _ in 1...3 { #expect(copier.restart(truncating: true) == .held) }
    #expect(ContinuousClock.now - start < .seconds(2))
    try insert(11...11)
    #expect(try reader.prepare("SELECT count(*) FROM jobs").rows { $0.int64(0) } == [5])
    try reader.execute("COMMIT")
    #expect(isRestarted(copier.restart(truncating: true)))
    #expect(try store.counts() == [.pending: 11])
  }

  @Test func `A sync that fails is told apart from a copy that finds no room`() throws {
    try insert(1...5)
    WatchedFiles.change(directory.database) { $0.writeFailure = SQLITE_FULL }
    for answer in [copier.copy(), copier.restart(truncating: false)] {
      guard case .failed(let text) = answer else { throw Unexpected(answer) }
      #expect(text.contains("disk is full"))
    }
    WatchedFiles.change(directory.database) { $0.writeFailure = nil }
    try insert(6...6)
    for path in [log, directory.database] {
      WatchedFiles.change(path) { $0.syncFailure = failedSync }
      let answer = copier.copy()
      guard case .syncFailed = answer else { throw Unexpected(answer) }
    }
    #expect(isRestarted(copier.recover(checking: false)))
    #expect(try jobsOfFileAlone() == 6)
  }

  @Test func `A recovery writes every byte of the log again before any goes into the database`() throws {
    try insert(1...40)
    let bytes = readFile(log)
    let before = (WatchedFiles.record(log).writes, WatchedFiles.record(directory.database).writes)
    WatchedFiles.change(log) { $0.syncFailure = failedSync }
    let answer = copier.recover(checking: false)
    guard case .syncFailed = answer else { throw Unexpected(answer) }
    #expect(readFile(log) == bytes)
    #expect(WatchedFiles.record(log).writes - before.0 == (bytes.count + 65535) / 65536)
    #expect(WatchedFiles.record(directory.database).writes == before.1)
    #expect(isRestarted(copier.recover(checking: false)))
    #expect(try store.counts() == [.pending: 40])
  }

  private struct Unexpected: Error {
    init(_ answer: LogCopyAnswer) { self.answer = answer }

    let answer: LogCopyAnswer
  }
}
