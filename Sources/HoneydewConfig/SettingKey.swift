internal import HoneydewCore

/// A key of the configuration file: its name, what it may hold, and which setting it fills.
public struct SettingKey: Sendable {
  /// Section and key, such as `queue.workers`.
  public let name: String
  /// One sentence for those who write the file.
  public let about: String
  /// Completes the sentence "must be …".
  public let expectation: String

  private let assign: @Sendable (YAMLScalar, Home, inout Settings) -> Bool
  /// Where the key may hold a mapping instead: takes one of its entries.
  private let assignEntry: (@Sendable (_ name: String, YAMLScalar, Home, inout Settings) -> Bool)?
  private let read: @Sendable (Settings) -> String?

  /// The value as the file would have it; nil when there is none. On `Settings(home:)` this is the default.
  public func text(in settings: Settings) -> String? { read(settings) }

  public var section: String { String(name.prefix { $0 != "." }) }

  /// - Returns: whether the scalar was a right value.
  func fill(_ settings: inout Settings, with scalar: YAMLScalar, home: Home) -> Bool {
    assign(scalar, home, &settings)
  }

  /// Whether the key may hold a mapping.
  var takesEntries: Bool { assignEntry != nil }

  /// - Returns: whether the entry was a right one.
  func fill(_ settings: inout Settings, entry name: String, with scalar: YAMLScalar, home: Home) -> Bool {
    assignEntry?(name, scalar, home, &settings) ?? false
  }

  private init<Value>(
    _ name: String, _ field: any WritableKeyPath<Settings, Value> & Sendable, _ format: SettingFormat<Value>,
    _ about: String
  ) {
    self.init(name, format, about, set: { $0[keyPath: field] = $1 }, get: { $0[keyPath: field] })
  }

  /// A key without a default.
  private init<Value>(
    optional name: String, _ field: any WritableKeyPath<Settings, Value?> & Sendable, _ format: SettingFormat<Value>,
    _ about: String
  ) {
    self.init(name, format, about, set: { $0[keyPath: field] = $1 }, get: { $0[keyPath: field] })
  }

  private init<Value>(
    _ name: String, _ format: SettingFormat<Value>, _ about: String,
    set: @escaping @Sendable (inout Settings, Value) -> Void, get: @escaping @Sendable (Settings) -> Value?,
    setEntry: (@Sendable (_ name: String, YAMLScalar, Home, inout Settings) -> Bool)? = nil
  ) {
    assignEntry = setEntry
    self.name = name
    self.about = about
    expectation = format.expectation
    assign = { scalar, home, settings in
      guard let value = format.parse(scalar, home) else { return false }
      set(&settings, value)
      return true
    }
    read = { get($0).map(format.text) }
  }

  /// Every key there is, section by section.
  public static let all: [SettingKey] = [
    SettingKey("daemon.socket_path", \.daemon.socketPath, .socketPath, "The Unix socket that clients connect to."),
    SettingKey("daemon.pid_file", \.daemon.pidFile, .path, "Where the running daemon writes its process number."),

    SettingKey("storage.database_path", \.storage.databasePath, .path, "The SQLite database, on a local disk."),

    SettingKey("logging.level", \.logging.level, .word, "What is less important is not logged."),
    SettingKey("logging.file", \.logging.file, .path, "The log, a JSON object a line."),
    SettingKey("logging.max_size_mb", \.logging.maxSizeMegabytes, .integer(1...100_000), "Size at rotation, in MiB."),
    SettingKey("logging.max_backups", \.logging.maxBackups, .integer(1...1000), "Rotated files to keep."),
    SettingKey("logging.max_age_days", \.logging.maxAgeDays, .integer(1...36500), "Days to keep rotated files."),
    SettingKey("logging.compress", \.logging.compress, .boolean, "Whether rotated files are compressed with gzip."),
    SettingKey(
      "logging.stderr", \.logging.stderr, .word,
      "Whether standard error gets every line too; auto is only where that is systemd's journal."),

    SettingKey("queue.workers", \.queue.workers, .integer(1...256), "Worker processes, and so jobs at the same time."),
    SettingKey(
      "queue.max_retries", \.queue.maxRetries, .integer(0...1000), "Retries of a job that does not say otherwise."),
    SettingKey("queue.retry_backoff", \.queue.retryBackoff, .word, "How the waits between retries grow."),
    SettingKey(
      "queue.shutdown_timeout", \.queue.shutdownTimeout, .duration(.zero ... .seconds(86400)),
      "How long a shutdown waits for running jobs before it puts them back."),
    SettingKey(
      "queue.provider_concurrency", .concurrency,
      "The most jobs of one provider at a time: a number for all, or a key for each, such as github: 2.",
      set: { $0.queue.providerConcurrency.standard = $1 }, get: { $0.queue.providerConcurrency.standard },
      setEntry: { provider, scalar, home, settings in
        guard CommandRegistry.providers.contains(provider),
          let limit = SettingFormat.concurrency.parse(scalar, home)
        else { return false }
        settings.queue.providerConcurrency.providers[provider] = limit
        return true
      }),
    SettingKey(
      "queue.retention_days", \.queue.retention.maximumAgeDays, .integer(1...36500),
      "Ended jobs that are older are removed with their results."),
    SettingKey(
      "queue.retention_jobs", \.queue.retention.maximumJobs, .integer(0...100_000_000),
      "The most ended jobs that are kept; the oldest go first."),
    SettingKey("queue.diagnostics", \.queue.diagnostics, .boolean, "Whether diag.* commands, for tests, are accepted."),

    SettingKey(
      "api.timeout", \.api.timeout, .duration(.milliseconds(1) ... .seconds(86400)),
      "Time of one attempt of a job that does not say otherwise."),
    SettingKey(
      optional: "api.graphql_endpoint", \.api.graphqlEndpoint, .endpoint,
      "The environment of a new database, in place of the built-in ones."),
    SettingKey(
      "api.max_response_mb", \.api.maxResponseMegabytes, .integer(1...4096), "The longest response taken, in MiB."),
    SettingKey(
      "api.use_proxy", \.api.useProxy, .boolean, "Whether the proxies of the daemon's environment variables are used."),

    SettingKey(
      optional: "worker.path", \.worker.path, .path,
      "The worker's executable; honeydew-worker beside the daemon's when unset."),
    SettingKey(
      optional: "worker.max_jobs", \.worker.maxJobs, .integer(1...1_000_000_000),
      "Jobs after which a worker's process is replaced; any number when unset."),
    SettingKey(
      optional: "worker.max_age", \.worker.maxAge, .duration(.seconds(1) ... .seconds(366 * 86400)),
      "Age at which a worker's process is replaced, between two jobs; never when unset."),
    SettingKey(
      "worker.max_rss_mb", \.worker.maxResidentMegabytes, .integer(1...1_048_576),
      "Memory in MiB with more of which a worker's process is replaced, between two jobs."),
    SettingKey(
      "worker.memory_limit_mb", \.worker.memoryLimitMegabytes, .integer(32...1_048_576),
      "Memory in MiB that a worker cannot exceed: a job that wants more costs the process its life."),
  ]
}
