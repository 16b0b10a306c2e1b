"""Schedules of a real daemon: their calls, their ticks, and what becomes of them when something goes wrong."""

import datetime
import json
import signal
import sqlite3
import time

import grpc
import pytest

from honeydew_daemon import pb, wait_until


def add(daemon, name, cron, command="diag.noop", payload=None, **fields):
    request = pb.ScheduleJobRequest(
        name=name, cron_expr=cron, command=command, payload=json.dumps(payload or {}), **fields
    )
    return daemon.stub.ScheduleJob(request, timeout=10).schedule


def show(daemon, name):
    return daemon.stub.GetSchedule(pb.GetScheduleRequest(name=name), timeout=10)


def trigger(daemon, name):
    return daemon.stub.TriggerSchedule(pb.TriggerScheduleRequest(name=name), timeout=10).job_id


def jobs_of(daemon, name):
    return list(daemon.stub.ListJobs(pb.ListJobsRequest(schedule=name, limit=1000), timeout=10).jobs)


def refusal(call):
    with pytest.raises(grpc.RpcError) as caught:
        call()
    return caught.value.code(), caught.value.details()


def moment(text):
    return datetime.datetime.fromisoformat(text).timestamp()


def test_a_schedule_is_kept_and_told_as_it_was_added(daemon):
    before = time.time()
    added = add(daemon, "nightly", "TZ=Europe/Berlin 30 2 * * mon-fri", "github.commits",
                {"organization": "acme", "repository": "web"}, priority=3, max_retries=1, timeout_ms=5000,
                labels={"team": "web"}, overlap="queue", missed="all", catchup_window_ms=60_000)
    assert show(daemon, "nightly") == added == show(daemon, added.schedule_id)
    assert len(added.schedule_id) == 13
    assert added.cron_expr == "TZ=Europe/Berlin 30 2 * * mon-fri"
    assert json.loads(added.payload) == {"organization": "acme", "repository": "web"}
    assert (added.priority, added.max_retries, added.timeout_ms) == (3, 1, 5000)
    assert (added.environment, dict(added.labels), added.time_zone) == ("default", {"team": "web"}, "Europe/Berlin")
    assert (added.overlap, added.missed, added.catchup_window_ms) == ("queue", "all", 60_000)
    assert added.enabled and not added.last_run_at and not added.last_job_id
    assert before < moment(added.next_run_at) < before + 4 * 86400
    daemon.kill()
    daemon.start()
    assert show(daemon, "nightly") == added


def test_the_defaults_are_those_of_the_contract(daemon):
    added = add(daemon, "plain", "@daily")
    assert (added.overlap, added.missed, added.catchup_window_ms) == ("skip", "one", 86_400_000)
    assert (added.environment, added.time_zone) == ("", "Etc/UTC") or added.time_zone
    assert not added.HasField("max_retries") and not added.HasField("timeout_ms")


@pytest.mark.parametrize("fields, message", [
    ({"cron_expr": "61 * * * *"}, "minute (column 1): 61 is not 0 to 59"),
    ({"cron_expr": "0 0 30 2 *"}, "this would never run"),
    ({"cron_expr": "TZ=America/New_York * 2 8-14 3 */7"}, "never show such a time"),
    ({"cron_expr": "TZ=Mars/Olympus @daily"}, 'there is no time zone "Mars/Olympus"'),
    ({"cron_expr": ""}, "there are no fields"),
    ({"name": ""}, "a name has 1 to 64 letters"), ({"name": "a b"}, "a name has"), ({"name": "a" * 65}, "a name has"),
    ({"command": "github.comits"}, 'there is no command "github.comits"; did you mean github.commits'),
    ({"payload": "{"}, "JSON"), ({"payload": '{"x": 1}'}, "x"),
    ({"overlap": "wait"}, 'overlap is "wait"; it is one of skip, queue, allow, cancel'),
    ({"missed": "some"}, 'missed is "some"; it is one of one, none, all'),
    ({"catchup_window_ms": -1}, "catchup_window_ms is -1"), ({"max_retries": 101}, "max_retries is 101"),
    ({"timeout_ms": 0}, "timeout_ms is 0"), ({"environment": "default"}, "calls no API"),
])
def test_what_is_wrong_with_a_schedule_is_said(daemon, fields, message):
    right = {"name": "right", "cron_expr": "@daily", "command": "diag.noop"}
    code, text = refusal(lambda: daemon.stub.ScheduleJob(pb.ScheduleJobRequest(**{**right, **fields}), timeout=10))
    assert code == grpc.StatusCode.INVALID_ARGUMENT
    assert message in text
    assert not daemon.stub.ListSchedules(pb.ListSchedulesRequest()).schedules


