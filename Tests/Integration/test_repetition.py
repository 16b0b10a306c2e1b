"""What may have happened is not repeated behind anybody's back: each way in which an attempt can end early, with a command
that must not be repeated and with one that may be, against an API that counts."""

import errno
import os
import signal
from pathlib import Path

import grpc
import pytest
from counting_api import CHANGE, DOCUMENTS, QUERY, CountingAPI, response
from fake_worker import install
from fault_injection import faults, faults_library  # noqa: F401
from honeydew_daemon import _GENERATED, BINARIES, pb, wait_until

COMMANDS = (CHANGE, QUERY)
# Of a document the payload says whether it may be repeated: each place in the daemon that asks must ask that.
EITHER_WAY = pytest.mark.parametrize("pair", [COMMANDS, DOCUMENTS], ids=["commands", "documents"])
OPEN = "; the command may have been carried out: look before you retry the job"


@pytest.fixture
def api():
    with CountingAPI() as api:
        yield api


@pytest.fixture
def pair():
    """One that must not be repeated, and one that may be."""
    return COMMANDS


@pytest.fixture
def begun(make_daemon, api, pair):
    """Has both running, whose first request the API holds."""

    def begin(*plan, config="  shutdown_timeout: 10m\n", env=None, **fields):
        daemon = make_daemon(config=config, env=env).start()
        api.use(daemon)
        api.plan(*(plan or ("hang",)))
        change, query = (
            daemon.submit(command, payload, **{"timeout_ms": 120_000, **fields})
            for command, _, payload in pair
        )
        api.wait_for(**{CHANGE[1]: 1, QUERY[1]: 1})
        return daemon, change, query

    return begin


def assert_not_repeated(daemon, api, change, query, code, outcome, text=""):
    """The change was sent once and its job has ended saying so; the query has run again."""
    ended = daemon.wait(change, query)
    assert (ended[change].status, ended[change].error_code) == ("failed", code), ended[change].error
    assert ended[change].error.endswith(OPEN) and text in ended[change].error
    assert (ended[query].status, ended[query].error) == ("completed", ""), ended[query].error
    assert (ended[change].attempts, ended[query].attempts) == (1, 2)
    assert (api.counts[CHANGE[1]], api.counts[QUERY[1]]) == (1, 2)
    assert [a.outcome for a in daemon.job(change).history] == [outcome]
    assert [a.outcome for a in daemon.job(query).history] == [outcome, "completed"]
    (failed,) = wait_until(lambda: daemon.events("job failed", job_id=change))
    assert failed["error"] == ended[change].error and failed["duration_ms"] >= 0


def next_daemon(daemon):
    """The daemon has been told to end: waits for that, and starts another."""
    assert daemon.process.wait(30) == 0
    daemon._disconnect()
    return daemon.start()


def worker_of(daemon, job_id):
    return next(w for w in daemon.workers() if w.job_id == job_id)


def test_a_shutdown_at_its_limit(begun, api):
    daemon, *jobs = begun(config="  shutdown_timeout: 1s\n")
    daemon.process.send_signal(signal.SIGTERM)
    assert_not_repeated(next_daemon(daemon), api, *jobs, "INTERRUPTED", "interrupted", "shut down")


@pytest.mark.parametrize("second", ["SIGTERM", "SIGINT", "RPC"])
def test_a_shutdown_that_is_hurried(begun, api, second):
    daemon, *jobs = begun()
    daemon.process.send_signal(signal.SIGTERM)
    wait_until(lambda: daemon.events("shutting down"))
    if second == "RPC":
        daemon.stub.Shutdown(pb.ShutdownRequest(), timeout=10)
    else:
        daemon.process.send_signal(getattr(signal, second))
    assert_not_repeated(next_daemon(daemon), api, *jobs, "INTERRUPTED", "interrupted")


@pytest.mark.parametrize("everywhere", [False, True])
def test_a_restart_of_workers_in_a_hurry(begun, api, everywhere):
    daemon, *jobs = begun()
    one_by_one = [{"slot": worker_of(daemon, job).slot} for job in jobs]
    for request in [{"all": True}] if everywhere else one_by_one:
        daemon.stub.RestartWorker(pb.RestartWorkerRequest(now=True, **request), timeout=10)
    assert_not_repeated(daemon, api, *jobs, "INTERRUPTED", "interrupted", "restarted")
    assert {w.restarts for w in daemon.workers()} == {0}


