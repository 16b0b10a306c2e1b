import Testing

@testable import HoneydewCore

private let lane = PendingQueue.Lane(command: "github.commits", environment: "production")
private let other = PendingQueue.Lane(command: "diag.noop", environment: nil)
private let midnight = Timestamp(milliseconds: 0)

@Suite struct `A throttle` {
  @Test func `admits everything unless told`() {
    #expect(Throttle().admits(lane, at: .zero))
  }

  @Test func `pauses the queue or one provider`() {
    var throttle = Throttle()
    throttle.pauses.providers = ["github"]
    #expect(!throttle.admits(lane, at: .zero) && throttle.admits(other, at: .zero))
    throttle.pauses.isPaused = true
    #expect(!throttle.admits(other, at: .zero))
    #expect(throttle.pauses.text == "* github" && Throttle.Pauses(text: "* github") == throttle.pauses)
    #expect(Throttle.Pauses(text: "") == Throttle.Pauses())
  }

  @Test func `lets all commands of a provider rest in an environment`() {
    var throttle = Throttle()
    throttle.rest(lane, until: .seconds(9))
    #expect(!throttle.admits(.init(command: "github.projects", environment: "production"), at: .zero))
    #expect(throttle.admits(.init(command: "gitlab.projects", environment: "production"), at: .zero))
  }

  @Test func `lets one provider and environment rest, and never shortens a rest`() {
    var throttle = Throttle()
    let sister = PendingQueue.Lane(command: "github.commits", environment: "staging")
    throttle.rest(lane, until: .seconds(9))
    throttle.rest(lane, until: .seconds(5))
    #expect(!throttle.admits(lane, at: .seconds(8)) && throttle.admits(sister, at: .seconds(8)))
    #expect(throttle.nextRestEnd(after: .seconds(8)) == .seconds(9))
    #expect(throttle.restEnd(of: "github", at: .seconds(8)) == .seconds(9))
    #expect(throttle.admits(lane, at: .seconds(9)) && throttle.nextRestEnd(after: .seconds(9)) == nil)
  }

  @Test func `goes on with its rests after a restart, by the wall clock and no longer than an hour`() {
    var throttle = Throttle()
    throttle.rest(lane, until: .seconds(109))
    throttle.rest(other, until: .seconds(99))
    let text = throttle.restsText(at: .seconds(100), wallNow: midnight)
    #expect(text == "github\tproduction\t1970-01-01T00:00:09.000Z")
    var restarted = Throttle()
    restarted.resumeRests(text, at: .seconds(5), wallNow: midnight + .seconds(4))
    #expect(restarted.restEnd(of: "github", at: .seconds(5)) == .seconds(10))
    restarted.resumeRests("github\tproduction\t1970-01-02T00:00:00.000Z\nnonsense\n", at: .zero, wallNow: midnight)
    #expect(restarted.restEnd(of: "github", at: .zero) == Throttle.longestRest)
    var later = Throttle()
    later.resumeRests(text, at: .zero, wallNow: midnight + .seconds(9))
    #expect(later.nextRestEnd(after: .zero) == nil)
  }

  @Test func `counts what runs of a provider against its limit`() {
    var throttle = Throttle(.init(standard: 1, providers: ["diag": 2]))
    throttle.started(lane)
    throttle.started(other)
    #expect(!throttle.admits(lane, at: .zero) && throttle.admits(other, at: .zero))
    throttle.started(PendingQueue.Lane(command: "diag.sleep", environment: nil))
    #expect(!throttle.admits(other, at: .zero))
    throttle.ended(lane)
    #expect(throttle.admits(lane, at: .zero))
  }

  @Test func `runs one at a time of what kills its workers, and all of the rest`() {
    var throttle = Throttle()
    for _ in 0..<2 { throttle.started(other) }
    for second in 0..<3 { throttle.crashed(other, startTime: .milliseconds(20), at: .seconds(second)) }
    #expect(throttle.suspects == [other] && throttle.running(in: other) == 2)
    #expect(throttle.nextRestEnd(after: .seconds(2)) == .milliseconds(2500))
    throttle.ended(other)
    #expect(!throttle.admits(other, at: .seconds(9)) && throttle.admits(lane, at: .seconds(9)))
    throttle.ended(other)
    #expect(throttle.admits(other, at: .seconds(9)))
    throttle.started(other)
    #expect(!throttle.admits(other, at: .seconds(9)))
    throttle.completed(other)
    #expect(throttle.admits(other, at: .seconds(9)) && throttle.suspects.isEmpty)
  }
}
