"""Schedules of a real daemon whose time zones change, go and come back while it runs and while it is down."""

import datetime
import os
import shutil
import subprocess
import time
from pathlib import Path

import grpc
import pytest

from honeydew_command import cli, environment, honeydew  # noqa: F401
from honeydew_daemon import pb, wait_until
from test_schedules import add, ago, change, jobs_of, refusal, show, trigger

ZONES = Path("/usr/share/zoneinfo")


@pytest.fixture
def zones(tmp_path):
    """A database of time zones of the test's own."""
    directory = tmp_path / "zoneinfo"
    for name in ["Europe/Berlin", "Asia/Tokyo", "UTC"]:
        install(directory, name)
    return directory


@pytest.fixture
def daemon(make_daemon, zones):
    return make_daemon(env={"TZDIR": str(zones)}).start()


def install(directory, name, rules=None):
    """As a package does: a new file takes the place of the old one."""
    file = directory / name
    file.parent.mkdir(parents=True, exist_ok=True)
    new = file.with_name(file.name + ".dpkg-new")
    shutil.copy(ZONES / (rules or name), new)
    new.rename(file)


def next_hour(schedule):
    return schedule.next_run_at[11:16]


def reasons(daemon, text):
    return [reason for reason in daemon.status().degraded if text in reason]


def test_a_replaced_file_of_a_zone_moves_its_next_runs_and_no_others(daemon, zones):
    add(daemon, "berlin", "TZ=Europe/Berlin 0 12 1 7 *")
    add(daemon, "tokyo", "TZ=Asia/Tokyo 0 12 1 7 *")
    assert (next_hour(show(daemon, "berlin")), next_hour(show(daemon, "tokyo"))) == ("10:00", "03:00")
    install(zones, "Europe/Berlin", "America/New_York")
    wait_until(lambda: next_hour(show(daemon, "berlin")) == "16:00", what="the other rules")
    assert next_hour(show(daemon, "tokyo")) == "03:00"
    assert daemon.events("time zones changed", zones="Europe/Berlin")
    assert not daemon.status().degraded and not jobs_of(daemon, "berlin")
    # A new schedule is in it too, and a file may be written in place.
    assert next_hour(add(daemon, "other", "TZ=Europe/Berlin 0 12 1 7 *")) == "16:00"
    shutil.copyfile(ZONES / "Europe/Berlin", zones / "Europe/Berlin")
    wait_until(lambda: next_hour(show(daemon, "other")) == "10:00", what="the rules of before")
    assert next_hour(show(daemon, "berlin")) == "10:00"


def test_other_rules_that_came_while_the_daemon_was_down_hold_after_the_start(daemon, zones):
    add(daemon, "berlin", "TZ=Europe/Berlin 0 12 1 7 *")
    assert daemon.stop() == 0
    install(zones, "Europe/Berlin", "America/New_York")
    daemon.start()
    wait_until(lambda: next_hour(show(daemon, "berlin")) == "16:00", what="the other rules")
    # They are known from now on: the next start has nothing to do.
    wait_until(lambda: daemon.status().next_tick, what="a plan")
    updated = show(daemon, "berlin").updated_at
    daemon.kill()
    daemon.start()
    assert (next_hour(show(daemon, "berlin")), show(daemon, "berlin").updated_at) == ("16:00", updated)


def test_other_rules_run_nothing_of_the_time_before_them(daemon, zones):
    """A tick that lies in the past by the new rules was none when its time came."""
    now = datetime.datetime.now(datetime.UTC)
    past = (now - datetime.timedelta(hours=1)).astimezone(datetime.timezone(datetime.timedelta(hours=9)))
    add(daemon, "daily", f"TZ=UTC {past.minute} {past.hour} * * *", missed="all")
    daemon.kill()
    # It has run since yesterday.
    change(daemon, "daily", decided_until=ago(20 * 3600))
    daemon.start()
    before = show(daemon, "daily").next_run_at
    install(zones, "UTC", "Asia/Tokyo")
    after = wait_until(lambda: (s := show(daemon, "daily")).next_run_at != before and s, what="another next run")
    assert 22 * 3600 < datetime.datetime.fromisoformat(after.next_run_at).timestamp() - time.time() < 24 * 3600
    assert not jobs_of(daemon, "daily") and not after.skipped_missed


def test_a_reload_reads_zones_again_and_says_so(daemon, zones, cli):
    add(daemon, "berlin", "TZ=Europe/Berlin 0 12 1 7 *")
    assert "nothing has changed" in cli("reload").stdout
    install(zones, "Europe/Berlin", "America/New_York")
    assert "time zones  changed: Europe/Berlin" in cli("reload").stdout
    assert next_hour(show(daemon, "berlin")) == "16:00"
    assert daemon.stub.Reload(pb.ReloadRequest()).time_zones == []


