"""What the honeydew command prints and sends for an operator, against a daemon of canned answers."""

import datetime
import json
import os
import re
import stat
import subprocess

import grpc
import pytest

from fake_daemon import Refusal, canned, completed, pb  # noqa: F401
from honeydew_command import HONEYDEW, Terminal, as_proto_json, environment, honeydew, outcome  # noqa: F401


def test_options_of_a_job(canned, honeydew):
    canned.answers["SubmitJob"] = pb.SubmitJobResponse(job_id="k3v9m2x7aaaaa")
    options = ["--label", "team=web", "--label=a=b=c", "--key", "k 1", "--delay", "1m30s"]
    assert honeydew("submit", "diag.noop", *options).returncode == 0
    assert canned.request("SubmitJob") == pb.SubmitJobRequest(
        command="diag.noop", labels={"team": "web", "a": "b=c"}, idempotency_key="k 1", delay_ms=90_000)
    honeydew("submit", "diag.noop", "--at", "2026-01-31T12:00:00+02:00")
    assert canned.request("SubmitJob") == pb.SubmitJobRequest(command="diag.noop", run_at="2026-01-31T10:00:00.000Z")
    honeydew("api", "call", "github.commits", "--no-wait", *options)
    assert canned.request("SubmitJob").labels == {"team": "web", "a": "b=c"}
    assert canned.request("SubmitJob").priority == 5
    honeydew("api", "call", "github.commits", "--no-wait", "--priority", "0")
    assert canned.request("SubmitJob").priority == 0


@pytest.mark.parametrize("command, arguments", [
    ("organizations.list", ["orgs"]), ("github.repositories", ["github", "repos", "acme"]),
    ("github.commits", ["github", "commits", "acme", "api"])])
def test_options_of_an_api_call(canned, honeydew, command, arguments):
    canned.answers["SubmitJob"] = pb.SubmitJobResponse(job_id="k3v9m2x7aaaaa")
    result = honeydew(*arguments, "--no-wait", "--label", "team=web", "--key", "k", "--at", "2026-01-31")
    assert outcome(result) == (0, "k3v9m2x7aaaaa\n", "")
    request = canned.request("SubmitJob")
    assert request == pb.SubmitJobRequest(
        command=command, payload=request.payload, labels={"team": "web"}, idempotency_key="k", priority=5,
        run_at="2026-01-31T00:00:00.000Z")
    honeydew(*arguments, "--no-wait", "--delay", "5s")
    assert canned.request("SubmitJob") == pb.SubmitJobRequest(command=command, payload=request.payload, delay_ms=5000, priority=5)


FILTER = ["--status", "failed", "--command", "c", "--env", "e", "--label", "team=web", "--created-from", "2026-01-01",
          "--created-before", "2026-01-31T12:00:00Z"]
FIELDS = {"status": "failed", "command": "c", "environment": "e", "label": "team=web",
          "created_from": "2026-01-01T00:00:00.000Z", "created_before": "2026-01-31T12:00:00.000Z"}


def test_job_list_by_filter(canned, honeydew):
    canned.answers["ListJobs"] = pb.ListJobsResponse()
    honeydew("job", "list", *FILTER)
    assert canned.request("ListJobs") == pb.ListJobsRequest(limit=50, **FIELDS)


def test_job_retry(canned, honeydew):
    canned.answers["RetryJob"] = pb.RetryJobResponse(retried=1)
    assert outcome(honeydew("job", "retry", "k3v9")) == (0, "Retried 1 job.\n", "")
    canned.answers["RetryJob"] = pb.RetryJobResponse(retried=2)
    assert outcome(honeydew("job", "retry", "k3v9", "m2x7")) == (0, "Retried 2 jobs.\n", "")
    assert canned.request("RetryJob") == pb.RetryJobRequest(job_ids=["k3v9", "m2x7"])
    assert honeydew("job", "retry", *FILTER, "--json").stdout == '{"retried":2}\n'
    assert canned.request("RetryJob") == pb.RetryJobRequest(filter=pb.JobFilter(**FIELDS))


