internal import HoneydewCore
internal import HoneydewFrames
internal import HoneydewSystem

/// Something that a worker did, to be decided about in a turn.
struct WorkerInput {
  enum Kind {
    /// The worker's answer, the file that a spooled one is in, and how long it took.
    case result(Worker, Honeydew_Worker_Result, LentFile?, after: Duration)
    /// The process is gone without an answer, and reaped; and how long the work had run.
    case lost(Slot.Loss, after: Duration)
  }

  let work: WorkID
  let kind: Kind
  /// The call that it belongs to, once that was taken: the answer is there only once.
  var call: InternalCall?

  init(_ work: WorkID, _ kind: Kind) {
    self.work = work
    self.kind = kind
  }

  fileprivate var neverBegan: Bool { if case .lost(.neverBegan, _) = kind { true } else { false } }
}

/// What workers did and what is not decided yet: what has just come, and what was decided in a turn that was lost.
final class Inbox {
  private var inputs: [WorkerInput] = []

  var isEmpty: Bool { inputs.isEmpty }
  /// The work that began, and that the inputs are about.
  var work: Set<WorkID> { Set(inputs.lazy.filter { !$0.neverBegan }.map(\.work)) }
  /// The work that did not, and is to be dispatched again.
  var unbegunWork: Set<WorkID> { Set(inputs.lazy.filter(\.neverBegan).map(\.work)) }

  func add(_ input: WorkerInput) {
    inputs.append(input)
  }

  /// Puts back what was decided in a turn that was lost, before what has come since.
  func putBack(_ inputs: [WorkerInput]) {
    self.inputs = inputs + self.inputs
  }

  func take() -> [WorkerInput] {
    defer { inputs = [] }
    return inputs
  }
}
