"""The daemon's log: its lines, its rotation, what befalls its file, and `honeydew logs`."""

import contextlib
import gzip
import json
import os
import shutil
import signal
import socket
import subprocess

import pytest

from honeydew_command import HONEYDEW, begin, cli, cli_of, environment, honeydew  # noqa: F401
from honeydew_daemon import pb, wait_until

# The seeds' table of what gets logged.
SEEDS = {
    "job submitted": ("info", ["job_id", "command", "priority"]),
    "job started": ("info", ["job_id", "command", "worker_id"]),
    "job completed": ("info", ["job_id", "command", "duration_ms"]),
    "job failed": ("error", ["job_id", "command", "error", "retry_count", "duration_ms"]),
    "job retrying": ("warn", ["job_id", "command", "error", "retry_count", "next_retry"]),
}


def test_events_have_the_seeds_fields(daemon):
    daemon.wait_one(daemon.submit("diag.noop"))
    daemon.wait_one(daemon.submit("diag.fail", {"code": "NETWORK_ERROR"}, max_retries=1))
    seen = {line["message"]: line for line in daemon.log()}
    for message, (level, fields) in SEEDS.items():
        # What a client has done is told together with who it was.
        is_call = message == "job submitted"
        caller = ["uid", "pid", "call", "outcome"] if is_call else []
        assert list(seen[message]) == ["timestamp", "level", "message", "component", *fields, *caller], message
        assert (seen[message]["level"], seen[message]["component"]) == (level, "audit" if is_call else "queue")


def test_who_has_changed_what_is_told_at_every_level(make_daemon):
    daemon = make_daemon(config="logging:\n  level: error\n").start()
    job = daemon.submit("diag.noop")
    daemon.wait_one(job)
    daemon.stub.PauseQueue(pb.PauseQueueRequest())
    lines = [(line["message"], line["component"]) for line in daemon.log()]
    assert lines == [("job submitted", "audit"), ("client call", "audit")]


def rotated(home):
    return sorted(path.name for path in home.glob("daemon-*.log*"))


def log_more(daemon, jobs=2500):
    request = pb.SubmitJobsRequest(jobs=[pb.SubmitJobRequest(command="diag.noop") for _ in range(jobs)])
    ids = daemon.stub.SubmitJobs(request, timeout=60).job_ids
    for start in range(0, jobs, 1000):
        daemon.wait(*ids[start:start + 1000], timeout=120)
    return ids


def logged_ids(daemon, message):
    daemon.flush_log()
    texts = [gzip.decompress(path.read_bytes()).decode() if path.suffix == ".gz" else path.read_text()
             for path in [*sorted(daemon.home.glob("daemon-*.log*")), daemon.home / "daemon.log"]]
    lines = [json.loads(line) for text in texts for line in text.splitlines()]
    return [line["job_id"] for line in lines if line["message"] == message]


def test_log_rotates_compresses_and_keeps_every_line(make_daemon, cli_of):  # noqa: F811
    daemon = make_daemon(config="logging:\n  max_size_mb: 1\n").start()
    ids = []
    while len(rotated(daemon.home)) < 3:
        ids += log_more(daemon)
    wait_until(lambda: all(name.endswith(".log.gz") for name in rotated(daemon.home)), what="compression")
    assert all(path.stat().st_size <= 1 << 20 for path in daemon.home.glob("daemon.log"))
    assert sorted(logged_ids(daemon, "job completed")) == sorted(ids)
    shown = cli_of(daemon)("logs", "--all", "--json", "--component", "queue")
    assert shown.returncode == 0, shown.stderr
    completed = [line for line in map(json.loads, shown.stdout.splitlines()) if line["message"] == "job completed"]
    assert sorted(line["job_id"] for line in completed) == sorted(ids)


def test_backups_are_limited(make_daemon):
    daemon = make_daemon(config="logging:\n  max_size_mb: 1\n  max_backups: 1\n  compress: false\n").start()
    (daemon.home / "daemon-2020-01-01T00-00-00.000Z.log").write_text("old\n")
    seen = set()
    while len(seen) < 3:
        log_more(daemon)
        seen.update(rotated(daemon.home))
    wait_until(lambda: len(rotated(daemon.home)) == 1, what="the removal")
    assert rotated(daemon.home) == [max(seen)]


def test_sigusr1_reopens_a_moved_log(daemon):
    (daemon.home / "daemon.log").rename(daemon.home / "moved.log")
    daemon.process.send_signal(signal.SIGUSR1)
    wait_until(lambda: daemon.events("log reopened"), what="the new log")
    job = daemon.submit("diag.noop")
    wait_until(lambda: daemon.events("job submitted", job_id=job), what="the line")


