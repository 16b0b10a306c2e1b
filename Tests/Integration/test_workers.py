"""Workers by name: list, restart, stop and start them, and no job is lost by it."""

import json
import os
import shutil
import threading

import grpc
import pytest

from honeydew_command import begin, cli, environment, honeydew, outcome  # noqa: F401
from honeydew_daemon import BINARIES, is_alive, pb, wait_until


def busy(daemon, milliseconds=1500, **fields):
    """A job that is running, and its worker."""
    job_id = daemon.submit("diag.sleep", {"ms": milliseconds}, **fields)
    return job_id, daemon.wait_running(job_id)


def restart(daemon, **request):
    return daemon.stub.RestartWorker(pb.RestartWorkerRequest(**request), timeout=60).workers


def stop(daemon, slot):
    return daemon.stub.StopWorker(pb.StopWorkerRequest(slot=slot), timeout=10).worker


def start(daemon, slot):
    return daemon.stub.StartWorker(pb.StartWorkerRequest(slot=slot), timeout=10).worker


def worker(daemon, slot):
    return daemon.stub.ListWorkers(pb.ListWorkersRequest(), timeout=10).workers[slot - 1]


def refusal(call, *arguments, **fields):
    """The code and the reason with which a call is refused."""
    with pytest.raises(grpc.RpcError) as caught:
        call(*arguments, **fields)
    return caught.value.code(), caught.value.details()


def test_the_list_has_each_worker(cli, daemon):
    job_id, running = busy(daemon, 20_000)
    listed = json.loads(cli("worker", "list", "--json").stdout)
    assert [w["slot"] for w in listed] == [1, 2, 3, 4]
    assert [w["pid"] for w in listed] == [w.pid for w in daemon.workers()]
    shown = listed[running.slot - 1]
    assert (shown["state"], shown["job_id"]) == ("running", job_id) and shown["job_ms"] >= 0 and shown["age_ms"] > 0
    assert all(w["resident_bytes"] > 1 << 20 and w["version"] == "0.1.0" for w in listed)
    os.kill(running.pid, 9)
    wait_until(lambda: worker(daemon, running.slot).restarts == 1)
    row = cli("worker", "list").stdout.splitlines()[running.slot]
    assert f"killed by SIGKILL: crashed during job {job_id}" in row


def test_a_restart_lets_the_job_end(cli, daemon):
    job_id, before = busy(daemon)
    text = f"Worker {before.slot} is restarted after its job {job_id}.\n"
    assert outcome(cli("worker", "restart", str(before.slot))) == (0, text, "")
    assert worker(daemon, before.slot).pid == before.pid
    status = daemon.wait_one(job_id)
    assert (status.status, status.attempts) == ("completed", 1)
    after = wait_until(lambda: (w := worker(daemon, before.slot)).pid != before.pid and w.state == "idle" and w)
    assert (after.last_exit, after.last_exit_cause) == ("exited with status 0", "restarted on request")
    assert after.restarts == 0 and after.jobs_done == 1 and not is_alive(before.pid)
    assert not daemon.status().degraded


def test_a_restart_in_a_hurry_puts_the_job_back(cli, daemon):
    job_id, before = busy(daemon, 2000)
    result = cli("worker", "restart", str(before.slot), "--now", "--wait")
    after = worker(daemon, before.slot)
    assert outcome(result) == (0, f"Worker {before.slot} is back with process {after.pid}.\n", "")
    assert after.pid != before.pid and after.restarts == 0
    status = daemon.wait_one(job_id)
    assert (status.status, status.attempts, status.retry_count) == ("completed", 2, 0)
    assert [a.outcome for a in daemon.job(job_id).history] == ["interrupted", "completed"]


def test_all_are_restarted_one_at_a_time_under_load(cli, daemon):
    jobs = [daemon.submit("diag.sleep", {"ms": 100}) for _ in range(120)]
    before = [w.pid for w in daemon.workers()]
    away, is_over = [], threading.Event()

    def watch():
        while not is_over.is_set():
            away.append(sum(w.state not in ("idle", "running", "finishing") for w in daemon.workers()))

    watcher = threading.Thread(target=watch)
    watcher.start()
    result = cli("worker", "restart", "--all", "--wait")
    is_over.set()
    watcher.join()
    after = [w.pid for w in daemon.workers()]
    assert result.returncode == 0 and set(before).isdisjoint(after)
    assert sorted(result.stdout.splitlines()) == [
        f"Worker {slot} is back with process {pid}." for slot, pid in enumerate(after, 1)
    ]
    assert max(away) == 1
    assert {(s.status, s.attempts) for s in daemon.wait(*jobs).values()} == {("completed", 1)}


