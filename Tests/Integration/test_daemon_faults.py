"""Memory is a cache of SQLite: whatever happens to the daemon, the next one has the same jobs, and nothing is left over."""

import contextlib
import os
import resource
import shutil
import signal
import socket
import sqlite3
import subprocess
import time

import pytest

from fault_injection import faults, faults_library  # noqa: F401
from honeydew_daemon import is_alive, pb, process_state, wait_until


def test_kill_9_with_jobs_pending_and_running(make_daemon):
    daemon = make_daemon().start()
    running = [daemon.submit("diag.sleep", {"ms": 1500}) for _ in range(4)]
    for job_id in running:
        daemon.wait_running(job_id)
    pending = [daemon.submit("diag.sleep", {"ms": 10}) for _ in range(30)]
    daemon.kill()
    wait_until(lambda: not any(is_alive(pid) for pid in daemon.seen_pids), what="the end of the workers")
    daemon.start()
    ended = daemon.wait(*running, *pending)
    assert {status.status for status in ended.values()} == {"completed"}
    assert {ended[job_id].attempts for job_id in running} == {2}
    assert {ended[job_id].retry_count for job_id in running} == {0}, "a restart is not the job's fault"
    assert {ended[job_id].attempts for job_id in pending} == {1}
    for job_id in running:
        assert [attempt.outcome for attempt in daemon.job(job_id).history] == ["interrupted", "completed"]


def test_kill_9_again_and_again_loses_nothing(make_daemon):
    daemon = make_daemon().start()
    ids = []
    for _ in range(8):
        for _ in range(10):
            ids.append(daemon.submit("diag.sleep", {"ms": 20}))
        daemon.kill()
        daemon.start()
    ended = daemon.wait(*ids)
    assert len(ended) == 80 and {status.status for status in ended.values()} == {"completed"}


def test_an_unanswered_submission_is_there_or_not_but_never_half(make_daemon):
    daemon = make_daemon(workers=1).start()
    futures = [
        daemon.stub.SubmitJob.future(pb.SubmitJobRequest(command="diag.noop"), timeout=10) for _ in range(200)
    ]
    daemon.kill()
    acknowledged = [f.result().job_id for f in futures if f.exception() is None]
    daemon.start()
    for job_id in acknowledged:
        assert daemon.wait_one(job_id).status == "completed"


def test_a_backoff_survives_the_restart(make_daemon):
    daemon = make_daemon().start()
    job_id = daemon.submit("diag.fail", {"code": "API_UNAVAILABLE", "succeedAfter": 1})
    wait_until(lambda: daemon.job(job_id).next_run_at)
    daemon.kill()
    daemon.start()
    status = daemon.wait_one(job_id)
    assert (status.status, status.attempts, status.retry_count) == ("completed", 2, 1)


def test_two_daemons_on_one_home(make_daemon, daemon):
    second = make_daemon().spawn()
    assert second.process.wait(10) == 1
    text = second.process.stderr.read().decode()
    assert f"{daemon.pid}" in text and "another" in text
    assert daemon.wait_one(daemon.submit("diag.noop")).status == "completed"


def test_a_lock_file_that_is_removed_lets_no_second_daemon_in(make_daemon, daemon):
    job_id = daemon.submit("diag.sleep", {"ms": 1500})
    daemon.wait_running(job_id)
    (daemon.home / "daemon.lock").unlink()
    for _ in range(2):
        assert make_daemon().spawn().process.wait(10) == 1
    status = daemon.wait_one(job_id)
    assert (status.status, status.attempts, status.retry_count) == ("completed", 1, 0)


def test_a_second_daemon_does_not_touch_the_log_of_the_first(make_daemon, daemon):
    # As on a full disk, which took the beginning of a line.
    log = daemon.home / "daemon.log"
    with log.open("a") as file:
        file.write('{"timestamp":"2026-')
    before = log.read_bytes()
    assert make_daemon().spawn().process.wait(10) == 1
    assert log.read_bytes() == before


def test_stale_files_of_a_killed_daemon_do_not_matter(make_daemon):
    daemon = make_daemon().start()
    daemon.kill()
    for name in ("daemon.sock", "daemon.pid", "daemon.lock"):
        assert (daemon.home / name).exists()
    daemon.start()
    assert (daemon.home / "daemon.pid").read_text() == f"{daemon.pid}\n"


