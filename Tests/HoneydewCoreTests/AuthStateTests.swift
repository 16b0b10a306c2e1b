import Testing

@testable import HoneydewCore

private let noon = Timestamp("2026-03-01T12:00:00Z")!
private let now = Duration.seconds(1000)

/// A login whose tokens live this many seconds; nil for those that do not tell.
private func login(access: Int? = 3600, refresh: Int? = 86_400, generation: Int64 = 1) -> SealedLogin {
  SealedLogin(
    id: "l", environmentID: "e", username: "somebody", sealedAccessToken: [1],
    accessExpiresAt: access.map { noon + .seconds($0) }, sealedRefreshToken: [2],
    refreshExpiresAt: refresh.map { noon + .seconds($0) }, generation: generation, failedAuthJobs: 0)
}

private let trouble = AttemptFailure(JobError(.authNetworkError, "no route"))

extension AuthState {
  fileprivate func decide(
    _ login: SealedLogin, hasAsked: Bool = false, after seconds: Int = 0
  ) -> AuthState.Decision {
    decide(
      login, isRefreshing: false, hasAsked: hasAsked, now: now + .seconds(seconds), wallNow: noon + .seconds(seconds))
  }

  fileprivate mutating func reject(_ login: SealedLogin) {
    var marks = AuthMarks()
    _ = unauthorized(login, attempt: 1, &marks)
  }

  /// - Parameter generation: of the token that was refused; that of `login` by default.
  fileprivate mutating func unauthorized(
    _ login: SealedLogin, generation: Int64? = nil, provider: String = "github", attempt: Int32, after seconds: Int = 0,
    _ marks: inout AuthMarks
  ) -> Bool {
    unauthorized(
      generation: generation ?? login.generation, current: login, provider: provider, attempt: attempt, marks: &marks,
      now: now + .seconds(seconds), wallNow: noon + .seconds(seconds))
  }

  fileprivate mutating func refreshed(to login: SealedLogin, after seconds: Int = 0) {
    replaced(by: login, isRefresh: true, now: now + .seconds(seconds), wallNow: noon + .seconds(seconds))
  }
}

@Suite struct `The tokens of an environment` {
  struct Row: CustomTestStringConvertible, Sendable {
    var testDescription: String
    var access: Int?
    var refresh: Int? = 86_400
    var isRejected = false
    var hasAsked = false
    var expected: AuthState.Decision
  }

  @Test(arguments: [
    Row(testDescription: "fresh", access: 301, expected: .use),
    Row(testDescription: "due", access: 300, expected: .refresh),
    Row(testDescription: "due, asked", access: 300, hasAsked: true, expected: .use),
    Row(testDescription: "due, no refresh", access: 300, refresh: 0, expected: .use),
    Row(testDescription: "expired", access: 0, expected: .refresh),
    Row(testDescription: "expired, asked", access: 0, hasAsked: true, expected: .use),
    Row(testDescription: "both expired", access: 0, refresh: 0, expected: .expired("refresh token expired")),
    Row(testDescription: "unknown expiry", access: nil, expected: .use),
    Row(testDescription: "unknown expiries, 401", access: nil, refresh: nil, isRejected: true, expected: .refresh),
    Row(testDescription: "fresh, 401", access: 3600, isRejected: true, hasAsked: true, expected: .refresh),
    Row(
      testDescription: "fresh, 401, no refresh", access: 3600, refresh: 0, isRejected: true,
      expected: .expired("refresh token expired")),
  ]) func `are used, refreshed or given up`(row: Row) {
    var state = AuthState()
    let login = login(access: row.access, refresh: row.refresh)
    if row.isRejected { state.reject(login) }
    #expect(state.decide(login, hasAsked: row.hasAsked) == row.expected)
  }

  @Test func `are refreshed once at a time, and then used`() {
    var state = AuthState()
    let old = login(access: 0)
    state.refreshBegan(now: now)
    for hasAsked in [false, true] {
      #expect(state.decide(old, isRefreshing: true, hasAsked: hasAsked, now: now, wallNow: noon) == .park)
    }
    let new = login(access: 3600, generation: 2)
    state.replaced(by: new, isRefresh: true, now: now, wallNow: noon)
    #expect(state.decide(new) == .use)
  }

  @Test func `are refreshed again when the call that was to do it is gone without an answer`() {
    var state = AuthState()
    state.refreshBegan(now: now)
    #expect(state.decide(login(access: 0)) == .refresh)
  }

  @Test func `that live shorter than the margin are refreshed once a minute, or when they have expired`() {
    var state = AuthState()
    state.refreshBegan(now: now)
    let short = login(access: 90, generation: 2)
    state.replaced(by: short, isRefresh: true, now: now, wallNow: noon)
    #expect(state.decide(short, after: 59) == .use)
    #expect(state.decide(short, after: 60) == .refresh)
    let shorter = login(access: 20, generation: 3)
    state.replaced(by: shorter, isRefresh: true, now: now, wallNow: noon)
    #expect(state.decide(shorter, after: 19) == .use)
    #expect(state.decide(shorter, after: 20) == .refresh)
  }

