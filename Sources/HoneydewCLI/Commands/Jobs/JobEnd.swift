internal import HoneydewCore
internal import HoneydewMessages

/// What the end of a job means for people and for the exit status.
enum JobEnd {
  /// Why a job has no result; nil for one that completed.
  static func failure(of job: Honeydew_JobStatus) -> Failure? {
    switch job.status {
    case "completed": nil
    case "failed":
      Failure(
        status(of: job), "job \(job.jobID) failed: \(job.error)\(advice(job))",
        reason: job.errorCode.isEmpty ? nil : job.errorCode)
    case "cancelled": Failure(.failed, "job \(job.jobID) was cancelled", reason: "CANCELLED")
    default:
      Failure(
        .failed, "job \(job.jobID) is \(job.status) and has no result yet; wait with: honeydew job wait \(job.jobID)",
        reason: "NO_RESULT")
    }
  }

  /// The exit status that tells the failure of a job, by its error code.
  static func status(ofCode code: String) -> ExitCode {
    switch code {
    case "AUTH_REQUIRED", "AUTH_EXPIRED", "AUTH_INVALID": .loginNeeded
    case "TIMEOUT": .timedOut
    default: .failed
    }
  }

  /// Whether a login helps against the failure of a job.
  static func isLoginNeeded(_ job: Honeydew_JobStatus) -> Bool { status(of: job) == .loginNeeded }

  private static func status(of job: Honeydew_JobStatus) -> ExitCode {
    job.error.contains(AuthState.providersOwn) ? .failed : status(ofCode: job.errorCode)
  }

  /// What to do about it, where the job's error does not say so itself.
  private static func advice(_ job: Honeydew_JobStatus) -> String {
    guard isLoginNeeded(job), !job.error.contains("honeydew login") else { return "" }
    let start = job.error.hasSuffix("log in again") ? " with: " : "; log in with: "
    return start + "honeydew login" + (job.environment.isEmpty ? "" : " --env \(job.environment)")
  }
}
