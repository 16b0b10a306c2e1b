"""The queue: what a job may say, what an operator may do, and that nothing of it is lost."""

import datetime
import json
import sqlite3
import time

import grpc
import pytest
from honeydew_daemon import pb, wait_until


def refusal(call):
    with pytest.raises(grpc.RpcError) as info:
        call()
    return info.value.code(), info.value.details()


def job(**fields):
    return pb.SubmitJobRequest(**{"command": "diag.noop", **fields})


def submit_all(daemon, *jobs):
    return list(daemon.stub.SubmitJobs(pb.SubmitJobsRequest(jobs=jobs), timeout=30).job_ids)


def pause(daemon, provider=""):
    daemon.stub.PauseQueue(pb.PauseQueueRequest(provider=provider))


def resume(daemon, provider=""):
    daemon.stub.ResumeQueue(pb.ResumeQueueRequest(provider=provider))


def listed(daemon, **fields):
    return [j.job_id for j in daemon.stub.ListJobs(pb.ListJobsRequest(limit=1000, **fields)).jobs]


def soon(seconds):
    moment = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=seconds)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


# -- what a job may say


def test_a_delayed_job_waits_and_holds_up_nobody(daemon):
    delayed = daemon.submit("diag.noop", delay_ms=700)
    assert (daemon.job(delayed).status, daemon.job(delayed).next_run_at != "") == ("pending", True)
    assert daemon.wait_one(daemon.submit("diag.noop")).status == "completed"
    status = daemon.wait_one(delayed)
    assert status.status == "completed" and status.started_at >= status.created_at
    created, started = (datetime.datetime.fromisoformat(t) for t in (status.created_at, status.started_at))
    assert started - created >= datetime.timedelta(milliseconds=700)


def test_an_appointment_outlives_the_daemon(make_daemon):
    daemon = make_daemon().start()
    # Longer than a start takes on a busy machine: the job must still be waiting then.
    moment = soon(6)
    job_id = daemon.submit("diag.noop", run_at=moment)
    daemon.kill()
    daemon.start()
    assert daemon.job(job_id).next_run_at == moment
    status = daemon.wait_one(job_id)
    assert status.status == "completed" and status.started_at >= moment


@pytest.mark.parametrize("fields", [{"run_at": "2001-01-01T00:00:00Z"}, {"run_at": "2001-01-01"}, {"delay_ms": 0}])
def test_a_moment_in_the_past_is_now(daemon, fields):
    assert daemon.wait_one(daemon.submit("diag.noop", **fields), timeout=5).status == "completed"


def test_a_key_names_one_job(daemon):
    first = daemon.submit("diag.sleep", {"ms": 1}, idempotency_key="k", labels={"a": "1", "b": "2"})
    again = daemon.stub.SubmitJob(
        pb.SubmitJobRequest(
            command="diag.sleep", payload='{ "ms" : 1 }', idempotency_key="k", labels={"b": "2", "a": "1"}
        )
    )
    assert again.job_id == first
    daemon.wait_one(first)
    assert daemon.submit("diag.sleep", {"ms": 1}, idempotency_key="k", labels={"a": "1", "b": "2"}) == first
    for other in ({"payload": '{"ms": 2}'}, {"priority": 1}, {"labels": {"a": "1"}}, {"delay_ms": 5}):
        request = {"command": "diag.sleep", "payload": '{"ms": 1}', "labels": {"a": "1", "b": "2"}, **other}
        code, text = refusal(lambda r=request: daemon.stub.SubmitJob(pb.SubmitJobRequest(idempotency_key="k", **r)))
        assert code == grpc.StatusCode.ALREADY_EXISTS and first in text
    assert listed(daemon) == [first]


def test_a_key_is_remembered_after_kill_9(make_daemon):
    daemon = make_daemon().start()
    first = daemon.submit("diag.noop", idempotency_key="once")
    daemon.kill()
    daemon.start()
    assert daemon.submit("diag.noop", idempotency_key="once") == first


