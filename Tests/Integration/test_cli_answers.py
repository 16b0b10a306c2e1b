"""What the honeydew command prints and sends, against a daemon of canned answers: everything but jobs."""

import json
import os
import subprocess

import pytest

from fake_daemon import COMMITS_TABLE, COMMITS_TEXT, STATUS, canned, completed, environments, failed, pb  # noqa: F401
from honeydew_command import as_proto_json, environment, honeydew  # noqa: F401


def test_ping(canned, honeydew):
    canned.answers["Ping"] = pb.PingResponse(version="1.2.3")
    result = honeydew("ping")
    assert result.returncode == 0 and result.stderr == ""
    assert result.stdout.startswith("honeydewd 1.2.3 answered in ") and result.stdout.endswith(" ms\n")
    assert honeydew("ping", "--json").stdout == '{"version":"1.2.3"}\n'


def test_status(canned, honeydew):
    canned.answers["GetStatus"] = STATUS
    result = honeydew("status")
    assert result.returncode == 1 and result.stderr == "", "degraded"
    assert result.stdout == """\
daemon       honeydewd 1.2.3, process 4242, up 1 h 2 min
state        SERVING
environment  production (not logged in; log in with: honeydew login)
jobs         2 pending, 1 running, 7 completed, 0 failed, 0 cancelled
waiting      2 jobs
lately       0 submitted, 0 completed, 0 failed in the last 0.00 ms
database     0 B, and 0 B of write-ahead log
turns        at most 14.2 ms, in the last minute 1.50 ms
degraded     worker 2 has been restarted 5 times in a minute

WORKER  PROCESS  STATE    JOB             SINCE  DONE  RESTARTS    MEMORY      CPU  LAST EXIT
     1     4243  running  k3v9m2x7aaaaa  1.23 s     3         0  9.05 MiB  81.5 ms
     2           backoff                            0         5                     killed by SIGKILL
"""
    assert json.loads(honeydew("status", "--json").stdout) == as_proto_json(STATUS)


def test_shutdown_waits_for_the_process(canned, honeydew):
    with subprocess.Popen(["sleep", "60"]) as process:
        canned.answers["GetStatus"] = pb.DaemonStatus(pid=process.pid)

        def stop(request):
            process.kill()
            process.wait()
            return pb.ShutdownResponse()

        canned.answers["Shutdown"] = stop
        result = honeydew("shutdown")
    assert (result.returncode, result.stdout, result.stderr) == (0, "The daemon has stopped.\n", "")


def test_shutdown_without_waiting(canned, honeydew):
    canned.answers["GetStatus"] = pb.DaemonStatus(pid=os.getpid())
    canned.answers["Shutdown"] = pb.ShutdownResponse()
    assert honeydew("shutdown", "--no-wait").stdout == "The daemon is stopping.\n"
    assert honeydew("shutdown", "--no-wait", "--json").stdout == "{}\n"


def test_env_list(canned, honeydew):
    canned.answers["ListEnvironments"] = pb.ListEnvironmentsResponse(environments=environments())
    result = honeydew("env", "list")
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout == ("production (active) - https://api.honeydew.example/graphql\n"
                             "development         - https://dev.honeydew.example/graphql\n")
    assert json.loads(honeydew("env", "list", "--json").stdout) == [as_proto_json(one) for one in environments()]
    canned.answers["ListEnvironments"] = pb.ListEnvironmentsResponse()
    assert honeydew("env", "list").stdout == ""


@pytest.mark.parametrize("needs_auth, line", [
    (True, "Switched to development. Please login: honeydew login\n"), (False, "Switched to development.\n")])
def test_env_use(canned, honeydew, needs_auth, line):
    reply = pb.SetActiveEnvironmentResponse(environment=environments()[1], needs_auth=needs_auth)
    canned.answers["SetActiveEnvironment"] = reply
    result = honeydew("env", "use", "development")
    assert (result.returncode, result.stdout, result.stderr) == (0, line, "")
    assert canned.request("SetActiveEnvironment").name == "development"
    assert json.loads(honeydew("env", "use", "development", "--json").stdout) == as_proto_json(reply)


