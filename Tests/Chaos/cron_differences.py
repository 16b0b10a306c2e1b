"""Cron by three: the daemon's next ticks against those of croniter and cronsim, over random expressions and zones.

Run for long: python Tests/Chaos/cron_differences.py --seconds 600 [--seed N].

The differences of rule, each left out or allowed for:

- A time of day that the clock skips: all three run it once. The daemon runs it at the very end of the gap, cronsim at the
  next whole minute. These differ where an offset has seconds, as Africa/Monrovia's had until 1972.
- croniter knows no such rule: it takes a skipped or repeated time as it comes. Its ticks are compared up to the first
  change of an offset and from a day after it.
- cronsim loses its way where a wildcard meets a change by half an hour, or one that goes back to the day before. Where it
  differs about wildcards, a search by minutes is the judge.
- cronsim forgets in which of two equal times of day it was started: no start is at such a time.
- `5/2` in the day of the week: for the daemon the week ends with Saturday, for cronsim with a second Sunday (7). It is not
  among the random expressions.
- A range of one value, such as `6-6` or `6-6/2`, is that value for the daemon; croniter takes it for the whole field, and
  cronsim takes `6-6/2` for `6/2`. These are not among them either.
- The daemon refuses steps that are longer than a field, such as `*/61`, and expressions without any day; the others accept
  some of them. What the daemon refuses must not have a tick with both others before 2100.
"""

import argparse
import random
import sys
import tempfile
import time
import zoneinfo
from datetime import UTC, datetime, timedelta
from pathlib import Path

import grpc
from croniter import croniter
from croniter.croniter import CroniterBadDateError
from cronsim import CronSim, CronSimError

sys.path.append(str(Path(__file__).parents[1] / "Integration"))
from honeydew_daemon import Daemon, pb  # noqa: E402

FIELDS = [(0, 59), (0, 23), (1, 31), (1, 12), (0, 6)]
NAMES = {3: "jan feb mar apr may jun jul aug sep oct nov dec".split(), 4: "sun mon tue wed thu fri sat".split()}
ZONES = sorted(zoneinfo.available_timezones() - {"localtime", "Factory"})
TICKS = 4
LAST_YEAR = 2100


