"""The way down: no new work, answers to all who read or wait while running jobs end, and then a farewell."""

import contextlib
import errno
import signal
import socket
import struct
import time

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from fault_injection import faults, faults_library  # noqa: F401
from honeydew_daemon import is_alive, pb, wait_until

LONG = {"ms": 60_000}


def running(daemon, payload, **fields):
    job_id = daemon.submit("diag.sleep", payload, timeout_ms=120_000, **fields)
    daemon.wait_running(job_id)
    return job_id


def begin_to_stop(daemon):
    """Sends SIGTERM, and returns when the daemon has taken it."""
    daemon.note_workers()
    daemon.process.send_signal(signal.SIGTERM)
    wait_until(lambda: daemon.events("shutting down"))


def refusal(call, *arguments):
    with pytest.raises(grpc.RpcError) as caught:
        call(*arguments, timeout=10)
    return caught.value.code(), caught.value.details()


def test_writes_are_refused_while_reads_and_waits_go_on(make_daemon):
    daemon = make_daemon(config="  shutdown_timeout: 10m\n").start()
    stub = daemon.stub
    ended = daemon.submit("diag.noop")
    daemon.wait_one(ended)
    job_id, longer = running(daemon, {"ms": 1500}), running(daemon, LONG)
    waiting = stub.WaitJobs(pb.WaitJobsRequest(job_ids=[job_id]), timeout=30)
    begin_to_stop(daemon)
    assert daemon.status().state == "DRAINING"
    writes = [
        (stub.SubmitJob, pb.SubmitJobRequest(command="diag.noop")),
        (stub.SubmitJobs, pb.SubmitJobsRequest(jobs=[pb.SubmitJobRequest(command="diag.noop")])),
        (stub.CancelJob, pb.CancelJobRequest(job_id=job_id)),
        (stub.RetryJob, pb.RetryJobRequest(job_ids=[ended])),
        (stub.RemoveJobs, pb.RemoveJobsRequest(job_ids=[ended])),
        (stub.RemoveJobs, pb.RemoveJobsRequest(filter=pb.JobFilter(status="completed"))),
        (stub.SetJobPriority, pb.SetJobPriorityRequest(job_id=job_id, priority=3)),
        (stub.PauseQueue, pb.PauseQueueRequest()),
        (stub.ResumeQueue, pb.ResumeQueueRequest()),
        (stub.Login, pb.LoginRequest(username="ada", password="x")),
        (stub.Logout, pb.LogoutRequest()),
        (stub.AddEnvironment, pb.AddEnvironmentRequest(name="other", base_url="http://127.0.0.1:2/graphql")),
        (stub.RemoveEnvironment, pb.RemoveEnvironmentRequest(name="default")),
        (stub.SetActiveEnvironment, pb.SetActiveEnvironmentRequest(name="default")),
        (stub.ListOrganizations, pb.ListOrganizationsRequest()),
        (stub.RestartWorker, pb.RestartWorkerRequest(all=True)),
        (stub.StopWorker, pb.StopWorkerRequest(slot=1)),
        (stub.StartWorker, pb.StartWorkerRequest(slot=1)),
    ]
    for call, request in writes:
        code, text = refusal(call, request)
        assert code == grpc.StatusCode.UNAVAILABLE and "shutting down" in text, call._method
    for call, request in [
        (stub.Ping, pb.PingRequest()),
        (stub.GetJobStatus, pb.GetJobStatusRequest(job_id=ended)),
        (stub.ListJobs, pb.ListJobsRequest()),
        (stub.ListWorkers, pb.ListWorkersRequest()),
        (stub.GetQueueStats, pb.GetQueueStatsRequest()),
        (stub.GetAuthStatus, pb.GetAuthStatusRequest()),
        (stub.ListEnvironments, pb.ListEnvironmentsRequest()),
    ]:
        assert call(request, timeout=10) is not None
    assert b"".join(part.chunk for part in stub.ReadJobResult(pb.ReadJobResultRequest(job_id=ended))) == b"{}"
    with grpc.insecure_channel(f"unix:{daemon.socket}", [("grpc.use_local_subchannel_pool", 1)]) as latecomer:
        health = health_pb2_grpc.HealthStub(latecomer)
        answer = health.Check(health_pb2.HealthCheckRequest(service="honeydew.Daemon"), timeout=10)
        assert answer.status == health_pb2.HealthCheckResponse.NOT_SERVING
    [last] = waiting
    assert (last.job_id, last.status, last.attempts) == (job_id, "completed", 1)
    assert daemon.job(longer).status == "running"
    daemon.process.send_signal(signal.SIGTERM)
    assert daemon.process.wait(20) == 0


