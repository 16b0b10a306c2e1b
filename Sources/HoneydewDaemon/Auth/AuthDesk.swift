internal import HoneydewConfig
internal import HoneydewCore
internal import HoneydewFrames
internal import HoneydewJSON
internal import HoneydewMessages
internal import HoneydewProtobuf
internal import HoneydewRPC
internal import HoneydewStore
internal import HoneydewSystem
internal import HoneydewVault

/// The environments, their logins, and the calls of the API that log in and keep tokens fresh: one refresh an environment
/// at a time, on a worker, while the jobs that need it wait.
final class AuthDesk {
  let turn: Turn
  private let options: LiveSettings
  private let newID: () -> String
  private let jitter: () -> Double
  var environments: EnvironmentBook
  /// Calls that wait for a worker, and those that one carries out. That a refresh runs is that its call is among them.
  private var waiting: [InternalCall] = []
  private var running: [WorkID: InternalCall] = [:]
  /// The environments, by name, whose new tokens are not on the disk yet.
  private var unsynced: Set<String> = []
  /// The refreshes that pending and running jobs have caused, by their ids.
  private var marks: [String: AuthMarks] = [:]

  init(
    _ environments: EnvironmentBook, turn: Turn, options: LiveSettings,
    newID: @escaping () -> String, jitter: @escaping () -> Double
  ) {
    self.environments = environments
    self.turn = turn
    self.options = options
    self.newID = newID
    self.jitter = jitter
  }

  func reload(from store: Store) throws(StoreError) {
    try environments.reload(from: store)
  }

  /// The named environment, or the active one for an empty name.
  func environment(named name: String) throws(Refusal) -> Environment {
    if name.isEmpty, let active = environments.active { return active }
    guard let environment = environments.find(name) else { throw .environmentNotFound(name) }
    return environment
  }

  // MARK: calls

  /// The environments whose tokens are being refreshed, by name.
  var refreshing: Set<String> {
    guard !waiting.isEmpty || !running.isEmpty else { return [] }
    return Set(environments.all.lazy.filter(isRefreshing).map(\.name))
  }

  /// Whether a call is to replace the present tokens; one that a login has overtaken does not count.
  func isRefreshing(_ environment: Environment) -> Bool {
    guard let login = environments.login(of: environment) else { return false }
    let refreshes = { (call: InternalCall) in call.refreshes(environment.id, login.generation) }
    return waiting.contains(where: refreshes) || running.values.contains(where: refreshes)
  }

  /// Whether there is a call that a free worker is to take.
  var hasWaitingCalls: Bool { !waiting.isEmpty }

  /// The first call that a free worker may take.
  func nextCall(admits: (InternalCall) -> Bool) -> InternalCall? {
    guard let first = waiting.firstIndex(where: admits) else { return nil }
    let call = waiting.remove(at: first)
    running[call.work] = call
    return call
  }

  /// Whether the work is a call of the daemon's own, and no job.
  func isCall(_ work: WorkID) -> Bool { running[work] != nil }

  /// Takes the call whose worker has answered or is gone.
  func takeCall(_ work: WorkID) -> InternalCall? { running.removeValue(forKey: work) }

  /// The call never began: the next free worker takes it.
  func requeue(_ call: InternalCall) {
    waiting.insert(call, at: 0)
  }

  /// Gives up the calls that no worker has: they were never made.
  func abandonWaitingCalls(_ refusal: Refusal) {
    let abandoned = waiting
    waiting = []
    for call in abandoned { answered(call, .failure(refusal)) }
  }

  /// Decides what the outcome of a call means.
  func answered(_ call: InternalCall, _ outcome: Result<Honeydew_Worker_Result, Refusal>) {
    switch call.purpose {
    case .login(let client, let name, let username): loginEnded(outcome, call, name, username: username, client)
    case .refresh(let id, let generation): refreshEnded(outcome, call, environment: id, generation)
    case .check(let client, let environment): checkEnded(outcome, of: environment, client)
    }
  }

  // MARK: logins

  func login(_ request: Honeydew_LoginRequest, _ client: UnaryCall<Honeydew_LoginResponse>) throws(Refusal) {
    guard !request.username.isEmpty else { throw .invalid("username", "the username is empty") }
    guard !request.password.isEmpty else { throw .invalid("password", "the password is empty") }
    let environment = try self.environment(named: request.environment)
    client.concerns(environment.name)
    let credentials: JSONValue = ["username": .string(request.username), "password": .string(request.password)]
    let work = enqueue(
      "login", "auth.login", payload: credentials.serialized, to: environment,
      .login(client, environment: environment.name, username: request.username))
    // A password is not kept for a client that has gone.
    client.onCancel = { [unowned self] in withdraw(work) }
  }

  /// Has the next free worker make a call.
  ///
  /// - Parameter kind: what the call's id begins with.
  @discardableResult
  func enqueue(
    _ kind: String, _ command: String, payload: [UInt8], to environment: Environment, _ purpose: InternalCall.Purpose
  ) -> WorkID {
    let call = InternalCall(
      id: "\(kind)-\(newID())", command, payload: payload, timeout: options.settings.api.timeout,
      to: options.endpoint(of: environment), purpose)
    waiting.append(call)
    return call.work
  }

