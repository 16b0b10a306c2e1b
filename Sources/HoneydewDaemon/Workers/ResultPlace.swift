internal import Glibc
internal import HoneydewCore
internal import HoneydewSystem

/// The directory of long results, which workers get files in. It is made again where somebody has removed it.
final class ResultPlace {
  /// So long it is worth telling that a result had no place: more than lies between a job's attempts to find one.
  private static let memory = Duration.seconds(360)

  let directory: String
  private let log: Log
  /// No worker can be lent a file.
  private var lacksFiles = false
  /// A result that had no place, and when (monotonic time).
  private var latestLoss: (text: String, moment: Duration)?

  init(_ directory: String, log: Log) {
    self.directory = directory
    self.log = log.of(.worker)
  }

  /// A file that a worker may fill.
  func lend() throws(Errno) -> LentFile {
    do throws(Errno) {
      let file = try again { () throws(Errno) in try LentFile(in: directory) }
      lacksFiles = false
      return file
    } catch {
      lacksFiles = true
      throw error
    }
  }

  /// Gives a lent file its name for good.
  ///
  /// - Returns: how the worker has not kept to what was agreed.
  func keep(_ file: LentFile, as name: String, size: Int64) throws(Errno) -> String? {
    let breach = try again { () throws(Errno) in try file.keep(as: name, size: size) }
    latestLoss = nil
    return breach
  }

  /// Notes that a result had no place.
  func noteLoss(_ text: String, at now: Duration) {
    latestLoss = (text, now)
  }

  /// Why long results cannot be kept; nil when they can, as far as is known.
  func trouble(at now: Duration) -> String? {
    if lacksFiles, let error = lendingError() { return sentence("\(error)") }
    guard let latestLoss, now - latestLoss.moment < Self.memory else { return nil }
    return sentence(latestLoss.text)
  }

  private func lendingError() -> Errno? {
    do throws(Errno) {
      _ = try lend()
      return nil
    } catch {
      return error
    }
  }

  private func sentence(_ reason: String) -> String {
    "results that are too long for the database cannot be kept in \(directory) (\(reason)): their jobs run again, ever more "
      + "rarely, and fail after \(Job.unkeptLimit) attempts"
  }

  /// Does it once more when the directory was gone.
  private func again<Value>(_ body: () throws(Errno) -> Value) throws(Errno) -> Value {
    do throws(Errno) {
      return try body()
    } catch {
      guard error.number == ENOENT, (try? Files.status(directory)) == .some(nil) else { throw error }
    }
    try Files.makeDirectory(directory)
    try Files.synchronizeDirectory(of: directory)
    log.warn(
      "the directory of long results was gone, and what was in it; it was made again",
      [
        "directory": .string(directory)
      ])
    return try body()
  }
}
