"""Schedules as configuration tools write them: the same again and again, and whole files of them."""

import json
import shlex
import textwrap

import grpc
import pytest

from honeydew_command import cli, environment, honeydew, outcome  # noqa: F401
from honeydew_daemon import pb, wait_until
from test_schedules import add, jobs_of, refusal, show, trigger

FILE = """\
- name: nightly
  cron_expr: "0 2 1 1 *"
  command: diag.sleep
  payload: {ms: 1}
  labels: {team: web}
- name: often
  cron_expr: "@every 1h"
  command: diag.noop
  overlap: queue
"""


@pytest.fixture
def apply(cli, tmp_path):
    """Applies a text as a file of one name, always the same."""
    file = tmp_path / "schedules.yaml"

    def run(text, *options):
        file.write_text(textwrap.dedent(text))
        return cli("schedule", "apply", str(file), *options)

    run.file = file
    return run


def names(daemon):
    return [schedule.name for schedule in daemon.stub.ListSchedules(pb.ListSchedulesRequest()).schedules]


def test_an_equal_expression_changes_nothing_however_often_it_comes(daemon, cli):
    before = add(daemon, "same", "@every 4s")
    for _ in range(6):
        changed = daemon.stub.UpdateSchedule(pb.UpdateScheduleRequest(name="same", cron_expr="@every 4s"))
        assert not changed.changes and changed.schedule.updated_at == before.updated_at
        wait_until(lambda: jobs_of(daemon, "same") or True)
    assert cli("schedule", "update", "same", "--cron", "@every 4s", "--overlap", "skip").stdout.startswith(
        "Nothing to change in same; next run: ")
    # Written in another way it is the same too, and its intervals go on.
    changed = daemon.stub.UpdateSchedule(pb.UpdateScheduleRequest(name="same", cron_expr="@every  4000ms"))
    assert list(changed.changes) == ["cron_expr"] and changed.schedule.cron_expr == "@every  4000ms"
    assert changed.schedule.next_run_at == show(daemon, "same").next_run_at
    wait_until(lambda: daemon.stub.UpdateSchedule(
        pb.UpdateScheduleRequest(name="same", cron_expr="@every 4s")) and jobs_of(daemon, "same"), what="its first job")


def test_a_secret_that_is_the_same_is_no_change(daemon):
    payload = json.dumps({"input": {"username": "ada", "password": "hush"}})
    daemon.stub.ScheduleJob(pb.ScheduleJobRequest(
        name="users", cron_expr="@daily", command="account.createUser", payload=payload))

    def update(payload):
        request = pb.UpdateScheduleRequest(name="users", command="account.createUser", payload=payload)
        return list(daemon.stub.UpdateSchedule(request).changes)

    assert update(payload) == []
    assert update('{"input": {"password": "hush", "username": "ada"}}') == []
    assert update(payload.replace("hush", "other")) == ["payload"]


def test_a_file_is_applied_and_a_second_time_nothing_changes(daemon, apply, cli):
    add(daemon, "own", "@daily")
    dry = apply(FILE, "--dry-run")
    assert dry.returncode == 0 and "Would add nightly; next run: 2" in dry.stdout
    assert dry.stdout.endswith("Nothing was done; it would be: 2 added, 0 changed, 0 removed, 0 unchanged.\n")
    assert names(daemon) == ["own"]
    first = apply(FILE)
    assert first.returncode == 0 and "Added often; next run: 2" in first.stdout
    assert first.stdout.endswith("2 added, 0 changed, 0 removed, 0 unchanged.\n")
    nightly, often = show(daemon, "nightly"), show(daemon, "often")
    assert (nightly.command, nightly.payload, dict(nightly.labels)) == ("diag.sleep", '{"ms":1}', {"team": "web"})
    assert (often.overlap, often.set, nightly.set) == ("queue", "default", "default")
    assert outcome(apply(FILE)) == (
        0, "Unchanged: nightly.\nUnchanged: often.\n0 added, 0 changed, 0 removed, 2 unchanged.\n", "")
    assert (show(daemon, "nightly"), show(daemon, "often")) == (nightly, often)
    # By standard input, with other values, and one less.
    text = FILE[: FILE.index("- name: often")].replace("ms: 1", "ms: 2").replace("web", "api")
    dry = cli("schedule", "apply", "-", "--dry-run", input=text)
    assert "Would change nightly (labels, payload); next run: " in dry.stdout and "Would remove often." in dry.stdout
    assert show(daemon, "nightly") == nightly
    done = json.loads(cli("schedule", "apply", "-", "--json", input=text).stdout)
    assert [(s["name"], s["outcome"], s["changes"]) for s in done] == [
        ("nightly", "changed", ["labels", "payload"]), ("often", "removed", [])]
    after = show(daemon, "nightly")
    assert (after.schedule_id, after.next_run_at, after.payload) == (
        nightly.schedule_id, nightly.next_run_at, '{"ms":2}')
    assert names(daemon) == ["nightly", "own"]
    assert apply("[]").stdout == "Removed nightly.\n0 added, 0 changed, 1 removed, 0 unchanged.\n"
    assert names(daemon) == ["own"]
    assert [line["on"] for line in daemon.events("client call", call="ApplySchedules")] == [
        "", "nightly often", "", "", "nightly often", "nightly"]


