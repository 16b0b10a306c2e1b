internal import HoneydewCore
internal import HoneydewStore
internal import HoneydewSystem

/// The directory with what local commands have written, a file an attempt.
struct OutputPlace {
  private let directory: String

  init(_ directory: String) {
    self.directory = directory
  }

  /// Removes what attempts of a job have written. What cannot be removed is found at the next start.
  func remove(of id: String, _ attempts: ClosedRange<Int32>) {
    guard let directory = try? Directory(directory) else { return }
    for attempt in attempts {
      let name = OutputFileName.name(of: id, attempt: attempt)
      _ = try? directory.remove(name)
      _ = try? directory.remove(OutputFileName.older(than: name))
    }
  }

  /// Removes the outputs of jobs that are gone. To be called while no worker of this home runs.
  func removeStrays(store: Store, log: Log) throws {
    for name in try Files.list(directory) {
      guard let id = OutputFileName.job(of: name), try store.references(ids: [id]).isEmpty else { continue }
      do throws(Errno) {
        _ = try Directory(directory).remove(name)
      } catch {
        log.warn("the output of a job that is gone cannot be removed", ["error": .string("\(error)")])
      }
    }
  }
}
