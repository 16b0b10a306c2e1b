"""The two tables of the product's plan, row by row, against the sandbox over HTTPS: which RPC becomes which command and
which field of the API, and what a job's end is when its login fails."""

import json

import pytest
from honeydew_daemon import pb
from sandbox_process import Sandbox
from test_api import login, repositories, use
from test_refresh import let_expire

ACME = {"organization": "acme"}
WEB = {**ACME, "repository": "web"}
# RPC, its arguments, command type, root field of the API.
RPCS = [
    ("GitHubListRepositories", ACME, "github.repositories", "githubRepositories"),
    ("GitHubGetCommits", WEB, "github.commits", "githubCommits"),
    ("GitHubGetPullRequests", {**ACME, "repo": "web"}, "github.pullRequests", "githubPullRequests"),
    ("GitHubCloneRepository", WEB, "github.clone", "githubCloneRepository"),
    ("GitLabListProjects", ACME, "gitlab.projects", "gitlabProjects"),
    ("GitLabGetCommits", {**ACME, "project": "web"}, "gitlab.commits", "gitlabCommits"),
    ("GitLabGetMergeRequests", {**ACME, "repo": "web"}, "gitlab.mergeRequests", "gitlabMergeRequests"),
    ("GitLabCloneRepository", WEB, "gitlab.clone", "gitlabCloneRepository"),
    ("JiraListProjects", ACME, "jira.projects", "jiraProjects"),
    ("JiraGetIssues", ACME, "jira.issues", "jiraIssues"),
    ("LinearListTeams", ACME, "linear.teams", "linearTeams"),
    ("LinearListProjects", ACME, "linear.projects", "linearProjects"),
    ("LinearGetIssues", ACME, "linear.issues", "linearIssues"),
    ("BitbucketListWorkspaces", {}, "bitbucket.workspaces", "bitbucketWorkspaces"),
    ("BitbucketListRepositories", {"workspace": "acme"}, "bitbucket.repositories", "bitbucketRepositories"),
    ("BitbucketGetCommits", {"workspace": "acme"}, "bitbucket.commits", "bitbucketCommits"),
    ("BitbucketCloneRepository", {"workspace": "acme", "repository": "web"}, "bitbucket.clone", "bitbucketCloneRepository"),
    ("ListOrganizations", {}, "organizations.list", "listOrganizationsWithProviders"),
]  # fmt: skip


@pytest.fixture(scope="module")
def api(tmp_path_factory):
    with Sandbox(tmp_path_factory.mktemp("certificates")) as sandbox:
        yield sandbox


def asked(api, field):
    return api.stats()["fields"].get(field, 0)


def test_no_call_of_the_api_is_missing():
    methods = pb.DESCRIPTOR.services_by_name["Daemon"].methods
    calls = {method.name for method in methods if "options" in method.input_type.fields_by_name}
    assert calls == {name for name, _, _, _ in RPCS}


def test_login_is_the_login_mutation(daemon, api):
    use(daemon, api)
    before = asked(api, "login")
    assert login(daemon).username == "admin"
    assert asked(api, "login") == before + 1
    assert not daemon.stub.ListJobs(pb.ListJobsRequest()).jobs


@pytest.mark.parametrize(("name", "arguments", "command", "field"), RPCS, ids=[row[0] for row in RPCS])
def test_an_rpc_is_a_job_that_asks_for_its_field(sandbox_daemon, name, arguments, command, field):
    request = getattr(pb, f"{name}Request")(**arguments)
    status = sandbox_daemon.wait_one(getattr(sandbox_daemon.stub, name)(request).job_id)
    assert (status.status, status.command) == ("completed", command)
    assert list(json.loads(status.result)) == [field]


# Options of the sandbox, faults of it, and what a job comes to.
FAILURES = {
    "access token expired, refresh token valid": (["--access-lifetime", "1"], [], ("completed", "")),
    "access and refresh token expired": (
        ["--access-lifetime", "1", "--refresh-lifetime", "1"], [], ("failed", "AUTH_EXPIRED")),
    "401 after a refresh that succeeded": (
        [], [{"kind": "unauthorized", "field": "githubRepositories", "count": 2}], ("failed", "AUTH_INVALID")),
    "network error during the refresh, then not": (
        ["--access-lifetime", "1"], [{"kind": "drop", "field": "refreshToken", "count": 1}], ("completed", "")),
    "network error during every refresh": (
        ["--access-lifetime", "1"], [{"kind": "drop", "field": "refreshToken", "count": 99}],
        ("failed", "AUTH_NETWORK_ERROR")),
}  # fmt: skip


@pytest.mark.parametrize("row", FAILURES)
def test_what_becomes_of_a_job_when_its_login_fails(daemon, tmp_path, row):
    options, faults, end = FAILURES[row]
    with Sandbox(tmp_path, *options) as api:
        use(daemon, api)
        login(daemon)
        for fault in faults:
            api.fault(**fault)
        if options:
            let_expire(daemon)
        status = daemon.wait_one(repositories(daemon, "acme", max_retries=2))
        assert (status.status, status.error_code) == end
        retries = {"AUTH_NETWORK_ERROR": 2, "AUTH_EXPIRED": 0, "AUTH_INVALID": 0}
        assert status.retry_count == retries.get(status.error_code, len(faults))
        answer = daemon.stub.GetAuthStatus(pb.GetAuthStatusRequest())
        assert answer.failed_auth_jobs == (end[0] == "failed")
        assert answer.needs_reauth == (status.error_code in ("AUTH_EXPIRED", "AUTH_INVALID"))
