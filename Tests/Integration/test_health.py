"""`honeydew status` for people and monitoring, and `honeydew doctor`."""

import contextlib
import json
import os
import re
import signal
import sqlite3
import time

import pytest

from honeydew_command import cli, cli_of, environment, honeydew  # noqa: F401
from honeydew_daemon import pb, wait_until
from sandbox_process import Sandbox


def status_json(cli):  # noqa: F811
    return json.loads(cli("status", "--json").stdout)


def test_status_tells_what_an_operator_asks(daemon, cli):  # noqa: F811
    daemon.wait_one(daemon.submit("diag.noop"))
    for _ in range(2):
        daemon.wait_one(daemon.submit("diag.fail", {"code": "API_ERROR"}))
    daemon.submit("diag.noop", delay_ms=600_000)
    daemon.stub.PauseQueue(pb.PauseQueueRequest(provider="github"))
    result = cli("status")
    assert result.returncode == 0, result.stderr
    for text in ["1 job, 1 of them delayed\n", "2 API_ERROR since the start", "github paused",
                 "4 submitted, 1 completed, 2 failed in the last", "of write-ahead log"]:
        assert text in result.stdout, result.stdout
    assert re.search(r"turns +at most [\d.]+ m?s, in the last minute [\d.]+ m?s\n", result.stdout)
    assert len(result.stdout.splitlines()) < 24
    status = status_json(cli)
    assert status["failures_by_code"] == {"API_ERROR": 2}
    assert status["recent"]["submitted"] == 4
    assert status["oldest_pending_ms"] == 0 and status["queue"]["delayed"] == 1
    assert [p["paused"] for p in status["queue"]["providers"] if p["provider"] == "github"] == [True]
    assert status["database_bytes"] > 0 and status["wal_bytes"] > 0
    assert status["longest_turn_microseconds"] >= status["last_minute_longest_turn_microseconds"] > 0
    assert status["database_path"] == f"{daemon.home}/daemon.db"


def test_the_longest_wait_is_that_of_a_job_that_may_run(daemon, cli):  # noqa: F811
    cli("queue", "pause")
    daemon.submit("diag.noop", delay_ms=1000)
    time.sleep(0.3)
    assert status_json(cli)["oldest_pending_ms"] == 0
    submitted = time.monotonic()
    daemon.submit("diag.noop")
    waited = wait_until(lambda: (ms := status_json(cli)["oldest_pending_ms"]) > 1500 and ms)
    # The delayed one may run by now, and has waited less than since its submission.
    assert waited <= (time.monotonic() - submitted) * 1000 + 100
    assert ", the oldest for" in cli("status").stdout


def test_status_shows_a_pause_of_the_whole_queue(daemon, cli):  # noqa: F811
    assert status_json(cli)["queue"]["paused"] is False
    cli("queue", "pause")
    assert status_json(cli)["queue"]["paused"] is True
    assert "paused; go on with: honeydew queue resume" in cli("status").stdout


def test_status_ends_with_1_while_degraded(make_daemon, cli_of):  # noqa: F811
    daemon = make_daemon(workers=1).start()
    cli = cli_of(daemon)  # noqa: F811

    def crash():
        for worker in daemon.workers():
            if worker.pid:
                os.kill(worker.pid, signal.SIGKILL)
        return daemon.status().degraded

    # Restarts count for a minute: those of a slow machine may be over when the command asks.
    for arguments in (["status"], ["status", "--json"]):
        result = wait_until(lambda: crash() and (result := cli(*arguments)).returncode == 1 and result, 60, "the crash loop")
        assert "degraded" in result.stdout


def findings(result):
    return {(f["check"], f["state"]): f["text"] for f in json.loads(result.stdout)}


