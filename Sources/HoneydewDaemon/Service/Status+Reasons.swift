internal import HoneydewCore
internal import HoneydewRPC
internal import HoneydewStore

/// The daemon's errors towards clients: each with a stable reason and a sentence that says what to do.
extension Status {
  static let storeUnavailable = Status.error(
    .unavailable,
    "the job store is down; whether anything has changed is not known. Look at `honeydew status`, and repeat the call "
      + "later, a submission with an idempotency key",
    reason: "STORE_UNAVAILABLE")

  static let shuttingDown = Status.error(
    .unavailable, "the daemon is shutting down; repeat the call when it is back", reason: "SHUTTING_DOWN")

  /// Whether a refusal is news, such as a job's end, which may not be told before it is on disk.
  var tellsOfStoredState: Bool { code == .failedPrecondition || code == .alreadyExists }

  static func invalid(_ field: String, _ text: String) -> Status {
    .error(.invalidArgument, text, reason: "INVALID_ARGUMENT", metadata: ["field": field])
  }

  static func wrongState(of job: Job, _ text: String) -> Status {
    let verb = job.status.isEnd && job.status != .cancelled ? "has" : "is"
    return .error(
      .failedPrecondition, "job \(job.id) \(verb) already \(job.status.rawValue): \(text)", reason: "WRONG_STATE",
      metadata: ["status": job.status.rawValue])
  }

  static func idempotencyConflict(_ first: Job) -> Status {
    .error(
      .alreadyExists, "job \(first.id) has this idempotency key and asks for something else; choose another key",
      reason: "IDEMPOTENCY_CONFLICT", metadata: ["job_id": first.id])
  }

  static let idempotencyConflictWithin = Status.error(
    .alreadyExists, "an earlier job of this call has this idempotency key and asks for something else; choose another",
    reason: "IDEMPOTENCY_CONFLICT", metadata: ["field": "idempotency_key"])

  static func sealingFailed(_ what: String, _ error: any Error) -> Status {
    .error(.internal, "\(what) could not be sealed or opened: \(error)", reason: "SEALING_FAILED")
  }

  static func jobNotFound(_ id: String) -> Status {
    .error(
      .notFound, "no job has the id \"\(id.printable)\"; `honeydew job list` shows the jobs", reason: "JOB_NOT_FOUND")
  }

  static func ambiguousJob(_ prefix: String, candidates: [String]) -> Status {
    .error(
      .invalidArgument, "\"\(prefix.printable)\" begins several job ids: \(candidates.joined(separator: ", "))",
      reason: "AMBIGUOUS_ID")
  }

  static func scheduleNotFound(_ text: String) -> Status {
    .error(
      .notFound, "no schedule is named \"\(text.printable)\"; `honeydew schedule list` shows the schedules",
      reason: "SCHEDULE_NOT_FOUND")
  }

  static func scheduleBusy(_ name: String, _ job: Job) -> Status {
    .error(
      .failedPrecondition,
      "job \(job.id) of the schedule \(name) has not ended, and its jobs may not overlap; wait for it or cancel it",
      reason: "SCHEDULE_BUSY", metadata: ["job_id": job.id])
  }

  static func environmentNotFound(_ name: String) -> Status {
    .error(
      .notFound, "no environment is named \"\(name.printable)\"; `honeydew env list` shows the environments",
      reason: "ENVIRONMENT_NOT_FOUND", metadata: ["field": "environment"])
  }
}

/// What the store answers; the client hears of one that cannot as of one that is down.
func available<Value>(_ read: () throws(StoreError) -> Value) throws(Status) -> Value {
  do {
    return try read()
  } catch {
    throw .storeUnavailable
  }
}

extension String {
  /// The text cut to a number of UTF-8 bytes, with a sign of the cut.
  func shortened(toBytes limit: Int) -> String {
    guard utf8.count > limit else { return self }
    let mark = "…"
    var text = ""
    var count = mark.utf8.count
    for scalar in unicodeScalars {
      count += UTF8.width(scalar)
      guard count <= limit else { break }
      text.unicodeScalars.append(scalar)
    }
    return text + mark
  }

  /// The text for an error message: bounded, and without control characters.
  var printable: String {
    let clean = unicodeScalars.prefix(80).map { $0.properties.generalCategory == .control ? "\u{FFFD}" : $0 }
    var text = String(String.UnicodeScalarView(clean))
    if unicodeScalars.count > 80 { text += "…" }
    return text
  }
}
