"""The honeydew command without a daemon: wrong usage, help, completion, and where it looks for one."""

import json
import os
import re
import socket
import subprocess

import pytest

from fake_daemon import canned, environments, pb  # noqa: F401
from honeydew_command import HONEYDEW, environment, honeydew  # noqa: F401
from other_users import NOBODY, open_programs  # noqa: F401


def test_no_daemon(honeydew, environment):
    result = honeydew("ping")
    path = environment["HONEYDEW_SOCKET"]
    assert (result.returncode, result.stdout) == (3, "")
    assert result.stderr == (
        f"honeydew: cannot reach the daemon at {path}: no such file; "
        f"start it with: honeydewd --home {os.path.dirname(path)}\n")


def test_stale_socket(honeydew, environment):
    with socket.socket(socket.AF_UNIX) as stale:
        stale.bind(environment["HONEYDEW_SOCKET"])
    result = honeydew("status")
    assert result.returncode == 3
    assert "daemon.sock: nobody listens there any more; start it with: honeydewd --home " in result.stderr


@pytest.mark.parametrize("name, message", [
    (".", "that is a directory, not a socket; a daemon's home is named by --home"),
    ("plain", "that is a file, not a socket; see: honeydew --help")])
def test_no_socket_at_all(honeydew, tmp_path, name, message):
    (tmp_path / "plain").touch()
    result = honeydew("ping", "--socket", f"{tmp_path}/{name}")
    assert (result.returncode, result.stderr) == (
        3, f"honeydew: cannot reach the daemon at {tmp_path}/{name}: {message}\n")


def test_no_permission(environment, tmp_path, open_programs):
    closed = tmp_path / "closed"
    closed.mkdir(mode=0)
    # Root may connect to everything, so it becomes nobody.
    somebody = {"user": NOBODY} if os.getuid() == 0 else {}
    result = subprocess.run([open_programs / "honeydew", "ping", "--socket", closed / "daemon.sock"], env=environment, cwd="/",
                            stderr=subprocess.PIPE, text=True, **somebody)
    assert result.returncode == 3
    assert result.stderr.endswith("permission denied; it admits its own user, root, and whom access.admin, "
                                  "access.submit and access.view in its configuration name\n")


def test_not_a_daemon(honeydew, environment):
    """A listener that answers with another protocol, and one that hangs up."""
    for answer in [b"HTTP/1.1 400 Bad Request\r\n\r\n", b""]:
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(environment["HONEYDEW_SOCKET"])
            listener.listen()
            process = subprocess.Popen([HONEYDEW, "ping"], env=environment, stderr=subprocess.PIPE, text=True)
            connection, _ = listener.accept()
            connection.sendall(answer)
            connection.close()
            _, errors = process.communicate(timeout=20)
        os.unlink(environment["HONEYDEW_SOCKET"])
        assert process.returncode == 3
        assert errors.startswith("honeydew: ") and errors.count("\n") == 1


def test_socket_path_too_long(honeydew):
    result = honeydew("ping", "--socket", "/tmp/" + "x" * 120)
    assert result.returncode == 3
    assert "107" in result.stderr


def test_where_the_socket_is(honeydew, environment, tmp_path):
    def address(*arguments):
        """The socket that is tried, and the command that is to start a daemon there."""
        result = honeydew("ping", *arguments)
        assert result.returncode == 3
        return re.fullmatch(
            r"honeydew: cannot reach the daemon at (.*): no such file; start it with: (.*)\n", result.stderr).groups()

    del environment["HONEYDEW_SOCKET"]
    personal = f"{tmp_path}/.honeydew"
    assert address() == (f"{personal}/daemon.sock", "honeydewd")
    assert address("--instance", "blue") == (
        f"{personal}/instances/blue/daemon.sock", "honeydewd --instance blue")
    environment["HONEYDEW_HOME"] = "/nowhere"
    assert address() == ("/nowhere/daemon.sock", "honeydewd")
    assert address("--instance", "blue")[0] == "/nowhere/instances/blue/daemon.sock"
    environment["HONEYDEW_SOCKET"] = "/else where/daemon.sock"
    assert address() == ("/else where/daemon.sock", "honeydewd --home '/else where'")
    assert address("--home", "/typed") == ("/typed/daemon.sock", "honeydewd --home /typed")
    assert address("--home", "/typed", "--instance", "blue") == (
        "/typed/instances/blue/daemon.sock", "honeydewd --home /typed --instance blue")
    assert address("--socket", "/typed.sock") == ("/typed.sock", "honeydewd --set daemon.socket_path=/typed.sock")


