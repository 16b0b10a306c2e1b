import Glibc
import HoneydewConfig
import HoneydewCore
import HoneydewStore
import HoneydewSystem
import Testing

@testable import HoneydewDaemon

@Suite(.timeLimit(.minutes(1)))
struct StartupTests {
  let directory = TemporaryDirectory()

  @Test func `a new database has the two built-in environments, once`() throws {
    let store = try directory.openStore()
    try store.registerFirstEnvironments(endpoint: nil, now: noon)
    try store.registerFirstEnvironments(endpoint: "https://other.test/graphql", now: noon)
    let environments = try store.environments()
    #expect(environments.map(\.name) == ["development", "production"])
    #expect(environments.filter(\.isActive).map(\.name) == ["production"])
    #expect(environments.allSatisfy { $0.baseURL.hasPrefix("https://") && $0.id.utf8.count == 13 })
  }

  @Test func `a configured endpoint stands in for both`() throws {
    let store = try directory.openStore()
    try store.registerFirstEnvironments(endpoint: "https://api.test/graphql", now: noon)
    let environments = try store.environments()
    #expect(environments.map(\.name) == ["default"])
    #expect(environments.map(\.baseURL) == ["https://api.test/graphql"])
    #expect(environments.map(\.isActive) == [true])
  }

  @Test func `the worker is the configured one, else the one beside this executable`() throws {
    var settings = Settings(home: try Home(directory.path))
    let own = try Files.realPath("/proc/self/exe")
    #expect(try workerPath(settings) == own[...own.lastIndex(of: "/")!] + "honeydew-worker")
    settings.worker.path = "/opt/worker"
    #expect(try workerPath(settings) == "/opt/worker")
  }

  @Test func `a worker gets nothing of the daemon's environment but what it needs, and the instance's mark`() async {
    await #expect(processExitsWith: .success) {
      for name in ["PATH", "TZ", "LANG", "LC_ALL"] { unsetenv(name) }
      for name in ["http_proxy", "https_proxy", "HTTPS_PROXY", "no_proxy", "NO_PROXY"] { unsetenv(name) }
      setenv("PATH", "/bin", 1)
      setenv("https_proxy", "http://proxy.test:3128", 1)
      for name in ["NOTIFY_SOCKET", "CREDENTIALS_DIRECTORY", "LD_PRELOAD", "PASSWORD"] { setenv(name, "secret", 1) }
      var settings = Settings(home: try Home("/home")).worker
      (settings.memoryLimitMegabytes, settings.sandbox) = (7, .required)
      let commands = WorkerCommand(
        path: "/w", marker: "/home/of it", settings: settings, outputDirectory: "/out", usesProxy: true)
      let command = commands.api
      #expect(command.path == "/w")
      #expect(
        command.arguments == ["/w", "--mark", "/home/of it", "--memory-limit-mb", "7", "--sandbox", "required"])
      #expect(
        command.environment == ["PATH=/bin", "https_proxy=http://proxy.test:3128", "HONEYDEW_MARK=/home/of it"])
      #expect(
        commands.exec.arguments == ["/w", "--mark", "/home/of it", "--kind", "exec", "--output-directory", "/out"])
      #expect(commands.exec.environment == ["PATH=/bin", "HONEYDEW_MARK=/home/of it"])
      let withoutProxy = WorkerCommand(
        path: "/w", marker: "/home", settings: settings, outputDirectory: "/out", usesProxy: false
      ).api
      #expect(withoutProxy.environment == ["PATH=/bin", "HONEYDEW_MARK=/home"])
    }
  }

  @Test func `results that no row names are removed`() throws {
    let store = try directory.openStore()
    var job = Job(id: "abcdefghijklm", sequence: 1, command: "diag.noop", payload: [], createdAt: noon)
    job.result = .spooled(file: "\(job.id).2", size: 0)
    _ = try store.commit([.insertJob(job)])
    let results = directory.file("results")
    try Files.makeDirectory(results)
    // An attempt that was not committed, one that did not end, a job that is gone; and a file of somebody's own.
    for name in ["\(job.id).1", "\(job.id).2", ".lent-0123abc", "nopqrstuvwxyz.1", "backup.db"] {
      try Files.writeAtomically([], to: "\(results)/\(name)", mode: 0o600)
    }
    // A disk of its own has such a directory.
    try Files.makeDirectory("\(results)/lost+found")
    let log = Log(try .file(directory.file("log")))
    try removeStrayResults(in: results, store: store, log: log)
    log.flush()
    #expect(try Files.list(results).sorted() == ["\(job.id).2", "backup.db", "lost+found"])
  }

  @Test func `a second daemon of a home is told of the first`() throws {
    let home = try Home(directory.path)
    let lock = try LockFile(home: home)
    let error = #expect(throws: StartupError.self) { _ = try LockFile(home: home) }
    #expect(
      error?.message
        == "another daemon with pid \(getpid()) runs on \(directory.path); stop it first: honeydew --home \(directory.path) shutdown"
    )
    #expect(error?.exitStatus == 1)
    withExtendedLifetime(lock) {}
  }

  @Test func `a start that cannot succeed the next time either says so by its exit status`() throws {
    try Files.writeAtomically([UInt8](repeating: 0x41, count: 8192), to: directory.file("daemon.db"), mode: 0o600)
    let corrupt = #expect(throws: StoreError.self) { try directory.openStore() }
    #expect(StartupError(try #require(corrupt)).exitStatus == 78)
    try Files.writeAtomically(Array("nonsense: true\n".utf8), to: directory.file("config.yaml"), mode: 0o600)
    let home = try Home(directory.path)
    let invalid = #expect(throws: ConfigError.self) { try Configuration.load(home: home) }
    #expect(StartupError(try #require(invalid)).exitStatus == 78)
    #expect(StartupError(Errno(EMFILE, call: "open")).exitStatus == 1)
    #expect(StartupError(StartupError("usage", exitStatus: 2)).exitStatus == 2)
  }

  @Test func `ids are thirteen characters of base32, and no two alike`() {
    var random = StockedRandom()
    let ids = (0..<1000).map { _ in randomID(using: &random) }
    #expect(Set(ids).count == ids.count)
    #expect(Set(ids.joined()) == Set("abcdefghijklmnopqrstuvwxyz234567"))
    #expect(ids.allSatisfy { $0.utf8.count == 13 })
  }

  @Test(arguments: [
    ("plain ☺", "plain ☺"), ("a\u{0}b\u{1B}[31m\n", "a\u{FFFD}b\u{FFFD}[31m\u{FFFD}"),
    (String(repeating: "x", count: 80), String(repeating: "x", count: 80)),
    (String(repeating: "x", count: 81), String(repeating: "x", count: 80) + "…"),
  ])
  func `text from outside is bounded and without controls in a message`(text: String, printable: String) {
    #expect(text.printable == printable)
  }
}