def test_env_add(canned, honeydew, tmp_path):
    def add(request):
        return pb.AddEnvironmentResponse(environment=pb.Environment(
            name=request.name, base_url=request.base_url, is_active=request.set_active, needs_auth=True))

    canned.answers["AddEnvironment"] = add
    assert honeydew("env", "add", "dev", "https://x/graphql").stdout == "Added dev.\n"
    canned.answers["AddEnvironment"] = lambda request: pb.AddEnvironmentResponse(
        environment=add(request).environment, already_existed=True)
    assert honeydew("env", "add", "dev", "https://x/graphql").stdout == "dev is there already.\n"
    canned.answers["AddEnvironment"] = add
    (tmp_path / "ca.pem").write_text("")
    result = honeydew("env", "add", "dev", "https://x/graphql", "--use", "--ca-file", "ca.pem", "--description", "d",
                      cwd=tmp_path)
    assert result.stdout == "Added dev.\nSwitched to dev. Please login: honeydew login\n"
    assert canned.request("AddEnvironment") == pb.AddEnvironmentRequest(
        name="dev", base_url="https://x/graphql", set_active=True, description="d", ca_file=str(tmp_path / "ca.pem"))
    result = honeydew("env", "add", "dev", "https://x/graphql", "--ca-file", "missing.pem")
    assert (result.returncode, result.stderr) == (
        1, "honeydew: cannot read missing.pem: No such file or directory\n")


def test_env_show_and_remove(canned, honeydew):
    canned.answers["ListEnvironments"] = pb.ListEnvironmentsResponse(environments=environments())
    canned.answers["GetActiveEnvironment"] = pb.GetActiveEnvironmentResponse(environment=environments()[0])
    canned.answers["RemoveEnvironment"] = pb.RemoveEnvironmentResponse()
    assert honeydew("env", "show").stdout == """\
environment  production
url          https://api.honeydew.example/graphql
active       yes
login        yes
"""
    assert "login        needed; log in with: honeydew login --env development\n" in honeydew(
        "env", "show", "development").stdout
    result = honeydew("env", "show", "develpment")
    assert (result.returncode, result.stderr) == (
        1, 'honeydew: there is no environment "develpment"; did you mean development?\n')
    assert honeydew("env", "remove", "development").stdout == "Removed development.\n"


def test_login(canned, honeydew):
    canned.answers["Login"] = pb.LoginResponse(username="ada", environment="staging")
    result = honeydew("login", "--username", "ada", "--password-stdin", "--env", "staging", input="s3cret\n")
    assert (result.returncode, result.stdout, result.stderr) == (0, "Logged in to staging as ada.\n", "")
    assert canned.request("Login") == pb.LoginRequest(username="ada", password="s3cret", environment="staging")
    honeydew("login", "--username", "ada", "--password-stdin", input="pass word \r\nmore\n")
    assert canned.request("Login").password == "pass word "


def test_login_without_a_terminal(canned, honeydew):
    result = honeydew("login", "--username", "ada")
    assert result.returncode == 2 and "--password-stdin" in result.stderr
    result = honeydew("login", "--password-stdin", input="x\n")
    assert result.returncode == 2 and "--username" in result.stderr
    result = honeydew("login", "--username", "ada", "--password-stdin", input="")
    assert result.returncode == 2 and "empty" in result.stderr


def test_auth_status(canned, honeydew):
    status = pb.AuthStatus(authenticated=True, username="ada", environment="production", failed_auth_jobs=2,
                           access_token_expires="2026-01-02T03:04:05.000Z")
    canned.answers["GetAuthStatus"] = status
    result = honeydew("auth", "status")
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout == """\
environment         production
login               as ada
access token until  2026-01-02T03:04:05.000Z
failed jobs         2 since the last login
"""
    assert json.loads(honeydew("auth", "status", "--json").stdout) == as_proto_json(status)
    canned.answers["GetAuthStatus"] = pb.AuthStatus(needs_reauth=True, environment="staging")
    result = honeydew("auth", "status")
    assert (result.returncode, result.stderr) == (4, "")
    assert "needed; log in with: honeydew login --env staging" in result.stdout
    result = honeydew("auth", "status", "--json")
    assert result.returncode == 4 and json.loads(result.stdout)["needs_reauth"]
    assert "exit status is 4 when a login is needed" in honeydew("auth", "status", "--help").stdout


