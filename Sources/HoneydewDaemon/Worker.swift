internal import HoneydewCore
internal import HoneydewSystem
internal import HoneydewWire

/// One slot of the pool with the process in it.
final class Worker {
  /// From 1.
  let number: Int
  var slot: Slot
  var process: ChildProcess?
  var channel: WorkerChannel?

  /// What leaves with the commit of the assignment.
  var run: Honeydew_Worker_Run?
  /// The answer that is being handled.
  var result: Honeydew_Worker_Result?

  /// What the process last said of itself.
  var usage = Honeydew_Worker_Usage()
  var version = ""
  var jobsDone: Int64 = 0
  /// How the last process of this slot ended; the slot knows why.
  var lastExit = ""
  /// When the present work was sent (monotonic time).
  var workBegan = Duration.zero

  init(number: Int, slot: Slot) {
    self.number = number
    self.slot = slot
  }

  /// When the slot or its channel wants to be looked at (monotonic time).
  var deadline: Duration? {
    switch (slot.deadline, channel?.deadline) {
    case (let slot?, let channel?): min(slot, channel)
    case (let slot, let channel): slot ?? channel
    }
  }
}
