/// What holds back jobs that could run: pauses, an API that asked for rest, a refresh of tokens, the most that may run of
/// one provider, and the crashes of earlier jobs of the same kind.
///
/// A job that is held back holds no slot, and jobs of other lanes go on.
public struct Throttle: Sendable {
  /// How many jobs of one provider may run at a time.
  public struct Concurrency: Equatable, Sendable {
    /// Of a provider that is not named; nil is no limit.
    public var standard: Int?
    public var providers: [String: Int]

    public init(standard: Int? = nil, providers: [String: Int] = [:]) {
      self.standard = standard
      self.providers = providers
    }

    public func limit(of provider: String) -> Int? { providers[provider] ?? standard }
  }

  /// What an operator has paused. It outlives the daemon.
  public struct Pauses: Equatable, Sendable {
    /// Its place in the store's table `config`.
    public static let configKey = "paused"

    /// The whole queue is paused.
    public var isPaused = false
    public var providers: Set<String> = []
    public var pools: Set<String> = []

    public init() {}

    /// Reads what `text` has written.
    public init(text: String) {
      let words = text.split(separator: " ").map(String.init)
      isPaused = words.contains("*")
      pools = Set(words.filter { $0.hasPrefix(Self.poolMark) }.map { String($0.dropFirst(Self.poolMark.count)) })
      providers = Set(words.filter { $0 != "*" && !$0.hasPrefix(Self.poolMark) })
    }

    private static let poolMark = "pool:"

    /// The providers' names, the pools' behind a mark, and `*` for the whole queue.
    public var text: String {
      ((isPaused ? ["*"] : []) + pools.sorted().map { Self.poolMark + $0 } + providers.sorted()).joined(separator: " ")
    }
  }

  public var concurrency: Concurrency
  public var pauses = Pauses()
  private var runningCounts: [PendingQueue.Lane: Int] = [:]
  private var rests: [Calls: Duration] = [:]
  private var crashes = CrashWatch()

  /// What an API asks to rest: the calls of one provider in one environment.
  private struct Calls: Hashable {
    let environment: String?
    let provider: String

    init(environment: String?, provider: String) {
      self.environment = environment
      self.provider = provider
    }

    init(_ lane: PendingQueue.Lane) { self.init(environment: lane.environment, provider: lane.provider) }
  }

  public init(_ concurrency: Concurrency = Concurrency()) {
    self.concurrency = concurrency
  }

  /// Why a job of a lane may not start.
  public enum Hold: Equatable, Sendable {
    case queuePaused, providerPaused, poolPaused
    /// The tokens of its environment are being refreshed.
    case refreshing
    /// The API takes no calls until then.
    case resting(until: Duration)
    /// Jobs of its kind kill their workers.
    case suspect
    /// So many jobs of its provider run already.
    case limit(Int)
  }

  /// What holds the jobs of a lane back; nil where one may start.
  ///
  /// - Parameters:
  ///   - refreshing: the environments whose tokens are being refreshed, by name: their calls wait for the new pair.
  ///   - now: monotonic time, as all times here.
  public func hold(of lane: PendingQueue.Lane, refreshing: Set<String> = [], at now: Duration) -> Hold? {
    if pauses.isPaused { return .queuePaused }
    if pauses.providers.contains(lane.provider) { return .providerPaused }
    if pauses.pools.contains(lane.pool) { return .poolPaused }
    if let environment = lane.environment, refreshing.contains(environment) { return .refreshing }
    if !rests.isEmpty, let end = rests[Calls(lane)], end > now { return .resting(until: end) }
    if !crashes.suspects.isEmpty, !crashes.admits(lane, running: running(in: lane), at: now) { return .suspect }
    guard let limit = concurrency.limit(of: lane.provider), running(of: lane.provider) >= limit else { return nil }
    return .limit(limit)
  }

  /// Whether a job of the lane may start.
  public func admits(_ lane: PendingQueue.Lane, refreshing: Set<String> = [], at now: Duration) -> Bool {
    hold(of: lane, refreshing: refreshing, at: now) == nil
  }

  public func running(of provider: String) -> Int {
    runningCounts.reduce(0) { $0 + ($1.key.provider == provider ? $1.value : 0) }
  }

  public func running(ofPool pool: String) -> Int {
    runningCounts.reduce(0) { $0 + ($1.key.pool == pool ? $1.value : 0) }
  }

  public func running(in lane: PendingQueue.Lane) -> Int { runningCounts[lane] ?? 0 }

  /// Forgets what runs, to be counted again.
  public mutating func forgetRunning() { runningCounts = [:] }

  public mutating func started(_ lane: PendingQueue.Lane) { runningCounts[lane, default: 0] += 1 }

  public mutating func ended(_ lane: PendingQueue.Lane) {
    let count = (runningCounts[lane] ?? 0) - 1
    runningCounts[lane] = count > 0 ? count : nil
  }

  // MARK: crashes

  /// A worker died over a job of the lane, which the lane's others pay for when it happens too often.
  ///
  /// - Parameter startTime: what a process of the pool takes to come up.
  public mutating func crashed(_ lane: PendingQueue.Lane, startTime: Duration, at now: Duration) {
    crashes.crashed(lane, startTime: startTime, at: now)
  }

  /// A job of the lane has completed.
  public mutating func completed(_ lane: PendingQueue.Lane) { crashes.completed(lane) }

  /// The lanes whose jobs run one at a time, because they kill their workers.
  public var suspects: [PendingQueue.Lane] { crashes.suspects }

  // MARK: rests

  /// The API takes no calls of the lane's provider and environment before `end`; a later end that is known already stays.
  public mutating func rest(_ lane: PendingQueue.Lane, until end: Duration) {
    rest(Calls(lane), until: end)
  }

  private mutating func rest(_ calls: Calls, until end: Duration) { rests[calls] = max(rests[calls] ?? end, end) }

  /// The rests as the store keeps them, in its table `config`: their ends on the wall clock outlive the daemon.
  public static let restsKey = "rests"

  /// A line for each rest that goes on: provider, environment and end.
  public func restsText(at now: Duration, wallNow: Timestamp) -> String {
    rests.filter { $0.value > now }
      .map { "\($0.key.provider)\t\($0.key.environment ?? "")\t\(wallNow + ($0.value - now))" }
      .sorted().joined(separator: "\n")
  }

  /// Goes on with what `restsText` has written; a clock that was set makes no rest longer than `longestRest`.
  public mutating func resumeRests(_ text: String, at now: Duration, wallNow: Timestamp) {
    for line in text.split(separator: "\n") {
      let words = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
      guard words.count == 3, let end = Timestamp(words[2]), end > wallNow else { continue }
      let calls = Calls(environment: words[1].isEmpty ? nil : words[1], provider: words[0])
      rest(calls, until: now + min(end - wallNow, Self.longestRest))
    }
  }

  /// An API that asks for more rest gets no more.
  public static let longestRest = Duration.seconds(3600)

  /// When the provider's longest rest ends; nil when all its lanes take calls.
  public func restEnd(of provider: String, at now: Duration) -> Duration? {
    rests.lazy.filter { $0.key.provider == provider && $0.value > now }.map(\.value).max()
  }

  /// When the first rest after `now` ends, an API's or that of a lane that has killed a worker.
  public func nextRestEnd(after now: Duration) -> Duration? {
    let ends = [rests.values.lazy.filter { $0 > now }.min(), crashes.nextRestEnd(after: now)]
    return ends.compactMap { $0 }.min()
  }
}