def test_a_name_is_given_once(daemon):
    add(daemon, "once", "@daily")
    code, text = refusal(lambda: add(daemon, "once", "@hourly"))
    assert code == grpc.StatusCode.ALREADY_EXISTS and "there is a schedule once already" in text


def test_a_schedule_that_is_not_there_is_not_found(daemon):
    calls = [
        lambda: show(daemon, "none"), lambda: trigger(daemon, "none"),
        lambda: daemon.stub.UnscheduleJob(pb.UnscheduleJobRequest(name="none")),
        lambda: daemon.stub.UpdateSchedule(pb.UpdateScheduleRequest(name="none")),
        lambda: daemon.stub.PauseSchedule(pb.PauseScheduleRequest(name="none")),
        lambda: daemon.stub.ResumeSchedule(pb.ResumeScheduleRequest(name="none")),
    ]
    for call in calls:
        assert refusal(call)[0] == grpc.StatusCode.NOT_FOUND


def test_schedules_are_listed_by_name_in_pages(daemon):
    for name in ["c", "a", "d", "b"]:
        add(daemon, name, "@daily", "github.commits", {"organization": "acme", "repository": "web"})
    request = pb.ListSchedulesRequest(limit=3)
    first = daemon.stub.ListSchedules(request)
    second = daemon.stub.ListSchedules(pb.ListSchedulesRequest(limit=3, cursor=first.next_cursor))
    assert [s.name for s in first.schedules] == ["a", "b", "c"] and not first.schedules[0].payload
    assert [s.name for s in second.schedules] == ["d"] and not second.next_cursor
    assert refusal(lambda: daemon.stub.ListSchedules(pb.ListSchedulesRequest(limit=1001)))[0] \
        == grpc.StatusCode.INVALID_ARGUMENT


def test_ticks_make_jobs_in_time_and_one_each(daemon):
    added = add(daemon, "often", "@every 1s", overlap="allow", missed="all", priority=2, labels={"a": "b"})
    wait_until(lambda: len(jobs_of(daemon, "often")) >= 4, what="four jobs")
    jobs = jobs_of(daemon, "often")[::-1]
    ticks = [moment(job.scheduled_at) for job in jobs]
    anchor = moment(added.created_at) // 1
    assert ticks[:4] == [anchor + 1, anchor + 2, anchor + 3, anchor + 4]
    for job in jobs[:4]:
        assert 0 <= moment(job.created_at) - moment(job.scheduled_at) < 30
        assert (job.schedule, job.priority, dict(job.labels)) == ("often", 2, {"a": "b"})
    schedule = show(daemon, "often")
    assert [job.job_id for job in schedule.jobs[-4:]] == [job.job_id for job in jobs[:4]][::-1]
    assert schedule.last_job_id and moment(schedule.last_run_at) > anchor
    assert moment(schedule.next_run_at) > moment(schedule.last_run_at)
    assert daemon.events("schedule triggered", schedule_name="often", schedule_id=added.schedule_id,
                         job_id=jobs[0].job_id)


def test_a_paused_schedule_does_not_tick_and_does_not_make_up_for_it(daemon):
    added = add(daemon, "still", "@every 1s", missed="all", paused=True)
    assert not added.enabled and not added.next_run_at
    time.sleep(2)
    assert not jobs_of(daemon, "still")
    resumed = daemon.stub.ResumeSchedule(pb.ResumeScheduleRequest(name="still")).schedule
    assert resumed.enabled
    wait_until(lambda: jobs_of(daemon, "still"), what="a job")
    paused = daemon.stub.PauseSchedule(pb.PauseScheduleRequest(name="still")).schedule
    assert not paused.enabled and not paused.next_run_at
    jobs = jobs_of(daemon, "still")
    assert min(moment(job.scheduled_at) for job in jobs) >= moment(resumed.updated_at)
    daemon.kill()
    daemon.start()
    time.sleep(1.5)
    assert len(jobs_of(daemon, "still")) == len(jobs)


