extension Refusal {
  public static func workerNotFound(_ number: Int32, of count: Int, in pool: String) -> Refusal {
    let place = pool == PoolRules.api ? "" : " in the pool \(pool)"
    return Refusal(.workerNotFound, "there is no worker \(number)\(place); the workers are 1 to \(count)")
  }

  public static func poolNotFound(_ name: String, among names: [String]) -> Refusal {
    Refusal(
      .poolNotFound, "there is no pool \"\(name.printable)\"; there are \(names.joined(separator: ", "))",
      facts: ["field": "pool"])
  }

  public static func workerStopped(_ name: String) -> Refusal {
    Refusal(.wrongState, "worker \(name) is stopped; start it with: honeydew worker start \(name)")
  }

  /// - Parameter size: how many workers the pool may have.
  public static func workersStopped(in pool: String, size: Int) -> Refusal {
    let (what, command) = PoolRules.standstill(of: pool, size: size)
    return Refusal(.wrongState, "\(what); start one with: \(command)")
  }

  public static let restartUnderWay = Refusal(
    .wrongState,
    "a restart of all workers is under way, one after the other; to interrupt a job that it waits for: honeydew worker "
      + "restart N --now")

  public static func workerNotBack(_ name: String, _ lastExit: String) -> Refusal {
    Refusal(
      .workerNotReady,
      "worker \(name) was restarted and does not come back (\(lastExit)); the others were left as they are. See: "
        + "honeydew worker list")
  }
}
