import HoneydewCore
import Testing

@testable import HoneydewConfig

struct SettingsTests {
  @Test(arguments: [
    "", "# nothing\n", "---\n", "{}\n", "~\n", "queue:\n", "queue:\n  # workers: 8\napi:\n", "\u{FEFF}",
  ])
  func `An empty file means the defaults`(yaml: String) throws {
    #expect(try parse(yaml) == Settings(home: makeHome()))
  }

  @Test func `The documented example is the default but for its endpoint`() throws {
    let settings = try parse(
      """
      daemon:
        socket_path: ~/.honeydew/daemon.sock
        pid_file: ~/.honeydew/daemon.pid

      storage:
        database_path: ~/.honeydew/daemon.db

      logging:
        level: info                          # debug, info, warn, error
        file: ~/.honeydew/daemon.log
        max_size_mb: 10                      # max size before rotation
        max_backups: 5                       # number of rotated files to keep
        max_age_days: 30                     # days to retain old logs
        compress: true                       # gzip rotated files

      queue:
        workers: 4
        max_retries: 3
        retry_backoff: exponential

      api:
        timeout: 30s
        graphql_endpoint: https://api.example.com/graphql
      """)
    var expected = try Settings(home: makeHome())
    expected.api.graphqlEndpoint = "https://api.example.com/graphql"
    #expect(settings == expected)
    #expect(settings.daemon.socketPath == "/home/ada/.honeydew/daemon.sock")
  }

  @Test func `Every key fills its setting`() throws {
    let settings = try parse(
      """
      daemon:
        {socket_path: /run/s, pid_file: '/run/p', max_connections: 99,
        max_connections_per_uid: 9, connection_memory_mb: 96}
      access: {admin: [root, 1001], submit: "@root", view: ["@1001", root]}
      storage: {database_path: "~/d"}
      logging: {level: warn, file: /l, max_size_mb: 1, max_backups: 2, max_age_days: 3, compress: false}
      queue: {workers: 1, max_retries: 0, shutdown_timeout: 1m30s, diagnostics: true, retry_backoff: exponential}
      api: {timeout: 250ms, graphql_endpoint: "http://127.0.0.1:8080/graphql", max_response_mb: 5, use_proxy: true}
      worker: {path: /opt/honeydew-worker, max_jobs: 9, max_age: 1h, max_rss_mb: 64, memory_limit_mb: 128}
      """)
    var expected = try Settings(home: makeHome())
    expected.daemon = .init(
      socketPath: "/run/s", pidFile: "/run/p",
      maxConnections: 99, maxConnectionsPerUID: 9,
      connectionMemoryMegabytes: 96)
    let root = Account(name: "root", number: 0, isGroup: false)
    expected.access = .init(
      admin: [root, Account(name: "1001", number: 1001, isGroup: false)],
      submit: [Account(name: "root", number: 0, isGroup: true)],
      view: [Account(name: "1001", number: 1001, isGroup: true), root])
    expected.storage = .init(databasePath: "/home/ada/d")
    expected.logging = .init(
      level: .warn, file: "/l", maxSizeMegabytes: 1, maxBackups: 2, maxAgeDays: 3, compress: false)
    expected.queue = .init(
      workers: 1, maxRetries: 0, retryBackoff: .exponential, shutdownTimeout: .seconds(90), diagnostics: true)
    expected.api = .init(
      timeout: .milliseconds(250), graphqlEndpoint: "http://127.0.0.1:8080/graphql", maxResponseMegabytes: 5,
      useProxy: true)
    expected.worker = .init(
      path: "/opt/honeydew-worker", maxJobs: 9, maxAge: .seconds(3600), maxResidentMegabytes: 64,
      memoryLimitMegabytes: 128)
    #expect(settings == expected)
  }

  @Test(arguments: SettingKey.all)
  func `A default is written as it is read`(key: SettingKey) throws {
    let defaults = try Settings(home: makeHome())
    var settings = defaults
    guard let text = key.text(in: defaults) else {
      let withoutDefault = [
        "api.graphql_endpoint", "queue.provider_concurrency", "worker.path", "worker.max_jobs", "worker.max_age",
        "access.admin", "access.submit", "access.view",
      ]
      #expect(withoutDefault.contains(key.name))
      return
    }
    #expect(key.fill(&settings, with: YAMLScalar(text: text, isPlain: true), home: try makeHome()))
    #expect(settings == defaults)
  }

  @Test func `Keys are named once and described`() {
    #expect(Set(SettingKey.all.map(\.name)).count == SettingKey.all.count)
    for key in SettingKey.all { #expect(key.about.hasSuffix(".") && !key.expectation.hasSuffix("."), "\(key.name)") }
  }

  @Test(arguments: [
    ("2", Throttle.Concurrency(standard: 2)),
    ("{github: 1, diag: 3}", Throttle.Concurrency(providers: ["github": 1, "diag": 3])),
  ])
  func `The concurrency of providers is one number or one for each`(
    text: String, expected: Throttle.Concurrency
  ) throws {
    let settings = try Configuration.parse(
      Array("queue:\n  provider_concurrency: \(text)".utf8), file: "config.yaml", home: makeHome()
    ).settings
    #expect(settings.queue.providerConcurrency == expected)
  }
}
