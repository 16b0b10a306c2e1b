"""Workers are replaced before they grow old or large, and cannot take the machine; a pool that dies a lot says so."""

import os
import re
import signal

import pytest

from honeydew_daemon import pb, wait_until


def noops(daemon, count):
    ids = [daemon.submit("diag.noop") for _ in range(count)]
    ended = daemon.wait(*ids).values()
    assert {(status.status, status.attempts) for status in ended} == {("completed", 1)}


def limits(**keys):
    return "worker:\n" + "".join(f"  {key}: {value}\n" for key, value in keys.items())


def test_a_worker_is_recycled_after_so_many_jobs(make_daemon):
    daemon = make_daemon(workers=1, config=limits(max_jobs=20)).start()
    pids = set()
    for _ in range(60):
        noops(daemon, 1)
        pids.update(w.pid for w in daemon.workers() if w.pid)
    assert 3 <= len(pids) <= 5
    worker = wait_until(lambda: (w := daemon.workers()[0]).last_exit_cause and w)
    assert re.fullmatch(r"recycled after (18|19|20) jobs \(worker.max_jobs\)", worker.last_exit_cause)
    assert (worker.last_exit, worker.restarts) == ("exited with status 0", 0)
    assert daemon.events("worker ended", level="info", reason=worker.last_exit_cause)
    assert not daemon.status().degraded


def test_an_idle_worker_is_recycled_at_its_age(make_daemon):
    daemon = make_daemon(workers=2, config=limits(max_age="2s")).start()
    before = {w.pid for w in daemon.workers()}
    wait_until(lambda: before.isdisjoint(w.pid for w in daemon.workers()))
    wait_until(lambda: all("(worker.max_age)" in w.last_exit_cause for w in daemon.workers()))
    assert [w.restarts for w in daemon.workers()] == [0, 0]


def test_a_worker_that_has_grown_is_recycled_between_two_jobs(make_daemon):
    daemon = make_daemon(workers=1, config=limits(max_rss_mb=1)).start()
    first = daemon.workers()[0]
    assert first.state == "idle" and first.resident_bytes > 1 << 20
    noops(daemon, 1)
    wait_until(lambda: (w := daemon.workers()[0]).pid not in (0, first.pid) and w.state == "idle")
    assert re.fullmatch(r"recycled with \d+ MiB of memory \(worker.max_rss_mb\)", daemon.workers()[0].last_exit_cause)


@pytest.mark.parametrize("command, payload", [("diag.leak", {}), ("diag.noop", {"bytes": 100 << 20})])
def test_a_job_that_wants_more_than_the_limit_loses_its_worker_and_says_why(make_daemon, command, payload):
    # The kernel counts a process's maximum of memory from its parent's, and the daemon's parent may be large.
    ballast = b"x" * (256 << 20)
    daemon = make_daemon(workers=2, config=limits(memory_limit_mb=128)).start()
    del ballast
    neighbours = [daemon.submit("diag.sleep", {"ms": 20}) for _ in range(20)]
    status = daemon.wait_one(daemon.submit(command, payload, max_retries=0))
    assert (status.status, status.error_code) == ("failed", "WORKER_CRASHED")
    assert re.search(r"it took up to \d+ MiB in its life, and worker.memory_limit_mb is 128", status.error)
    assert max(int(re.search(r"up to (\d+) MiB", status.error)[1]), 64) <= 160
    assert {(s.status, s.attempts) for s in daemon.wait(*neighbours).values()} == {("completed", 1)}
    died = wait_until(lambda: next((w for w in daemon.workers() if w.restarts), None))
    assert "worker.memory_limit_mb is 128" in died.last_exit
    assert died.last_exit_cause == f"crashed during job {status.job_id}"


def test_a_small_leak_is_no_breach(make_daemon):
    daemon = make_daemon(workers=1, config=limits(memory_limit_mb=256)).start()
    assert daemon.wait_one(daemon.submit("diag.leak", {"mb": 96})).status == "completed"


def kill_idle(daemon, slot):
    os.kill(wait_until(lambda: (w := daemon.workers()[slot - 1]).state == "idle" and w.pid), signal.SIGKILL)


def test_a_pool_that_dies_a_lot_is_degraded_and_goes_on(make_daemon):
    daemon = make_daemon(workers=2).start()
    for death in range(1, 7):
        for slot in (1, 2):
            kill_idle(daemon, slot)
            wait_until(lambda: daemon.workers()[slot - 1].restarts == death)
            # It would wait longer each time.
            daemon.stub.RestartWorker(pb.RestartWorkerRequest(slot=slot, wait=True), timeout=20)
    noops(daemon, 4)
    status = daemon.status()
    assert status.state == "SERVING"
    trouble = "more than 10 workers died within 1m, the last one: worker 2 killed by SIGKILL, crashed while it was idle"
    assert trouble in status.degraded
    assert [event["reason"] for event in daemon.events("workers keep dying")] == [trouble.replace("worker 2", "worker 1")]
    assert daemon.stop() == 0
