extension Refusal {
  public static func roleMissing(for call: String, needed: Roles, has: Roles) -> Refusal {
    let roles = needed.description.split(separator: ", ").map { "\"\($0)\"" }.joined(separator: " or ")
    let places = needed.description.split(separator: ", ").map { "access.\($0)" }.joined(separator: " or ")
    let present = has.isEmpty ? "you have none" : "you have: \(has)"
    return Refusal(
      .permissionDenied,
      "\(call) needs the role \(roles), and \(present); an administrator gives it in \(places) of config.yaml, followed by: "
        + "honeydew reload", facts: ["role": needed.description])
  }

  /// - Parameter uid: whose jobs were asked for; nil for everybody's.
  public static func foreignJobs(of uid: UInt32?) -> Refusal {
    let whose = uid.map { "user \($0)" } ?? "others"
    return Refusal(
      .permissionDenied,
      "the jobs of \(whose) are not shown to you; an administrator gives the role \"view\" in access.view of config.yaml, "
        + "followed by: honeydew reload", facts: ["role": "view"])
  }

  public static let commandsNotAllowed = Refusal(
    .permissionDenied,
    "local commands may do what the daemon's user may, so only administrators run them; `local.allow_submit: true` in "
      + "config.yaml lets access.submit run them too")
}
