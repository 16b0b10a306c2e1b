"""Instances: daemons with homes of their own in a home, which share nothing."""

import fcntl
import json
import os
import signal
import subprocess
from pathlib import Path

import pytest

from honeydew_command import Terminal
from honeydew_daemon import BINARIES, wait_until
from other_users import NOBODY
from started_daemons import daemons_below, kill, user  # noqa: F401

SUBMIT = ("submit", "organizations.list", "--delay", "1h")


def listed(user, *options, **more):  # noqa: F811
    result = user("instance", "list", "--json", *options, **more)
    assert result.returncode == 0, result.stderr
    return {instance["name"]: instance for instance in json.loads(result.stdout)}


def jobs(user, *options):  # noqa: F811
    return {job["job_id"] for job in json.loads(user("job", "list", "--json", *options).stdout)}


def submit(user, *options, **more):  # noqa: F811
    result = user(*SUBMIT, *options, **more)
    assert result.returncode == 0, result.stderr
    return result.stdout.strip()


def workers(user, *options):  # noqa: F811
    def ready():
        # Those of other pools are made when there is something to do for them.
        workers = json.loads(user("worker", "list", "--json", *options).stdout)
        pids = [worker["pid"] for worker in workers if worker["pool"] == "api"]
        return pids and all(pids) and pids

    return wait_until(ready, what="the workers")


def test_two_instances_and_the_home_share_nothing(user):  # noqa: F811
    names = [(), ("--instance", "blue"), ("--instance", "green")]
    ids = [submit(user, *name) for name in names]
    assert len(user.daemons) == 3
    assert [jobs(user, *name) for name in names] == [{job} for job in ids]
    homes = [user.home, user.home / "instances/blue", user.home / "instances/green"]
    for home in homes:
        assert {"daemon.sock", "daemon.db", "daemon.lock", "daemon.log", "master.key", "results"} <= {p.name for p in home.iterdir()}
        assert home.stat().st_mode & 0o777 == 0o700
    assert len({(home / "master.key").read_bytes() for home in homes}) == 3
    # An environment, a schedule and a configuration are one's own too.
    assert user("env", "add", "mine", "https://api.test/graphql", *names[1]).returncode == 0
    assert ["mine" in user("env", "list", *name).stdout for name in names] == [False, True, False]
    (homes[1] / "config.yaml").write_text("queue:\n  shutdown_timeout: 7s\n")
    assert json.loads(user("reload", "--json", *names[1]).stdout)["applied"] == ["queue.shutdown_timeout"]
    assert json.loads(user("reload", "--json", *names[2]).stdout)["applied"] == []
    assert user("shutdown", *names[1]).returncode == 0
    assert user("ping").returncode == user("ping", *names[2]).returncode == 0


@pytest.mark.parametrize("crashes", [False, True])
def test_the_start_of_one_ends_no_process_of_another(user, crashes):  # noqa: F811
    names = [(), ("--instance", "blue"), ("--instance", "blue-2")]
    for name in names:
        submit(user, *name)
    before = [workers(user, *name) for name in names]
    for index, name in enumerate(names):
        if crashes:
            kill(listed_pid(user, name))
        else:
            assert user("shutdown", *name).returncode == 0
        submit(user, *name)
        after = [workers(user, *other) for other in names]
        assert [after[i] == before[i] for i in range(3)] == [i != index for i in range(3)]
        before = after


def listed_pid(user, name):  # noqa: F811
    return json.loads(user("status", "--json", *name).stdout)["pid"]


@pytest.mark.parametrize("words, variables, home", [
    (["--instance", "a"], {}, "{user}/.honeydew/instances/a"), (["--instance=A_b-9"], {}, "{user}/.honeydew/instances/A_b-9"),
    ([], {"HONEYDEW_INSTANCE": "a"}, "{user}/.honeydew/instances/a"),
    (["--instance", "b"], {"HONEYDEW_INSTANCE": "a"}, "{user}/.honeydew/instances/b"),
    (["--home", "{user}/h", "--instance", "b"], {}, "{user}/h/instances/b"),
    ([], {"HONEYDEW_HOME": "{user}/h", "HONEYDEW_INSTANCE": "a"}, "{user}/h/instances/a"),
    (["--instance", "b"], {"HONEYDEW_HOME": "{user}/h"}, "{user}/h/instances/b"),
    (["--home", "{user}/h"], {"HONEYDEW_INSTANCE": "a"}, "{user}/h"),
    ([], {"HONEYDEW_INSTANCE": ""}, "{user}/.honeydew")])
