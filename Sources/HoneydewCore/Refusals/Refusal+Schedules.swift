extension Refusal {
  public static func scheduleNotFound(_ text: String) -> Refusal {
    Refusal(
      .scheduleNotFound, "no schedule is named \"\(text.printable)\"; `honeydew schedule list` shows the schedules")
  }

  public static func scheduleExists(_ name: String) -> Refusal {
    Refusal(
      .scheduleExists, "there is a schedule \(name) already; update or remove it, or choose another name")
  }

  public static func scheduleOfAnotherUser(_ name: String) -> Refusal {
    Refusal(.scheduleExists, "there is a schedule \(name) already, which another user has added; choose another name")
  }

  public static func scheduleOfAnotherSet(_ name: String, set: String) -> Refusal {
    Refusal(
      .scheduleExists,
      "the schedule \(name) belongs to the set \(set); remove it there, or choose another name")
  }

  public static func scheduleBusy(_ name: String, job id: String) -> Refusal {
    Refusal(
      .scheduleBusy,
      "job \(id) of the schedule \(name) has not ended, and its jobs may not overlap; wait for it or cancel it",
      facts: ["job_id": id])
  }
}
