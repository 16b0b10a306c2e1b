internal import HoneydewCore

extension SettingKey {
  /// Keys of earlier versions, and what to write in their place.
  static let gone = [
    "daemon.allow_users":
      "is gone, because it made everybody an administrator; write the users below access: as admin:, submit: or view:",
    "daemon.allow_groups":
      "is gone, because it made everybody an administrator; write the groups below access: as admin:, submit: or view:, "
      + "with an @ before each, such as \"@ops\"",
  ]

  /// Every key there is, section by section.
  public static let all: [SettingKey] = [
    SettingKey("daemon.socket_path", \.daemon.socketPath, .socketPath, "The Unix socket that clients connect to."),
    SettingKey("daemon.pid_file", \.daemon.pidFile, .path, "Where the running daemon writes its process number."),
    SettingKey(
      "daemon.max_connections", \.daemon.maxConnections, .integer(16...65536),
      "The most connections of clients at a time; a sixteenth is kept for root and the daemon's own user."),
    SettingKey(
      "daemon.max_connections_per_uid", \.daemon.maxConnectionsPerUID, .integer(1...65536),
      "The most of one user other than root and the daemon's own."),
    SettingKey(
      "daemon.connection_memory_mb", \.daemon.connectionMemoryMegabytes, .integer(64...65536),
      "Memory in MiB that requests and unread answers of all connections may take together."),

    SettingKey(
      list: "access.admin", \.access.admin, .accounts,
      "Who may do everything, beside the daemon's own user and root: users, and groups as \"@name\"."
    ).live,
    SettingKey(
      list: "access.submit", \.access.submit, .accounts,
      "Who may submit jobs, naming an environment, and has to do with no others than these."
    ).live,
    SettingKey(
      list: "access.view", \.access.view, .accounts,
      "Who may see jobs, schedules and status, but no payload, result or key, and change nothing."
    ).live,

    SettingKey("storage.database_path", \.storage.databasePath, .path, "The SQLite database, on a local disk."),

    SettingKey("logging.level", \.logging.level, .word, "What is less important is not logged.").live,
    SettingKey("logging.file", \.logging.file, .path, "The log, a JSON object a line."),
    SettingKey("logging.max_size_mb", \.logging.maxSizeMegabytes, .integer(1...100_000), "Size at rotation, in MiB.")
      .live,
    SettingKey("logging.max_backups", \.logging.maxBackups, .integer(1...1000), "Rotated files to keep.").live,
    SettingKey("logging.max_age_days", \.logging.maxAgeDays, .integer(1...36500), "Days to keep rotated files.").live,
    SettingKey("logging.compress", \.logging.compress, .boolean, "Whether rotated files are compressed with gzip.")
      .live,
    SettingKey(
      "logging.stderr", \.logging.stderr, .word,
      "Whether standard error gets every line too; auto is only where that is systemd's journal."),

    SettingKey("queue.workers", \.queue.workers, .integer(1...256), "Worker processes, and so jobs at the same time."),
    SettingKey(
      "queue.max_retries", \.queue.maxRetries, .integer(0...Int(Job.maximumRetries)),
      "Retries of a job that does not say otherwise."
    ).live,
    SettingKey("queue.retry_backoff", \.queue.retryBackoff, .word, "How the waits between retries grow.").live,
    SettingKey(
      "queue.shutdown_timeout", \.queue.shutdownTimeout, .duration(.zero ... .seconds(86400)),
      "How long a shutdown waits for running jobs before it cuts them off."
    ).live,
    SettingKey(
      "queue.provider_concurrency", .concurrency,
      "The most jobs of one provider at a time.",
      set: { $0.queue.providerConcurrency = Throttle.Concurrency(standard: $1) },
      get: { $0.queue.providerConcurrency.standard },
      copy: { $1.queue.providerConcurrency = $0.queue.providerConcurrency },
      text: { settings in
        let concurrency = settings.queue.providerConcurrency
        guard concurrency.standard == nil, !concurrency.providers.isEmpty else {
          return concurrency.standard.map(String.init)
        }
        return "{" + concurrency.providers.sorted { $0.key < $1.key }.map { "\($0): \($1)" }.joined(separator: ", ")
          + "}"
      },
      setEntry: { provider, content, home, settings in
        guard CommandRegistry.providers.contains(provider), case .scalar(let scalar) = content,
          let limit = SettingFormat.concurrency.parse(scalar, home)
        else { return false }
        settings.queue.providerConcurrency.providers[provider] = limit
        return true
      }
    ).live,
    SettingKey(
      "queue.retention_days", \.queue.retention.maximumAgeDays, .integer(1...36500),
      "Ended jobs that are older are removed with their results."
    ).live,
    SettingKey(
      "queue.retention_jobs", \.queue.retention.maximumJobs, .integer(0...100_000_000),
      "The most ended jobs that are kept; the oldest go first."
    ).live,
    SettingKey("queue.diagnostics", \.queue.diagnostics, .boolean, "Whether diag.* commands, for tests, are accepted.")
      .live,

    SettingKey(
      "api.timeout", \.api.timeout, .duration(.milliseconds(1) ... .seconds(86400)),
      "Time of one attempt of a job that does not say otherwise."
    ).live,
    SettingKey(
      optional: "api.graphql_endpoint", \.api.graphqlEndpoint, .endpoint,
      "The environment of a new database, in place of the built-in ones."),
    SettingKey(
      "api.max_response_mb", \.api.maxResponseMegabytes, .integer(1...4096), "The longest response taken, in MiB."
    ).live,
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
      "worker.memory_limit_mb", \.worker.memoryLimitMegabytes, .integer(128...1_048_576),
      "Memory in MiB that a worker cannot exceed: a job that wants more costs the process its life."),
    SettingKey(
      "worker.sandbox", \.worker.sandbox, .word,
      "Whether workers give up what calls of the API do not need; required runs no job without Landlock and seccomp."),

    SettingKey(
      "local.allow_submit", \.local.allowSubmit, .boolean,
      "Whether access.submit may run local commands, which makes them administrators: a command may what the daemon may."
    ).live,
    SettingKey(
      "local.max_output_mb", \.local.maxOutputMegabytes, .integer(1...1_048_576),
      "Output in MiB that is kept of an attempt of a local command; of a longer one the last half at least."
    ).live,

    SettingKey(
      "pools", .pools,
      "Pools of workers for local commands, started on demand; exec is the one that is meant where none is.",
      set: { $0.pools = $1 }, get: { $0.pools }, copy: { $1.pools = $0.pools },
      setEntry: { name, content, home, settings in
        guard let workers = SettingFormat.workers(of: name, content, home) else { return false }
        settings.pools[name] = workers
        return true
      }),
  ]
}