def test_a_tick_sees_what_nobody_was_told_of(make_daemon, zones, tmp_path):
    """The kernel refuses to watch; the ticks of another schedule notice the change."""
    refuse = tmp_path / "refuse.so"
    source = tmp_path / "refuse.c"
    source.write_text("#include <errno.h>\nint inotify_add_watch(void) { errno = ENOSPC; return -1; }\n")
    subprocess.run(["gcc", "-shared", "-fPIC", "-o", refuse, source], check=True)
    daemon = make_daemon(env={"TZDIR": str(zones), "LD_PRELOAD": str(refuse)}).start()
    add(daemon, "berlin", "TZ=Europe/Berlin 0 12 1 7 *")
    install(zones, "Europe/Berlin", "America/New_York")
    add(daemon, "often", "@every 1s")
    wait_until(lambda: next_hour(show(daemon, "berlin")) == "16:00", what="the other rules")
    assert daemon.events("time zones are not watched; changes are noticed at ticks and at reload only")


def test_a_schedule_without_its_zone_is_told_and_comes_back_by_itself(daemon, zones, cli):
    """As after an upgrade that moves a zone's file to another package."""
    add(daemon, "lost", "@daily")
    daemon.kill()
    change(daemon, "lost", cron_expr="TZ=US/Eastern 0 12 1 7 *", next_run_at=None)
    daemon.start()
    reason = wait_until(lambda: reasons(daemon, 'there is no time zone "US/Eastern"'), what="the reason")[0]
    assert "the schedule lost does not tick" in reason and "tzdata-legacy" in reason
    lost = show(daemon, "lost")
    assert "waits for its time zone" in lost.problem and 'no time zone "US/Eastern"' in lost.last_skip
    assert daemon.events("schedule waits for its time zone", schedule_name="lost", level="error")
    assert daemon.status().schedules == 1
    assert cli("status").returncode == 1
    assert "waits for its time zone" in cli("schedule", "list").stdout
    assert "US/Eastern" in cli("schedule", "show", "lost").stdout
    resumed = cli("schedule", "resume", "lost")
    assert resumed.returncode != 0 and 'no time zone "US/Eastern"' in resumed.stderr
    updated = cli("schedule", "update", "lost", "--priority", "3")
    assert updated.returncode == 0 and "waits for its time zone" in updated.stdout and reasons(daemon, "US/Eastern")
    # It can be run by hand meanwhile.
    daemon.wait_one(trigger(daemon, "lost"))
    install(zones, "US/Eastern", "America/New_York")
    back = wait_until(lambda: (s := show(daemon, "lost")).next_run_at and s, what="the next run")
    assert next_hour(back) == "16:00" and not back.problem and not daemon.status().degraded
    assert daemon.events("schedule ticks again", schedule_name="lost")


def test_what_a_schedule_has_missed_without_its_zone_follows_its_policy(daemon, zones):
    add(daemon, "all", "@daily", missed="all", overlap="allow")
    daemon.kill()
    change(daemon, "all", cron_expr="TZ=Gone/Zone 0 * * * *", next_run_at=None, decided_until=ago(3 * 3600))
    daemon.start()
    wait_until(lambda: reasons(daemon, "Gone/Zone"), what="the reason")
    install(zones, "Gone/Zone", "UTC")
    wait_until(lambda: len(jobs_of(daemon, "all")) == 3, what="the jobs of three hours")


def test_a_zone_that_goes_leaves_its_schedules_their_rules_and_is_told(daemon, zones):
    add(daemon, "berlin", "TZ=Europe/Berlin 0 12 1 7 *")
    (zones / "Europe/Berlin").unlink()
    reason = wait_until(lambda: reasons(daemon, 'no time zone "Europe/Berlin"'), what="the reason")[0]
    assert "the schedule berlin goes on by the rules that the time zone had" in reason
    assert next_hour(show(daemon, "berlin")) == "10:00" and show(daemon, "berlin").problem
    (zones / "Europe/Berlin").write_bytes(b"TZif2")
    wait_until(lambda: reasons(daemon, "it is cut off"), what="another reason")
    shutil.rmtree(zones)
    wait_until(lambda: reasons(daemon, 'no time zone "Europe/Berlin"'), what="the first reason")
    # A start has no rules, and waits.
    daemon.kill()
    daemon.start()
    wait_until(lambda: reasons(daemon, "does not tick"), what="that it waits")
    install(zones, "Europe/Berlin")
    wait_until(lambda: not daemon.status().degraded, what="that all is well")
    assert next_hour(show(daemon, "berlin")) == "10:00"


