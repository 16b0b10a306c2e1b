import HoneydewCore
import Testing

@testable import HoneydewConfig

struct ConfigurationTests {
  func parse(
    _ yaml: String = "", _ variables: [String: String] = [:], _ assignments: [String] = []
  ) throws -> Configuration {
    try Configuration.parse(
      Array(yaml.utf8), file: "config.yaml", home: makeHome(), variables: variables, assignments: assignments)
  }

  func origin(_ name: String, _ configuration: Configuration) -> Configuration.Origin? {
    SettingKey.all.first { $0.name == name }.map(configuration.origin)
  }

  @Test func `the command line wins over the environment, that over the file, and that over the defaults`() throws {
    let yaml = "queue:\n  workers: 2\n"
    let variables = ["HONEYDEW_QUEUE_WORKERS": "3"]
    let all = try parse(yaml, variables, ["queue.workers=4"])
    #expect(all.settings.queue.workers == 4)
    #expect(origin("queue.workers", all) == .commandLine)
    let two = try parse(yaml, variables)
    #expect(two.settings.queue.workers == 3)
    #expect(origin("queue.workers", two) == .environment("HONEYDEW_QUEUE_WORKERS"))
    let one = try parse(yaml)
    #expect(one.settings.queue.workers == 2)
    #expect(origin("queue.workers", one) == .file(line: 2))
    #expect(origin("queue.workers", try parse()) == .standard)
    #expect(try parse(yaml, ["HONEYDEW_QUEUE_WORKERS": ""]).settings.queue.workers == 2)
  }

  @Test(arguments: SettingKey.all)
  func `every key has a variable and an assignment`(key: SettingKey) throws {
    let values = [
      "api.graphql_endpoint": "https://api.example.com/graphql", "queue.provider_concurrency": "3", "worker.path": "/w",
      "worker.max_jobs": "7", "worker.max_age": "1h", "access.admin": "root, 7", "access.submit": "@7",
      "access.view": "@root, 8",
    ]
    let text = try #require(values[key.name] ?? key.text(in: try Settings(home: makeHome())))
    #expect(key.variable.hasPrefix("HONEYDEW_"))
    let byVariable = try parse("", [key.variable: text])
    #expect(key.text(in: byVariable.settings) == text)
    #expect(key.text(in: try parse("", [:], ["\(key.name)=\(text)"]).settings) == text)
    #expect(byVariable.origin(of: key) == .environment(key.variable))
  }

  @Test(arguments: ["access:\n  submit: []", "access:\n  submit: [ ]", "access:\n  submit: \"[]\""])
  func `an empty list is nobody`(yaml: String) throws {
    #expect(try parse(yaml, ["HONEYDEW_ACCESS_SUBMIT": "[]"], ["access.submit=[]"]).settings.access.submit.isEmpty)
    #expect(try parse(yaml).settings.access.submit.isEmpty)
  }

  @Test func `a number for all providers takes the place of the file's numbers for some`() throws {
    let yaml = "queue:\n  provider_concurrency:\n    github: 2\n    linear: 1\n"
    let file = try parse(yaml)
    let key = try #require(SettingKey.all.first { $0.name == "queue.provider_concurrency" })
    #expect(key.text(in: file.settings) == "{github: 2, linear: 1}")
    #expect(file.origin(of: key) == .file(line: 3))
    let both = try parse(yaml, ["HONEYDEW_QUEUE_PROVIDER_CONCURRENCY": "5"])
    #expect(both.settings.queue.providerConcurrency == Throttle.Concurrency(standard: 5))
  }

