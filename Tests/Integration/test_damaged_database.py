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


def test_a_page_that_only_the_copy_of_the_log_meets_is_no_different(daemon):
    """The daemon itself has the schema in memory."""
    daemon.submit("diag.noop", delay_ms=600_000)
    settle(daemon)
    write(daemon.home / "daemon.db", 100, b"\xa5" * (PAGE - 100))
    with pytest.raises(grpc.RpcError):
        for _ in range(500):
            daemon.submit("diag.noop", {"echo": "x" * 100_000}, delay_ms=600_000)
    assert_told(daemon)
    [line] = daemon.events("store down")
    assert "malformed" in line["error"] and mark_of(daemon).exists()


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


def mark_of(daemon):
    return daemon.home / "daemon.db-damaged"


def note_damage(daemon, job_id):
    """Has the daemon meet the page, and ends it."""
    assert refusal(lambda: daemon.job(job_id)) == grpc.StatusCode.UNAVAILABLE
    assert "malformed" in mark_of(daemon).read_text()
    daemon.kill()


def test_damage_is_known_after_a_restart_which_takes_no_jobs_into_the_file(damaged, cli_of):  # noqa: F811
    daemon, job_id, page, place = damaged
    acknowledged = daemon.submit("diag.noop", delay_ms=600_000)
    note_damage(daemon, job_id)
    before = (daemon.home / "daemon.db").read_bytes()
    for _ in range(2):
        daemon.spawn()
        assert daemon.process.wait(20) == 78
        text = daemon.process.stderr.read().decode()
        assert f"{daemon.home}/daemon.db: the database is damaged" in text and "honeydew restore" in text
    assert (daemon.home / "daemon.db").read_bytes() == before
    doctor = cli_of(daemon)("doctor")
    assert doctor.returncode == 1 and "is damaged" in doctor.stdout and mark_of(daemon).exists()
    # It is whole again, which the start finds out.
    write(daemon.home / "daemon.db", place, page)
    daemon.start()
    assert daemon.events("the database is whole") and not mark_of(daemon).exists()
    assert {daemon.job(id).status for id in (job_id, acknowledged)} == {"pending"}


def test_doctor_and_restore_take_the_mark_away(damaged, cli_of, tmp_path):  # noqa: F811
    daemon, job_id, page, place = damaged
    note_damage(daemon, job_id)
    write(daemon.home / "daemon.db", place, page)
    cli = cli_of(daemon)  # noqa: F811
    assert "is whole" in cli("doctor").stdout and not mark_of(daemon).exists()
    daemon.start()
    assert cli("backup", tmp_path / "b.db").returncode == 0
    garble(daemon, b"Zw")
    note_damage(daemon, job_id)
    assert cli("restore", tmp_path / "b.db").returncode == 0
    assert not mark_of(daemon).exists()
    daemon.start()
    assert daemon.job(job_id).status == "pending"


def test_an_index_that_does_not_match_its_table_keeps_the_mark(daemon, cli_of):  # noqa: F811
    """What a quick look passes over."""
    daemon.submit("diag.noop", delay_ms=600_000)
    daemon.stop()
    settle(daemon)
    with contextlib.closing(sqlite3.connect(daemon.home / "daemon.db", isolation_level=None)) as database:
        root = database.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'idx_jobs_status'").fetchone()[0]
    # An empty leaf of an index (https://sqlite.org/fileformat2.html#b_tree_pages).
    write(daemon.home / "daemon.db", (root - 1) * PAGE, b"\x0a\0\0\0\0\x10\0\0" + bytes(PAGE - 8))
    mark_of(daemon).write_text("")
    assert "is damaged" in cli_of(daemon)("doctor").stdout and mark_of(daemon).exists()
    daemon.spawn()
    assert daemon.process.wait(20) == 78


def test_a_mark_that_cannot_be_left_stops_nothing(damaged):
    daemon, job_id, _, _ = damaged
    mark_of(daemon).mkdir()
    assert refusal(lambda: daemon.job(job_id)) == grpc.StatusCode.UNAVAILABLE
    assert_told(daemon)
    assert daemon.events("the next start will not know that the database is damaged", level="warn")
    mark_of(daemon).rmdir()


@pytest.mark.parametrize("loss", ["log", "database"])
def test_what_is_emptied_under_the_daemon_is_missed_at_the_next_answer(daemon, loss):
    """As by people who want the room that a long log takes."""
    with contextlib.closing(sqlite3.connect(daemon.home / "daemon.db", isolation_level=None)) as other:
        kept = [daemon.submit("diag.noop", delay_ms=600_000) for _ in range(3)]
        # Another program may copy the log back and cut it at any time.
        assert other.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0
        daemon.status()
    content = (daemon.home / "daemon.db").read_bytes()
    lost = daemon.submit("diag.noop", delay_ms=600_000)
    with (daemon.home / ("daemon.db-wal" if loss == "log" else "daemon.db")).open("r+b") as file:
        file.truncate(0)
    assert refusal(lambda: daemon.submit("diag.noop", delay_ms=600_000)) == grpc.StatusCode.UNAVAILABLE
    [line] = daemon.events("store down")
    assert "emptied" in line["error"] and "while in use" in line["error"]
    if loss == "database":
        (daemon.home / "daemon.db").write_bytes(content)
        kept.append(lost)
    daemon.wait_until_serving()
    kept += [daemon.submit("diag.noop", delay_ms=600_000) for _ in range(3)]
    daemon.kill()
    daemon.start()
    assert {daemon.job(job_id).status for job_id in kept} == {"pending"}
    assert not mark_of(daemon).exists()
