import Testing

@testable import HoneydewCore

@Suite struct TreeEndingTests {
  private typealias Look = TreeEnding.Look

  private static let runs = Look(leaderHasEnded: false, isEmpty: false)
  private static let left = Look(leaderHasEnded: true, isEmpty: false)
  private static let gone = Look(leaderHasEnded: true, isEmpty: true)

  @Test("A command that leaves nothing behind has ended with its process")
  func plain() {
    var ending = TreeEnding(grace: .seconds(10))
    #expect(ending.step(Self.runs, now: .seconds(1)) == [])
    #expect(ending.deadline == nil && !ending.hasEnded)
    #expect(ending.step(Self.gone, now: .seconds(2)) == [])
    #expect(ending.hasEnded && ending.deadline == nil)
  }

  @Test("What is left behind gets a moment, is asked, and killed after its grace until nothing is left")
  func leftBehind() {
    var ending = TreeEnding(grace: .seconds(10))
    #expect(ending.step(Self.left, now: .seconds(1)) == [])
    #expect(ending.deadline == .milliseconds(1500))
    #expect(ending.step(Self.left, now: .milliseconds(1499)) == [])
    #expect(ending.step(Self.left, now: .milliseconds(1500)) == [.askAll])
    #expect(ending.deadline == .milliseconds(11_500))
    #expect(ending.step(Self.left, now: .milliseconds(11_499)) == [])
    #expect(ending.step(Self.left, now: .milliseconds(11_500)) == [.killAll])
    var now = Duration.milliseconds(11_500)
    for _ in 0..<5 {
      #expect(ending.deadline! > now)
      now = ending.deadline!
      #expect(ending.step(Self.left, now: now) == [.killAll])
    }
    #expect(ending.step(Self.gone, now: now) == [])
    #expect(ending.hasEnded)
  }

  @Test(
    "On request the group is asked, then the others when the leader has ended, then all are killed at the grace's end")
  func stopped() {
    var ending = TreeEnding(grace: .seconds(10))
    #expect(ending.stop(now: .seconds(1)) == [.askGroup])
    #expect(ending.step(Self.runs, now: .seconds(2)) == [])
    #expect(ending.step(Self.left, now: .seconds(3)) == [.askRest])
    #expect(ending.step(Self.left, now: .seconds(4)) == [])
    #expect(ending.deadline == .seconds(11))
    #expect(ending.step(Self.left, now: .seconds(11)) == [.killAll])
  }

  @Test("A second request only hastens the end")
  func hastened() {
    var ending = TreeEnding(grace: .seconds(10))
    #expect(ending.stop(now: .zero) == [.askGroup])
    #expect(ending.stop(now: .seconds(1)) == [])
    #expect(ending.deadline == .seconds(10))
    #expect(ending.stop(grace: .seconds(3), now: .seconds(2)) == [])
    #expect(ending.deadline == .seconds(5))
    #expect(ending.step(Self.runs, now: .seconds(5)) == [.killAll])
    #expect(ending.stop(grace: .zero, now: .seconds(5)) == [])
  }

  @Test("A request while what is left behind has its moment asks it at once")
  func stoppedWhileLingering() {
    var ending = TreeEnding(grace: .seconds(10))
    _ = ending.step(Self.left, now: .zero)
    #expect(ending.stop(now: .milliseconds(50)) == [.askAll])
    #expect(ending.deadline == .milliseconds(10_050))
  }

  @Test("Without a grace the kill follows at once")
  func noGrace() {
    var ending = TreeEnding(grace: .zero)
    #expect(ending.stop(now: .seconds(1)) == [.askGroup])
    #expect(ending.deadline == .seconds(1))
    #expect(ending.step(Self.runs, now: .seconds(1)) == [.killAll])
  }

  @Test("What no signal reaches is given up soon, what does not die of one later")
  func givenUp() {
    for (isOutOfReach, patience) in [(true, Duration.milliseconds(300)), (false, .seconds(10))] {
      var ending = TreeEnding(grace: .zero)
      _ = ending.stop(now: .zero)
      #expect(ending.step(Self.runs, now: .zero) == [.killAll])
      let look = Look(leaderHasEnded: false, isEmpty: false, isOutOfReach: isOutOfReach)
      _ = ending.step(look, now: patience - .milliseconds(1))
      #expect(!ending.hasEnded)
      #expect(ending.step(look, now: patience) == [])
      #expect(ending.hasEnded)
    }
  }
}
