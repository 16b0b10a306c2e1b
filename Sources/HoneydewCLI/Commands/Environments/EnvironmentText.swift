internal import HoneydewText
internal import HoneydewMessages

/// What is said about environments.
enum EnvironmentText {
  static func saySwitched(to name: String, _ needsAuth: Bool, _ console: Console) throws(Failure) {
    try console.say("Switched to \(name)." + (needsAuth ? " Please login: honeydew login" : ""))
  }

  static func facts(_ environment: Honeydew_Environment, _ times: TimeText) -> [Fact] {
    [
      Fact("environment", environment.name), Fact("url", environment.baseURL),
      Fact("description", environment.description_p),
      Fact("active", environment.isActive ? "yes" : "no"),
      login(environment),
      Fact("ca file", environment.caFile), Fact("created", times.full(environment.createdAt)),
    ].filter { !$0.value.isEmpty }
  }

  private static func login(_ environment: Honeydew_Environment) -> Fact {
    let command = "honeydew login --env \(environment.name)"
    if environment.needsAuth { return Fact("login", "needed; log in with: \(command)", .warning) }
    if environment.needsReauth { return Fact("login", "refused by the API; log in again with: \(command)", .warning) }
    return Fact("login", "yes", .good)
  }
}
