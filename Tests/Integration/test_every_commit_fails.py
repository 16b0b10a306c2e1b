"""One scenario with every kind of turn, in which one commit fails, or one sync, or one read: whichever it is, the end is the
same as without."""

import contextlib
import errno
import functools
import shutil
import sqlite3
import time

import grpc
import pytest
from fault_injection import faults, faults_library  # noqa: F401
from honeydew_daemon import pb, wait_until
from sandbox_process import Sandbox
from test_api import login, use

# Every commit, sync and read of the scenario fails once, by these steps in as many tests.
SHARDS = 4
# There are many more reads: one of so many of a shard's.
READS = 16
UNKNOWN = {grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.ABORTED}


def before_each_call():
    """Replaced by what makes the daemon read."""


def have_it_read(daemon):
    """Another program's commit: the daemon forgets the pages that it has in memory."""
    with contextlib.closing(sqlite3.connect(daemon.home / "daemon.db", isolation_level=None, timeout=10)) as database:
        database.execute("UPDATE config SET value = hex(randomblob(8)) WHERE key = 'log_mark'")


def insist(call, seconds=20):
    """Repeats a call whose outcome is unknown, as a client does."""
    before_each_call()
    end = time.monotonic() + seconds
    while True:
        try:
            return call()
        except grpc.RpcError as error:
            if error.code() not in UNKNOWN or time.monotonic() > end:
                raise
            time.sleep(0.02)


def or_done(call, *codes):
    """Repeats a call that may have been carried out already, which another code then says."""
    try:
        return insist(call)
    except grpc.RpcError as error:
        assert error.code() in codes, error
        return None


def submit(daemon, key, command, payload=None, **fields):
    return insist(lambda: daemon.submit(command, payload, idempotency_key=key, **fields))


def ended(daemon, job_id):
    return wait_until(lambda: (s := insist(lambda: daemon.job(job_id))).status not in ("pending", "running") and s)


def scenario(daemon):
    """Submissions, ends of each kind, a tick, a refresh, a login and a change of the key. Returns how all of it ended."""
    stub = daemon.stub
    ends = {}
    jobs = {
        "noop": submit(daemon, "noop", "diag.noop"),
        "spooled": submit(daemon, "spooled", "diag.noop", {"bytes": 300_000}),
        "fails": submit(daemon, "fails", "diag.fail", {"code": "API_ERROR"}),
        "crashes": submit(daemon, "crashes", "diag.crash", max_retries=0),
        "refreshed": submit(daemon, "refreshed", "github.repositories", {"organization": "acme"}),
        "cancelled": submit(daemon, "cancelled", "diag.sleep", {"ms": 60_000}),
    }
    insist(lambda: stub.CancelJob(pb.CancelJobRequest(job_id=jobs["cancelled"])))
    ended(daemon, jobs["fails"])
    or_done(
        lambda: stub.RetryJob(pb.RetryJobRequest(job_ids=[jobs["fails"]])), grpc.StatusCode.FAILED_PRECONDITION
    )  # fmt: skip
    or_done(
        lambda: stub.ScheduleJob(pb.ScheduleJobRequest(name="tick", cron_expr="@every 1s", command="diag.noop")),
        grpc.StatusCode.ALREADY_EXISTS,
    )
    insist(lambda: login(daemon))
    insist(lambda: stub.RotateKey(pb.RotateKeyRequest(), timeout=60))
    wait_until(lambda: insist(lambda: stub.GetSchedule(pb.GetScheduleRequest(name="tick"))).last_job_id)
    or_done(lambda: stub.UnscheduleJob(pb.UnscheduleJobRequest(name="tick")), grpc.StatusCode.NOT_FOUND)
    jobs["after"] = submit(daemon, "after", "github.repositories", {"organization": "acme"})
    for name, job_id in jobs.items():
        status = ended(daemon, job_id)
        ends[name] = (status.status, status.error_code, status.result_size > 250_000)
    return ends


EXPECTED = {
    "noop": ("completed", "", False),
    "spooled": ("completed", "", True),
    "fails": ("failed", "API_ERROR", False),
    "crashes": ("failed", "WORKER_CRASHED", False),
    "refreshed": ("completed", "", False),
    "cancelled": ("cancelled", "CANCELLED", False),
    "after": ("completed", "", False),
}


@pytest.fixture(scope="module")
def api(tmp_path_factory):
    with Sandbox(tmp_path_factory.mktemp("certificates"), "--access-lifetime", "200") as sandbox:
        yield sandbox


@pytest.mark.parametrize("shard", range(SHARDS))
@pytest.mark.parametrize(
    ("call", "error", "files"), [("write", errno.ENOSPC, ".db-wal"), ("sync", errno.EIO, ".db-wal"), ("read", errno.EIO, "")])
def test_whichever_commit_sync_or_read_fails_the_end_is_the_same(
        make_daemon, faults, api, monkeypatch, call, error, files, shard):
    number, has_failed = 1 + shard, True
    while has_failed:
        daemon = make_daemon(env=faults.env).start()
        use(daemon, api)
        login(daemon)
        if call == "read":
            monkeypatch.setitem(globals(), "before_each_call", functools.partial(have_it_read, daemon))
        faults.fail_once(call, number, error, files)
        assert scenario(daemon) == EXPECTED, f"{call} {number}"
        has_failed = faults.has_failed
        faults.clear()
        daemon.wait_until_serving()
        assert not daemon.status().jobs.pending and not daemon.status().jobs.running, f"{call} {number}"
        daemon.destroy()
        for path in daemon.home.iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        number += SHARDS * (READS if call == "read" else 1)
    assert number > 2 * SHARDS, "the scenario has more commits than that"