def test_doctor_finds_nothing_wrong_where_nothing_is(make_daemon, cli_of, tmp_path):  # noqa: F811
    with Sandbox(tmp_path) as api:
        daemon = make_daemon(endpoint=None).start()
        sandbox = pb.AddEnvironmentRequest(name="sandbox", base_url=api.url, ca_file=api.ca_file, set_active=True)
        daemon.stub.AddEnvironment(sandbox)
        result = cli_of(daemon)("doctor", "--json")
        found = findings(result)
        assert result.returncode == 0, found
        checks = {check for check, state in found if state == "good"}
        assert {"configuration", "permissions", "lock", "daemon", "database", "disk", "api"} <= checks
        assert ("login", "warning") in found
        assert "is whole" in cli_of(daemon)("doctor").stdout


def test_doctor_finds_what_is_wrong(daemon, cli_of):  # noqa: F811
    cli = cli_of(daemon)  # noqa: F811
    (daemon.home / "config.yaml").write_text("queue:\n  workers: x\n")
    (daemon.home / "master.key").chmod(0o644)
    found = findings(cli("doctor", "--json"))
    assert "config.yaml:2" in found["configuration", "bad"]
    assert "master.key is open to other users" in found["permissions", "bad"]
    assert "no worker can connect" in found["api", "bad"]
    assert cli("doctor").returncode == 1


def test_doctor_knows_that_others_are_admitted(make_daemon, cli_of):  # noqa: F811
    daemon = make_daemon(config="access:\n  view: [nobody]\n").start()
    cli = cli_of(daemon)  # noqa: F811
    daemon.home.chmod(0o700)
    assert f"chmod go+x {daemon.home}" in findings(cli("doctor", "--json"))["permissions", "warning"]
    daemon.home.chmod(0o711)
    assert ("permissions", "good") in findings(cli("doctor", "--json"))
    daemon.home.chmod(0o755)
    assert f"chmod go-rw {daemon.home}" in findings(cli("doctor", "--json"))["permissions", "warning"]


def damaged(daemon):
    """The stopped daemon's database, and what is in its file now: pages of its midst are garbage."""
    database = daemon.home / "daemon.db"
    content = bytearray(database.read_bytes())
    content[4096 * 3:4096 * 12] = os.urandom(4096 * 9)
    database.write_bytes(content)
    return database, content


def test_doctor_finds_a_damaged_database(daemon, cli_of):  # noqa: F811
    cli = cli_of(daemon)  # noqa: F811
    for _ in range(50):
        daemon.submit("diag.noop", {"echo": "x" * 1000}, delay_ms=600_000)
    daemon.stop()
    # Nothing is left in the log, which would stand for the pages of the file.
    with contextlib.closing(sqlite3.connect(daemon.home / "daemon.db")) as database:
        assert database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0
    database, content = damaged(daemon)
    result = cli("doctor", "--json")
    assert result.returncode == 1
    found = findings(result)
    assert ("database", "bad") in found, found
    # Nothing was changed.
    assert database.read_bytes() == content


def test_doctor_leaves_the_log_of_a_stopped_daemon_as_it_is(daemon, cli_of):  # noqa: F811
    jobs = [daemon.submit("diag.noop", {"echo": "x" * 1000}, delay_ms=600_000) for _ in range(50)]
    daemon.stop()
    # The log has newer pages for all that is damaged here.
    database, content = damaged(daemon)
    log = (daemon.home / "daemon.db-wal").read_bytes()
    assert "50 jobs" in findings(cli_of(daemon)("doctor", "--json"))["database", "good"]
    assert (database.read_bytes(), (daemon.home / "daemon.db-wal").read_bytes()) == (content, log)
    daemon.start()
    assert {daemon.job(job_id).status for job_id in jobs} == {"pending"}


def test_doctor_sees_a_hung_daemon(daemon, cli_of):  # noqa: F811
    cli = cli_of(daemon)  # noqa: F811
    daemon.process.send_signal(signal.SIGSTOP)
    try:
        found = findings(cli("doctor", "--json"))
    finally:
        daemon.process.send_signal(signal.SIGCONT)
    assert "does not answer" in found["daemon", "bad"]
    assert str(daemon.pid) in found["lock", "bad"] if ("lock", "bad") in found else found["lock", "good"]