def test_labels_are_shown_and_find_the_job(daemon):
    first = daemon.submit("diag.noop", labels={"team": "infra", "n": "ü 1"})
    second = daemon.submit("diag.noop", labels={"team": "web"})
    assert dict(daemon.job(first).labels) == {"team": "infra", "n": "ü 1"}
    assert listed(daemon, label="team=infra") == [first]
    assert listed(daemon, label="team=web") == [second]
    assert listed(daemon, label="team=") == []


@pytest.mark.parametrize(
    ("fields", "fragment"),
    [
        ({"delay_ms": 1 << 60}, "delay_ms"),
        ({"run_at": "tomorrow"}, "run_at"),
        ({"run_at": "2099-01-01T00:00:00Z", "delay_ms": 5}, "exclude"),
        ({"timeout_ms": -5}, "timeout_ms"),
        ({"max_retries": 101}, "max_retries"),
        ({"idempotency_key": "k" * 256}, "idempotency_key"),
        ({"labels": {"a": "x" * 256}}, "label"),
        ({"labels": {"a b": "x"}}, "label"),
        ({"labels": {"": "x"}}, "label"),
        ({"labels": {str(n): "x" for n in range(17)}}, "labels"),
        ({"payload": "["}, "JSON"),
        ({"command": "diag.nothing"}, "diag.nothing"),
    ],
)
def test_one_bad_job_of_many_stores_none_and_is_named(daemon, fields, fragment):
    code, text = refusal(lambda: submit_all(daemon, job(), job(), job(**fields), job()))
    assert code == grpc.StatusCode.INVALID_ARGUMENT
    assert text.startswith("jobs[2]: ") and fragment in text
    assert listed(daemon) == []


def test_a_key_that_comes_twice_in_a_call_names_the_call(daemon):
    jobs = [job(idempotency_key="k"), job(idempotency_key="k", priority=1)]
    code, text = refusal(lambda: submit_all(daemon, *jobs))
    assert code == grpc.StatusCode.ALREADY_EXISTS
    assert text.startswith("jobs[1]: an earlier job of this call has this idempotency key")
    assert listed(daemon) == []


def test_a_rest_outlives_the_daemon(make_daemon):
    daemon = make_daemon().start()
    limited = daemon.submit("diag.fail", {"code": "RATE_LIMITED", "retryAfterMs": 600_000})
    wait_until(lambda: daemon.job(limited).retry_count == 1)
    waiting = daemon.submit("diag.noop")
    resting = [provider.resting_until for provider in daemon.stub.GetQueueStats(pb.GetQueueStatsRequest()).providers]
    daemon.kill()
    daemon.start()
    assert daemon.job(waiting).status == "pending"
    again = [provider.resting_until for provider in daemon.stub.GetQueueStats(pb.GetQueueStatsRequest()).providers]
    [[before], [after]] = resting, again
    assert abs(datetime.datetime.fromisoformat(after) - datetime.datetime.fromisoformat(before)).total_seconds() < 1


@pytest.mark.parametrize("jobs", [[], [job()] * 10_001])
def test_a_bulk_call_has_a_size(daemon, jobs):
    assert refusal(lambda: submit_all(daemon, *jobs))[0] == grpc.StatusCode.INVALID_ARGUMENT


def test_a_bulk_call_stores_all_in_order(daemon):
    pause(daemon)
    jobs = [job(payload=json.dumps({"echo": str(n)}), idempotency_key=f"k{n % 900}") for n in range(900)]
    ids = submit_all(daemon, *jobs)
    assert len(set(ids)) == 900 and listed(daemon) == ids[::-1]
    assert submit_all(daemon, *jobs[:10]) == ids[:10]
    resume(daemon)
    ended = daemon.wait(*ids)
    assert all(json.loads(ended[job_id].result) == {"echo": str(n)} for n, job_id in enumerate(ids))


# -- what an operator may do


