internal import HoneydewCore

/// An owner of one kind of state, with the steps that change it. The loop walks one list of them: each takes its step in
/// every turn, and says when it needs one even if nothing arrives.
protocol TurnOwner: AnyObject {
  /// Decides what is due in this turn.
  func step()
  /// Monotonic time; a moment that is past means at once.
  var deadline: Duration? { get }
}

extension TurnOwner {
  var deadline: Duration? { nil }
}

/// An owner with something that is due at a moment of the wall clock.
protocol WallClockOwner: TurnOwner {
  /// When it needs a step even if nothing arrives.
  var wallDeadline: Timestamp? { get }
}

/// An owner whose rows change many times in a turn and are written once, at its end.
protocol RowOwner: AnyObject {
  /// Whether this turn has changed any row.
  var hasChanges: Bool { get }
  /// The rows that this turn has changed, in the order of their first change.
  var writes: [Turn.Write] { get }
  /// The turn has ended. What it changed stands in the rows now, or is lost, and then memory is reloaded from them.
  func turnEnded(isCommitted: Bool)
}
