"""A worker can only hurt its own job: the job loses one attempt, the worker is replaced, every other job goes on."""

import errno
import json
import os
import re
import signal
import time
from pathlib import Path

import pytest

from fault_injection import faults, faults_library  # noqa: F401
from honeydew_daemon import is_alive, pb, process_state, wait_until


class Neighbours:
    """A stream of short jobs through the rest of the pool; none may fail, and none may wait long."""

    def __init__(self, daemon, count=60):
        self.daemon = daemon
        self.ids = [daemon.submit("diag.sleep", {"ms": 50}) for _ in range(count)]

    def assert_untouched(self):
        ended = self.daemon.wait(*self.ids)
        assert {status.status for status in ended.values()} == {"completed"}
        assert {status.attempts for status in ended.values()} == {1}


def victim(daemon, command="diag.sleep", payload=None, **fields):
    """A job that is running, and the worker that runs it."""
    job_id = daemon.submit(command, payload or {"ms": 1500}, priority=100, **fields)
    return job_id, daemon.wait_running(job_id)


def test_kill_9_in_mid_job(daemon):
    job_id, worker = victim(daemon)
    neighbours = Neighbours(daemon)
    os.kill(worker.pid, signal.SIGKILL)
    status = daemon.wait_one(job_id)
    assert (status.status, status.attempts, status.retry_count) == ("completed", 2, 1)
    retry = daemon.events("job retrying", job_id=job_id)[0]
    assert re.fullmatch(
        r"WORKER_CRASHED: the worker died: killed by SIGKILL \(it had \d+ MiB when it last told\)", retry["error"]
    )
    neighbours.assert_untouched()
    replaced = wait_until(
        lambda: next((w for w in daemon.workers() if w.slot == worker.slot and w.state == "idle"), None)
    )
    assert replaced.pid != worker.pid and replaced.restarts == 1 and replaced.last_exit == "killed by SIGKILL"


def test_sigstop_in_mid_job(daemon):
    job_id, worker = victim(daemon, payload={"ms": 1000}, timeout_ms=3000)
    neighbours = Neighbours(daemon)
    os.kill(worker.pid, signal.SIGSTOP)
    status = daemon.wait_one(job_id)
    assert (status.status, status.attempts) == ("completed", 2)
    assert daemon.events("job retrying", job_id=job_id)[0]["error"].startswith("TIMEOUT: ")
    neighbours.assert_untouched()
    wait_until(lambda: process_state(worker.pid) is None, what="the stopped worker's end")


def test_a_stopped_idle_worker_is_found_when_it_gets_a_job(make_daemon):
    daemon = make_daemon(workers=1).start()
    pid = daemon.workers()[0].pid
    os.kill(pid, signal.SIGSTOP)
    job_id = daemon.submit("diag.noop", timeout_ms=1000)
    status = daemon.wait_one(job_id)
    assert (status.status, status.attempts) == ("completed", 2)


@pytest.mark.parametrize("how", ["kill", "abort", "exit"])
def test_a_crash_costs_one_attempt(daemon, how):
    neighbours = Neighbours(daemon, 20)
    job_id = daemon.submit("diag.crash", {"how": how, "untilAttempt": 1})
    status = daemon.wait_one(job_id)
    assert (status.status, status.attempts, status.retry_count) == ("completed", 2, 1)
    error = daemon.events("job retrying", job_id=job_id)[0]["error"]
    assert {"kill": "SIGKILL", "abort": "SIGABRT", "exit": "status"}[how] in error
    neighbours.assert_untouched()


def test_a_job_that_kills_every_worker_is_given_three(daemon):
    neighbours = Neighbours(daemon)
    job_id = daemon.submit("diag.crash", {"how": "abort"}, max_retries=50)
    status = daemon.wait_one(job_id)
    assert (status.status, status.attempts, status.error_code) == ("failed", 3, "WORKER_CRASHED")
    neighbours.assert_untouched()


@pytest.mark.parametrize("kind", ["random", "half", "oversized", "empty", "wrongJob", "undecodable"])
def test_garbage_on_the_channel_costs_the_worker_its_life_and_the_job_one_attempt(daemon, kind):
    neighbours = Neighbours(daemon, 20)
    job_id = daemon.submit("diag.garbage", {"kind": kind, "untilAttempt": 1}, timeout_ms=20_000)
    status = daemon.wait_one(job_id)
    assert (status.status, status.attempts, status.retry_count) == ("completed", 2, 1)
    assert daemon.events("job retrying", job_id=job_id)[0]["error"].startswith("PROTOCOL_ERROR: ")
    neighbours.assert_untouched()


@pytest.mark.parametrize("spin", [False, True])
@pytest.mark.parametrize("ignore_term", [False, True])
def test_an_endless_loop_is_killed_after_its_deadline(daemon, ignore_term, spin):
    neighbours = Neighbours(daemon)
    began = time.monotonic()
    job_id = daemon.submit("diag.hang", {"ignoreTerm": ignore_term, "spin": spin, "untilAttempt": 1}, timeout_ms=500)
    status = daemon.wait_one(job_id)
    assert (status.status, status.attempts) == ("completed", 2)
    assert daemon.events("job retrying", job_id=job_id)[0]["error"].startswith("TIMEOUT: ")
    assert time.monotonic() - began < 15
    neighbours.assert_untouched()


