"""Jobs through gRPC: what a client asks for is what happens."""

import json
import os

import grpc
import pytest

from honeydew_daemon import pb, wait_until


def refusal(call):
    with pytest.raises(grpc.RpcError) as info:
        call()
    return info.value.code(), info.value.details()


def test_a_job_runs_and_its_result_is_there(daemon):
    job_id = daemon.submit("diag.noop", {"echo": "hällo"}, priority=3)
    assert len(job_id) == 13 and set(job_id) <= set("abcdefghijklmnopqrstuvwxyz234567")
    status = daemon.wait_one(job_id)
    assert (status.status, status.attempts, status.retry_count) == ("completed", 1, 0)
    assert json.loads(status.result) == {"echo": "hällo"}
    assert json.loads(status.payload) == {"echo": "hällo"}
    assert status.created_at <= status.started_at <= status.completed_at
    whole = daemon.job(job_id)
    assert [(a.attempt, a.outcome, a.started_at, a.ended_at) for a in whole.history] == [
        (1, "completed", status.started_at, status.completed_at)
    ]
    whole.ClearField("history")
    assert whole == status


def test_the_log_tells_the_life_of_a_job(daemon):
    done = daemon.submit("diag.noop")
    failed = daemon.submit("diag.fail", {"code": "API_ERROR", "text": "no"})
    late = daemon.submit("diag.sleep", {"ms": 60_000}, timeout_ms=300, max_retries=0)
    daemon.wait(done, failed, late)
    wait_until(lambda: daemon.events("job completed", job_id=done))
    submitted, started, completed = [e for e in daemon.log() if e.get("job_id") == done]
    assert (submitted["message"], submitted["level"], submitted["priority"]) == ("job submitted", "info", 0)
    assert (started["message"], started["command"]) == ("job started", "diag.noop")
    assert started["worker_id"] in (1, 2, 3, 4)
    assert completed["duration_ms"] >= 0
    error = wait_until(lambda: daemon.events("job failed", job_id=failed))[0]
    assert (error["level"], error["error"], error["retry_count"]) == ("error", "API_ERROR: no", 0)
    assert error["duration_ms"] >= 0
    assert wait_until(lambda: daemon.events("job failed", job_id=late))[0]["duration_ms"] >= 300


def test_the_highest_priority_runs_first_and_then_the_oldest(make_daemon):
    daemon = make_daemon(workers=1).start()
    blocker = daemon.submit("diag.sleep", {"ms": 500})
    daemon.wait_running(blocker)
    ids = {daemon.submit("diag.noop", priority=p): (-p, i) for i, p in enumerate([0, 5, 0, 100, -3, 5])}
    ended = daemon.wait(*ids)
    order = sorted(ended.values(), key=lambda s: (s.started_at, s.completed_at))
    started = [e["job_id"] for e in daemon.events("job started") if e["job_id"] in ids]
    assert started == sorted(ids, key=ids.get)
    assert len(order) == 6


def test_a_pending_job_is_cancelled_and_never_runs(make_daemon):
    daemon = make_daemon(workers=1).start()
    blocker = daemon.submit("diag.sleep", {"ms": 300})
    job_id = daemon.submit("diag.noop")
    daemon.stub.CancelJob(pb.CancelJobRequest(job_id=job_id))
    assert daemon.job(job_id).status == "cancelled"
    daemon.wait_one(blocker)
    assert daemon.job(job_id).attempts == 0
    daemon.stub.CancelJob(pb.CancelJobRequest(job_id=job_id))  # twice is no error


def test_a_running_job_is_cancelled_at_once_and_its_worker_stays(daemon):
    job_id = daemon.submit("diag.sleep", {"ms": 60_000}, timeout_ms=120_000)
    pid = daemon.wait_running(job_id).pid
    daemon.stub.CancelJob(pb.CancelJobRequest(job_id=job_id))
    status = daemon.job(job_id)
    assert (status.status, status.error) == ("cancelled", "CANCELLED: cancelled on request")
    wait_until(lambda: any(w.pid == pid and w.state == "idle" for w in daemon.workers()))


