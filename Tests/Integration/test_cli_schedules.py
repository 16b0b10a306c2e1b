"""The honeydew command's part of schedules, with a real daemon."""

import json

import pytest

from honeydew_command import as_proto_json, cli, environment, honeydew, outcome  # noqa: F401
from honeydew_daemon import pb


def schedule(daemon, name):
    return daemon.stub.GetSchedule(pb.GetScheduleRequest(name=name))


def test_a_schedule_from_its_first_to_its_last_command(cli, daemon):
    assert cli("schedule", "list").stderr.startswith("There are no schedules")
    added = cli("schedule", "add", "nightly", "TZ=UTC 0 2 1 1 *", "diag.sleep", "ms=1", "--overlap", "queue", "--missed",
                "none", "--catchup-window", "5m", "--priority", "-1", "--max-retries", "2", "--timeout", "9s", "--label",
                "team=web")
    assert added.returncode == 0 and added.stdout.startswith("Added nightly; next run: 2")
    kept = schedule(daemon, "nightly")
    assert (kept.cron_expr, kept.command, kept.payload) == ("TZ=UTC 0 2 1 1 *", "diag.sleep", '{"ms":1}')
    assert (kept.overlap, kept.missed, kept.catchup_window_ms) == ("queue", "none", 300_000)
    assert (kept.priority, kept.max_retries, kept.timeout_ms, dict(kept.labels)) == (-1, 2, 9000, {"team": "web"})

    job_id = cli("schedule", "trigger", "nightly").stdout.strip()
    daemon.wait_one(job_id)
    assert cli("schedule", "trigger", "nightly", "--wait", "--json").returncode == 0
    shown = cli("schedule", "show", "nightly").stdout
    assert "overlap" in shown and "none, within 5m" in shown and "no ticks" in shown
    assert f"{job_id}  triggered  completed" in shown
    assert json.loads(cli("schedule", "show", "nightly", "--json").stdout) == as_proto_json(schedule(daemon, "nightly"))
    listed = json.loads(cli("job", "list", "--schedule", "nightly", "--json").stdout)
    assert [job["schedule"] for job in listed] == ["nightly", "nightly"]
    assert "schedule      nightly\n" in cli("job", "show", job_id).stdout

    assert cli("schedule", "update", "nightly", "--cron", "@daily", "--overlap", "skip").returncode == 0
    assert cli("schedule", "update", "nightly", "diag.noop").stdout.startswith("Updated nightly; next run: ")
    after = schedule(daemon, "nightly")
    assert (after.cron_expr, after.overlap, after.missed, after.command) == ("@daily", "skip", "none", "diag.noop")
    assert cli("schedule", "pause", "nightly").stdout == "Paused nightly.\n"
    assert "paused" in cli("schedule", "list").stdout
    assert cli("schedule", "resume", "nightly").stdout.startswith("Resumed nightly; next run: ")
    rows = json.loads(cli("schedule", "list", "--json").stdout)
    assert [row["name"] for row in rows] == ["nightly"]
    assert outcome(cli("schedule", "remove", "nightly")) == (0, "Removed nightly.\n", "")
    assert cli("schedule", "show", "nightly").returncode == 1
    assert json.loads(cli("schedule", "list", "--json").stdout) == []


def test_the_next_ticks(cli):
    words = ["schedule", "next", "TZ=Europe/Berlin 30 2 * * *", "-n", "3", "--after", "2026-03-28"]
    assert cli(*words).stdout.splitlines() == [
        "2026-03-28T02:30:00+01:00", "2026-03-29T03:00:00+02:00", "2026-03-30T02:30:00+02:00"]
    assert json.loads(cli(*words, "--json").stdout) == [
        "2026-03-28T01:30:00.000Z", "2026-03-29T01:00:00.000Z", "2026-03-30T00:30:00.000Z"]
    assert len(cli("schedule", "next", "@hourly").stdout.splitlines()) == 10
    assert cli("schedule", "next", "TZ=America/St_Johns @daily", "--count", "1", "--after", "2026-01-01T12:00:00Z").stdout \
        == "2026-01-02T00:00:00-03:30\n"


