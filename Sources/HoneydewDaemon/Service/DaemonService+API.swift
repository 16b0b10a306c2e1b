internal import HoneydewRPC
internal import HoneydewWire

/// The proxies of the Honeydew API: each submits a job of its command type and answers the job's id.
extension DaemonService {
  func listOrganizations(
    _ request: Honeydew_ListOrganizationsRequest, _ call: UnaryCall<Honeydew_ListOrganizationsResponse>
  ) {
    submit("organizations.list", request, request.options, call, \.jobID)
  }

  // MARK: GitHub

  func gitHubListRepositories(
    _ request: Honeydew_GitHubListRepositoriesRequest, _ call: UnaryCall<Honeydew_GitHubListRepositoriesResponse>
  ) {
    submit("github.repositories", request, request.options, call, \.jobID)
  }

  func gitHubGetCommits(
    _ request: Honeydew_GitHubGetCommitsRequest, _ call: UnaryCall<Honeydew_GitHubGetCommitsResponse>
  ) {
    submit("github.commits", request, request.options, call, \.jobID)
  }

  func gitHubGetPullRequests(
    _ request: Honeydew_GitHubGetPullRequestsRequest, _ call: UnaryCall<Honeydew_GitHubGetPullRequestsResponse>
  ) {
    submit("github.pullRequests", request, request.options, call, \.jobID)
  }

  func gitHubCloneRepository(
    _ request: Honeydew_GitHubCloneRepositoryRequest, _ call: UnaryCall<Honeydew_GitHubCloneRepositoryResponse>
  ) {
    submit("github.clone", request, request.options, call, \.jobID)
  }

  // MARK: GitLab

  func gitLabListProjects(
    _ request: Honeydew_GitLabListProjectsRequest, _ call: UnaryCall<Honeydew_GitLabListProjectsResponse>
  ) {
    submit("gitlab.projects", request, request.options, call, \.jobID)
  }

  func gitLabGetCommits(
    _ request: Honeydew_GitLabGetCommitsRequest, _ call: UnaryCall<Honeydew_GitLabGetCommitsResponse>
  ) {
    submit("gitlab.commits", request, request.options, call, \.jobID)
  }

  func gitLabGetMergeRequests(
    _ request: Honeydew_GitLabGetMergeRequestsRequest, _ call: UnaryCall<Honeydew_GitLabGetMergeRequestsResponse>
  ) {
    submit("gitlab.mergeRequests", request, request.options, call, \.jobID)
  }

  func gitLabCloneRepository(
    _ request: Honeydew_GitLabCloneRepositoryRequest, _ call: UnaryCall<Honeydew_GitLabCloneRepositoryResponse>
  ) {
    submit("gitlab.clone", request, request.options, call, \.jobID)
  }

  // MARK: Jira

  func jiraListProjects(
    _ request: Honeydew_JiraListProjectsRequest, _ call: UnaryCall<Honeydew_JiraListProjectsResponse>
  ) {
    submit("jira.projects", request, request.options, call, \.jobID)
  }

  func jiraGetIssues(_ request: Honeydew_JiraGetIssuesRequest, _ call: UnaryCall<Honeydew_JiraGetIssuesResponse>) {
    submit("jira.issues", request, request.options, call, \.jobID)
  }

  // MARK: Linear

  func linearListTeams(
    _ request: Honeydew_LinearListTeamsRequest, _ call: UnaryCall<Honeydew_LinearListTeamsResponse>
  ) {
    submit("linear.teams", request, request.options, call, \.jobID)
  }

  func linearListProjects(
    _ request: Honeydew_LinearListProjectsRequest, _ call: UnaryCall<Honeydew_LinearListProjectsResponse>
  ) {
    submit("linear.projects", request, request.options, call, \.jobID)
  }

  func linearGetIssues(
    _ request: Honeydew_LinearGetIssuesRequest, _ call: UnaryCall<Honeydew_LinearGetIssuesResponse>
  ) {
    submit("linear.issues", request, request.options, call, \.jobID)
  }

  // MARK: Bitbucket

  func bitbucketListWorkspaces(
    _ request: Honeydew_BitbucketListWorkspacesRequest, _ call: UnaryCall<Honeydew_BitbucketListWorkspacesResponse>
  ) {
    submit("bitbucket.workspaces", request, request.options, call, \.jobID)
  }

  func bitbucketListRepositories(
    _ request: Honeydew_BitbucketListRepositoriesRequest, _ call: UnaryCall<Honeydew_BitbucketListRepositoriesResponse>
  ) {
    submit("bitbucket.repositories", request, request.options, call, \.jobID)
  }

  func bitbucketGetCommits(
    _ request: Honeydew_BitbucketGetCommitsRequest, _ call: UnaryCall<Honeydew_BitbucketGetCommitsResponse>
  ) {
    submit("bitbucket.commits", request, request.options, call, \.jobID)
  }

  func bitbucketCloneRepository(
    _ request: Honeydew_BitbucketCloneRepositoryRequest, _ call: UnaryCall<Honeydew_BitbucketCloneRepositoryResponse>
  ) {
    submit("bitbucket.clone", request, request.options, call, \.jobID)
  }
}