  /// Drops a call that no worker has taken yet.
  func withdraw(_ work: WorkID) {
    waiting.removeAll { $0.work == work }
  }

  private func loginEnded(
    _ outcome: Result<Honeydew_Worker_Result, Refusal>, _ call: InternalCall, _ name: String, username: String,
    _ client: UnaryCall<Honeydew_LoginResponse>
  ) {
    do throws(Refusal) {
      let tokens = try Tokens(outcome, username: username)
      let environment = try self.environment(named: name)
      try save(tokens, of: environment)
      waiting.removeAll { $0.refreshes(environment.id) }
      replaced(environment, isRefresh: false)
      turn.log(.info, .auth, "logged in", fields(environment, tokens.username, call))
      let response = Honeydew_LoginResponse.with {
        $0.username = tokens.username
        $0.environment = environment.name
      }
      turn.answer(client, response)
    } catch {
      turn.log(
        .warn, .auth, "login failed",
        [
          "environment": .string(name), "error": .string(error.text),
          "request_id": .string(call.work.requestID),
        ], when: .always)
      turn.refuse(client, error)
    }
  }

  /// Forgets the environment's login; jobs that wait for a refresh go on without. The API is not told: it has no call for
  /// that.
  ///
  /// - Returns: who was logged in.
  func logOut(of environment: Environment) -> String? {
    guard let login = environments.login(of: environment) else { return nil }
    waiting.removeAll { $0.refreshes(environment.id) }
    turn.write(environments.removeLogin(of: environment))
    return login.username
  }

  /// Stores a new pair, and has it synced soon.
  private func save(_ tokens: Tokens, of environment: Environment, isRefresh: Bool = false) throws(Refusal) {
    do {
      turn.write(
        try environments.save(tokens, of: environment, newID: newID(), isRefresh: isRefresh, at: turn.wallNow))
      unsynced.insert(environment.name)
      turn.plan(.tokensStored(self, environment: environment.name), when: .synced)
    } catch {
      throw .sealingFailed("the tokens", error)
    }
  }

  /// Whether the environment's tokens would survive a loss of power. Until then no job goes on with them.
  func areStored(of environment: String) -> Bool { !unsynced.contains(environment) }

  /// The new tokens are on the disk, or lost.
  func settled(environment: String) {
    unsynced.remove(environment)
  }

  /// Lets the environment's jobs go on with the pair that was just saved.
  private func replaced(_ environment: Environment, isRefresh: Bool) {
    guard let login = environments.login(of: environment) else { return }
    change(environment) { $0.replaced(by: login, isRefresh: isRefresh, now: turn.now, wallNow: turn.wallNow) }
  }

  private func change(_ environment: Environment, _ body: (inout AuthState) -> Void) {
    var state = environments.state(of: environment)
    body(&state)
    turn.write(environments.setState(state, of: environment))
  }

  private func fields(_ environment: Environment, _ username: String, _ call: InternalCall) -> LogFields {
    [
      "environment": .string(environment.name), "username": .string(username),
      "request_id": .string(call.work.requestID),
    ]
  }

  // MARK: jobs

  /// What becomes of a job that is about to start.
  enum Admission {
    case use
    /// It waits for a refresh, and holds no slot.
    case wait
    /// A counted failure, though no attempt was made.
    case postpone(AttemptFailure)
    /// Nothing but a login helps.
    case refuse(JobError)
  }

  /// Whether the job may be sent with the token of its environment.
  func admit(_ job: Job) -> Admission {
    guard let environment = job.environment.flatMap({ environments.find($0) }),
      let login = environments.login(of: environment)
    else { return .use }
    let decision = environments.state(of: environment).decide(
      login, isRefreshing: isRefreshing(environment), hasAsked: marks[job.id]?.hasAsked ?? false, now: turn.now,
      wallNow: turn.wallNow)
    switch decision {
    case .use: return .use
    case .park: return .wait
    case .refresh:
      do throws(JobError) {
        try beginRefresh(of: environment, login)
      } catch {
        return .refuse(error)
      }
      marks[job.id, default: .init()].hasAsked = true
      return .wait
    case .postpone(let failure):
      marks[job.id]?.hasAsked = false
      return .postpone(failure)
    case .expired(let text): return .refuse(JobError(.authExpired, "\(text); \(environment.remedy)"))
    }
  }

  /// The job is about to be sent with the pair of this generation.
  func sent(_ job: Job, with generation: Int64) {
    marks[job.id, default: .init()].generation = generation
  }

  /// The API carried the job out with the token that it was sent with.
  func succeeded(_ job: Job) {
    guard let environment = job.environment.flatMap({ environments.find($0) }),
      let generation = marks[job.id]?.generation
    else { return }
    change(environment) { $0.succeeded(generation: generation) }
  }

