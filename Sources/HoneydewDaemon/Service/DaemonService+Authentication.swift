internal import HoneydewCore
internal import HoneydewMessages
internal import HoneydewProtobuf
internal import HoneydewRPC

extension DaemonService {
  /// Logs in through a worker, like every call of the API, and answers when the API has answered.
  func login(_ request: Honeydew_LoginRequest, _ call: UnaryCall<Honeydew_LoginResponse>) {
    begin(call) { () throws(Refusal) in
      call.concerns(request.environment)
      try supervisor.restarts.requireWorkers()
      try supervisor.auth.login(request, call)
    }
  }

  func logout(_ request: Honeydew_LogoutRequest, _ call: UnaryCall<Honeydew_LogoutResponse>) {
    decide(call) { () throws(Refusal) in
      call.concerns(request.environment)
      let environment = try supervisor.auth.environment(named: request.environment)
      call.concerns(environment.name)
      return .with {
        $0.environment = environment.name
        $0.username = supervisor.auth.logOut(of: environment) ?? ""
      }
    }
  }

  func getAuthStatus(_ request: Honeydew_GetAuthStatusRequest, _ call: UnaryCall<Honeydew_AuthStatus>) {
    read(call) { () throws(Refusal) in
      let environment = try supervisor.auth.environment(named: request.environment)
      let environments = supervisor.auth.environments
      return .with {
        $0.environment = environment.name
        $0.authenticated = environments.isAuthenticated(environment, now: turn.wallNow)
        $0.needsReauth = environments.needsReauth(environment, now: turn.wallNow)
        $0.failedAuthJobs = environments.failedAuthJobs(in: environment)
        guard let login = environments.login(of: environment) else { return }
        $0.username = login.username
        $0.accessTokenExpires = login.accessExpiresAt?.description ?? ""
        $0.refreshTokenExpires = login.refreshExpiresAt?.description ?? ""
      }
    }
  }

  func rotateKey(_ request: Honeydew_RotateKeyRequest, _ call: UnaryCall<Honeydew_RotateKeyResponse>) {
    begin(call) { () throws(Refusal) in try supervisor.keys.rotate(call) }
  }
}
