internal import HoneydewConfig
internal import HoneydewCore
internal import HoneydewJSON
internal import HoneydewRPC
internal import HoneydewSystem
internal import HoneydewWire

/// Keeping access tokens fresh: one refresh an environment at a time, on a worker, while the jobs that need it wait.
extension Supervisor {
  /// Whether the job may be sent with the token of its environment. Otherwise it waits, or has failed, and is noted.
  func isAuthorized(_ job: inout Job) -> Bool {
    guard let environment = job.environment.flatMap({ environments.find($0) }),
      let login = environments.login(of: environment)
    else { return true }
    let state = environments.state(of: environment)
    let hasAsked = authMarks[job.id]?.hasAsked ?? false
    switch state.decide(login, hasAsked: hasAsked, now: now, wallNow: wallNow) {
    case .use: return true
    case .park: jobs.putBack(job, until: now)
    case .refresh:
      do throws(JobError) {
        try beginRefresh(of: environment, login)
        authMarks[job.id, default: .init()].hasAsked = true
        jobs.putBack(job, until: now)
      } catch {
        refuse(&job, error)
      }
    case .postpone(let failure):
      authMarks[job.id]?.hasAsked = false
      postpone(&job, failure)
    case .expired(let text): refuse(&job, JobError(.authExpired, "\(text); \(environment.remedy)"))
    }
    return false
  }

  private func postpone(_ job: inout Job, _ failure: AttemptFailure) {
    guard case .retrying(let delay) = job.postpone(failure, jitter: jitter(), at: wallNow) else {
      jobs.end(job, from: .pending, isQueued: false)
      return ended(job)
    }
    jobs.postpone(job, until: now + delay)
    logRetry(of: job)
  }

  /// What becomes of an attempt whose token the API refused.
  func outcome(ofRefusal text: String, generation: Int64, _ work: WorkID) -> AttemptOutcome {
    let error = JobError(.authInvalid, "the API refused the access token (\(text)); log in again")
    guard let environment = jobs.running[work.id]?.environment.flatMap({ environments.find($0) }),
      let login = environments.login(of: environment)
    else { return .failed(AttemptFailure(error)) }
    var state = environments.state(of: environment)
    let runsAgain = state.unauthorized(
      generation: generation, current: login, attempt: work.attempt, marks: &authMarks[work.id, default: .init()])
    environments.setState(state, of: environment)
    return runsAgain ? .unauthorized(error) : .failed(AttemptFailure(error))
  }

  // MARK: the refresh

  private func beginRefresh(of environment: Environment, _ login: SealedLogin) throws(JobError) {
    let payload: JSONValue = ["refreshToken": .string(try environments.refreshToken(of: environment))]
    let run = Honeydew_Worker_Run.with {
      $0.jobID = "refresh-\(newID())"
      $0.command = "auth.refresh"
      $0.payload = String(decoding: payload.serialized, as: UTF8.self)
      $0.timeoutMs = settings.api.timeout.wholeMilliseconds
      $0.endpoint = endpoint(of: environment)
    }
    var state = environments.state(of: environment)
    state.refreshBegan(call: run.jobID, of: login, now: now)
    environments.setState(state, of: environment)
    jobs.throttle.refreshing.insert(environment.name)
    waitingCalls.append(
      InternalCall(run: run, isRefresh: true) { [unowned self] in refreshEnded($0, run.jobID, of: environment) })
  }