def test_sigterm_lets_running_jobs_end_and_leaves_nothing(make_daemon):
    daemon = make_daemon().start()
    job_id = daemon.submit("diag.sleep", {"ms": 1000})
    daemon.wait_running(job_id)
    assert daemon.stop() == 0
    assert not (daemon.home / "daemon.sock").exists() and not (daemon.home / "daemon.pid").exists()
    assert not any(is_alive(pid) for pid in daemon.seen_pids)
    daemon.start()
    status = daemon.job(job_id)
    assert (status.status, status.attempts) == ("completed", 1)


def test_a_terminal_that_closes_does_not_end_the_daemon(daemon):
    os.kill(daemon.pid, signal.SIGHUP)
    assert daemon.wait_one(daemon.submit("diag.noop")).status == "completed"


def test_the_drain_has_an_end_and_a_second_sigterm_hurries(make_daemon):
    daemon = make_daemon(config="  shutdown_timeout: 1s\n").start()
    job_id = daemon.submit("diag.sleep", {"ms": 60_000}, timeout_ms=120_000)
    daemon.wait_running(job_id)
    began = time.monotonic()
    assert daemon.stop() == 0
    assert 0.9 < time.monotonic() - began < 8
    (daemon.home / "config.yaml").write_text("queue:\n  diagnostics: true\n")
    daemon.start()
    status = daemon.job(job_id)
    assert status.status in ("pending", "running") and status.retry_count == 0
    daemon.wait_running(job_id)
    daemon.note_workers()
    began = time.monotonic()
    daemon.process.send_signal(signal.SIGTERM)
    time.sleep(0.3)
    daemon.process.send_signal(signal.SIGTERM)
    assert daemon.process.wait(10) == 0
    assert time.monotonic() - began < 8


def test_shutdown_by_a_client(make_daemon):
    daemon = make_daemon().start()
    daemon.stub.Shutdown(pb.ShutdownRequest())
    assert daemon.process.wait(20) == 0


def test_a_corrupt_database_is_named_and_left_alone(make_daemon):
    daemon = make_daemon()
    garbage = os.urandom(8192)
    (daemon.home / "daemon.db").write_bytes(garbage)
    daemon.spawn()
    assert daemon.process.wait(10) == 78
    assert str(daemon.home / "daemon.db") in daemon.process.stderr.read().decode()
    assert (daemon.home / "daemon.db").read_bytes() == garbage


def test_the_database_of_an_older_build_is_refused_with_what_to_do(make_daemon):
    """Until the first release the schema has one file, which changes."""
    daemon = make_daemon().start()
    daemon.stop()
    database = daemon.home / "daemon.db"
    with contextlib.closing(sqlite3.connect(database)) as connection:
        connection.execute("UPDATE schema_migrations SET checksum = '0123456789abcdef'")
        connection.commit()
    before = database.read_bytes()
    daemon.spawn()
    assert daemon.process.wait(10) == 78
    text = daemon.process.stderr.read().decode()
    assert text.startswith(f"honeydewd: {database}: the database was made by another build of Honeydew")
    for words in ("001_initial", "0123456789abcdef", "left as it is", "fresh home", "move its directory away"):
        assert words in text
    assert database.read_bytes() == before
    # What it says helps.
    daemon.home.rename(f"{daemon.home}.old")
    try:
        daemon.home.mkdir(mode=0o700)
        shutil.copy(f"{daemon.home}.old/config.yaml", daemon.home)
        daemon.start()
        assert daemon.wait_one(daemon.submit("diag.noop")).status == "completed"
    finally:
        shutil.rmtree(f"{daemon.home}.old")


def test_a_newer_database_is_refused(make_daemon):
    daemon = make_daemon().start()
    assert daemon.stop() == 0
    with sqlite3.connect(daemon.home / "daemon.db") as database:
        database.execute("UPDATE schema_migrations SET version = 999")
    daemon.spawn()
    assert daemon.process.wait(10) == 78
    assert "newer" in daemon.process.stderr.read().decode()