def test_an_ended_job_cannot_be_cancelled(daemon):
    job_id = daemon.submit("diag.noop")
    daemon.wait_one(job_id)
    code, text = refusal(lambda: daemon.stub.CancelJob(pb.CancelJobRequest(job_id=job_id)))
    assert (code, text) == (grpc.StatusCode.FAILED_PRECONDITION, f"job {job_id} has already completed: it cannot be cancelled")


def test_a_failing_job_is_retried_with_backoff(daemon):
    job_id = daemon.submit("diag.fail", {"code": "API_UNAVAILABLE", "text": "503", "succeedAfter": 1})
    status = daemon.wait_one(job_id)
    assert (status.status, status.attempts, status.retry_count) == ("completed", 2, 1)
    retry = daemon.events("job retrying", job_id=job_id)[0]
    assert (retry["level"], retry["retry_count"]) == ("warn", 1)
    assert retry["next_retry"] > retry["timestamp"]


def test_max_retries_ends_a_job(daemon):
    job_id = daemon.submit("diag.fail", {"code": "NETWORK_ERROR"}, max_retries=1)
    status = daemon.wait_one(job_id)
    assert (status.status, status.attempts, status.error_code) == ("failed", 2, "NETWORK_ERROR")


def test_a_timeout_is_enforced_by_the_worker(daemon):
    job_id = daemon.submit("diag.sleep", {"ms": 60_000}, timeout_ms=200, max_retries=0)
    status = daemon.wait_one(job_id)
    assert (status.status, status.error_code) == ("failed", "TIMEOUT")
    assert sum(w.restarts for w in daemon.workers()) == 0


def test_a_unique_prefix_names_a_job(daemon):
    job_id = daemon.submit("diag.noop")
    daemon.wait_one(job_id)
    assert daemon.job(job_id[:6]).job_id == job_id


@pytest.mark.parametrize("job_id", ["", "nosuchjob", "aaaaaaaaaaaaa", "💥" * 500, "a\nb"])
def test_an_unknown_id_is_not_found(daemon, job_id):
    code, text = refusal(lambda: daemon.job(job_id))
    assert code == grpc.StatusCode.NOT_FOUND
    assert "honeydew job list" in text and len(text) < 300


@pytest.mark.parametrize(
    ("request_fields", "fragment"),
    [
        ({"command": ""}, "there is no command"),
        ({"command": "github.comits"}, "did you mean github.commits"),
        ({"command": "auth.login", "payload": "{}"}, "honeydew login"),
        ({"command": "diag.sleep", "payload": "{"}, "JSON"),
        ({"command": "diag.sleep", "payload": "[]"}, "object"),
        ({"command": "diag.sleep", "payload": "{}"}, "ms"),
        ({"command": "diag.sleep", "payload": '{"ms":"x"}'}, "ms"),
        ({"command": "github.commits", "payload": '{"organization":"a"}'}, "repository"),
        ({"command": "diag.noop", "payload": '{"ecko":"x"}'}, "echo"),
        ({"command": "diag.noop", "payload": json.dumps({"echo": "x" * (513 << 10)})}, "at most"),
        ({"command": "diag.noop", "max_retries": -1}, "max_retries"),
        ({"command": "diag.noop", "max_retries": 1000}, "max_retries"),
        ({"command": "diag.noop", "timeout_ms": 0}, "timeout_ms"),
        ({"command": "diag.noop", "timeout_ms": -5}, "timeout_ms"),
        ({"command": "diag.noop", "environment": "production"}, "calls no API"),
    ],
)
def test_bad_input_is_refused_with_a_sentence_and_stores_nothing(daemon, request_fields, fragment):
    code, text = refusal(lambda: daemon.stub.SubmitJob(pb.SubmitJobRequest(**request_fields)))
    assert code == grpc.StatusCode.INVALID_ARGUMENT
    assert fragment in text and len(text) < 400
    assert len(daemon.stub.ListJobs(pb.ListJobsRequest()).jobs) == 0