def test_job_remove(canned, honeydew):
    canned.answers["RemoveJobs"] = pb.RemoveJobsResponse(removed=2)
    assert outcome(honeydew("job", "remove", "k3v9", "m2x7")) == (0, "Removed 2 jobs.\n", "")
    assert canned.request("RemoveJobs") == pb.RemoveJobsRequest(job_ids=["k3v9", "m2x7"])
    assert honeydew("job", "remove", *FILTER, "--yes", "--json").stdout == '{"removed":2}\n'
    assert canned.request("RemoveJobs") == pb.RemoveJobsRequest(filter=pb.JobFilter(**FIELDS))
    now = datetime.datetime.now(datetime.timezone.utc)
    honeydew("job", "remove", "--older-than", "36h", "--yes")
    request = canned.request("RemoveJobs")
    before = datetime.datetime.fromisoformat(request.filter.ended_before)
    assert abs((now - before).total_seconds() - 36 * 3600) < 60
    assert request == pb.RemoveJobsRequest(filter=pb.JobFilter(ended_before=request.filter.ended_before))


@pytest.mark.parametrize("key, status, word", [
    ("y\n", 0, "Removed 7 jobs."), ("YES\n", 0, "Removed 7 jobs."), ("\n", 1, "nothing was done"),
    ("n\n", 1, "nothing was done"), ("\x04", 1, "nothing was done")])
def test_job_remove_asks(canned, environment, key, status, word):
    canned.answers["RemoveJobs"] = pb.RemoveJobsResponse(removed=7)
    terminal = Terminal(environment, "job", "remove", "--status", "failed", "--label", "team=web", columns=200)
    terminal.read_until("Remove 7 ended jobs with --status failed --label team=web? [y/N] ")
    assert [request.dry_run for _, request in canned.requests] == [True]
    terminal.type(key)
    assert terminal.finish() == status and word in terminal.text
    assert [request.dry_run for _, request in canned.requests] == [True, False][:1 + (status == 0)]


@pytest.mark.parametrize("arguments, message", [
    (["job", "remove"], "honeydew job remove needs ids of jobs, or options that describe them; see: "
                        "honeydew job remove --help"),
    (["job", "retry"], "honeydew job retry needs ids of jobs, or options that describe them; see: "
                       "honeydew job retry --help"),
    (["job", "retry", "k3v9", "--status", "failed"],
     "honeydew job retry takes ids of jobs or --status failed, not both"),
    (["job", "remove", "--status", "failed"],
     "there is no terminal to ask on whether this is meant; give --yes"),
    (["job", "retry", "--label", "team"], '--label must be NAME=VALUE such as team=web, not "team"'),
    (["job", "list", "--created-from", "mo"],
     '--created-from must be a moment such as 2026-01-31, 2026-01-31T12:00:00Z, "monday 9:00", 14:30 or 2d, not "mo"'),
    (["job", "priority", "k3v9", "high"],
     'N must be a whole number from -2147483648 to 2147483647, not "high"'),
    (["job", "priority", "k3v9"], "N is missing: honeydew job priority ID N [options]"),
])
def test_usage(canned, honeydew, arguments, message):
    assert outcome(honeydew(*arguments)) == (2, "", f"honeydew: {message}\n")
    assert canned.requests == []


@pytest.mark.parametrize("priority", [-5, 7])
def test_job_priority(canned, honeydew, priority):
    canned.answers["SetJobPriority"] = pb.SetJobPriorityResponse(job_id="k3v9m2x7aaaaa")
    assert outcome(honeydew("job", "priority", "k3v9", str(priority))) == (
        0, f"Job k3v9m2x7aaaaa has priority {priority}.\n", "")
    assert canned.request("SetJobPriority") == pb.SetJobPriorityRequest(job_id="k3v9", priority=priority)
    assert honeydew("job", "priority", "k3v9", "1", "--json").stdout == '{"job_id":"k3v9m2x7aaaaa"}\n'


