"""Jobs that kill their workers, in numbers: they pay for it themselves, and the others keep their share of the pool."""

import json
import time
from contextlib import contextmanager, suppress

import grpc
import pytest

from honeydew_daemon import pb, wait_until
from turn_limit import assert_short_turns

ONE_AT_A_TIME = "diag.crash keeps killing its workers: its jobs run one at a time until one completes"


def submit(daemon, count, command, payload=None, **fields):
    job = pb.SubmitJobRequest(command=command, payload=json.dumps(payload or {}), **fields)
    return list(daemon.stub.SubmitJobs(pb.SubmitJobsRequest(jobs=[job] * count), timeout=30).job_ids)


def await_pool(daemon, seconds=5):
    wait_until(lambda: all(w.state in ("idle", "running") for w in daemon.workers()), seconds, "the whole pool")


def test_jobs_behind_thirty_that_crash_are_done_within_seconds(daemon):
    crashing = submit(daemon, 30, "diag.crash")
    healthy = submit(daemon, 200, "diag.noop")
    ended = daemon.wait(*healthy, timeout=15).values()
    assert {(s.status, s.attempts) for s in ended} == {("completed", 1)}
    # Each of the thirty is given three workers, one after the other.
    assert daemon.status().jobs.failed < len(crashing)
    assert_short_turns(daemon)


def test_crashes_that_go_on_never_take_the_pool_down(daemon):
    for _ in range(24):
        [crashing] = submit(daemon, 1, "diag.crash", max_retries=0)
        assert daemon.wait_one(crashing).error_code == "WORKER_CRASHED"
        await_pool(daemon)
        assert daemon.wait_one(daemon.submit("diag.noop"), timeout=5).status == "completed"
    assert sum(w.restarts for w in daemon.workers()) == 24


def test_a_command_that_kills_its_workers_runs_alone_until_one_completes(daemon):
    crashing = submit(daemon, 8, "diag.crash", {"afterMs": 300}, max_retries=0)
    wait_until(lambda: ONE_AT_A_TIME in daemon.status().degraded)
    # Those that ran already, then one at a time, each with a rest before it.
    daemon.wait(*crashing)
    shown = [daemon.job(job_id) for job_id in crashing]
    alone = sorted((job.started_at, job.completed_at) for job in shown)[4:]
    assert all(before[1] < after[0] for before, after in zip(alone, alone[1:], strict=False))
    assert ONE_AT_A_TIME not in daemon.status().degraded

    [harmless] = submit(daemon, 1, "diag.crash", {"untilAttempt": 0})
    assert daemon.wait_one(harmless).status == "completed"
    sleeping = submit(daemon, 4, "diag.crash", {"afterMs": 2000}, max_retries=0)
    wait_until(lambda: {w.job_id for w in daemon.workers()} == set(sleeping), what="four at once")


@contextmanager
def storm(daemon):
    """A stream of fresh jobs that kill their workers, before all others and as fast as they go."""
    before = daemon.status().jobs.failed
    crashing = submit(daemon, 200, "diag.crash", max_retries=0, priority=9)
    crashing += submit(daemon, 200, "diag.garbage", {"kind": "random"}, max_retries=0, priority=9)
    wait_until(lambda: daemon.status().jobs.failed >= before + 2, what="the storm")
    yield
    assert daemon.status().jobs.pending > 100
    for job in crashing:
        # Some of them have ended.
        with suppress(grpc.RpcError):
            daemon.stub.CancelJob(pb.CancelJobRequest(job_id=job), timeout=10)
    await_pool(daemon)


def rate(daemon, batch, command, payload):
    """Jobs a second, over some seconds: long enough for the crashes beside them."""
    began, count = time.monotonic(), 0
    while time.monotonic() < began + 5:
        ended = daemon.wait(*submit(daemon, batch, command, payload), timeout=120).values()
        assert {(s.status, s.attempts) for s in ended} == {("completed", 1)}
        count += batch
    return count / (time.monotonic() - began)


# A loaded machine takes its share of one measurement and not of the other: of three rounds the best counts.
@pytest.mark.parametrize(
    "command, payload, batch, share", [("diag.sleep", {"ms": 50}, 80, 0.9), ("diag.noop", {}, 1000, 1 / 3)]
)
def test_healthy_jobs_keep_their_share_beside_a_storm(daemon, command, payload, batch, share):
    shares = []
    for _ in range(3):
        alone = rate(daemon, batch, command, payload)
        with storm(daemon):
            failed = daemon.status().jobs.failed
            shares.append(rate(daemon, batch, command, payload) / alone)
            assert daemon.status().jobs.failed > failed
        if max(shares) >= share:
            return assert_short_turns(daemon)
    raise AssertionError(f"beside crashing jobs {command} kept {shares} of its rate")
