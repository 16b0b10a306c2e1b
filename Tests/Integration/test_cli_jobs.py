"""What the honeydew command prints and sends about jobs, against a daemon of canned answers."""

import json
import signal
import subprocess

import grpc
import pytest

from fake_daemon import COMMITS_TABLE, COMMITS_TEXT, JOBS, Refusal, canned, completed, failed, pb  # noqa: F401
from honeydew_command import HONEYDEW, as_proto_json, environment, honeydew  # noqa: F401
from honeydew_daemon import wait_until


def test_submit_prints_the_id(canned, honeydew):
    canned.answers["SubmitJob"] = pb.SubmitJobResponse(job_id="k3v9m2x7aaaaa")
    result = honeydew("submit", "diag.noop")
    assert (result.returncode, result.stdout, result.stderr) == (0, "k3v9m2x7aaaaa\n", "")
    assert canned.request("SubmitJob") == pb.SubmitJobRequest(command="diag.noop")
    assert json.loads(honeydew("submit", "diag.noop", "--json").stdout) == {"job_id": "k3v9m2x7aaaaa"}


def test_submit_sends_what_was_typed(canned, honeydew):
    canned.answers["SubmitJob"] = pb.SubmitJobResponse(job_id="k3v9m2x7aaaaa")
    honeydew("submit", "github.commits", "organization=acme", "repository=a=b", "includeDiff=true", "author:=null",
             "extra=12", "--priority", "-5", "--max-retries=0", "--timeout", "1m30s", "--env", "staging")
    request = canned.request("SubmitJob")
    assert json.loads(request.payload) == {"organization": "acme", "repository": "a=b", "includeDiff": True,
                                           "author": None, "extra": "12"}
    assert (request.priority, request.max_retries, request.timeout_ms) == (-5, 0, 90_000)
    assert request.HasField("max_retries") and request.environment == "staging"
    text = '{ "a" : 1.0 }'
    honeydew("submit", "other", text)
    assert canned.request("SubmitJob") == pb.SubmitJobRequest(command="other", payload=text)


def test_submit_and_wait(canned, honeydew):
    canned.answers["SubmitJob"] = pb.SubmitJobResponse(job_id="k3v9m2x7aaaaa")
    canned.answers["WaitJobs"] = [completed(command="github.commits", result=COMMITS_TEXT)]
    result = honeydew("submit", "github.commits", "organization=acme", "--wait")
    assert (result.returncode, result.stdout, result.stderr) == (0, COMMITS_TABLE, "")
    result = honeydew("submit", "github.commits", "organization=acme", "--wait", "--json")
    assert result.stdout == COMMITS_TEXT + "\n"
    canned.answers["WaitJobs"] = [completed(result='{"slept":{"ms":5}}')]
    assert honeydew("submit", "diag.noop", "--wait").stdout == '{\n  "slept": {\n    "ms": 5\n  }\n}\n'


def test_a_large_result_is_read_from_its_file(canned, honeydew):
    rows = [{"id": index, "name": "x" * 1000} for index in range(3000)]
    text = json.dumps({"asanaWorkspaces": rows}).encode()
    canned.answers["SubmitJob"] = pb.SubmitJobResponse(job_id="k3v9m2x7aaaaa")
    canned.answers["WaitJobs"] = [completed(command="asana.workspaces", result_spooled=True, result_size=len(text))]
    chunks = [text[start:start + 65536] for start in range(0, len(text), 65536)]
    canned.answers["ReadJobResult"] = [pb.ReadJobResultResponse(chunk=chunk) for chunk in chunks]
    assert honeydew("submit", "asana.workspaces", "--wait", "--json").stdout.encode() == text + b"\n"
    lines = honeydew("submit", "asana.workspaces", "--wait").stdout.splitlines()
    assert len(lines) == 3001 and lines[0] == "ID    NAME" and lines[-1] == "2999  " + "x" * 1000


