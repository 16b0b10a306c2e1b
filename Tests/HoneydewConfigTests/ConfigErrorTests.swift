import Testing

@testable import HoneydewConfig

struct ConfigErrorTests {
  @Test(arguments: [
    ("queue:\n  workers: 0", "2: queue.workers: must be a whole number from 1 to 256"),
    (
      "queue:\n  provider_concurrency: {github: 2, githb: 3}",
      "2: queue.provider_concurrency.githb: must be a whole number from 1 to 256, or a key for each provider, such as "
        + "github: 2"
    ),
    (
      "access:\n  view: [root, nobody-of-this-name]",
      "2: access.view: must be users of this machine by name or number, and groups with an @ before them, such as alice or "
        + "[alice, 1001, \"@ops\"]; number 2 "
        + "of the list is wrong"
    ),
    (
      "daemon:\n  allow_users: [root]",
      "2: daemon.allow_users: is gone, because it made everybody an administrator; write the users below access: as admin:, "
        + "submit: or view:"
    ),
    (
      "daemon:\n  allow_groups: root",
      "2: daemon.allow_groups: is gone, because it made everybody an administrator; write the groups below access: as "
        + "admin:, submit: or view:, with an @ before each, such as \"@ops\""
    ),
    ("queue:\n  workers: four", "2: queue.workers: must be a whole number from 1 to 256"),
    ("queue:\n  workers: 4.0", "2: queue.workers: must be a whole number from 1 to 256"),
    ("queue:\n  workers: 010", "2: queue.workers: must be a whole number from 1 to 256"),
    ("queue:\n  workers: 99999999999999999999", "2: queue.workers: must be a whole number from 1 to 256"),
    ("queue:\n  workers: \"4\"", "2: queue.workers: must be a whole number from 1 to 256, without quotes"),
    ("queue:\n  workers:\n    - 4", "3: queue.workers: must be a whole number from 1 to 256, not a list"),
    ("queue:\n  workers: {a: 1}", "2: queue.workers: must be a whole number from 1 to 256, and can hold no keys"),
    ("queue:\n  workers:", "2: queue.workers: has no value; remove the line to get the default"),
    ("queue:\n  workers: ~", "2: queue.workers: has no value; remove the line to get the default"),
    ("queue:\n  diagnostics: yes", "2: queue.diagnostics: must be true or false"),
    ("queue:\n  diagnostics: 'true'", "2: queue.diagnostics: must be true or false, without quotes"),
    ("queue:\n  retry_backoff: linear", "2: queue.retry_backoff: must be exponential"),
    ("logging:\n  level: loud", "2: logging.level: must be debug, info, warn or error"),
    (
      "api:\n  timeout: 30",
      "2: api.timeout: must be a duration from 1ms to 24h, written like 250ms, 30s or 1h30m"
    ),
    ("api:\n  timeout: 25h", "2: api.timeout: must be a duration from 1ms to 24h, written like 250ms, 30s or 1h30m"),
    (
      "storage:\n  database_path: daemon.db",
      "2: storage.database_path: must be an absolute path, or one that begins with ~/"
    ),
    (
      "storage:\n  database_path: \"/a\\0b\"",
      "2: storage.database_path: must be an absolute path, or one that begins with ~/"
    ),
    (
      "daemon:\n  socket_path: /\(String(repeating: "s", count: 107))",
      "2: daemon.socket_path: must be an absolute path of at most 107 bytes, or one that begins with ~/"
    ),
  ])
  func `A wrong value is reported with its line, its key and what would be right`(yaml: String, text: String) {
    #expect(complaint(yaml) == "config.yaml:" + text)
  }

