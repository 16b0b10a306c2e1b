internal import CSQLite
internal import Glibc

/// Access to files by paths that are relative to the working directory, and stay so.
///
/// SQLite makes every path absolute. Who may be in a directory, but not in those above it, could not open a file there.
enum RelativeFiles {
  /// The name to open a database with.
  static let name: StaticString = {
    let name: StaticString = "relative"
    let files = UnsafeMutablePointer<sqlite3_vfs>.allocate(capacity: 1)
    files.initialize(to: sqlite3_vfs_find(GatheringFiles.name.description).pointee)
    files.pointee.zName = UnsafeRawPointer(name.utf8Start).assumingMemoryBound(to: CChar.self)
    files.pointee.xFullPathname = { _, path, capacity, result in
      guard let path, let result, strlen(path) < Int(capacity) else { return SQLITE_CANTOPEN }
      strcpy(result, path)
      return SQLITE_OK
    }
    sqlite3_vfs_register(files, 0)
    return name
  }()

  /// What a path is to be opened with.
  static func name(for path: String) -> String {
    path.hasPrefix("/") ? GatheringFiles.name.description : name.description
  }
}