@pytest.mark.parametrize("end, status, message", [
    (failed("API_ERROR", "no such repository"), 1, "job k3v9m2x7aaaaa failed: API_ERROR: no such repository"),
    (failed("AUTH_REQUIRED", "nobody is logged in", environment="staging"), 4,
     "job k3v9m2x7aaaaa failed: AUTH_REQUIRED: nobody is logged in; log in with: honeydew login --env staging"),
    (failed("AUTH_EXPIRED", "the refresh token expired"), 4,
     "job k3v9m2x7aaaaa failed: AUTH_EXPIRED: the refresh token expired; log in with: honeydew login"),
    (failed("AUTH_INVALID", "refused; log in again", environment="staging"), 4,
     "job k3v9m2x7aaaaa failed: AUTH_INVALID: refused; log in again with: honeydew login --env staging"),
    (failed("AUTH_INVALID", "x"), 4, "job k3v9m2x7aaaaa failed: AUTH_INVALID: x; log in with: honeydew login"),
    (failed("AUTH_INVALID", "x; it takes the same login for other calls"), 1,
     "job k3v9m2x7aaaaa failed: AUTH_INVALID: x; it takes the same login for other calls"),
    (failed("TIMEOUT", "the attempt took longer than 30s"), 124,
     "job k3v9m2x7aaaaa failed: TIMEOUT: the attempt took longer than 30s"),
    (failed("API_ERROR", "a\x1b]0;b\nc"), 1, "job k3v9m2x7aaaaa failed: API_ERROR: a\\u{1b}]0;b\\nc"),
    (completed(status="cancelled"), 1, "job k3v9m2x7aaaaa was cancelled"),
])
def test_a_job_that_does_not_complete(canned, honeydew, end, status, message):
    canned.answers["SubmitJob"] = pb.SubmitJobResponse(job_id="k3v9m2x7aaaaa")
    canned.answers["WaitJobs"] = [end]
    result = honeydew("submit", "diag.noop", "--wait")
    assert (result.returncode, result.stdout, result.stderr) == (status, "", f"honeydew: {message}\n")


def test_giving_up_the_wait(canned, honeydew):
    canned.answers["SubmitJob"] = pb.SubmitJobResponse(job_id="k3v9m2x7aaaaa")
    canned.answers["WaitJobs"] = canned.hang
    result = honeydew("submit", "diag.sleep", "--wait", "--wait-timeout", "100ms")
    assert (result.returncode, result.stdout) == (124, "")
    assert result.stderr == ("honeydew: gave up waiting after 100ms; the job goes on, look at it with: "
                             "honeydew job show k3v9m2x7aaaaa\n")


def test_interrupting_the_wait(canned, environment):
    canned.answers["SubmitJob"] = pb.SubmitJobResponse(job_id="k3v9m2x7aaaaa")
    canned.answers["WaitJobs"] = canned.hang
    process = subprocess.Popen([HONEYDEW, "submit", "diag.sleep", "--wait"], env=environment,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    wait_until(lambda: any(name == "WaitJobs" for name, _ in canned.requests))
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=20)
    assert (process.returncode, output) == (130, "")
    assert errors == ("honeydew: interrupted; the job goes on, look at it with: "
                      "honeydew job show k3v9m2x7aaaaa\n")


@pytest.mark.parametrize("words, rpc, advice", [
    (["job", "list"], "ListJobs", ""),
    (["queue", "pause"], "PauseQueue", "; whether this was done is not known; see: honeydew status"),
])
def test_only_a_call_that_changes_something_is_in_doubt(canned, environment, words, rpc, advice):
    canned.answers[rpc] = canned.hang
    process = subprocess.Popen([HONEYDEW, *words], env=environment, stderr=subprocess.PIPE, text=True)
    wait_until(lambda: any(name == rpc for name, _ in canned.requests))
    process.send_signal(signal.SIGINT)
    assert process.communicate(timeout=20)[1] == f"honeydew: interrupted{advice}\n"
    assert process.returncode == 130


@pytest.mark.parametrize("refusal, status", [
    (Refusal(grpc.StatusCode.INVALID_ARGUMENT, "no command is named github.comits; did you mean github.commits?",
             "UNKNOWN_COMMAND"), 2),
    (Refusal(grpc.StatusCode.NOT_FOUND, "no environment is named x", "ENVIRONMENT_NOT_FOUND"), 1),
    (Refusal(grpc.StatusCode.FAILED_PRECONDITION, "nobody is logged in", "AUTH_REQUIRED"), 4),
    (Refusal(grpc.StatusCode.UNAUTHENTICATED, "wrong password"), 4),
    (Refusal(grpc.StatusCode.UNAVAILABLE, "the daemon is shutting down", "SHUTTING_DOWN"), 1),
    (Refusal(grpc.StatusCode.RESOURCE_EXHAUSTED, "the message is too large"), 1),
    (Refusal(grpc.StatusCode.DEADLINE_EXCEEDED, "too late"), 124),
])
def test_refusals(canned, honeydew, refusal, status):
    canned.answers["SubmitJob"] = refusal
    result = honeydew("submit", "github.comits")
    assert (result.returncode, result.stdout, result.stderr) == (status, "", f"honeydew: {refusal.message}\n")