def test_a_removed_schedule_leaves_its_jobs(daemon):
    add(daemon, "gone", "@daily")
    job = trigger(daemon, "gone")
    daemon.wait_one(job)
    daemon.stub.UnscheduleJob(pb.UnscheduleJobRequest(name="gone"))
    assert refusal(lambda: show(daemon, "gone"))[0] == grpc.StatusCode.NOT_FOUND
    assert [j.job_id for j in jobs_of(daemon, "gone")] == [job]
    add(daemon, "gone", "@weekly")
    assert show(daemon, "gone").cron_expr == "@weekly"


def test_an_update_changes_what_it_names_and_no_more(daemon):
    before = add(daemon, "changing", "@daily", "diag.sleep", {"ms": 1}, priority=1, overlap="allow")

    def update(**fields):
        return daemon.stub.UpdateSchedule(pb.UpdateScheduleRequest(name="changing", **fields)).schedule

    after = update(priority=5)
    assert after.priority == 5 and after.next_run_at == before.next_run_at
    assert json.loads(after.payload) == {"ms": 1} and after.overlap == "allow"
    after = update(cron_expr="0 12 * * *", overlap="skip", missed="none", catchup_window_ms=1000)
    assert (after.cron_expr, after.overlap, after.missed, after.catchup_window_ms) == ("0 12 * * *", "skip", "none", 1000)
    assert after.next_run_at.endswith("T12:00:00.000Z") or after.time_zone
    after = update(command="github.commits", payload='{"organization": "acme", "repository": "web"}')
    assert (after.command, after.environment) == ("github.commits", "default")
    assert update(command="diag.noop", payload="{}").environment == ""
    for fields in [{"cron_expr": "x"}, {"command": "x"}, {"payload": "{"}, {"overlap": "x"}, {"command": "github.commits"}]:
        assert refusal(lambda fields=fields: update(**fields))[0] == grpc.StatusCode.INVALID_ARGUMENT
    assert show(daemon, "changing").command == "diag.noop"


def test_an_environment_stays_while_schedules_name_it(daemon):
    daemon.stub.AddEnvironment(pb.AddEnvironmentRequest(name="staging", base_url="http://127.0.0.1:1/graphql"))
    add(daemon, "named", "@daily", "organizations.list", environment="staging")
    remove = pb.RemoveEnvironmentRequest(name="staging")
    code, text = refusal(lambda: daemon.stub.RemoveEnvironment(remove))
    assert code == grpc.StatusCode.FAILED_PRECONDITION and "schedules name staging: named" in text
    daemon.stub.UpdateSchedule(pb.UpdateScheduleRequest(name="named", environment="default"))
    daemon.stub.RemoveEnvironment(remove)


# -- policies


def test_overlapping_ticks_are_skipped_and_counted(daemon):
    add(daemon, "slow", "@every 1s", "diag.sleep", {"ms": 60_000})
    wait_until(lambda: show(daemon, "slow").skipped_overlap >= 2, what="skips")
    schedule = show(daemon, "slow")
    assert len(schedule.jobs) == 1
    assert schedule.last_skip == f"job {schedule.jobs[0].job_id} had not ended" and schedule.last_skip_at
    assert daemon.events("schedule skipped", schedule_name="slow", reason="overlap", ticks=1)
    code, text = refusal(lambda: trigger(daemon, "slow"))
    assert code == grpc.StatusCode.FAILED_PRECONDITION and schedule.jobs[0].job_id in text
    daemon.stub.CancelJob(pb.CancelJobRequest(job_id=schedule.jobs[0].job_id))
    wait_until(lambda: len(jobs_of(daemon, "slow")) == 2, what="the next tick's job")


def test_overlapping_jobs_run_side_by_side_when_they_may(daemon):
    add(daemon, "wide", "@daily", "diag.sleep", {"ms": 60_000}, overlap="allow")
    jobs = [trigger(daemon, "wide") for _ in range(3)]
    for job in jobs:
        daemon.wait_running(job)