def random_field(random_, index):
    low, high = FIELDS[index]
    size = high - low + 1

    def word(value):
        return random_.choice([str(value), NAMES[index][value - low]]) if index in NAMES else str(value)

    def item():
        first = random_.randint(low, high - 1)
        last = random_.randint(first + 1, high)
        step = random_.randint(1, max(1, size // 2))
        single = word(random_.randint(low, high))
        kinds = [single] * 3 + [f"{word(first)}-{word(last)}", f"{first}-{last}/{step}"]
        return random_.choice(kinds + ([f"{first}/{step}"] if index != 4 else []))

    kind = random_.random()
    if kind < 0.35:
        return "*"
    if kind < 0.5:
        return f"*/{random_.randint(1, size // 2)}"
    return ",".join(item() for _ in range(random_.choice([1, 1, 1, 2, 3])))


def random_expression(random_):
    return " ".join(random_field(random_, index) for index in range(5))


def random_start(random_, zone):
    """A moment whose time of day the zone's clock shows once."""
    while True:
        start = datetime(1970, 1, 2, tzinfo=UTC) + timedelta(seconds=random_.randrange(int(129.5 * 365.25 * 86400)))
        if random_.random() < 0.5:
            start = near_change(start, zone, random_) or start
        local = start.astimezone(zone)
        if local.replace(fold=0).utcoffset() == local.replace(fold=1).utcoffset():
            return start.replace(microsecond=0)


def near_change(start, zone, random_):
    """A moment in the two days before the zone's next change within a year."""
    for _ in range(53):
        if start.astimezone(zone).utcoffset() != (start + timedelta(days=7)).astimezone(zone).utcoffset():
            return start + timedelta(days=random_.uniform(-1, 7))
        start += timedelta(days=7)
    return None


def has_seconds(moment, zone):
    return any(
        (moment + timedelta(days=days)).astimezone(zone).utcoffset().total_seconds() % 60 for days in (-2, 0, 2)
    )


def first_change(start, end, zone):
    """The first moment after `start` at which the offset is another, to the hour; None when there is none."""
    step, moment = timedelta(hours=1), start
    offset = start.astimezone(zone).utcoffset()
    while moment < end:
        moment += step
        if moment.astimezone(zone).utcoffset() != offset:
            return moment
    return None


def by_cronsim(expression, start, zone):
    ticks = []
    for tick in CronSim(expression, start.astimezone(zone)):
        ticks.append(tick.astimezone(UTC))
        if len(ticks) == TICKS or tick.year > LAST_YEAR:
            break
    return ticks


def by_minutes(expression, start, end, zone):
    """Every minute up to `end` at which the clock shows a time that matches, by cronsim's reading of the fields."""
    fields = CronSim(expression, start)
    moment, ticks = start.replace(second=0), []
    while moment < end:
        moment += timedelta(minutes=1)
        local = moment.astimezone(zone)
        days = local.day in fields.days, local.isoweekday() % 7 in fields.weekdays or (
            local.isoweekday() == 7 and 7 in fields.weekdays)
        if (local.minute in fields.minutes and local.hour in fields.hours and local.month in fields.months
                and (all(days) if fields.day_and else any(days))):
            ticks.append(moment)
    return ticks


def by_croniter(expression, start, zone):
    # With `implement_cron_bug` a day field that begins with a star restricts nothing, as in crontab(5).
    iterator = croniter(expression, start.astimezone(zone), ret_type=datetime, implement_cron_bug=True)
    ticks = []
    try:
        while len(ticks) < TICKS:
            ticks.append(iterator.get_next().astimezone(UTC))
    except CroniterBadDateError:
        pass
    return ticks


class Comparison:
    def __init__(self, daemon, seed):
        self.daemon = daemon
        self.random = random.Random(seed)
        self.counts = {"compared": 0, "refused": 0, "with croniter": 0, "by minutes": 0}

    def preview(self, expression, start, zone_name):
        request = pb.PreviewScheduleRequest(
            cron_expr=f"TZ={zone_name} {expression}", count=TICKS, **{"from": start.isoformat()}
        )
        return [
            datetime.fromisoformat(text) for text in self.daemon.stub.PreviewSchedule(request, timeout=30).times
        ]

    def compare(self, zone_name):
        """Compares one random expression in a zone; the difference as a text, or None."""
        zone = zoneinfo.ZoneInfo(zone_name)
        expression, start = random_expression(self.random), random_start(self.random, zone)
        where = f"TZ={zone_name} {expression} from {start.isoformat()}"
        try:
            ours = self.preview(expression, start, zone_name)
        except grpc.RpcError as error:
            self.counts["refused"] += 1
            try:
                theirs = by_cronsim(expression, start, zone)
            except CronSimError:
                return None
            return f"{where}: refused ({error.details()}), and cronsim has {theirs}"
        if has_seconds(start, zone) or any(has_seconds(tick, zone) for tick in ours):
            return None
        self.counts["compared"] += 1
        theirs = by_cronsim(expression, start, zone)
        count = len([tick for tick in theirs if tick.year <= LAST_YEAR])
        follows_clock = expression.startswith("*") or expression.split()[1].startswith("*")
        if ours[:count] != theirs[:count] and follows_clock and ours[-1] - start < timedelta(days=400):
            self.counts["by minutes"] += 1
            theirs = by_minutes(expression, start, ours[-1], zone)
            count = TICKS
        if ours[:count] != theirs[:count]:
            return f"{where}: {shown(ours)}, and cronsim has {shown(theirs)}"
        return self.compare_croniter(where, expression, start, zone, ours[:count])

    def compare_croniter(self, where, expression, start, zone, ours):
        # Looking for changes takes time: only where the ticks are near each other.
        if not ours or ours[-1] - start > timedelta(days=60):
            return None
        change = first_change(start - timedelta(days=1), ours[-1] + timedelta(days=2), zone)
        if change:
            return None
        self.counts["with croniter"] += 1
        theirs = by_croniter(expression, start, zone)
        return None if ours == theirs[:len(ours)] else f"{where}: {shown(ours)}, and croniter has {shown(theirs)}"


def shown(ticks):
    return ", ".join(tick.isoformat() for tick in ticks)


def differences(daemon, seed, rounds=None, seconds=None):
    """Compares in every zone, in turn: so many times around, or for so long."""
    comparison = Comparison(daemon, seed)
    end = time.monotonic() + seconds if seconds else None
    found = []
    number = 0
    while rounds is None or number < rounds:
        for zone_name in ZONES:
            difference = comparison.compare(zone_name)
            if difference:
                found.append(difference)
            if end and time.monotonic() > end:
                return found, comparison.counts
        number += 1
    return found, comparison.counts


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 31))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="hdcron") as home:
        daemon = Daemon(home, workers=1)
        try:
            found, counts = differences(daemon.start(), options.seed, seconds=options.seconds)
        finally:
            daemon.destroy()
    text = ", ".join(f"{count} {what}" for what, count in counts.items())
    print(f"cron: seed {options.seed}: {text}", flush=True)
    for difference in found[:40]:
        print(f"cron: {difference}", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
