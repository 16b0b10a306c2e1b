internal import HoneydewCore
internal import HoneydewFrames
internal import HoneydewSystem

/// One slot of a pool with the process in it.
final class Worker {
  /// In its pool, from 1.
  let number: Int
  unowned let pool: Pool
  var slot: Slot {
    didSet { (isFree, slotDeadline) = (slot.isFree, slot.deadline) }
  }
  /// Kept here because each turn asks for it.
  private(set) var isFree = false
  private var slotDeadline: Duration?
  var process: ChildProcess?
  var channel: WorkerChannel?
  /// The file that the process has for its next large result.
  var resultFile: LentFile?

  /// What the process last said of itself.
  var usage = Honeydew_Worker_Usage()
  var version = ""
  /// nil until it is ready.
  var sandbox: SandboxGrant?
  var jobsDone: Int64 = 0
  /// How the last process of this slot ended; the slot knows why.
  var lastExit = ""
  /// When the present work was sent (monotonic time).
  var workBegan = Duration.zero {
    didSet { (frames, commandPID) = (FrameBudget(now: workBegan), 0) }
  }
  /// What the process may still say during its work.
  var frames = FrameBudget(now: .zero)
  /// The process of the present local command; 0 for none.
  var commandPID: Int32 = 0
  /// What the process has printed.
  var words: WorkerWords?

  init(number: Int, pool: Pool, slot: Slot) {
    self.number = number
    self.pool = pool
    self.slot = slot
    slotDeadline = slot.deadline
  }

  /// As people name it: its number, and before it the pool where that is not `api`.
  var name: String { pool.isOnDemand ? "\(pool.name)/\(number)" : String(number) }

  /// The earlier deadline of the slot and of its channel (monotonic time).
  var deadline: Duration? { earlier(slotDeadline, channel?.deadline) }
}
