"""The disk under the daemon fails in every way: nothing that was acknowledged is undone, nothing is acknowledged that
is not there, and the daemon goes on by itself when the disk does."""

import contextlib
import errno
import os
import signal
import sqlite3
import subprocess
import time

import grpc
import pytest

from fault_injection import faults, faults_library  # noqa: F401
from honeydew_daemon import pb, wait_until
from turn_limit import assert_short_turns


def refusal(call):
    with pytest.raises(grpc.RpcError) as info:
        call()
    return info.value.code(), info.value.details()


def is_unavailable(call):
    code, _ = refusal(call)
    return code == grpc.StatusCode.UNAVAILABLE


def assert_down(daemon, words=""):
    """The store is down: everything that needs it is refused, the rest answers and says why."""
    status = wait_until(lambda: (s := daemon.status()).state == "STORE_UNAVAILABLE" and s, what="the end of the store")
    assert words in status.degraded[0]
    assert daemon.stub.Ping(pb.PingRequest()).version
    assert is_unavailable(lambda: daemon.submit("diag.noop"))
    assert is_unavailable(lambda: daemon.stub.ListJobs(pb.ListJobsRequest()))
    assert is_unavailable(lambda: daemon.stub.AddEnvironment(
        pb.AddEnvironmentRequest(name="other", base_url="http://127.0.0.1:2/graphql")))


@pytest.mark.parametrize(
    ("call", "error", "files"),
    [
        ("write", errno.ENOSPC, ".db-wal"),
        ("write", errno.ENOSPC, ""),
        ("write", errno.EDQUOT, ".db-wal"),
        ("write", errno.EROFS, ".db-wal"),
        ("write", errno.EIO, ""),
        ("sync", errno.EIO, ".db-wal"),
        ("sync", errno.EIO, ""),
    ],
    ids=lambda value: errno.errorcode.get(value, value) or "all",
)
def test_a_disk_that_fails_for_a_while_undoes_nothing(make_daemon, faults, call, error, files):
    daemon = make_daemon(env=faults.env).start()
    running = [daemon.submit("diag.sleep", {"ms": 700}) for _ in range(2)]
    pending = [daemon.submit("diag.sleep", {"ms": 20}, priority=-1) for _ in range(20)]
    for job_id in running:
        daemon.wait_running(job_id)
    waiting = daemon.stub.WaitJobs(pb.WaitJobsRequest(job_ids=running + pending), timeout=60)
    daemon.status()
    faults.set(**{call: error}, files=files)
    with contextlib.suppress(grpc.RpcError):
        daemon.submit("diag.noop")
    assert_down(daemon, str(daemon.home / "daemon.db"))
    time.sleep(1)
    assert_down(daemon)
    faults.clear()
    daemon.wait_until_serving()
    # Those who waited are told, also of what the failing commit wrote all the same.
    ended = {status.job_id: status for status in waiting}
    assert set(ended) == {*running, *pending}
    assert {status.status for status in ended.values()} == {"completed"}
    assert {ended[job_id].attempts for job_id in running} == {1}, "a worker sends a result once"
    assert {status.retry_count for status in ended.values()} == {0}
    assert daemon.wait_one(daemon.submit("diag.noop")).status == "completed"
    assert_short_turns(daemon)
    daemon.kill()
    daemon.start()
    assert {daemon.job(job_id).status for job_id in running + pending} == {"completed"}


def test_a_submission_that_failed_is_there_or_not_but_never_half(make_daemon, faults):
    daemon = make_daemon(env=faults.env).start()
    for call in ("write", "sync"):
        faults.set(**{call: errno.EIO}, files="")
        assert is_unavailable(lambda: daemon.submit("diag.noop", priority=7))
        faults.clear()
        daemon.wait_until_serving()
    acknowledged = daemon.submit("diag.noop")
    ids = [job.job_id for job in daemon.stub.ListJobs(pb.ListJobsRequest()).jobs]
    assert acknowledged in ids and len(ids) <= 3
    assert {status.status for status in daemon.wait(*ids, timeout=20).values()} == {"completed"}


def test_a_cancellation_that_failed_is_carried_out_or_not_but_never_half(make_daemon, faults):
    daemon = make_daemon(workers=1, env=faults.env).start()
    job_id = daemon.submit("diag.sleep", {"ms": 600_000}, timeout_ms=900_000)
    daemon.wait_running(job_id)
    faults.set(sync=errno.EIO, files="")
    assert is_unavailable(lambda: daemon.stub.CancelJob(pb.CancelJobRequest(job_id=job_id)))
    faults.clear()
    daemon.wait_until_serving()
    if daemon.job(job_id).status == "running":
        daemon.stub.CancelJob(pb.CancelJobRequest(job_id=job_id))
    assert daemon.job(job_id).status == "cancelled"
    # The worker does not go on with a job that nobody wants.
    assert daemon.wait_one(daemon.submit("diag.noop"), timeout=15).status == "completed"


