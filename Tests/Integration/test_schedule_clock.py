"""Schedules under a clock that is set. libfaketime sets it; unlike the kernel it wakes nobody, so the test calls."""

import glob
import os
import time

import pytest

from honeydew_daemon import pb, wait_until
from test_schedules import add, jobs_of, moment, show

LIBRARY = next(iter(glob.glob("/usr/lib/*/faketime/libfaketime.so.1")), None)


class Clock:
    """The wall clock of a daemon: so many seconds ahead of the real one."""

    def __init__(self, path):
        self.path = path
        self.set(0)

    def set(self, seconds):
        self.path.write_text(f"{seconds:+d}\n")

    @property
    def variables(self):
        return {"LD_PRELOAD": LIBRARY, "FAKETIME_TIMESTAMP_FILE": str(self.path), "FAKETIME_NO_CACHE": "1",
                "FAKETIME_DONT_FAKE_MONOTONIC": "1"}


@pytest.fixture
def clock(tmp_path):
    assert LIBRARY, "libfaketime is missing; make setup installs it"
    return Clock(tmp_path / "clock")


@pytest.fixture
def daemon(make_daemon, clock, home):
    # libfaketime moves the environment, by which Swift finds the arguments: the home cannot be one of them.
    return make_daemon(env={**clock.variables, "HONEYDEW_HOME": str(home)}).start()


def ticks_of(daemon, name):
    return [job.scheduled_at for job in jobs_of(daemon, name)]


def processor_seconds(daemon):
    fields = (daemon.proc / "stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_a_clock_that_is_set_forward_misses_no_tick_and_makes_up_for_it_by_the_policy(daemon, clock):
    add(daemon, "one", "0 * * * *")
    add(daemon, "all", "0 * * * *", missed="all", overlap="allow")
    first = moment(show(daemon, "all").next_run_at)
    clock.set(5 * 3600)
    wait_until(lambda: len(jobs_of(daemon, "all")) == 5, what="five jobs")
    wait_until(lambda: len(jobs_of(daemon, "one")) == 1, what="one job")
    assert [moment(tick) for tick in ticks_of(daemon, "all")[::-1]] == [first + 3600 * n for n in range(5)]
    assert [moment(tick) for tick in ticks_of(daemon, "one")] == [first + 3600 * 4]
    assert show(daemon, "one").skipped_missed == 4
    assert moment(show(daemon, "one").next_run_at) == first + 3600 * 5


def test_a_clock_that_is_set_back_doubles_no_tick_and_loses_none(daemon, clock):
    add(daemon, "often", "@every 1s", missed="all", overlap="allow")
    wait_until(lambda: len(ticks_of(daemon, "often")) >= 5, what="five jobs")
    clock.set(-3)
    before = len(ticks_of(daemon, "often"))
    wait_until(lambda: len(ticks_of(daemon, "often")) >= before + 4, what="four more jobs")
    ticks = sorted(moment(tick) for tick in ticks_of(daemon, "often"))
    assert ticks == [ticks[0] + n for n in range(len(ticks))]


def test_a_clock_that_was_days_ahead_leaves_no_schedule_behind(daemon, clock):
    add(daemon, "often", "@every 1s", missed="none", overlap="allow")
    wait_until(lambda: ticks_of(daemon, "often"), what="a job")
    clock.set(10 * 86400)
    wait_until(lambda: any(moment(tick) > time.time() + 86400 for tick in ticks_of(daemon, "often")), 60, "a tick there")
    clock.set(0)
    now = time.time()
    wait_until(lambda: any(now < moment(tick) < now + 3600 for tick in ticks_of(daemon, "often")), 60, "a tick here")
    ticks = ticks_of(daemon, "often")
    assert len(set(ticks)) == len(ticks)


def test_a_clock_that_is_set_keeps_nobody_busy(daemon, clock):
    add(daemon, "far", "@yearly")
    for seconds in (3600, -3600):
        clock.set(seconds)
        show(daemon, "far")
        before = processor_seconds(daemon)
        time.sleep(0.5)
        assert processor_seconds(daemon) - before < 0.1
