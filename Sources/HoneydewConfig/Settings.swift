public import HoneydewCore

/// What the user can configure, with the defaults where the file is silent. `SettingKey.all` says how the file has it.
public struct Settings: Equatable, Sendable {
  public struct Daemon: Equatable, Sendable {
    public var socketPath: String
    public var pidFile: String
    /// The most connections at a time.
    public var maxConnections = 1024
    /// The most of one user other than root and the daemon's own.
    public var maxConnectionsPerUID = 128
    /// What the requests and answers of all connections may hold together.
    public var connectionMemoryMegabytes = 256
  }

  /// Who may use the socket beside the daemon's own user and root, and as what.
  public struct Access: Equatable, Sendable {
    public var admin: [Account] = []
    public var submit: [Account] = []
    public var view: [Account] = []

    /// All that the configuration names.
    public var accounts: [Account] { admin + submit + view }
  }

  public struct Storage: Equatable, Sendable {
    public var databasePath: String
  }

  public struct Logging: Equatable, Sendable {
    public enum Level: String, CaseIterable, Sendable {
      case debug, info, warn, error
    }

    public enum StandardError: String, CaseIterable, Sendable {
      case auto, always, never
    }

    public var level = Level.info
    public var file: String
    /// The log is rotated before it is longer.
    public var maxSizeMegabytes = 10
    /// Rotated files that are kept.
    public var maxBackups = 5
    public var maxAgeDays = 30
    /// Whether rotated files are compressed.
    public var compress = true
    /// Whether lines are copied to standard error; `auto` is where that is the journal.
    public var stderr = StandardError.auto
  }

  public struct Queue: Equatable, Sendable {
    /// Ended jobs that are older or too many are removed with their results.
    public struct Retention: Equatable, Sendable {
      public var maximumAgeDays = 30
      public var maximumJobs = 1_000_000
    }

    public enum RetryBackoff: String, CaseIterable, Sendable {
      case exponential
    }

    public var workers = 4
    /// Of a job that does not say otherwise.
    public var maxRetries = 3
    public var retryBackoff = RetryBackoff.exponential
    /// How long a shutdown waits for running jobs before it puts them back.
    public var shutdownTimeout = Duration.seconds(30)
    /// How many jobs of one provider may run at a time.
    public var providerConcurrency = Throttle.Concurrency()
    /// Which ended jobs are kept.
    public var retention = Retention()
    /// Whether `diag.*` commands are accepted.
    public var diagnostics = false
  }

  public struct API: Equatable, Sendable {
    /// Of one attempt of a job that does not say otherwise.
    public var timeout = Duration.seconds(30)
    /// What stands in for the built-in environments when a database is made.
    public var graphqlEndpoint: String?
    public var maxResponseMegabytes = 64
    /// Whether `https_proxy` and its like count.
    public var useProxy = false
  }

  public struct Worker: Equatable, Sendable {
    /// The worker's executable; nil is `honeydew-worker` beside the daemon's.
    public var path: String?
    /// When a healthy worker's process is replaced: after this many jobs, at this age, with more memory than this.
    public var maxJobs: Int?
    public var maxAge: Duration?
    public var maxResidentMegabytes = 256
    /// What no process of a worker may hold, at any time.
    public var memoryLimitMegabytes = 1024
    /// How much a worker gives up before its first job.
    public var sandbox = SandboxMode.best
  }

  public struct Local: Equatable, Sendable {
    /// Whether who may only submit may also run local commands.
    public var allowSubmit = false
    /// What is kept of the output of an attempt.
    public var maxOutputMegabytes = 64
  }

  public var daemon: Daemon
  public var access = Access()
  public var storage: Storage
  public var logging: Logging
  public var queue = Queue()
  public var api = API()
  public var worker = Worker()
  public var local = Local()
  /// The workers of the pools of local commands, by the pools' names.
  public var pools = standardPools

  static let standardPools = [PoolRules.exec: PoolRules.execWorkers]

  /// The defaults.
  public init(home: Home) {
    daemon = Daemon(socketPath: home.socket, pidFile: home.pidFile)
    storage = Storage(databasePath: home.database)
    logging = Logging(file: home.log)
  }
}