def test_github_commits(canned, honeydew):
    canned.answers["SubmitJob"] = pb.SubmitJobResponse(job_id="k3v9m2x7aaaaa")
    canned.answers["WaitJobs"] = [completed(command="github.commits", result=COMMITS_TEXT)]
    result = honeydew("github", "commits", "acme", "api", "--since", "2026-01-01", "--until", "2026-01-31T12:00:00Z",
                      "--author", "ada", "--format", "JSON", "--include-diff", "--priority", "3", "--env", "staging",
                      "--timeout", "5s", "--max-retries", "1")
    assert (result.returncode, result.stdout, result.stderr) == (0, COMMITS_TABLE, "")
    request = canned.request("SubmitJob")
    assert json.loads(request.payload) == {
        "organization": "acme", "repository": "api", "startDate": "2026-01-01", "endDate": "2026-01-31T12:00:00Z",
        "author": "ada", "format": "JSON", "includeDiff": True}
    assert request == pb.SubmitJobRequest(
        command="github.commits", payload=request.payload, priority=3, environment="staging", timeout_ms=5000,
        max_retries=1)
    assert honeydew("github", "commits", "acme", "api", "--json").stdout == COMMITS_TEXT + "\n"
    assert json.loads(canned.request("SubmitJob").payload) == {"organization": "acme", "repository": "api"}
    assert honeydew("github", "commits", "acme", "api", "--no-wait").stdout == "k3v9m2x7aaaaa\n"


def test_github_repos(canned, honeydew):
    data = {"githubRepositories": [
        {"id": "1", "name": "api", "fullName": "acme/api", "description": "The\nAPI", "isPrivate": True,
         "pushedAt": "2026-01-01T00:00:00Z", "defaultBranch": "main"},
        {"id": "2", "name": "web", "fullName": "acme/web", "description": None, "isPrivate": False, "pushedAt": None,
         "defaultBranch": "trunk"}]}
    canned.answers["SubmitJob"] = pb.SubmitJobResponse(job_id="k3v9m2x7aaaaa")
    canned.answers["WaitJobs"] = [completed(command="github.repositories", result=json.dumps(data))]
    assert honeydew("github", "repos", "acme").stdout == """\
REPOSITORY  ACCESS   BRANCH  PUSHED                DESCRIPTION
acme/api    private  main    2026-01-01T00:00:00Z  The
acme/web    public   trunk
"""
    assert canned.request("SubmitJob") == pb.SubmitJobRequest(
        command="github.repositories", payload='{"organization":"acme"}', priority=5)
    canned.answers["WaitJobs"] = [completed(command="github.repositories", result='{"githubRepositories":[]}')]
    result = honeydew("github", "repos", "acme")
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "There are no repositories.\n")


def test_api_call(canned, honeydew):
    canned.answers["SubmitJob"] = pb.SubmitJobResponse(job_id="k3v9m2x7aaaaa")
    canned.answers["WaitJobs"] = [completed(command="github.commits", result=COMMITS_TEXT)]
    arguments = ["api", "call", "github.commits", "organization=acme", "repository=api"]
    assert honeydew(*arguments).stdout == COMMITS_TABLE
    assert honeydew(*arguments, "--json").stdout == COMMITS_TEXT + "\n"
    assert honeydew(*arguments, "--no-wait", "--priority", "2").stdout == "k3v9m2x7aaaaa\n"
    assert canned.request("SubmitJob") == pb.SubmitJobRequest(
        command="github.commits", payload='{"organization":"acme","repository":"api"}', priority=2)


def test_orgs(canned, honeydew):
    data = {"listOrganizationsWithProviders": [{"name": "acme", "providers": [{"oid": "1", "name": "github"}]}]}
    canned.answers["SubmitJob"] = pb.SubmitJobResponse(job_id="k3v9m2x7aaaaa")
    canned.answers["WaitJobs"] = [completed(command="organizations.list", result=json.dumps(data))]
    assert honeydew("orgs").stdout == "ORGANIZATION  PROVIDERS\nacme          github\n"
    assert canned.request("SubmitJob") == pb.SubmitJobRequest(
        command="organizations.list", payload="{}", priority=5)
