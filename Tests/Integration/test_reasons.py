"""The reasons that programs may rely on, each provoked by a standard client: its gRPC code, its ErrorInfo, and that a limit
is told with the field and both numbers. What needs a world that fails is in test_reasons_of_faults.py."""

import json
import re
import tempfile
from pathlib import Path

import grpc
import pytest
from google.rpc import error_details_pb2
from grpc_status import rpc_status
from honeydew_daemon import ROOT, Daemon, pb

HERE = Path(__file__).parent
CODES = grpc.StatusCode


def refusal(call, *arguments, **options):
    """The error of a call and its ErrorInfo, which is all of its details."""
    with pytest.raises(grpc.RpcError) as info:
        answer = call(*arguments, **options, timeout=60)
        _ = list(answer) if hasattr(answer, "cancel") else answer
    [detail] = rpc_status.from_call(info.value).details
    error = error_details_pb2.ErrorInfo()
    assert detail.Unpack(error)
    assert error.domain == "honeydew"
    assert len(info.value.details()) > 10
    return info.value, error


def assert_refused(outcome, reason, code, field=None, **facts):
    """
    - field: of the request, which the error names.
    - facts: what else it tells; None is any text.
    """
    error, info = outcome
    expected = {**({"field": field} if field else {}), **facts}
    assert (info.reason, error.code()) == (reason, code), error.details()
    assert set(info.metadata) == set(expected), error.details()
    for name, value in expected.items():
        assert value in (None, info.metadata[name]) and info.metadata[name]


@pytest.fixture(scope="module")
def daemon():
    with tempfile.TemporaryDirectory(prefix="hd", ignore_cleanup_errors=True) as home:
        daemon = Daemon(home, workers=2)
        try:
            yield daemon.start()
        finally:
            daemon.destroy()


@pytest.fixture(scope="module")
def world(daemon):
    """What the cases speak of: jobs in several states, a schedule, environments, a worker that is stopped."""
    stub = daemon.stub
    done, failed = daemon.submit("diag.noop"), daemon.submit("diag.fail", {"code": "API_ERROR"})
    daemon.wait(done, failed)
    for name in ("active", "used", "planned"):
        stub.AddEnvironment(pb.AddEnvironmentRequest(
            name=name, base_url="http://127.0.0.1:1/", set_active=name == "active"))
    schedule = {"cron_expr": "@yearly", "command": "diag.noop"}
    stub.ScheduleJob(pb.ScheduleJobRequest(name="there", **schedule))
    stub.ScheduleJob(pb.ScheduleJobRequest(
        name="planned", cron_expr="@yearly", command="organizations.list", environment="planned"))
    stub.ScheduleJob(pb.ScheduleJobRequest(
        name="busy", cron_expr="@yearly", command="diag.sleep", payload='{"ms":600000}'))
    stub.TriggerSchedule(pb.TriggerScheduleRequest(name="busy"))
    # Two of 33 ids begin alike: there are 32 letters and digits.
    many = stub.SubmitJobs(pb.SubmitJobsRequest(
        jobs=[pb.SubmitJobRequest(command="diag.noop", delay_ms=600_000)] * 33)).job_ids
    letters = [job_id[0] for job_id in many]
    stub.StopWorker(pb.StopWorkerRequest(slot=2))
    return {
        "done": done, "failed": failed, "keyed": daemon.submit("diag.noop", idempotency_key="key", delay_ms=600_000),
        "waiting": daemon.submit("organizations.list", environment="used", delay_ms=600_000),
        "ambiguous": next(letter for letter in letters if letters.count(letter) > 1),
    }


def job(name, **fields):
    return lambda world: {"job_id": world.get(name, name), **fields}


