internal import HoneydewJSON
internal import HoneydewRPC
internal import HoneydewWire

/// The proxies of the Honeydew API: each submits a job of its command type and answers the job's id.
extension DaemonService {
  func listOrganizations(
    _ request: Honeydew_ListOrganizationsRequest, _ call: UnaryCall<Honeydew_ListOrganizationsResponse>
  ) {
    decide(call) { () throws(Status) in
      let id = try submit("organizations.list", [], request.options)
      return .with { $0.jobID = id }
    }
  }

  func gitHubListRepositories(
    _ request: Honeydew_GitHubListRepositoriesRequest, _ call: UnaryCall<Honeydew_GitHubListRepositoriesResponse>
  ) {
    decide(call) { () throws(Status) in
      let id = try submit("github.repositories", [text("organization", request.organization)], request.options)
      return .with { $0.jobID = id }
    }
  }

  func gitHubGetCommits(
    _ request: Honeydew_GitHubGetCommitsRequest, _ call: UnaryCall<Honeydew_GitHubGetCommitsResponse>
  ) {
    decide(call) { () throws(Status) in
      let arguments = [
        text("organization", request.organization), text("repository", request.repository),
        text("startDate", request.startDate), text("endDate", request.endDate), text("author", request.author),
        text("format", request.format), request.hasIncludeDiff ? ("includeDiff", .bool(request.includeDiff)) : nil,
      ]
      let id = try submit("github.commits", arguments, request.options)
      return .with { $0.jobID = id }
    }
  }

  private typealias PayloadArgument = (name: String, value: JSONValue)

  /// A text argument; an empty one is absent.
  private func text(_ name: String, _ value: String) -> PayloadArgument? {
    value.isEmpty ? nil : (name, .string(value))
  }

  private func submit(
    _ command: String, _ arguments: [PayloadArgument?], _ options: Honeydew_JobOptions
  ) throws(Status) -> String {
    let payload = JSONValue.object(arguments.compactMap { $0 }.map { JSONValue.Member($0.name, $0.value) })
    return try supervisor.submit(Submission(command: command, payload: payload, options))
  }
}
