"""Secrets are in the database, sealed, and nowhere else: not in a file of the home, a log line, an argument list, an
environment or a core dump of any process."""

import json
import os
import re
import resource
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import grpc
import pytest
from honeydew_command import HONEYDEW, Terminal, environment  # noqa: F401
from honeydew_daemon import pb, wait_until
from other_users import NOBODY, open_programs  # noqa: F401
from sandbox_process import Sandbox
from test_api import repositories, use

LOGIN_PASSWORD = "honeydew-demo"
WRONG_PASSWORD = "a-password-that-is-wrong"
ARGUMENT = "the-password-of-a-new-user"
RETRIED = "the-password-of-another-user"
# Every JSON web token begins with these letters, and the sandbox gives out no others.
TOKEN = "eyJ"


@pytest.fixture
def api(tmp_path):
    with Sandbox(tmp_path, "--access-lifetime", "3", "--rotate-refresh") as sandbox:
        yield sandbox


def children(pid):
    """Whatever comes from a process, as far as it has not ended meanwhile."""
    try:
        lists = [(task / "children").read_text() for task in Path(f"/proc/{pid}/task").iterdir()]
    except (FileNotFoundError, ProcessLookupError):
        return
    for child in " ".join(lists).split():
        yield int(child)
        yield from children(int(child))


class Watch:
    """Looks at every process of the test again and again while things happen."""

    def __init__(self, *secrets):
        self.secrets = [secret if isinstance(secret, bytes) else secret.encode() for secret in secrets]
        self.seen = set()

    def look(self, *pids):
        for pid in pids:
            for tree in (pid, *children(pid)):
                for name in ("cmdline", "environ"):
                    try:
                        content = Path(f"/proc/{tree}/{name}").read_bytes()
                    except (FileNotFoundError, ProcessLookupError):
                        continue
                    self.seen.add((tree, name))
                    self.assert_clean(content, f"{name} of {content[:80]!r}")

    def assert_clean(self, content, where):
        for secret in self.secrets:
            assert secret not in content, f"{secret!r} is in {where}"
            assert secret.hex().encode() not in content.lower(), f"{secret!r} is in {where} in hexadecimal"

    def look_into(self, directory, *excepted):
        for path in directory.rglob("*"):
            if path.is_file() and path.name not in excepted:
                self.assert_clean(path.read_bytes(), path)


def begin(environment, *arguments, words):
    """Starts the command line with words for its standard input."""
    process = subprocess.Popen(
        [HONEYDEW, *arguments], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    process.stdin.write(words.encode())
    process.stdin.close()
    return process


def test_no_secret_is_anywhere(make_daemon, api, environment):
    daemon = make_daemon(config="logging:\n  level: debug\n").start()
    del environment["HONEYDEW_SOCKET"]
    environment["HONEYDEW_HOME"] = str(daemon.home)
    use(daemon, api)
    key = (daemon.home / "master.key").read_bytes()
    watch = Watch(LOGIN_PASSWORD, WRONG_PASSWORD, ARGUMENT, RETRIED, TOKEN, key)

    def run(*arguments, words="", status=0):
        process = begin(environment, *arguments, words=words)
        while process.poll() is None:
            watch.look(daemon.pid, process.pid)
        out, err = process.stdout.read(), process.stderr.read()
        process.stdout.close(), process.stderr.close()
        watch.assert_clean(out + err, f"the output of {arguments}")
        assert process.returncode == status, err
        return out.decode()

    # Logins that are slow, fail, and succeed.
    login = ("login", "--username", "admin", "--password-stdin")
    run(*login, words=WRONG_PASSWORD + "\n", status=4)
    api.fault("graphql_error", field="login", message=f"what is {WRONG_PASSWORD}?", code="BAD_USER_INPUT")
    run(*login, words=WRONG_PASSWORD + "\n", status=4)
    api.fault("delay", field="login", seconds=1)
    run(*login, words=LOGIN_PASSWORD + "\n")
    # A secret argument on its way, waiting, retried, failed with an error that repeats it, and refused.
    user = {"input": {"username": "eve", "password": ARGUMENT}}
    api.fault("delay", field="createUser", seconds=1)
    run("api", "call", "account.createUser", "-", words=json.dumps(user))
    api.fault("rate_limit", field="createUser", retry_after=1)
    api.fault("graphql_error", field="createUser", message=f"{RETRIED} is no good password")
    user["input"] = {"username": "mallory", "password": RETRIED}
    run("api", "call", "account.createUser", "-", words=json.dumps(user), status=1)
    waiting = daemon.submit("account.createUser", user, delay_ms=3_600_000)
    with pytest.raises(grpc.RpcError) as info:
        daemon.submit("account.createUser", {"input": {"username": "x", "password": [ARGUMENT]}})
    watch.assert_clean(info.value.details().encode(), "a refusal")
    # Tokens that are refreshed, refused, and resealed under another key.
    time.sleep(3)
    assert daemon.wait_one(repositories(daemon, "acme")).status == "completed"
    api.fault("unauthorized", field="githubRepositories", count=5)
    assert daemon.wait_one(repositories(daemon, "acme")).error_code == "AUTH_INVALID"
    run("key", "rotate")
    watch.secrets.append((daemon.home / "master.key").read_bytes())
    # What the daemon logs and shows of all that.
    for arguments in (("job", "list", "--json"), ("job", "show", waiting, "--json"), ("status", "--json"),
                      ("auth", "status", "--json"), ("env", "list", "--json")):  # fmt: skip
        run(*arguments)
    worker = daemon.wait_running(daemon.submit("diag.sleep", {"ms": 60_000}))
    os.kill(worker.pid, signal.SIGABRT)
    watch.look_into(daemon.home, "master.key")
    daemon.kill()
    watch.look_into(daemon.home, "master.key")
    # The watch was awake: command line, daemon and workers.
    assert len({pid for pid, _ in watch.seen}) > 8
    with sqlite3.connect(daemon.home / "daemon.db") as database:
        assert database.execute("SELECT count(*) FROM auth_tokens").fetchone() == (1,)
        assert database.execute("SELECT count(*) FROM jobs WHERE command = 'account.createUser'").fetchone() == (3,)
    database.close()


# -- memory


def memory(pid):
    """What the process has in memory; needs root, as the process cannot be dumped."""
    with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "rb", buffering=0) as image:
        for line in maps:
            start, end, access = re.match(r"([0-9a-f]+)-([0-9a-f]+) (\S+)", line).groups()
            if access.startswith("rw"):
                image.seek(int(start, 16))
                try:
                    yield image.read(int(end, 16) - int(start, 16))
                except OSError:
                    continue


