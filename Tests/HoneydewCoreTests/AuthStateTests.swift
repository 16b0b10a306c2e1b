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
    _ = unauthorized(generation: login.generation, current: login, attempt: 1, marks: &marks)
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
    #expect(state.unauthorized(generation: 4, current: current, attempt: 1, marks: &marks))
    #expect(state.decide(current) == .use)
    #expect(state.unauthorized(generation: 5, current: current, attempt: 2, marks: &marks))
    #expect(state.decide(current) == .refresh)
    // Decided again, because the commit failed.
    #expect(state.unauthorized(generation: 5, current: current, attempt: 2, marks: &marks))
    let next = login(generation: 6)
    state.replaced(by: next, isRefresh: true, now: now, wallNow: noon)
    #expect(!state.unauthorized(generation: 6, current: next, attempt: 3, marks: &marks))
    #expect(!state.unauthorized(generation: 5, current: next, attempt: 4, marks: &marks))
  }
}