def test_a_failed_job_is_retried_under_its_own_id(daemon):
    job_id = daemon.submit("diag.fail", {"code": "API_ERROR", "text": "no", "succeedAfter": 1})
    assert daemon.wait_one(job_id).status == "failed"
    assert daemon.stub.RetryJob(pb.RetryJobRequest(job_ids=[job_id])).retried == 1
    status = daemon.wait_one(job_id)
    assert (status.status, status.attempts, status.retry_count, status.error) == ("completed", 2, 0, "")
    history = daemon.job(job_id).history
    assert [(a.attempt, a.outcome, a.error) for a in history] == [(1, "failed", "API_ERROR: no"), (2, "completed", "")]
    assert all(a.worker in (1, 2, 3, 4) and a.started_at <= a.ended_at for a in history)


def test_a_cancelled_running_job_is_retried_when_its_worker_has_let_go(daemon):
    job_id = daemon.submit("diag.hang", {"ignoreTerm": True}, timeout_ms=60_000)
    worker = daemon.wait_running(job_id)
    daemon.stub.CancelJob(pb.CancelJobRequest(job_id=job_id))
    daemon.stub.RetryJob(pb.RetryJobRequest(job_ids=[job_id]))
    assert daemon.job(job_id).status == "pending"
    again = wait_until(lambda: next((w for w in daemon.workers() if w.job_id == job_id and w.pid != worker.pid), None))
    assert daemon.job(job_id).attempts == 2 and again.pid
    daemon.stub.CancelJob(pb.CancelJobRequest(job_id=job_id))


def test_only_failed_and_cancelled_jobs_are_retried_and_all_or_none(daemon):
    failed = daemon.submit("diag.fail", {"code": "API_ERROR"})
    done = daemon.submit("diag.noop")
    daemon.wait(failed, done)
    code, text = refusal(lambda: daemon.stub.RetryJob(pb.RetryJobRequest(job_ids=[failed, done])))
    assert code == grpc.StatusCode.FAILED_PRECONDITION and done in text
    assert daemon.job(failed).status == "failed"


def test_jobs_are_retried_and_removed_by_filter(daemon):
    failing = [job(command="diag.fail", payload='{"code":"API_ERROR"}', labels={"batch": "7"}) for _ in range(1200)]
    ids = submit_all(daemon, *failing)
    others = submit_all(daemon, *[job() for _ in range(30)])
    daemon.wait(*ids[:1000])
    daemon.wait(*ids[1000:], *others)
    batch = pb.JobFilter(label="batch=7")
    assert daemon.stub.RetryJob(pb.RetryJobRequest(filter=batch), timeout=60).retried == 1200
    daemon.wait(*ids[:1000])
    daemon.wait(*ids[1000:])
    assert all(daemon.job(job_id).attempts == 2 for job_id in ids[::100])
    assert daemon.stub.RemoveJobs(pb.RemoveJobsRequest(filter=batch), timeout=60).removed == 1200
    assert sorted(listed(daemon)) == sorted(others)
    counts = daemon.status().jobs
    assert (counts.failed, counts.completed) == (0, 30)


def test_an_empty_filter_is_no_filter(daemon):
    for request in (pb.RemoveJobsRequest(filter=pb.JobFilter()), pb.RemoveJobsRequest()):
        assert refusal(lambda r=request: daemon.stub.RemoveJobs(r))[0] == grpc.StatusCode.INVALID_ARGUMENT
    running = pb.RemoveJobsRequest(filter=pb.JobFilter(status="running"))
    assert refusal(lambda: daemon.stub.RemoveJobs(running))[0] == grpc.StatusCode.INVALID_ARGUMENT


def test_a_removed_job_is_gone_with_its_result(daemon):
    job_id = daemon.submit("diag.noop", {"bytes": 400_000}, labels={"a": "b"}, idempotency_key="k")
    daemon.wait_one(job_id)
    assert list((daemon.home / "results").iterdir())
    daemon.stub.RemoveJobs(pb.RemoveJobsRequest(job_ids=[job_id]))
    assert refusal(lambda: daemon.job(job_id))[0] == grpc.StatusCode.NOT_FOUND
    assert not list((daemon.home / "results").iterdir()) and not listed(daemon, label="a=b")
    assert daemon.submit("diag.noop", idempotency_key="k") != job_id


