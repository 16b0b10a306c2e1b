internal import HoneydewConfig
internal import HoneydewCore
internal import HoneydewJSON
internal import HoneydewRPC
internal import HoneydewSystem

internal import HoneydewWire

extension DaemonService {
  /// Logs in through a worker, like every call of the API, and answers when the API has answered.
  func login(_ request: Honeydew_LoginRequest, _ call: UnaryCall<Honeydew_LoginResponse>) {
    do throws(Status) {
      try supervisor.requireStore(forWriting: true)
      try supervisor.requireWorkers()
      guard !request.username.isEmpty else { throw .invalid("username", "the username is empty") }
      guard !request.password.isEmpty else { throw .invalid("password", "the password is empty") }
      let environment = try supervisor.environment(named: request.environment)
      let credentials: JSONValue = ["username": .string(request.username), "password": .string(request.password)]
      let run = Honeydew_Worker_Run.with {
        $0.jobID = "login-\(supervisor.newID())"
        $0.command = "auth.login"
        $0.payload = String(decoding: credentials.serialized, as: UTF8.self)
        $0.timeoutMs = supervisor.settings.api.timeout.wholeMilliseconds
        $0.endpoint = supervisor.endpoint(of: environment)
      }
      supervisor.waitingCalls.append(
        InternalCall(run: run) { [supervisor] outcome in
          supervisor.loginEnded(outcome, run.jobID, environment.name, username: request.username, call)
        })
      // A password is not kept for a client that has gone.
      call.onCancel = { [supervisor] in supervisor.waitingCalls.removeAll { $0.run.jobID == run.jobID } }
    } catch {
      call.fail(error)
    }
  }

  /// Forgets the tokens. The API is not told: it has no call for that.
  func logout(_ request: Honeydew_LogoutRequest, _ call: UnaryCall<Honeydew_LogoutResponse>) {
    decide(call) { () throws(Status) in
      try supervisor.requireStore(forWriting: true)
      let environment = try supervisor.environment(named: request.environment)
      return .with {
        $0.environment = environment.name
        $0.username = supervisor.logOut(of: environment) ?? ""
      }
    }
  }

  func getAuthStatus(_ request: Honeydew_GetAuthStatusRequest, _ call: UnaryCall<Honeydew_AuthStatus>) {
    read(call) { [supervisor] () throws(Status) in
      let environment = try supervisor.environment(named: request.environment)
      return .with {
        $0.environment = environment.name
        guard let login = supervisor.environments.login(of: environment) else {
          $0.needsReauth = true
          return
        }
        $0.authenticated = login.isUsable(now: supervisor.wallNow)
        $0.needsReauth =
          !$0.authenticated
          || supervisor.environments.state(of: environment).needsLogin(login, wallNow: supervisor.wallNow)
        $0.username = login.username
        $0.accessTokenExpires = login.accessExpiresAt?.description ?? ""
        $0.refreshTokenExpires = login.refreshExpiresAt?.description ?? ""
        $0.failedAuthJobs = login.failedAuthJobs
      }
    }
  }
}

extension Supervisor {
  fileprivate func loginEnded(
    _ outcome: Result<Honeydew_Worker_Result, Status>, _ id: String, _ environmentName: String, username: String,
    _ call: UnaryCall<Honeydew_LoginResponse>
  ) {
    do throws(Status) {
      let tokens = try Tokens(outcome, username: username)
      let environment = try self.environment(named: environmentName)
      try save(tokens, of: environment)
      releaseJobs(of: environment)
      let fields: LogFields = [
        "environment": .string(environment.name), "username": .string(tokens.username),
        "request_id": .string(InternalCall.requestID(id)),
      ]
      turn.afterCommit { [log] in log.of(.auth).info("logged in", fields) }
      turn.reply(to: call) { () throws(Status) in
        .with {
          $0.username = tokens.username
          $0.environment = environment.name
        }
      }
    } catch {
      log.of(.auth).warn(
        "login failed",
        [
          "environment": .string(environmentName), "error": .string(error.message),
          "request_id": .string(InternalCall.requestID(id)),
        ])
      call.fail(error)
    }
  }

  /// Stores a new pair, and on disk before this turn's effects leave.
  func save(_ tokens: Tokens, of environment: Environment, isRefresh: Bool = false) throws(Status) {
    do {
      let writes = try environments.save(
        tokens, of: environment, newID: newID(), isRefresh: isRefresh, at: wallNow)
      for write in writes { turn.write(write) }
      turn.makeDurable()
    } catch {
      throw .sealingFailed("the tokens", error)
    }
  }
}

extension Tokens {
  init(_ tokens: Honeydew_Worker_Tokens, username: String) {
    let moment = { (milliseconds: Int64) in milliseconds > 0 ? Timestamp(milliseconds: milliseconds) : nil }
    self.init(
      username: tokens.username.isEmpty ? username : tokens.username, access: tokens.accessToken,
      accessExpiresAt: moment(tokens.accessExpiresMs), refresh: tokens.refreshToken,
      refreshExpiresAt: moment(tokens.refreshExpiresMs))
  }

  /// The pair in a worker's answer, or the status that tells the client why there is none.
  fileprivate init(_ outcome: Result<Honeydew_Worker_Result, Status>, username: String) throws(Status) {
    switch try outcome.get().outcome {
    case .tokens(let tokens):
      self.init(tokens, username: username)
    case .failure(let failure):
      let code: Status.Code =
        switch ErrorCode(rawValue: failure.code) {
        case .apiError: .unauthenticated
        case .timeout: .deadlineExceeded
        case .networkError, .apiUnavailable, .rateLimited: .unavailable
        default: .internal
        }
      throw .error(code, "the API did not log in \(username.printable): \(failure.text)", reason: failure.code)
    case .unauthorized(let unauthorized):
      throw .error(
        .unauthenticated, "the API did not log in \(username.printable): \(unauthorized.text)", reason: "AUTH_INVALID")
    case .data, .spooled, nil:
      throw .error(.internal, "the worker answered the login with something else", reason: "PROTOCOL_ERROR")
    }
  }
}
