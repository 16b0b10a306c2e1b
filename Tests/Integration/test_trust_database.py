"""A database that no daemon wrote: refused by file and row, never a trap, and left as it is."""

import contextlib
import os
import sqlite3
import subprocess

import pytest

from honeydew_daemon import BINARIES

EXTRA = {
    "trigger": "CREATE TRIGGER evil AFTER UPDATE ON jobs BEGIN DELETE FROM auth_tokens; END",
    "view": "CREATE VIEW evil AS SELECT * FROM auth_tokens",
    "table": "CREATE TABLE evil (x)",
    "index": "CREATE INDEX evil ON jobs (command)",
}
NUMBERS = [
    ("jobs", "seq", 2**63 - 1), ("jobs", "seq", -(2**63)), ("jobs", "attempt", 2**31 - 1), ("jobs", "attempt", -1),
    ("jobs", "attempt", 2**63 - 1), ("jobs", "priority", 2**40),
]


@pytest.fixture
def stopped(daemon):
    """A home with a job that waits, whose daemon has ended."""
    daemon.submit("diag.noop", delay_ms=600_000)
    daemon.stop()
    return daemon


def change(path, *statements):
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute("PRAGMA ignore_check_constraints = ON")
        for statement in statements:
            database.execute(statement)
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def run(home, *task):
    return subprocess.run([BINARIES / "honeydewd", "--home", home, *task], capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize("kind", EXTRA)
def test_what_no_migration_made_is_refused_by_name(stopped, tmp_path, kind):
    backup = tmp_path / "b.db"
    assert run(stopped.home, "--backup", backup).returncode == 0
    change(stopped.home / "daemon.db", EXTRA[kind])
    result = run(stopped.home)
    assert result.returncode == 78 and f"{kind} evil" in result.stderr and str(stopped.home / "daemon.db") in result.stderr
    assert f"{kind} evil" in run(stopped.home, "--check-database").stderr
    # In a backup too, and then nothing is changed.
    change(backup, EXTRA[kind])
    before = (stopped.home / "daemon.db").read_bytes()
    assert run(stopped.home, "--restore", backup).returncode != 0
    assert (stopped.home / "daemon.db").read_bytes() == before


def test_what_is_missing_or_another_one_is_refused_too(stopped):
    change(stopped.home / "daemon.db", "DROP INDEX idx_jobs_tick", "CREATE INDEX idx_jobs_tick ON jobs (id)")
    result = run(stopped.home)
    assert result.returncode == 78 and "index idx_jobs_tick" in result.stderr


@pytest.mark.parametrize("table, column, number", NUMBERS)
def test_an_extreme_number_is_refused_by_file_and_row(stopped, table, column, number):
    change(stopped.home / "daemon.db", f"UPDATE {table} SET {column} = {number}")
    result = run(stopped.home)
    assert result.returncode == 78, result.stderr
    assert f"column {column} of the row with" in result.stderr and str(number) in result.stderr
    assert str(stopped.home / "daemon.db") in result.stderr


def test_a_second_login_of_an_environment_is_refused_and_no_trap(stopped):
    change(stopped.home / "daemon.db", *(
        f"""INSERT INTO auth_tokens (id, environment_id, username, encrypted_access_token, created_at, updated_at)
            SELECT '{user}', id, '{user}', x'00', created_at, created_at FROM api_environments WHERE is_active = 1"""
        for user in ("ada", "grace")))
    result = run(stopped.home)
    assert result.returncode == 78 and "column environment_id of the row with id 'grace'" in result.stderr, result.stderr


@pytest.mark.parametrize("mode", ["wal", "delete"])
@pytest.mark.parametrize("task", [[], ["--check-database"], ["--backup", "backup.db"]])
def test_the_database_of_another_program_is_left_as_it_is(stopped, tmp_path, mode, task):
    path = stopped.home / "daemon.db"
    for name in stopped.home.glob("daemon.db*"):
        name.unlink()
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute(f"PRAGMA journal_mode = {mode}")
        database.execute("CREATE TABLE schema_migrations (version, name, checksum)")
        database.execute("CREATE TABLE jobs (x)")
    path.chmod(0o600)
    before = path.read_bytes(), sorted(os.listdir(stopped.home)), path.stat().st_mtime_ns
    result = run(stopped.home, *[str(tmp_path / word) if word == "backup.db" else word for word in task])
    assert result.returncode in (1, 78) and "the database of another program" in result.stderr
    assert (path.read_bytes(), sorted(os.listdir(stopped.home)), path.stat().st_mtime_ns) == before