def test_nobody_is_told_of_an_end_that_is_not_on_disk(make_daemon, faults):
    daemon = make_daemon(env=faults.env).start()
    job_id = daemon.submit("diag.noop")
    wait_until(lambda: daemon.events("job completed", job_id=job_id))
    # The end was committed without a sync, since no client was told of it.
    faults.set(sync=errno.EIO, files="")
    code, text = refusal(lambda: daemon.stub.CancelJob(pb.CancelJobRequest(job_id=job_id)))
    assert code == grpc.StatusCode.UNAVAILABLE, text
    faults.clear()
    daemon.wait_until_serving()
    code, text = refusal(lambda: daemon.stub.CancelJob(pb.CancelJobRequest(job_id=job_id)))
    assert code == grpc.StatusCode.FAILED_PRECONDITION and "completed" in text


def test_a_job_whose_worker_dies_while_the_store_is_down_runs_again(make_daemon, faults):
    daemon = make_daemon(env=faults.env).start()
    job_id = daemon.submit("diag.sleep", {"ms": 2000})
    worker = daemon.wait_running(job_id)
    faults.set(write=errno.EIO)
    assert is_unavailable(lambda: daemon.submit("diag.noop"))
    os.kill(worker.pid, signal.SIGKILL)
    wait_until(lambda: daemon.events("worker ended", pid=worker.pid))
    faults.clear()
    daemon.wait_until_serving()
    status = daemon.wait_one(job_id, timeout=20)
    assert (status.status, status.attempts) == ("completed", 2)


def test_a_store_that_stays_down_is_tried_ever_more_rarely(make_daemon, faults):
    daemon = make_daemon(env=faults.env).start()
    daemon.wait_running(daemon.submit("diag.sleep", {"ms": 300}))
    faults.set(write=errno.ENOSPC)
    wait_until(lambda: daemon.events("store down"))
    time.sleep(4)
    assert len(daemon.events("store down")) == 1 and not daemon.events("store up again")
    began = daemon.proc.joinpath("stat").read_text().rsplit(")", 1)[1].split()[11:13]
    time.sleep(0.5)
    ended = daemon.proc.joinpath("stat").read_text().rsplit(")", 1)[1].split()[11:13]
    assert sum(map(int, ended)) - sum(map(int, began)) <= 5


def test_the_daemon_can_be_stopped_while_the_store_is_down(make_daemon, faults):
    daemon = make_daemon(env=faults.env, config="  shutdown_timeout: 1s\n").start()
    job_id = daemon.submit("diag.sleep", {"ms": 300})
    daemon.wait_running(job_id)
    faults.set(write=errno.EIO)
    wait_until(lambda: daemon.events("store down"))
    assert daemon.stop() == 0
    faults.clear()
    daemon.start()
    assert daemon.wait_one(job_id).status == "completed"


def test_kill_9_while_the_store_is_down(make_daemon, faults):
    daemon = make_daemon(env=faults.env).start()
    acknowledged = [daemon.submit("diag.sleep", {"ms": 50}) for _ in range(20)]
    faults.set(write=errno.ENOSPC)
    wait_until(lambda: daemon.events("store down"))
    daemon.kill()
    faults.clear()
    daemon.start()
    assert {status.status for status in daemon.wait(*acknowledged).values()} == {"completed"}