  @Test func `that come expired, by a clock that is wrong, are sent all the same`() {
    var state = AuthState()
    let stillborn = login(access: -10, generation: 2)
    #expect(state.decide(stillborn) == .refresh)
    state.replaced(by: stillborn, isRefresh: true, now: now, wallNow: noon)
    #expect(state.decide(stillborn) == .use)
    state.reject(stillborn)
    #expect(state.decide(stillborn) == .refresh)
  }

  @Test func `wait longer with each refresh that does not reach the API, and then try again`() {
    var state = AuthState()
    let (dead, due) = (login(access: 0), login(access: 200))
    var start = 0
    for wait in [1, 2, 4, 8, 16, 30, 30] {
      state.refreshFailed(trouble, now: now + .seconds(start), jitter: 0)
      var expected = trouble
      expected.retryAfter = .seconds(wait)
      #expect(state.decide(dead, after: start) == .postpone(expected))
      #expect(state.decide(dead, hasAsked: true, after: start) == .postpone(expected))
      #expect(state.decide(dead, after: start + wait) == .refresh)
      start += wait
    }
    #expect(state.decide(due) == .use)
    var resting = trouble
    resting.retryAfter = .seconds(100)
    state.refreshFailed(resting, now: now, jitter: 0)
    #expect(state.decide(dead, after: 99) != .refresh && state.decide(dead, after: 100) == .refresh)
    state.replaced(by: dead, isRefresh: true, now: now, wallNow: noon)
    state.refreshFailed(trouble, now: now, jitter: 0)
    #expect(state.decide(login(access: 0, generation: 2), after: 1) == .refresh)
  }

  @Test func `need a login when the refresh was refused`() {
    var state = AuthState()
    let (dead, due) = (login(access: 0), login(access: 200))
    #expect(!state.needsLogin(dead, wallNow: noon))
    state.refreshRefused("no", now: now)
    #expect(state.decide(dead, after: 59) == .expired("no"))
    #expect(state.decide(dead, hasAsked: true, after: 59) == .expired("no"))
    #expect(state.decide(due) == .use)
    #expect(state.needsLogin(due, wallNow: noon))
    #expect(state.decide(dead, after: 60) == .refresh)
    state.replaced(by: login(generation: 2), isRefresh: false, now: now, wallNow: noon)
    #expect(!state.needsLogin(login(generation: 2), wallNow: noon))
    #expect(AuthState().needsLogin(login(access: 200, refresh: 0), wallNow: noon))
    #expect(!AuthState().needsLogin(login(access: 3600, refresh: 0), wallNow: noon))
  }

  @Test func `are refreshed in the background at most once a minute, and while they are good`() throws {
    var state = AuthState()
    let short = login(access: 400)
    let first = try #require(state.background(short, wallNow: noon))
    #expect(first.due == noon + .seconds(100) && first.notBefore <= now)
    #expect(state.background(short, wallNow: noon + .seconds(400)) == nil)
    #expect(state.background(login(access: nil), wallNow: noon) == nil)
    #expect(state.background(login(refresh: 0), wallNow: noon) == nil)
    state.refreshBegan(now: now)
    state.replaced(by: short, isRefresh: true, now: now, wallNow: noon)
    #expect(state.background(short, wallNow: noon)?.notBefore == now + .seconds(60))
    state.replaced(by: short, isRefresh: false, now: now, wallNow: noon)
    #expect(try #require(state.background(short, wallNow: noon)).notBefore <= now)
    state.replaced(by: login(access: 60), isRefresh: false, now: now, wallNow: noon)
    #expect(state.background(login(access: 60), wallNow: noon)?.notBefore == now + .seconds(60))
  }

  @Test func `that the API refuses cost a job one more run each for a replaced and for the present token`() {
    var (state, marks) = (AuthState(), AuthMarks())
    let current = login(generation: 5)
    #expect(state.unauthorized(current, generation: 4, attempt: 1, &marks))
    #expect(state.decide(current) == .use)
    #expect(state.unauthorized(current, attempt: 2, &marks))
    #expect(state.decide(current) == .refresh)
    // Decided again, because the commit failed.
    #expect(state.unauthorized(current, attempt: 2, &marks))
    let next = login(generation: 6)
    state.refreshed(to: next)
    #expect(!state.unauthorized(next, attempt: 3, &marks))
    #expect(!state.unauthorized(next, generation: 5, attempt: 4, &marks))
  }

  /// A job meets 401, and again with the pair that the refresh has brought.
  private func refused(_ state: inout AuthState, provider: String = "github", generation: Int64 = 1, after: Int = 0)
    -> Bool
  {
    var marks = AuthMarks()
    guard state.unauthorized(login(generation: generation), provider: provider, attempt: 1, after: after, &marks) else {
      return false
    }
    state.refreshed(to: login(generation: generation + 1), after: after)
    let runsAgain = state.unauthorized(
      login(generation: generation + 1), provider: provider, attempt: 2, after: after, &marks)
    #expect(!runsAgain)
    return true
  }