  /// What becomes of an attempt whose token the API refused.
  func outcome(ofRefusal text: String, generation: Int64, _ work: WorkID, of job: Job?) -> AttemptOutcome {
    let what = "the API refused the access token (\(text))"
    guard let job, let environment = job.environment.flatMap({ environments.find($0) }),
      let login = environments.login(of: environment)
    else { return .failed(AttemptFailure(JobError(.authInvalid, "\(what); log in again"))) }
    var state = environments.state(of: environment)
    let runsAgain = state.unauthorized(
      generation: generation, current: login, provider: PendingQueue.Lane(job).provider, attempt: work.attempt,
      marks: &marks[work.id, default: .init()], now: turn.now, wallNow: turn.wallNow)
    turn.write(environments.setState(state, of: environment))
    if runsAgain { return .unauthorized(JobError(.authInvalid, what)) }
    let advice =
      if state.needsLogin(login, wallNow: turn.wallNow) {
        "; log in again; \(environment.remedy)"
      } else if state.isProven(login) {
        "; \(AuthState.providersOwn): look at the provider's own login at the API"
      } else {
        ""
      }
    return .failed(AttemptFailure(JobError(.authInvalid, what + advice)))
  }

  /// Drops the marks of ended jobs, and counts those that failed because a login is missing.
  func note(_ events: [JobEvent]) {
    var expired: [Environment] = []
    for event in events where event.isEnd {
      marks[event.id] = nil
      guard case .failed = event.kind, let code = event.error?.code, code.isAuthentication,
        let environment = event.environment.flatMap({ environments.find($0) })
      else { continue }
      turn.write(environments.countAuthFailure(in: environment, at: turn.wallNow))
      if code == .authExpired, !expired.contains(environment) { expired.append(environment) }
    }
    // One line for all jobs of the turn.
    for environment in expired {
      guard let login = environments.login(of: environment) else { continue }
      turn.log(
        .error, .auth, "auth token expired",
        [
          "environment": .string(environment.name), "username": .string(login.username),
          "failed_jobs_count": .int(Int(login.failedAuthJobs)),
        ])
    }
  }

  // MARK: refreshes

  func beginRefresh(of environment: Environment, _ login: SealedLogin) throws(JobError) {
    let payload: JSONValue = ["refreshToken": .string(try environments.refreshToken(of: environment))]
    enqueue(
      "refresh", "auth.refresh", payload: payload.serialized, to: environment,
      .refresh(environment: environment.id, generation: login.generation))
    change(environment) { $0.refreshBegan(now: turn.now) }
  }

  private func refreshEnded(
    _ outcome: Result<Honeydew_Worker_Result, Refusal>, _ call: InternalCall, environment id: String,
    _ generation: Int64
  ) {
    // A login or the environment's removal may have overtaken it.
    guard let environment = environments.find(id: id),
      let login = environments.login(of: environment), login.generation == generation
    else { return }
    switch outcome {
    case .success(let result):
      switch result.outcome {
      case .tokens(let tokens): store(Tokens(tokens, username: login.username), call, of: environment)
      case .unauthorized(let unauthorized): refreshRefused(unauthorized.text.asReport, of: environment, isFinal: true)
      case .failure(let report):
        let failure = AttemptFailure(report)
        if failure.error.code == .apiError {
          refreshRefused(failure.error.text, of: environment, isFinal: false)
        } else {
          refreshFailed(failure, of: environment)
        }
      case .data, .spooled, nil:
        refreshFailed(
          AttemptFailure(JobError(.protocolError, "the worker answered the refresh with something else")),
          of: environment)
      }
    case .failure(let refusal):
      // Other reasons are the daemon's own: the call was never made, or the daemon ends.
      guard let code = ErrorCode(rawValue: refusal.reason.rawValue) else { return }
      refreshFailed(AttemptFailure(JobError(code, refusal.text)), of: environment)
    }
  }

  private func store(_ tokens: Tokens, _ call: InternalCall, of environment: Environment) {
    do throws(Refusal) {
      try save(tokens, of: environment, isRefresh: true)
      replaced(environment, isRefresh: true)
      turn.log(.info, .auth, "auth token refreshed", fields(environment, tokens.username, call))
    } catch {
      refreshFailed(AttemptFailure(JobError(.authNetworkError, error.text)), of: environment)
    }
  }

  func refreshRefused(_ text: String, of environment: Environment, isFinal: Bool) {
    logFailedRefresh(text, of: environment)
    if isFinal { turn.write(environments.dropRefreshToken(of: environment, at: turn.wallNow)) }
    change(environment) { $0.refreshRefused("the API refused the refresh token (\(text))", now: turn.now) }
  }

  private func refreshFailed(_ failure: AttemptFailure, of environment: Environment) {
    logFailedRefresh(failure.error.description, of: environment)
    let error = JobError(.authNetworkError, "the token could not be refreshed: \(failure.error.text)")
    let postponed = AttemptFailure(error, isPermanent: failure.isPermanent, retryAfter: failure.retryAfter)
    change(environment) { $0.refreshFailed(postponed, now: turn.now, jitter: jitter()) }
  }

  private func logFailedRefresh(_ text: String, of environment: Environment) {
    turn.log(
      .warn, .auth, "auth token not refreshed",
      ["environment": .string(environment.name), "error": .string(text)], when: .always)
  }
}
