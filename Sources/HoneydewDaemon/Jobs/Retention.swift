internal import HoneydewConfig
internal import HoneydewCore
internal import HoneydewStore

/// Removes ended jobs that are too old or too many, oldest submissions first, in small steps; and gives the pages that they
/// leave behind back to the file system. Requests of clients go first.
final class Retention: TurnOwner {
  /// Between two looks.
  private static let interval = Duration.seconds(60)

  private let turn: Turn
  private let gate: StoreGate
  private let jobs: JobBook
  private let desk: JobDesk
  private let steps: StepQueue
  private let options: LiveSettings
  /// When the next look is due (monotonic time).
  private var due: Duration

  init(turn: Turn, gate: StoreGate, jobs: JobBook, desk: JobDesk, steps: StepQueue, options: LiveSettings) {
    self.turn = turn
    self.gate = gate
    self.jobs = jobs
    self.desk = desk
    self.steps = steps
    self.options = options
    due = turn.now
  }

  var deadline: Duration? {
    guard gate.store != nil, gate.mayCommit else { return nil }
    return jobs.hasFreePages ? .zero : due
  }

  func step() {
    guard steps.isEmpty, gate.mayCommit else { return }
    if due <= turn.now {
      gate.reading(retain)
    } else if jobs.hasFreePages, !jobs.hasChanges {
      // What this turn removes is free after its commit.
      // On an error it is tried again when the store is back.
      jobs.hasFreePages = ((try? gate.vacuum(pages: 64)) ?? 1) > 0
    }
  }

  /// A job waits for older ones that ended later, so that a step need not look further than its own size.
  private func retain(_ store: Store) throws(StoreError) {
    let rules = options.settings.queue.retention
    let ends = JobStatus.allCases.filter(\.isEnd)
    let total = ends.reduce(0) { $0 + (jobs.counts[$1] ?? 0) }
    var excess = max(0, total - rules.maximumJobs)
    let cutoff = turn.wallNow + .seconds(-86400 * rules.maximumAgeDays)
    let oldest = try store.jobReferences(filter: JobFilter(statuses: Set(ends)), limit: StepSize.rows)
    let removable = oldest.prefix { job in
      excess -= 1
      return excess >= 0 || job.completedAt.map { $0 < cutoff } ?? false
    }
    turn.beginDecision()
    for job in removable { _ = desk.remove(job) }
    due = removable.count < StepSize.rows ? turn.now + Self.interval : turn.now
  }
}
