"""`honeydew backup` and `honeydew restore`."""

import contextlib
import json
import os
import shutil
import sqlite3
import stat
import subprocess
import threading
import time
from pathlib import Path
from random import Random

import grpc
import pytest

from honeydew_command import cli, cli_of, environment, honeydew  # noqa: F401
from honeydew_daemon import BINARIES, Daemon, pb, wait_until
from sandbox_process import Sandbox


def result_of(daemon, job_id):
    chunks = daemon.stub.ReadJobResult(pb.ReadJobResultRequest(job_id=job_id), timeout=30)
    return b"".join(chunk.chunk for chunk in chunks)


def test_backup_under_load_is_of_one_moment(daemon, cli_of, tmp_path):  # noqa: F811
    cli = cli_of(daemon)  # noqa: F811
    stop = threading.Event()
    count = [0]

    def load():
        while not stop.is_set():
            # All of a call are in a backup, or none is.
            request = pb.SubmitJobsRequest(jobs=[pb.SubmitJobRequest(command="diag.noop", labels={"batch": str(count[0])})
                                                 for _ in range(50)])
            daemon.stub.SubmitJobs(request, timeout=30)
            count[0] += 1

    thread = threading.Thread(target=load)
    thread.start()
    try:
        wait_until(lambda: count[0] > 5, what="the load")
        for number in range(5):
            before = count[0]
            result = cli("backup", tmp_path / f"{number}.db", "--json")
            assert result.returncode == 0, result.stderr
            jobs = json.loads(result.stdout)["jobs"]
            assert jobs % 50 == 0 and jobs >= before * 50
    finally:
        stop.set()
        thread.join()
    assert count[0] > 10, "the load went on"
    for number in range(5):
        with contextlib.closing(sqlite3.connect(tmp_path / f"{number}.db", isolation_level=None)) as backup:
            assert backup.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            sizes = backup.execute("SELECT count(*) FROM job_labels GROUP BY name, value").fetchall()
            assert set(sizes) == {(50,)}
    assert stat.S_IMODE((tmp_path / "0.db").stat().st_mode) == 0o600


def test_backup_says_that_the_key_is_not_in_it(daemon, cli_of, tmp_path):  # noqa: F811
    result = cli_of(daemon)("backup", tmp_path / "b.db")
    assert "key" in result.stdout and "not in it" in result.stdout
    key = (daemon.home / "master.key").read_bytes()
    assert key not in (tmp_path / "b.db").read_bytes()


def test_backup_writes_over_nothing(daemon, cli_of, tmp_path):  # noqa: F811
    cli = cli_of(daemon)  # noqa: F811
    (tmp_path / "there").write_text("precious")
    result = cli("backup", tmp_path / "there")
    assert result.returncode == 1 and "is there already" in result.stderr
    assert (tmp_path / "there").read_text() == "precious"
    missing = cli("backup", tmp_path / "no/directory/b.db")
    assert missing.returncode == 1 and "No such file" in missing.stderr
    assert sorted(p.name for p in tmp_path.iterdir()) == ["there"]


def test_restored_daemon_has_jobs_results_and_login(tmp_path, home, cli_of):  # noqa: F811
    with Sandbox(tmp_path) as api:
        daemon = Daemon(home, endpoint=None).start()
        try:
            cli = cli_of(daemon)  # noqa: F811
            sandbox = pb.AddEnvironmentRequest(name="sandbox", base_url=api.url, ca_file=api.ca_file, set_active=True)
            daemon.stub.AddEnvironment(sandbox)
            daemon.stub.Login(pb.LoginRequest(username="admin", password="honeydew-demo"), timeout=30)
            done = daemon.submit("organizations.list")
            assert daemon.wait_one(done).status == "completed"
            pending = daemon.submit("diag.noop", delay_ms=600_000)
            result = result_of(daemon, done)
            # A result in a file of its own, as a long one is.
            long = b'{"long": "' + b"x" * 3_000_000 + b'"}'
            (daemon.home / "results" / f"{done}.1").write_bytes(long)
            with contextlib.closing(sqlite3.connect(daemon.home / "daemon.db", isolation_level=None)) as database:
                database.execute("UPDATE jobs SET result = NULL, result_file = ?, result_size = ? WHERE id = ?",
                                 (f"{done}.1", len(long), done))
            assert cli("backup", tmp_path / "b.db").returncode == 0
            lost = daemon.submit("diag.noop")
            daemon.wait_one(lost)
            refused = cli("restore", tmp_path / "b.db")
            assert refused.returncode == 1 and "stop it first" in refused.stderr
            daemon.stop()
            for name in ("daemon.db", "results"):
                path = daemon.home / name
                shutil.rmtree(path) if path.is_dir() else path.unlink()
            restored = cli("restore", tmp_path / "b.db", "--json")
            assert restored.returncode == 0, restored.stderr
            assert json.loads(restored.stdout)["kept"] == ""
            daemon.start()
            assert daemon.job(pending).status == "pending"
            assert result_of(daemon, done) == long != result
            again = daemon.submit("organizations.list")
            assert daemon.wait_one(again).status == "completed"
            with pytest.raises(Exception):
                daemon.job(lost)
        finally:
            daemon.destroy()


