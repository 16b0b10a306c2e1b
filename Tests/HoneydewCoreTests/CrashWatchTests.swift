import Testing

@testable import HoneydewCore

private let kind = PendingQueue.Lane(command: "github.commits", environment: "production")
private let sister = PendingQueue.Lane(command: "github.commits", environment: "staging")

@Suite struct `A watch for crashes` {
  @Test func `suspects a command in an environment after three crashes within ten seconds`() {
    var watch = CrashWatch()
    for second in [0, 5, 11] { watch.crashed(kind, startTime: .milliseconds(20), at: .seconds(second)) }
    #expect(watch.suspects.isEmpty && watch.admits(kind, running: 9, at: .seconds(11)))
    watch.crashed(sister, startTime: .milliseconds(20), at: .seconds(12))
    watch.crashed(kind, startTime: .milliseconds(20), at: .seconds(15))
    #expect(watch.suspects == [kind])
    #expect(watch.admits(sister, running: 9, at: .seconds(15)))
  }

  @Test func `lets a suspect run alone, and rest after each crash`() {
    var watch = CrashWatch()
    for _ in 0..<3 { watch.crashed(kind, startTime: .milliseconds(20), at: .seconds(1)) }
    #expect(!watch.admits(kind, running: 0, at: .milliseconds(1499)))
    #expect(watch.nextRestEnd(after: .seconds(1)) == .milliseconds(1500))
    #expect(watch.admits(kind, running: 0, at: .milliseconds(1500)))
    #expect(!watch.admits(kind, running: 1, at: .seconds(99)))
    #expect(watch.nextRestEnd(after: .milliseconds(1500)) == nil)
    watch.crashed(kind, startTime: .milliseconds(20), at: .seconds(99))
    #expect(!watch.admits(kind, running: 0, at: .seconds(99)))
  }

  @Test(arguments: [(20, 500), (80, 800), (1000, 2000)])
  func `rests longer where processes come up slowly`(start: Int, rest: Int) {
    var watch = CrashWatch()
    for _ in 0..<3 { watch.crashed(kind, startTime: .milliseconds(start), at: .zero) }
    #expect(watch.nextRestEnd(after: .zero) == .milliseconds(rest))
  }

  @Test func `lets several suspects together crash no oftener than one`() {
    var watch = CrashWatch()
    for _ in 0..<3 { watch.crashed(kind, startTime: .milliseconds(20), at: .zero) }
    for _ in 0..<3 { watch.crashed(sister, startTime: .milliseconds(20), at: .zero) }
    watch.crashed(kind, startTime: .milliseconds(20), at: .seconds(9))
    #expect(!watch.admits(kind, running: 0, at: .milliseconds(9999)))
    #expect(watch.admits(kind, running: 0, at: .seconds(10)) && watch.admits(sister, running: 0, at: .seconds(9)))
  }

  @Test func `lets off a suspect of which one completes, and does not forget`() {
    var watch = CrashWatch()
    for _ in 0..<3 { watch.crashed(kind, startTime: .milliseconds(20), at: .zero) }
    watch.completed(sister)
    #expect(watch.suspects == [kind])
    watch.completed(kind)
    #expect(watch.suspects.isEmpty && watch.admits(kind, running: 9, at: .zero))
    watch.crashed(kind, startTime: .milliseconds(20), at: .seconds(10))
    #expect(watch.suspects == [kind])
    watch.completed(kind)
    watch.crashed(kind, startTime: .milliseconds(20), at: .seconds(21))
    #expect(watch.suspects.isEmpty)
  }
}
