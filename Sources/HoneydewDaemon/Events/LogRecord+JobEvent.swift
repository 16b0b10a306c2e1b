internal import HoneydewCore
internal import HoneydewSystem

extension LogRecord {
  /// What the log says of an event; nil where it says nothing.
  init?(_ event: JobEvent) {
    component = .queue
    fields = ["job_id": .string(event.id), "command": .string(event.command)]
    switch event.kind {
    case .submitted:
      message = "job submitted"
      fields.append("priority", .int(event.priority))
    case .started:
      message = "job started"
      fields.append("worker_id", .int(event.worker ?? 0))
      appendRequest(event)
    case .retrying:
      (level, message) = (.warn, "job retrying")
      fields.append("error", .string(event.error?.description ?? ""))
      fields.append("retry_count", .int(event.retryCount))
      fields.append("next_retry", .string(event.nextRunAt?.description ?? ""))
      appendRequest(event)
    case .completed(let duration):
      message = "job completed"
      fields.append("duration_ms", .milliseconds(duration))
    case .failed(let duration):
      (level, message) = (.error, "job failed")
      fields.append("error", .string(event.error?.description ?? ""))
      fields.append("retry_count", .int(event.retryCount))
      fields.append("duration_ms", .milliseconds(duration))
      appendRequest(event)
    case .cancelled: message = "job cancelled"
    case .reopened: message = "job reopened"
    // Retention removes as many as are submitted, long after the last of them was of interest.
    case .removed: (level, message) = (.debug, "job removed")
    case .requeued, .reprioritized: return nil
    }
    if let caller = event.caller {
      component = .audit
      AuditLine.append(caller, to: &fields)
      fields.append("outcome", .string(AuditLine.done))
    }
  }

  private mutating func appendRequest(_ event: JobEvent) {
    if let id = event.requestID { fields.append("request_id", .string(id)) }
  }
}