def test_daemon_and_command_mean_the_same_home(user, words, variables, home):  # noqa: F811
    fill = lambda text: text.format(user=user.directory)  # noqa: E731
    user.variables |= {name: fill(value) for name, value in variables.items()}
    words, home = [fill(word) for word in words], fill(home)
    assert user("config", "path", *words).stdout == f"{home}/config.yaml\n"
    daemon = subprocess.Popen([BINARIES / "honeydewd", *words], env=user.variables, stderr=subprocess.PIPE, text=True)
    try:
        wait_until(lambda: user("ping", *words).returncode == 0, what="the daemon")
        assert Path(home, "daemon.sock").exists()
        # What runs beside the daemon means it too.
        assert user("backup", "copy.db", *words).returncode == 0
        assert json.loads(user("status", "--json", *words).stdout)["home"] == home
        second = subprocess.run([BINARIES / "honeydewd", *words], env=user.variables, capture_output=True, text=True)
        assert second.returncode == 1
        advised = second.stderr.split("stop it first: honeydew ")[1].split()
        assert user(*advised).returncode == 0
        assert daemon.wait(timeout=30) == 0
    finally:
        daemon.kill()
        daemon.communicate()


@pytest.mark.parametrize("name", ["", "-x", "a.b", ".", "..", "a/b", "../x", "a b", "ä", "x" * 65, "a\n"])
def test_a_name_that_is_none_is_refused(user, name):  # noqa: F811
    text = "must be 1 to 64 letters (a to z, A to Z), digits, - and _"
    for program in [BINARIES / "honeydew", BINARIES / "honeydewd"]:
        words = SUBMIT if program.name == "honeydew" else ()
        result = user(*words, f"--instance={name}", program=program)
        assert (result.returncode, result.stdout) == (2, "") and text in result.stderr
        if name:
            result = user(*words, program=program, env={"HONEYDEW_INSTANCE": name})
            assert result.returncode == 2 and text in result.stderr
    assert user("instance", "remove", "--yes", "--", name).returncode == 2
    assert user.daemons == [] and not user.home.exists()


def test_what_names_two_daemons_is_refused(user):  # noqa: F811
    for words in [("ping", "--socket", "/a", "--instance", "b"), ("instance", "list", "--socket", "/a"),
                  ("instance", "list", "--instance", "b"), ("instance", "remove", "a", "--instance", "b")]:
        result = user(*words)
        assert result.returncode == 2 and "leave out --" in result.stderr


def test_a_path_that_is_too_long_for_a_socket_is_refused_before_anything_is_made(user):  # noqa: F811
    name = "x" * (108 - len(f"{user.home}/instances//daemon.sock"))
    for words in [("--instance", name), ("--instance", name, "--check-config")]:
        result = user(*words, program=BINARIES / "honeydewd")
        assert result.returncode == 78 and "has 108 bytes, and a socket's path has at most 107" in result.stderr
        assert "choose a shorter home or instance's name, or set daemon.socket_path" in result.stderr
    result = user(*SUBMIT, "--instance", name)
    assert result.returncode == 3 and "choose a shorter home or instance's name" in result.stderr
    assert not user.home.exists()
    assert submit(user, "--instance", name[:-1])