def test_restore_keeps_the_database_that_was_there(daemon, cli_of, tmp_path):  # noqa: F811
    cli = cli_of(daemon)  # noqa: F811
    old = daemon.submit("diag.noop", delay_ms=600_000)
    cli("backup", tmp_path / "b.db")
    newer = daemon.submit("diag.noop", delay_ms=600_000)
    # What is only in the write-ahead log is kept too.
    daemon.kill()
    restored = cli("restore", tmp_path / "b.db", "--json")
    assert restored.returncode == 0, restored.stderr
    kept = Path(json.loads(restored.stdout)["kept"])
    with contextlib.closing(sqlite3.connect(kept, isolation_level=None)) as database:
        assert {row[0] for row in database.execute("SELECT id FROM jobs")} == {old, newer}
    daemon.start()
    assert [job.job_id for job in daemon.stub.ListJobs(pb.ListJobsRequest()).jobs] == [old]
    # And back again.
    daemon.stop()
    assert cli("restore", kept).returncode == 0
    daemon.start()
    assert {job.job_id for job in daemon.stub.ListJobs(pb.ListJobsRequest()).jobs} == {old, newer}


def test_restore_without_the_key_needs_to_forget_the_tokens(daemon, cli_of, tmp_path):  # noqa: F811
    cli = cli_of(daemon)  # noqa: F811
    job = daemon.submit("diag.noop", delay_ms=600_000)
    cli("backup", tmp_path / "b.db")
    daemon.stop()
    (daemon.home / "master.key").unlink()
    assert cli("restore", tmp_path / "b.db").returncode == 0
    daemon.spawn()
    assert daemon.process.wait(30) == 78
    forgotten = cli("restore", tmp_path / "b.db", "--forget-tokens")
    assert forgotten.returncode == 0 and "honeydew login" in forgotten.stdout
    (daemon.home / "master.key").unlink(missing_ok=True)
    daemon.start()
    assert daemon.job(job).status == "pending"


@pytest.mark.parametrize("content", [b"", b"this is no database" * 1000])
def test_restore_refuses_what_is_no_backup_and_changes_nothing(daemon, cli_of, tmp_path, content):  # noqa: F811
    cli = cli_of(daemon)  # noqa: F811
    job = daemon.submit("diag.noop", delay_ms=600_000)
    daemon.stop()
    files = sorted(os.listdir(daemon.home))
    (tmp_path / "b.db").write_bytes(content)
    result = cli("restore", tmp_path / "b.db")
    assert result.returncode == 1
    assert result.stderr.startswith(f"honeydew: {tmp_path / 'b.db'}: this is no backup of Honeydew's")
    assert sorted(os.listdir(daemon.home)) == files
    daemon.start()
    assert daemon.job(job).status == "pending"


def test_restore_refuses_a_newer_schema_and_a_damaged_file(daemon, cli_of, tmp_path):  # noqa: F811
    cli = cli_of(daemon)  # noqa: F811
    for _ in range(50):
        daemon.submit("diag.noop", {"echo": "x" * 1000}, delay_ms=600_000)
    cli("backup", tmp_path / "b.db")
    daemon.stop()
    shutil.copy(tmp_path / "b.db", tmp_path / "newer.db")
    with contextlib.closing(sqlite3.connect(tmp_path / "newer.db", isolation_level=None)) as database:
        database.execute("INSERT INTO schema_migrations VALUES (99, '099_future', 'x', 'x')")
    newer = cli("restore", tmp_path / "newer.db")
    assert newer.returncode == 1 and "newer Honeydew" in newer.stderr
    content = bytearray((tmp_path / "b.db").read_bytes())
    content[4096 * 5:4096 * 15] = os.urandom(4096 * 10)
    (tmp_path / "damaged.db").write_bytes(content)
    damaged = cli("restore", tmp_path / "damaged.db")
    assert damaged.returncode == 1 and damaged.stderr
    daemon.start()