  @Test func `that a refresh does not help are not refreshed for the next job of that provider for a minute`() {
    var state = AuthState()
    let pair = login(generation: 2)
    #expect(refused(&state))
    #expect(state.decide(pair) == .use)
    state.succeeded(generation: 2)
    var marks = AuthMarks()
    #expect(!state.unauthorized(pair, attempt: 1, after: 59, &marks))
    #expect(state.decide(pair, after: 59) == .use)
    // Another provider's 401, or one a minute later, may mean that the token has ended.
    var (others, later) = (AuthMarks(), AuthMarks())
    #expect(state.unauthorized(pair, provider: "gitlab", attempt: 1, after: 1, &others))
    #expect(state.decide(pair, after: 1) == .refresh)
    state.refreshed(to: login(generation: 3), after: 1)
    #expect(state.unauthorized(login(generation: 3), attempt: 1, after: 60, &later))
    // A login gives everybody another chance.
    #expect(refused(&state, generation: 3, after: 60))
    state.replaced(by: login(generation: 9), isRefresh: false, now: now + .seconds(61), wallNow: noon)
    #expect(refused(&state, generation: 9, after: 61))
  }

  @Test func `that are refused right after a refresh need a login until they are taken for something`() {
    var state = AuthState()
    let pair = login(generation: 2)
    #expect(refused(&state))
    #expect(state.isRefused(pair) && state.needsLogin(pair, wallNow: noon))
    #expect(!refused(&state, provider: "gitlab", generation: 2, after: 59), "no refresh helps anybody")
    state.succeeded(generation: 1)
    #expect(state.isRefused(pair), "another pair's success says nothing")
    state.succeeded(generation: 2)
    #expect(!state.needsLogin(pair, wallNow: noon) && state.isProven(pair))
    // Another refresh brings nothing better.
    var again = AuthState()
    #expect(refused(&again))
    again.refreshed(to: login(generation: 3), after: 1)
    var fresh = AuthMarks()
    #expect(!again.unauthorized(login(generation: 3), attempt: 1, after: 2, &fresh))
    #expect(again.needsLogin(login(generation: 3), wallNow: noon))
    // Proven before, the pair is not what is refused.
    var proven = AuthState()
    var marks = AuthMarks()
    #expect(proven.unauthorized(login(), attempt: 1, &marks))
    proven.refreshed(to: pair)
    proven.succeeded(generation: 2)
    #expect(!proven.unauthorized(pair, attempt: 2, &marks))
    #expect(!proven.needsLogin(pair, wallNow: noon) && proven.decide(pair) == .use)
  }

  @Test func `that are refused long after the refresh may have ended since`() {
    var state = AuthState()
    var (marks, others) = (AuthMarks(), AuthMarks())
    #expect(state.unauthorized(login(access: nil), attempt: 1, &marks))
    let pair = login(access: nil, generation: 2)
    state.refreshed(to: pair)
    #expect(!state.unauthorized(pair, attempt: 2, after: 10, &marks))
    #expect(!state.isRefused(pair) && state.decide(pair, after: 10) == .refresh)
    #expect(state.unauthorized(pair, attempt: 1, after: 10, &others))
  }

  @Test func `that have ended on their way cost a job nothing but another run`() {
    var state = AuthState()
    var marks = AuthMarks()
    let (ending, next) = (login(access: 10), login(access: 12, generation: 2))
    #expect(state.unauthorized(ending, attempt: 1, &marks))
    #expect(state.decide(ending) == .refresh)
    state.refreshed(to: next)
    // It still has its one refresh, and no more than that.
    #expect(state.unauthorized(next, attempt: 2, after: 2, &marks))
    state.refreshed(to: login(access: 12, generation: 3), after: 2)
    #expect(!state.unauthorized(login(access: 12, generation: 3), attempt: 3, after: 4, &marks))
    #expect(!state.isRefused(login(generation: 3)))
    var others = AuthMarks()
    #expect(state.unauthorized(login(access: 12, generation: 3), attempt: 1, after: 4, &others))
  }
}

@Suite struct `Numbers by environment` {
  @Test func `are read as they were written`() {
    var numbers = EnvironmentNumbers()
    numbers["a"] += 1
    numbers["b"] += 3
    numbers["a"] += 1
    #expect(numbers["a"] == 2 && numbers["c"] == 0)
    #expect(EnvironmentNumbers(text: numbers.text) == numbers)
    numbers["b"] = 0
    #expect(numbers.text == "a\t2")
    #expect(EnvironmentNumbers(text: "a\t-1\nb\nc\tx\n\nd\t1\t2\ne\t9223372036854775807").text == "")
  }
}
