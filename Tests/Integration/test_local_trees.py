"""The processes of a local command: whatever they do, nothing of them outlives the job."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from shlex import quote

import pytest
from exec_worker import JOB, ExecWorker, is_gone, wait_until
from other_users import open_directory  # noqa: F401
from worker_process import MARK


@pytest.fixture
def worker(tmp_path: Path) -> Iterator[ExecWorker]:
    outputs = tmp_path / "output"
    outputs.mkdir()
    with ExecWorker(outputs) as worker:
        yield worker


def pids(worker: ExecWorker, count: int = 1) -> list[int]:
    """The numbers that the command has written, a line each."""
    return wait_until(lambda: (found := worker.out().split()) and len(found) == count and list(map(int, found)))


def children(pid: int) -> list[int]:
    return list(map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split()))


STUBBORN = "trap '' TERM HUP INT; echo $$; while :; do sleep 0.05; done"
POLITE = "trap 'exit' TERM; echo $$; while :; do sleep 0.05; done"

# How a command leaves a process behind that runs a script.
WAYS = {
    "in the background": "sh -c {} &",
    "in its own session": "setsid sh -c {} &",
    "forked twice": "(setsid sh -c {} &);",
    "of a shell with job control": "bash -c 'set -m; sh -c {} & exit';",
    "with nohup": "nohup sh -c {} &",
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("script", [POLITE, STUBBORN], ids=["polite", "stubborn"])
def test_what_is_left_behind_ends_with_the_command(worker, way, script):
    ready = f"while ! [ -s {worker.outputs / JOB}.1 ]; do sleep 0.01; done"
    started = time.monotonic()
    env, word = {"PATH": "/usr/bin:/bin", "SCRIPT": script}, '"$SCRIPT"'
    worker.shell(f"{WAYS[way].format(word)} {ready}; exit 0", env=env, grace_ms=600)
    (pid,) = pids(worker)
    report = json.loads(worker.end().data)
    assert report["exit_status"] == 0 and "survivors" not in report
    assert is_gone(pid) and not children(worker.pid)
    # A grace is for those that need it.
    assert (time.monotonic() - started > 1.1) or script is POLITE


def test_what_ends_by_itself_at_once_is_not_disturbed(worker):
    worker.start("bash", "-c", "echo made > >(sleep 0.02; tr a-z A-Z)")
    assert json.loads(worker.end().data)["exit_status"] == 0
    assert worker.out() == b"MADE\n"


def test_a_stopped_grandchild(worker):
    worker.shell("setsid sh -c 'echo $$; kill -STOP $$' & sleep 0.3; exit 0")
    (pid,) = pids(worker)
    assert worker.report()["exit_status"] == 0
    assert is_gone(pid)


def test_cancel_ends_the_whole_tree(worker):
    worker.shell(f"(setsid sh -c {quote(STUBBORN)} &) ; setsid sh -c {quote(POLITE)} & {POLITE}", grace_ms=500)
    tree = pids(worker, 3)
    worker.cancel()
    assert worker.end().failure.code == "CANCELLED"
    assert all(map(is_gone, tree)) and not children(worker.pid)


def test_a_group_that_must_not_be_asked_twice(worker):
    """A program that passes TERM on to its own children, each in its own group, ends them itself."""
    worker.start(
        "bash",
        "-c",
        "set -m; sh -c \"trap 'echo child; exit' TERM; while :; do sleep 0.05; done\" & "
        "trap 'echo parent; kill -TERM $!; wait; exit 5' TERM; echo up; while :; do sleep 0.05; done",
    )
    wait_until(lambda: worker.out() == b"up\n")
    worker.cancel()
    assert worker.end().failure.text == "cancelled on request; exited with status 5"
    assert worker.out() == b"up\nparent\nchild\n"


def test_nothing_is_asked_twice(worker):
    counts = "trap 'echo term' TERM; echo up; while :; do sleep 0.05; done"
    worker.shell(f"sh -c {quote(counts)} & setsid sh -c {quote(counts)} & trap exit TERM; wait", grace_ms=1000)
    wait_until(lambda: worker.out() == b"up\nup\n")
    worker.cancel()
    assert worker.end().failure.code == "CANCELLED"
    assert worker.out() == b"up\nup\nterm\nterm\n"


def test_processes_that_fork_without_end(worker):
    # Each of them starts the next one in a new session and ends.
    script = worker.outputs.parent / "hop"
    script.write_text('#!/bin/sh\nsetsid "$0" &\n')
    script.chmod(0o700)
    worker.start(str(script), grace_ms=100)
    report = json.loads(worker.end(30).data)
    assert report["exit_status"] == 0 and "survivors" not in report
    assert not children(worker.pid)
    assert subprocess.run(["pgrep", "-f", str(script)], check=False).returncode == 1


def test_a_pipe_that_somebody_else_holds(worker, tmp_path):
    """A process that is none of the tree got the pipe of the output: the job does not wait for it."""
    ours, theirs = socket.socketpair()
    path = tmp_path / "socket"
    server = socket.socket(socket.AF_UNIX)
    server.bind(str(path))
    server.listen()
    script = (
        "import socket,array,sys; s=socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]);"
        "s.sendmsg([b'x'],[(socket.SOL_SOCKET,socket.SCM_RIGHTS,array.array('i',[1]))]); print('sent')"
    )
    worker.start("/usr/bin/python3", "-c", script, str(path))
    connection, _ = server.accept()
    _, descriptors, _, _ = socket.recv_fds(connection, 1, 1)
    assert json.loads(worker.end(10).data)["exit_status"] == 0
    os.close(descriptors[0])
    assert worker.out() == b"sent\n"
    for end in ours, theirs, server, connection:
        end.close()


def test_an_orphan_that_ends_meanwhile_is_reaped(worker):
    worker.shell("for i in 1 2 3 4 5; do (setsid sleep 0.05 &); done; sleep 0.5; echo done; sleep 100")
    wait_until(lambda: worker.out() == b"done\n")
    assert len(children(worker.pid)) == 1
    worker.cancel()
    worker.end()


# -- users and rights

SETPRIV = "/usr/bin/setpriv"
NOBODY = (SETPRIV, "--reuid", "65534", "--regid", "65534", "--clear-groups", "--")


@pytest.fixture
def weak_worker(tmp_path: Path) -> Iterator[ExecWorker]:
    """A worker that may become another user, and then may not signal what it has started."""
    outputs = tmp_path / "output"
    outputs.mkdir()
    with ExecWorker(outputs, through=(SETPRIV, "--bounding-set", "-kill", "--inh-caps", "-kill", "--")) as worker:
        yield worker


@pytest.mark.root("users")
def test_what_may_not_be_signalled_is_named(weak_worker):
    worker = weak_worker
    worker.start(*NOBODY, "sh", "-c", "echo $$; exec sleep 100", grace_ms=200)
    (pid,) = pids(worker)
    worker.cancel()
    failure = worker.end(5).failure
    assert failure.code == "CANCELLED"
    assert failure.text.endswith(f"; could not be ended, since another user's or stuck in the kernel: sleep (pid {pid})")
    assert json.loads(failure.data)["survivors"] == [{"pid": pid, "name": "sleep"}]
    # The next command has its own tree.
    worker.shell("exit 3", attempt=2)
    report = worker.report()
    assert report["exit_status"] == 3 and "survivors" not in report
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not children(worker.pid))


@pytest.mark.root("users")
def test_what_is_left_behind_and_may_not_be_signalled_is_named(weak_worker):
    worker = weak_worker
    become = " ".join(NOBODY)
    worker.shell(f"{become} sh -c 'echo $$; exec sleep 100' & while [ ! -s {worker.outputs / JOB}.1 ]; do sleep 0.01; done", grace_ms=200)
    (pid,) = pids(worker)
    report = json.loads(worker.end(5).data)
    assert report["exit_status"] == 0 and report["survivors"] == [{"pid": pid, "name": "sleep"}]
    os.kill(pid, signal.SIGKILL)


@pytest.mark.root("users")
def test_a_worker_of_another_user(open_directory):
    os.chown(open_directory, 65534, 65534)
    with ExecWorker(open_directory, through=NOBODY) as worker:
        worker.shell(f"id -u; (setsid env -i sh -c {quote(STUBBORN)} &); sleep 0.3", grace_ms=200)
        _, pid = pids(worker, 2)
        report = json.loads(worker.end().data)
        assert report["exit_status"] == 0 and "survivors" not in report
        assert is_gone(pid)
        assert worker.out().startswith(b"65534\n")
        assert "cannot run with a niceness changed by -1" in worker.refusal("true", nice=-1)
    with ExecWorker(open_directory, through=(*NOBODY, "/usr/bin/prlimit", "--nproc=0:0")) as worker:
        assert worker.refusal("true") == "cannot start another process: Resource temporarily unavailable"


# -- the worker's own end


def test_the_worker_ends_its_tree_at_sigterm(worker):
    worker.shell(f"(setsid sh -c {quote(POLITE)} &); {POLITE}")
    tree = pids(worker, 2)
    os.kill(worker.pid, signal.SIGTERM)
    assert worker.wait() == -signal.SIGTERM
    assert all(map(is_gone, tree))


@pytest.mark.parametrize("how", ["SIGTERM", "channel"])
def test_a_worker_without_its_daemon_waits_three_seconds_at_most(worker, how):
    worker.shell(f"(setsid sh -c {quote(STUBBORN)} &); {STUBBORN}", grace_ms=60_000)
    tree = pids(worker, 2)
    began = time.monotonic()
    if how == "channel":
        worker.channel.close()
    else:
        os.kill(worker.pid, signal.SIGTERM)
    assert worker.wait() == (0 if how == "channel" else -signal.SIGTERM)
    assert all(map(is_gone, tree))
    assert 2.9 < time.monotonic() - began < 10


def test_an_end_that_has_begun_is_hastened_by_the_daemons(worker):
    worker.shell(STUBBORN, grace_ms=60_000)
    (pid,) = pids(worker)
    worker.cancel()
    worker.assert_silent(0.2)
    worker.channel.close()
    assert worker.wait() == 0
    assert is_gone(pid)


def test_an_idle_worker_ends_at_once(worker):
    os.kill(worker.pid, signal.SIGTERM)
    assert worker.wait() == -signal.SIGTERM


def test_the_death_of_the_daemon_ends_the_tree(tmp_path):
    """A daemon that is killed leaves a worker that ends its tree."""
    script = f"""
import sys; sys.path.insert(0, {str(Path(__file__).parent)!r})
from exec_worker import *
outputs = Path({str(tmp_path)!r})
worker = ExecWorker(outputs)
worker.shell({STUBBORN!r}, grace_ms=60000)
wait_until(lambda: worker.out())
print(worker.pid, worker.out().decode(), flush=True)
import os, time
time.sleep(60)
"""
    daemon = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    assert daemon.stdout
    tree = list(map(int, daemon.stdout.readline().split()))
    assert len(tree) == 2
    daemon.kill()
    daemon.wait()
    wait_until(lambda: all(map(is_gone, tree)))


def test_the_tree_of_a_killed_worker_carries_the_mark(worker):
    worker.shell(f"(setsid sh -c {quote(STUBBORN)} &); {STUBBORN}")
    tree = pids(worker, 2)
    os.kill(worker.pid, signal.SIGKILL)
    worker.wait()
    for pid in tree:
        assert f"HONEYDEW_MARK={MARK}".encode() in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
        os.kill(pid, signal.SIGKILL)
