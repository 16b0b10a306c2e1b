internal import HoneydewCore
internal import HoneydewFrames
internal import HoneydewSystem

/// One slot of the pool with the process in it.
final class Worker {
  /// From 1.
  let number: Int
  var slot: Slot {
    didSet { (isFree, slotDeadline) = (slot.isFree, slot.deadline) }
  }
  /// Kept here because each turn asks for it.
  private(set) var isFree = false
  private var slotDeadline: Duration?
  var process: ChildProcess?
  var channel: WorkerChannel?

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
    slotDeadline = slot.deadline
  }

  /// The earlier deadline of the slot and of its channel (monotonic time).
  var deadline: Duration? { earlier(slotDeadline, channel?.deadline) }
}
