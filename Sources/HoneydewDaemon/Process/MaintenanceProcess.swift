internal import Glibc
internal import HoneydewConfig
internal import HoneydewCore
internal import HoneydewJSON
internal import HoneydewStore
internal import HoneydewSystem

/// A maintenance task as a process: root becomes the home's owner first, and what root alone can open is opened before.
struct MaintenanceProcess {
  let home: Home
  let arguments: Arguments
  /// Reads the configuration, as the home's owner.
  let settings: () throws(ConfigError) -> Settings

  func run(_ task: Maintenance.Task) throws -> JSONValue {
    let owner = try HomeOwner(of: home, namedBy: arguments.user)
    switch task {
    case .check:
      try owner?.become()
      return try maintenance().check()
    case .backUpHere:
      try owner?.become()
      return try maintenance().backUp(to: NewFile.workingName)
    case .backup(let path): return try backUp(to: path, owner)
    case .restore(let path, let forgetsTokens):
      if owner == nil || BackupSource.isOfRoot(path) {
        let source = try BackupSource(path)
        try owner?.become()
        return try maintenance().restore(source, forgetsTokens: forgetsTokens)
      }
      try owner?.become()
      return try maintenance().restore(try BackupSource(path), forgetsTokens: forgetsTokens)
    }
  }

  private func maintenance() throws -> Maintenance {
    let settings = try settings()
    // It may be somewhere else than the home.
    if geteuid() == 0 { try HomeCheck.check([settings.storage.databasePath]) }
    return Maintenance(home: home, settings: settings)
  }

  /// Works beside a running daemon. The file has its name when it is complete, checked, and on the disk.
  private func backUp(to path: String, _ owner: HomeOwner?) throws -> JSONValue {
    let isThere = "\(path) is there already; choose another name, or move it away"
    do {
      let file = try NewFile(path)
      let answer: JSONValue
      do {
        if let owner {
          try file.give(to: owner.uid, owner.gid)
          answer = try answerOfOwner()
        } else {
          answer = try maintenance().backUp(to: NewFile.workingName)
        }
      } catch {
        file.discard()
        throw error
      }
      let size = try file.place()
      return ["file": .string(path), "bytes": .number(size), "jobs": answer["jobs"] ?? .null]
    } catch let error as Errno where error.number == EEXIST {
      throw StartupError(isThere, exitStatus: EX_CANTCREAT)
    }
  }

  /// Has a process of the home's owner make the copy: this one is root still, and has to be to put it in its place.
  private func answerOfOwner() throws -> JSONValue {
    let program = try Files.realPath("/proc/self/exe")
    let output = try UnixSocket.pair()
    try output.ours.setNonblocking(false)
    var words = [program, "--home", home.directory, "--backup-here"]
    if let config = arguments.config { words += ["--config", config] }
    if let user = arguments.user { words += ["--as-uid", String(user)] }
    for assignment in arguments.assignments { words += ["--set", assignment] }
    let child = try ChildProcess(
      ChildProcess.Command(
        path: program, arguments: words,
        environment: Configuration.processVariables.map { "\($0)=\($1)" }, output: output.theirs.fileNumber))
    output.theirs.close()
    var answer: [UInt8] = []
    try output.ours.forEachChunk(length: 4096) { answer += $0 }
    while true {
      if let termination = try child.reap() {
        guard case .exited(let code) = termination.status, code == 0, let value = try? JSONValue(parsing: answer) else {
          // It has said why itself.
          throw StartupError("")
        }
        return value
      }
      var ready = pollfd(fd: child.fileNumber, events: Int16(POLLIN), revents: 0)
      poll(&ready, 1, -1)
    }
  }
}
