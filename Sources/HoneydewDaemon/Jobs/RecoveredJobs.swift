internal import HoneydewSystem

/// What a start has found of jobs.
struct RecoveredJobs: Equatable {
  /// All that are pending now.
  var pending = 0
  /// Of them, those whose attempt the daemon's end has cut off.
  var interrupted = 0
  /// Those whose attempt it has cut off and that have failed for it, since their command must not be repeated.
  var failed = 0

  /// For the log.
  var fields: LogFields {
    ["pending": .int(pending), "interrupted": .int(interrupted), "failed": .int(failed)]
  }
}