def test_a_cancelled_job_that_does_not_stop_is_killed(daemon):
    job_id, worker = victim(daemon, "diag.hang", {"ignoreTerm": True}, timeout_ms=600_000)
    daemon.stub.CancelJob(pb.CancelJobRequest(job_id=job_id))
    assert daemon.job(job_id).status == "cancelled"
    wait_until(lambda: not is_alive(worker.pid), 10, "the end of the worker that ignores TERM")
    wait_until(lambda: all(w.state == "idle" for w in daemon.workers()))
    assert daemon.job(job_id).status == "cancelled"


def test_a_grandchild_that_holds_the_channel_does_not_hold_the_slot(make_daemon):
    daemon = make_daemon(config="worker:\n  sandbox: off\n").start()
    neighbours = Neighbours(daemon, 20)
    job_id, worker = victim(
        daemon, "diag.grandchild", {"ignoreTerm": True, "holdChannel": True, "hang": True}, timeout_ms=60_000, max_retries=0
    )
    wait_until(lambda: descendants(daemon.pid) - {w.pid for w in daemon.workers()}, what="the grandchild")
    os.kill(worker.pid, signal.SIGKILL)
    assert daemon.wait_one(job_id).error_code == "WORKER_CRASHED"
    neighbours.assert_untouched()
    wait_until(lambda: descendants(daemon.pid) == {w.pid for w in daemon.workers()}, what="the grandchild's end")


def descendants(pid):
    children = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        if fields[0] != "Z":
            children.setdefault(int(fields[1]), set()).add(int(stat.parent.name))
    found, open_pids = set(), {pid}
    while open_pids:
        open_pids = set().union(*(children.get(p, set()) for p in open_pids))
        found |= open_pids
    return found


def test_a_leaking_worker_does_not_take_the_machine(daemon):
    neighbours = Neighbours(daemon, 20)
    job_id = daemon.submit("diag.leak", {"mb": 300}, max_retries=0, timeout_ms=30_000)
    status = daemon.wait_one(job_id)
    assert status.status in ("completed", "failed")
    neighbours.assert_untouched()


def test_without_a_worker_binary_jobs_wait_and_the_daemon_says_why(make_daemon, home):
    missing = f"{home}/no-such-worker"
    daemon = make_daemon(config=f"worker:\n  path: {missing}\n").spawn()
    wait_until(daemon._answers)
    job_id = daemon.submit("diag.noop")
    degraded = wait_until(lambda: daemon.status().degraded)
    assert "No such file" in degraded[0]
    os.symlink(Path(daemon.binary).parent / "honeydew-worker", missing)
    assert daemon.wait_one(job_id).status == "completed"
    wait_until(lambda: not daemon.status().degraded, 40)


def test_a_worker_binary_that_cannot_be_executed_is_named(make_daemon, home):
    worker = Path(home) / "worker"
    worker.write_text("")
    worker.chmod(0o600)
    daemon = make_daemon(config=f"worker:\n  path: {worker}\n").spawn()
    wait_until(daemon._answers)
    degraded = wait_until(lambda: daemon.status().degraded)
    assert "Permission denied" in degraded[0] and str(worker) in degraded[0]
    assert daemon.stop() == 0


def test_a_machine_that_refuses_processes_costs_no_job(make_daemon, faults):
    daemon = make_daemon(env=faults.env).start()
    faults.set(spawn=errno.EAGAIN)
    neighbours = Neighbours(daemon)
    job_id = daemon.submit("diag.crash", {"how": "kill", "untilAttempt": 1})
    assert daemon.wait_one(job_id).status == "completed"
    neighbours.assert_untouched()
    assert "Resource temporarily unavailable" in daemon.status().degraded[0]
    faults.clear()
    wait_until(lambda: all(worker.state == "idle" for worker in daemon.workers()))
    assert not daemon.status().degraded


def test_a_crash_loop_backs_off_and_never_ends_the_daemon(make_daemon, home):
    worker = Path(home) / "crash"
    worker.write_text("#!/bin/sh\nexit 7\n")
    worker.chmod(0o755)
    daemon = make_daemon(workers=2, config=f"worker:\n  path: {worker}\n").spawn()
    wait_until(daemon._answers)
    time.sleep(3)
    restarts = [w.restarts for w in daemon.workers()]
    assert all(3 <= count <= 8 for count in restarts), restarts
    assert "status 7" in daemon.status().degraded[0]
    assert daemon.stop() == 0


def test_many_crashes_leave_no_descriptor_and_no_process(daemon):
    def run(count):
        ids = [daemon.submit("diag.crash", {"how": "kill"}, max_retries=0) for _ in range(count)]
        daemon.wait(*ids, timeout=120)
        wait_until(lambda: all(w.state == "idle" for w in daemon.workers()), 60)

    run(8)
    before = len(os.listdir(f"/proc/{daemon.pid}/fd"))
    run(24)
    assert len(os.listdir(f"/proc/{daemon.pid}/fd")) <= before + 1
    assert descendants(daemon.pid) == {w.pid for w in daemon.workers()}


def test_every_result_is_json(daemon):
    status = daemon.wait_one(daemon.submit("diag.noop"))
    assert isinstance(json.loads(status.result), dict)
