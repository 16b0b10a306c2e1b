"""A worker that was taken over gets nothing: inside the real sandbox of a real daemon it tries all that it might want."""

import json
import os
import re
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from honeydew_daemon import BINARIES, pb, wait_until

# What a filter and Landlock answer.
REFUSED = {"EPERM", "EACCES", "EAFNOSUPPORT", "ENOSYS", "EMFILE"}


@pytest.fixture
def hostile(make_daemon, home):
    os.symlink(BINARIES / "honeydew-hostile-worker", f"{home}/worker")
    daemon = make_daemon(workers=2, config=f"worker:\n  path: {home}/worker\n  sandbox: required\n").start()
    return daemon


def order(daemon, *words, **fields):
    return daemon.wait_one(daemon.submit("diag.noop", {"echo": " ".join(map(str, words))}, max_retries=0, **fields))


def attack(daemon, *words):
    status = order(daemon, *words)
    assert status.status == "completed", status.error
    return json.loads(status.result)["result"]


def assert_refused(daemon, *words):
    answer = attack(daemon, *words)
    assert answer in REFUSED, f"{words}: {answer}"


def test_the_attacks_are_real(make_daemon, home):
    """Without the sandbox they succeed: what refuses them below is the sandbox, and no mistake of the attack."""
    os.symlink(BINARIES / "honeydew-hostile-worker", f"{home}/worker")
    daemon = make_daemon(workers=1, config=f"worker:\n  path: {home}/worker\n  sandbox: off\n").start()
    Path(home, "old").write_text("x")
    for words in [
        ("read", "/etc/passwd"), ("read-by-proc", "/etc/passwd"), ("read", f"{home}/daemon.db"),
        ("read", f"{home}/master.key"), ("list", home), ("write", f"{home}/new"), ("listen", 0), ("fork",),
        ("clone", 0), ("memory-file",), ("link", f"{home}/old", f"{home}/b"), ("symlink", "/etc/passwd", f"{home}/c"),
        ("rename", f"{home}/b", f"{home}/d"), ("fifo", f"{home}/results/e"), ("truncate", f"{home}/old"),
        ("chmod", f"{home}/old"), ("unlink", f"{home}/old"), ("outlive",), ("be-dumpable",), ("socket", 16, 3),
        ("set-option", 1, 13), ("share-memory",),
        ("signal", daemon.pid, 0), ("signal-by-descriptor", daemon.pid, 0), ("signal-by-owner", daemon.pid),
    ]:
        assert attack(daemon, *words) == "succeeded", words


def test_nothing_can_be_read_written_or_named(hostile, home):
    other = hostile.submit("diag.noop", {"echo": "grant"})
    granted = json.loads(hostile.wait_one(other).result)["result"]
    assert re.fullmatch(r"[1-9]\d* true", granted)
    result = Path(home, "results", "secretjob.1")
    result.write_text("another job's result")
    files = [f"{home}/{name}" for name in ["master.key", "daemon.db", "daemon.db-wal", "config.yaml", "daemon.log"]]
    for path in [*files, str(result), "/etc/passwd", "/etc/shadow", "/proc/self/environ", "/proc/self/mem",
                 f"/proc/{hostile.pid}/environ", f"/proc/{hostile.pid}/cmdline", "/dev/null", "/etc/ssl/private",
                 "/proc/self/root/etc/passwd", "/etc/../etc/passwd", "/usr/lib/../../etc/passwd"]:
        assert_refused(hostile, "read", path)
        assert_refused(hostile, "read-by-proc", path)
    for path in [home, f"{home}/results", "/", "/proc", "/etc", "/tmp"]:
        assert_refused(hostile, "list", path)
    before = sorted(path.name for path in Path(home, "results").iterdir())
    for path in [f"{home}/results/new", f"{home}/daemon.db", "/tmp/new", "/dev/shm/new", str(result)]:
        assert_refused(hostile, "write", path)
    for words in [
        ("link", result, f"{home}/results/a"), ("link", f"{home}/master.key", f"{home}/results/k"),
        ("symlink", f"{home}/master.key", f"{home}/results/b"), ("rename", result, f"{home}/results/c"),
        ("fifo", f"{home}/results/d"), ("unlink", result), ("truncate", result), ("chmod", result),
        ("memory-file",),
    ] + [("name-result", number, f"{home}/results/n{number}") for number in range(3, 9)]:
        assert_refused(hostile, *words)
    assert sorted(path.name for path in Path(home, "results").iterdir()) == before
    assert result.read_text() == "another job's result"


