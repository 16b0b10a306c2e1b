internal import Glibc
internal import HoneydewConfig
internal import HoneydewCore
internal import HoneydewStore
internal import HoneydewSystem
internal import HoneydewText
internal import HoneydewVault

/// Why the daemon could not start.
struct StartupError: Error {
  var message: String
  /// As in sysexits.h 78 (EX_CONFIG) when starting again cannot help; 2 for a wrong command line, else 1.
  var exitStatus: Int32

  init(_ message: String, exitStatus: Int32 = 1) {
    self.message = message
    self.exitStatus = exitStatus
  }

  init(_ error: any Error) {
    switch error {
    case let error as StartupError: self = error
    case let error as UsageError: self.init(error.text, exitStatus: 2)
    case let error as StoreError:
      let isHopeless = [.corrupt, .newerSchema, .changedMigration].contains(error.code)
      self.init(error.message, exitStatus: isHopeless ? EX_CONFIG : 1)
    case is VaultError, is ConfigError: self.init("\(error)", exitStatus: EX_CONFIG)
    default: self.init("\(error)")
    }
  }
}

extension LockFile {
  /// Makes this daemon the only one of its home.
  convenience init(home: Home) throws(StartupError) {
    do throws(Failure) {
      try self.init(home.lock)
    } catch {
      switch error {
      case .held(let pid):
        let holder = pid.map { " with pid \($0)" } ?? ""
        throw StartupError(
          "\(HomeContents.takenText)\(holder) runs on \(home.directory); stop it first: "
            + "honeydew \(home.options)shutdown")
      case .failed(let error): throw StartupError(error)
      }
    }
  }
}

extension Store {
  /// Registers the environments that a new database begins with.
  ///
  /// - Parameter endpoint: the configured endpoint, which then stands for both of the built-in ones.
  func registerFirstEnvironments(endpoint: String?, now: Timestamp) throws(StoreError) {
    guard try environments().isEmpty else { return }
    let first =
      if let endpoint {
        [("default", endpoint)]
      } else {
        [
          ("production", "https://api.honeydew.mobilecapital.net/graphql"),
          ("development", "https://honeydew-api-test-560149296060.us-east1.run.app/graphql"),
        ]
      }
    var writes: [StoreWrite] = []
    var random = SystemRandomNumberGenerator()
    for (name, url) in first {
      let id = randomID(using: &random)
      let environment = Environment(id: id, name: name, baseURL: url, isActive: writes.isEmpty, createdAt: now)
      writes.append(.insertEnvironment(environment))
    }
    _ = try commit(writes)
  }
}

/// Removes the spool files that no row names: of attempts whose end nobody has committed, and of jobs that are gone. What
/// has another name, or cannot be removed, such as a directory, is none of them and stays. To be called while no worker of
/// this home runs.
func removeStrayResults(in directory: String, store: Store, log: Log) throws {
  for name in try Files.list(directory) where ResultFileName.isLegal(name) || LentFile.isName(name) {
    guard try !store.hasResult(file: name) else { continue }
    do throws(Errno) {
      _ = try Files.remove("\(directory)/\(name)")
    } catch {
      log.warn("a stray result cannot be removed", ["error": .string("\(error)")])
    }
  }
}

/// The configured worker, else the one beside this executable.
func workerPath(_ settings: Settings) throws(Errno) -> String {
  if let path = settings.worker.path { return path }
  let own = try Files.realPath("/proc/self/exe")
  return own.prefix(through: own.lastIndex(of: "/") ?? own.startIndex) + "honeydew-worker"
}

/// How workers are started: an environment of our choice, with the instance's mark in it and in their arguments.
struct WorkerCommand {
  /// A worker that calls the API.
  let api: ChildProcess.Command
  /// A worker that runs local commands.
  let exec: ChildProcess.Command

  /// - Parameter usesProxy: whether the API's need the proxies' variables, which may hold a password.
  init(path: String, marker: String, settings: Settings.Worker, outputDirectory: String, usesProxy: Bool) {
    let proxies = [
      "http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY",
    ]
    let marked = [path, ProcessTable.instanceArgument, marker]
    func environment(_ kept: [String]) -> [String] {
      kept.compactMap { name in getenv(name).map { "\(name)=\(String(cString: $0))" } }
        + ["\(ProcessTable.instanceVariable)=\(marker)"]
    }
    let usual = ["PATH", "TZ", "LANG", "LC_ALL"]
    api = ChildProcess.Command(
      path: path,
      arguments: marked + [
        "--memory-limit-mb", String(settings.memoryLimitMegabytes), "--sandbox", settings.sandbox.rawValue,
      ],
      environment: environment(usual + (usesProxy ? proxies : [])))
    exec = ChildProcess.Command(
      path: path, arguments: marked + ["--kind", "exec", "--output-directory", outputDirectory],
      environment: environment(usual))
  }
}
