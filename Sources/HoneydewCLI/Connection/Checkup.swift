internal import HoneydewText
internal import Glibc
internal import HoneydewConfig
internal import HoneydewCore
internal import HoneydewJSON
internal import HoneydewMessages
internal import HoneydewRPC
internal import HoneydewSystem

/// The checks of `honeydew doctor`.
struct Checkup {
  private let invocation: Invocation
  private let home: Home
  private let configuration: Result<Configuration, ConfigError>
  /// Of the daemon, when it answers.
  private let status: Honeydew_DaemonStatus?
  private let running: (status: Honeydew_DaemonStatus, uid: UInt32)?

  init(_ invocation: Invocation) throws(Failure) {
    self.invocation = invocation
    running = invocation.running()
    status = running?.status
    do {
      home = try status.map { status throws(ConfigError) in try Home(status.home) } ?? invocation.home()
    } catch let error as Failure {
      throw error
    } catch {
      throw Failure(.failed, "\(error)")
    }
    let home = home
    configuration = Result { () throws(ConfigError) in
      try Configuration.load(home: home, variables: invocation.process.variables)
    }
  }

  func findings() throws(Failure) -> [Finding] {
    var findings = [configurationFinding()]
    findings += permissions()
    findings.append(lock())
    findings += daemon()
    findings.append(database())
    findings.append(disk())
    findings += network()
    return findings
  }

  // MARK: Files

  private func configurationFinding() -> Finding {
    switch configuration {
    case .success(let configuration): Finding("configuration", .good, "\(configuration.file) is correct")
    case .failure(let error): Finding("configuration", .bad, error.description.replacing("\n", with: "; "))
    }
  }

  /// What others could read, they could use.
  private func permissions() -> [Finding] {
    let database = status.map(\.databasePath) ?? home.database
    let files = [home.directory, home.masterKey, database, home.lock].compactMap { path in
      (try? Files.status(path)).flatMap { $0 }.map { (path: path, status: $0) }
    }
    guard let owner = files.first?.status.uid else {
      return [Finding("permissions", .warning, "\(home.directory) is not there: no daemon was ever started in it")]
    }
    let sharedDirectory = sharedDirectory
    let open = files.filter { file in
      // Others may come to a socket in it, but not see what else there is.
      file.status.mode & (file.path == sharedDirectory ? 0o066 : 0o077) != 0
    }.map { file in
      Finding(
        "permissions", file.path == home.masterKey ? .bad : .warning,
        "\(file.path) is open to other users; close it with: chmod go\(file.path == sharedDirectory ? "-rw" : "=") \(file.path)"
      )
    }
    let foreign = files.filter { $0.status.uid != owner }.map { file in
      Finding(
        "permissions", .bad,
        "\(file.path) belongs to another user than \(home.directory); give it back with: chown --reference=\(home.directory) \(file.path)"
      )
    }
    var found = open + foreign
    if let sharedDirectory, let status = try? Files.status(sharedDirectory), status.mode & 0o011 == 0 {
      found.append(
        Finding(
          "permissions", .warning,
          "access.admin, access.submit and access.view admit others, but they cannot get into \(sharedDirectory); "
            + "let them with: chmod go+x \(sharedDirectory)"))
    }
    return found.isEmpty ? [Finding("permissions", .good, "the files are their owner's alone")] : found
  }

  /// The socket's directory, when the configuration admits others to it.
  private var sharedDirectory: String? {
    guard let settings = try? configuration.get().settings, !settings.access.accounts.isEmpty,
      let slash = settings.daemon.socketPath.lastIndex(of: "/")
    else { return nil }
    return String(settings.daemon.socketPath[..<slash])
  }

  private func lock() -> Finding {
    guard (try? Files.status(home.lock)) != .some(nil) else {
      return Finding("lock", .good, "no daemon was ever started")
    }
    switch LockFile.holder(of: home.lock) {
    case .success(nil):
      return Finding("lock", status == nil ? .good : .bad, "no daemon holds \(home.lock)")
    case .success(let pid?):
      guard let status, status.pid != pid else { return Finding("lock", .good, "held by process \(pid)") }
      return Finding(
        "lock", .bad, "held by process \(pid), but process \(status.pid) answers at the socket; look at both with ps")
    case .failure(let error): return Finding("lock", .bad, "cannot be looked at: \(error.sentence)")
    }
  }

  // MARK: The daemon