def test_an_older_daemon(canned, honeydew):
    canned.answers["GetStatus"] = Refusal(grpc.StatusCode.UNIMPLEMENTED, "Method not found!")
    result = honeydew("status")
    assert result.returncode == 1
    assert result.stderr == ("honeydew: the daemon does not know this call (Method not found!); it is of another version "
                             "than this program (0.1.0): restart it after an update\n")


def test_job_list(canned, honeydew):
    canned.answers["ListJobs"] = pb.ListJobsResponse(jobs=JOBS)
    result = honeydew("job", "list", "--status", "failed", "--limit", "20", "--command", "c", "--env", "e")
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout == """\
JOB            COMMAND         STATUS     PRIORITY  ATTEMPTS  ENVIRONMENT  BY    CREATED               ERROR
k3v9m2x7aaaaa  github.commits  completed         5         1  production   root  2026-01-02T03:04:05Z
m2x7k3v9bbbbb  diag.noop       failed            0         3               root  2026-01-01T00:00:00Z  WORKER_CRASHED: signal 9
"""
    assert canned.request("ListJobs") == pb.ListJobsRequest(status="failed", limit=20, command="c", environment="e")
    assert json.loads(honeydew("job", "list", "--json").stdout) == [as_proto_json(job, listed=True) for job in JOBS]


def test_job_list_by_end(canned, honeydew):
    canned.answers["ListJobs"] = pb.ListJobsResponse(jobs=[failed(
        "TIMEOUT", "late", attempts=1, created_at="2026-01-01T00:00:00.000Z", completed_at="2026-01-02T03:04:05.678Z")])
    times = ["--ended-from", "2026-01-02", "--ended-before", "2026-01-03T00:00:00+01:00"]
    result = honeydew("job", "list", "--status", "failed", "--order", "ended", *times)
    assert result.stdout == """\
JOB            COMMAND    STATUS  PRIORITY  ATTEMPTS  ENVIRONMENT  BY    ENDED                 ERROR
k3v9m2x7aaaaa  diag.noop  failed         0         1               root  2026-01-02T03:04:05Z  TIMEOUT: late
"""
    assert canned.request("ListJobs") == pb.ListJobsRequest(
        status="failed", limit=50, order="ended", ended_from="2026-01-02T00:00:00.000Z",
        ended_before="2026-01-02T23:00:00.000Z")
    canned.answers["RetryJob"] = pb.RetryJobResponse(retried=2)
    assert honeydew("job", "retry", *times).stdout == "Retried 2 jobs.\n"
    assert canned.request("RetryJob").filter == pb.JobFilter(
        ended_from="2026-01-02T00:00:00.000Z", ended_before="2026-01-02T23:00:00.000Z")
    assert honeydew("job", "remove", "--older-than", "1h", *times, "--yes").returncode == 2


def test_job_list_turns_pages(canned, honeydew):
    def page(request):
        start = int(request.cursor or 0)
        jobs = [pb.JobStatus(job_id=str(index)) for index in range(start, start + request.limit)]
        return pb.ListJobsResponse(jobs=jobs, next_cursor=str(start + request.limit))

    canned.answers["ListJobs"] = page
    result = honeydew("job", "list", "--limit", "1500", "--json")
    assert [job["job_id"] for job in json.loads(result.stdout)] == [str(index) for index in range(1500)]
    assert [request.limit for _, request in canned.requests] == [1000, 500]
    assert result.stderr == ""


def test_job_list_without_jobs(canned, honeydew):
    canned.answers["ListJobs"] = pb.ListJobsResponse()
    result = honeydew("job", "list")
    assert (result.stdout, result.stderr) == ("", "There are no such jobs.\n")
    assert honeydew("job", "list", "--json").stdout == "[]\n"


def test_job_show(canned, honeydew):
    job = completed(command="github.commits", payload='{"organization":"acme"}', environment="production", attempts=1,
                    max_retries=3, timeout_ms=30_000, created_at="2026-01-02T03:04:05.678Z", result="{}", result_size=2,
                    started_at="2026-01-02T03:04:06.000Z", completed_at="2026-01-02T03:04:07.000Z")
    canned.answers["GetJobStatus"] = job
    result = honeydew("job", "show", "k3v9")
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout == """\
job           k3v9m2x7aaaaa
command       github.commits
status        completed
payload       {"organization":"acme"}
environment   production
priority      0
attempts      1
retries       0 of 3
submitted by  root
timeout       30s
created       2026-01-02T03:04:05.678Z
started       2026-01-02T03:04:06.000Z
completed     2026-01-02T03:04:07.000Z
result        2 bytes; see: honeydew job result k3v9m2x7aaaaa
"""
    assert json.loads(honeydew("job", "show", "k3v9", "--json").stdout) == as_proto_json(job)
    canned.answers["GetJobStatus"] = completed()
    assert json.loads(honeydew("job", "show", "k3v9", "--json").stdout) == as_proto_json(completed())