def test_a_wrong_master_key_is_a_clear_error(make_daemon):
    daemon = make_daemon().start()
    assert daemon.stop() == 0
    (daemon.home / "master.key").write_bytes(os.urandom(32))
    daemon.spawn()
    assert daemon.process.wait(10) == 78
    assert "master.key" in daemon.process.stderr.read().decode()


@pytest.mark.parametrize(
    ("text", "fragment"),
    [
        ("queue:\n  workers: many\n", "config.yaml:2"),
        ("queue:\n  workerz: 4\n", "config.yaml:2"),
        ("queue:\n  workers: 0\n", "config.yaml:2"),
        ("queue: [\n", "config.yaml:"),
    ],
)
def test_a_bad_configuration_is_refused_with_its_line(make_daemon, text, fragment):
    daemon = make_daemon()
    (daemon.home / "config.yaml").write_text(text)
    daemon.spawn()
    assert daemon.process.wait(10) == 78
    assert fragment in daemon.process.stderr.read().decode()


@pytest.mark.root("mount")
def test_a_full_disk_takes_nothing_that_was_acknowledged(make_daemon, home):
    subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=700,size=3m", "tmpfs", home], check=True)
    try:
        import grpc

        daemon = make_daemon().start()
        acknowledged, refused = [], None
        payload = {"echo": "x" * 100_000}
        for _ in range(200):
            try:
                acknowledged.append(daemon.submit("diag.noop", payload))
            except grpc.RpcError as error:
                refused = error
                break
        assert refused is not None and refused.code() == grpc.StatusCode.UNAVAILABLE
        assert daemon.stub.Ping(pb.PingRequest()).version
        assert daemon.status().degraded
        subprocess.run(["mount", "-o", "remount,size=64m", home], check=True)
        daemon.wait_until_serving()
        ended = daemon.wait(*acknowledged)
        assert {status.status for status in ended.values()} == {"completed"}
        daemon.destroy()
    finally:
        subprocess.run(["umount", "-l", home], check=True)


@pytest.mark.parametrize("days", [-10, 10])
def test_a_clock_that_is_set_changes_no_delay(make_daemon, faults, days):
    daemon = make_daemon(env=faults.env).start()
    backing_off = daemon.submit("diag.fail", {"code": "API_UNAVAILABLE", "succeedAfter": 1})
    wait_until(lambda: daemon.job(backing_off).next_run_at)
    running = daemon.submit("diag.sleep", {"ms": 1500}, timeout_ms=5000)
    daemon.wait_running(running)
    faults.set(clock_seconds=days * 86400)
    began = time.monotonic()
    ended = daemon.wait(backing_off, running)
    assert time.monotonic() - began < 5
    assert {status.status for status in ended.values()} == {"completed"}
    assert ended[running].attempts == 1
    assert 0 < daemon.status().uptime_ms < 60_000
    daemon.kill()
    daemon.start()
    assert daemon.wait_one(daemon.submit("diag.noop")).status == "completed"


def test_a_daemon_that_was_stopped_for_a_while_blames_nobody(daemon):
    # A suspended machine is kinder: it stops the clock of the deadlines, too.
    longer = daemon.submit("diag.sleep", {"ms": 19_000}, timeout_ms=60_000)
    shorter = daemon.submit("diag.sleep", {"ms": 1000}, timeout_ms=10_000)
    for job_id in (longer, shorter):
        daemon.wait_running(job_id)
    os.kill(daemon.pid, signal.SIGSTOP)
    time.sleep(17)
    os.kill(daemon.pid, signal.SIGCONT)
    assert {(s.status, s.attempts) for s in daemon.wait(longer, shorter).values()} == {("completed", 1)}


def test_running_out_of_descriptors_pauses_accepting_and_nothing_else(daemon):
    result = daemon.submit("diag.noop", {"bytes": 1_000_000})
    daemon.wait_one(result)
    limit = len(os.listdir(daemon.proc / "fd")) + 20
    resource.prlimit(daemon.pid, resource.RLIMIT_NOFILE, (limit, limit))
    clients = [socket.socket(socket.AF_UNIX) for _ in range(60)]
    for client in clients:
        client.connect(str(daemon.socket))
        client.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0")
    wait_until(lambda: daemon.events("connections cannot be accepted"))
    job_id = daemon.submit("diag.crash", {"how": "kill", "untilAttempt": 1})
    assert daemon.wait_one(job_id).status == "completed"
    chunks = daemon.stub.ReadJobResult(pb.ReadJobResultRequest(job_id=result))
    assert sum(len(part.chunk) for part in chunks) == 1_000_000
    before = processor_ticks(daemon.pid)
    time.sleep(0.5)
    assert processor_ticks(daemon.pid) - before <= 2
    for client in clients:
        client.close()
    wait_until(lambda: daemon.events("connections are accepted again"))
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(str(daemon.socket))
        client.sendall(b"GET / HTTP/1.1\r\n\r\n")
        client.settimeout(10)
        assert client.recv(10)
    wait_until(lambda: all(worker.state == "idle" for worker in daemon.workers()))


