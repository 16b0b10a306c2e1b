internal import HoneydewCore
internal import HoneydewJSON
internal import HoneydewMessages
internal import HoneydewText

/// What is said about local commands in tables.
enum LocalText {
  /// `● running`.
  static func state(of job: Honeydew_JobStatus) -> Table.Cell {
    let state = StateSign(status: job.status, waits: !job.nextRunAt.isEmpty)
    return Table.Cell(state.text, .of(status: job.status))
  }

  /// How long its latest attempt took, or takes, and what is usual.
  static func time(of job: Honeydew_JobStatus, usual: Duration?, now: Timestamp) -> Table.Cell {
    guard let start = Timestamp(job.startedAt) else { return Table.Cell("") }
    let end = Timestamp(job.completedAt) ?? (job.status == "running" ? now : nil)
    guard let end, end >= start else { return Table.Cell("") }
    let taken = end - start
    let text = HumanText.duration(taken)
    guard job.status == "running", let usual, usual > .zero else { return Table.Cell(text, amount: amount(taken)) }
    let share = min(999, taken.wholeMilliseconds * 100 / max(1, usual.wholeMilliseconds))
    return Table.Cell(
      "\(text), \(share) % of \(HumanText.duration(usual))", share > 200 ? .warning : .plain, amount: amount(taken))
  }

  /// What is told of one beside what is told of every job.
  static func facts(_ job: Honeydew_JobStatus) -> [Fact] {
    let payload = try? JSONValue(parsing: Array(job.payload.utf8))
    let report = LocalReport(of: job)
    let variables = payload?["env"]?.members?.map(\.key).sorted() ?? []
    var facts = [
      Fact("runs", job.title), Fact("directory", job.cwd), Fact("description", job.description_p),
      Fact("variables", variables.joined(separator: ", ")), Fact("settings", settings(payload)),
      Fact("process", job.pid > 0 ? String(job.pid) : ""),
    ]
    if job.isEnding { facts.append(Fact("processes", "are being ended", .warning)) }
    guard job.hasEnded else { return facts }
    facts += [
      Fact("exit", report.exit), Fact("took", report.wall.map(HumanText.duration) ?? ""),
      Fact("processor", report.cpu.map(HumanText.duration) ?? ""), Fact("memory", HumanText.bytes(report.memory ?? 0)),
    ]
    if !report.survivors.isEmpty { facts.append(Fact("left", report.survivors.joined(separator: ", "), .bad)) }
    return facts
  }

  /// `shell, nice 5`.
  private static func settings(_ payload: JSONValue?) -> String {
    let told: Set = ["argv", "cwd", "env", "description"]
    return (payload?.members ?? []).filter { !told.contains($0.key) }.map { member in
      member.value == true ? member.key : "\(member.key) \(String(decoding: member.value.serialized, as: UTF8.self))"
    }.joined(separator: ", ")
  }

  private static func amount(_ duration: Duration) -> Double { Double(duration.wholeMilliseconds) }

  /// `0`, `exited with status 3`, or why it did not end by itself.
  static func exit(of job: Honeydew_JobStatus) -> Table.Cell {
    switch job.status {
    case "completed": Table.Cell("0")
    case "failed":
      Table.Cell(
        job.errorCode == "EXIT_STATUS" ? String(job.error.dropFirst("EXIT_STATUS: ".count)) : job.error, .bad)
    default: Table.Cell("")
    }
  }
}
