internal import HoneydewCore

/// What a turn has made of a job.
final class JobChange {
  var job: Job
  /// What the committed row is; nil for a job without one.
  let from: JobVersion?
  /// The job's payload was not read: its row keeps it.
  var isOutline: Bool
  /// The decisions of the turn that have changed it.
  var decisions: [Int]

  init(_ job: Job, from: JobVersion?, isOutline: Bool, decision: Int) {
    self.job = job
    self.from = from
    self.isOutline = isOutline
    decisions = [decision]
  }

  var write: Turn.Write {
    Turn.Write(write: from.map { .updateJob(job, from: $0) } ?? .insertJob(job), decisions: decisions)
  }
}