@pytest.mark.parametrize("arguments, message", [
    (["--socket", "/a", "--instance", "b"], "--socket names a daemon by itself; leave out --instance"),
    (["--socket", "/a", "--home", "b"], "--socket names a daemon by itself; leave out --home"),
    (["--instance", "../b"], "--instance must be 1 to 64 letters (a to z, A to Z), digits, - and _, and must not begin with -, not \"../b\""),
])
def test_no_socket(honeydew, arguments, message):
    result = honeydew("ping", *arguments)
    assert (result.returncode, result.stderr) == (2, f"honeydew: {message}\n")


@pytest.mark.parametrize("arguments, message", [
    (["--utc"], "honeydew needs a command: run, add, await, list, output, stop, start, restart, signal, runs, stats, ports, "
                "remove, cleanup, nuke, "
                "submit, job, queue, schedule, api, orgs, github, gitlab, bitbucket, jira, linear, env, "
                "login, logout, auth, key, worker, pool, status, ping, doctor, logs, reload, backup, restore, shutdown, config, "
                "instance, completion; see: honeydew --help"),
    (["orgs", "--wait", "--no-wait"], "--wait and --no-wait exclude each other; give one of them"),
    (["api", "show", "github.comits"], 'the API has no command "github.comits"; did you mean github.commits?'),
    (["api", "show", "auth.login"], 'the API has no command "auth.login"; see: honeydew api list'),
    (["sumbit"], 'there is no command "honeydew sumbit"; did you mean submit?'),
    (["submit", "a", "--priority", "high"],
     '--priority must be a whole number from -2147483648 to 2147483647, not "high"'),
    (["submit", "a", "--priority", "99999999999"],
     '--priority must be a whole number from -2147483648 to 2147483647, not "99999999999"'),
    (["submit", "a", "{x}"],
     "the payload is not JSON (line 1, column 2: expected a key in quotes, found 'x'); "
     "give an object such as '{\"key\": \"value\"}', or key=value pairs"),
    (["submit", "a", "[1]"],
     "the payload must be a JSON object such as '{\"key\": \"value\"}', or key=value pairs"),
    (["submit", "a", "x:={"], "the value of x is not JSON (line 1, column 2: the text ends too early); "
                              "write x=TEXT for a string"),
    (["submit", "github.commits", "includeDiff=maybe"], 'includeDiff must be true or false, not "maybe"'),
    (["submit", "a", "x=1", "x=2"], "x is given twice; give it once"),
    (["github", "commits", "o", "r", "--since", "last year"],
     '--since must be a moment such as 2026-01-31, 2026-01-31T12:00:00Z, "monday 9:00", 14:30 or 2d, not "last year"'),
    (["job", "list", "--status", "faled"],
     '--status must be one of pending, running, completed, failed, cancelled, not "faled"; did you mean failed?'),
])
def test_usage_errors(honeydew, arguments, message):
    result = honeydew(*arguments)
    assert (result.returncode, result.stdout, result.stderr) == (2, "", f"honeydew: {message}\n")


def test_the_commands_of_the_api(honeydew):
    lines = honeydew("api", "list").stdout.splitlines()
    assert lines[0].split() == ["COMMAND", "ARGUMENTS", "SUMMARY"]
    commits = next(line for line in lines if line.startswith("github.commits "))
    assert "  organization repository [startDate] " in commits
    commands = {command["command"]: command for command in json.loads(honeydew("api", "list", "--json").stdout)}
    assert {line.split()[0] for line in lines[1:]} == set(commands) and "auth.login" not in commands
    arguments = {argument["name"]: argument for argument in commands["github.commits"]["arguments"]}
    rest = {"is_secret": False, "values": [], "fields": []}
    assert arguments["organization"] == {"name": "organization", "type": "String", "is_required": True, **rest}
    assert arguments["format"] == {"name": "format", "type": "Enum", "is_required": False, **rest, "values": ["JSON"]}
    assert arguments["includeDiff"] == {"name": "includeDiff", "type": "Boolean", "is_required": False, **rest}


def test_version_and_help(honeydew):
    assert honeydew("-V").stdout == honeydew("--version").stdout and honeydew("-V").stdout.startswith("honeydew 0.")
    for arguments in [["--help"], ["help"], ["job", "--help"], ["help", "job", "show"], ["submit", "-h"], ["job", "ls", "-h"]]:
        result = honeydew(*arguments)
        assert (result.returncode, result.stderr) == (0, "") and "Usage: honeydew" in result.stdout