def test_nobody_can_be_reached(hostile, home):
    neighbour = next(w.pid for w in hostile.workers())
    for path in [f"{home}/daemon.sock", "/run/dbus/system_bus_socket"]:
        assert_refused(hostile, "connect", path)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as journal:
        journal.bind(f"{home}/journal")
        journal.setblocking(False)
        for words in [("connect-pair", f"{home}/journal"), ("send-from-pair", f"{home}/journal")]:
            assert_refused(hostile, *words)
        with pytest.raises(BlockingIOError):
            journal.recv(100)
    # SO_LINGER, SO_SNDBUFFORCE, SO_BINDTODEVICE, iptables, TCP_ULP, TCP_CONGESTION.
    for level, option in [(1, 13), (1, 32), (1, 25), (0, 64), (6, 31), (6, 13)]:
        assert_refused(hostile, "set-option", level, option)
    for family, kind in [(1, 1), (16, 3), (17, 3), (2, 3), (10, 3), (40, 1), (38, 5)]:
        assert_refused(hostile, "socket", family, kind)
    assert_refused(hostile, "listen", 0)
    assert_refused(hostile, "listen", 8123)
    assert_refused(hostile, "listen-unbound")
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    try:
        for pid in [hostile.pid, neighbour, child.pid, os.getpid()]:
            for words in [("trace", pid), ("read-memory", pid), ("take-descriptor", pid), ("signal-by-owner", pid),
                          ("signal-by-descriptor", pid, 0), ("limit-other", pid)]:
                assert_refused(hostile, *words)
        for pid in [hostile.pid, child.pid, os.getpid(), 1, -1, 0]:
            for number in [0, 9, 15]:
                if pid > 1 or number == 0:
                    assert_refused(hostile, "signal", pid, number)
                    assert_refused(hostile, "signal-thread", pid, number)
        assert child.poll() is None
    finally:
        child.kill()
        child.wait()


def test_nothing_can_be_started_or_gained(hostile):
    for words in [("share-memory",), ("open-many", 200), ("fork",), ("execute", "/bin/sh"), ("raise-limit",), ("outlive",), ("be-dumpable",), ("namespace",)]:
        assert_refused(hostile, *words)
    # Processes, processes that share memory, namespaces.
    for flags in ["0x0", "0x100", "0x4100", "0x10000000", "0x40000000"]:
        assert_refused(hostile, "clone", flags)
    names = "io_uring_setup bpf perf_event_open userfaultfd keyctl add_key mount umount2 pivot_root chroot setns ptrace \
        open_by_handle_at name_to_handle_at kexec_load init_module process_vm_writev process_madvise execveat vfork fork \
        setuid setresuid setgroups personality prctl seccomp landlock_create_ruleset landlock_restrict_self memfd_secret \
        openat2 open creat mknod mknodat accept accept4 bind listen shmget msgget semget mq_open inotify_init1 fanotify_init \
        timer_create setrlimit sched_setaffinity setpriority nice syslog swapon reboot splice vmsplice tee".split()
    listed = subprocess.run(["scmp_sys_resolver", "-a", "x86_64", "read"], capture_output=True, text=True, check=False)
    if listed.returncode != 0:
        pytest.skip("scmp_sys_resolver is not there")
    for name in names:
        number = subprocess.run(["scmp_sys_resolver", name], capture_output=True, text=True, check=True).stdout.strip()
        if int(number) >= 0:
            assert_refused(hostile, "call", number)


