"""A page of the database that is garbage and that only a read meets: it is told, and nothing more is written to the file."""

import contextlib
import sqlite3
import time

import grpc
import pytest

from honeydew_command import cli, cli_of, environment, honeydew  # noqa: F401
from honeydew_daemon import pb, wait_until

PAGE = 4096


def settle(daemon):
    """Has everything in the database's file alone."""
    with contextlib.closing(sqlite3.connect(daemon.home / "daemon.db", isolation_level=None)) as database:
        assert database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0


def garble(daemon, marker):
    """Makes a page garbage that holds nothing but the inside of a long column. Returns what it was, and where."""
    path = daemon.home / "daemon.db"
    content = path.read_bytes()
    # Four bytes name the next page of the column (https://sqlite.org/fileformat2.html#ovflpgs).
    place = next(at for at in range(0, len(content), PAGE) if content[at + 4 : at + 2004] in marker * 1002)
    write(path, place, b"\xa5" * PAGE)
    return content[place : place + PAGE], place


def write(path, place, page):
    with path.open("r+b") as file:
        file.seek(place)
        file.write(page)


@pytest.fixture
def damaged(make_daemon):
    """A daemon that runs on a file with such a page, the job whose page it is, what it was, and where."""
    daemon = make_daemon().start()
    job_id = daemon.submit("diag.noop", {"echo": "Zw" * 20_000}, delay_ms=600_000)
    daemon.stop()
    settle(daemon)
    page, place = garble(daemon, b"Zw")
    daemon.start()
    return daemon, job_id, page, place


def refusal(call):
    with pytest.raises(grpc.RpcError) as info:
        call()
    return info.value.code()


def assert_told(daemon):
    status = daemon.status()
    assert status.state == "STORE_UNAVAILABLE"
    assert str(daemon.home / "daemon.db") in status.degraded[0]
    assert refusal(lambda: daemon.submit("diag.noop")) == grpc.StatusCode.UNAVAILABLE


def test_a_page_that_only_a_read_meets_ends_all_writing_and_is_told(damaged, cli_of):  # noqa: F811
    daemon, job_id, _, _ = damaged
    daemon.wait_one(daemon.submit("diag.noop"))
    assert refusal(lambda: daemon.job(job_id)) == grpc.StatusCode.UNAVAILABLE
    assert_told(daemon)
    [line] = daemon.events("store down")
    assert line["level"] == "error" and "daemon.db" in line["error"]
    wait_until(lambda: "is damaged" in daemon.status().degraded[0], what="the look through the whole file")
    before = [(daemon.home / name).read_bytes() for name in ("daemon.db", "daemon.db-wal")]
    # Long enough for it to come up again some times, if it did.
    time.sleep(2)
    assert_told(daemon)
    assert not daemon.events("store up again")
    assert [(daemon.home / name).read_bytes() for name in ("daemon.db", "daemon.db-wal")] == before
    cli = cli_of(daemon)  # noqa: F811
    shown = cli("status")
    assert shown.returncode == 1 and "is damaged" in shown.stdout and "honeydew restore" in shown.stdout
    doctor = cli("doctor")
    assert doctor.returncode == 1 and "is damaged" in doctor.stdout


def test_a_page_that_only_the_daemon_itself_meets_is_no_different(make_daemon):
    daemon = make_daemon().start()
    daemon.stub.PauseQueue(pb.PauseQueueRequest())
    daemon.submit("diag.noop", {"echo": "Zw" * 20_000})
    daemon.stop()
    settle(daemon)
    garble(daemon, b"Zw")
    daemon.start()
    with contextlib.suppress(grpc.RpcError):
        daemon.stub.ResumeQueue(pb.ResumeQueueRequest())
    wait_until(lambda: "is damaged" in "".join(daemon.status().degraded), what="the look through the whole file")
    assert_told(daemon)
    assert len(daemon.events("store down")) == 1


def test_a_page_that_is_right_again_is_found_out(damaged):
    daemon, job_id, page, place = damaged
    assert refusal(lambda: daemon.job(job_id)) == grpc.StatusCode.UNAVAILABLE
    wait_until(lambda: "is damaged" in daemon.status().degraded[0], what="the look through the whole file")
    write(daemon.home / "daemon.db", place, page)
    daemon.wait_until_serving()
    assert daemon.job(job_id).status == "pending"
    assert daemon.wait_one(daemon.submit("diag.noop")).status == "completed"


def test_a_backup_takes_its_place(damaged, cli_of, tmp_path):  # noqa: F811
    daemon, job_id, page, place = damaged
    write(daemon.home / "daemon.db", place, page)
    cli = cli_of(daemon)  # noqa: F811
    assert cli("backup", tmp_path / "b.db").returncode == 0
    garble(daemon, b"Zw")
    assert refusal(lambda: daemon.job(job_id)) == grpc.StatusCode.UNAVAILABLE
    assert daemon.stop() == 0
    assert cli("restore", tmp_path / "b.db").returncode == 0
    daemon.start()
    assert daemon.job(job_id).status == "pending"
