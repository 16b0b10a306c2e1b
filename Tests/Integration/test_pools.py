"""Pools of workers: one's jobs hold up no other's, and a pool on demand has processes only while it needs them."""

import os
import signal

import grpc
import pytest

from honeydew_daemon import ROOT, pb, process_state, wait_until


def shell(daemon, script, **fields):
    return daemon.submit("local.exec", {"argv": ["/bin/sh", "-c", script]}, **fields)


def pools(daemon):
    return {pool.name: pool for pool in daemon.stub.ListPools(pb.ListPoolsRequest(), timeout=10).pools}


@pytest.fixture
def pooled(make_daemon):
    """A daemon with two more pools."""
    def write(daemon):
        with open(daemon.home / "config.yaml", "a") as file:
            file.write("pools:\n  exec: {workers: 2}\n  builds: {workers: 1}\n  off: {workers: 0}\n")
        return daemon

    return write(make_daemon(workers=1)).start()


def test_one_pools_jobs_hold_up_no_others(pooled):
    slow = [shell(pooled, "sleep 60") for _ in range(3)]
    pooled.wait_running(slow[0])
    ended = pooled.wait(shell(pooled, "true", pool="builds"), pooled.submit("diag.noop"), timeout=20)
    assert {job.status for job in ended.values()} == {"completed"}
    # Two of the three run, since the pool has no room for more.
    wait_until(lambda: pools(pooled)["exec"].running == 2, what="two commands")
    assert pools(pooled)["exec"].pending == 1 and pooled.job(slow[2]).obstacle.reason == "workers_busy"


def test_a_pool_without_workers_says_what_to_do_and_goes_on_when_it_has_some(pooled):
    job = shell(pooled, "true", pool="off")
    obstacle = pooled.job(job).obstacle
    assert obstacle.reason == "workers_stopped" and "honeydew pool resize off 1" in obstacle.text
    assert pooled.stub.ResizePool(pb.ResizePoolRequest(name="off", workers=1), timeout=10).pool.workers == 1
    assert pooled.wait_one(job).status == "completed"


def test_a_pool_shrinks_when_its_jobs_have_ended_and_grows_at_once(pooled):
    jobs = [shell(pooled, "sleep 1") for _ in range(2)]
    for job in jobs:
        pooled.wait_running(job)
    pooled.stub.ResizePool(pb.ResizePoolRequest(name="exec", workers=0), timeout=10)
    # What runs is not cut off.
    assert {job.status for job in pooled.wait(*jobs).values()} == {"completed"}
    wait_until(lambda: pools(pooled)["exec"].processes == 0, what="the end of the processes")
    waiting = [shell(pooled, "sleep 0.2") for _ in range(4)]
    pooled.stub.ResizePool(pb.ResizePoolRequest(name="exec", workers=4), timeout=10)
    assert {job.status for job in pooled.wait(*waiting).values()} == {"completed"}
    wait_until(lambda: pools(pooled)["exec"].processes == 4, what="four processes")
    pooled.stub.ResizePool(pb.ResizePoolRequest(name="api", workers=3), timeout=10)
    wait_until(lambda: [w.state for w in pooled.workers() if w.pool == "api"] == ["idle"] * 3, what="three workers")


def test_there_are_no_processes_of_a_pool_on_demand_before_a_job_asks_for_one(pooled):
    assert {w.pool for w in pooled.workers()} == {"api"} and pools(pooled)["exec"].processes == 0
    pooled.wait(shell(pooled, "true"))
    exec_pool = pools(pooled)["exec"]
    assert (exec_pool.processes, exec_pool.workers, exec_pool.on_demand, exec_pool.kind) == (1, 2, True, "exec")
    # It is not sandboxed, and nobody is told that the workers of the API were not.
    assert [w.HasField("sandbox") for w in pooled.workers()] == [True, False]
    # The next job gets the same process.
    worker = next(w for w in pooled.workers() if w.pool == "exec")
    pooled.wait(shell(pooled, "true"))
    assert next(w for w in pooled.workers() if w.pool == "exec").pid == worker.pid


def test_a_pool_is_paused_and_resumed_and_stays_so_over_a_restart(pooled):
    pooled.stub.PauseQueue(pb.PauseQueueRequest(pool="builds"), timeout=10)
    job = shell(pooled, "true", pool="builds")
    assert pooled.job(job).obstacle.reason == "pool_paused"
    assert pooled.wait_one(shell(pooled, "true")).status == "completed"
    pooled.kill()
    pooled.start()
    assert pools(pooled)["builds"].paused and pooled.job(job).status == "pending"
    pooled.stub.ResumeQueue(pb.ResumeQueueRequest(pool="builds"), timeout=10)
    assert pooled.wait_one(job).status == "completed"


@pytest.mark.parametrize("command, payload, pool, field", [
    ("local.exec", {"argv": ["true"]}, "api", "pool"),
    ("local.exec", {"argv": ["true"]}, "nosuch", "pool"),
    ("github.repositories", {"organization": "x"}, "exec", "pool"),
])
def test_a_job_is_refused_a_pool_that_cannot_carry_it_out(pooled, command, payload, pool, field):
    with pytest.raises(grpc.RpcError) as error:
        pooled.submit(command, payload, pool=pool, environment="" if command == "local.exec" else "production")
    assert error.value.code() in (grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.NOT_FOUND)
    assert pool in error.value.details()