def test_restarts_that_nobody_waits_for_any_more_go_on(cli, environment, daemon):
    job_id, before = busy(daemon, 4000)
    waiting = [begin(environment, "worker", "restart", *target, "--wait") for target in (["--all"], [str(before.slot)])]
    wait_until(lambda: len(daemon.events("worker restart requested")) == 2)
    for process in waiting:
        process.kill()
        process.communicate()
    # Of a worker that is to be restarted anyway, no further request is kept.
    for _ in range(2000):
        restart(daemon, slot=before.slot)
    assert daemon.wait_one(job_id).attempts == 1
    wait_until(lambda: all(w.last_exit_cause and w.state == "idle" for w in daemon.workers()))
    assert worker(daemon, before.slot).pid != before.pid


def test_a_second_restart_of_all_is_refused_while_one_goes_on(daemon):
    busy(daemon, 3000)
    restart(daemon, all=True)
    code, text = refusal(restart, daemon, all=True)
    assert code == grpc.StatusCode.FAILED_PRECONDITION and "under way" in text
    wait_until(lambda: all(w.last_exit_cause and w.state == "idle" for w in daemon.workers()))
    assert len(restart(daemon, all=True, wait=True)) == 4


@pytest.fixture
def own_worker(make_daemon, home):
    """A daemon with a worker's executable of its own, and what replaces that."""
    path = f"{home}/worker"
    shutil.copy(BINARIES / "honeydew-worker", path)
    daemon = make_daemon(config=f"worker:\n  path: {path}\n").start()

    def replace(script):
        with open(path + ".new", "w") as file:
            file.write("#!/bin/sh\n" + script)
        os.chmod(path + ".new", 0o755)
        os.replace(path + ".new", path)

    return daemon, replace


def test_a_restarted_worker_runs_what_is_on_the_disk_then(own_worker, home):
    daemon, replace = own_worker
    job_id, before = busy(daemon, 20_000)
    replace(f'echo $$ >>{home}/upgraded; exec {BINARIES}/honeydew-worker "$@"\n')
    others = [w.slot for w in daemon.workers() if w.slot != before.slot]
    for slot in others:
        assert [w.slot for w in restart(daemon, slot=slot, wait=True)] == [slot]
    upgraded = [w.pid for w in daemon.workers() if w.slot != before.slot]
    assert sorted(map(int, open(f"{home}/upgraded"))) == sorted(upgraded)
    assert daemon.job(job_id).status == "running" and worker(daemon, before.slot).pid == before.pid


def test_a_broken_executable_costs_one_worker_and_not_the_pool(own_worker, cli_for):
    daemon, replace = own_worker
    replace("exit 3\n")
    result = cli_for(daemon)("worker", "restart", "--all", "--wait")
    assert result.returncode == 1
    assert "worker 1 was restarted and does not come back (exited with status 3)" in result.stderr
    assert [w.state for w in daemon.workers()][1:] == ["idle"] * 3
    assert daemon.wait_one(daemon.submit("diag.noop")).status == "completed"
    assert worker(daemon, 1).last_exit_cause == "crashed before it was ready"
    wait_until(lambda: any("worker 1 keeps ending (exited with status 3: " in reason for reason in daemon.status().degraded))
    replace(f'exec {BINARIES}/honeydew-worker "$@"\n')
    wait_until(lambda: worker(daemon, 1).state == "backoff")
    assert restart(daemon, slot=1, wait=True)[0].state == "idle"
    assert not daemon.status().degraded


@pytest.fixture
def cli_for(environment, honeydew):
    def choose(daemon):
        del environment["HONEYDEW_SOCKET"]
        environment["HONEYDEW_HOME"] = str(daemon.home)
        return honeydew

    return choose