@pytest.mark.alone("the limit of time is tight")
def test_another_program_that_holds_the_lock_delays_and_loses_nothing(daemon):
    running = daemon.submit("diag.sleep", {"ms": 500})
    daemon.wait_running(running)
    with contextlib.closing(sqlite3.connect(daemon.home / "daemon.db", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        began = time.monotonic()
        assert is_unavailable(lambda: daemon.submit("diag.noop"))
        assert time.monotonic() - began < 1, "the loop must not wait for the lock"
        assert_down(daemon, "another process holds the database's lock")
        time.sleep(1)
        other.execute("ROLLBACK")
    daemon.wait_until_serving()
    status = daemon.wait_one(running)
    assert (status.status, status.attempts) == ("completed", 1)


def test_a_reader_disturbs_nobody(daemon):
    with contextlib.closing(sqlite3.connect(daemon.home / "daemon.db", isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM jobs").fetchall()
        ids = [daemon.submit("diag.noop") for _ in range(50)]
        assert {status.status for status in daemon.wait(*ids).values()} == {"completed"}
    assert not daemon.events("store down")


def test_a_database_that_was_moved_away_is_missed_and_taken_back(daemon):
    acknowledged = [daemon.submit("diag.noop") for _ in range(5)]
    daemon.wait(*acknowledged)
    names = ["daemon.db", "daemon.db-wal", "daemon.db-shm"]
    for name in names:
        (daemon.home / name).rename(daemon.home / f"away-{name}")
    assert is_unavailable(lambda: daemon.submit("diag.noop"))
    assert_down(daemon, str(daemon.home / "daemon.db"))
    assert not (daemon.home / "daemon.db").exists(), "a new database would hide that the jobs are gone"
    for name in names:
        if (daemon.home / f"away-{name}").exists():
            (daemon.home / f"away-{name}").rename(daemon.home / name)
    daemon.wait_until_serving()
    assert {daemon.job(job_id).status for job_id in acknowledged} == {"completed"}
    assert daemon.wait_one(daemon.submit("diag.noop")).status == "completed"


@pytest.mark.parametrize("is_lent", [False, True])
def test_an_answer_without_a_place_costs_the_job_nothing(daemon, is_lent):
    """A worker has no file for it, or has one that cannot be given its name."""
    if is_lent:
        daemon.wait(*(daemon.submit("diag.sleep", {"ms": 50}) for _ in daemon.workers()))
    results = daemon.home / "results"
    results.rmdir()
    results.write_text("")
    job_id = daemon.submit("diag.noop", {"bytes": 4_000_000}, max_retries=0)
    wait_until(lambda: daemon.job(job_id).next_run_at)
    status = daemon.job(job_id)
    assert (status.status, status.retry_count, [a.outcome for a in status.history]) == ("pending", 0, ["interrupted"])
    assert (str(results) if is_lent else "the daemon had no file for it") in status.error
    results.unlink()
    results.mkdir(mode=0o700)
    assert daemon.wait_one(job_id, timeout=30).status == "completed"


def test_an_answer_that_fits_into_a_frame_needs_no_file(daemon):
    results = daemon.home / "results"
    results.rmdir()
    results.write_text("")
    assert daemon.wait_one(daemon.submit("diag.noop", {"bytes": 300_000}, max_retries=0)).result_size == 300_000


def test_a_log_that_was_removed_is_missed_and_its_jobs_are_kept(daemon):
    acknowledged = [daemon.submit("diag.noop") for _ in range(5)]
    daemon.wait(*acknowledged)
    (daemon.home / "daemon.db-wal").unlink()
    assert is_unavailable(lambda: daemon.submit("diag.noop"))
    daemon.wait_until_serving()
    acknowledged.append(daemon.submit("diag.noop"))
    daemon.kill()
    daemon.start()
    assert {status.status for status in daemon.wait(*acknowledged).values()} == {"completed"}


@pytest.mark.parametrize("replacement", [b"", b"this is no database " * 1000])
def test_a_database_that_was_replaced_by_something_else_is_left_alone(daemon, replacement):
    (daemon.home / "daemon.db").rename(daemon.home / "away.db")
    (daemon.home / "daemon.db").write_bytes(replacement)
    assert is_unavailable(lambda: daemon.submit("diag.noop"))
    assert_down(daemon, str(daemon.home / "daemon.db"))
    time.sleep(1)
    assert daemon.stop() == 0
    assert (daemon.home / "daemon.db").read_bytes() == replacement


def test_pages_that_turn_to_garbage_under_a_running_daemon_do_not_crash_it(make_daemon, faults):
    daemon = make_daemon(env=faults.env).start()
    job_id = daemon.submit("diag.noop", {"echo": "x" * 100_000})
    daemon.wait_one(job_id)
    faults.set(read=errno.EIO, files=".db")
    with contextlib.suppress(grpc.RpcError):
        daemon.job(job_id)
    with contextlib.suppress(grpc.RpcError):
        daemon.submit("diag.noop")
    assert daemon.stub.Ping(pb.PingRequest()).version
    faults.clear()
    daemon.wait_until_serving()
    assert daemon.job(job_id).status == "completed"


@pytest.mark.root("mount")
def test_a_disk_that_is_read_only_at_the_start(make_daemon, home):
    subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=700,size=64m", "tmpfs", home], check=True)
    try:
        daemon = make_daemon().start()
        job_id = daemon.submit("diag.noop")
        assert daemon.wait_one(job_id).status == "completed"
        assert daemon.stop() == 0
        subprocess.run(["mount", "-o", "remount,ro", home], check=True)
        daemon.spawn()
        assert daemon.process.wait(10) == 1
        assert "Read-only file system" in daemon.process.stderr.read().decode()
        subprocess.run(["mount", "-o", "remount,rw", home], check=True)
        daemon.start()
        assert daemon.job(job_id).status == "completed"
        daemon.destroy()
    finally:
        subprocess.run(["umount", "-l", home], check=True)
