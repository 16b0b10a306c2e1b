internal import Glibc
internal import HoneydewStore
internal import HoneydewSystem

/// A file beside a database that was found to be damaged, which says why: a daemon that is started on it knows, and takes
/// no jobs into it. Who has found all of the database to be whole removes it.
struct DamageMark {
  private let database: String
  private let path: String

  init(besides database: String) {
    self.database = database
    path = database + "-damaged"
  }

  var isThere: Bool { (try? Files.status(path)) != .some(nil) }

  func leave(_ reason: String) throws(Errno) {
    let file = try Files.open(path, flags: O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_NONBLOCK)
    try file.writeAll(Array("\(reason)\n".utf8))
  }

  func remove() {
    _ = try? Files.remove(path)
  }

  /// Reads all of a database that has the mark, which goes when nothing is wrong with it.
  ///
  /// - Parameter tick: called now and then meanwhile.
  /// - Throws: `corrupt` when it is damaged.
  func verify(whileReading tick: @escaping () -> Void, log: Log) throws(StoreError) {
    guard isThere else { return }
    log.warn("the database was found to be damaged; all of it is read before it is used", ["mark": .string(path)])
    try DatabaseFile(database).requireWhole(whileReading: tick)
    remove()
    log.info("the database is whole")
  }
}
