internal import HoneydewText
internal import HoneydewMessages

/// What is said about environments.
enum EnvironmentText {
  static func saySwitched(to name: String, _ needsAuth: Bool, _ console: Console) throws(Failure) {
    try console.say("Switched to \(name)." + (needsAuth ? " Please login: honeydew login" : ""))
  }

  static func facts(_ environment: Honeydew_Environment) -> [Fact] {
    [
      Fact("environment", environment.name), Fact("url", environment.baseURL),
      Fact("description", environment.description_p),
      Fact("active", environment.isActive ? "yes" : "no"),
      Fact(
        "login", environment.needsAuth ? "needed; log in with: honeydew login --env \(environment.name)" : "yes",
        environment.needsAuth ? .warning : .good),
      Fact("ca file", environment.caFile), Fact("created", environment.createdAt),
    ].filter { !$0.value.isEmpty }
  }
}