NOOP = {"command": "diag.noop"}
SCHEDULE = {"name": "new", "cron_expr": "@daily", **NOOP}
URL = "http://127.0.0.1:1/"
CASES = [
    # RPC, fields of the request, reason, code, field and other facts that are told
    ("SubmitJob", {"command": "github.commit"}, "UNKNOWN_COMMAND", CODES.INVALID_ARGUMENT, {"field": "command"}),
    ("SubmitJob", {"command": "auth.login"}, "UNKNOWN_COMMAND", CODES.INVALID_ARGUMENT, {"field": "command"}),
    ("SubmitJob", {**NOOP, "idempotency_key": "key"}, "IDEMPOTENCY_CONFLICT", CODES.ALREADY_EXISTS, {"job_id": None}),
    ("SubmitJobs", {"jobs": [{**NOOP, "idempotency_key": "k"}, {**NOOP, "idempotency_key": "k", "priority": 1}]},
     "IDEMPOTENCY_CONFLICT", CODES.ALREADY_EXISTS, {"field": "jobs[1].idempotency_key"}),
    ("SubmitJob", {"command": "organizations.list", "environment": "no"}, "ENVIRONMENT_NOT_FOUND", CODES.NOT_FOUND,
     {"field": "environment"}),
    ("RemoveEnvironment", {"name": "no"}, "ENVIRONMENT_NOT_FOUND", CODES.NOT_FOUND, {"field": "name"}),
    ("SetActiveEnvironment", {"name": "no"}, "ENVIRONMENT_NOT_FOUND", CODES.NOT_FOUND, {"field": "name"}),
    ("GetJobStatus", job("nothing"), "JOB_NOT_FOUND", CODES.NOT_FOUND, {}),
    ("CancelJob", {}, "JOB_NOT_FOUND", CODES.NOT_FOUND, {}),
    ("GetJobStatus", job("ambiguous"), "AMBIGUOUS_ID", CODES.INVALID_ARGUMENT, {}),
    ("CancelJob", job("done"), "WRONG_STATE", CODES.FAILED_PRECONDITION, {"status": "completed"}),
    ("SetJobPriority", job("failed", priority=1), "WRONG_STATE", CODES.FAILED_PRECONDITION, {"status": "failed"}),
    ("RetryJob", lambda world: {"job_ids": [world["done"]]}, "WRONG_STATE", CODES.FAILED_PRECONDITION,
     {"status": "completed"}),
    ("RemoveJobs", lambda world: {"job_ids": [world["waiting"]]}, "WRONG_STATE", CODES.FAILED_PRECONDITION,
     {"status": "pending"}),
    ("RestartWorker", {"slot": 2}, "WRONG_STATE", CODES.FAILED_PRECONDITION, {}),
    ("ReadJobResult", job("failed"), "NO_RESULT", CODES.FAILED_PRECONDITION, {}),
    ("GetSchedule", {"name": "no"}, "SCHEDULE_NOT_FOUND", CODES.NOT_FOUND, {}),
    ("ScheduleJob", {**SCHEDULE, "name": "there"}, "SCHEDULE_EXISTS", CODES.ALREADY_EXISTS, {}),
    ("TriggerSchedule", {"name": "busy"}, "SCHEDULE_BUSY", CODES.FAILED_PRECONDITION, {"job_id": None}),
    ("AddEnvironment", {"name": "used", "base_url": URL + "other"}, "ENVIRONMENT_EXISTS", CODES.ALREADY_EXISTS, {}),
    ("RemoveEnvironment", {"name": "active"}, "ENVIRONMENT_ACTIVE", CODES.FAILED_PRECONDITION, {}),
    ("RemoveEnvironment", {"name": "used"}, "ENVIRONMENT_IN_USE", CODES.FAILED_PRECONDITION, {}),
    ("RemoveEnvironment", {"name": "planned"}, "ENVIRONMENT_IN_USE", CODES.FAILED_PRECONDITION, {}),
    ("StopWorker", {"slot": 3}, "WORKER_NOT_FOUND", CODES.NOT_FOUND, {}),
]


def request(rpc, fields, world):
    [method] = [method for method in pb.DESCRIPTOR.services_by_name["Daemon"].methods if method.name == rpc]
    return getattr(pb, method.input_type.name)(**(fields(world) if callable(fields) else fields))


@pytest.mark.parametrize("rpc, fields, reason, code, facts", CASES, ids=[f"{c[2]}-{c[0]}" for c in CASES])
def test_a_refusal_has_its_reason_code_and_facts(daemon, world, rpc, fields, reason, code, facts):
    outcome = refusal(getattr(daemon.stub, rpc), request(rpc, fields, world))
    assert_refused(outcome, reason, code, **facts)


