internal import HoneydewText
internal import HoneydewMessages

/// What is said about the queue.
enum QueueText {
  /// The part that a pause is for; both are empty for the whole queue.
  static func part(_ arguments: ParsedArguments) throws(Failure) -> (provider: String, pool: String) {
    guard !arguments.isSet(.provider) || !arguments.isSet(.pausedPool) else {
      throw .usage("--provider and --pool name two parts of the queue; give one of them")
    }
    return (arguments.text(.provider) ?? "", arguments.text(.pausedPool) ?? "")
  }

  /// The whole queue, or one provider's or one pool's part of it.
  static func name(of provider: String, pool: String = "") -> String {
    pool.isEmpty ? provider.isEmpty ? "the queue" : provider : "the pool \(pool)"
  }

  /// The command that ends a pause.
  static func resumption(of provider: String, pool: String = "") -> String {
    "honeydew queue resume" + (provider.isEmpty ? "" : " --provider \(provider)")
      + (pool.isEmpty ? "" : " --pool \(pool)")
  }

  static func counts(_ jobs: Honeydew_JobCounts) -> String {
    "\(jobs.pending) pending, \(jobs.running) running, \(jobs.completed) completed, \(jobs.failed) failed, "
      + "\(jobs.cancelled) cancelled"
  }

  /// Why a provider's jobs are not started; nil when nothing is in their way.
  static func obstacle(_ provider: Honeydew_ProviderStats, _ times: TimeText) -> String? {
    var parts: [String] = []
    if provider.paused { parts.append("paused") }
    if !provider.restingUntil.isEmpty {
      parts.append("resting until \(times.full(HumanText.second(of: provider.restingUntil)))")
    }
    return parts.isEmpty ? nil : parts.joined(separator: ", ")
  }

  /// What is paused, with the command that resumes it, a sentence each.
  static func pauses(_ stats: Honeydew_QueueStats) -> [String] {
    let paused = (stats.paused ? [""] : []) + stats.providers.filter(\.paused).map(\.provider)
    return paused.map { "paused: \(name(of: $0)); go on with: \(resumption(of: $0))" }
  }

  /// What keeps jobs from being started, in one line; nil when nothing does.
  static func obstacles(_ stats: Honeydew_QueueStats, _ times: TimeText) -> String? {
    var parts = stats.paused ? ["paused; go on with: \(resumption(of: ""))"] : []
    parts += stats.providers.compactMap { provider in obstacle(provider, times).map { "\(provider.provider) \($0)" } }
    return parts.isEmpty ? nil : parts.joined(separator: "; ")
  }
}