@EITHER_WAY
def test_a_daemon_that_is_killed(begun, api):
    daemon, *jobs = begun()
    daemon.kill()
    assert_not_repeated(daemon.start(), api, *jobs, "INTERRUPTED", "interrupted", "the daemon died")
    recovered = [(e["pending"], e["interrupted"], e["failed"]) for e in daemon.events("jobs recovered")]
    assert recovered == [(0, 0, 0), (1, 1, 1)]


@pytest.mark.parametrize("signal_number", [signal.SIGKILL, signal.SIGTERM, signal.SIGSEGV])
def test_a_worker_that_dies(begun, api, signal_number):
    daemon, *jobs = begun()
    for job in jobs:
        os.kill(worker_of(daemon, job).pid, signal_number)
    assert_not_repeated(daemon, api, *jobs, "WORKER_CRASHED", "crashed", "the worker died")


def test_a_worker_that_says_nothing_any_more(begun, api):
    daemon, *jobs = begun()
    for job in jobs:
        os.kill(worker_of(daemon, job).pid, signal.SIGSTOP)
    assert_not_repeated(daemon, api, *jobs, "WORKER_CRASHED", "crashed", "no heartbeat")


@EITHER_WAY
def test_a_deadline(begun, api):
    daemon, *jobs = begun(timeout_ms=1000)
    assert_not_repeated(daemon, api, *jobs, "TIMEOUT", "failed", "had not answered in full")


def test_a_worker_that_overruns_its_deadline(begun, api):
    daemon, *jobs = begun(timeout_ms=1000)
    for job in jobs:
        os.kill(worker_of(daemon, job).pid, signal.SIGSTOP)
    assert_not_repeated(daemon, api, *jobs, "TIMEOUT", "failed", "its worker was killed")


def test_a_machine_that_wakes_up_after_the_deadline(begun, api):
    """What it looks like: the worker is told to stop before it can see that its time is over."""
    daemon, *jobs = begun(timeout_ms=3000)
    pids = [worker_of(daemon, job).pid for job in jobs]
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    # It is told to 1 s after the deadline, and made to end 2 s later.
    wait_until(lambda: all(worker_of(daemon, job).job_ms > 4200 for job in jobs))
    for pid in pids:
        os.kill(pid, signal.SIGCONT)
    assert_not_repeated(daemon, api, *jobs, "TIMEOUT", "failed")
    assert {w.restarts for w in daemon.workers()} == {0}


