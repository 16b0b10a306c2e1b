"""Jobs that are described and not named: the same filters for lists, waits and changes, counted before anything is done."""

import json

import grpc
import pytest

from honeydew_command import Terminal, cli, environment, honeydew, use_home  # noqa: F401
from honeydew_daemon import pb, wait_until


@pytest.fixture
def jobs(daemon):
    """Some jobs of each kind, by what they are."""
    made = {
        "noop": daemon.submit("diag.noop", labels={"team": "web", "batch": "7"}),
        "sleep": daemon.submit("diag.sleep", {"ms": 1}, labels={"team": "web"}),
        "failed": daemon.submit("diag.fail", {"code": "API_ERROR", "permanent": True}, labels={"batch": "7"}, max_retries=0),
        "delayed": daemon.submit("diag.noop", labels={"team": "web"}, delay_ms=600_000),
        "late": daemon.submit("diag.sleep", {"ms": 1}, labels={"team": "ops"}, delay_ms=600_000),
    }
    wait_until(lambda: daemon.status().jobs.pending == 2 and daemon.status().jobs.running == 0)
    return made


@pytest.mark.parametrize("words, names", [
    (["--status", "failed,completed"], {"noop", "sleep", "failed"}),
    (["--status", "pending"], {"delayed", "late"}),
    (["--command", "diag.noop,diag.fail"], {"noop", "delayed", "failed"}),
    (["--label", "team=web"], {"noop", "sleep", "delayed"}),
    (["--label", "team=web", "--label", "batch=7"], {"noop"}),
    (["--label", "batch=7", "--label", "team=ops"], set()),
    (["--label", "team=web", "--status", "pending,completed", "--command", "diag.noop"], {"noop", "delayed"}),
    (["--created-from", "1h", "--status", "pending,failed"], {"delayed", "late", "failed"}),
    (["--older-than", "1h"], set()),
])
def test_each_filter_means_the_same_jobs_for_all_commands(cli, daemon, jobs, words, names):  # noqa: F811
    def ids(*only):
        return {jobs[name] for name in names if not only or name in only}

    listed = json.loads(cli("job", "list", *words, "--json").stdout)
    assert {job["job_id"] for job in listed} == ids()
    ends = {"remove": ids("noop", "sleep", "failed"), "retry": ids("failed"), "cancel": ids("delayed", "late")}
    counts = {"remove": "removed", "retry": "retried", "cancel": "cancelled"}
    # A state in which the change makes no sense is refused.
    for verb, expected in ends.items():
        dry = cli("job", verb, *words, "--dry-run", "--json")
        if dry.returncode == 2:
            assert "--status" in words and "this is for jobs that are" in dry.stderr
            continue
        assert json.loads(dry.stdout)[counts[verb]] == len(expected), (verb, dry)
    assert {job.job_id for job in daemon.stub.ListJobs(pb.ListJobsRequest()).jobs} == set(jobs.values())


def test_a_cancellation_by_filter_is_one_call_and_cancels_what_runs_too(cli, daemon, environment):  # noqa: F811
    running = [daemon.submit("diag.sleep", {"ms": 60_000}, labels={"team": "web"}) for _ in range(4)]
    wait_until(lambda: daemon.status().jobs.running == 4)
    waiting = [daemon.submit("diag.sleep", {"ms": 60_000}, labels={"team": "web"}) for _ in range(300)]
    other = daemon.submit("diag.noop", labels={"team": "ops"})
    result = cli("job", "cancel", "--label", "team=web", "--yes")
    assert (result.returncode, result.stdout) == (0, "Cancelled 304 jobs.\n")
    assert daemon.wait_one(other).status == "completed"
    for job_id in running + waiting[::50]:
        assert daemon.job(job_id).status == "cancelled"
    wait_until(lambda: daemon.status().jobs.running == 0)


def test_only_a_terminal_is_asked_and_it_hears_how_many_first(cli, daemon, environment, jobs):  # noqa: F811
    refused = cli("job", "cancel", "--status", "pending")
    assert refused.returncode == 2 and "give --yes" in refused.stderr
    terminal = Terminal(environment, "job", "remove", "--status", "failed,completed")
    terminal.read_until("Remove 3 ended jobs with --status failed,completed? [y/N] ")
    terminal.type("n\n")
    assert terminal.finish() == 1 and daemon.status().jobs.completed == 2
    terminal = Terminal(environment, "job", "cancel", "--label", "team=ops")
    terminal.read_until("Cancel 1 unended job with --label team=ops? [y/N] ")
    terminal.type("y\n")
    assert terminal.finish() == 0 and "Cancelled 1 job." in terminal.text


