"""The honeydew command, a real daemon and the sandbox API: environments, logins and calls."""

import json

import pytest

from honeydew_command import Terminal, as_proto_json, cli, environment, honeydew, outcome  # noqa: F401
from honeydew_daemon import pb
from sandbox_process import Sandbox

USER, PASSWORD = "admin", "honeydew-demo"


@pytest.fixture(scope="module")
def api(tmp_path_factory):
    with Sandbox(tmp_path_factory.mktemp("certificates")) as sandbox:
        yield sandbox


@pytest.fixture
def in_sandbox(cli, api):
    """The command where the sandbox is the active environment."""
    result = cli("env", "add", "sandbox", api.url, "--ca-file", api.ca_file, "--use", "--description", "For tests")
    assert outcome(result) == (0, "Added sandbox.\nSwitched to sandbox. Please login: honeydew login\n", "")
    yield cli
    assert api.call("DELETE", "/faults")[0] == 200


@pytest.fixture
def logged_in(in_sandbox):
    result = in_sandbox("login", "--username", USER, "--password-stdin", input=PASSWORD + "\n")
    assert outcome(result) == (0, f"Logged in to sandbox as {USER}.\n", "")
    return in_sandbox


def test_environments(in_sandbox, daemon, api):
    lines = in_sandbox("env", "list").stdout.splitlines()
    active = [line for line in lines if " (active) " in line]
    assert len(active) == 1 and active[0].split() == ["sandbox", "(active)", "-", api.url] and len(lines) > 1
    listed = json.loads(in_sandbox("env", "list", "--json").stdout)
    assert listed == [as_proto_json(one) for one in daemon.stub.ListEnvironments(pb.ListEnvironmentsRequest()).environments]
    shown = in_sandbox("env", "show").stdout
    assert f"url          {api.url}\n" in shown and "description  For tests\n" in shown
    assert f"ca file      {api.ca_file}\n" in shown and "needed; log in with: honeydew login --env sandbox" in shown
    assert json.loads(in_sandbox("env", "show", "sandbox", "--json").stdout)["base_url"] == api.url
    result = in_sandbox("env", "remove", "sandbox")
    assert result.returncode == 1 and "active" in result.stderr
    other = next(one["name"] for one in listed if not one["is_active"])
    assert outcome(in_sandbox("env", "use", other)) == (0, f"Switched to {other}. Please login: honeydew login\n", "")
    assert outcome(in_sandbox("env", "remove", "sandbox")) == (0, "Removed sandbox.\n", "")
    assert "sandbox" not in in_sandbox("env", "list").stdout


def test_login_and_its_status(logged_in):
    text = logged_in("auth", "status").stdout
    assert text.startswith(f"environment          sandbox\nlogin                as {USER}\naccess token until   20")
    status = json.loads(logged_in("auth", "status", "--json").stdout)
    assert (status["authenticated"], status["needs_reauth"], status["username"]) == (True, False, USER)
    assert "login        yes\n" in logged_in("env", "show").stdout


def test_a_wrong_password(in_sandbox):
    result = in_sandbox("login", "--username", USER, "--password-stdin", input="wrong password\n")
    assert (result.returncode, result.stdout) == (4, "")
    assert result.stderr.startswith("honeydew: ") and "wrong password" not in result.stderr
    assert json.loads(in_sandbox("auth", "status", "--json").stdout)["needs_reauth"]


def test_login_on_a_terminal(in_sandbox, environment):
    terminal = Terminal(environment, "login")
    terminal.read_until("Username: ")
    terminal.type(USER + "\n")
    terminal.read_until("Password: ")
    terminal.type(PASSWORD + "\n")
    assert terminal.finish() == 0 and PASSWORD not in terminal.text
    assert terminal.text.endswith(f"Logged in to sandbox as {USER}.\r\n")


def test_logout(logged_in):
    assert outcome(logged_in("logout")) == (0, f"Logged {USER} out of sandbox.\n", "")
    assert outcome(logged_in("logout", "--env", "sandbox")) == (0, "Nobody was logged in to sandbox.\n", "")
    assert json.loads(logged_in("logout", "--json").stdout) == {"environment": "sandbox", "username": ""}
    assert logged_in("auth", "status").returncode == 4
    assert logged_in("orgs").returncode == 4
    result = logged_in("logout", "--env", "nowhere")
    assert result.returncode == 1 and "honeydew env list" in result.stderr


def test_calls_without_a_login(in_sandbox):
    for arguments in (["orgs"], ["github", "repos", "acme"], ["api", "call", "organizations.list"]):
        result = in_sandbox(*arguments)
        assert (result.returncode, result.stdout) == (4, "")
        assert result.stderr.count("honeydew login --env sandbox") == 1


