"""The daemon under systemd: a test that plays the manager, and the units as systemd's own tools see them."""

import contextlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import time

import pytest

from call_filter import UNITS, calls_of_unit
from honeydew_daemon import BINARIES, pb, process_state, wait_until
from user_manager import UserManager


class Manager:
    """The notify socket of systemd."""

    def __init__(self, directory):
        self.path = str(directory / "notify")
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.path)
        self.socket.setblocking(False)
        self.messages = []

    def receive(self):
        """All messages so far."""
        with contextlib.suppress(BlockingIOError):
            while True:
                self.messages.append(self.socket.recv(65536).decode())
        return self.messages

    def wait_for(self, pattern, start=0, seconds=20):
        def found():
            return next((m for m in self.receive()[start:] if re.search(pattern, m)), None)

        return wait_until(found, seconds, what=f"the message {pattern}")

    def count(self, text):
        return self.receive().count(text)


@pytest.fixture
def manager(tmp_path):
    import pathlib
    import tempfile

    # The path of a socket is short.
    directory = pathlib.Path(tempfile.mkdtemp(prefix="hd"))
    manager = Manager(directory)
    yield manager
    manager.socket.close()
    shutil.rmtree(directory)


def watched(make_daemon, manager, interval_ms, **settings):
    return make_daemon(env={"NOTIFY_SOCKET": manager.path, "WATCHDOG_USEC": str(interval_ms * 1000)}, **settings)


def test_start_and_stop_are_told(make_daemon, manager):
    daemon = watched(make_daemon, manager, 60_000, config="  shutdown_timeout: 17s\n").start()
    messages = manager.receive()
    assert messages[0] == "STATUS=opening the database"
    assert messages[1] == "EXTEND_TIMEOUT_USEC=30000000"
    assert "READY=1" in messages
    # Ready means that clients can connect.
    assert messages.index("READY=1") > 1
    manager.wait_for("^STATUS=0 jobs running, 0 pending$")
    assert daemon.stop() == 0
    assert manager.count("STOPPING=1") == 1
    assert "EXTEND_TIMEOUT_USEC=47000000" in manager.receive()


def test_shutdown_by_a_client_is_told_too(make_daemon, manager):
    daemon = watched(make_daemon, manager, 60_000).start()
    daemon.stub.Shutdown(pb.ShutdownRequest())
    daemon.process.wait(30)
    assert manager.count("STOPPING=1") == 1


def test_stopped_daemon_falls_silent_and_a_running_one_does_not(make_daemon, manager):
    daemon = watched(make_daemon, manager, 400).start()
    wait_until(lambda: manager.count("WATCHDOG=1") >= 5, what="signs of life")
    daemon.process.send_signal(signal.SIGSTOP)
    wait_until(lambda: process_state(daemon.pid) == "T", what="the stop")
    before = manager.count("WATCHDOG=1")
    time.sleep(1.2)  # three intervals, in which systemd would have killed it
    assert manager.count("WATCHDOG=1") == before
    daemon.process.send_signal(signal.SIGCONT)
    wait_until(lambda: manager.count("WATCHDOG=1") > before, what="a sign of life")


def test_signs_of_life_come_at_half_the_interval(make_daemon, manager):
    watched(make_daemon, manager, 2000).start()
    wait_until(lambda: manager.count("WATCHDOG=1") >= 1, what="a sign of life")
    started, first = time.monotonic(), manager.count("WATCHDOG=1")
    wait_until(lambda: manager.count("WATCHDOG=1") >= first + 3, what="signs of life")
    assert 2 <= time.monotonic() - started < 10


def test_another_process_watchdog_is_not_ours(make_daemon, manager):
    daemon = make_daemon(env={"NOTIFY_SOCKET": manager.path, "WATCHDOG_USEC": "100000", "WATCHDOG_PID": "1"}).start()
    daemon.wait_one(daemon.submit("diag.noop"))
    manager.wait_for("^STATUS=0 jobs running")
    assert manager.count("WATCHDOG=1") == 0


def test_trouble_with_workers_is_told_and_is_no_silence(make_daemon, manager):
    daemon = watched(make_daemon, manager, 400, workers=1).start()
    worker = daemon.workers()[0]

    def crash():
        with contextlib.suppress(ProcessLookupError):
            for pid in {w.pid for w in daemon.workers() if w.pid}:
                os.kill(pid, signal.SIGKILL)
        return any(m.startswith("STATUS=degraded: ") for m in manager.receive())

    assert worker.pid
    wait_until(crash, 60, what="the status")
    before = manager.count("WATCHDOG=1")
    wait_until(lambda: manager.count("WATCHDOG=1") > before + 2, what="signs of life")