def test_the_name_alone_prints_an_overview(honeydew):
    result = honeydew()
    assert (result.returncode, result.stderr) == (0, "") and 8 <= result.stdout.count("\n") <= 14
    assert "submit, job, queue" in result.stdout and "honeydew COMMAND --help" in result.stdout


def test_a_command_of_the_api_is_shown_with_all_that_its_arguments_are_made_of(honeydew):
    table = honeydew("api", "show", "github.commits").stdout.splitlines()
    assert table[0].split() == ["command", "github.commits"] and "may be repeated" in table[2]
    assert ["organization", "String", "yes"] in map(str.split, table) and ["format", "Enum", "JSON"] in map(str.split, table)
    nested = honeydew("api", "show", "account.createUser").stdout
    assert re.search("^input +CreateUserInput +yes$", nested, re.MULTILINE) and "not repeated" in nested
    assert re.search("^input.password +String +yes +a secret, from standard input$", nested, re.MULTILINE)
    listed = {command["command"]: command for command in json.loads(honeydew("api", "list", "--json").stdout)}
    for name in ("github.commits", "account.createUser"):
        assert json.loads(honeydew("api", "show", name, "--json").stdout) == listed[name]


@pytest.mark.parametrize("words, call, reply, names", [
    (["job", "ls"], "ListJobs", pb.ListJobsResponse(jobs=[pb.JobStatus(job_id="a"), pb.JobStatus(job_id="b")]), "a\nb\n"),
    (["schedule", "ls"], "ListSchedules", pb.ListSchedulesResponse(schedules=[pb.Schedule(name="nightly")]), "nightly\n"),
    (["worker", "ls"], "ListWorkers", pb.ListWorkersResponse(workers=[pb.Worker(slot=1), pb.Worker(slot=2)]), "1\n2\n"),
    (["env", "ls"], "ListEnvironments", pb.ListEnvironmentsResponse(environments=[pb.Environment(name="x", is_active=True)]), "x\n"),
    (["schedule", "rm", "nightly"], "UnscheduleJob", pb.UnscheduleJobResponse(name="nightly"), ""),
    (["env", "rm", "x"], "RemoveEnvironment", pb.RemoveEnvironmentResponse(), ""),
    (["job", "rm", "a"], "RemoveJobs", pb.RemoveJobsResponse(removed=1), ""),
    (["worker", "stop", "1"], "StopWorker", pb.StopWorkerResponse(), ""),
], ids=lambda value: " ".join(value) if isinstance(value, list) else "")
def test_quiet_lists_names_alone_and_does_not_say_what_was_changed(canned, honeydew, words, call, reply, names):
    canned.answers[call] = reply
    loud, quiet = honeydew(*words), honeydew(*words, "-q")
    assert (loud.returncode, quiet.returncode) == (0, 0), loud.stderr + quiet.stderr
    assert loud.stdout != quiet.stdout == names


@pytest.mark.parametrize("line, words", [
    (["honeydew", ""], {"ping", "job", "github"}), (["honeydew", "jo"], {"job"}),
    (["honeydew", "job", "li"], {"list"}), (["honeydew", "job", "list", "--st"], {"--status"}),
    (["honeydew", "job", "list", "--status", "f"], {"failed"}), (["honeydew", "--color", "n"], {"never"}),
    (["honeydew", "submit", "github.c"], {"github.commits"}), (["honeydew", "completion", ""], {"bash", "zsh", "fish"}),
    (["honeydew", "env", "use", "d"], {"development"}), (["honeydew", "--json", "env", ""], {"add", "list", "use"}),
    (["honeydew", "--color", "=", "n"], {"never"}), (["honeydew", "--color", "="], {"auto", "always", "never"}),
])
def test_bash_completion(canned, honeydew, environment, line, words):
    canned.answers["ListEnvironments"] = pb.ListEnvironmentsResponse(environments=environments())
    script = honeydew("completion", "bash").stdout + "\n".join([
        "COMP_WORDS=(" + " ".join(f"'{word}'" for word in line) + ")", f"COMP_CWORD={len(line) - 1}", "_honeydew",
        'printf "%s\\n" "${COMPREPLY[@]}"'])
    path = f"{HONEYDEW.parent}:{environment['PATH']}"
    result = subprocess.run(["bash", "-c", script], env={**environment, "PATH": path}, capture_output=True, text=True)
    assert result.stderr == "" and words <= set(result.stdout.split())
    assert all(word.startswith(line[-1].strip("=")) for word in result.stdout.split())