def test_the_drain_waits_no_longer_than_its_limit_and_puts_back_what_runs(make_daemon):
    daemon = make_daemon(config="  shutdown_timeout: 1s\n").start()
    job_id = running(daemon, LONG)
    pending = [daemon.submit("diag.sleep", LONG, delay_ms=600_000) for _ in range(3)]
    waiting = daemon.stub.WaitJobs(pb.WaitJobsRequest(job_ids=[job_id, *pending]), timeout=30)
    begin_to_stop(daemon)
    began = time.monotonic()
    with pytest.raises(grpc.RpcError) as caught:
        list(waiting)
    assert caught.value.code() == grpc.StatusCode.UNAVAILABLE and "shutting down" in caught.value.details()
    assert daemon.process.wait(20) == 0
    assert time.monotonic() - began > 0.5
    assert not any(is_alive(pid) for pid in daemon.seen_pids)
    daemon._disconnect()
    daemon.start()
    daemon.wait_running(job_id)
    status = daemon.job(job_id)
    assert (status.attempts, status.retry_count) == (2, 0)
    assert [attempt.outcome for attempt in status.history] == ["interrupted", "running"]
    assert {daemon.job(other).status for other in pending} == {"pending"}


@pytest.mark.parametrize("second", ["SIGTERM", "SIGINT", "RPC"])
def test_a_second_request_hurries(make_daemon, second):
    daemon = make_daemon(config="  shutdown_timeout: 10m\n").start()
    job_id = running(daemon, LONG)
    begin_to_stop(daemon)
    time.sleep(0.3)
    assert daemon.job(job_id).status == "running"
    if second == "RPC":
        daemon.stub.Shutdown(pb.ShutdownRequest(), timeout=10)
    else:
        daemon.process.send_signal(getattr(signal, second))
    assert daemon.process.wait(20) == 0
    daemon._disconnect()
    daemon.start()
    assert daemon.job(job_id).retry_count == 0


def test_no_time_at_all(make_daemon):
    daemon = make_daemon(config="  shutdown_timeout: 0s\n").start()
    job_id = running(daemon, LONG)
    assert daemon.stop(timeout=20) == 0
    daemon.start()
    assert daemon.job(job_id).retry_count == 0


def frames(connection):
    """The frames that a raw HTTP/2 connection still gets, as (type, payload), to its end (RFC 9113, section 4.1)."""
    data = b""
    with contextlib.suppress(ConnectionResetError):
        while chunk := connection.recv(65536):
            data += chunk
    found = []
    while data:
        length, kind = struct.unpack(">I", b"\0" + data[:3])[0], data[3]
        found.append((kind, data[9 : 9 + length]))
        data = data[9 + length :]
    return found


def test_every_connection_is_told_before_it_is_closed(make_daemon):
    daemon = make_daemon().start()
    job_id = running(daemon, {"ms": 1000})
    connection = socket.socket(socket.AF_UNIX)
    connection.connect(str(daemon.socket))
    connection.settimeout(30)
    connection.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0")
    begin_to_stop(daemon)
    received = frames(connection)
    goaway = [payload for kind, payload in received if kind == 7]
    # No error (section 7), and the last stream is 0: there was no call.
    assert goaway and goaway[-1][:8] == bytes(8)
    assert received[-1][0] == 7
    assert daemon.process.wait(10) == 0
    daemon._disconnect()
    daemon.start()
    assert daemon.job(job_id).status == "completed"


def test_a_client_that_does_not_read_does_not_hold_the_daemon(make_daemon):
    daemon = make_daemon().start()
    job_id = daemon.submit("diag.noop", {"bytes": 8_000_000})
    daemon.wait_one(job_id)
    reading = daemon.stub.ReadJobResult(pb.ReadJobResultRequest(job_id=job_id))
    assert next(reading).chunk
    assert daemon.stop(timeout=10) == 0


def test_removals_that_take_many_turns_are_finished_first(make_daemon):
    daemon = make_daemon().start()
    count = 10_000
    jobs = [pb.SubmitJobRequest(command="diag.noop") for _ in range(count)]
    daemon.wait(*daemon.stub.SubmitJobs(pb.SubmitJobsRequest(jobs=jobs), timeout=30).job_ids[-1000:])
    wait_until(lambda: daemon.status().jobs.completed == count, 60)
    removing = daemon.stub.RemoveJobs.future(pb.RemoveJobsRequest(filter=pb.JobFilter(status="completed")), timeout=60)
    wait_until(lambda: daemon.status().jobs.completed < count)
    daemon.process.send_signal(signal.SIGTERM)
    assert removing.result().removed == count
    assert daemon.process.wait(20) == 0
    daemon._disconnect()
    daemon.start()
    assert daemon.status().jobs.completed == 0


def test_a_store_that_is_down_does_not_hold_the_daemon(make_daemon, faults):
    daemon = make_daemon(env=faults.env, config="  shutdown_timeout: 2s\n").start()
    job_id = running(daemon, {"ms": 1000})
    faults.set(write=errno.ENOSPC)
    wait_until(lambda: daemon.status().state == "STORE_UNAVAILABLE")
    begin_to_stop(daemon)
    assert daemon.process.wait(20) == 0
    faults.clear()
    daemon._disconnect()
    daemon.start()
    assert daemon.wait_one(job_id).status == "completed"