def test_a_dry_run_changes_nothing(cli, daemon, jobs):  # noqa: F811
    before = cli("job", "list", "--json").stdout
    assert cli("job", "remove", "--status", "completed", "--dry-run").stdout == (
        "Would remove 2 ended jobs; nothing was done.\n")
    assert cli("job", "remove", jobs["noop"], "--dry-run").stdout == "Would remove 1 ended job; nothing was done.\n"
    assert cli("job", "retry", jobs["failed"], "--dry-run").returncode == 0
    assert cli("job", "cancel", jobs["late"], "--dry-run").stdout == f"Would cancel {jobs['late']}.\n"
    assert cli("job", "remove", jobs["late"], "--dry-run").returncode == 1
    assert cli("job", "list", "--json").stdout == before


def test_a_dry_run_does_not_look_like_a_change(daemon, jobs):
    dry = daemon.stub.CancelJob(pb.CancelJobRequest(job_id=jobs["late"][:12], dry_run=True))
    assert (dry.job_id, dry.cancelled) == (jobs["late"], 1)
    dry = daemon.stub.CancelJob(pb.CancelJobRequest(filter=pb.JobFilter(status="pending"), dry_run=True))
    assert (dry.job_id, dry.cancelled) == ("", 2)
    assert daemon.stub.RemoveJobs(pb.RemoveJobsRequest(job_ids=[jobs["noop"]], dry_run=True)).removed == 1
    daemon.stub.CancelJob(pb.CancelJobRequest(filter=pb.JobFilter(status="pending")))
    lines = [(line["call"], line["count"]) for line in daemon.events("client call", component="audit")][-4:]
    assert lines == [("CancelJob", 0), ("CancelJob", 0), ("RemoveJobs", 0), ("CancelJob", 2)]


@pytest.mark.parametrize("words, note", [
    (["--command", "diag.nop"], 'There is no command "diag.nop"; did you mean diag.noop?'),
    (["--command", "diag.noop,diag.slep"], 'There is no command "diag.slep"; did you mean diag.sleep?'),
    (["--env", "stagin"], 'There is no environment "stagin"; did you mean staging?'),
    (["--schedule", "nightli"], 'There is no schedule "nightli"; did you mean nightly?'),
])
def test_a_name_that_nothing_has_is_said(cli, daemon, words, note):  # noqa: F811
    daemon.stub.AddEnvironment(pb.AddEnvironmentRequest(name="staging", base_url="http://127.0.0.1:1/graphql"))
    daemon.stub.ScheduleJob(pb.ScheduleJobRequest(name="nightly", cron_expr="0 0 1 1 *", command="diag.noop"))
    for verb in (["list"], ["wait"], ["retry"], ["cancel", "--yes"], ["remove", "--yes"]):
        result = cli("job", *verb, *words)
        assert result.returncode == 0
        none = "There are no such jobs.\n" if verb[0] in ("list", "wait") else ""
        assert result.stderr == f"{none}{note}\n", verb


def test_jobs_of_a_batch_are_waited_for(cli, daemon, tmp_path):  # noqa: F811
    lines = [{"command": "diag.sleep", "payload": {"ms": 200}} for _ in range(5)]
    file = tmp_path / "jobs.jsonl"
    file.write_text("\n".join(json.dumps(line) for line in lines))
    result = cli("submit", "--from", str(file), "--label", "batch=9", "--wait")
    assert result.returncode == 0 and len(result.stdout.splitlines()) == 5
    assert all(line.endswith(" completed diag.sleep") for line in result.stdout.splitlines())
    ended = json.loads(cli("job", "wait", "--label", "batch=9", "--json").stdout)
    assert {job["status"] for job in ended} == {"completed"} and len(ended) == 5
    file.write_text(json.dumps({"command": "diag.fail", "payload": {"code": "API_ERROR", "permanent": True}}))
    failed = cli("submit", "--from", str(file), "--wait", "--json")
    assert failed.returncode == 1 and json.loads(failed.stdout)[0]["status"] == "failed"
    assert cli("submit", "--from", str(file), "--wait-timeout", "1s").returncode == 2


