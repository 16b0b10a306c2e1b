import Glibc
import HoneydewSystem

/// beanstalkd, the work queue that Honeydew is compared to, syncing its log before each answer as Honeydew does.
final class Beanstalk {
  private let socket: String
  private let load: String
  private let process: ChildProcess

  /// - Parameter load: the program `beanstalk-load`.
  init(home: String, load: String) throws {
    self.load = load
    socket = home + "/socket"
    try Files.makeDirectory(home)
    let path = try Program.find("beanstalkd")
    // It complains of each client that goes.
    let nowhere = try Files.open("/dev/null", flags: O_WRONLY)
    process = try ChildProcess(
      ChildProcess.Command(
        path: path, arguments: [path, "-l", "unix:" + socket, "-b", home, "-f0"], environment: [],
        error: nowhere.fileNumber))
    while (try? UnixSocket.connect(path: socket)) == nil {
      guard try process.reap() == nil else { throw BenchmarkError("beanstalkd has ended; see the lines above") }
      usleep(1000)
    }
  }

  /// Has clients put jobs, one at a time each, and workers carry out as many.
  ///
  /// - Returns: microseconds a job.
  func run(clients: Int = 0, workers: Int = 0, jobs: Int) throws -> Double {
    let text = try Program.output(of: load, [socket, "\(clients)", "\(workers)", "\(jobs)"])
    guard let cost = Double(text.split(separator: "\n").first ?? "") else {
      throw BenchmarkError("\(load) says: \(text)")
    }
    return cost / Double(jobs)
  }

  func kill() {
    process.signal(SIGKILL)
    while (try? process.reap()) == .some(nil) { usleep(1000) }
  }
}
