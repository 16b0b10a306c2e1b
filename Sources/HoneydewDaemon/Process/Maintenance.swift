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
    /// What a backup's process starts itself for: a copy in the working directory.
    case backUpHere
    case restore(String, forgetsTokens: Bool)
  }

  let home: Home
  let settings: Settings

  private var database: String { settings.storage.databasePath }

  func check() throws -> JSONValue {
    try LostDatabase.check(database, home)
    let mark = DamageMark(besides: database)
    let report = try DatabaseFile(database).check(thoroughly: mark.isThere)
    if report.problems.isEmpty { mark.remove() }
    // A damaged one has more to tell than that.
    let missing =
      try report.problems.isEmpty
      ? DatabaseFile(database).missingResults { try Self.size(of: $0, in: home.results) } : []
    return [
      "database": .string(database), "schema": .number(report.schema), "newest_schema": .number(report.newestSchema),
      "problems": .array(report.problems.map { .string($0) }), "jobs": .number(report.jobs),
      "newest_job": .string(report.newestJob?.description ?? ""), "missing_results": .number(missing.count),
      "results": .string(home.results),
    ]
  }

  /// Makes a checked copy in the working directory.
  func backUp(to name: String) throws -> JSONValue {
    try DatabaseFile(database).copy(to: name) { name, chunk in
      let results = try Directory(home.results)
      guard try results.status(name) != nil else { return }
      try results.openOwnFile(name).forEachChunk(length: DatabaseFile.chunkLength, chunk)
    }
    return ["jobs": .number(try checked(name).jobs)]
  }

  /// Puts a backup in the place of the database, which is kept under another name. The daemon must not run.
  func restore(_ source: consuming BackupSource, forgetsTokens: Bool) throws -> JSONValue {
    let file = source.path
    try Files.makeDirectory(home.directory)
    let lock = try LockFile(home: home)
    defer { withExtendedLifetime(lock) {} }
    let (restored, results) = (database + ".restored", home.results + ".restored")
    try removeLeftovers(restored, results)
    try Files.makeParent(of: database)
    do {
      try source.copy(to: restored)
      let report = try checkedCopy(restored, of: file)
      try Files.makeDirectory(results)
      try DatabaseFile(restored).takeOutResults { name, chunk in
        try append(chunk, to: "\(results)/\(name)")
      }
      let missing = try takeResults(of: restored, to: results, beside: file)
      if forgetsTokens { try DatabaseFile(restored).forgetTokens() }
      try Files.open(restored, flags: O_RDONLY).synchronize()
      let kept = try swap(restored, results)
      return [
        "database": .string(database), "jobs": .number(report.jobs), "kept": .string(kept),
        "tokens_forgotten": .bool(forgetsTokens), "missing_results": .number(missing),
      ]
    } catch {
      try? removeLeftovers(restored, results)
      throw error
    }
  }

  /// A bare copy of a database has no results in it: they are taken from beside it, or from this home.
  ///
  /// - Returns: how many are missing all the same.
  private func takeResults(of restored: String, to results: String, beside file: String) throws -> Int {
    let missing = try DatabaseFile(restored).missingResults { try Self.size(of: $0, in: results) }
    let slash = file.lastIndex(of: "/") ?? file.startIndex
    for result in missing {
      for place in [file[..<slash] + "/results", home.results[...]] {
        guard let directory = try? Directory(String(place)), let source = try? directory.openOwnFile(result.file),
          try Files.status(of: source.fileNumber).size == result.size
        else { continue }
        _ = try Files.remove("\(results)/\(result.file)")
        try source.forEachChunk(length: DatabaseFile.chunkLength) { chunk throws(Errno) in
          try append(chunk, to: "\(results)/\(result.file)")
        }
        break
      }
    }
    return try missing.count { try Self.size(of: $0.file, in: results) != $0.size }
  }

  private static func size(of name: String, in directory: String) throws(Errno) -> Int64? {
    guard try Files.status(directory) != nil else { return nil }
    let status = try Directory(directory).status(name)
    return status?.kind == .file ? status?.size : nil
  }

  /// - Returns: where the database that was there is now; empty when there was none.
  private func swap(_ restored: String, _ results: String) throws -> String {
    let now = Timestamp(milliseconds: Clock.wall().wholeMilliseconds)
    let suffix = ".before-\(now.description.replacing(":", with: "-"))"
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
    DamageMark(besides: database).remove()
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
}
