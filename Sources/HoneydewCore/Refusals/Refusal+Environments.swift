extension Refusal {
  /// - Parameter field: of the request, that names it.
  public static func environmentNotFound(_ name: String, field: String = "environment") -> Refusal {
    Refusal(
      .environmentNotFound, "no environment is named \"\(name.printable)\"; `honeydew env list` shows the environments",
      facts: ["field": field])
  }

  public static func environmentExists(_ name: String) -> Refusal {
    Refusal(
      .environmentExists,
      "there is an environment \(name) already, and it is another one; remove it first, or choose another name")
  }

  public static func environmentActive(_ name: String) -> Refusal {
    Refusal(.environmentActive, "\(name) is the active environment; switch to another one first")
  }

  public static func environmentHasJobs(_ name: String) -> Refusal {
    Refusal(.environmentInUse, "jobs of \(name) have not ended; cancel them or let them end")
  }

  public static func environmentHasSchedules(_ name: String, _ schedules: [String]) -> Refusal {
    Refusal(
      .environmentInUse,
      "schedules name \(name): \(schedules.joined(separator: ", ")); update or remove them first")
  }

  /// A login that the API did not admit, or that did not come so far.
  public static func loginFailed(_ username: String, code: String, _ text: String) -> Refusal {
    Refusal(
      Reason(rawValue: code) ?? .protocolError, "the API did not log in \(username.printable): \(text)")
  }
}
