"""A worker that hangs, in whatever state, has a deadline: TERM and CONT, then KILL, and another one takes its place."""

from pathlib import Path

import pytest

from fake_worker import install
from honeydew_daemon import _GENERATED, BINARIES, is_alive, pb, wait_until

NOT_READY = "was not ready within 10s"
HALF = "sent half a frame and no more for 5s"
SILENT = "sent no heartbeat for 15s"


@pytest.fixture
def make_hanging(make_daemon, home):
    """A daemon whose first workers hang, each in one of the given ways, and whose last one is a good one."""

    def make(*hangs):
        """The daemon, and of each way to hang the process that hangs so."""
        install(f"{home}/worker", BINARIES, _GENERATED)
        orders, taken = Path(home, "hang"), Path(home, "hung")
        orders.mkdir()
        taken.mkdir()
        daemon = make_daemon(workers=len(hangs) + 1, config=f"worker:\n  path: {home}/worker\n").start()
        for number, words in enumerate(hangs):
            (orders / str(number)).write_text(words)
        for slot in range(1, len(hangs) + 1):
            daemon.stub.RestartWorker(pb.RestartWorkerRequest(slot=slot), timeout=10)
        wait_until(lambda: not list(orders.iterdir()), what="the workers that hang")
        return daemon, {order.read_text(): int(order.name) for order in taken.iterdir()}

    return make


def end_of(daemon, pid):
    """How and why a worker's process ended."""
    [event] = wait_until(lambda: daemon.events("worker ended", pid=pid), 60, f"the end of process {pid}")
    assert not is_alive(pid)
    return event["reason"], event["cause"], event["level"]


def assert_all_replaced(daemon):
    wait_until(lambda: all(w.state == "idle" for w in daemon.workers()), what="the next processes")
    assert [w.restarts for w in daemon.workers()] == [1] * (len(daemon.workers()) - 1) + [0]


def test_workers_that_hang_without_a_job(make_hanging):
    cases = [
        ("starting", NOT_READY, "SIGTERM"),
        ("starting stopped", NOT_READY, "SIGTERM"),
        ("starting ignores-term", NOT_READY, "SIGKILL"),
        ("half", HALF, "SIGKILL"),
        ("half-idle", HALF, "SIGKILL"),
    ]
    daemon, pids = make_hanging(*(words for words, _, _ in cases))
    jobs = [daemon.submit("diag.sleep", {"ms": 100}) for _ in range(20)]
    for words, cause, signal in cases:
        assert end_of(daemon, pids[words]) == (cause, f"killed by {signal}", "warn")
    assert_all_replaced(daemon)
    assert {s.status for s in daemon.wait(*jobs).values()} == {"completed"}


def test_workers_that_hang_over_a_job(make_hanging):
    cases = [
        ("assigned", SILENT, "SIGTERM"),
        ("running stopped", SILENT, "SIGTERM"),
        ("running ignores-term", SILENT, "SIGKILL"),
        # These hang over their next job.
        ("answered", SILENT, "SIGTERM"),
        ("answered stopped ignores-term", SILENT, "SIGKILL"),
    ]
    daemon, pids = make_hanging(*(words for words, _, _ in cases))
    # The good worker is stopped, so that each of the others gets a job.
    good = len(cases) + 1
    daemon.stub.StopWorker(pb.StopWorkerRequest(slot=good), timeout=10)
    # All at once, or one that has answered quickly would get another's.
    daemon.stub.PauseQueue(pb.PauseQueueRequest())
    victims = [daemon.submit("diag.noop", timeout_ms=600_000) for _ in cases]
    wait_until(lambda: sum(worker.state == "idle" for worker in daemon.workers()) == len(cases), what="all to be ready")
    daemon.stub.ResumeQueue(pb.ResumeQueueRequest())
    wait_until(lambda: all(daemon.job(job_id).attempts == 1 for job_id in victims))
    daemon.stub.StartWorker(pb.StartWorkerRequest(slot=good), timeout=10)
    jobs = [daemon.submit("diag.sleep", {"ms": 100}) for _ in range(20)]
    ended = daemon.wait(*victims).values()
    assert sorted((s.status, s.attempts) for s in ended) == [("completed", 1)] * 2 + [("completed", 2)] * 3
    errors = [daemon.job(s.job_id).history[0].error for s in ended if s.attempts == 2]
    assert all(error.startswith(f"WORKER_CRASHED: the worker died: {SILENT}; killed by") for error in errors)
    for words, cause, signal in cases:
        assert end_of(daemon, pids[words]) == (cause, f"killed by {signal}", "warn")
    assert_all_replaced(daemon)
    ended = daemon.wait(*jobs).values()
    assert sorted((s.status, s.attempts) for s in ended) == [("completed", 1)] * 18 + [("completed", 2)] * 2


def test_workers_that_do_not_go_when_they_are_told(make_hanging):
    cases = [("idle", "SIGTERM"), ("idle stopped", "SIGTERM"), ("idle ignores-term", "SIGKILL"), ("idle stopped ignores-term", "SIGKILL")]
    daemon, pids = make_hanging(*(words for words, _ in cases))
    wait_until(lambda: all(w.state == "idle" for w in daemon.workers()))
    for slot in range(1, len(cases) + 1):
        daemon.stub.StopWorker(pb.StopWorkerRequest(slot=slot), timeout=10)
    wait_until(lambda: [w.state for w in daemon.workers()] == ["stopped"] * len(cases) + ["idle"])
    for words, signal in cases:
        assert end_of(daemon, pids[words]) == ("stopped on request", f"killed by {signal}", "info")


def test_a_shutdown_does_not_wait_for_workers_that_hang(make_hanging):
    daemon, _ = make_hanging("idle stopped ignores-term", "starting stopped ignores-term")
    assert daemon.stop(timeout=20) == 0
