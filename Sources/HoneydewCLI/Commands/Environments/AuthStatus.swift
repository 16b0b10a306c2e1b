internal import HoneydewText
internal import HoneydewMessages
internal import HoneydewRPC

extension Subcommand {
  static let authStatus = Subcommand(
    words: ["auth", "status"], summary: "Show who is logged in, and until when",
    options: [.environment],
    details: ["The exit status is 4 when a login is needed."],
    examples: [
      Example("honeydew auth status", "shows the login of the active environment"),
      Example("honeydew auth status --env staging --json | jq .needs_reauth", "tells a program whether to log in"),
    ],
    run: { invocation throws(Failure) in
      var request = Honeydew_GetAuthStatusRequest()
      request.environment = invocation.arguments.text(.environment) ?? ""
      let status = try invocation.connect().read { $0.getAuthStatus(request, completion: $1) }
      if invocation.isJSON {
        try invocation.console.json(status)
      } else {
        try invocation.console.facts(facts(status, invocation.console.times))
      }
      return isLoginNeeded(status) ? .loginNeeded : .done
    })

  private static func isLoginNeeded(_ status: Honeydew_AuthStatus) -> Bool {
    !status.authenticated || status.needsReauth
  }

  private static func facts(_ status: Honeydew_AuthStatus, _ times: TimeText) -> [Fact] {
    let login: Fact =
      if isLoginNeeded(status) {
        Fact(
          "login",
          "needed; log in with: honeydew login" + (status.environment.isEmpty ? "" : " --env \(status.environment)"),
          .warning)
      } else {
        Fact("login", "as \(status.username)", .good)
      }
    let failedJobs = status.failedAuthJobs == 0 ? "" : "\(status.failedAuthJobs) since the last login"
    return [
      Fact("environment", status.environment), login, Fact("access token until", times.full(status.accessTokenExpires)),
      Fact("refresh token until", times.full(status.refreshTokenExpires)), Fact("failed jobs", failedJobs, .bad),
    ].filter { !$0.value.isEmpty }
  }
}
