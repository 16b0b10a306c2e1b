"""Every command of the API: through its own RPC where it has one, and through SubmitJob."""

import json

import grpc
import pytest
from honeydew_daemon import pb

METHODS = {method.name: method for method in pb.DESCRIPTOR.services_by_name["Daemon"].methods}
PROXIES = {
    "ListOrganizations": "organizations.list",
    "GitHubListRepositories": "github.repositories",
    "GitHubGetCommits": "github.commits",
    "GitHubGetPullRequests": "github.pullRequests",
    "GitHubCloneRepository": "github.clone",
    "GitLabListProjects": "gitlab.projects",
    "GitLabGetCommits": "gitlab.commits",
    "GitLabGetMergeRequests": "gitlab.mergeRequests",
    "GitLabCloneRepository": "gitlab.clone",
    "JiraListProjects": "jira.projects",
    "JiraGetIssues": "jira.issues",
    "LinearListTeams": "linear.teams",
    "LinearListProjects": "linear.projects",
    "LinearGetIssues": "linear.issues",
    "BitbucketListWorkspaces": "bitbucket.workspaces",
    "BitbucketListRepositories": "bitbucket.repositories",
    "BitbucketGetCommits": "bitbucket.commits",
    "BitbucketCloneRepository": "bitbucket.clone",
}
# What arguments of these names and types are in the tests, such that the sandbox takes them.
BY_NAME = {
    "startDate": "2025-01-01", "endDate": "2025-06-30T12:00:00Z", "format": "JSON", "username": "grace",
    "id": "2", "oid": "acme-github",
}  # fmt: skip
# A user of its own for the call that makes one, and one whom no other call removes.
BY_COMMAND = {
    "account.createUser": {"input": {"username": "new", "password": "secret"}}, "account.updateUser": {"id": "3"},
    "api.query": {"query": "query Q($id: ID!) { getUser(id: $id) { id } }", "operationName": "Q", "variables": {"id": 1},
                  "paginate": False},
}  # fmt: skip
BY_TYPE = {"Boolean": True, "Int": 7, "[Int]": [7, 8], "[String]": ["Bug", "Epic"]}


@pytest.fixture(scope="module")
def commands(sandbox_daemon):
    answer = sandbox_daemon.stub.ListCommands(pb.ListCommandsRequest())
    return {command.command: command for command in answer.commands}


def example(argument):
    """A value for an argument of the registry."""
    if argument.fields:
        return {field.name: example(field) for field in argument.fields}
    if argument.type in BY_TYPE:
        return BY_TYPE[argument.type]
    return BY_NAME.get(argument.name, f"{argument.name}-1")


def snake(name):
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)


def test_every_rpc_that_submits_an_api_call_is_in_the_table():
    submitting = {name for name, method in METHODS.items() if "options" in method.input_type.fields_by_name}
    assert submitting == set(PROXIES)


@pytest.mark.parametrize("method", PROXIES)
def test_a_request_has_the_arguments_of_its_command_and_then_the_options(commands, method):
    arguments = commands[PROXIES[method]].arguments
    fields = METHODS[method].input_type.fields
    assert [(field.name, field.number) for field in fields] == [
        (name, number) for number, name in enumerate([*(snake(a.name) for a in arguments), "options"], 1)]  # fmt: skip
    kinds = {field.name: field.type == field.TYPE_BOOL for field in fields}
    assert all(kinds[snake(argument.name)] == (argument.type == "Boolean") for argument in arguments)


@pytest.mark.parametrize("method", PROXIES)
@pytest.mark.parametrize("extent", ["all", "required"])
def test_an_rpc_submits_what_its_request_says(sandbox_daemon, commands, method, extent):
    command = commands[PROXIES[method]]
    payload = {a.name: example(a) for a in command.arguments if extent == "all" or a.is_required}
    request = METHODS[method].input_type._concrete_class(
        **{snake(name): value for name, value in payload.items()},
        options=pb.JobOptions(priority=3, max_retries=1, labels={"extent": extent}),
    )
    job = sandbox_daemon.wait_one(getattr(sandbox_daemon.stub, method)(request, timeout=10).job_id)
    assert (job.status, job.command, job.error) == ("completed", PROXIES[method], "")
    assert json.loads(job.payload) == payload
    assert (job.priority, job.max_retries, job.labels["extent"], job.environment) == (3, 1, extent, "sandbox")
    (answer,) = json.loads(job.result).values()
    assert answer


def test_a_flag_that_is_said_to_be_false_is_sent(sandbox_daemon):
    request = pb.BitbucketGetCommitsRequest(workspace="acme", include_diff=False)
    job = sandbox_daemon.wait_one(sandbox_daemon.stub.BitbucketGetCommits(request).job_id)
    assert json.loads(job.payload) == {"workspace": "acme", "includeDiff": False}


@pytest.mark.parametrize("method", [name for name in PROXIES if len(METHODS[name].input_type.fields) > 1])
def test_an_argument_that_is_missing_is_named(sandbox_daemon, commands, method):
    with pytest.raises(grpc.RpcError) as info:
        getattr(sandbox_daemon.stub, method)(METHODS[method].input_type._concrete_class())
    assert info.value.code() == grpc.StatusCode.INVALID_ARGUMENT
    assert all(a.name in info.value.details() for a in commands[PROXIES[method]].arguments if a.is_required)


def test_every_command_of_the_registry_completes(sandbox_daemon, commands):
    jobs = {
        sandbox_daemon.submit(name, {a.name: example(a) for a in command.arguments} | BY_COMMAND.get(name, {})): name
        for name, command in commands.items()
        if command.provider != "local"
    }
    ended = sandbox_daemon.wait(*jobs)
    assert {jobs[i]: status.error for i, status in ended.items() if status.status != "completed"} == {}
    assert len(jobs) > 50


def test_commands_are_listed_as_they_are_checked(sandbox_daemon, commands):
    assert list(commands) == sorted(commands)
    assert not any(name.startswith(("auth.", "diag.")) for name in commands)
    commits = commands["github.commits"]
    assert (commits.provider, commits.is_mutation) == ("github", False) and commits.summary.endswith(".")
    assert [(a.name, a.type, a.is_required) for a in commits.arguments] == [
        ("organization", "String", True), ("repository", "String", True), ("startDate", "String", False),
        ("endDate", "String", False), ("author", "String", False), ("format", "Enum", False),
        ("includeDiff", "Boolean", False)]  # fmt: skip
    assert [list(argument.values) for argument in commits.arguments if argument.values] == [["JSON"]]
    assert commands["github.clone"].is_mutation
    assert commands["azureDevOps.workItems"].arguments[1].type == "[Int]"
    some = sandbox_daemon.stub.ListCommands(pb.ListCommandsRequest(provider="linear")).commands
    assert [command.command for command in some] == ["linear.issues", "linear.projects", "linear.teams"]
    with pytest.raises(grpc.RpcError) as info:
        sandbox_daemon.stub.ListCommands(pb.ListCommandsRequest(provider="lineal"))
    assert info.value.code() == grpc.StatusCode.INVALID_ARGUMENT


def test_diagnostics_are_listed_where_they_are_admitted(make_daemon):
    names = {c.command for c in make_daemon().start().stub.ListCommands(pb.ListCommandsRequest()).commands}
    assert "diag.noop" in names and "auth.login" not in names
