"""Commands that leave the daemon something to do start it where none runs; no others do, and never somebody else's."""

import fcntl
import json
import os
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

from fake_daemon import canned, pb  # noqa: F401
from honeydew_command import HONEYDEW, Terminal, environment, honeydew  # noqa: F401
from honeydew_daemon import wait_until
from other_users import NOBODY, open_programs  # noqa: F401
from started_daemons import user  # noqa: F401

SUBMIT = ("submit", "organizations.list", "--delay", "1h")


def jobs(user):  # noqa: F811
    return len(json.loads(user("job", "list", "--json").stdout))


@pytest.mark.parametrize("words", [SUBMIT, ("schedule", "add", "nightly", "0 2 * * *", "organizations.list"),
                                   ("schedule", "apply", "-")])
@pytest.mark.parametrize("named", ["usual", "--home", "HONEYDEW_HOME"])
def test_what_leaves_the_daemon_something_to_do_starts_it(user, words, named):  # noqa: F811
    home = user.home if named == "usual" else user.directory / "other"
    options = ["--home", str(home)] if named == "--home" else []
    if named == "HONEYDEW_HOME":
        user.variables[named] = str(home)
    result = user(*words, *options, **({"input": "[]", "stdin": None} if "apply" in words else {}))
    assert result.returncode == 0, result.stderr
    advised = f"honeydew {''.join(f'{word} ' for word in options)}shutdown"
    assert result.stderr == f"honeydew: started the daemon of {home}, process {user.daemon}; stop it with: {advised}\n"
    assert user(*words, *options, **({"input": "[]", "stdin": None} if "apply" in words else {})).stderr.count("started") == 0
    assert user(*advised.split()[1:]).stdout == "The daemon has stopped.\n"
    assert user.daemons == []


def test_the_daemon_is_bound_to_nothing_of_who_starts_it(user):  # noqa: F811
    terminal = Terminal({**user.variables, "COLUMNS": "200"}, "--home", str(user.home), *SUBMIT, columns=200)
    terminal.read_until("started the daemon")
    assert terminal.finish() == 0
    pid = user.daemon
    # proc(5): state, parent, group, session, terminal.
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    assert fields[2:5] == [str(pid), str(pid), "0"]
    # What cannot be dumped shows these to root alone.
    if os.getuid() == 0:
        assert os.readlink(f"/proc/{pid}/cwd") == "/"
        files = {number: os.readlink(f"/proc/{pid}/fd/{number}") for number in os.listdir(f"/proc/{pid}/fd")}
        assert (files["0"], files["1"]) == ("/dev/null", "/dev/null")
        assert not [file for file in files.values() if "pts" in file or "ptmx" in file]
    # It goes on when nobody reads what it may say, and has no more to say than its log.
    assert user("ping").returncode == 0 and jobs(user) == 1


@pytest.mark.parametrize("words", [
    ("ping",), ("status",), ("doctor",), ("job", "list"), ("job", "wait", "abcdefghijklm"), ("queue", "pause"),
    ("schedule", "list"), ("schedule", "apply", "-", "--dry-run"), ("schedule", "next", "0 2 * * *"), ("config", "show"),
    ("__complete", "zsh", "submit", "--env", ""), ("__complete", "bash", "job", "show", ""), ("shutdown",), ("--help",),
    ("submit", "--help"), ("submit", "--from", "no-such-file")])
def test_others_start_none(user, words):  # noqa: F811
    user(*words, input="[]", stdin=None)
    assert user.daemons == [] and not user.home.exists()


@pytest.mark.parametrize("words, variables", [
    (("--no-start",), {}), ((), {"HONEYDEW_NO_START": "1"}), (("--socket", "daemon.sock"), {}),
    ((), {"HONEYDEW_SOCKET": "{home}/daemon.sock"}), (("--home", "/var/lib/honeydew"), {}),
    (("--socket", "/run/honeydew/daemon.sock"), {})])
def test_none_is_started_where_that_is_not_wanted_or_somebody_elses(user, words, variables):  # noqa: F811
    if Path("/run/honeydew/daemon.sock").exists():
        pytest.skip("the system's daemon runs here")
    variables = {name: value.format(home=user.home) for name, value in variables.items()}
    result = user(*SUBMIT, *words, env=variables)
    assert (result.returncode, result.stdout) == (3, "") and "start it with: " in result.stderr
    assert user.daemons == []


def test_a_wait_that_connects_again_starts_none(user):  # noqa: F811
    wait = user.begin(*SUBMIT, "--wait", "--wait-timeout", "4s")
    wait_until(lambda: user("ping").returncode == 0 and jobs(user), what="the job")
    os.kill(user.daemon, signal.SIGKILL)
    assert "waiting for the daemon to come back" in wait.communicate(timeout=30)[1]
    assert wait.returncode == 124 and user.daemons == []


