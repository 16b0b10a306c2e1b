extension Refusal {
  public static func jobNotFound(_ id: String) -> Refusal {
    Refusal(.jobNotFound, "no job has the id \"\(id.printable)\"; `honeydew job list` shows the jobs")
  }

  public static func ambiguousJob(_ prefix: String, candidates: [String]) -> Refusal {
    Refusal(.ambiguousID, "\"\(prefix.printable)\" begins several job ids: \(candidates.joined(separator: ", "))")
  }

  /// - Parameter text: what would need another state.
  public static func wrongState(of id: String, _ status: JobStatus, _ text: String) -> Refusal {
    let verb = status.isEnd && status != .cancelled ? "has" : "is"
    return Refusal(
      .wrongState, "job \(id) \(verb) already \(status.rawValue): \(text)", facts: ["status": status.rawValue])
  }

  public static func idempotencyConflict(_ first: String) -> Refusal {
    Refusal(
      .idempotencyConflict, "job \(first) has this idempotency key and asks for something else; choose another key",
      facts: ["job_id": first])
  }

  public static let idempotencyConflictWithin = Refusal(
    .idempotencyConflict,
    "an earlier job of this call has this idempotency key and asks for something else; choose "
      + "another", facts: ["field": "idempotency_key"])

  public static func noOutput(of id: String) -> Refusal {
    Refusal(.noOutput, "job \(id) is no local command, and has no output; see: honeydew job result \(id)")
  }

  public static func noResult(of id: String) -> Refusal { Refusal(.noResult, "job \(id) has no result") }

  public static func resultLost(_ text: String) -> Refusal {
    Refusal(.resultLost, "the result's file is damaged: \(text); run the job again")
  }

  public static let outOfDescriptors = Refusal(.outOfDescriptors, "too many files are open; try again later")
}

extension Refusal {
  /// The refusal of one of several submissions, in the terms of the call that holds them all.
  public func atJob(_ index: Int) -> Refusal { at("jobs[\(index)]") }

  /// The same for one of several schedules.
  public func atSchedule(_ index: Int) -> Refusal { at("schedules[\(index)]") }

  private func at(_ place: String) -> Refusal {
    var indexed = self
    indexed.text = "\(place): \(text)"
    indexed.facts["field"] = facts["field"].map { "\(place).\($0)" } ?? place
    return indexed
  }
}