@pytest.mark.parametrize("name, workers, code", [
    ("nosuch", 1, grpc.StatusCode.NOT_FOUND), ("exec", -1, grpc.StatusCode.INVALID_ARGUMENT),
    ("exec", 257, grpc.StatusCode.INVALID_ARGUMENT),
])
def test_a_size_that_cannot_be_is_refused(pooled, name, workers, code):
    with pytest.raises(grpc.RpcError) as error:
        pooled.stub.ResizePool(pb.ResizePoolRequest(name=name, workers=workers), timeout=10)
    assert error.value.code() == code


def test_a_killed_worker_of_a_pool_takes_its_command_along_and_nothing_else(pooled):
    job = shell(pooled, "trap '' TERM; sleep 60 & sleep 60")
    other = shell(pooled, "sleep 1")
    worker = pooled.wait_running(job)
    pid = wait_until(lambda: pooled.job(job).pid, what="the command")
    os.kill(worker.pid, signal.SIGKILL)
    ended = pooled.wait(job, other)
    assert ended[job].error_code == "WORKER_CRASHED" and "may have been carried out" in ended[job].error
    assert ended[other].status == "completed"
    wait_until(lambda: process_state(pid) is None, what="the end of the command's tree")


def test_the_pool_of_the_api_without_workers_is_told_in_status(pooled):
    pooled.stub.ResizePool(pb.ResizePoolRequest(name="api", workers=0), timeout=10)
    job = pooled.submit("diag.noop")
    wait_until(lambda: any("honeydew pool resize api 1" in text for text in pooled.status().degraded), what="the advice")
    assert "honeydew pool resize api 1" in pooled.job(job).obstacle.text
    pooled.stub.ResizePool(pb.ResizePoolRequest(name="api", workers=1), timeout=10)
    assert pooled.wait_one(job).status == "completed" and not pooled.status().degraded
    # One that is stopped by its number is started by it.
    for slot in (1, 2):
        pooled.stub.StopWorker(pb.StopWorkerRequest(slot=slot, pool="exec"), timeout=10)
    waiting = shell(pooled, "true")
    wait_until(lambda: "honeydew worker start exec/1" in pooled.job(waiting).obstacle.text, what="the advice")
    pooled.stub.StartWorker(pb.StartWorkerRequest(slot=1, pool="exec"), timeout=10)
    assert pooled.wait_one(waiting).status == "completed"


def test_a_repeatable_command_runs_again_after_its_workers_death_and_not_for_ever(pooled):
    script = "test $HONEYDEW_ATTEMPT -ge 2 || sleep 60"
    job = pooled.submit("local.exec", {"argv": ["/bin/sh", "-c", script], "rerun": True})
    os.kill(pooled.wait_running(job).pid, signal.SIGKILL)
    assert pooled.wait_one(job).status == "completed" and pooled.job(job).attempts == 2
    deadly = pooled.submit("local.exec", {"argv": ["/bin/sh", "-c", "kill -9 $PPID; sleep 60"], "rerun": True})
    ended = pooled.wait_one(deadly)
    assert (ended.error_code, ended.attempts) == ("WORKER_CRASHED", 3)


def test_a_command_may_speak_to_its_daemon(pooled):
    program = ROOT / ".build/venv/bin/python"
    script = ("import grpc, sys\nsys.path.insert(0, sys.argv[2])\nfrom honeydew_daemon import pb, pb_grpc\n"
              "stub = pb_grpc.DaemonStub(grpc.insecure_channel('unix:' + sys.argv[1]))\nstub.Ping(pb.PingRequest(), timeout=20)\n")
    argv = [str(program), "-c", script, str(pooled.socket), str(ROOT / "Tests/Integration")]
    assert pooled.wait_one(pooled.submit("local.exec", {"argv": argv})).status == "completed"


def test_a_worker_of_a_pool_is_restarted_by_its_name(pooled):
    pooled.wait(shell(pooled, "true"))
    before = next(w for w in pooled.workers() if w.pool == "exec")
    pooled.stub.RestartWorker(pb.RestartWorkerRequest(slot=before.slot, pool="exec", wait=True), timeout=20)
    pooled.wait(shell(pooled, "true"))
    assert next(w for w in pooled.workers() if w.pool == "exec").pid != before.pid


def test_the_jobs_of_a_pool_that_is_gone_wait_and_say_so(pooled):
    pooled.stub.PauseQueue(pb.PauseQueueRequest(pool="builds"), timeout=10)
    job = shell(pooled, "true", pool="builds")
    pooled.stop()
    text = (pooled.home / "config.yaml").read_text()
    (pooled.home / "config.yaml").write_text(text.replace("  builds: {workers: 1}\n", ""))
    pooled.start()
    assert pooled.job(job).obstacle.reason == "pool_missing"
    assert pooled.wait_one(shell(pooled, "true")).status == "completed"
    pooled.stub.CancelJob(pb.CancelJobRequest(job_id=job), timeout=10)