def test_what_is_applied_again_and_again_runs_all_the_same(daemon, apply):
    text = "- {name: often, cron_expr: '@every 3s', command: diag.noop}"
    wait_until(lambda: apply(text).returncode == 0 and jobs_of(daemon, "often"), what="a job")


def test_a_pause_and_an_environment_stay_unless_the_file_says_something(daemon, apply):
    text = "- {name: a, cron_expr: '@daily', command: organizations.list%s}"
    apply(text % "")
    daemon.stub.PauseSchedule(pb.PauseScheduleRequest(name="a"))
    daemon.stub.AddEnvironment(pb.AddEnvironmentRequest(name="other", base_url="http://127.0.0.1:2/", set_active=True))
    assert "Unchanged: a." in apply(text % "").stdout
    assert (show(daemon, "a").enabled, show(daemon, "a").environment) == (False, "default")
    assert "Changed a (environment, paused); next run: 2" in apply(text % ", paused: false, environment: other").stdout
    assert show(daemon, "a").enabled and show(daemon, "a").environment == "other"
    assert "Changed a (paused); paused." in apply(text % ", paused: true").stdout
    # What was set by hand and is not in the file goes back to its default.
    daemon.stub.UpdateSchedule(pb.UpdateScheduleRequest(name="a", priority=7, max_retries=1))
    assert "Changed a (priority, max_retries); paused." in apply(text % "").stdout
    assert not show(daemon, "a").HasField("max_retries")


def test_sets_leave_each_other_alone(daemon, apply):
    assert apply("- {name: a, cron_expr: '@daily', command: diag.noop}", "--set", "one").returncode == 0
    assert apply("- {name: b, cron_expr: '@daily', command: diag.noop}", "--set", "two").returncode == 0
    add(daemon, "c", "@daily")
    assert names(daemon) == ["a", "b", "c"]
    taken = apply("- {name: b, cron_expr: '@daily', command: diag.noop}", "--set", "one")
    assert taken.returncode == 1 and f"{apply.file}:1: b: the schedule b belongs to the set two" in taken.stderr
    # One that was added by hand is taken into the set.
    assert "Changed c (set)" in apply("- {name: c, cron_expr: '@daily', command: diag.noop}", "--set", "one").stdout
    assert names(daemon) == ["b", "c"]
    daemon.kill()
    daemon.start()
    assert apply("[]", "--set", "one").stdout.startswith("Removed c.") and names(daemon) == ["b"]
    assert apply("[]", "--set", "a b").returncode == 2


@pytest.mark.parametrize("entry, message", [
    ("{name: x, cron_expr: '61 * * * *', command: diag.noop}", ":10: cron_expr: minute (column 1): 61"),
    ("{name: x, cron_expr: 'TZ=Mars/Olympus @daily', command: diag.noop}", ':10: x: there is no time zone "Mars/'),
    ("{name: x, cron_expr: '@daily', command: github.comits}", ':10: x: there is no command "github.comits"'),
    ("{name: x, cron_expr: '@daily', command: diag.sleep, payload: {x: 1}}", ":10: x: "),
    ("{name: x, cron_expr: '@daily', command: organizations.list, environment: no}", ':10: x: no environment is named "no"'),
    ("{name: nightly, cron_expr: '@daily', command: diag.noop}", ":10: the name nightly stands in line 1 too"),
    ("{name: x, cron_expr: '@daily', command: diag.noop, timeout: 5}", ':10: a schedule has no field "timeout"'),
])
def test_one_wrong_entry_refuses_the_whole_file(daemon, apply, entry, message):
    apply(FILE)
    before = show(daemon, "nightly")
    result = apply(FILE.replace("ms: 1", "ms: 2") + "- " + entry)
    assert result.returncode in (1, 2) and f"{apply.file}{message}" in result.stderr
    assert result.stdout == "" and "nothing was changed" in result.stderr
    assert show(daemon, "nightly") == before and names(daemon) == ["nightly", "often"]