@pytest.mark.root("mount")
def test_full_log_disk_stops_nothing_and_is_told(make_daemon, tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", disk], check=True)
    try:
        daemon = make_daemon(config=f"logging:\n  file: {disk}/daemon.log\n").start()
        for _ in range(5):
            log_more(daemon, 2000)
        status = daemon.status()
        assert status.log_lines_dropped > 0
        assert any("log cannot be written" in reason for reason in status.degraded)
        assert daemon.wait_one(daemon.submit("diag.noop")).status == "completed"
        daemon.stop()
    finally:
        subprocess.run(["umount", "-l", disk], check=True)


def test_removed_log_directory_comes_back(make_daemon, tmp_path):
    directory = tmp_path / "logs"
    directory.mkdir()
    daemon = make_daemon(config=f"logging:\n  file: {directory}/daemon.log\n").start()
    shutil.rmtree(directory)
    job = daemon.submit("diag.noop")
    daemon.wait_one(job)
    wait_until(lambda: (directory / "daemon.log").exists() and job in (directory / "daemon.log").read_text(),
               what="the log")


def test_journal_gets_priorities(make_daemon):
    ours, theirs = socket.socketpair()
    status = os.fstat(theirs.fileno())
    daemon = make_daemon(env={"JOURNAL_STREAM": f"{status.st_dev}:{status.st_ino}"})
    daemon.spawn(stderr=theirs)
    theirs.close()
    wait_until(daemon._answers, what="the daemon")
    daemon.wait_one(daemon.submit("diag.fail", {"code": "API_ERROR"}))
    text = b""
    while b"job failed" not in text:
        text += ours.recv(65536)
    lines = text.decode().splitlines()
    for line in lines[:-1]:
        entry = json.loads(line[3:])
        assert line[:3] == {"debug": "<7>", "info": "<6>", "warn": "<4>", "error": "<3>"}[entry["level"]]


def test_logs_shows_text_filters_and_works_without_the_daemon(daemon, cli):  # noqa: F811
    job = daemon.submit("diag.fail", {"code": "API_ERROR"})
    daemon.wait_one(job)
    daemon.stop()
    shown = cli("logs")
    assert shown.returncode == 0, shown.stderr
    assert "queue: job failed job_id=" + job in shown.stdout
    assert "daemon: daemon stopped" in shown.stdout.splitlines()[-1]
    errors = cli("logs", "--level", "error", "--json")
    assert [json.loads(line)["message"] for line in errors.stdout.splitlines()] == ["job failed"]
    last = cli("logs", "-n", "1", "--component", "queue")
    assert len(last.stdout.splitlines()) == 1 and "job failed" in last.stdout
    assert cli("logs", "--component", "nonsense").returncode == 2
    (daemon.home / "daemon.log").unlink()
    missing = cli("logs")
    assert missing.returncode == 1 and "daemon.log" in missing.stderr


@pytest.mark.parametrize("told", ["--set", "HONEYDEW_LOGGING_FILE", "--config"])
def test_logs_reads_where_the_daemon_says_that_it_writes(make_daemon, cli_of, tmp_path, told):  # noqa: F811
    daemon, path = make_daemon(), tmp_path / "elsewhere.log"
    (daemon.home / "daemon.log").write_text('{"message":"of another daemon"}\n')
    if told == "--set":
        daemon.start("--set", f"logging.file={path}")
    elif told == "--config":
        (tmp_path / "other.yaml").write_text(f"logging:\n  file: {path}\nqueue:\n  diagnostics: true\n")
        daemon.start("--config", str(tmp_path / "other.yaml"))
    else:
        daemon.env[told] = str(path)
        daemon.start()
    job = daemon.submit("diag.fail", {"code": "API_ERROR"})
    daemon.wait_one(job)
    cli = cli_of(daemon)
    wait_until(lambda: job in cli("logs").stdout, what="the line")
    assert "of another daemon" not in cli("logs").stdout


def test_logs_ends_with_its_reader(daemon, cli, environment):  # noqa: F811
    """`logs -f | head -1` in a quiet hour: nothing more comes that could not be written."""
    assert cli("logs").returncode == 0
    reader, writer = os.pipe()
    follower = subprocess.Popen([HONEYDEW, "logs", "-f"], env=environment, stdin=subprocess.DEVNULL, stdout=writer)
    os.close(writer)
    assert os.read(reader, 1)
    os.close(reader)
    assert follower.wait(20) in (130, 1)


def test_logs_follows_into_a_file(daemon, cli, environment, tmp_path):  # noqa: F811
    with open(tmp_path / "copy", "wb") as copy:
        follower = subprocess.Popen([HONEYDEW, "logs", "-f"], env=environment, stdin=subprocess.DEVNULL, stdout=copy)
    job = daemon.submit("diag.noop")
    wait_until(lambda: job in (tmp_path / "copy").read_text(), what="the line")
    follower.send_signal(signal.SIGINT)
    assert follower.wait(20) == 130


def test_logs_follows_through_a_rotation(daemon, cli, environment):  # noqa: F811
    follower = begin(environment, "logs", "-f", "--json", "--component", "queue")
    try:
        os.set_blocking(follower.stdout.fileno(), False)
        text = ""

        def sees(job):
            nonlocal text
            with contextlib.suppress(TypeError):
                text += follower.stdout.read() or ""
            return job in text

        first = daemon.submit("diag.noop")
        wait_until(lambda: sees(first), what="the first line")
        (daemon.home / "daemon.log").rename(daemon.home / "daemon-2026-01-01T00-00-00.000Z.log")
        second = daemon.submit("diag.noop")
        wait_until(lambda: sees(second), what="the line of the old file")
        daemon.process.send_signal(signal.SIGUSR1)
        wait_until(lambda: daemon.events("log reopened"), what="the new log")
        third = daemon.submit("diag.noop")
        wait_until(lambda: sees(third), what="the line of the new file")
        follower.send_signal(signal.SIGINT)
        assert follower.wait(20) == 130
    finally:
        follower.kill()
        follower.wait()
        follower.stdout.close()
        follower.stderr.close()