@pytest.mark.root("memory")
def test_the_master_key_is_not_kept_in_memory(daemon):
    daemon.stub.RotateKey(pb.RotateKeyRequest(), timeout=120)
    key = (daemon.home / "master.key").read_bytes()
    for pid in (daemon.pid, *(worker.pid for worker in daemon.workers())):
        assert not any(key in part for part in memory(pid)), pid
    # The search finds what is there.
    (daemon.home / "probe").write_bytes(key)
    probe = subprocess.Popen([sys.executable, "-c", f"k = open('{daemon.home}/probe', 'rb').read(); print(); input()"],
                             stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # fmt: skip
    probe.stdout.readline()
    assert any(key in part for part in memory(probe.pid))
    probe.communicate(b"\n")


@pytest.mark.root("memory")
def test_the_derived_key_is_on_a_page_that_no_dump_takes(daemon):
    flags = re.findall(r"^VmFlags: (.*)$", Path(f"/proc/{daemon.pid}/smaps").read_text(), re.MULTILINE)
    assert any("dd" in page.split() for page in flags)


@pytest.mark.root("users")
def test_another_process_of_the_user_cannot_look_into_daemon_and_workers(make_daemon, open_programs):  # noqa: F811
    daemon = make_daemon()
    for path in (daemon.home, *daemon.home.iterdir()):
        os.chown(path, NOBODY, NOBODY)
    daemon.process = subprocess.Popen(
        [open_programs / "honeydewd", "--home", daemon.home], user=NOBODY, group=NOBODY, extra_groups=[],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)  # fmt: skip
    wait_until(daemon._answers)
    workers = wait_until(lambda: [w.pid for w in daemon.workers() if w.state == "idle"])
    for pid in (daemon.pid, *workers):
        for name in ("mem", "environ", "maps"):
            look = subprocess.run(["cat", f"/proc/{pid}/{name}"], user=NOBODY, group=NOBODY, extra_groups=[],
                                  capture_output=True, check=False)  # fmt: skip
            assert look.returncode != 0 and b"Permission denied" in look.stderr, name


# -- core dumps


def dumps_core(pid):
    _, status = os.waitpid(pid, 0)
    assert os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGABRT, status
    return os.WCOREDUMP(status)


def raise_limit():
    resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


@pytest.fixture
def core_directory(tmp_path):
    """A working directory for cores, on a machine that writes them."""
    directory = tmp_path / "cores"
    directory.mkdir()
    control = subprocess.Popen(
        [sys.executable, "-c", "print(); input()"], cwd=directory, preexec_fn=raise_limit,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # fmt: skip
    control.stdout.readline()
    control.send_signal(signal.SIGABRT)
    writes_cores = dumps_core(control.pid)
    control.returncode = -signal.SIGABRT
    control.stdin.close(), control.stdout.close()
    for core in directory.iterdir():
        core.unlink()
    if not writes_cores:
        pytest.skip("this machine writes no cores")
    return directory


def test_sigabrt_leaves_no_core_of_the_daemon_or_a_worker(make_daemon, core_directory):
    daemon = make_daemon()
    daemon.process = subprocess.Popen(
        [daemon.binary, "--home", daemon.home], cwd=core_directory, preexec_fn=raise_limit,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)  # fmt: skip
    wait_until(daemon._answers)
    assert "Max core file size        unlimited" in (daemon.proc / "limits").read_text()
    job_id = daemon.submit("diag.crash", {"how": "abort", "untilAttempt": 1}, max_retries=2)
    assert daemon.wait_one(job_id).status == "completed"
    (death,) = [attempt.error for attempt in daemon.job(job_id).history if attempt.error]
    assert "SIGABRT" in death and "core dumped" not in death
    daemon.process.send_signal(signal.SIGABRT)
    assert not dumps_core(daemon.process.pid)
    # Nor does a report of the crash show what was in memory.
    assert daemon.process.stderr.read() == b""
    daemon.process.returncode = -signal.SIGABRT
    assert list(core_directory.iterdir()) == []


def test_sigabrt_at_the_password_leaves_no_core_of_the_command(daemon, environment, core_directory, monkeypatch):
    del environment["HONEYDEW_SOCKET"]
    environment["HONEYDEW_HOME"] = str(daemon.home)
    monkeypatch.chdir(core_directory)
    before = resource.getrlimit(resource.RLIMIT_CORE)
    raise_limit()
    try:
        terminal = Terminal(environment, "login", "--username", "admin")
        terminal.read_until("Password: ")
        terminal.type("half of a pass")
        os.kill(terminal.pid, signal.SIGABRT)
        assert not dumps_core(terminal.pid)
        assert "crashed" not in terminal.text
    finally:
        resource.setrlimit(resource.RLIMIT_CORE, before)
    os.close(terminal.descriptor)
    assert list(core_directory.iterdir()) == []