def test_job_wait(canned, honeydew):
    whole = {"k3v9": "k3v9m2x7aaaaa", "m2x7": "m2x7k3v9bbbbb"}
    canned.answers["GetJobStatus"] = lambda request: pb.JobStatus(job_id=whole[request.job_id])
    canned.answers["WaitJobs"] = JOBS
    result = honeydew("job", "wait", "k3v9", "m2x7", "k3v9m2x7aaaaa", "k3v9")
    assert result.returncode == 1
    assert result.stdout == ("k3v9m2x7aaaaa completed github.commits\n"
                             "m2x7k3v9bbbbb failed diag.noop WORKER_CRASHED: signal 9\n")
    assert result.stderr == "honeydew: job m2x7k3v9bbbbb failed: WORKER_CRASHED: signal 9\n"
    assert list(canned.request("WaitJobs").job_ids) == list(whole.values())
    result = honeydew("job", "wait", "k3v9", "m2x7", "--json")
    assert json.loads(result.stdout) == [as_proto_json(job, listed=True) for job in JOBS]
    canned.answers["WaitJobs"] = JOBS[:1]
    assert honeydew("job", "wait", "k3v9").returncode == 0


def test_job_wait_gives_up(canned, honeydew):
    canned.answers["WaitJobs"] = canned.hang
    result = honeydew("job", "wait", "k3v9m2x7aaaaa", "m2x7k3v9bbbbb", "--wait-timeout", "100ms")
    assert (result.returncode, result.stdout) == (124, "")
    assert result.stderr == ("honeydew: gave up waiting after 100ms; the jobs go on, look at them with: "
                             "honeydew job list\n")


def test_job_cancel(canned, honeydew):
    def cancel(request):
        if request.job_id == "done":
            return Refusal(grpc.StatusCode.FAILED_PRECONDITION, "job done has completed", "WRONG_STATE")
        return pb.CancelJobResponse(job_id=request.job_id + "-whole", cancelled=1)

    canned.answers["CancelJob"] = cancel
    result = honeydew("job", "cancel", "a", "done", "b")
    assert (result.returncode, result.stdout) == (1, "Cancelled a-whole.\nCancelled b-whole.\n")
    assert result.stderr == "honeydew: job done has completed\n"
    assert honeydew("job", "cancel", "a", "--json").stdout == '[{"job_id":"a-whole","cancelled":1}]\n'


def test_what_could_not_be_cancelled_is_one_object_for_programs(canned, honeydew):
    def cancel(request):
        if request.job_id != "a":
            return Refusal(grpc.StatusCode.FAILED_PRECONDITION, f"job {request.job_id} has completed", "WRONG_STATE")
        return pb.CancelJobResponse(job_id="a", cancelled=1)

    canned.answers["CancelJob"] = cancel
    result = honeydew("job", "cancel", "b", "a", "c", "--json")
    assert (result.returncode, result.stdout) == (1, '[{"job_id":"a","cancelled":1}]\n')
    assert json.loads(result.stderr) == {
        "reason": "WRONG_STATE", "message": "job b has completed\njob c has completed"}
    result = honeydew("job", "cancel", "b", "a", "c")
    assert result.stderr == "honeydew: job b has completed\nhoneydew: job c has completed\n"


def test_job_result(canned, honeydew):
    canned.answers["GetJobStatus"] = completed(command="github.commits", result=COMMITS_TEXT)
    assert honeydew("job", "result", "k3v9").stdout == COMMITS_TABLE
    assert honeydew("job", "result", "k3v9", "--json").stdout == COMMITS_TEXT + "\n"
    canned.answers["GetJobStatus"] = completed(status="running")
    result = honeydew("job", "result", "k3v9")
    assert result.returncode == 1
    assert result.stderr == ("honeydew: job k3v9m2x7aaaaa is running and has no result yet; "
                             "wait with: honeydew job wait k3v9m2x7aaaaa\n")
