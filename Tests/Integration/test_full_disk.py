"""A disk that our own data has filled is no dead end: a reserve is given up, removal, retention and a restart work, and when
there is room again all goes on."""

import contextlib
import os
import subprocess
import time

import grpc
import pytest

from honeydew_command import cli, cli_of, environment, honeydew  # noqa: F401
from honeydew_daemon import pb, wait_until

MEBIBYTE = 1 << 20
FULL = "is full, so that no job is taken and none is started"


@pytest.fixture(params=["tmpfs", "ext4"])
def small_disk(home, request, tmp_path):
    """A disk of 24 MiB over the home."""
    if request.param == "tmpfs":
        subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=700,size=24m", "tmpfs", home], check=True)
    else:
        file = tmp_path / "disk"
        with file.open("wb") as empty:
            empty.truncate(24 * MEBIBYTE)
        subprocess.run(["mkfs.ext4", "-q", "-m", "0", file], check=True)
        mounted = subprocess.run(["mount", "-o", "loop", file, home], check=False, capture_output=True, text=True)
        if mounted.returncode != 0:
            pytest.skip(f"no loop device: {mounted.stderr}")
        os.chmod(home, 0o700)
        os.rmdir(f"{home}/lost+found")
    yield home
    subprocess.run(["umount", "-l", home], check=True)


def refusal(call):
    with pytest.raises(grpc.RpcError) as info:
        call()
    return info.value.code(), info.value.details()


def fill(daemon):
    """Submits until the disk is full. Returns the jobs, which are ended."""
    ended = []
    while True:
        try:
            job_id = daemon.submit("diag.noop", {"echo": "x" * 400_000}, delay_ms=600_000)
            daemon.stub.CancelJob(pb.CancelJobRequest(job_id=job_id))
            ended.append(job_id)
        except grpc.RpcError:
            try:
                # While the log is copied back it is full, too.
                wait_until(lambda: not daemon.status().degraded, 8)
            except AssertionError:
                return ended


def wait_until_scarce(daemon):
    wait_until(lambda: daemon.status().state == "SERVING" and FULL in "".join(daemon.status().degraded), 30, "the reserve")


@pytest.mark.root("mount")
def test_a_disk_that_is_full_of_jobs_can_be_emptied(make_daemon, small_disk, cli_of):  # noqa: F811
    daemon = make_daemon().start()
    reserve = daemon.home / "daemon.db-reserve"
    assert 0.5 * MEBIBYTE < reserve.stat().st_size <= 4 * MEBIBYTE
    assert reserve.stat().st_blocks * 512 >= reserve.stat().st_size
    ended = fill(daemon)
    assert len(ended) > 10
    wait_until_scarce(daemon)
    code, text = refusal(lambda: daemon.submit("diag.noop"))
    assert code == grpc.StatusCode.UNAVAILABLE and FULL in text and "job remove" in text
    assert refusal(lambda: daemon.stub.SubmitJobs(pb.SubmitJobsRequest(jobs=[pb.SubmitJobRequest(command="diag.noop")])))
    cli = cli_of(daemon)  # noqa: F811
    shown = cli("status")
    assert shown.returncode == 1 and FULL in shown.stdout
    assert cli("job", "remove", *ended[:-5]).returncode == 0
    # It is noticed by itself that there is room.
    wait_until(lambda: not daemon.status().degraded, 40, "the end of it")
    assert reserve.exists()
    assert daemon.wait_one(daemon.submit("diag.noop", {"echo": "x" * 100_000})).status == "completed"
    assert {daemon.job(job_id).status for job_id in ended[-5:]} == {"cancelled"}
    assert daemon.events("there is room on the disk again: jobs are taken and started")


@pytest.mark.root("mount")
def test_a_full_disk_can_be_started_on_and_emptied_then(make_daemon, small_disk):
    daemon = make_daemon().start()
    ended = fill(daemon)
    wait_until_scarce(daemon)
    daemon.kill()
    stuff_up(daemon)
    daemon.start()
    wait_until_scarce(daemon)
    daemon.stub.RemoveJobs(pb.RemoveJobsRequest(job_ids=ended[:-3]))
    (daemon.home / "stuffing").unlink()
    wait_until(lambda: not daemon.status().degraded, 40, "the end of it")
    assert daemon.wait_one(daemon.submit("diag.noop")).status == "completed"