def test_reload_is_told(make_daemon, manager):
    daemon = watched(make_daemon, manager, 60_000).start()
    start = len(manager.receive())
    daemon.process.send_signal(signal.SIGHUP)
    manager.wait_for("^READY=1$", start)
    reloading = manager.messages[start:][0].splitlines()
    assert reloading[0] == "RELOADING=1"
    moment = int(reloading[1].removeprefix("MONOTONIC_USEC=")) / 1e6
    assert abs(moment - time.clock_gettime(time.CLOCK_MONOTONIC)) < 20


def test_a_reload_while_the_daemon_stops_is_not_told(make_daemon, manager):
    daemon = watched(make_daemon, manager, 60_000, config="  shutdown_timeout: 10m\n").start()
    job_id = daemon.submit("diag.sleep", {"ms": 2000})
    daemon.wait_running(job_id)
    daemon.process.send_signal(signal.SIGTERM)
    manager.wait_for("^STOPPING=1$")
    daemon.process.send_signal(signal.SIGHUP)
    daemon.stub.Reload(pb.ReloadRequest(), timeout=10)
    wait_until(lambda: len(daemon.events("configuration reloaded")) == 2)
    assert daemon.process.wait(30) == 0
    messages = manager.receive()
    after = messages[messages.index("STOPPING=1") + 1 :]
    assert not [m for m in after if re.search("^(RELOADING|READY)=1", m)], after


def test_manager_that_is_gone_disturbs_nothing(make_daemon, manager):
    daemon = watched(make_daemon, manager, 200).start()
    manager.socket.close()
    os.unlink(manager.path)
    assert daemon.wait_one(daemon.submit("diag.noop")).status == "completed"
    manager.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    assert daemon.stop() == 0


# A shell that gives the daemon descriptor 3 as systemd does: LISTEN_PID is the process that is exec'd.
ACTIVATE = 'LISTEN_PID=$$ LISTEN_FDS={count} exec "$0" "$@" 3<&{fd}'


def activate(daemon, descriptor, count=1):
    daemon.process = subprocess.Popen(
        ["bash", "-c", ACTIVATE.format(count=count, fd=descriptor), daemon.binary, "--home", daemon.home],
        env=daemon.env, pass_fds=[descriptor], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    return daemon


def listening(path, kind=socket.SOCK_STREAM):
    listener = socket.socket(socket.AF_UNIX, kind)
    listener.bind(str(path))
    if kind == socket.SOCK_STREAM:
        listener.listen(64)
    return listener


def test_socket_activation_loses_no_connection(make_daemon):
    daemon = make_daemon()
    with listening(daemon.socket) as listener:
        # A client that comes before the daemon waits in the backlog.
        early = daemon.stub.Ping.future(pb.PingRequest(), timeout=30, wait_for_ready=True)
        activate(daemon, listener.fileno())
        assert early.result().version
        assert daemon.wait_one(daemon.submit("diag.noop")).status == "completed"
        assert daemon.stop() == 0
        assert daemon.socket.exists(), "the socket is the manager's"
        activate(daemon, listener.fileno())
        wait_until(daemon._answers, what="the second daemon")
        assert daemon.stop() == 0


@pytest.mark.parametrize("kind, count", [(socket.SOCK_DGRAM, 1), (socket.SOCK_STREAM, 2)])
def test_other_sockets_are_refused(make_daemon, kind, count):
    daemon = make_daemon()
    with listening(daemon.socket, kind) as listener:
        activate(daemon, listener.fileno(), count)
        assert daemon.process.wait(30) != 0
        assert b"ListenStream=" in daemon.process.stderr.read()


def test_another_process_sockets_are_not_ours(make_daemon):
    daemon = make_daemon(env={"LISTEN_PID": "1", "LISTEN_FDS": "1"}).start()
    assert daemon.stop() == 0
    assert not daemon.socket.exists()


# The units

needs_systemd = pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not installed")


@needs_systemd
@pytest.mark.parametrize("unit, tenths", [
    ("honeydew.service", 20),
    # No less without PrivateUsers=: a third of the score is for capabilities, which a user's manager cannot take away.
    ("honeydew-user.service", 62),
])
def test_unit_is_hardened(unit, tenths):
    result = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", f"--threshold={tenths}", "--no-pager", UNITS / unit],
        capture_output=True, text=True, timeout=60)
    assert result.returncode == 0, result.stdout + result.stderr


@needs_systemd
@pytest.mark.parametrize("names", [["honeydew.service", "honeydew.socket"], ["honeydew-user.service"]])
def test_units_are_correct(tmp_path, names):
    for name in names:
        text = (UNITS / name).read_text().replace("/usr/bin/honeydewd", str(BINARIES / "honeydewd"))
        (tmp_path / name).write_text(text)
    result = subprocess.run(["systemd-analyze", "verify", "--man=no", *(tmp_path / name for name in names)],
                            capture_output=True, text=True, timeout=60)
    assert (result.returncode, result.stderr) == (0, "")