  @Test func `all that is wrong is told, each with its place`() {
    let error = #expect(throws: ConfigError.self) {
      try parse(
        "queue:\n  workers: x\n", ["HONEYDEW_API_TIMEOUT": "5", "HONEYDEW_QUEUE_WORKRS": "3", "HONEYDEW_ELSE": "x"],
        ["queue.workers", "api.timout=3s", "logging.level=loud"])
    }
    #expect(
      error?.description.split(separator: "\n") == [
        "config.yaml:2: queue.workers: must be a whole number from 1 to 256",
        "HONEYDEW_API_TIMEOUT: api.timeout: must be a duration from 1ms to 24h, written like 250ms, 30s or 1h30m",
        "HONEYDEW_QUEUE_WORKRS: unknown variable; did you mean HONEYDEW_QUEUE_WORKERS?",
        "--set: queue.workers: has no value; write queue.workers=VALUE",
        "--set: api.timout: unknown key; did you mean api.timeout?",
        "--set: logging.level: must be debug, info, warn or error",
      ])
  }

  @Test func `a reload applies what it can, and names the rest`() throws {
    let old = try parse("queue:\n  workers: 2\n  max_retries: 1\n")
    let reload = old.reload(try parse("queue:\n  workers: 3\n  max_retries: 2\nlogging:\n  level: debug\n"))
    #expect(reload.applied == ["logging.level", "queue.max_retries"])
    #expect(reload.needingRestart == ["queue.workers"])
    #expect(reload.configuration.settings.queue.workers == 2)
    #expect(reload.configuration.settings.queue.maxRetries == 2)
    #expect(origin("logging.level", reload.configuration) == .file(line: 5))
    // What waits is named again.
    #expect(reload.configuration.reload(try parse("queue:\n  workers: 3\n")).needingRestart == ["queue.workers"])
    #expect(old.reload(old).applied.isEmpty && old.reload(old).needingRestart.isEmpty)
  }

  @Test func `the example holds every key with its default, and is right when the comments go`() throws {
    let example = try ConfigurationDocuments.example()
    #expect(try parse(example) == parse(""))
    for key in SettingKey.all {
      let isSection = key.name == key.section
      let line = isSection ? "\n# \(key.name):" : "\n  # \(key.name.dropFirst(key.section.count + 1)):"
      #expect(example.contains(line), "\(key.name)")
    }
    let withoutDefaults = [
      "graphql_endpoint", "provider_concurrency", "path", "max_jobs", "max_age", "admin", "submit", "view",
    ]
    let lines = example.split(separator: "\n").filter { line in
      !withoutDefaults.contains { line.hasPrefix("  # \($0):") }
    }.map { line in
      if line.hasPrefix("# pools: ") { return String(line.dropFirst(2)) }
      let text = line.dropFirst(4)
      let isKey =
        line.hasPrefix("  # ")
        && SettingKey.all.contains { text.hasPrefix($0.name.dropFirst($0.section.count + 1) + ": ") }
      return isKey ? "  " + text : String(line)
    }
    let changed = try parse(lines.joined(separator: "\n"))
    #expect(changed.origins.count == SettingKey.all.count - withoutDefaults.count)
    #expect(changed.settings.queue == (try Settings(home: makeHome())).queue)
  }

  @Test func `pools have names and workers, and exec is there without being named`() throws {
    let pools = try parse("pools:\n  builds: {workers: 2}\n  tests:\n    workers: 0\n").settings.pools
    #expect(pools == ["exec": 8, "builds": 2, "tests": 0])
    #expect(try parse("pools: {exec: {workers: 3}}").settings.pools == ["exec": 3])
    for wrong in [
      "pools: 3", "pools: {builds: 2}", "pools: {builds: {workers: 999}}", "pools: {builds: {workers: 2, x: 1}}",
      "pools: {api: {workers: 2}}", "pools: {-x: {workers: 2}}", "pools: {\"a/b\": {workers: 2}}", "pools: [a]",
    ] {
      #expect(throws: ConfigError.self, "\(wrong)") { try parse(wrong) }
    }
  }

  @Test func `what an address asks with is hidden`() throws {
    let key = try #require(SettingKey.all.first { $0.name == "api.graphql_endpoint" })
    var settings = try Settings(home: makeHome())
    settings.api.graphqlEndpoint = "https://api.example.com/graphql?key=secret"
    #expect(key.shownText(in: settings) == "https://api.example.com/graphql?***")
  }
}