def test_job_show_has_the_attempts(canned, honeydew):
    job = completed(attempts=3, labels={"team": "web", "a": "b"}, idempotency_key="nightly", status="running", history=[
        pb.Attempt(attempt=1, worker=2, started_at="2026-01-02T03:04:05.000Z", ended_at="2026-01-02T03:04:06.250Z",
                   outcome="failed", error_code="API_ERROR", error="API_ERROR: no such\nrepository"),
        pb.Attempt(attempt=2, worker=1, started_at="2026-01-02T03:05:05.000Z", ended_at="2026-01-02T03:07:05.000Z",
                   outcome="interrupted"),
        pb.Attempt(attempt=3, worker=4, started_at="2026-01-02T03:08:05.000Z", outcome="running")])
    canned.answers["GetJobStatus"] = job
    assert honeydew("job", "show", "k3v9").stdout == """\
job           k3v9m2x7aaaaa
command       diag.noop
status        running
priority      0
attempts      3
retries       0 of 0
labels        a=b, team=web
submitted by  root
key           nightly

ATTEMPT  OUTCOME      WORKER  STARTED                        TOOK  ERROR
      1  failed            2  2026-01-02T03:04:05.000Z     1.25 s  API_ERROR: no such\\nrepository
      2  interrupted       1  2026-01-02T03:05:05.000Z  2 min 0 s
      3  running           4  2026-01-02T03:08:05.000Z
"""
    shown = json.loads(honeydew("job", "show", "k3v9", "--json").stdout)
    assert shown == as_proto_json(job) and shown["labels"] == {"a": "b", "team": "web"}


RESULT = json.dumps({"text": "é\x1b" + "x" * 300_000}).encode()


@pytest.fixture
def result(canned):
    """A result in chunks."""
    canned.answers["GetJobStatus"] = completed(result_spooled=True, result_size=len(RESULT))
    canned.answers["ReadJobResult"] = [
        pb.ReadJobResultResponse(chunk=RESULT[start:start + 65536]) for start in range(0, len(RESULT), 65536)]


def test_job_result_to_a_file(canned, result, honeydew, tmp_path):
    path = tmp_path / "result.json"
    for name in ["-o", "--output"]:
        assert outcome(honeydew("job", "result", "k3v9", name, str(path))) == (0, "", "")
        assert path.read_bytes() == RESULT and stat.S_IMODE(path.stat().st_mode) == 0o666 & ~umask()
        path.write_text("old and longer" * 100_000)
    path.chmod(0o640)
    link = tmp_path / "link"
    link.symlink_to("result.json")
    assert honeydew("job", "result", "k3v9", "-o", str(link)).returncode == 0
    assert link.is_symlink() and path.read_bytes() == RESULT and stat.S_IMODE(path.stat().st_mode) == 0o640
    canned.answers["GetJobStatus"] = completed(result="{}", result_size=2)
    assert honeydew("job", "result", "k3v9", "-o", "here.json", cwd=tmp_path).returncode == 0
    assert (tmp_path / "here.json").read_bytes() == b"{}"
    assert sorted(os.listdir(tmp_path)) == ["daemon.sock", "here.json", "link", "result.json"]


def umask():
    mask = os.umask(0)
    os.umask(mask)
    return mask


def test_job_result_to_standard_output_or_a_device(result, honeydew, environment, tmp_path):
    arguments = [HONEYDEW, "job", "result", "k3v9", "-o"]
    assert subprocess.run([*arguments, "-"], env=environment, stdout=subprocess.PIPE).stdout == RESULT
    assert subprocess.run([*arguments, "/dev/stdout"], env=environment, stdout=subprocess.PIPE).stdout == RESULT
    assert honeydew("job", "result", "k3v9", "-o", "/dev/null").returncode == 0
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)
    terminal = Terminal(environment, "job", "result", "k3v9", "-o", "-")
    assert terminal.finish() == 0 and "\\u001b" in terminal.text and "\x1b" not in terminal.text