  private func refreshEnded(
    _ outcome: Result<Honeydew_Worker_Result, Status>, _ call: String, of environment: Environment
  ) {
    let state = environments.state(of: environment)
    guard let login = environments.login(of: environment), state.awaits(call: call, current: login) else {
      return forgetRefresh(call, of: environment)
    }
    // When the commit fails, the answer is heard again.
    turn.afterCommit {
    } otherwise: { [unowned self] in
      environments.setState(state, of: environment)
      jobs.throttle.refreshing.insert(environment.name)
    }
    switch outcome {
    case .success(let result):
      switch result.outcome {
      case .tokens(let tokens): store(Tokens(tokens, username: login.username), call, of: environment)
      case .unauthorized(let unauthorized): refreshRefused(unauthorized.text.asReport, of: environment, isFinal: true)
      case .failure(let failure):
        let failure = AttemptFailure(failure)
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
    case .failure(let status):
      // Other reasons are the daemon's own: the call was never made, or the daemon ends.
      guard let code = status.errorInfo.flatMap({ ErrorCode(rawValue: $0.reason) }) else {
        return forgetRefresh(call, of: environment)
      }
      refreshFailed(AttemptFailure(JobError(code, status.message)), of: environment)
    }
  }

  private func store(_ tokens: Tokens, _ call: String, of environment: Environment) {
    do throws(Status) {
      try save(tokens, of: environment, isRefresh: true)
      releaseJobs(of: environment, isRefresh: true)
      let fields: LogFields = [
        "environment": .string(environment.name), "username": .string(tokens.username),
        "request_id": .string(InternalCall.requestID(call)),
      ]
      turn.afterCommit { [log] in log.of(.auth).info("auth token refreshed", fields) }
    } catch {
      refreshFailed(AttemptFailure(JobError(.authNetworkError, error.message)), of: environment)
    }
  }

  private func refreshRefused(_ text: String, of environment: Environment, isFinal: Bool) {
    logFailedRefresh(text, of: environment)
    if isFinal {
      for write in environments.dropRefreshToken(of: environment, at: wallNow) { turn.write(write) }
    }
    var state = environments.state(of: environment)
    state.refreshRefused("the API refused the refresh token (\(text))", now: now)
    environments.setState(state, of: environment)
    jobs.throttle.refreshing.remove(environment.name)
  }

  private func refreshFailed(_ failure: AttemptFailure, of environment: Environment) {
    logFailedRefresh(failure.error.description, of: environment)
    let error = JobError(.authNetworkError, "the token could not be refreshed: \(failure.error.text)")
    var state = environments.state(of: environment)
    state.refreshFailed(
      AttemptFailure(error, isPermanent: failure.isPermanent, retryAfter: failure.retryAfter), now: now,
      jitter: jitter())
    environments.setState(state, of: environment)
    jobs.throttle.refreshing.remove(environment.name)
  }

  private func logFailedRefresh(_ text: String, of environment: Environment) {
    log.of(.auth).warn("auth token not refreshed", ["environment": .string(environment.name), "error": .string(text)])
  }

  /// Ends a refresh that was never made, or that a login or the environment's removal has overtaken.
  private func forgetRefresh(_ call: String, of environment: Environment) {
    var state = environments.state(of: environment)
    if case .refreshing(call, _) = state.phase {
      state.refreshAbandoned()
      environments.setState(state, of: environment)
    }
    let current = environments.find(environment.name)
    guard current.map({ environments.state(of: $0).isRefreshing }) != true else { return }
    jobs.throttle.refreshing.remove(environment.name)
  }

  /// Lets the environment's jobs go on with the pair that was just saved.
  func releaseJobs(of environment: Environment, isRefresh: Bool = false) {
    guard let login = environments.login(of: environment) else { return }
    var state = environments.state(of: environment)
    if !isRefresh, case .refreshing(let call, _) = state.phase { waitingCalls.removeAll { $0.run.jobID == call } }
    state.replaced(by: login, isRefresh: isRefresh, now: now, wallNow: wallNow)
    environments.setState(state, of: environment)
    jobs.throttle.refreshing.remove(environment.name)
  }

  /// Forgets the environment's login; jobs that wait for a refresh go on without.
  ///
  /// - Returns: who was logged in.
  func logOut(of environment: Environment) -> String? {
    guard let login = environments.login(of: environment) else { return nil }
    if case .refreshing(let call, _) = environments.state(of: environment).phase {
      waitingCalls.removeAll { $0.run.jobID == call }
    }
    for write in environments.removeLogin(of: environment) { turn.write(write) }
    jobs.throttle.refreshing.remove(environment.name)
    let fields: LogFields = ["environment": .string(environment.name), "username": .string(login.username)]
    turn.afterCommit { [log] in log.of(.auth).info("logged out", fields) }
    return login.username
  }

  // MARK: while idle

  /// The next refresh that nobody has asked for. Either moment is nil when it is past.
  var backgroundRefresh: (environment: Environment, due: Timestamp?, notBefore: Duration?)? {
    let candidates = environments.all.compactMap { environment -> (Environment, Timestamp, Duration)? in
      guard let login = environments.login(of: environment),
        let (due, notBefore) = environments.state(of: environment).background(login, wallNow: wallNow)
      else { return nil }
      return (environment, max(due, wallNow), max(notBefore, now))
    }
    guard let first = candidates.min(by: { $0.1 - wallNow + ($0.2 - now) < $1.1 - wallNow + ($1.2 - now) }) else {
      return nil
    }
    return (first.0, first.1 > wallNow ? first.1 : nil, first.1 > wallNow ? nil : first.2)
  }

  func refreshInTheBackground() {
    guard store != nil, drain == nil, waitingCalls.isEmpty, pool.workers.contains(where: \.isIdle),
      let next = backgroundRefresh, next.due == nil, let notBefore = next.notBefore, notBefore <= now,
      let login = environments.login(of: next.environment)
    else { return }
    do throws(JobError) {
      try beginRefresh(of: next.environment, login)
    } catch {
      refreshRefused(error.text, of: next.environment, isFinal: false)
    }
  }
}