def test_the_list_tells_how_each_is(user):  # noqa: F811
    assert listed(user) == {}
    assert "start one with: honeydewd --instance NAME" in user("instance", "list").stderr
    submit(user, "--instance", "blue")
    submit(user, "--instance", "green")
    submit(user, "--instance", "red")
    (pid,) = [pid for pid, home in daemons_below(user.directory).items() if home.endswith("/green")]
    kill(pid)
    (red,) = [pid for pid, home in daemons_below(user.directory).items() if home.endswith("/red")]
    os.kill(red, signal.SIGSTOP)
    # None of these is one.
    instances = user.home / "instances"
    (instances / "file").touch()
    (instances / "not.one").mkdir()
    (instances / "link").symlink_to(instances / "blue")
    try:
        found = listed(user)
        assert {name: each["state"] for name, each in found.items()} == {
            "blue": "running", "green": "stopped", "red": "unreachable"}
        blue = found["blue"]
        assert (blue["jobs"]["pending"], blue["home"]) == (1, str(instances / "blue"))
        assert blue["pid"] == listed_pid(user, ("--instance", "blue")) and blue["version"]
        assert "jobs" not in found["green"] and "pid" not in found["green"] and found["red"]["pid"] == red
        rows = [line.split() for line in user("instance", "list").stdout.splitlines()]
        assert rows[0][:4] == ["INSTANCE", "STATE", "PROCESS", "VERSION"]
        assert rows[1][:3] == ["blue", "running", str(blue["pid"])] and rows[2] == ["green", "stopped"]
        assert user("instance", "list", "--quiet", env={"HONEYDEW_INSTANCE": "blue"}).stdout == "blue\ngreen\nred\n"
    finally:
        os.kill(red, signal.SIGCONT)


@pytest.mark.parametrize("words, names", [
    (["--instance", ""], ["blue", "blue-2", "green"]), (["ping", "--instance", "bl"], ["blue", "blue-2"]),
    (["--instance=g"], ["--instance=green"]), (["instance", "remove", ""], ["blue", "blue-2", "green"]),
    (["instance", ""], ["list", "remove"])])
def test_their_names_are_completed(user, words, names):  # noqa: F811
    for name in ["blue", "blue-2", "green", "x.y"]:
        (user.home / "instances" / name).mkdir(parents=True, exist_ok=True)
    lines = user("__complete", "zsh", *words).stdout.splitlines()
    assert [line.split("\t")[0] for line in lines] == names


def test_one_is_removed_when_it_does_not_run(user):  # noqa: F811
    kept, job = submit(user), submit(user, "--instance", "blue")
    result = user("instance", "remove", "blue", "--yes")
    pid = listed_pid(user, ("--instance", "blue"))
    assert (result.returncode, result.stderr) == (
        1, f"honeydew: the daemon of blue runs (process {pid}); stop it first: honeydew --instance blue shutdown\n")
    assert jobs(user, "--instance", "blue") == {job}
    assert user("--instance", "blue", "shutdown").returncode == 0
    result = user("instance", "remove", "blue")
    assert result.returncode == 2 and "give --yes" in result.stderr
    assert (user.home / "instances/blue/daemon.db").exists()
    assert user("instance", "remove", "blue", "--yes").stdout == "Removed blue.\n"
    assert list((user.home / "instances").iterdir()) == [] and listed(user) == {}
    assert jobs(user) == {kept}
    result = user("instance", "remove", "blue", "--yes")
    assert result.returncode == 1 and "there is no instance blue in" in result.stderr
    # A new one of the name begins with nothing.
    assert submit(user, "--instance", "blue") != job and len(jobs(user, "--instance", "blue")) == 1


@pytest.mark.parametrize("answer, is_removed", [("n", False), ("", False), ("y", True)])
def test_a_removal_asks(user, answer, is_removed):  # noqa: F811
    home = user.home / "instances/blue"
    home.mkdir(parents=True)
    (home / "config.yaml").touch()
    terminal = Terminal(user.variables, "instance", "remove", "blue", columns=200)
    terminal.read_until("Remove the instance blue with all its jobs, schedules and logins")
    terminal.type(answer + "\n")
    assert terminal.finish() == (0 if is_removed else 1)
    assert home.exists() != is_removed