  @Test(arguments: [
    "api.example.com", "ftp://api.example.com", "http://api.example.com/graphql", "https://", "https://a b",
    "https://ada:hunter2@api.example.com", "http://127.0.0.1.example.com",
  ])
  func `An endpoint must not carry tokens in the open`(endpoint: String) {
    #expect(
      complaint("api:\n  graphql_endpoint: '\(endpoint)'")
        == "config.yaml:2: api.graphql_endpoint: must be an https:// address without a password, or an http:// one of "
        + "this machine")
  }

  @Test(arguments: [
    ("queue:\n  worker: 4", "2: queue.worker: unknown key; did you mean queue.workers?"),
    ("queue:\n  Workers: 4", "2: queue.Workers: unknown key; did you mean queue.workers?"),
    ("queue:\n  timeout: 4s", "2: queue.timeout: unknown key; did you mean api.timeout?"),
    ("workers: 4", "1: workers: unknown key; did you mean queue.workers?"),
    ("max_retries: 4", "1: max_retries: unknown key; did you mean queue.max_retries?"),
    ("quueue:\n  workers: 4", "1: quueue: unknown key; did you mean queue?"),
    ("storage:\n  colour: red", "2: storage.colour: unknown key; storage has database_path"),
    (
      "colour: red",
      "1: colour: unknown section; there are access, api, daemon, local, logging, pools, queue, storage, worker"
    ),
    (
      "\"a\\eb\": 1",
      "1: \"a\\u{1B}b\": unknown section; there are access, api, daemon, local, logging, pools, queue, storage, worker"
    ),
    ("queue.workers: 4", "1: queue.workers: unknown section; write workers: below queue:"),
  ])
  func `An unknown key comes with a proposal`(yaml: String, text: String) {
    #expect(complaint(yaml) == "config.yaml:" + text)
  }

  @Test(arguments: [
    ("queue: 4", "1: queue: must hold keys, such as workers:, each on a line of its own"),
    ("queue:\n- workers", "2: queue: must hold keys, such as workers:, each on a line of its own"),
    ("just text", "1: must hold keys, such as queue:, each on a line of its own"),
    ("? [a]\n: 1", "1: a list or a mapping cannot be a key"),
    ("queue:\n  workers: 4\n\n  workers: 5", "4: queue.workers: is here a second time; line 2 has it already"),
    ("queue:\n  workers: 4\nqueue:\n  workers: 5", "3: queue: is here a second time; line 1 has it already"),
  ])
  func `A wrong shape is explained`(yaml: String, text: String) {
    #expect(complaint(yaml) == "config.yaml:" + text)
  }

  @Test(arguments: [
    ("queue:\n\tworkers: 4", 2, "(indent with spaces, not with tabs)"),
    ("queue:\n  workers: 4\n bad", 3, "this is not valid YAML: "),
    ("queue: [1, 2", 1, "this is not valid YAML: "),
    ("queue: \"open", 1, "this is not valid YAML: "),
    ("a: b: c", 1, "this is not valid YAML: mapping values are not allowed in this context"),
    ("queue:\n  workers: &a 4", 2, "anchors (&), aliases (*) and tags (!) have no meaning here"),
    ("queue: *a", 1, "anchors (&), aliases (*) and tags (!) have no meaning here"),
    ("queue:\n  workers: !!int 4", 2, "anchors (&), aliases (*) and tags (!) have no meaning here"),
    ("a: 1\n---\nb: 2", 2, "a second document begins here; there may be one only"),
    (String(repeating: "[", count: 900), 1, "values are nested too deeply"),
  ])
  func `What is not our YAML is refused with the line`(yaml: String, line: Int, text: String) throws {
    let error = #expect(throws: ConfigError.self) { try parse(yaml) }
    let problem = try #require(error?.problems.first)
    #expect(problem.reason.contains(text), "\(problem.reason)")
    #expect(abs((problem.line ?? -1) - line) <= 1, "\(problem)")
  }

  @Test func `Bytes that are no text are refused with the line`() {
    let bytes = Array("queue:\n  workers: ".utf8) + [0xFF, 0xFE]
    let error = #expect(throws: ConfigError.self) {
      try Configuration.parse(bytes, file: "config.yaml", home: makeHome())
    }
    #expect(error?.description.hasPrefix("config.yaml:2: this is not UTF-8 text: ") == true)
  }

  @Test func `Everything that is wrong is told at once`() {
    #expect(
      complaint("queue:\n  workers: x\n  colour: 1\napi:\n  timeout: soon\nnonsense: 1") == """
        config.yaml:2: queue.workers: must be a whole number from 1 to 256
        config.yaml:3: queue.colour: unknown key; queue has diagnostics, max_retries, provider_concurrency, \
        retention_days, retention_jobs, retry_backoff, shutdown_timeout, workers
        config.yaml:5: api.timeout: must be a duration from 1ms to 24h, written like 250ms, 30s or 1h30m
        config.yaml:6: nonsense: unknown section; there are access, api, daemon, local, logging, pools, queue, storage, worker
        """)
  }

  @Test func `No error repeats a value, which may be a secret`() {
    for key in SettingKey.all {
      let name = key.name.dropFirst(key.section.count + 1)
      let text = complaint("\(key.section):\n  \(name): [hunter2]\ndaemons: hunter2\n")
      #expect(text?.contains("hunter2") == false)
    }
  }

  @Test func `Broken files of any kind are refused, never a crash`() throws {
    let sample = Array("queue:\n  workers: 4\n  'a': [b, {c: \"d\"}]\napi: {timeout: 30s} # x\nx: |\n  text\n".utf8)
    var generator = SystemRandomNumberGenerator()
    for _ in 0..<5000 {
      var bytes = sample
      for _ in 0..<Int.random(in: 1...4, using: &generator) {
        let index = Int.random(in: 0..<bytes.count, using: &generator)
        switch Int.random(in: 0..<3, using: &generator) {
        case 0: bytes[index] = UInt8.random(in: 0...255, using: &generator)
        case 1: bytes.insert(Array("&*!|>%@\t:-[{?".utf8).randomElement(using: &generator)!, at: index)
        default: bytes.removeSubrange(index..<min(bytes.count, index + 3))
        }
      }
      do {
        _ = try Configuration.parse(bytes, file: "f", home: makeHome())
      } catch let error as ConfigError {
        #expect(!error.problems.isEmpty)
        for problem in error.problems { #expect((1...20).contains(problem.line ?? 0), "\(bytes): \(problem)") }
      }
    }
  }
}