def stuff_up(daemon):
    """Takes all the room that is left, as another program may, or the log."""
    with contextlib.suppress(OSError), (daemon.home / "stuffing").open("wb", buffering=0) as file:
        while file.write(b"x" * 4096) == 4096:
            pass


@pytest.mark.root("mount")
def test_a_start_on_a_full_disk_has_the_reserve(make_daemon, small_disk):
    """Another program has filled the disk while the daemon was not there."""
    daemon = make_daemon(config="  retention_jobs: 3\n").start()
    jobs = [daemon.submit("diag.noop", {"echo": "x" * 100_000}) for _ in range(12)]
    daemon.wait(*jobs)
    pending = daemon.submit("diag.noop", delay_ms=600_000)
    assert daemon.stop() == 0
    stuff_up(daemon)
    daemon.start()
    assert daemon.events("the file with the process id cannot be written", level="warn") or \
        (daemon.home / "daemon.pid").read_text() == f"{daemon.pid}\n"
    assert daemon.job(pending).status == "pending"
    # Retention goes on.
    wait_until(lambda: daemon.status().jobs.completed <= 3, 90, "the retention")
    daemon.stub.RemoveJobs(pb.RemoveJobsRequest(filter=pb.JobFilter(status="completed")))
    assert daemon.status().jobs.completed == 0
    (daemon.home / "stuffing").unlink()
    wait_until(lambda: not daemon.status().degraded, 40, "the end of it")


@pytest.mark.root("mount")
def test_what_waits_on_a_full_disk_goes_on_when_there_is_room(make_daemon, small_disk):
    daemon = make_daemon().start()
    daemon.stub.ScheduleJob(pb.ScheduleJobRequest(name="tick", cron_expr="@every 1s", command="diag.noop"))
    waiting = daemon.submit("diag.noop", {"echo": "y"}, idempotency_key="waiting", delay_ms=1)
    daemon.wait_one(waiting)
    stuff_up(daemon)
    fill(daemon)
    wait_until_scarce(daemon)
    # Who repeats a submission whose outcome he does not know is told.
    assert daemon.submit("diag.noop", {"echo": "y"}, idempotency_key="waiting", delay_ms=1) == waiting
    last = daemon.stub.GetSchedule(pb.GetScheduleRequest(name="tick")).last_job_id
    time.sleep(2)
    assert daemon.stub.GetSchedule(pb.GetScheduleRequest(name="tick")).last_job_id == last, "no tick makes a job"
    before = processor_ticks(daemon.pid)
    time.sleep(1)
    assert processor_ticks(daemon.pid) - before <= 5
    (daemon.home / "stuffing").unlink()
    wait_until(lambda: not daemon.status().degraded, 40, "the end of it")
    wait_until(lambda: daemon.stub.GetSchedule(pb.GetScheduleRequest(name="tick")).last_job_id != last, what="a tick")
    assert daemon.wait_one(daemon.submit("diag.noop")).status == "completed"


def processor_ticks(pid):
    fields = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()
    return int(fields[11]) + int(fields[12])


def test_a_reserve_that_keeps_no_room_is_made_anew(make_daemon, home):
    """A copy of the home has a hole in its place, and what is no file must not hold up the start."""
    daemon = make_daemon().start()
    reserve = daemon.home / "daemon.db-reserve"
    size = reserve.stat().st_size
    for spoil in (lambda: os.truncate(reserve, size), lambda: (reserve.unlink(), os.mkfifo(reserve))):
        assert daemon.stop() == 0
        os.truncate(reserve, 0)
        spoil()
        daemon.start()
        assert (reserve.stat().st_size, reserve.stat().st_blocks * 512 >= size) == (size, True)


def test_a_pid_file_that_cannot_be_written_is_a_warning(make_daemon, home):
    os.mkdir(f"{home}/daemon.pid")
    os.mkdir(f"{home}/daemon.pid/full")
    daemon = make_daemon().start()
    assert daemon.wait_one(daemon.submit("diag.noop")).status == "completed"
    [line] = daemon.events("the file with the process id cannot be written")
    assert line["level"] == "warn" and "daemon.pid" in line["error"]
    assert daemon.stop() == 0
