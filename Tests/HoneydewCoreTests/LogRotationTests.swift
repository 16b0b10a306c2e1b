import Testing

@testable import HoneydewCore

struct LogRotationTests {
  let rotation = LogRotation(name: "daemon.log", maximumBackups: 2, maximumAgeDays: 30, compresses: true)
  let now = Timestamp("2026-11-21T10:11:12.123Z")!

  @Test func `a moved log has the moment in its name, and nothing is written over`() {
    #expect(rotation.backupName(at: now) { _ in false } == "daemon-2026-11-21T10-11-12.123Z.log")
    let taken: Set = ["daemon-2026-11-21T10-11-12.123Z.log", "daemon-2026-11-21T10-11-12.124Z.log.gz"]
    #expect(rotation.backupName(at: now, taken: taken.contains) == "daemon-2026-11-21T10-11-12.125Z.log")
    #expect(LogRotation(name: "log").backupName(at: now) { _ in false } == "log-2026-11-21T10-11-12.123Z")
    #expect(LogRotation(name: ".log").backupName(at: now) { _ in false } == ".log-2026-11-21T10-11-12.123Z")
  }

  @Test func `only rotated logs of the same name are touched`() {
    let otherFiles = [
      "daemon.log", "daemon.db", "daemon-old.log", "daemon-2026-13-21T10-11-12.123Z.log", "other-1.log",
      "daemon-2020-01-01T00-00-00.000Z.txt", "xdaemon-2020-01-01T00-00-00.000Z.log", "daemon-2020-01-01.log",
    ]
    #expect(rotation.plan(among: otherFiles, at: now) == LogRotation.Plan())
    #expect(rotation.backups(among: otherFiles).isEmpty)
  }

  @Test func `the newest are kept, and of those the plain ones are compressed`() {
    let names = [
      "daemon-2026-11-18T00-00-00.000Z.log", "daemon-2026-11-19T00-00-00.000Z.log",
      "daemon-2026-11-20T00-00-00.000Z.log.gz",
    ]
    let plan = rotation.plan(among: names, at: now)
    #expect(plan.removed == ["daemon-2026-11-18T00-00-00.000Z.log"])
    #expect(plan.compressed == ["daemon-2026-11-19T00-00-00.000Z.log"])
    #expect(rotation.backups(among: names).map(\.isCompressed) == [true, false, false])
  }

  @Test func `what is too old goes, however few there are`() {
    let names = ["daemon-2026-10-22T10-11-12.122Z.log.gz", "daemon-2026-10-22T10-11-12.123Z.log.gz"]
    #expect(rotation.plan(among: names, at: now).removed == [names[0]])
  }

  @Test func `what an ended process has left goes: half a compression, and a log that was compressed`() {
    let names = [
      "daemon-2026-11-20T00-00-00.000Z.log", "daemon-2026-11-20T00-00-00.000Z.log.gz",
      "daemon-2026-11-21T00-00-00.000Z.log", "daemon-2026-11-21T00-00-00.000Z.log.gz.part",
    ]
    let plan = rotation.plan(among: names, at: now)
    #expect(plan.removed == [names[0], names[3]])
    #expect(plan.compressed == [names[2]])
    #expect(rotation.backups(among: names).map(\.name) == [names[2], names[1]])
  }
}
