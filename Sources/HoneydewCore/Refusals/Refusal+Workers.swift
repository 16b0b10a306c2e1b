extension Refusal {
  public static func workerNotFound(_ number: Int32, of count: Int) -> Refusal {
    Refusal(.workerNotFound, "there is no worker \(number); the workers are 1 to \(count)")
  }

  public static func workerStopped(_ number: Int32) -> Refusal {
    Refusal(.wrongState, "worker \(number) is stopped; start it with: honeydew worker start \(number)")
  }

  public static let workersStopped = Refusal(
    .wrongState, "all workers are stopped; start one with: honeydew worker start 1")

  public static let restartUnderWay = Refusal(
    .wrongState,
    "a restart of all workers is under way, one after the other; to interrupt a job that it waits for: honeydew worker "
      + "restart N --now")

  public static func workerNotBack(_ number: Int, _ lastExit: String) -> Refusal {
    Refusal(
      .workerNotReady,
      "worker \(number) was restarted and does not come back (\(lastExit)); the others were left as they are. See: "
        + "honeydew worker list")
  }
}