def test_what_show_prints_can_be_applied(daemon, apply, cli):
    add(daemon, "a", "TZ=Europe/Berlin 0 2 * * *", "diag.sleep", {"ms": 5}, max_retries=2, labels={"x": "y"}, paused=True)
    printed = cli("schedule", "show", "a", "--json").stdout
    assert apply(f"[{printed}]").stdout.startswith("Changed a (set); paused.")
    assert apply(f"[{printed}]").stdout.startswith("Unchanged: a.")


def test_two_hundred_schedules_are_one_decision(daemon, apply):
    entries = [{"name": f"s{n}", "cron_expr": "@yearly", "command": "diag.noop"} for n in range(200)]
    assert apply(json.dumps(entries)).stdout.endswith("200 added, 0 changed, 0 removed, 0 unchanged.\n")
    assert apply(json.dumps(entries)).stdout.endswith("0 added, 0 changed, 0 removed, 200 unchanged.\n")
    more = apply(json.dumps([*entries, {**entries[0], "name": "one-more"}]))
    assert more.returncode == 2 and "at most 200 may be in one set" in more.stderr
    assert apply("[]").stdout.endswith("0 added, 0 changed, 200 removed, 0 unchanged.\n")


# -- jobs that outlive their schedule


def test_a_removal_tells_of_jobs_that_have_not_ended_and_so_does_a_new_schedule(daemon, cli):
    add(daemon, "gone", "@daily", "diag.sleep", {"ms": 60_000}, overlap="queue")
    jobs = [trigger(daemon, "gone") for _ in range(3)]
    daemon.wait_running(jobs[0])
    removed = cli("schedule", "remove", "gone")
    assert removed.returncode == 0 and removed.stdout == "Removed gone.\n"
    assert "3 jobs have not ended and will still run" in removed.stderr and "--schedule gone" in removed.stderr
    for overlap, consequence in [
        ("skip", "its ticks are skipped until they have ended"), ("queue", "its jobs wait for them"),
        ("allow", "its jobs run beside them"), ("cancel", "its first tick cancels them"),
    ]:
        added = cli("schedule", "add", "gone", "@daily", "diag.noop", "--overlap", overlap)
        assert "3 jobs have not ended of an earlier schedule of this name" in added.stderr
        assert consequence in added.stderr
        request = pb.UnscheduleJobRequest(name="gone")
        assert daemon.stub.UnscheduleJob(request).unended_jobs == 3
    for job in jobs:
        daemon.stub.CancelJob(pb.CancelJobRequest(job_id=job))
    added = daemon.stub.ScheduleJob(pb.ScheduleJobRequest(name="gone", cron_expr="@daily", command="diag.noop"))
    assert added.unended_jobs == 0
    assert outcome(cli("schedule", "remove", "gone")) == (0, "Removed gone.\n", "")


def test_what_a_removal_advises_finds_all_the_jobs_that_wait(daemon, cli):
    """Also more than a list shows unasked, and of a schedule that was named by its id."""
    daemon.stub.PauseQueue(pb.PauseQueueRequest())
    schedule = add(daemon, "many", "@daily", overlap="queue")
    jobs = {trigger(daemon, "many") for _ in range(60)}
    removed = cli("schedule", "remove", schedule.schedule_id)
    advice = removed.stderr[removed.stderr.index("honeydew job cancel") :]
    assert cli(*shlex.split(advice)[1:], "--yes").stdout == "Cancelled 60 jobs.\n"
    assert {daemon.job(job_id).status for job_id in jobs} == {"cancelled"}


def test_an_applied_removal_tells_of_jobs_that_have_not_ended(daemon, apply):
    apply("- {name: a, cron_expr: '@daily', command: diag.sleep, payload: {ms: 60000}}")
    trigger(daemon, "a")
    assert "Removed a; 1 job has not ended and will still run." in apply("[]").stdout
    assert "Added a; next run: " in (added := apply("- {name: a, cron_expr: '@daily', command: diag.noop}").stdout)
    assert "1 job has not ended of an earlier one" in added


def test_sets_are_their_users_own(daemon):
    def apply(**fields):
        return daemon.stub.ApplySchedules(pb.ApplySchedulesRequest(**fields))

    entry = pb.ScheduleJobRequest(name="a", cron_expr="@daily", command="diag.noop")
    assert [s.outcome for s in apply(schedules=[entry], dry_run=True).schedules] == ["added"]
    assert apply(schedules=[entry]).schedules[0].next_run_at
    code, text = refusal(lambda: apply(schedules=[entry, entry]))
    assert code == grpc.StatusCode.INVALID_ARGUMENT and text == "schedules[1]: schedules[0] has the same name"