ids = ["a"] * 10_001
MANY_LABELS = {str(number): "" for number in range(17)}
LIMITS = [
    # RPC, fields of the request, the field that is told, the limits and the number
    ("SubmitJobs", {"jobs": []}, "jobs", [1, 10_000, 0]),
    ("SubmitJobs", {"jobs": [NOOP] * 10_001}, "jobs", [1, 10_000, 10_001]),
    ("RetryJob", {"job_ids": ids}, "job_ids", [1, 10_000, 10_001]),
    ("RemoveJobs", {"job_ids": ids}, "job_ids", [1, 10_000, 10_001]),
    ("WaitJobs", {"job_ids": ids}, "job_ids", [1, 10_000, 10_001]),
    ("WaitJobs", {}, "job_ids", [1, 10_000, 0]),
    ("SubmitJob", {**NOOP, "payload": json.dumps({"echo": "x" * (512 << 10)})}, "payload", [524_288, 524_300]),
    ("SubmitJobs", {"jobs": [NOOP, {**NOOP, "labels": MANY_LABELS}]}, "jobs[1].labels", [16, 17]),
    ("SubmitJob", {**NOOP, "labels": MANY_LABELS}, "labels", [16, 17]),
    ("SubmitJob", {**NOOP, "labels": {"name": "x" * 256}}, "labels", [255, 256]),
    ("SubmitJob", {**NOOP, "idempotency_key": "x" * 256}, "idempotency_key", [255, 256]),
    ("SubmitJob", {**NOOP, "max_retries": -1}, "max_retries", [0, 100, -1]),
    ("SubmitJob", {**NOOP, "timeout_ms": 86_400_001}, "timeout_ms", [1, 86_400_000, 86_400_001]),
    ("SubmitJob", {**NOOP, "delay_ms": 1 << 62}, "delay_ms", [316_224_000_000, 1 << 62]),
    ("SubmitJob", {**NOOP, "delay_ms": -5}, "delay_ms", [0, 316_224_000_000, -5]),
    ("ListJobs", {"limit": 1001}, "limit", [1, 1000, 1001]),
    ("ListJobs", {"limit": -1}, "limit", [1, 1000, -1]),
    ("ListSchedules", {"limit": 1001}, "limit", [1, 1000, 1001]),
    ("PreviewSchedule", {"cron_expr": "@daily", "count": 1001}, "count", [1, 1000, 1001]),
    ("PreviewSchedule", {"cron_expr": "@daily", "count": -1}, "count", [1, 1000, -1]),
    # What is no number in a range is no less short an answer.
    ("ListJobs", {"cursor": "1" * 3_000_000}, "cursor", []),
    ("ListJobs", {"cursor": "1-1"}, "cursor", []),
    ("ListJobs", {"order": "newest"}, "order", []),
    ("ListJobs", {"order": "ended", "status": "pending"}, "order", []),
    ("ListJobs", {"ended_from": "yesterday"}, "ended_from", []),
    ("RetryJob", {}, "job_ids", []),
    ("RetryJob", {"filter": {}}, "filter", []),
    ("RestartWorker", {"slot": -1}, "slot", [1, 2, -1]),
]


@pytest.mark.parametrize("rpc, fields, field, numbers", LIMITS, ids=[f"{c[0]}-{c[2]}-{c[3][-1:]}" for c in LIMITS])
def test_a_limit_is_told_with_its_field_and_both_numbers(daemon, world, rpc, fields, field, numbers):
    error, info = refusal(getattr(daemon.stub, rpc), request(rpc, fields, world))
    assert_refused((error, info), "INVALID_ARGUMENT", CODES.INVALID_ARGUMENT, field=field)
    told = [int(number) for number in re.findall(r"-?\d+", error.details().replace(field, ""))]
    assert set(numbers) <= set(told), error.details()
    assert len(error.details()) < 300