def test_an_unended_job_is_not_removed(daemon):
    job_id = daemon.submit("diag.noop", delay_ms=60_000)
    code, _ = refusal(lambda: daemon.stub.RemoveJobs(pb.RemoveJobsRequest(job_ids=[job_id])))
    assert code == grpc.StatusCode.FAILED_PRECONDITION and daemon.job(job_id).status == "pending"


def test_a_pending_job_gets_another_priority(make_daemon):
    daemon = make_daemon(workers=1).start()
    pause(daemon)
    ids = submit_all(daemon, job(), job(), job())
    daemon.stub.SetJobPriority(pb.SetJobPriorityRequest(job_id=ids[2], priority=7))
    assert daemon.job(ids[2]).priority == 7
    daemon.kill()
    daemon.start()
    resume(daemon)
    daemon.wait(*ids)
    started = [e["job_id"] for e in daemon.events("job started")]
    assert started == [ids[2], ids[0], ids[1]]
    code, _ = refusal(lambda: daemon.stub.SetJobPriority(pb.SetJobPriorityRequest(job_id=ids[0], priority=1)))
    assert code == grpc.StatusCode.FAILED_PRECONDITION


def test_a_pause_outlives_the_daemon_and_runs_nothing(make_daemon):
    daemon = make_daemon().start()
    pause(daemon)
    job_id = daemon.submit("diag.noop")
    daemon.kill()
    daemon.start()
    time.sleep(0.3)
    assert daemon.job(job_id).status == "pending"
    assert daemon.stub.GetQueueStats(pb.GetQueueStatsRequest()).paused
    resume(daemon)
    assert daemon.wait_one(job_id).status == "completed"


def test_one_provider_is_paused_and_others_go_on(daemon):
    pause(daemon, "diag")
    held = daemon.submit("diag.noop")
    other = daemon.submit("github.repositories", {"organization": "acme"})
    assert daemon.wait_one(other).error_code == "AUTH_REQUIRED"
    stats = daemon.stub.GetQueueStats(pb.GetQueueStatsRequest())
    diag = next(p for p in stats.providers if p.provider == "diag")
    assert (diag.paused, diag.pending, diag.running) == (True, 1, 0)
    resume(daemon, "diag")
    assert daemon.wait_one(held).status == "completed"
    assert refusal(lambda: pause(daemon, "gihub"))[0] == grpc.StatusCode.INVALID_ARGUMENT


def test_a_page_fits_a_default_client(daemon):
    labels = {f"label{n}": "x" * 255 for n in range(16)}
    pause(daemon)
    ids = [job_id for _ in range(4) for job_id in submit_all(daemon, *[job(labels=labels) for _ in range(250)])]
    seen, cursor = [], ""
    while True:
        page = daemon.stub.ListJobs(pb.ListJobsRequest(limit=1000, cursor=cursor))
        seen += [j.job_id for j in page.jobs]
        cursor = page.next_cursor
        if not cursor:
            break
    assert seen == ids[::-1]


def test_failed_jobs_are_listed_by_when_they_failed(make_daemon):
    daemon = make_daemon(workers=4).start()
    fails = [pb.SubmitJobRequest(command="diag.fail", payload='{"code":"API_ERROR"}', priority=n % 7) for n in range(300)]
    ids = daemon.stub.SubmitJobs(pb.SubmitJobsRequest(jobs=fails)).job_ids
    daemon.wait(*ids, daemon.submit("diag.noop"))
    waiting = daemon.submit("diag.noop", delay_ms=600_000)

    def pages(size, **fields):
        found, cursor = [], ""
        while True:
            page = daemon.stub.ListJobs(pb.ListJobsRequest(order="ended", limit=size, cursor=cursor, **fields))
            found += page.jobs
            cursor = page.next_cursor
            if not cursor:
                return found

    failed = pages(1000, status="failed")
    assert sorted(j.job_id for j in failed) == sorted(ids)
    ends = [j.completed_at for j in failed]
    assert ends == sorted(ends, reverse=True) and [j.job_id for j in failed] != list(ids[::-1])
    assert [j.job_id for j in pages(7, status="failed")] == [j.job_id for j in failed]
    assert len(pages(1000)) == 301 and waiting not in {j.job_id for j in pages(1000)}
    middle = ends[150]
    assert [j.completed_at for j in pages(50, status="failed", ended_from=middle)] == [e for e in ends if e >= middle]
    assert [j.completed_at for j in pages(50, status="failed", ended_before=middle)] == [e for e in ends if e < middle]
    assert len(listed(daemon, ended_from=ends[-1])) >= 300
    latest = [e for e in ends if e >= middle]
    retried = daemon.stub.RetryJob(pb.RetryJobRequest(filter=pb.JobFilter(status="failed", ended_from=middle))).retried
    assert retried == len(latest)


