"""What programs get: JSON that is what it says, errors as objects, and tables for people in the order that they want."""

import json

import grpc
import pytest

from fake_daemon import Refusal, canned  # noqa: F401
from honeydew_command import cli, environment, honeydew, use_home  # noqa: F401
from honeydew_daemon import pb


def shown(cli, *words):  # noqa: F811
    return json.loads(cli(*words, "--json").stdout)


def test_payload_and_result_are_json(cli, daemon):  # noqa: F811
    payload = {"bytes": 100}
    job_id = daemon.submit("diag.noop", payload)
    daemon.wait_one(job_id)
    job = shown(cli, "job", "show", job_id)
    assert job["payload"] == payload and job["result"] == json.loads(daemon.job(job_id).result)
    assert len(job["history"]) == 1
    daemon.stub.ScheduleJob(
        pb.ScheduleJobRequest(name="yearly", cron_expr="0 0 1 1 *", command="diag.noop", payload=json.dumps(payload)))
    assert shown(cli, "schedule", "show", "yearly")["payload"] == payload
    assert "payload" not in shown(cli, "schedule", "list")[0]


def test_what_was_not_told_is_left_out_and_is_not_empty(cli, daemon):  # noqa: F811
    job_id = daemon.submit("diag.noop", {"bytes": 1}, delay_ms=60_000)
    [listed] = shown(cli, "job", "list")
    assert not {"payload", "result", "history"} & listed.keys()
    whole = shown(cli, "job", "show", job_id)
    assert whole["history"] == [] and whole["payload"] == {"bytes": 1} and "result" not in whole
    assert whole["obstacle"]["reason"] == "delayed"
    # One shape: a list has the same objects, without what lists do not have.
    assert listed.keys() == whole.keys() - {"payload", "history", "obstacle"}


def test_changes_of_workers_answer_with_the_workers(cli, daemon):  # noqa: F811
    [first] = shown(cli, "worker", "restart", "1", "--wait")
    assert first.keys() == shown(cli, "worker", "list")[0].keys() == shown(cli, "worker", "stop", "1").keys()
    assert shown(cli, "worker", "start", "1")["slot"] == 1


@pytest.mark.parametrize("words, status, reason, field", [
    (["job", "show", "abcdefghijklm"], 1, "JOB_NOT_FOUND", None),
    (["submit", "diag.nop"], 2, "UNKNOWN_COMMAND", None),
    (["submit", "diag.sleep", "ms=x"], 2, None, None),
    (["job", "list", "--limit", "x"], 2, "USAGE", None),
    (["job", "lst"], 2, "USAGE", None),
    (["submit", "diag.fail", "code=API_ERROR", "permanent=true", "--wait"], 1, "API_ERROR", None),
    (["submit", "diag.sleep", "ms=60000", "--wait", "--wait-timeout", "100ms"], 124, "TIMED_OUT", None),
    (["login", "--username", "a"], 2, "USAGE", None),
])
def test_errors_are_objects(cli, words, status, reason, field):  # noqa: F811
    result = cli(*words, "--json")
    assert result.returncode == status
    error = json.loads(result.stderr)
    assert error["message"] and (reason is None or error["reason"] == reason)
    assert "\n" not in result.stderr.rstrip("\n")
    assert not cli(*words).stderr.startswith("{")


def test_the_field_that_is_wrong_is_named(canned, honeydew):  # noqa: F811
    canned.answers["ListJobs"] = Refusal(
        grpc.StatusCode.INVALID_ARGUMENT, "cursor is wrong", "INVALID_ARGUMENT")
    error = json.loads(honeydew("job", "list", "--json").stderr)
    assert error == {"reason": "INVALID_ARGUMENT", "message": "cursor is wrong"}


def test_a_field_is_told(cli, daemon):  # noqa: F811
    result = cli("job", "list", "--label", "=b", "--json")
    assert json.loads(result.stderr)["reason"] == "USAGE"
    error = json.loads(cli("job", "retry", "--status", "pending", "--json").stderr)
    assert (error["reason"], error["field"]) == ("INVALID_ARGUMENT", "status")


def test_a_daemon_that_is_not_there_is_an_object_too(honeydew):  # noqa: F811
    result = honeydew("ping", "--json")
    assert result.returncode == 3 and json.loads(result.stderr)["reason"] == "UNREACHABLE"


# -- tables


def test_columns_and_their_order(cli, daemon):  # noqa: F811
    for priority in (5, -3, 10):
        daemon.submit("diag.noop", priority=priority, delay_ms=60_000)
    result = cli("job", "list", "--columns", "priority,job", "--sort", "priority")
    assert result.stdout.splitlines()[0].split() == ["PRIORITY", "JOB"]
    rows = [line.split()[0] for line in result.stdout.splitlines()[1:]]
    assert rows == ["-3", "5", "10"]
    rows = [line.split()[0] for line in cli(
        "job", "list", "--columns", "PRIORITY", "--sort=-priority").stdout.splitlines()[1:]]
    assert rows == ["10", "5", "-3"]


@pytest.mark.parametrize("words, message", [
    (["job", "list", "--columns", "jb"], '--columns: there is no column "jb"; did you mean job?'),
    (["job", "list", "--sort", "nothing"], '--sort: there is no column "nothing"; there are job, command, status'),
    (["worker", "list", "--sort", "last_exit"], '--sort: there is no column "last_exit"; did you mean last-exit?'),
    (["api", "list", "--columns", ""], "--columns must not be empty"),
])
def test_columns_that_are_not_there(cli, daemon, words, message):  # noqa: F811
    daemon.submit("diag.noop")
    result = cli(*words)
    assert result.returncode == 2 and message in result.stderr


def test_amounts_are_sorted_by_size_and_not_by_their_text(cli, daemon):  # noqa: F811
    result = cli("worker", "list", "--columns", "memory,worker", "--sort", "-worker")
    assert [line.split()[-1] for line in result.stdout.splitlines()[1:]] == ["4", "3", "2", "1"]
    assert cli("api", "list", "--sort", "-command", "--columns", "command").stdout.splitlines()[1] > "linear"