def test_the_limits_themselves_are_admitted(daemon):
    job = pb.SubmitJobRequest(delay_ms=600_000, **NOOP)
    submitted = daemon.stub.SubmitJobs(pb.SubmitJobsRequest(jobs=[job] * 10_000), timeout=60).job_ids
    assert len(set(submitted)) == 10_000
    wait = daemon.stub.WaitJobs(pb.WaitJobsRequest(job_ids=submitted))
    daemon.stub.CancelJob(pb.CancelJobRequest(job_id=submitted[0]))
    assert next(wait).job_id == submitted[0]
    wait.cancel()
    # All ids are looked up, and one of a job that goes on stands for all of them.
    for rpc in ("RemoveJobs", "RetryJob"):
        outcome = refusal(getattr(daemon.stub, rpc), request(rpc, {"job_ids": submitted}, {}))
        assert_refused(outcome, "WRONG_STATE", CODES.FAILED_PRECONDITION, status="pending")


# -- what is no request of ours


RPC_CASES = [
    ("/honeydew.Daemon/SubmitJob", b"\xff\xff\xff", "MALFORMED_REQUEST", CODES.INVALID_ARGUMENT),
    ("/honeydew.Daemon/SubmitJob", bytes(5 << 20), "MESSAGE_TOO_LARGE", CODES.RESOURCE_EXHAUSTED),
    ("/honeydew.Daemon/SubmitJobs", b"\x0a\x00" * 500_000, "TOO_MANY_ELEMENTS", CODES.RESOURCE_EXHAUSTED),
    ("/honeydew.Daemon/Nothing", b"", "UNKNOWN_METHOD", CODES.UNIMPLEMENTED),
    ("/honeydew.Nothing/Ping", b"", "UNKNOWN_METHOD", CODES.UNIMPLEMENTED),
]


@pytest.mark.parametrize("path, message, reason, code", RPC_CASES, ids=[f"{c[2]}-{c[0]}" for c in RPC_CASES])
def test_what_is_no_request_of_the_service_has_a_reason_too(daemon, path, message, reason, code):
    options = [("grpc.max_send_message_length", -1)]
    with grpc.insecure_channel(f"unix:{daemon.socket}", options=options) as channel:
        outcome = refusal(channel.unary_unary(path), message)
    assert_refused(outcome, reason, code, field="jobs" if reason == "TOO_MANY_ELEMENTS" else None)
    if reason == "MESSAGE_TOO_LARGE":
        assert {str(5 << 20), str(4 << 20)} <= set(re.findall(r"\d+", outcome[0].details()))


def test_what_concerns_pools_and_outputs(daemon):
    outcome = refusal(daemon.stub.ResizePool, pb.ResizePoolRequest(name="nowhere", workers=1))
    assert_refused(outcome, "POOL_NOT_FOUND", CODES.NOT_FOUND, "pool")
    outcome = refusal(daemon.stub.ReadOutput, pb.ReadOutputRequest(job_id=daemon.submit("diag.noop")))
    assert_refused(outcome, "NO_OUTPUT", CODES.FAILED_PRECONDITION)


# -- all of them


def reasons():
    """Those of Swift's enumeration."""
    source = (ROOT / "Sources/HoneydewCore/Refusals/Refusal.swift").read_text()
    enumeration = source.split("enum Reason", 1)[1].split("\n  }\n", 1)[0]
    found = set(re.findall(r'case \w+ = "([A-Z_]+)"', enumeration))
    assert len(found) == enumeration.count(" case ") > 30
    return found


def test_every_reason_is_provoked_by_a_test():
    here = "".join(path.read_text().split("# -- all of them")[0] for path in sorted(HERE.glob("test_reasons*.py")))
    # It takes four million waits: a test of the list itself has a smaller limit.
    here += (ROOT / "Tests/HoneydewDaemonTests/WaitListTests.swift").read_text()
    # It takes a second user.
    here += (HERE / "test_roles.py").read_text()
    every = reasons() | {"MALFORMED_REQUEST", "MESSAGE_TOO_LARGE", "TOO_MANY_ELEMENTS", "UNKNOWN_METHOD"}
    assert [reason for reason in sorted(every) if f'"{reason}"' not in here] == []