def test_restore_refuses_a_database_in_use(daemon, cli_of, tmp_path, environment):  # noqa: F811
    cli = cli_of(daemon)  # noqa: F811
    database = daemon.home / "daemon.db"
    assert (daemon.home / "daemon.db-wal").exists()
    other = tmp_path / "other"
    environment["HONEYDEW_HOME"] = str(other)
    result = cli("restore", database)
    assert result.returncode == 1 and "make a backup with: honeydew" in result.stderr


def test_backup_under_a_name_that_cannot_be_leaves_nothing(daemon, cli_of, tmp_path):  # noqa: F811
    target = tmp_path / "there"
    target.mkdir()
    result = cli_of(daemon)("backup", target / ("b" * 300))
    assert result.returncode == 1 and "File name too long" in result.stderr
    assert list(target.iterdir()) == []


@pytest.mark.root("mount")
def test_backup_to_a_full_disk_leaves_nothing(daemon, cli_of, tmp_path):  # noqa: F811
    cli = cli_of(daemon)  # noqa: F811
    for _ in range(50):
        daemon.submit("diag.noop", {"echo": "x" * 2000}, delay_ms=600_000)
    disk = tmp_path / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", disk], check=True)
    try:
        result = cli("backup", disk / "b.db")
        assert result.returncode == 1 and "disk is full" in result.stderr
        assert list(disk.iterdir()) == []
    finally:
        subprocess.run(["umount", disk], check=True)


def jobs_of(database):
    with contextlib.closing(sqlite3.connect(database)) as connection:
        return {row[0] for row in connection.execute("SELECT id FROM jobs")}


def test_killed_restore_leaves_one_whole_database_or_the_other(daemon, cli_of, tmp_path):  # noqa: F811
    cli = cli_of(daemon)  # noqa: F811
    old = {daemon.submit("diag.noop", delay_ms=600_000) for _ in range(20)}
    assert cli("backup", tmp_path / "b.db").returncode == 0
    newer = old | {daemon.submit("diag.noop", delay_ms=600_000) for _ in range(20)}
    daemon.kill()
    assert (daemon.home / "daemon.db-wal").stat().st_size > 0
    random = Random(11)
    daemon.socket.unlink()
    shutil.copytree(daemon.home, tmp_path / "measured")
    began = time.monotonic()
    subprocess.run([BINARIES / "honeydewd", "--home", tmp_path / "measured", "--restore", tmp_path / "b.db"], check=True,
                   stdout=subprocess.DEVNULL)
    whole = time.monotonic() - began
    seen = []
    for number in range(40):
        home = tmp_path / f"home{number}"
        shutil.copytree(daemon.home, home)
        with subprocess.Popen([BINARIES / "honeydewd", "--home", home, "--restore", tmp_path / "b.db"],
                              stdout=subprocess.DEVNULL) as process:
            time.sleep(random.random() * 1.5 * whole)
            process.kill()
        checked = subprocess.run([BINARIES / "honeydewd", "--home", home, "--check-database"], check=True,
                                 capture_output=True, text=True, timeout=30)
        assert json.loads(checked.stdout)["problems"] == []
        jobs = jobs_of(home / "daemon.db")
        assert jobs in (old, newer)
        seen.append(jobs == old)
        # It can simply be done again.
        subprocess.run([BINARIES / "honeydewd", "--home", home, "--restore", tmp_path / "b.db"], check=True,
                       stdout=subprocess.DEVNULL, timeout=30)
        assert jobs_of(home / "daemon.db") == old
        shutil.rmtree(home)
    assert False in seen, "no kill came in time"


def spooled(daemon):
    job_id = daemon.submit("diag.noop", {"bytes": 3_000_000})
    assert daemon.wait_one(job_id).status == "completed"
    return job_id


def copy_barely(daemon, target):
    """Copies the database's file alone, as people do."""
    daemon.stop()
    with contextlib.closing(sqlite3.connect(daemon.home / "daemon.db", isolation_level=None)) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    shutil.copy(daemon.home / "daemon.db", target)


def test_restore_of_a_bare_copy_takes_the_results_of_its_home(daemon, cli_of, tmp_path):  # noqa: F811
    job_id = spooled(daemon)
    expected = result_of(daemon, job_id)
    copy_barely(daemon, tmp_path / "copy.db")
    cli = cli_of(daemon)  # noqa: F811
    restored = cli("restore", tmp_path / "copy.db", "--json")
    assert restored.returncode == 0 and json.loads(restored.stdout)["missing_results"] == 0, restored.stderr
    daemon.start()
    assert result_of(daemon, job_id) == expected


