internal import Glibc
internal import HoneydewConfig
internal import HoneydewCore
internal import HoneydewSystem

/// Refuses to begin with an empty database where there was another one: that its jobs are gone would be said by nothing.
enum LostDatabase {
  /// - Parameter path: of the database.
  /// - Throws: where the file is gone or empty, and what belongs to it is there.
  static func check(_ path: String, _ home: Home) throws {
    let size = try Files.status(path)?.size
    guard size ?? 0 == 0, let trace = try traces(path, home).first else { return }
    // The one trace that may also have been put there for a queue that is yet to begin.
    let ownKey =
      trace == home.masterKey
      ? " To begin one under this key, move it to DIR/master.key, start once with CREDENTIALS_DIRECTORY=DIR, and put it back "
        + "when the daemon is stopped." : ""
    throw StartupError(
      "\(path) is \(size == nil ? "gone" : "empty"), but \(trace) is there, which belongs to it. Put the file back, or restore "
        + "a backup: honeydew restore FILE. To begin with an empty queue, move \(trace) away.\(ownKey)",
      exitStatus: EX_CONFIG)
  }

  /// What is made after the database only, so that no start that was cut off leaves it alone.
  private static func traces(_ path: String, _ home: Home) throws(Errno) -> [String] {
    var traces: [String] = []
    for file in [home.masterKey, path + "-wal"] where try Files.status(file).map({ $0.size > 0 }) ?? false {
      traces.append(file)
    }
    if (try? Files.list(home.results))?.contains(where: ResultFileName.isLegal) ?? false { traces.append(home.results) }
    return traces
  }
}
