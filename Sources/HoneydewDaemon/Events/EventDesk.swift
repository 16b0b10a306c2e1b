internal import HoneydewCore

/// Passes on what has happened to jobs: from the events of a turn come the lines of the log, the statistics, the
/// counts of failed logins, and the answers to those who wait. It takes its step last, when all is decided.
final class EventDesk: TurnOwner {
  private let turn: Turn
  private let auth: AuthDesk
  private let waits: WaitList
  private let outputs: OutputDesk

  init(turn: Turn, auth: AuthDesk, waits: WaitList, outputs: OutputDesk) {
    self.turn = turn
    self.auth = auth
    self.waits = waits
    self.outputs = outputs
  }

  func step() {
    let events = turn.takeEvents()
    for event in events {
      turn.plan(.report(event), when: .committed)
      if event.isEnd { waits.jobEnded(event.sequence) }
    }
    auth.note(events)
    outputs.note(events)
    waits.sendEnded()
  }
}