def test_restore_of_a_bare_copy_takes_the_results_beside_it(daemon, cli_of, tmp_path):  # noqa: F811
    job_id, other = spooled(daemon), spooled(daemon)
    expected = result_of(daemon, job_id)
    copy_barely(daemon, tmp_path / "copy.db")
    shutil.copytree(daemon.home / "results", tmp_path / "results")
    # What is not what the database says is not taken.
    [wrong] = (tmp_path / "results").glob(f"{other}.*")
    wrong.write_bytes(b"shorter")
    shutil.rmtree(daemon.home / "results")
    cli = cli_of(daemon)  # noqa: F811
    restored = cli("restore", tmp_path / "copy.db")
    assert restored.returncode == 0, restored.stderr
    assert "the long results of 1 job are neither in the file nor beside it" in restored.stdout
    daemon.start()
    assert result_of(daemon, job_id) == expected
    with pytest.raises(grpc.RpcError):
        result_of(daemon, other)
    doctor = cli("doctor", "--json")
    [finding] = [f for f in json.loads(doctor.stdout) if f["check"] == "database"]
    assert finding["state"] == "bad" and f"the long results of 1 job are not in {daemon.home}/results" in finding["text"]
    daemon.stub.RemoveJobs(pb.RemoveJobsRequest(job_ids=[other]))
    [finding] = [f for f in json.loads(cli("doctor", "--json").stdout) if f["check"] == "database"]
    assert finding["state"] == "good"


@pytest.mark.parametrize("is_emptied", [False, True])
@pytest.mark.parametrize("trace", ["master.key", "daemon.db-wal", "results"])
def test_a_database_that_is_gone_does_not_become_an_empty_queue(daemon, cli_of, tmp_path, trace, is_emptied):  # noqa: F811
    job_id = spooled(daemon)
    cli = cli_of(daemon)  # noqa: F811
    assert cli("backup", tmp_path / "b.db").returncode == 0
    assert daemon.stop() == 0
    traces = {"master.key", "daemon.db-wal", "results"}
    for name in traces - {trace} | {"daemon.db"}:
        path = daemon.home / name
        path.rename(tmp_path / name)
    if is_emptied:
        (daemon.home / "daemon.db").touch(0o600)
    files = sorted(os.listdir(daemon.home))
    daemon.spawn()
    assert daemon.process.wait(20) == 78
    text = daemon.process.stderr.read().decode()
    assert f"{daemon.home}/daemon.db is {'empty' if is_emptied else 'gone'}" in text and f"{daemon.home}/{trace}" in text
    assert "honeydew restore" in text
    assert set(files) - {"daemon.sock"} <= set(os.listdir(daemon.home))
    if trace == "master.key":
        doctor = cli("doctor", "--json")
        [finding] = [f for f in json.loads(doctor.stdout) if f["check"] == "database"]
        assert finding["state"] == "bad" and "honeydew restore" in finding["text"]
    # Both ways that it names lead on.
    if is_emptied or trace == "results":
        (daemon.home / trace).rename(tmp_path / f"{trace}.away")
        daemon.start()
        assert daemon.status().jobs.completed == 0
    else:
        restored = cli("restore", tmp_path / "b.db")
        assert restored.returncode == 0, restored.stderr
        if trace != "master.key":
            shutil.copy(tmp_path / "master.key", daemon.home / "master.key")
        daemon.start()
        assert len(result_of(daemon, job_id)) == 3_000_000


def test_a_queue_begins_under_a_key_of_ones_own_as_the_refusal_says(make_daemon, tmp_path):
    daemon = make_daemon()
    own = os.urandom(32)
    key_file = daemon.home / "master.key"
    key_file.touch(0o600)
    key_file.write_bytes(own)
    daemon.spawn()
    assert daemon.process.wait(20) == 78
    words = daemon.process.stderr.read().decode()
    assert "master.key is there" in words and "under this key, move it to DIR/master.key" in words
    key_file.rename(tmp_path / "master.key")
    daemon.env["CREDENTIALS_DIRECTORY"] = str(tmp_path)
    daemon.start()
    assert daemon.stop() == 0
    del daemon.env["CREDENTIALS_DIRECTORY"]
    (tmp_path / "master.key").rename(key_file)
    daemon.start()
    assert key_file.read_bytes() == own
