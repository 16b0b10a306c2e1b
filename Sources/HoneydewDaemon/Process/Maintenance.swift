internal import Glibc
internal import HoneydewConfig
internal import HoneydewCore
internal import HoneydewJSON
internal import HoneydewStore
internal import HoneydewSystem

/// What a process other than the daemon does with the daemon's database. Each task answers an object for the program
/// that asked.
struct Maintenance {
  enum Task: Equatable {
    case check
    case backup(String)
    case restore(String, forgetsTokens: Bool)
  }

  let home: Home
  let settings: Settings

  private var database: String { settings.storage.databasePath }

  func run(_ task: Task) throws -> JSONValue {
    switch task {
    case .check: try check()
    case .backup(let file): try backUp(to: file)
    case .restore(let file, let forgetsTokens): try restore(file, forgetsTokens: forgetsTokens)
    }
  }

  private func check() throws -> JSONValue {
    let report = try DatabaseFile(database).check()
    return [
      "database": .string(database), "schema": .number(report.schema), "newest_schema": .number(report.newestSchema),
      "problems": .array(report.problems.map { .string($0) }), "jobs": .number(report.jobs),
      "newest_job": .string(report.newestJob?.description ?? ""),
    ]
  }

  /// Works beside a running daemon. The file has its name when it is complete, checked, and on the disk.
  private func backUp(to file: String) throws -> JSONValue {
    guard try Files.status(file) == nil else {
      throw StartupError("\(file) is there already; choose another name, or move it away", exitStatus: EX_CANTCREAT)
    }
    let unfinished = file + ".part"
    _ = try Files.remove(unfinished)
    do {
      try DatabaseFile(database).copy(to: unfinished) { name, chunk in
        let path = "\(home.results)/\(name)"
        guard try Files.status(path) != nil else { return }
        try Files.forEachChunk(of: path, length: DatabaseFile.chunkLength, chunk)
      }
      let report = try checked(unfinished)
      try Files.open(unfinished, flags: O_RDONLY).synchronize()
      try Files.rename(unfinished, to: file)
      try Files.synchronizeDirectory(of: file)
      return [
        "file": .string(file), "bytes": .number(try Files.status(file)?.size ?? 0), "jobs": .number(report.jobs),
      ]
    } catch {
      for suffix in ["", "-wal", "-shm", "-journal"] { _ = try? Files.remove(unfinished + suffix) }
      throw error
    }
  }

  /// Puts a backup in the place of the database, which is kept under another name. The daemon must not run.
  private func restore(_ file: String, forgetsTokens: Bool) throws -> JSONValue {
    guard try Files.status(file)?.kind == .file else { throw StartupError("\(file): there is no such file") }
    guard try Files.status(file + "-wal") == nil else {
      throw StartupError(
        "\(file): this is no backup but a database in use, as \(file)-wal shows; make a backup with honeydew backup")
    }
    try Files.makeDirectory(home.directory)
    let lock = try LockFile(home: home)
    defer { withExtendedLifetime(lock) {} }
    try give(home.lock)
    let (restored, results) = (database + ".restored", home.results + ".restored")
    try removeLeftovers(restored, results)
    try Files.makeParent(of: database)
    do {
      try copy(file, to: restored)
      let report = try checkedCopy(restored, of: file)
      try Files.makeDirectory(results)
      try DatabaseFile(restored).takeOutResults { name, chunk in
        guard !name.contains("/") else { throw StartupError("\(file): this is no backup of Honeydew's") }
        try append(chunk, to: "\(results)/\(name)")
      }
      if forgetsTokens { try DatabaseFile(restored).forgetTokens() }
      try Files.open(restored, flags: O_RDONLY).synchronize()
      let kept = try swap(restored, results)
      return [
        "database": .string(database), "jobs": .number(report.jobs), "kept": .string(kept),
        "tokens_forgotten": .bool(forgetsTokens),
      ]
    } catch {
      try? removeLeftovers(restored, results)
      throw error
    }
  }

  /// - Returns: where the database that was there is now; empty when there was none.
  private func swap(_ restored: String, _ results: String) throws -> String {
    let now = Timestamp(milliseconds: Clock.wall().wholeMilliseconds)
    let suffix = ".before-\(now.description.replacing(":", with: "-"))"
    for path in [restored, results] + (try Files.list(results).map { "\(results)/\($0)" }) { try give(path) }
    var kept = ""
    if try Files.status(database) != nil {
      kept = database + suffix
      // What a killed daemon has left in the log belongs to it; a broken database keeps its log beside it.
      try? DatabaseFile(database).settle()
    }
    // It belongs to that database and to no other, even when that one is gone.
    for end in ["-wal", "-shm"] where try Files.status(database + end) != nil {
      try Files.rename(database + end, to: database + suffix + end)
    }
    // At no moment is there no database.
    if !kept.isEmpty { try Files.link(database, as: kept) }
    if try Files.status(home.results) != nil { try Files.rename(home.results, to: home.results + suffix) }
    try Files.rename(results, to: home.results)
    try Files.rename(restored, to: database)
    try Files.synchronizeDirectory(of: database)
    try Files.synchronizeDirectory(of: home.results)
    return kept
  }

  private func checked(_ file: String) throws -> DatabaseFile.Report {
    let report = try DatabaseFile(file).check()
    guard report.problems.isEmpty else {
      throw StartupError("\(file): the database is damaged: \(report.problems.joined(separator: "; "))")
    }
    return report
  }

  /// Reports faults of the copy as faults of the file that it was made from.
  private func checkedCopy(_ copy: String, of file: String) throws -> DatabaseFile.Report {
    do {
      return try checked(copy)
    } catch let error as StoreError where error.code == .corrupt {
      throw StartupError("\(file): this is no backup of Honeydew's, or a damaged one; nothing was changed")
    } catch {
      let message = StartupError(error).message.replacing(copy, with: file)
      throw StartupError("\(message) Nothing was changed.", exitStatus: StartupError(error).exitStatus)
    }
  }

  private func copy(_ file: String, to target: String) throws {
    let copy = try Files.open(target, flags: O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: 0o600)
    try Files.forEachChunk(of: file, length: DatabaseFile.chunkLength) { chunk throws(Errno) in
      try copy.writeAll(chunk)
    }
  }

  private func append(_ chunk: [UInt8], to path: String) throws(Errno) {
    let file = try Files.open(path, flags: O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW, mode: 0o600)
    try file.writeAll(chunk)
    try file.synchronize()
  }

  private func removeLeftovers(_ restored: String, _ results: String) throws {
    for end in ["", "-wal", "-shm", "-journal"] { _ = try Files.remove(restored + end) }
    guard try Files.status(results) != nil else { return }
    for name in try Files.list(results) { _ = try Files.remove("\(results)/\(name)") }
    rmdir(results)
  }

  /// To root, the files are those of the home's owner all the same.
  private func give(_ path: String) throws(Errno) {
    try Files.giveToOwner(of: home.directory, path)
  }
}