def test_diagnostics_are_refused_unless_configured(make_daemon):
    daemon = make_daemon(diagnostics=False).start()
    code, text = refusal(lambda: daemon.submit("diag.noop"))
    assert code == grpc.StatusCode.INVALID_ARGUMENT and "queue.diagnostics" in text


def test_jobs_are_listed_newest_first_in_pages(daemon):
    ids = [daemon.submit("diag.noop") for _ in range(25)]
    daemon.wait(*ids)
    seen, cursor = [], ""
    while True:
        page = daemon.stub.ListJobs(pb.ListJobsRequest(limit=10, cursor=cursor))
        seen += [job.job_id for job in page.jobs]
        assert all(not job.payload and not job.result for job in page.jobs)
        cursor = page.next_cursor
        if not cursor:
            break
    assert seen == ids[::-1]
    assert len(daemon.stub.ListJobs(pb.ListJobsRequest(status="failed")).jobs) == 0
    assert len(daemon.stub.ListJobs(pb.ListJobsRequest(status="completed", command="diag.noop")).jobs) == 25


@pytest.mark.parametrize(
    "fields", [{"status": "done"}, {"limit": -1}, {"limit": 1001}, {"cursor": "x"}, {"cursor": "-1"}]
)
def test_a_bad_list_request_is_refused(daemon, fields):
    code, _ = refusal(lambda: daemon.stub.ListJobs(pb.ListJobsRequest(**fields)))
    assert code == grpc.StatusCode.INVALID_ARGUMENT


def test_many_clients_wait_for_the_same_jobs(daemon):
    ids = [daemon.submit("diag.sleep", {"ms": 100}) for _ in range(8)]
    streams = [daemon.stub.WaitJobs(pb.WaitJobsRequest(job_ids=ids), timeout=30) for _ in range(5)]
    for stream in streams:
        assert sorted(status.job_id for status in stream) == sorted(ids)


def test_a_large_result_is_spooled_and_read_in_chunks(daemon):
    job_id = daemon.submit("diag.noop", {"bytes": 5_000_000})
    status = daemon.wait_one(job_id)
    assert status.status == "completed" and status.result_spooled and status.result == ""
    chunks = list(daemon.stub.ReadJobResult(pb.ReadJobResultRequest(job_id=job_id)))
    body = b"".join(chunk.chunk for chunk in chunks)
    assert len(body) == status.result_size >= 5_000_000
    assert all(len(chunk.chunk) <= 65536 for chunk in chunks)
    json.loads(body)
    assert sorted(p.name for p in (daemon.home / "results").iterdir()) == [f"{job_id}.1"]


def test_a_result_that_was_cut_short_is_no_result(daemon):
    job_id = daemon.submit("diag.noop", {"bytes": 1_000_000})
    daemon.wait_one(job_id)
    os.truncate(daemon.home / "results" / f"{job_id}.1", 500_000)
    code, text = refusal(lambda: list(daemon.stub.ReadJobResult(pb.ReadJobResultRequest(job_id=job_id))))
    assert code == grpc.StatusCode.DATA_LOSS and "run the job again" in text


def test_long_errors_of_many_jobs_fit_into_one_page(daemon):
    ids = [daemon.submit("diag.fail", {"code": "API_ERROR", "text": "ä" * 80_000}) for _ in range(30)]
    ended = daemon.wait(*ids)
    assert all(status.error.startswith("API_ERROR: ää") and status.error.endswith("…") for status in ended.values())
    page = daemon.stub.ListJobs(pb.ListJobsRequest()).jobs
    assert len(page) == 30 and sum(job.ByteSize() for job in page) < 100_000
