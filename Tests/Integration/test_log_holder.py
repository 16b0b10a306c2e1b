"""Another program that reads the database without an end keeps its log from shrinking: the daemon says so, and what to do."""

import contextlib
import json
import sqlite3
import time

from honeydew_command import cli, environment, honeydew  # noqa: F401
from honeydew_daemon import wait_until

HELD = "another program has been reading the database for"


def fill(daemon):
    """Writes more into the log than it holds before it is copied back."""
    for _ in range(12):
        daemon.submit("diag.noop", {"echo": "x" * 400_000}, delay_ms=600_000)


def test_a_reader_that_holds_the_log_is_told(daemon, cli):  # noqa: F811
    with contextlib.closing(sqlite3.connect(daemon.home / "daemon.db", isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM jobs").fetchall()
        began = time.monotonic()
        for _ in range(4):
            fill(daemon)
        degraded = wait_until(lambda: daemon.status().degraded, 60, what="the word of it")
        assert time.monotonic() - began > 9, "a short read is nobody's trouble"
        assert HELD in degraded[0] and f"fuser -v {daemon.home}/daemon.db" in degraded[0]
        assert daemon.status().log_held_ms >= 10_000 and daemon.status().state == "SERVING"
        shown = cli("status")
        assert shown.returncode == 1 and HELD in shown.stdout
        assert any(f["state"] == "bad" and HELD in f["text"] for f in json.loads(cli("doctor", "--json").stdout))
        [line] = [e for e in daemon.log() if "keeps the database's log" in e["message"]]
        assert line["level"] == "warn" and line["find_it_with"] == f"fuser -v {daemon.home}/daemon.db"
        held = (daemon.home / "daemon.db-wal").stat().st_size
        assert held > 18 << 20
        fill(daemon)
        reader.execute("COMMIT")
    wait_until(lambda: not daemon.status().degraded, 90, what="the end of it")
    assert daemon.status().log_held_ms == 0
    log = daemon.home / "daemon.db-wal"
    assert log.stat().st_size < 1 << 20 < held, "it shrinks by itself"
    assert len(daemon.events("the database's log is copied back again")) == 1