@needs_systemd
def test_every_system_call_that_the_daemon_and_its_workers_make_passes_the_filter(make_daemon, tmp_path):
    if not shutil.which("strace"):
        pytest.skip("strace is not installed")
    trace = tmp_path / "trace"
    daemon = make_daemon()
    process = subprocess.Popen(["strace", "-f", "-qq", "-o", trace, daemon.binary, "--home", daemon.home],
                               stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    daemon.process = process
    try:
        wait_until(daemon._answers, 60, what="the daemon")
        daemon.wait_one(daemon.submit("diag.noop"))
        daemon.stub.Shutdown(pb.ShutdownRequest())
        process.wait(60)
    finally:
        process.kill()
        process.wait()
    calls = set(re.findall(r"^\d+ +(\w+)\(", trace.read_text(), re.M))
    assert "epoll_pwait2" in calls or "epoll_wait" in calls

    # The workers' sandbox was tried, and not only passed over.
    assert {"landlock_restrict_self", "seccomp"} <= calls
    # SQLite gives its files away where it is root, which the unit is not; workers drop capabilities, of which the unit leaves
    # none.
    assert calls - calls_of_unit("honeydew.service") == {"fchown", "capset"} & calls
    assert calls_of_unit("honeydew-user.service") == calls_of_unit("honeydew.service")


USE = """
systemctl --user start honeydew-user
honeydew submit diag.noop --wait
honeydew job list --json >jobs.json
honeydew status --json >status.json
systemctl --user show -p Type -p ActiveState -p NoNewPrivileges -p RestrictNamespaces honeydew-user >unit
systemctl --user show -p MainPID --value honeydew-user >pid
grep -E "^(NoNewPrivs|Seccomp):" /proc/$(cat pid)/status >process
systemctl --user reload honeydew-user
systemctl --user stop honeydew-user
systemctl --user show -p Result --value honeydew-user >result
"""


@needs_systemd
@pytest.mark.root("mount")
def test_a_users_manager_runs_the_unit_and_its_workers_enter_their_sandbox():
    unit = (UNITS / "honeydew-user.service").read_text()
    programs = [BINARIES / name for name in ("honeydewd", "honeydew-worker", "honeydew")]
    manager = UserManager(programs)
    try:
        manager.write(".config/systemd/user/honeydew-user.service",
                      unit.replace("/usr/bin/honeydewd", f"{manager.home}/bin/honeydewd"))
        manager.write(".honeydew/config.yaml", "queue:\n  diagnostics: true\n  workers: 2\nworker:\n  sandbox: required\n")
        result = manager.run(USE)

        def told(name):
            return (manager.home / name).read_text()

        assert result.returncode == 0, result.stdout + result.stderr + told("manager.log")
        assert [job["status"] for job in json.loads(told("jobs.json"))] == ["completed"]
        grants = [worker["sandbox"] for worker in json.loads(told("status.json"))["workers"]]
        assert len(grants) == 2 and all(grant["landlock"] > 0 and grant["filters_calls"] for grant in grants), grants
        assert {"ActiveState=active", "NoNewPrivileges=yes", "RestrictNamespaces=yes"} <= set(told("unit").split())
        assert told("process").split() == ["NoNewPrivs:", "1", "Seccomp:", "2"]
        assert told("result") == "success\n"
    finally:
        manager.remove()


def test_system_home_has_the_places_of_the_file_system_standard():
    result = subprocess.run([BINARIES / "honeydew", "config", "show", "--json"], capture_output=True, text=True,
                            env={"HONEYDEW_HOME": "/var/lib/honeydew", "HONEYDEW_CONFIG": "/dev/null"}, timeout=30)
    assert result.returncode == 0, result.stderr
    for path in ["/run/honeydew/daemon.sock", "/var/lib/honeydew/daemon.db", "/var/log/honeydew/daemon.log"]:
        assert path in result.stdout


def test_a_daemon_that_is_given_no_standard_descriptors(make_daemon, tmp_path):
    daemon = make_daemon(workers=1)
    wrapper = tmp_path / "honeydewd"
    wrapper.write_text(f'#!/bin/sh\nexec "{daemon.binary}" "$@" 0<&- 1>&- 2>&-\n')
    wrapper.chmod(0o755)
    daemon.binary = wrapper
    daemon.start()
    def files(pid):
        return [os.readlink(f"/proc/{pid}/fd/{number}") for number in range(3)]

    assert files(daemon.process.pid) == ["/dev/null"] * 3
    # What a worker prints goes to the daemon.
    null, *printed = files(daemon.workers()[0].pid)
    assert null == "/dev/null" and all(file.startswith("socket:") for file in printed)
