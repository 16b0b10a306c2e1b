"""Moments as people say and see them: by their own clock on a terminal, exactly for programs."""

import datetime
import json
import re

import pytest

from honeydew_command import Terminal, cli, environment, honeydew, use_home  # noqa: F401
from honeydew_daemon import pb

UTC = datetime.timezone.utc


@pytest.fixture
def berlin(environment):  # noqa: F811
    environment["TZ"] = "Europe/Berlin"


def moment(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


@pytest.mark.parametrize("text, hours", [("in 2h", 2), ("2h", 2), ("1w", 168), ("2d", 48)])
def test_a_job_may_be_submitted_for_a_time_from_now(daemon, cli, berlin, text, hours):  # noqa: F811
    job = daemon.job(cli("submit", "diag.noop", "--at", text).stdout.strip())
    left = moment(job.next_run_at) - datetime.datetime.now(UTC)
    assert abs(left - datetime.timedelta(hours=hours)) < datetime.timedelta(minutes=2)


def test_a_time_without_a_zone_is_that_of_the_persons_clock(daemon, cli, berlin):  # noqa: F811
    job = daemon.job(cli("submit", "diag.noop", "--at", "2099-07-01 10:00").stdout.strip())
    assert job.next_run_at == "2099-07-01T08:00:00.000Z"
    job = daemon.job(cli("submit", "diag.noop", "--at", "2099-07-01T10:00:00Z").stdout.strip())
    assert job.next_run_at == "2099-07-01T10:00:00.000Z"
    job = daemon.job(cli("submit", "diag.noop", "--at", "monday 9:00").stdout.strip())
    due = moment(job.next_run_at)
    assert due > datetime.datetime.now(UTC) and due.weekday() == 0 and due.hour in (7, 8)


def test_filters_take_what_people_say(daemon, cli):  # noqa: F811
    job_id = cli("submit", "diag.noop").stdout.strip()
    daemon.wait_one(job_id)
    for since, there in (("yesterday", True), ("1h", True), ("2w", True), ("tomorrow", False), ("in 5m", False)):
        found = cli("job", "list", "--created-from", since, "--json")
        assert (job_id in found.stdout) == there, since
    assert cli("job", "remove", "--older-than", "1d", "--yes").stdout == "Removed 0 jobs.\n"


@pytest.mark.parametrize("words", [
    ["job", "list", "--created-from", "soon"], ["submit", "diag.noop", "--at", "25:00"],
    ["logs", "--since", "2026-13-01"], ["github", "commits", "a", "b", "--since", "last week"],
])
def test_what_is_no_moment_is_refused_with_what_is_one(honeydew, words):  # noqa: F811
    result = honeydew(*words)
    assert result.returncode == 2
    assert re.search(r'must be a moment such as 2026-01-31, .*"monday 9:00", 14:30 or 2d, not "', result.stderr)


def test_the_help_says_how_moments_are_written(honeydew):  # noqa: F811
    for words in (["job", "list"], ["submit"], ["logs"], ["schedule", "next"]):
        text = " ".join(honeydew(*words, "--help").stdout.split())
        assert "in the local time zone" in text and '"monday 9:00"' in text
        assert ("2d, 1w from now" in text) == (words[0] in ("submit", "schedule"))


def test_a_terminal_shows_local_times_and_distances(daemon, environment, berlin):  # noqa: F811
    environment["NO_COLOR"] = "1"
    use_home(environment, daemon)
    job_id = daemon.submit("diag.noop", run_at="2099-07-01T10:00:00Z")
    daemon.stub.ScheduleJob(pb.ScheduleJobRequest(name="yearly", cron_expr="TZ=UTC 0 0 1 1 *", command="diag.noop"))

    def shown(*words):
        terminal = Terminal(environment, *words, columns=200)
        assert terminal.finish() == 0
        return terminal.text

    assert re.search(r" (now|\d+ s ago)", shown("job", "list"))
    assert re.search(r"next run +2099-07-01 12:00:00 \+02:00, in \d+ d", shown("job", "show", job_id))
    assert re.search(r"in \d+ [dhms]\b", shown("schedule", "list"))
    assert "01:00:00 +01:00, in " in shown("schedule", "show", "yearly")
    assert re.search(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \+0[12]:00 .*INFO", shown("logs", "-n", "1"))
    for words in (["job", "show", job_id, "--utc"], ["job", "show", job_id, "--json"]):
        assert "2099-07-01T10:00:00.000Z" in shown(*words)
    assert "Z" in shown("job", "list", "--utc") and "ago" not in shown("job", "list", "--utc")


def test_a_pipe_gets_them_exactly(daemon, cli, berlin):  # noqa: F811
    job_id = daemon.submit("diag.noop", run_at="2099-07-01T10:00:00Z")
    assert "2099-07-01T10:00:00.000Z" in cli("job", "show", job_id).stdout
    assert re.search(r"\d\dZ", cli("job", "list").stdout)


def test_the_log_from_a_moment_on(daemon, cli):  # noqa: F811
    everything = cli("logs", "--all", "--json").stdout.splitlines()
    assert cli("logs", "--since", "1h", "--json").stdout.splitlines()[:len(everything)] == everything
    assert cli("logs", "--since", "in 1h").stdout == ""
    assert cli("logs", "--until", "1h").stdout == ""
    last = json.loads(everything[-1])["timestamp"]
    assert all(json.loads(line)["timestamp"] >= last for line in cli("logs", "--since", last, "--json").stdout.splitlines())
    assert len(cli("logs", "--since", "1h", "-n", "1").stdout.splitlines()) == 1