def test_job_result_that_does_not_arrive_changes_no_file(canned, result, honeydew, tmp_path):
    path = tmp_path / "result.json"
    path.write_text("old")
    chunks = canned.answers["ReadJobResult"]

    def half(request):
        def chunk():
            yield chunks[0]
            raise RuntimeError("half of it")
        return chunk()

    canned.answers["ReadJobResult"] = half
    answer = honeydew("job", "result", "k3v9", "-o", str(path))
    assert answer.returncode == 1 and "half of it" in answer.stderr
    canned.answers["GetJobStatus"] = completed(status="running")
    assert "has no result yet" in honeydew("job", "result", "k3v9", "-o", str(path)).stderr
    assert path.read_text() == "old" and sorted(os.listdir(tmp_path)) == ["daemon.sock", "result.json"]


def test_job_result_where_nothing_can_be_written(canned, honeydew, tmp_path):
    canned.answers["GetJobStatus"] = completed(result="{}")
    for path, reason in [(tmp_path / "none" / "x", "No such file or directory"), (tmp_path, "Is a directory"),
                         ("/dev/full", "No space left on device")]:
        assert outcome(honeydew("job", "result", "k3v9", "-o", str(path))) == (
            1, "", f"honeydew: cannot write {path}: {reason}\n")


# The queue


STATS = pb.QueueStats(
    jobs=pb.JobCounts(pending=5, running=1, completed=7), delayed=2, paused=True,
    providers=[pb.ProviderStats(provider="github", pending=3, running=1, limit=2, paused=True),
               pb.ProviderStats(provider="jira", pending=2, resting_until="2026-01-02T03:04:05.678Z"),
               pb.ProviderStats(provider="linear", limit=0)])


def test_queue_stats(canned, honeydew):
    canned.answers["GetQueueStats"] = STATS
    assert outcome(honeydew("queue", "stats")) == (0, """\
queue    paused; go on with: honeydew queue resume
jobs     5 pending, 1 running, 7 completed, 0 failed, 0 cancelled
delayed  2 of the pending

PROVIDER  PENDING  RUNNING  LIMIT  STATE
github          3        1      2  paused
jira            2        0         resting until 2026-01-02T03:04:05Z
linear          0        0      0
""", "")
    assert json.loads(honeydew("queue", "stats", "--json").stdout) == as_proto_json(STATS)
    canned.answers["GetQueueStats"] = pb.QueueStats(jobs=pb.JobCounts(), delayed=0)
    assert honeydew("queue", "stats").stdout == ("queue    not paused\n"
                                                 "jobs     0 pending, 0 running, 0 completed, 0 failed, 0 cancelled\n"
                                                 "delayed  0 of the pending\n")


@pytest.mark.parametrize("arguments, provider, paused, resumed", [
    ([], "", "Paused the queue; go on with: honeydew queue resume\n", "Resumed the queue.\n"),
    (["--provider", "jira"], "jira", "Paused jira; go on with: honeydew queue resume --provider jira\n",
     "Resumed jira.\n")])
def test_pausing_and_resuming(canned, honeydew, arguments, provider, paused, resumed):
    canned.answers.update(PauseQueue=pb.PauseQueueResponse(), ResumeQueue=pb.ResumeQueueResponse(),
                          GetQueueStats=pb.QueueStats())
    assert outcome(honeydew("queue", "pause", *arguments)) == (0, paused, "")
    assert canned.request("PauseQueue") == pb.PauseQueueRequest(provider=provider)
    assert outcome(honeydew("queue", "resume", *arguments)) == (0, resumed, "")
    assert canned.request("ResumeQueue") == pb.ResumeQueueRequest(provider=provider)
    assert honeydew("queue", "pause", "--json", *arguments).stdout == "{}\n"


def test_status_says_what_is_paused(canned, honeydew):
    canned.answers["GetStatus"] = pb.DaemonStatus(state="SERVING", jobs=pb.JobCounts(), queue=STATS)
    line = ("queue        paused; go on with: honeydew queue resume; github paused; "
            "jira resting until 2026-01-02T03:04:05Z\n")
    assert line in honeydew("status").stdout
    canned.answers["GetStatus"] = pb.DaemonStatus(state="SERVING", jobs=pb.JobCounts())
    result = honeydew("status")
    assert (result.returncode, result.stderr) == (0, "") and not re.search("^queue", result.stdout, re.MULTILINE)