def test_overlapping_jobs_queue_up_one_after_the_other_across_a_restart(daemon):
    add(daemon, "serial", "@daily", "diag.sleep", {"ms": 60_000}, overlap="queue")
    jobs = [trigger(daemon, "serial") for _ in range(4)]
    other = daemon.submit("diag.sleep", {"ms": 60_000})
    daemon.wait_running(jobs[0])
    daemon.wait_running(other)

    def statuses():
        return [daemon.job(job).status for job in jobs]

    assert statuses() == ["running", "pending", "pending", "pending"]
    daemon.kill()
    daemon.start()
    daemon.wait_running(jobs[0])
    daemon.wait_running(other)
    assert statuses() == ["running", "pending", "pending", "pending"]
    # One that waits may be cancelled, and another gets its turn.
    for job in (jobs[1], jobs[0]):
        daemon.stub.CancelJob(pb.CancelJobRequest(job_id=job))
    daemon.wait_running(jobs[2])
    assert statuses() == ["cancelled", "cancelled", "running", "pending"]


def test_an_overlapping_tick_cancels_the_earlier_job(daemon):
    add(daemon, "latest", "@daily", "diag.sleep", {"ms": 60_000}, overlap="cancel")
    jobs = [trigger(daemon, "latest") for _ in range(3)]
    daemon.wait_running(jobs[2])
    assert [daemon.job(job).status for job in jobs] == ["cancelled", "cancelled", "running"]


@pytest.mark.parametrize("missed", ["one", "none", "all"])
def test_ticks_that_were_missed_while_the_daemon_was_down(daemon, missed):
    add(daemon, "missed", "@every 1s", missed=missed, overlap="allow", paused=True)
    daemon.kill()
    # As if it had been down for two minutes and a half.
    change(daemon, "missed", enabled=1, next_run_at=None, decided_until=ago(150.5), anchor_at=ago(150.5, whole=True))
    daemon.start()
    wait_until(lambda: len(jobs_of(daemon, "missed")) >= (150 if missed == "all" else 1), what="jobs")
    daemon.stub.PauseSchedule(pb.PauseScheduleRequest(name="missed"))
    schedule, jobs = show(daemon, "missed"), jobs_of(daemon, "missed")
    ticks = sorted(moment(job.scheduled_at) for job in jobs)
    assert len(set(ticks)) == len(ticks)
    if missed == "all":
        assert schedule.skipped_missed == 0
        assert ticks == [ticks[0] + n for n in range(len(ticks))]
    else:
        assert 140 <= schedule.skipped_missed <= 200
        assert daemon.events("schedule skipped", schedule_name="missed", reason="missed")
        assert moment(jobs[-1].created_at) - ticks[0] < 60


def test_thousands_of_ticks_are_made_up_for_behind_a_queue_that_is_paused(daemon):
    add(daemon, "many", "@every 1s", missed="all", overlap="allow", paused=True)
    daemon.stub.PauseQueue(pb.PauseQueueRequest())
    daemon.kill()
    change(daemon, "many", enabled=1, next_run_at=None, decided_until=ago(5000.5), anchor_at=ago(5000.5, whole=True))
    daemon.start()
    wait_until(lambda: daemon.status().jobs.pending >= 5000, what="the jobs")
    assert show(daemon, "many").skipped_missed == 0


def test_a_tick_that_cannot_be_submitted_is_counted_and_told(daemon, make_daemon):
    add(daemon, "refused", "@every 1s")
    assert daemon.stop() == 0
    daemon = make_daemon(diagnostics=False).start()
    wait_until(lambda: show(daemon, "refused").skipped_refused >= 2, what="refusals")
    assert "diagnostic commands are off" in show(daemon, "refused").last_skip
    assert {e["level"] for e in daemon.events("schedule skipped", reason="refused")} == {"error"}


# -- faults


def test_many_ticks_at_one_moment_are_one_job_each(daemon):
    for number in range(60):
        add(daemon, f"s{number}", "@every 2s")
    wait_until(lambda: all(len(jobs_of(daemon, f"s{n}")) >= 2 for n in range(60)), seconds=60, what="two jobs each")
    for number in range(60):
        ticks = [job.scheduled_at for job in jobs_of(daemon, f"s{number}")]
        assert len(set(ticks)) == len(ticks)