def test_a_cursor_belongs_to_its_query(daemon):
    daemon.wait(*submit_all(daemon, *[job() for _ in range(5)]))
    page = daemon.stub.ListJobs(pb.ListJobsRequest(limit=2, status="completed"))
    rest = daemon.stub.ListJobs(pb.ListJobsRequest(limit=3, status="completed", cursor=page.next_cursor))
    assert len(rest.jobs) == 3
    other = pb.ListJobsRequest(limit=2, status="failed", cursor=page.next_cursor)
    assert refusal(lambda: daemon.stub.ListJobs(other))[0] == grpc.StatusCode.INVALID_ARGUMENT


# -- limits


@pytest.mark.parametrize("limit", ["provider_concurrency: 2", "provider_concurrency:\n    diag: 2"])
def test_no_more_jobs_of_a_provider_run_than_admitted(make_daemon, limit):
    daemon = make_daemon(workers=4, config=f"  {limit}\n").start()
    ids = submit_all(daemon, *[job(command="diag.sleep", payload='{"ms":150}') for _ in range(10)])
    most = 0
    while daemon.status().jobs.completed < 10:
        most = max(most, daemon.status().jobs.running)
    assert most == 2
    assert {status.status for status in daemon.wait(*ids).values()} == {"completed"}


def test_a_bad_limit_is_refused(make_daemon):
    for entry, key in (
        (": 0", ""),
        (":\n    gihub: 2", ".gihub"),
        (":\n    diag: x", ".diag"),
    ):
        daemon = make_daemon(config=f"  provider_concurrency{entry}\n").spawn()
        assert daemon.process.wait(10) == 78
        assert f"queue.provider_concurrency{key}: must be" in daemon.process.stderr.read().decode()


# -- retention


def test_too_many_ended_jobs_are_removed_oldest_first(make_daemon):
    daemon = make_daemon().start()
    ids = submit_all(daemon, *[job() for _ in range(700)])
    daemon.wait(*ids)
    assert daemon.stop() == 0
    config = daemon.home / "config.yaml"
    config.write_text(config.read_text() + "  retention_jobs: 50\n")
    daemon.start()
    wait_until(lambda: daemon.status().jobs.completed == 50)
    assert listed(daemon) == ids[:-51:-1]


def test_old_ended_jobs_are_removed_with_their_results_and_others_stay(make_daemon):
    daemon = make_daemon().start()
    old = daemon.submit("diag.noop", {"bytes": 400_000})
    waiting = daemon.submit("diag.noop", delay_ms=3_600_000)
    fresh = daemon.submit("diag.noop")
    daemon.wait(old, fresh)
    assert daemon.stop() == 0
    with sqlite3.connect(daemon.home / "daemon.db") as database:
        database.execute(
            "UPDATE jobs SET completed_at = '2001-01-01T00:00:00.000Z', created_at = '2001-01-01T00:00:00.000Z' "
            "WHERE id IN (?, ?)",
            (old, waiting),
        )
    daemon.start()
    wait_until(lambda: daemon.status().jobs.completed == 1)
    assert sorted(listed(daemon)) == sorted([waiting, fresh])
    assert not list((daemon.home / "results").iterdir())