def test_the_next_ticks_are_told_without_a_daemon_as_a_daemon_tells_them(honeydew, daemon):
    """`honeydew` has a socket at which nobody listens."""
    for cron in ("TZ=Europe/Berlin 30 2 * * *", "15 */7 * * mon", "@every 90m", "TZ=Asia/Tokyo @monthly", "0 0 29 2 *"):
        words = ["schedule", "next", cron, "-n", "20", "--after", "2026-03-28T22:11:05Z"]
        preview = daemon.stub.PreviewSchedule(pb.PreviewScheduleRequest(
            cron_expr=cron, count=20, **{"from": "2026-03-28T22:11:05Z"}))
        assert outcome(honeydew(*words)) == (0, "".join(f"{time}\n" for time in preview.local_times), "")
        assert json.loads(honeydew(*words, "--json").stdout) == list(preview.times)


def test_an_update_that_leaves_out_the_time_zone_says_so(cli, daemon):
    cli("schedule", "add", "nightly", "TZ=Europe/Berlin 30 2 * * *", "diag.noop")
    changed = cli("schedule", "update", "nightly", "--cron", "45 2 * * *")
    zone = schedule(daemon, "nightly").time_zone
    assert changed.stdout.startswith("Updated nightly; next run: ")
    assert changed.stderr == (
        f"It went by the clock of Europe/Berlin, and goes by the host's now ({zone}); if that is not meant, run: "
        "honeydew schedule update nightly --cron 'TZ=Europe/Berlin 45 2 * * *'\n")
    for cron in ("50 2 * * *", "TZ=Europe/Berlin 50 2 * * *", "TZ=UTC 50 2 * * *", "@every 1h", "@every 2h"):
        assert cli("schedule", "update", "nightly", "--cron", cron).stderr == ""


@pytest.mark.parametrize("words, message", [
    (["add", "x", "0", "5", "diag.noop"], "hour (column 2): the field is missing"),
    (["add", "x", "0", "5", "diag.noop"], "put all the fields into one pair of quotes"),
    (["next", "0 25 * * *"], "hour (column 3): 25 is not 0 to 23"),
    (["next", "TZ=Nowhere @daily"], 'there is no time zone "Nowhere"'),
    (["add", "x", "@daily"], "COMMAND is missing"),
    (["add", "x", "@daily", "diag.noop", "--overlap", "wait"], "--overlap must be one of"),
    (["add", "x", "@daily", "account.createUser", 'input:={"username": "u", "password": "p"}'], "is a secret"),
])
def test_what_is_wrong_is_said(cli, words, message):
    result = cli("schedule", *words)
    assert result.returncode == 2 and message in result.stderr


def test_a_secret_argument_of_a_schedule_is_sealed_and_never_shown(cli, daemon):
    payload = json.dumps({"input": {"username": "ada", "password": "hush-hush"}})
    assert cli("schedule", "add", "users", "@daily", "account.createUser", "-", input=payload).returncode == 0
    assert "***" in cli("schedule", "show", "users").stdout
    job_id = cli("schedule", "trigger", "users").stdout.strip()
    # Nobody is logged in there: it cannot run, but it was opened and resealed for the job.
    assert daemon.wait_one(job_id).error_code == "AUTH_REQUIRED"
    assert json.loads(daemon.job(job_id).payload)["input"]["password"] == "***"
    assert cli("key", "rotate").returncode == 0
    job_id = cli("schedule", "trigger", "users").stdout.strip()
    assert daemon.wait_one(job_id).error_code == "AUTH_REQUIRED"
    assert cli("schedule", "update", "users", "--priority", "4").returncode == 0
    assert schedule(daemon, "users").skipped_refused == 0
    daemon.kill()
    for path in daemon.home.iterdir():
        if path.is_file():
            assert b"hush-hush" not in path.read_bytes(), path
