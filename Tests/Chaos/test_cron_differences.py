"""The next ticks in every zone of tzdata are those that croniter and cronsim find."""

import tempfile

from cron_differences import differences
from honeydew_daemon import Daemon


def test_three_implementations_agree_about_cron():
    with tempfile.TemporaryDirectory(prefix="hdcron") as home:
        daemon = Daemon(home, workers=1)
        try:
            found, counts = differences(daemon.start(), seed=20261121, rounds=4)
        finally:
            daemon.destroy()
    assert found == []
    assert counts["compared"] > 2000 and counts["with croniter"] > 1000
