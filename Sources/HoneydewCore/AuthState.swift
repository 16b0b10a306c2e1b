/// What is to be done about the tokens of one environment: the state beside the stored login.
///
/// A value: it takes what happened and the time. Monotonic time is `now`, wall time `wallNow`. That a refresh runs is
/// that its call exists, which its owner tells: it is not kept here.
public struct AuthState: Equatable, Sendable {
  /// A token with less time than this is due to be refreshed.
  public static let margin = Duration.seconds(300)
  /// Between two refreshes of a token that still opens the API, or is refused whatever refresh there was.
  public static let interval = Duration.seconds(60)
  /// Our clock and the API's may differ by so much.
  static let clockDifference = Duration.seconds(10)
  /// So long a pair that does not tell its expiry surely has not ended.
  static let newness = Duration.seconds(10)
  /// Between refreshes that do not reach the API: 1 s, doubled, at most 30 s.
  public static let backoff = Backoff(base: .seconds(1), multiplier: 2, maximum: .seconds(30))

  /// In the error of a job whose call alone the API refuses: no login would help.
  public static let providersOwn = "it takes the same login for other calls"

  public enum Phase: Equatable, Sendable {
    case settled
    /// The last refresh did not reach the API; the next one waits until then.
    case unreachable(AttemptFailure, until: Duration)
    /// The API refused the last refresh.
    case refused(String, until: Duration)
  }

  /// What becomes of a job that is about to start.
  public enum Decision: Equatable, Sendable {
    case use
    /// It waits, without a slot, for the refresh that is to begin now.
    case refresh
    /// It waits for the refresh that runs.
    case park
    /// A counted failure, though no attempt was made.
    case postpone(AttemptFailure)
    /// Nothing but a login helps.
    case expired(String)
  }

  public private(set) var phase = Phase.settled
  /// The API answered 401 to a token of this generation, and a refresh may help.
  private var rejectedGeneration: Int64?
  /// The API answered 401 to the pair of this generation although a refresh had just brought it, and has never taken it.
  public private(set) var refusedGeneration: Int64?
  /// The API has carried out a call with the pair of this generation.
  private var provenGeneration: Int64?
  /// When the present pair came; nil for one that was there at the daemon's start.
  private var replacedAt: Duration?
  /// The providers to whose calls the API answered 401 right after a refresh, and until when there is no other for them.
  private var unhelped: [String: Duration] = [:]
  /// The pair of this generation had expired by our clock when it came: one of the two clocks is wrong.
  private var doubtfulGeneration: Int64?
  private var failures = 0
  private var earlyRefreshNotBefore: Duration?
  private var backgroundNotBefore: Duration?

  /// - Parameter refusedGeneration: as an earlier daemon has met it.
  public init(refusedGeneration: Int64? = nil) {
    self.refusedGeneration = refusedGeneration
  }

  // MARK: questions

  /// Decides about a job that is about to start.
  ///
  /// - Parameters:
  ///   - isRefreshing: whether a call to refresh the tokens is waiting or under way.
  ///   - hasAsked: whether a refresh began for this job before; once it succeeded there is no other one before an
  ///     attempt.
  public func decide(
    _ login: SealedLogin, isRefreshing: Bool, hasAsked: Bool, now: Duration, wallNow: Timestamp
  ) -> Decision {
    if isRefreshing { return .park }
    let isDead = isDead(login, wallNow: wallNow)
    let isRejected = rejectedGeneration == login.generation
    guard isDead || isDue(login, wallNow: wallNow) && (earlyRefreshNotBefore ?? now) <= now else { return .use }
    guard login.canRefresh(now: wallNow) else { return isDead ? .expired(whyNoRefresh(login)) : .use }
    switch phase {
    case .unreachable(var failure, let until) where until > now:
      failure.retryAfter = until - now
      return isDead ? .postpone(failure) : .use
    case .refused(let text, let until) where until > now:
      return isDead ? .expired(text) : .use
    case .settled where hasAsked && !isRejected: return .use
    default: return .refresh
    }
  }

  /// Whether only a login helps: the access token opens nothing, or soon will, and there is no other to be had.
  ///
  /// It is the rule behind `needs_reauth`, and behind the advice to log in.
  public func needsLogin(_ login: SealedLogin, wallNow: Timestamp) -> Bool {
    if case .refused = phase { return true }
    if isRefused(login) { return true }
    guard !login.canRefresh(now: wallNow) else { return false }
    return isDead(login, wallNow: wallNow) || isDue(login, wallNow: wallNow)
  }

  /// When an idle daemon refreshes the token that no call refreshes: on the wall clock first, then not before a monotonic
  /// time.
  ///
  /// - Returns: nil when it does not, such as for a token that does not tell its expiry, or has expired.
  public func background(_ login: SealedLogin, wallNow: Timestamp) -> (due: Timestamp, notBefore: Duration)? {
    guard let expiry = login.accessExpiresAt, expiry > wallNow, login.canRefresh(now: wallNow),
      rejectedGeneration != login.generation
    else { return nil }
    var notBefore = backgroundNotBefore ?? .zero
    switch phase {
    case .unreachable(_, let until), .refused(_, let until): notBefore = max(notBefore, until)
    case .settled: break
    }
    return (expiry + (.zero - Self.margin), notBefore)
  }

  private func whyNoRefresh(_ login: SealedLogin) -> String {
    if case .refused(let text, _) = phase { return text }
    return login.sealedRefreshToken == nil ? "the API takes no refresh token any more" : "refresh token expired"
  }

  private func isDead(_ login: SealedLogin, wallNow: Timestamp) -> Bool {
    if rejectedGeneration == login.generation { return true }
    guard let expiry = login.accessExpiresAt, doubtfulGeneration != login.generation else { return false }
    return expiry <= wallNow
  }