def test_a_stopped_worker_gets_no_job_until_it_is_started(cli, daemon):
    job_id, busy_worker = busy(daemon)
    text = f"Worker {busy_worker.slot} stops after its job {job_id}; start it again with: honeydew worker start {busy_worker.slot}\n"
    assert outcome(cli("worker", "stop", str(busy_worker.slot))) == (0, text, "")
    told = worker(daemon, busy_worker.slot)
    assert (told.state, told.plan) == ("running", "stop")
    assert "running, then stop" in cli("worker", "list").stdout
    assert daemon.wait_one(job_id).attempts == 1
    stopped = wait_until(lambda: (w := worker(daemon, busy_worker.slot)).state == "stopped" and w)
    assert (stopped.pid, stopped.last_exit_cause, stopped.resident_bytes) == (0, "stopped on request", 0)
    for other in [w.slot for w in daemon.workers() if w.slot != busy_worker.slot]:
        stop(daemon, other)
    wait_until(lambda: {w.state for w in daemon.workers()} == {"stopped"})
    waiting = daemon.submit("diag.noop")
    [reason] = daemon.status().degraded
    assert reason == "all workers are stopped, and no other job is started; go on with: honeydew worker start 1"
    assert daemon.job(waiting).status == "pending"
    code, text = refusal(
        daemon.stub.Login, pb.LoginRequest(username="ada", password="secret"), timeout=10
    )
    assert code == grpc.StatusCode.FAILED_PRECONDITION and "worker start" in text
    assert outcome(cli("worker", "restart", "--all", "--wait")) == (
        0, "", "There is no worker to restart: all are stopped.\n")  # fmt: skip
    assert outcome(cli("worker", "start", "3")) == (0, "Worker 3 is started.\n", "")
    assert daemon.wait_one(waiting).status == "completed"
    assert not daemon.status().degraded
    assert [w.state for w in daemon.workers()] == ["stopped", "stopped", "idle", "stopped"]
    assert daemon.stop() == 0


def test_a_worker_that_is_started_before_it_has_stopped_goes_on(daemon):
    job_id, running = busy(daemon)
    stop(daemon, running.slot)
    start(daemon, running.slot)
    assert daemon.wait_one(job_id).attempts == 1
    wait_until(lambda: worker(daemon, running.slot).state == "idle")
    assert worker(daemon, running.slot).pid == running.pid


def test_a_kill_of_the_daemon_starts_stopped_workers_again(daemon):
    stop(daemon, 2)
    daemon.kill()
    daemon.start()
    assert worker(daemon, 2).state == "idle"


@pytest.mark.parametrize(
    "arguments, status, message",
    [
        (["restart"], 2, "name one worker, or all with --all"),
        (["restart", "1", "--all"], 2, "name one worker, or all with --all"),
        (["restart", "x"], 2, "N must be a whole number from 1"),
        (["restart", "5"], 1, "there is no worker 5; the workers are 1 to 4"),
        (["stop", "0"], 2, "N must be a whole number from 1"),
        (["start", "99"], 1, "there is no worker 99"),
    ],
)
def test_what_makes_no_sense_is_refused(cli, daemon, arguments, status, message):
    result = cli("worker", *arguments)
    assert (result.returncode, result.stdout) == (status, "") and message in result.stderr


def test_refusals_of_the_calls(daemon):
    assert refusal(restart, daemon)[0] == grpc.StatusCode.INVALID_ARGUMENT
    assert refusal(restart, daemon, slot=-1)[0] == grpc.StatusCode.INVALID_ARGUMENT
    assert refusal(restart, daemon, slot=1, all=True)[0] == grpc.StatusCode.INVALID_ARGUMENT
    assert refusal(stop, daemon, 5)[0] == grpc.StatusCode.NOT_FOUND
    stop(daemon, 1)
    code, text = refusal(restart, daemon, slot=1)
    assert code == grpc.StatusCode.FAILED_PRECONDITION and "honeydew worker start 1" in text


def test_a_shutdown_ends_those_who_wait_for_a_restart(cli, environment, daemon):
    job_id, running = busy(daemon, 20_000)
    waiting = begin(environment, "worker", "restart", str(running.slot), "--wait")
    wait_until(lambda: daemon.events("worker restart requested"))
    daemon.process.send_signal(15)
    _, errors = waiting.communicate(timeout=20)
    assert waiting.returncode != 0 and "the daemon is shutting down" in errors
    code, _ = refusal(start, daemon, 1)
    assert code == grpc.StatusCode.UNAVAILABLE
    daemon.process.send_signal(15)
    assert daemon.process.wait(20) == 0


def test_workers_can_be_restarted_with_the_store_down(make_daemon):
    daemon = make_daemon().start()
    before = worker(daemon, 1)
    daemon.home.joinpath("daemon.db").unlink()
    with pytest.raises(grpc.RpcError):
        for _ in range(50):
            daemon.submit("diag.noop")
    wait_until(lambda: daemon.status().state == "STORE_UNAVAILABLE")
    assert restart(daemon, slot=1, wait=True)[0].pid != before.pid