@pytest.mark.parametrize("fields, text", [
    ({"status": "failed,"}, "status has an empty value between its commas"),
    ({"status": "failed,gone"}, 'there is no status "gone"'),
    ({"command": ",".join(["a"] * 101)}, "command takes at most 100 values, not 101"),
    ({"labels": ["a=b"] * 101}, "at most 100 labels, not 101"),
    ({"labels": ["a"]}, '"a" is no label; write name=value'),
])
def test_filters_that_make_no_sense_are_refused(daemon, fields, text):
    for call in (
        lambda: daemon.stub.ListJobs(pb.ListJobsRequest(**fields)),
        lambda: daemon.stub.RetryJob(pb.RetryJobRequest(filter=pb.JobFilter(**fields))),
        lambda: daemon.stub.CancelJob(pb.CancelJobRequest(filter=pb.JobFilter(**fields))),
    ):
        with pytest.raises(grpc.RpcError) as caught:
            call()
        assert caught.value.code() == grpc.StatusCode.INVALID_ARGUMENT and text in caught.value.details()


def test_a_cancellation_says_what_it_means(daemon, jobs):
    for request in (
        pb.CancelJobRequest(filter=pb.JobFilter()),
        pb.CancelJobRequest(job_id=jobs["late"], filter=pb.JobFilter(status="pending")),
        pb.CancelJobRequest(filter=pb.JobFilter(status="failed")),
        pb.CancelJobRequest(dry_run=True),
    ):
        with pytest.raises(grpc.RpcError) as caught:
            daemon.stub.CancelJob(request)
        assert caught.value.code() == grpc.StatusCode.INVALID_ARGUMENT
    assert daemon.job(jobs["late"]).status == "pending"
    assert daemon.stub.CancelJob(pb.CancelJobRequest(job_id=jobs["late"])).cancelled == 1


# -- schedules


@pytest.fixture
def schedules(daemon):
    for name, command, labels in (
        ("a", "diag.noop", {"team": "web"}), ("b", "diag.sleep", {"team": "web"}), ("c", "diag.noop", {"team": "ops"}),
    ):
        payload = '{"ms": 1}' if command == "diag.sleep" else ""
        daemon.stub.ScheduleJob(pb.ScheduleJobRequest(
            name=name, cron_expr="@yearly", command=command, payload=payload, labels=labels))


def paused(daemon):
    return {schedule.name for schedule in daemon.stub.ListSchedules(pb.ListSchedulesRequest()).schedules
            if not schedule.enabled}


def test_schedules_are_paused_and_resumed_by_what_they_are(cli, daemon, schedules):  # noqa: F811
    assert cli("schedule", "pause", "--label", "team=web", "--dry-run").stdout == "Would pause a.\nWould pause b.\n"
    assert paused(daemon) == set()
    assert cli("schedule", "pause", "--label", "team=web", "--command", "diag.noop,diag.fail").returncode == 0
    assert paused(daemon) == {"a"}
    assert cli("schedule", "pause", "b", "c").stdout == "Paused b.\nPaused c.\n"
    assert [each["name"] for each in json.loads(cli("schedule", "resume", "--all", "--json").stdout)] == ["a", "b", "c"]
    assert paused(daemon) == set()
    assert json.loads(cli("schedule", "pause", "a", "--json").stdout)["enabled"] is False
    partly = cli("schedule", "pause", "b", "nothing", "c")
    assert partly.returncode == 1 and partly.stdout == "Paused b.\nPaused c.\n" and "nothing" in partly.stderr
    failed = json.loads(cli("schedule", "pause", "nix", "nothing", "--json").stderr)
    assert "nix" in failed["message"] and "nothing" in failed["message"]
    listed = cli("schedule", "list", "--label", "team=web", "--columns", "schedule").stdout.split()
    assert listed == ["SCHEDULE", "a", "b"]


@pytest.mark.parametrize("words, status, message", [
    (["pause"], 2, "honeydew schedule pause needs names of schedules, or options that describe them"),
    (["resume", "a", "--all"], 2, "honeydew schedule resume takes names of schedules or options that describe them, not both"),
    (["pause", "--label", "team=none"], 0, "There are no such schedules."),
])
def test_schedules_that_are_not_described(cli, daemon, schedules, words, status, message):  # noqa: F811
    result = cli("schedule", *words)
    assert result.returncode == status and message in result.stderr
    assert paused(daemon) == set()


@pytest.mark.parametrize("words", [["job", "list"], ["schedule", "list"]])
def test_columns_that_are_not_there_are_refused_without_rows_too(cli, words):  # noqa: F811
    for option, text in (
        (["--columns", "nope"], "there is no column"), (["--columns", ","], "must not be empty"),
        (["--sort", "nope"], "there is no column"),
    ):
        result = cli(*words, *option)
        assert (result.returncode, result.stdout) == (2, "") and text in result.stderr