def test_a_stopped_daemon_runs_the_latest_of_the_ticks_that_it_missed(daemon):
    add(daemon, "frozen", "@every 1s", overlap="allow")
    wait_until(lambda: jobs_of(daemon, "frozen"), what="a job")
    daemon.process.send_signal(signal.SIGSTOP)
    time.sleep(4)
    daemon.process.send_signal(signal.SIGCONT)
    schedule = wait_until(lambda: (s := show(daemon, "frozen")).skipped_missed and s, what="missed ticks")
    assert schedule.skipped_missed >= 2
    ticks = [job.scheduled_at for job in jobs_of(daemon, "frozen")]
    assert len(set(ticks)) == len(ticks)


@pytest.mark.alone("it counts wake-ups")
def test_an_idle_daemon_sleeps_until_the_next_tick(daemon):
    add(daemon, "far", "@yearly")

    def switches():
        lines = (daemon.proc / "status").read_text().splitlines()
        return sum(int(line.split()[1]) for line in lines if "ctxt_switches" in line)

    # What the calls above have left to do.
    wait_until(lambda: switches() == (time.sleep(0.5) or switches()), what="a still daemon")
    before = switches()
    time.sleep(1)
    assert switches() == before


def test_other_rules_of_zones_move_the_next_tick(daemon, make_daemon):
    berlin = add(daemon, "berlin", "TZ=Europe/Berlin 0 12 1 7 *")
    local = add(daemon, "local", "0 12 1 7 *")
    assert daemon.stop() == 0
    moved = make_daemon(env={"TZ": "Asia/Tokyo"}).start()
    after = wait_until(
        lambda: (s := show(moved, "local")).next_run_at != local.next_run_at and s, what="another next tick")
    assert after.time_zone == "Asia/Tokyo" and after.next_run_at.endswith("-07-01T03:00:00.000Z")
    assert show(moved, "berlin").next_run_at == berlin.next_run_at
    assert berlin.next_run_at.endswith("-07-01T10:00:00.000Z")


def test_a_schedule_whose_zone_is_gone_says_so_and_can_be_mended(daemon):
    add(daemon, "lost", "@daily")
    daemon.kill()
    change(daemon, "lost", cron_expr="TZ=Gone/Away @daily", next_run_at=None)
    daemon.start()
    lost = wait_until(lambda: (s := show(daemon, "lost")).last_skip and s, what="the reason")
    assert 'there is no time zone "Gone/Away"' in lost.last_skip and not lost.next_run_at
    assert not daemon.stub.PauseSchedule(pb.PauseScheduleRequest(name="lost")).schedule.enabled
    assert refusal(lambda: daemon.stub.ResumeSchedule(pb.ResumeScheduleRequest(name="lost")))[0] \
        == grpc.StatusCode.INVALID_ARGUMENT
    daemon.stub.UpdateSchedule(pb.UpdateScheduleRequest(name="lost", cron_expr="@daily"))
    assert daemon.stub.ResumeSchedule(pb.ResumeScheduleRequest(name="lost")).schedule.next_run_at


def test_a_hundred_thousand_schedules_are_there_at_the_start(daemon):
    add(daemon, "first", "@yearly")
    assert daemon.stop() == 0
    with sqlite3.connect(daemon.home / "daemon.db") as database:
        columns = [row[1] for row in database.execute("PRAGMA table_info(schedules)") if row[1] not in ("id", "name")]
        database.execute(
            f"""WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 100000)
            INSERT INTO schedules (id, name, {', '.join(columns)})
            SELECT printf('%013d', n), printf('s%d', n), {', '.join(columns)} FROM n, schedules WHERE name = 'first'""")
    database.close()
    daemon.start()
    assert show(daemon, "s77777").next_run_at == show(daemon, "first").next_run_at
    add(daemon, "soon", "@every 1s")
    wait_until(lambda: jobs_of(daemon, "soon"), what="a job")


# -- the store as it would be


def ago(seconds, whole=False):
    at = datetime.datetime.fromtimestamp(time.time() - seconds, datetime.UTC)
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + ("000Z" if whole else f"{at.microsecond // 1000:03d}Z")


def change(daemon, name, **columns):
    with sqlite3.connect(daemon.home / "daemon.db") as database:
        assignments = ", ".join(f"{column} = ?" for column in columns)
        database.execute(f"UPDATE schedules SET {assignments} WHERE name = ?", [*columns.values(), name])
    database.close()