def test_what_is_no_instances_home_is_not_removed(user):  # noqa: F811
    instances = user.home / "instances"
    outside = user.directory / "outside"
    outside.mkdir()
    (outside / "daemon.db").write_text("mine")
    (instances / "notes").mkdir(parents=True)
    (instances / "notes/daemon.db").touch()
    (instances / "notes/thesis.txt").write_text("mine")
    (instances / "link").symlink_to(outside)
    (instances / "file").write_text("mine")
    for name, said in [("notes", "notes/thesis.txt is none of a daemon's files"), ("link", "no directory"),
                       ("file", "no directory")]:
        result = user("instance", "remove", name, "--yes")
        assert result.returncode == 1 and said in result.stderr and result.stderr.endswith("nothing was done\n")
    assert (instances / "notes/thesis.txt").read_text() == (outside / "daemon.db").read_text() == "mine"
    assert {path.name for path in instances.iterdir()} == {"notes", "link", "file"}
    # The directory of the instances may be somebody's link too.
    instances.rename(user.directory / "moved")
    instances.symlink_to(user.directory / "moved")
    (user.directory / "moved/plain").mkdir()
    assert user("instance", "remove", "plain", "--yes").returncode == 1
    assert (user.directory / "moved/plain").exists()


def test_links_in_it_are_removed_and_not_what_they_lead_to(user):  # noqa: F811
    outside = user.directory / "outside"
    outside.mkdir()
    (outside / "mine").touch()
    home = user.home / "instances/blue"
    (home / "results").mkdir(parents=True)
    (home / "results/abcdefghijklm.1").touch()
    (home / "results/link").symlink_to(outside)
    (home / "output").symlink_to(outside)
    assert user("instance", "remove", "blue", "--yes").returncode == 0
    assert not home.exists() and (outside / "mine").exists()


def test_one_that_is_removed_in_part_is_removed_by_the_next_try(user):  # noqa: F811
    left = user.home / "instances/.removed-blue/results"
    left.mkdir(parents=True)
    (left / "abcdefghijklm.1").touch()
    assert listed(user) == {}
    assert user("instance", "remove", "blue", "--yes").returncode == 0
    assert list((user.home / "instances").iterdir()) == []


def test_one_that_is_about_to_start_is_not_removed(user):  # noqa: F811
    home = user.home / "instances/blue"
    home.mkdir(parents=True)
    holder = os.open(home / "daemon.lock", os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(holder, fcntl.LOCK_EX)
    result = user("instance", "remove", "blue", "--yes")
    assert result.returncode == 1 and "the daemon of blue runs" in result.stderr and home.exists()
    assert listed(user)["blue"]["state"] == "unreachable"
    os.close(holder)


@pytest.mark.root("users")
def test_root_removes_none_of_another_user(user):  # noqa: F811
    home = user.home / "instances/blue"
    home.mkdir(parents=True)
    for path in [home, home.parent, user.home]:
        os.chown(path, NOBODY, NOBODY)
    result = user("instance", "remove", "blue", "--yes")
    assert result.returncode == 1 and f"belongs to user {NOBODY}, who alone may remove it" in result.stderr
    assert home.exists()


def test_inside_of_a_job_none_is_started(user):  # noqa: F811
    result = user(*SUBMIT, env={"HONEYDEW_MARK": str(user.home)})
    assert result.returncode == 3 and "it is not started inside of a job, with which it would end" in result.stderr
    assert user.daemons == []


def test_who_lists_instances_keeps_none_from_its_start(user):  # noqa: F811
    (user.home / "instances/blue").mkdir(parents=True)
    (user.home / "instances/blue/daemon.lock").touch()
    lookers = [subprocess.Popen(["sh", "-c", f"while :; do {BINARIES}/honeydew instance list; done"], env=user.variables,
                                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
               for _ in range(3)]
    try:
        for _ in range(5):
            assert submit(user, "--instance", "blue")
            assert user("shutdown", "--instance", "blue").returncode == 0
    finally:
        for looker in lookers:
            os.killpg(looker.pid, signal.SIGKILL)
            looker.wait()