@pytest.mark.parametrize("size", [1, 300_000, 1 << 62, (1 << 64) - 1])
def test_an_answer_in_a_file_that_is_not_so_costs_the_job_and_the_process(hostile, home, size):
    before = {w.slot: w.pid for w in hostile.workers()}
    status = order(hostile, "spooled", size)
    assert (status.status, status.error_code) == ("failed", "PROTOCOL_ERROR")
    assert "its file has 0 bytes, and it said" in status.error
    wait_until(lambda: any(w.pid not in (0, before[w.slot]) for w in hostile.workers()), what="another process")
    assert list(Path(home, "results").iterdir()) == []
    # The process that follows has a file of its own.
    assert order(hostile, "grant").status == "completed"


def test_a_pipe_in_the_place_of_a_result_holds_nobody_up(hostile):
    status = order(hostile, "spooled-pipe")
    assert (status.status, status.error_code) == ("failed", "PROTOCOL_ERROR")
    assert hostile.stub.Ping(pb.PingRequest(), timeout=5)
    assert hostile.stop() == 0


@pytest.mark.parametrize("flood", ["flood", "flood-of-progress"])
def test_a_worker_that_floods_its_channel_is_expelled(hostile, flood):
    neighbours = [hostile.submit("diag.noop", {"echo": "grant"}) for _ in range(20)]
    status = order(hostile, flood)
    assert (status.status, status.error_code) == ("failed", "PROTOCOL_ERROR")
    assert "floods its channel" in status.error
    # It is told once.
    [broken] = hostile.events("worker broke the protocol")
    assert broken["error"] == "floods its channel"
    assert {s.status for s in hostile.wait(*neighbours).values()} == {"completed"}


def test_an_unknown_error_code_is_shortened(hostile):
    status = order(hostile, "unknown-code")
    assert status.error_code == "PROTOCOL_ERROR" and len(status.error) < 300


def test_what_a_worker_prints_is_no_line_of_the_daemon(make_daemon, home, tmp_path):
    os.symlink(BINARIES / "honeydew-hostile-worker", f"{home}/worker")
    daemon = make_daemon(workers=1, config=f"worker:\n  path: {home}/worker\n")
    with open(tmp_path / "stderr", "w+b") as stderr:
        daemon.spawn(stderr=stderr)
        wait_until(daemon._answers)
        assert attack(daemon, "print") == "printed"
        assert daemon.stop() == 0
        assert b"forged" not in (tmp_path / "stderr").read_bytes()
    # It is kept, as what it is.
    [ended] = daemon.events("worker ended")
    assert ended["output"].count("forged") == 2
    assert not daemon.events("forged")


def test_the_daemon_refuses_its_own_workers_as_clients(make_daemon, home):
    """Without a sandbox it can reach the socket, and is not served."""
    os.symlink(BINARIES / "honeydew-hostile-worker", f"{home}/worker")
    daemon = make_daemon(workers=1, config=f"worker:\n  path: {home}/worker\n  sandbox: off\n").start()
    assert attack(daemon, "connect", f"{home}/daemon.sock") == "succeeded"
    refused = wait_until(lambda: daemon.events("connection refused"))[0]
    assert refused["pid"] == daemon.workers()[0].pid
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(f"{home}/daemon.sock")
    time.sleep(0.1)
    assert len(daemon.events("connection refused")) == 1


def test_a_worker_of_root_has_no_capabilities(hostile):
    for worker in hostile.workers():
        status = Path(f"/proc/{worker.pid}/status").read_text()
        assert re.findall(r"^Cap(?:Inh|Prm|Eff|Bnd|Amb):\t(\w+)$", status, re.M) == ["0" * 16] * 5