  private func daemon() -> [Finding] {
    guard let status else {
      do throws(Failure) {
        _ = try invocation.connect()
        return [Finding("daemon", .bad, "it does not answer at its socket; look at its process, and at: honeydew logs")]
      } catch {
        return [Finding("daemon", .bad, error.text)]
      }
    }
    var findings = [Finding("daemon", .good, "process \(status.pid) answers, version \(status.version)")]
    if status.version != HoneydewVersion.current {
      findings = [
        Finding(
          "daemon", .warning,
          "is of version \(status.version), and this program of \(HoneydewVersion.current); restart the daemon")
      ]
    }
    if status.state != "SERVING" { findings.append(Finding("daemon", .bad, "its state is \(status.state)")) }
    findings += status.degraded.map { Finding("daemon", .bad, "degraded: \($0)") }
    if status.logLinesDropped > 0 {
      findings.append(Finding("log", .warning, "\(status.logLinesDropped) lines were lost since the start"))
    }
    if status.descriptorLimit < status.descriptorsNeeded {
      findings.append(
        Finding(
          "descriptors", .warning,
          "the daemon may open \(status.descriptorLimit) files and sockets, and needs \(status.descriptorsNeeded) when all "
            + "its connections are taken; raise the hard limit (LimitNOFILE= of the unit, ulimit -Hn), or lower "
            + "daemon.max_connections"))
    }
    if let sandbox = SandboxText(status) {
      findings.append(Finding("sandbox", sandbox.isWhole ? .good : .warning, sandbox.text))
    }
    findings += localCommands(status.pid)
    if status.needsAuth {
      findings.append(
        Finding("login", .warning, "nobody is logged in to \(status.environment); log in with: honeydew login"))
    } else if status.needsReauth {
      findings.append(
        Finding(
          "login", .warning,
          "\(status.environment) refuses the login of \(status.username); log in again with: honeydew login"))
    }
    return findings
  }

  /// Only where there are any: the daemon's units are made for calls of the API.
  private func localCommands(_ pid: Int32) -> [Finding] {
    var list = Honeydew_ListJobsRequest()
    (list.command, list.limit) = (LocalPayload.command, 1)
    guard let jobs = try? invocation.connect().read({ $0.listJobs(list, completion: $1) }).jobs, !jobs.isEmpty,
      let text = try? Files.read("/proc/\(pid)/status", limit: 1 << 16)
    else { return [] }
    let obstacles = CommandObstacles(status: String(decoding: text, as: UTF8.self)).texts
    guard !obstacles.isEmpty else { return [Finding("commands", .good, "nothing holds local commands back")] }
    return [
      Finding(
        "commands", .warning,
        "local commands are held back by how the daemon is started: \(obstacles.joined(separator: "; ")); "
          + CommandObstacles.remedy)
    ]
  }

  private func database() -> Finding {
    let path = status.map(\.databasePath) ?? home.database
    let isThere = [path, home.masterKey].contains { (try? Files.status($0)) != .some(nil) }
    guard status != nil || isThere else {
      return Finding("database", .warning, "\(path) is not there yet; the daemon's first start makes it")
    }
    do throws(Failure) {
      let report = try DaemonProgram(invocation, running).run(["--check-database"])
      let problems = report["problems"]?.array?.compactMap(\.string) ?? []
      guard problems.isEmpty else {
        return Finding("database", .bad, "is damaged: \(problems.joined(separator: "; ")); restore a backup")
      }
      if let missing = report["missing_results"]?.int, missing > 0 {
        return Finding(
          "database", .bad,
          "is whole, but the long results of \(HumanText.count(missing, "job")) are not in \(report["results"]?.string ?? ""); "
            + "put them back, or restore a backup")
      }
      if let newest = report["newest_job"]?.string.flatMap({ Timestamp($0) }),
        newest - Timestamp(milliseconds: Clock.wall().wholeMilliseconds) > .seconds(60)
      {
        return Finding(
          "clock", .bad, "the newest job was submitted at \(newest), which is in the future: the clock was set back")
      }
      let (schema, known) = (report["schema"]?.int ?? 0, report["newest_schema"]?.int ?? 0)
      return Finding(
        "database", .good,
        "is whole, \(HumanText.count(report["jobs"]?.int ?? 0, "job")), schema \(schema) of \(known); the clock agrees")
    } catch {
      return Finding("database", .bad, ([error.text] + error.more).joined(separator: "; "))
    }
  }

  private func disk() -> Finding {
    do throws(Errno) {
      let space = try Files.space(at: home.directory)
      let free = "\(HumanText.size(space.free)) of \(HumanText.bytes(space.total)) are free for \(home.directory)"
      // Of a full disk the daemon says so itself.
      let isScarce = space.free < 100 << 20 || space.free < space.total / 50
      return Finding("disk", space.free == 0 ? .bad : isScarce ? .warning : .good, isScarce ? "only " + free : free)
    } catch {
      return Finding("disk", error.number == ENOENT ? .warning : .bad, "cannot be looked at: \(error.sentence)")
    }
  }

  // MARK: The API

  private func network() -> [Finding] {
    guard status != nil else { return [] }
    do throws(Failure) {
      let answer = try invocation.connect().check(environment: "", within: .seconds(15))
      return [
        answer.problem.isEmpty
          ? Finding("api", .good, EnvironmentText.reached(answer))
          : Finding("api", .bad, EnvironmentText.notReached(answer))
      ]
    } catch {
      return [Finding("api", .warning, error.text)]
    }
  }
}