def test_twenty_at_once_start_one(user):  # noqa: F811
    running = [user.begin(*SUBMIT) for _ in range(20)]
    said = [process.communicate(timeout=60) for process in running]
    assert [process.returncode for process in running] == [0] * 20, said
    assert [errors.count("\n") for _, errors in said if errors] == [1]
    assert f"process {user.daemon}; " in "".join(errors for _, errors in said)
    assert jobs(user) == 20


def test_who_finds_the_home_taken_waits_and_starts_it_when_it_is_let_go(user):  # noqa: F811
    user.home.mkdir(mode=0o700)
    holder = os.open(user.home / "daemon.lock", os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(holder, fcntl.LOCK_EX)
    waiting = user.begin(*SUBMIT)
    # As one that leaves, or is killed in its own start.
    with pytest.raises(subprocess.TimeoutExpired):
        waiting.wait(timeout=1.5)
    os.close(holder)
    _, errors = waiting.communicate(timeout=30)
    assert waiting.returncode == 0 and f"process {user.daemon}; " in errors


def test_a_home_that_stays_taken_is_told(user):  # noqa: F811
    user.home.mkdir(mode=0o700)
    holder = os.open(user.home / "daemon.lock", os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(holder, fcntl.LOCK_EX)
    result = user(*SUBMIT, "--call-timeout", "1s")
    os.close(holder)
    assert result.returncode == 3 and "another daemon has" in result.stderr


@pytest.mark.parametrize("step", range(1, 8))
def test_a_daemon_that_is_killed_in_its_start_is_told_and_the_next_start_succeeds(user, step):  # noqa: F811
    result = user(*SUBMIT, env={"HONEYDEW_CRASH_POINT": f"recovery:{step}"})
    assert (result.returncode, result.stdout, result.stderr) == (
        3, "", "honeydew: the daemon cannot start, honeydewd killed by SIGKILL; see: honeydew logs\n")
    assert user(*SUBMIT).returncode == 0 and jobs(user) == 1


def test_what_a_killed_daemon_has_left_keeps_no_start(user):  # noqa: F811
    assert user(*SUBMIT).returncode == 0
    user.kill_daemons()
    assert (user.home / "daemon.sock").exists() and (user.home / "daemon.pid").exists()
    result = user(*SUBMIT)
    assert result.returncode == 0 and "started the daemon" in result.stderr
    assert jobs(user) == 2


def test_a_wrong_configuration_is_told_by_who_starts_it(user):  # noqa: F811
    user.home.mkdir(mode=0o700)
    (user.home / "config.yaml").write_text("queue:\n  workers: x\n  wokers: 2\n")
    result = user(*SUBMIT)
    assert (result.returncode, result.stdout) == (3, "")
    assert result.stderr.splitlines() == [
        "honeydew: the daemon cannot start, honeydewd exited with status 78:",
        f"honeydew: {user.home}/config.yaml:2: queue.workers: must be a whole number from 1 to 256",
        f"honeydew: {user.home}/config.yaml:3: queue.wokers: unknown key; did you mean queue.workers?"]
    error = json.loads(user(*SUBMIT, "--json").stderr)
    assert error["reason"] == "UNREACHABLE" and "status 78" in error["message"] and "wokers" in error["message"]
    assert user.daemons == []


def test_a_configuration_with_more_to_say_than_a_socket_takes_is_told(user):  # noqa: F811
    user.home.mkdir(mode=0o700)
    (user.home / "config.yaml").write_text("queue:\n" + "".join(f"  wrong_{n}_{'x' * 300}: 1\n" for n in range(1000)))
    result = user(*SUBMIT)
    assert result.returncode == 3 and "exited with status 78" in result.stderr and "wrong_7_xxx" in result.stderr


def test_a_program_gets_no_remark(user):  # noqa: F811
    result = user(*SUBMIT, "--json")
    assert result.returncode == 0 and json.loads(result.stdout)["job_id"] and result.stderr == ""
    user.kill_daemons()
    assert user("schedule", "add", "x", "@every 1h", "organizations.list", "--quiet").stderr == ""
    assert user.daemon


def test_a_relative_configuration_means_the_same_file_to_the_daemon(user):  # noqa: F811
    (user.directory / "mine.yaml").write_text("queue:\n  workers: 1\n")
    assert user(*SUBMIT, env={"HONEYDEW_CONFIG": "mine.yaml"}).returncode == 0
    workers = json.loads(user("worker", "list", "--json").stdout)
    assert [worker["slot"] for worker in workers if worker["pool"] == "api"] == [1]
    assert user("reload", "--json").returncode == 0


def test_a_daemon_that_copies_its_log_waits_for_no_reader(user):  # noqa: F811
    user.home.mkdir(mode=0o700)
    (user.home / "config.yaml").write_text("logging:\n  stderr: always\n  level: debug\n")
    assert user(*SUBMIT).returncode == 0
    assert all(user(*SUBMIT).returncode == 0 for _ in range(20)) and jobs(user) == 21


def test_a_path_that_is_too_long_for_a_socket_starts_none(user):  # noqa: F811
    result = user(*SUBMIT, "--home", f"{user.directory}/{'x' * 100}")
    assert result.returncode == 3 and "too long for a socket" in result.stderr
    assert user.daemons == [] and list(user.directory.iterdir()) == []


def test_a_daemon_program_that_is_missing_is_told(user):  # noqa: F811
    program = user.directory / "honeydew"
    shutil.copy(HONEYDEW, program)
    result = user(*SUBMIT, program=program)
    assert result.returncode == 3 and result.stderr == (
        f"honeydew: cannot start the daemon: {user.directory}/honeydewd: No such file or directory; "
        "it belongs beside the command honeydew\n")


@pytest.mark.parametrize("version, words, said", [
    ("9.9.9", [], True), ("9.9.9", ["--json"], False), (None, [], False)])
def test_a_daemon_of_another_version_is_named(canned, honeydew, environment, version, words, said):  # noqa: F811
    if version:
        canned.answers["Ping"] = pb.PingResponse(version=version)
    canned.answers["SubmitJob"] = pb.SubmitJobResponse(job_id="abcdefghijklm")
    result = honeydew("submit", "organizations.list", *words)
    own = honeydew("--version").stdout.split()[1]
    home = os.path.dirname(environment["HONEYDEW_SOCKET"])
    assert result.returncode == 0
    assert result.stderr == (
        f"honeydew: the daemon is of version 9.9.9, and this program of {own}; restart it with: honeydew shutdown, "
        f"then: honeydewd --home {home}\n" if said else "")


# Others' homes


@pytest.fixture
def anybody(user, open_programs):  # noqa: F811
    """The same as a user with no rights, for whom the directories are open."""
    user.directory.chmod(0o755)
    return lambda *arguments, **options: user(*arguments, program=open_programs / "honeydew", user=NOBODY, group=NOBODY,
                                              extra_groups=[], **options)


@pytest.mark.root("users")
@pytest.mark.parametrize("is_there", [True, False])
def test_root_starts_none_in_a_home_of_another_user(user, is_there):  # noqa: F811
    if is_there:
        user.home.mkdir(mode=0o700)
        os.chown(user.home, NOBODY, NOBODY)
    else:
        os.chown(user.directory, NOBODY, NOBODY)
    before = sorted(user.directory.rglob("*"))
    result = user(*SUBMIT)
    assert result.returncode == 3
    assert f"it is not started by this command, since {user.home} is user {NOBODY}'s" in result.stderr
    assert user.daemons == [] and sorted(user.directory.rglob("*")) == before


@pytest.mark.root("users")
def test_nobody_starts_one_in_the_home_of_root(user, anybody):  # noqa: F811
    user.home.mkdir(mode=0o755)
    result = anybody(*SUBMIT)
    assert result.returncode == 3 and f"since {user.home} is user 0's" in result.stderr
    assert user.daemons == [] and list(user.home.iterdir()) == []


@pytest.mark.root("users")
def test_a_user_starts_one_in_a_home_that_is_made_for_it(user, anybody):  # noqa: F811
    os.chown(user.directory, NOBODY, NOBODY)
    assert anybody(*SUBMIT).returncode == 0
    assert user.home.stat().st_uid == NOBODY and user.daemon
    assert anybody("shutdown").returncode == 0


@pytest.mark.root("users")
def test_a_home_that_cannot_be_written_is_told(user, anybody):  # noqa: F811
    user.home.mkdir(mode=0o500)
    os.chown(user.home, NOBODY, NOBODY)
    result = anybody(*SUBMIT)
    assert result.returncode == 3 and "honeydewd exited with status 1:" in result.stderr
    assert f"{user.home}/daemon.lock" in result.stderr and "Permission denied" in result.stderr
    assert user.daemons == []


@pytest.mark.root("users")
def test_without_a_home_directory_that_can_be_made_the_error_says_so(user, anybody):  # noqa: F811
    del user.variables["HOME"]
    result = anybody(*SUBMIT, cwd="/")
    assert result.returncode == 3 and result.stderr.splitlines()[1:] == [
        "honeydew: realpath: No such file or directory: /nonexistent"]
