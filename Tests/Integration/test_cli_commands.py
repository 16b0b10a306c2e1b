"""A command of honeydew for every call of the API that has its own RPC: what it asks, and what it prints."""

import json

import pytest

from honeydew_command import environment, honeydew  # noqa: F401
from honeydew_daemon import pb

DATES = {"startDate": "2025-01-01", "endDate": "2025-06-30"}
DATE_WORDS = ["--since", "2025-01-01", "--until", "2025-06-30"]
COMMIT_WORDS = [*DATE_WORDS, "--format", "JSON", "--include-diff"]
COMMIT_ARGUMENTS = {**DATES, "format": "JSON", "includeDiff": True}
COMMIT = "COMMIT DATE AUTHOR ADDED DELETED MESSAGE"
TICKET = "NUMBER STATE AUTHOR CREATED TITLE"
CLONE = "ORGANIZATION REPOSITORY PATH"
ACME = {"organization": "acme"}

COMMANDS = [
    (["orgs"], "organizations.list", {}, "ORGANIZATION PROVIDERS"),
    (["github", "repos", "acme"], "github.repositories", ACME, "REPOSITORY ACCESS BRANCH PUSHED DESCRIPTION"),
    (["github", "commits", "acme", "web", "--author", "ada", *COMMIT_WORDS], "github.commits",
     {**ACME, "repository": "web", "author": "ada", **COMMIT_ARGUMENTS}, COMMIT),
    (["github", "prs", "acme", "web", *DATE_WORDS], "github.pullRequests", {**ACME, "repo": "web", **DATES}, TICKET),
    (["github", "clone", "acme", "web"], "github.clone", {**ACME, "repository": "web"}, CLONE),
    (["gitlab", "projects", "acme"], "gitlab.projects", ACME, "PROJECT ACCESS BRANCH ACTIVE DESCRIPTION"),
    (["gitlab", "commits", "acme", "web", "--author", "ada", *COMMIT_WORDS], "gitlab.commits",
     {**ACME, "project": "web", "author": "ada", **COMMIT_ARGUMENTS}, COMMIT),
    (["gitlab", "mrs", "acme", "web", *DATE_WORDS], "gitlab.mergeRequests", {**ACME, "repo": "web", **DATES}, TICKET),
    (["gitlab", "clone", "acme", "web"], "gitlab.clone", {**ACME, "repository": "web"}, CLONE),
    (["jira", "projects", "acme"], "jira.projects", ACME, "KEY NAME TYPE LEAD"),
    (["jira", "issues", "acme", *DATE_WORDS], "jira.issues", {**ACME, **DATES},
     "ISSUE STATUS PRIORITY ASSIGNEE UPDATED SUMMARY"),
    (["jira", "issues", "acme", "WEB"], "jira.issues", {**ACME, "project": "WEB"},
     "ISSUE STATUS PRIORITY ASSIGNEE UPDATED SUMMARY"),
    (["linear", "teams", "acme"], "linear.teams", ACME, "TEAM NAME DESCRIPTION"),
    (["linear", "projects", "acme", "--team", "WEB"], "linear.projects", {**ACME, "team": "WEB"},
     "PROJECT STATE PROGRESS TARGET LEAD"),
    (["linear", "issues", "acme", *DATE_WORDS], "linear.issues", {**ACME, **DATES},
     "ISSUE STATE PRIORITY ASSIGNEE UPDATED TITLE"),
    (["bitbucket", "workspaces"], "bitbucket.workspaces", {}, "WORKSPACE NAME"),
    (["bitbucket", "repos", "acme"], "bitbucket.repositories", {"workspace": "acme"},
     "REPOSITORY ACCESS BRANCH UPDATED DESCRIPTION"),
    (["bitbucket", "commits", "acme", *COMMIT_WORDS], "bitbucket.commits", {"workspace": "acme", **COMMIT_ARGUMENTS},
     COMMIT),
    (["bitbucket", "commits", "acme", "web"], "bitbucket.commits", {"workspace": "acme", "repository": "web"}, COMMIT),
    (["bitbucket", "clone", "acme", "web"], "bitbucket.clone", {"workspace": "acme", "repository": "web"}, CLONE),
]


@pytest.fixture
def cli(sandbox_daemon, environment, honeydew):
    del environment["HONEYDEW_SOCKET"]
    environment["HONEYDEW_HOME"] = str(sandbox_daemon.home)
    return honeydew


@pytest.mark.parametrize("words, command, payload, headings", COMMANDS, ids=lambda value: str(value) if isinstance(value, str) else None)
def test_a_command_asks_what_its_words_say_and_prints_a_table(cli, sandbox_daemon, words, command, payload, headings):
    result = cli(*words, "--no-wait")
    assert (result.returncode, result.stderr) == (0, "")
    job = sandbox_daemon.wait_one(result.stdout.strip())
    assert (job.command, job.priority, json.loads(job.payload)) == (command, 5, payload)
    result = cli(*words)
    assert (result.returncode, result.stderr) == (0, "")
    lines = result.stdout.splitlines()
    assert lines[0].split() == headings.split() and len(lines) > 1
    # Nothing of the row but its own texts: no object of the API is printed as JSON.
    assert "{" not in result.stdout and "[" not in result.stdout
    assert json.loads(cli(*words, "--json").stdout) == json.loads(job.result)


def test_every_rpc_of_the_api_has_a_command():
    methods = pb.DESCRIPTOR.services_by_name["Daemon"].methods
    submitting = [method for method in methods if "options" in method.input_type.fields_by_name]
    assert len({command for _, command, _, _ in COMMANDS}) == len(submitting)


def test_what_must_be_said_is_asked_for(cli):
    result = cli("gitlab", "mrs", "acme")
    assert (result.returncode, result.stdout) == (2, "") and "PROJECT" in result.stderr
    result = cli("jira")
    assert result.returncode == 2 and "projects" in result.stderr and "issues" in result.stderr


def test_a_clone_that_fails_says_why(cli):
    result = cli("github", "clone", "fault-graphql-error", "web")
    assert (result.returncode, result.stdout) == (1, "") and "API_ERROR" in result.stderr