def test_a_login_is_offered_on_a_terminal_and_the_call_goes_on(in_sandbox, environment):
    terminal = Terminal(environment, "github", "repos", "acme")
    terminal.read_until("The environment sandbox needs a login. Log in now? [y/N] ")
    terminal.type("y\n")
    terminal.read_until("Username: ")
    terminal.type(USER + "\n")
    terminal.read_until("Password: ")
    terminal.type(PASSWORD + "\n")
    assert terminal.finish() == 0 and PASSWORD not in terminal.text
    assert "REPOSITORY" in terminal.text and "acme/" in terminal.text


def test_a_login_that_is_not_wanted_is_left_alone(in_sandbox, environment):
    terminal = Terminal(environment, "orgs")
    terminal.read_until("[y/N] ")
    terminal.type("\n")
    assert terminal.finish() == 4 and "Password" not in terminal.text


def test_organizations(logged_in):
    lines = logged_in("orgs").stdout.splitlines()
    assert lines[0].split() == ["ORGANIZATION", "PROVIDERS"]
    data = json.loads(logged_in("orgs", "--json").stdout)["listOrganizationsWithProviders"]
    assert [line.split()[0] for line in lines[1:]] == [organization["name"] for organization in data]
    assert {"acme", "globex", "initech"} <= {organization["name"] for organization in data}


def test_repositories(logged_in):
    lines = logged_in("github", "repos", "acme").stdout.splitlines()
    assert lines[0].split() == ["REPOSITORY", "ACCESS", "BRANCH", "PUSHED", "DESCRIPTION"]
    data = json.loads(logged_in("github", "repos", "acme", "--json").stdout)["githubRepositories"]
    assert [line.split()[0] for line in lines[1:]] == [repository["fullName"] for repository in data] and data


def test_commits(logged_in, daemon):
    arguments = ["github", "commits", "acme", "web"]
    lines = logged_in(*arguments).stdout.splitlines()
    assert lines[0].split() == ["COMMIT", "DATE", "AUTHOR", "ADDED", "DELETED", "MESSAGE"]
    commits = json.loads(logged_in(*arguments, "--json").stdout)["githubCommits"]["commits"]
    assert [line.split()[0] for line in lines[1:]] == [commit["sha"][:10] for commit in commits]
    day = commits[len(commits) // 2]["date"][:10]
    some = json.loads(logged_in(*arguments, "--since", day, "--include-diff", "--json").stdout)
    assert {commit["sha"] for commit in some["githubCommits"]["commits"]} == {
        commit["sha"] for commit in commits if commit["date"] >= day}
    assert any(commit["files"] for commit in some["githubCommits"]["commits"])
    job_id = logged_in(*arguments, "--author", "nobody", "--no-wait", "--priority", "4").stdout.strip()
    job = daemon.wait_one(job_id)
    assert (job.priority, json.loads(job.payload)["author"], job.environment) == (4, "nobody", "sandbox")
    assert outcome(logged_in("job", "result", job_id)) == (0, "", "There are no commits.\n")


def test_a_call_of_any_command(logged_in):
    called = logged_in("api", "call", "github.repositories", "organization=acme")
    assert outcome(called) == outcome(logged_in("github", "repos", "acme")) and called.returncode == 0


def test_a_large_answer(logged_in):
    text = logged_in("github", "commits", "acme", "commits-5000", "--json").stdout
    assert len(json.loads(text)["githubCommits"]["commits"]) == 5000
    assert len(logged_in("github", "commits", "acme", "commits-5000").stdout.splitlines()) == 5001


@pytest.mark.parametrize("organization, status, words", [
    ("fault-graphql-error", 1, "API_ERROR"), ("fault-redirect", 1, "API_ERROR"),
    ("fault-status-503", 1, "API_UNAVAILABLE"), ("fault-hang", 124, "TIMEOUT"),
])
def test_an_api_that_fails(logged_in, organization, status, words):
    result = logged_in("github", "repos", organization, "--max-retries", "0", "--timeout", "2s")
    assert (result.returncode, result.stdout) == (status, "")
    assert result.stderr.startswith("honeydew: job ") and words in result.stderr and result.stderr.count("\n") == 1


def test_a_slow_call_on_a_terminal(logged_in, environment):
    terminal = Terminal(environment, "github", "repos", "fault-delay-2")
    terminal.read_until(" (1 s)")
    assert terminal.finish() == 0
    spinner, _, table = terminal.text.rpartition("\r\x1b[K")
    assert "waiting for job " in spinner and "REPOSITORY" not in spinner
    lines = table.split("\r\n")
    assert "REPOSITORY" in lines[0] and "waiting" not in table
