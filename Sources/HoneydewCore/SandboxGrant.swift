/// How much a worker must give up before its first job (`worker.sandbox`).
public enum SandboxMode: String, CaseIterable, Sendable {
  /// A worker that could not give up all runs no job.
  case required
  /// What the kernel offers.
  case best
  case off
}

/// What a worker's kernel let it give up, as the worker says itself.
public struct SandboxGrant: Equatable, Sendable {
  /// The version of Landlock that is in force; 0 for none.
  public var landlock: Int
  /// Whether the allow list of system calls is in force.
  public var filtersCalls: Bool
  /// Why something is not in force; empty for nothing.
  public var problem: String

  public init(landlock: Int = 0, filtersCalls: Bool = false, problem: String = "") {
    self.landlock = landlock
    self.filtersCalls = filtersCalls
    self.problem = problem
  }

  /// Whether files and system calls are kept from the worker.
  public var isWhole: Bool { landlock > 0 && filtersCalls }

  /// Landlock's first version that knows of TCP listening.
  public static let networkVersion = 4
  /// Landlock's first version that keeps signals and abstract sockets inside.
  public static let scopeVersion = 6

  /// In a few words, such as `files, network, signals, calls (Landlock 7, seccomp)`.
  public var description: String {
    var kept: [String] = []
    if landlock > 0 { kept.append("files") }
    if landlock >= Self.networkVersion { kept.append("listening") }
    if landlock >= Self.scopeVersion { kept.append("signals") }
    if filtersCalls { kept.append("system calls") }
    guard !kept.isEmpty else { return "none" }
    let means = [landlock > 0 ? "Landlock \(landlock)" : nil, filtersCalls ? "seccomp" : nil].compactMap { $0 }
    return "\(kept.joined(separator: ", ")) (\(means.joined(separator: ", ")))"
  }

  /// Why a worker with this grant must not run under the mode; nil where it may.
  public func objection(under mode: SandboxMode) -> String? {
    guard mode == .required, !isWhole else { return nil }
    let missing = landlock == 0 ? (filtersCalls ? "Landlock" : "Landlock and seccomp") : "seccomp"
    let why = problem.isEmpty ? "" : " (\(problem))"
    return "has no sandbox of \(missing)\(why), and worker.sandbox is required: use a kernel with Landlock "
      + "(5.13 or later, with landlock in /sys/kernel/security/lsm) and a unit that admits its system calls, "
      + "or set worker.sandbox to best"
  }
}
