/// What holds back jobs that could run: pauses, an API that asked for rest, a refresh of tokens, and the most that may
/// run of one provider.
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

    public init() {}

    /// Reads what `text` has written.
    public init(text: String) {
      let words = text.split(separator: " ").map(String.init)
      isPaused = words.contains("*")
      providers = Set(words).subtracting(["*"])
    }

    /// The providers' names, and `*` for the whole queue.
    public var text: String { ((isPaused ? ["*"] : []) + providers.sorted()).joined(separator: " ") }
  }

  public var concurrency: Concurrency
  public var pauses = Pauses()
  /// The environments whose tokens are being refreshed, by name: their calls wait for the new pair.
  public var refreshing: Set<String> = []
  private var runningCounts: [String: Int] = [:]
  private var rests: [PendingQueue.Lane: Duration] = [:]

  public init(_ concurrency: Concurrency = Concurrency()) {
    self.concurrency = concurrency
  }

  /// - Parameter now: monotonic time, as all times here.
  public func admits(_ lane: PendingQueue.Lane, at now: Duration) -> Bool {
    guard !pauses.isPaused, !pauses.providers.contains(lane.provider) else { return false }
    if let environment = lane.environment, refreshing.contains(environment) { return false }
    if let end = rests[lane], end > now { return false }
    guard let limit = concurrency.limit(of: lane.provider) else { return true }
    return running(of: lane.provider) < limit
  }

  public func running(of provider: String) -> Int { runningCounts[provider] ?? 0 }

  /// Forgets what runs, to be counted anew.
  public mutating func forgetRunning() { runningCounts = [:] }

  public mutating func started(_ provider: String) { runningCounts[provider, default: 0] += 1 }

  public mutating func ended(_ provider: String) { runningCounts[provider, default: 0] -= 1 }

  /// The API takes no calls of the lane before `end`; a later end that is known already stays.
  public mutating func rest(_ lane: PendingQueue.Lane, until end: Duration) {
    rests[lane] = max(rests[lane] ?? end, end)
  }

  /// When the provider's longest rest ends; nil when all its lanes take calls.
  public func restEnd(of provider: String, at now: Duration) -> Duration? {
    rests.lazy.filter { $0.key.provider == provider && $0.value > now }.map(\.value).max()
  }

  /// When the first rest after `now` ends.
  public func nextRestEnd(after now: Duration) -> Duration? {
    rests.values.lazy.filter { $0 > now }.min()
  }
}
