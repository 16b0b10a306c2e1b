import Glibc
import HoneydewMessages
import HoneydewProtobuf
import HoneydewSystem

/// What it costs that a program is run as a job: queued, supervised, its output kept and its end on disk.
extension Bench {
  private static let program = "/bin/true"

  func measureLocalCommands() throws {
    let session = try startDaemon(home: "commands")
    try session.connect()
    try session.waitForWorkers("idle")
    let spooler = try TaskSpooler(home: "\(directory.path)/spooler", slots: 8)
    defer { spooler.kill() }
    let count = 500
    // The processes on demand are there after the first round.
    _ = try run(count, session)
    var (costs, bare, others): ([Double], [Double], [Double]) = ([], [], [])
    for _ in 0..<5 {
      bare.append(try microseconds(each: count) { try spawn(count, atOnce: 2) })
      costs.append(try run(count, session))
      others.append(try microseconds(each: count) { try spooler.run(Self.program, count: count) })
    }
    let rate = 1e6 / median(costs)
    report.add(
      Figure(
        name: "local commands, 8 at once; floor: posix_spawn, 2 at once", value: rate, unit: "jobs/s",
        floor: 1e6 / median(bare), budget: .ratioAtLeast(0.6)))
    report.add(
      Figure(
        name: "local commands, 8 at once; peer: task-spooler", value: rate, unit: "jobs/s",
        floor: 1e6 / median(others)))
    try session.daemon.kill()
  }

  /// - Returns: microseconds a command, from its submission to the news of its end.
  private func run(_ count: Int, _ session: Session) throws -> Double {
    let jobs = Array(repeating: Session.job("local.exec", #"{"argv":["\#(Self.program)"]}"#), count: count)
    return try microseconds(each: count) {
      let answer = try session.call { session.api.submitJobs(.with { $0.jobs = jobs }, completion: $0) }
      try session.wait(for: answer.jobIds)
    }
  }

  /// Starts the program so many times, and waits for each.
  private func spawn(_ count: Int, atOnce width: Int) throws {
    var running: [ChildProcess] = []
    var left = count
    while left > 0 || !running.isEmpty {
      while left > 0, running.count < width {
        running.append(
          try ChildProcess(.init(path: Self.program, arguments: [Self.program], environment: [])))
        left -= 1
      }
      var entries = running.map { pollfd(fd: $0.fileNumber, events: Int16(POLLIN), revents: 0) }
      _ = poll(&entries, nfds_t(entries.count), 1000)
      running = try running.filter { try $0.reap() == nil }
    }
  }
}

/// task-spooler (tsp), which queues commands of a shell and keeps their outputs.
final class TaskSpooler {
  private let path: String
  private let environment: [String]

  init(home: String, slots: Int) throws {
    path = try Program.find("tsp")
    try Files.makeDirectory(home)
    environment = ["PATH=/usr/bin:/bin", "TS_SOCKET=\(home)/socket", "TMPDIR=\(home)", "TS_MAXFINISHED=100000"]
    try call(["-S", "\(slots)"])
  }

  /// Queues a program so many times, and waits until none is left.
  func run(_ program: String, count: Int) throws {
    for _ in 0..<count { try call([program]) }
    try call(["-w"])
  }

  func kill() { try? call(["-K"]) }

  private func call(_ arguments: [String]) throws {
    let nowhere = try Files.open("/dev/null", flags: O_WRONLY)
    let process = try ChildProcess(
      .init(
        path: path, arguments: [path] + arguments, environment: environment, output: nowhere.fileNumber,
        error: nowhere.fileNumber))
    while try process.reap() == nil {
      var entry = pollfd(fd: process.fileNumber, events: Int16(POLLIN), revents: 0)
      _ = poll(&entry, 1, 1000)
    }
  }
}