  private func isDue(_ login: SealedLogin, wallNow: Timestamp) -> Bool {
    guard let expiry = login.accessExpiresAt, doubtfulGeneration != login.generation else { return false }
    return expiry <= wallNow + Self.margin
  }

  // MARK: events

  public mutating func refreshBegan(now: Duration) {
    earlyRefreshNotBefore = now + Self.interval
    backgroundNotBefore = now + Self.interval
  }

  /// A new pair replaces the login, by a refresh or by the user.
  public mutating func replaced(by login: SealedLogin, isRefresh: Bool, now: Duration, wallNow: Timestamp) {
    phase = .settled
    failures = 0
    (rejectedGeneration, refusedGeneration, provenGeneration) = (nil, nil, nil)
    replacedAt = now
    let isStillborn = login.accessExpiresAt.map { $0 <= wallNow } ?? false
    doubtfulGeneration = isStillborn ? login.generation : nil
    guard !isRefresh else { return }
    unhelped = [:]
    earlyRefreshNotBefore = nil
    backgroundNotBefore = isDue(login, wallNow: wallNow) ? now + Self.interval : nil
  }

  /// The refresh could not reach the API.
  ///
  /// - Parameter jitter: a random number in `0..<1`.
  public mutating func refreshFailed(_ failure: AttemptFailure, now: Duration, jitter: Double) {
    let delay = max(Self.backoff.delay(failures: failures, jitter: jitter), failure.retryAfter ?? .zero)
    failures += 1
    phase = .unreachable(failure, until: now + delay)
  }

  /// The API refused the refresh token.
  public mutating func refreshRefused(_ text: String, now: Duration) {
    phase = .refused(text, until: now + Self.interval)
  }

  /// The API carried out a job with the pair of this generation: whatever it refuses, it is not that.
  public mutating func succeeded(generation: Int64) {
    provenGeneration = max(provenGeneration ?? generation, generation)
    if refusedGeneration == generation { refusedGeneration = nil }
  }

  /// The API answered 401 to a job.
  ///
  /// A token that has ended is replaced. Where it should have been good, one refresh a job may help. When the new pair is
  /// refused as well, the token was not at fault: then the 401 is the provider's own, or, where the API takes the pair for
  /// nothing else either, only a login helps. For a minute no refresh is tried again for that.
  ///
  /// - Returns: whether the job runs again. What it waits for is decided when it is about to start.
  public mutating func unauthorized(
    generation: Int64, current login: SealedLogin, provider: String, attempt: Int32, marks: inout AuthMarks,
    now: Duration, wallNow: Timestamp
  ) -> Bool {
    guard generation >= login.generation else { return marks.replaced.spend(on: attempt) }
    if let expiry = login.accessExpiresAt, expiry <= wallNow + Self.clockDifference {
      rejectedGeneration = login.generation
      return marks.ended.spend(on: attempt) || marks.rejected.spend(on: attempt)
    }
    guard !marks.rejected.isSpent(before: attempt) else {
      noteUselessRefresh(login, provider: provider, now: now)
      return false
    }
    let ends = isRefused(login) ? Array(unhelped.values) : [unhelped[provider]].compactMap { $0 }
    guard !ends.contains(where: { $0 > now }) else {
      // The latest refresh has brought nothing better.
      if !isProven(login) { refusedGeneration = login.generation }
      return false
    }
    rejectedGeneration = login.generation
    return marks.rejected.spend(on: attempt)
  }

  /// The API refused a job again that had waited for a refresh.
  private mutating func noteUselessRefresh(_ login: SealedLogin, provider: String, now: Duration) {
    let newness = login.accessExpiresAt == nil ? Self.newness : Self.interval
    guard let replacedAt, now < replacedAt + newness else {
      // The pair may have ended since.
      rejectedGeneration = login.generation
      return
    }
    if !isProven(login) { refusedGeneration = login.generation }
    unhelped[provider] = now + Self.interval
  }

  /// Whether the API's last word on the present pair was a refusal, right after a refresh.
  public func isRefused(_ login: SealedLogin) -> Bool { refusedGeneration == login.generation }

  /// Whether the API has carried out a call with the present pair.
  public func isProven(_ login: SealedLogin) -> Bool { provenGeneration == login.generation }

  /// Whether the API refused the token of the present generation.
  public func isRejected(_ login: SealedLogin) -> Bool { rejectedGeneration == login.generation }
}

/// What a job has had of the refreshes that it may cause.
public struct AuthMarks: Equatable, Sendable {
  /// A refresh began before the job was sent.
  public var hasAsked = false
  /// Of the pair that its latest attempt was sent with.
  public var generation: Int64?
  /// It ran again because its token had been replaced.
  var replaced = Chance()
  /// It ran again because its token had ended on its way.
  var ended = Chance()
  /// It ran again after a refresh that its 401 caused.
  var rejected = Chance()

  public init() {}

  /// A single chance. The attempt that took it may be decided twice, when a commit fails.
  struct Chance: Equatable, Sendable {
    private var spentOn: Int32?

    mutating func spend(on attempt: Int32) -> Bool {
      if spentOn == nil { spentOn = attempt }
      return spentOn == attempt
    }

    func isSpent(before attempt: Int32) -> Bool { spentOn.map { $0 < attempt } ?? false }
  }
}

extension SealedLogin {
  /// Whether there is a refresh token that has not expired.
  public func canRefresh(now: Timestamp) -> Bool {
    sealedRefreshToken != nil && refreshExpiresAt.map { $0 > now } ?? true
  }
}