def test_who_does_not_need_the_zone_or_is_gone_is_not_told_of(daemon, zones):
    add(daemon, "paused", "TZ=Europe/Berlin @daily")
    add(daemon, "removed", "TZ=Europe/Berlin @daily")
    add(daemon, "moved", "TZ=Europe/Berlin @daily")
    add(daemon, "often", "TZ=Europe/Berlin @every 1s")
    (zones / "Europe/Berlin").unlink()
    wait_until(lambda: reasons(daemon, "the schedules moved, paused, removed go on"), what="the reason")
    daemon.kill()
    daemon.start()
    wait_until(lambda: reasons(daemon, "the schedules moved, paused, removed do not tick"), what="the reason")
    ran = len(jobs_of(daemon, "often"))
    wait_until(lambda: len(jobs_of(daemon, "often")) > ran + 1, what="intervals, which need no zone")
    daemon.stub.PauseSchedule(pb.PauseScheduleRequest(name="paused"))
    daemon.stub.UnscheduleJob(pb.UnscheduleJobRequest(name="removed"))
    assert reasons(daemon, "the schedule moved does not tick")
    daemon.stub.UpdateSchedule(pb.UpdateScheduleRequest(name="moved", cron_expr="TZ=Asia/Tokyo @daily"))
    assert not daemon.status().degraded and not show(daemon, "moved").problem
    assert refusal(lambda: daemon.stub.ResumeSchedule(pb.ResumeScheduleRequest(name="paused")))[0] \
        == grpc.StatusCode.INVALID_ARGUMENT


@pytest.mark.root("mount")
def test_another_zone_of_the_host_moves_the_next_runs(make_daemon, tmp_path):
    etc = tmp_path / "etc"
    etc.mkdir()
    for name in ["passwd", "group", "nsswitch.conf"]:
        if (Path("/etc") / name).exists():
            shutil.copy(Path("/etc") / name, etc / name)

    def set_zone(name):
        # As timedatectl does.
        (etc / "localtime.new").symlink_to(f"../usr/share/zoneinfo/{name}")
        (etc / "localtime.new").rename(etc / "localtime")

    set_zone("Asia/Tokyo")
    daemon = make_daemon()
    daemon.env.pop("TZ", None)
    program = tmp_path / "honeydewd"
    program.write_text(
        f'#!/bin/sh\nexec unshare --mount sh -c \'mount --bind {etc} /etc && exec {daemon.binary} "$@"\' sh "$@"\n')
    program.chmod(0o755)
    daemon.binary = program
    daemon.start()
    local = add(daemon, "local", "0 12 1 7 *")
    assert (local.time_zone, next_hour(local)) == ("Asia/Tokyo", "03:00")
    set_zone("Europe/Berlin")
    berlin = wait_until(lambda: (s := show(daemon, "local")).time_zone == "Europe/Berlin" and s, what="the zone")
    assert next_hour(berlin) == "10:00"
    assert daemon.events("time zones changed", zones="Europe/Berlin (the host's)")
    (etc / "localtime").unlink()
    utc = wait_until(lambda: (s := show(daemon, "local")).time_zone == "UTC" and s, what="no zone")
    assert next_hour(utc) == "12:00"
    # By a file in place of the link, and back.
    shutil.copy(ZONES / "America/New_York", etc / "localtime")
    wait_until(lambda: next_hour(show(daemon, "local")) == "16:00", what="the file's rules")
    # A link that leads nowhere, as when an upgrade moves a zone to another package, is no UTC.
    set_zone("US/Moved")
    reason = wait_until(lambda: reasons(daemon, "zoneinfo/US/Moved"), what="the reason")[0]
    assert "the schedule local goes on by the rules that the time zone had" in reason
    assert next_hour(show(daemon, "local")) == "16:00"
    daemon.kill()
    daemon.start()
    wait_until(lambda: reasons(daemon, "the schedule local does not tick"), what="that it waits")
    assert show(daemon, "local").time_zone == "../usr/share/zoneinfo/US/Moved"
    set_zone("Europe/Berlin")
    wait_until(lambda: next_hour(show(daemon, "local")) == "10:00", what="a zone that is there")
    assert not daemon.status().degraded


@pytest.mark.alone("it counts wake-ups")
def test_a_daemon_that_watches_zones_sleeps(daemon, zones):
    add(daemon, "berlin", "TZ=Europe/Berlin 0 12 1 7 *")
    install(zones, "Europe/Berlin", "America/New_York")
    wait_until(lambda: next_hour(show(daemon, "berlin")) == "16:00", what="the other rules")

    def switches():
        lines = (daemon.proc / "status").read_text().splitlines()
        return sum(int(line.split()[1]) for line in lines if "ctxt_switches" in line)

    wait_until(lambda: switches() == (time.sleep(0.5) or switches()), what="a still daemon")
    before = switches()
    (zones / "Europe/Paris").touch()
    os.utime(zones.parent)
    time.sleep(1)
    # One for the file that is none of its own.
    assert switches() - before <= 2
