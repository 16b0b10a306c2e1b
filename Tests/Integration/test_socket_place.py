"""The socket's file is removed, moved or replaced under the daemon: it notices, and can be reached again. No stray signal and
no limit of a file's size ends it."""

import contextlib
import os
import resource
import shutil
import signal
import socket
import subprocess

import grpc
import pytest

from honeydew_daemon import pb, wait_until

MADE_AGAIN = "the socket's file was gone or another one; it was made again"


def connects(daemon):
    with socket.socket(socket.AF_UNIX) as client, contextlib.suppress(OSError):
        client.connect(str(daemon.socket))
        return True


def remove(path):
    path.unlink()


def move(path):
    path.rename(path.with_name("moved.sock"))


def put_a_file_in_its_place(path):
    other = path.with_name("other")
    other.write_text("")
    other.rename(path)
    path.unlink()


def put_a_dead_socket_in_its_place(path):
    other = path.with_name("other.sock")
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(other))
    other.rename(path)


@pytest.mark.parametrize("loss", [remove, move, put_a_file_in_its_place, put_a_dead_socket_in_its_place])
def test_a_socket_whose_file_is_lost_is_bound_again(daemon, loss):
    waiting = daemon.stub.WaitJobs(pb.WaitJobsRequest(job_ids=[daemon.submit("diag.sleep", {"ms": 1500})]), timeout=30)
    for _ in range(3):
        loss(daemon.socket)
        wait_until(lambda: connects(daemon), 10, "the socket")
        # A client that comes now, not the one that is still connected.
        with grpc.insecure_channel(f"unix:{daemon.socket}", options=[("grpc.use_local_subchannel_pool", 1)]) as channel:
            ping = channel.unary_unary("/honeydew.Daemon/Ping", response_deserializer=pb.PingResponse.FromString)
            assert ping(b"", timeout=10).version
    assert [status.status for status in waiting] == ["completed"], "who was connected goes on"
    assert len(daemon.events(MADE_AGAIN)) == 3
    assert daemon.socket.stat().st_mode & 0o777 == 0o600
    assert daemon.stop() == 0
    assert not daemon.socket.exists()


def test_a_socket_whose_directory_is_lost_is_bound_again(make_daemon, home):
    place = f"{home}/run"
    os.mkdir(place, 0o700)
    daemon = make_daemon(config=f"daemon:\n  socket_path: {place}/d.sock\n").spawn()
    daemon.socket = daemon.home / "run/d.sock"
    wait_until(lambda: connects(daemon), what="the daemon")
    for loss in (shutil.rmtree, lambda path: os.rename(path, f"{path}.{os.urandom(4).hex()}")):
        for _ in range(2):
            loss(place)
            wait_until(lambda: connects(daemon), 20, "the socket in its directory")
    assert daemon.submit("diag.noop")
    assert daemon.stop() == 0


@contextlib.contextmanager
def another_in_the_place_of(daemon):
    """Another program listens where the daemon did; our client stays connected."""
    daemon.status()
    other = daemon.home / "other.sock"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(other))
        server.listen()
        other.rename(daemon.socket)
        yield


def test_another_who_has_the_place_is_let_be_and_told_of(daemon):
    with another_in_the_place_of(daemon):
        # The client that is connected still sees it.
        degraded = wait_until(lambda: daemon.status().degraded, what="the word of it")
        assert "nobody can connect" in degraded[0]
    daemon.socket.unlink()
    wait_until(lambda: connects(daemon), what="the socket")
    wait_until(lambda: not daemon.status().degraded, what="the end of it")


def test_a_lost_file_of_another_daemon_is_not_removed_at_the_end(daemon):
    with another_in_the_place_of(daemon):
        assert daemon.stop() == 0
        assert daemon.socket.exists()


STRAY = ["SIGUSR2", "SIGALRM", "SIGVTALRM", "SIGPROF", "SIGIO", "SIGPWR", "SIGXCPU", "SIGXFSZ", "SIGRTMIN", "SIGRTMAX"]


def test_stray_signals_do_not_end_the_daemon(daemon):
    pid = daemon.pid
    for name in STRAY:
        os.kill(pid, getattr(signal, name))
    assert daemon.wait_one(daemon.submit("diag.noop")).status == "completed"
    assert daemon.status().pid == pid
    # Its workers have the signals as they are usual.
    daemon.note_workers()
    for worker in daemon.seen_pids:
        with open(f"/proc/{worker}/status") as file:
            ignored = int(next(line for line in file if line.startswith("SigIgn")).split()[1], 16)
        assert not ignored & (1 << (signal.SIGUSR2 - 1))


def test_a_limit_of_a_files_size_is_a_fault_of_the_disk(daemon):
    job_id = daemon.submit("diag.noop", delay_ms=600_000)
    soft, hard = resource.prlimit(daemon.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(daemon.pid, resource.RLIMIT_FSIZE, (8192, hard))
    with pytest.raises(grpc.RpcError) as info:
        for _ in range(100):
            daemon.submit("diag.noop", {"echo": "x" * 100_000})
    assert info.value.code() == grpc.StatusCode.UNAVAILABLE
    assert daemon.stub.Ping(pb.PingRequest()).version
    assert "the database cannot be read or written" in daemon.status().degraded[0]
    resource.prlimit(daemon.pid, resource.RLIMIT_FSIZE, (soft, hard))
    daemon.wait_until_serving()
    assert daemon.job(job_id).status == "pending"


@pytest.mark.parametrize("limit", [16, 64, 100])
def test_too_few_descriptors_are_refused_with_what_is_needed(make_daemon, limit):
    daemon = make_daemon()
    command = ["prlimit", f"--nofile={limit}:{limit}", daemon.binary, "--home", daemon.home]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    assert ended.returncode == 78
    assert f"may open {limit} files and sockets, and with 4 workers it needs at least 112" in ended.stderr


def test_the_fewest_descriptors_suffice(make_daemon):
    daemon = make_daemon()
    command = ["prlimit", "--nofile=112:112", daemon.binary, "--home", daemon.home]
    daemon.process = subprocess.Popen(command, env=daemon.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    wait_until(daemon._answers, what="the daemon")
    jobs = [daemon.submit("diag.crash", {"how": "kill", "untilAttempt": 1}) for _ in range(4)]
    jobs += [daemon.submit("diag.noop", {"bytes": 1_000_000}) for _ in range(8)]
    clients = [socket.socket(socket.AF_UNIX) for _ in range(6)]
    for client in clients:
        client.connect(str(daemon.socket))
    assert {status.status for status in daemon.wait(*jobs).values()} == {"completed"}
    for client in clients:
        client.close()
    assert not daemon.events("connections cannot be accepted")