def test_a_log_directory_that_is_removed_stops_nothing(make_daemon, home):
    os.mkdir(f"{home}/logs")
    daemon = make_daemon(config=f"logging:\n  file: {home}/logs/daemon.log\n").start()
    shutil.rmtree(f"{home}/logs")
    assert daemon.wait_one(daemon.submit("diag.crash", {"how": "kill", "untilAttempt": 1})).status == "completed"
    assert daemon.stop() == 0


@pytest.mark.root("users")
def test_another_user_is_not_admitted(daemon):
    # The socket's mode keeps others out; even a socket that was opened wide does not let them in.
    os.chmod(daemon.home, 0o755)
    os.chmod(daemon.socket, 0o777)
    pid = os.fork()
    if pid == 0:
        os.setuid(65534)
        client = socket.socket(socket.AF_UNIX)
        client.settimeout(5)
        client.connect(str(daemon.socket))
        os._exit(0 if client.recv(100) == b"" else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    wait_until(lambda: daemon.events("connection refused", uid=65534))


def test_the_files_of_the_home_are_private(daemon):
    assert daemon.home.stat().st_mode & 0o777 == 0o700
    for name in ("daemon.sock", "daemon.db", "master.key", "daemon.log"):
        assert (daemon.home / name).stat().st_mode & 0o077 == 0, name


@pytest.mark.alone("it measures processor time")
def test_idle_takes_no_processor_time(daemon):
    def ticks():
        return sum(processor_ticks(pid) for pid in [daemon.pid, *(w.pid for w in workers)])

    workers = daemon.workers()
    daemon._disconnect()
    time.sleep(1)
    before = ticks()
    time.sleep(5)
    assert ticks() == before


def test_a_busy_pool_waits_for_a_job_that_has_come_due(make_daemon):
    daemon = make_daemon(workers=1).start()
    delayed = daemon.submit("diag.fail", {"code": "API_UNAVAILABLE", "succeedAfter": 1})
    wait_until(lambda: daemon.job(delayed).next_run_at)
    busy = daemon.submit("diag.sleep", {"ms": 3000}, priority=1)
    daemon.wait_running(busy)
    # It comes due after a second.
    time.sleep(1.5)
    before = processor_ticks(daemon.pid)
    time.sleep(0.5)
    assert processor_ticks(daemon.pid) - before <= 2
    assert daemon.wait_one(delayed).status == "completed"


def processor_ticks(pid):
    fields = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()
    return int(fields[11]) + int(fields[12])


def test_no_process_is_left_when_the_daemon_dies_with_grandchildren(make_daemon):
    daemon = make_daemon(config="worker:\n  sandbox: off\n").start()
    job_id = daemon.submit("diag.grandchild", {"ignoreTerm": True, "hang": True}, timeout_ms=60_000)
    worker = daemon.wait_running(job_id)
    grandchild = wait_until(
        lambda: [
            int(p)
            for p in os.listdir("/proc")
            if p.isdigit() and process_state(p) not in (None, "Z") and parent(p) == worker.pid
        ]
    )[0]
    daemon.kill()
    wait_until(lambda: not is_alive(worker.pid))
    assert is_alive(grandchild)
    daemon.start()
    wait_until(lambda: not is_alive(grandchild), what="the orphan's end")


def parent(pid):
    try:
        return int(open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()[1])
    except OSError:
        return None


def test_binaries_say_their_version(daemon):
    text = subprocess.run([daemon.binary, "--version"], capture_output=True, text=True, check=True).stdout
    assert text.startswith("honeydewd ")
