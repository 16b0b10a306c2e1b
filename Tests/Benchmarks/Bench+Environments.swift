import Glibc
import HoneydewMessages
import HoneydewProtobuf
import HoneydewSystem

/// What it costs that a worker's process serves one environment and is replaced for another one.
extension Bench {
  private static let environments = ["a", "b", "c", "d", "e"]

  /// Runs calls of the API, those of five environments in turn over four workers, next to as many of one environment. Both
  /// wait for the same small API.
  func measureEnvironments() throws {
    let api = try ExampleAPI(directory.path)
    defer { api.kill() }
    let session = try startDaemon(home: "environments")
    try session.connect()
    for name in Self.environments {
      _ = try session.call {
        session.api.addEnvironment(
          .with {
            $0.name = name
            $0.baseURL = api.url
            $0.allowHTTP = true
          }, completion: $0)
      }
      _ = try session.call {
        session.api.login(
          .with {
            $0.username = "admin"
            $0.password = "honeydew-demo"
            $0.environment = name
          }, completion: $0)
      }
    }
    try session.waitForWorkers("idle")
    let count = 1000
    let cost = try interleaved(
      rounds: 3, { try run(count, of: Self.environments, session) }, { try run(count, of: ["a"], session) })
    report.add(
      Figure(
        name: "API calls of 5 environments, 4 workers; peer: of one", value: 1e6 / cost.value, unit: "jobs/s",
        floor: 1e6 / cost.floor, budget: .ratioAtLeast(0.5)))
    try session.daemon.kill()
  }

  private func run(_ count: Int, of environments: [String], _ session: Session) throws -> Double {
    let jobs = (0..<count).map { number in
      var job = Session.job("organizations.list")
      job.environment = environments[number % environments.count]
      return job
    }
    return try microseconds(each: count) {
      let answer = try session.call { session.api.submitJobs(.with { $0.jobs = jobs }, completion: $0) }
      try session.wait(for: answer.jobIds)
    }
  }
}

/// The API for trying Honeydew, from this tree.
final class ExampleAPI {
  let url: String
  private let process: ChildProcess

  init(_ directory: String) throws {
    let output = try UnixSocket.pair()
    // Python finds its packages by the path that it is called by.
    let python = ".build/venv/bin/python"
    process = try ChildProcess(
      ChildProcess.Command(
        path: python, arguments: [python, "contrib/sandbox-api/sandbox.py", "--plain"],
        environment: ["PATH=/usr/bin:/bin", "HOME=\(directory)"], output: output.theirs.fileNumber))
    output.theirs.close()
    try output.ours.setNonblocking(false)
    var line = [UInt8](repeating: 0, count: 4096)
    let length = try output.ours.read(into: &line, path: "the API's output")
    // {"url": "http://…", …}
    let words = String(decoding: line[..<length], as: UTF8.self).split(separator: "\"")
    guard let url = words.first(where: { $0.hasPrefix("http://") }) else {
      throw BenchmarkError("contrib/sandbox-api does not start; run: make setup")
    }
    self.url = String(url)
  }

  func kill() {
    process.signal(SIGKILL)
  }
}