@pytest.mark.parametrize(
    ("plan", "code"),
    [
        ("reset", "NETWORK_ERROR"),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{", "NETWORK_ERROR"),
        (response(b"200 OK", b"<html>"), "API_UNAVAILABLE"),
        (response(b"502 Bad Gateway", b""), "API_UNAVAILABLE"),
    ],
)
def test_an_answer_that_tells_nothing(begun, api, plan, code):
    daemon, *jobs = begun(plan)
    assert_not_repeated(daemon, api, *jobs, code, "failed")


def test_a_store_that_goes_down_while_both_run(begun, api, faults):
    """What runs goes on, and its answer waits until the store is back."""
    daemon, *jobs = begun(env=faults.env)
    faults.set(write=errno.EIO)
    with pytest.raises(grpc.RpcError):
        daemon.submit("diag.noop")
    wait_until(lambda: daemon.status().state == "STORE_UNAVAILABLE")
    api.released.set()
    wait_until(lambda: {w.state for w in daemon.workers()} <= {"idle", "finishing"})
    faults.clear()
    daemon.wait_until_serving()
    assert {(s.status, s.attempts) for s in daemon.wait(*jobs).values()} == {("completed", 1)}
    assert (api.counts[CHANGE[1]], api.counts[QUERY[1]]) == (1, 1)


@pytest.mark.parametrize("call", ["write", "sync"])
def test_a_store_that_goes_down_before_the_attempt_began(make_daemon, api, faults, call):
    """What has surely not begun is no attempt: it is dispatched again."""
    daemon = make_daemon(env=faults.env).start()
    api.use(daemon)
    daemon.stub.PauseQueue(pb.PauseQueueRequest())
    job = daemon.submit(CHANGE[0], CHANGE[2])
    faults.fail_once(call, 1, errno.EIO)
    with pytest.raises(grpc.RpcError):
        daemon.stub.ResumeQueue(pb.ResumeQueueRequest(), timeout=10)
    wait_until(lambda: faults.has_failed)
    daemon.wait_until_serving()
    daemon.stub.ResumeQueue(pb.ResumeQueueRequest(), timeout=10)
    assert daemon.wait_one(job).status == "completed"
    assert api.counts[CHANGE[1]] == 1


@pytest.mark.parametrize("how", ["garbage", "wrong-job"])
def test_a_worker_that_breaks_the_protocol(make_daemon, api, home, how):
    orders = Path(home, "hang")
    orders.mkdir()
    Path(home, "hung").mkdir()
    install(f"{home}/worker", BINARIES, _GENERATED)
    daemon = make_daemon(workers=2, config=f"worker:\n  path: {home}/worker\n").start()
    api.use(daemon)
    for slot in (1, 2):
        (orders / str(slot)).write_text(how)
        daemon.stub.RestartWorker(pb.RestartWorkerRequest(slot=slot), timeout=10)
    wait_until(lambda: not list(orders.iterdir()), what="the workers that misbehave")
    change, query = (daemon.submit(command, payload) for command, _, payload in (CHANGE, QUERY))
    ended = daemon.wait(change, query)
    assert ended[change].error.startswith("PROTOCOL_ERROR: the worker ") and ended[change].error.endswith(OPEN)
    assert (ended[change].attempts, ended[query].status, ended[query].attempts) == (1, "completed", 2)
    assert api.counts[CHANGE[1]] == 0


@EITHER_WAY
def test_a_cancelled_job_says_whether_its_attempt_had_begun(begun, api, pair):
    daemon, change, query = begun()
    waiting = daemon.submit(pair[0][0], pair[0][2], delay_ms=600_000)
    for job in (change, query, waiting):
        daemon.stub.CancelJob(pb.CancelJobRequest(job_id=job))
    errors = [daemon.job(job).error for job in (change, query, waiting)]
    plain = "CANCELLED: cancelled on request"
    assert errors == [plain + OPEN, plain, plain]
    # Who submitted it can have it repeated.
    api.released.set()
    daemon.stub.RetryJob(pb.RetryJobRequest(job_ids=[change]))
    assert daemon.wait_one(change).status == "completed"
    assert api.counts[CHANGE[1]] == 2


@EITHER_WAY
def test_what_was_surely_not_carried_out_runs_again(begun, api, pair):
    """A refused token, a limit: answers that say so."""
    daemon, *jobs = begun(response(b"401 Unauthorized", b""))
    assert {(s.status, s.attempts) for s in daemon.wait(*jobs).values()} == {("completed", 2)}
    api.plan(response(b"429 Too Many Requests", b"", b"retry-after: 1"))
    job = daemon.submit(pair[0][0], pair[0][2])
    assert (daemon.wait_one(job).status, daemon.job(job).attempts) == ("completed", 2)


def test_orders_that_wait_cut_nothing_off(begun, api):
    """Stop, restart, recycling and a shutdown within its limit: the attempt ends first."""
    daemon, change, query = begun(config="  shutdown_timeout: 10m\nworker:\n  max_jobs: 1\n")
    daemon.stub.RestartWorker(pb.RestartWorkerRequest(slot=worker_of(daemon, change).slot), timeout=10)
    daemon.stub.StopWorker(pb.StopWorkerRequest(slot=worker_of(daemon, query).slot), timeout=10)
    daemon.process.send_signal(signal.SIGTERM)
    wait_until(lambda: daemon.events("shutting down"))
    api.released.set()
    daemon = next_daemon(daemon)
    assert {(s.status, s.attempts) for s in daemon.wait(change, query).values()} == {("completed", 1)}
    assert (api.counts[CHANGE[1]], api.counts[QUERY[1]]) == (1, 1)
