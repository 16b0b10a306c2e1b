internal import HoneydewCore
internal import HoneydewMessages

/// What is said about the workers' sandbox.
struct SandboxText {
  let text: String
  /// Whether it is all that it can be, or as little as was asked for.
  let isWhole: Bool

  /// Of the worker that gave up least; nil while none has told.
  init?(_ status: Honeydew_DaemonStatus) {
    guard status.sandboxMode != SandboxMode.off.rawValue else {
      (text, isWhole) = ("off (worker.sandbox)", false)
      return
    }
    let grants = status.workers.filter(\.hasSandbox).map { SandboxGrant($0.sandbox) }
    guard
      let least = grants.min(by: { ($0.filtersCalls ? 1 : 0, $0.landlock) < ($1.filtersCalls ? 1 : 0, $1.landlock) })
    else { return nil }
    text =
      least.problem.isEmpty
      ? "workers give up \(least.description)" : "workers give up \(least.description): \(least.problem)"
    isWhole = least.isWhole
  }
}

extension SandboxGrant {
  init(_ sandbox: Honeydew_WorkerSandbox) {
    self.init(landlock: Int(sandbox.landlock), filtersCalls: sandbox.filtersCalls, problem: sandbox.problem)
  }
}
