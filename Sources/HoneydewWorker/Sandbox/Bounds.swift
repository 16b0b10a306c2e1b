internal import Glibc
internal import HoneydewFrames

/// What the process was given for good at its start, and a job may find outdated.
struct Bounds {
  /// Landlock admits files, not names: one that was replaced since is not admitted.
  private let files: [(path: String, identity: Identity?)]
  /// The longest file that may be written, in bytes.
  private let fileSize: UInt64

  private struct Identity: Equatable {
    var device: UInt64
    var number: UInt64

    init?(_ path: String) {
      var status = stat()
      guard stat(path, &status) == 0 else { return nil }
      (device, number) = (UInt64(status.st_dev), UInt64(status.st_ino))
    }
  }

  /// To be taken right behind the sandbox's entrance.
  ///
  /// - Parameter files: those that may be read and are replaced now and then; empty without a sandbox.
  init(files: [String]) {
    var limit = rlimit()
    getrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
    fileSize = UInt64(limit.rlim_cur)
    self.files = files.map { ($0, Identity($0)) }
  }

  /// Why this process cannot do the call of the API any more, and a new one can; nil where it can.
  func objection(to run: Honeydew_Worker_Run) -> String? {
    guard run.hasEndpoint else { return nil }
    if run.endpoint.maxResponseBytes > fileSize { return "api.max_response_mb was raised" }
    return files.first { $0.identity != Identity($0.path) }.map { "\($0.path) was replaced" }
  }
}
