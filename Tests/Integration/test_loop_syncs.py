"""The daemon's loop waits for no sync (DESIGN §2): once it serves, those of its thread are counted."""

import os
import re
import signal
import subprocess

from honeydew_command import environment, honeydew, use_home  # noqa: F401
from honeydew_daemon import pb, wait_until

# Of a sync that is faster than half a millisecond the loop may do itself what is wanted: so none is.
TRACE = ["strace", "-f", "-qq", "-e", "trace=fsync,fdatasync,sync_file_range,msync,syncfs,sync",
         "-e", "inject=fsync,fdatasync:delay_exit=2000"]


def syncs(trace):
    """The lines of the daemon's own thread, and of all others."""
    lines = [line for line in trace.read_text().splitlines() if re.search(r"\w*sync\w*\(", line)]
    main = lines[0].split()[0]
    return [line for line in lines if line.split()[0] == main], [line for line in lines if line.split()[0] != main]


def test_once_the_daemon_serves_its_loop_syncs_nothing(make_daemon, tmp_path, environment, honeydew):  # noqa: F811
    daemon = make_daemon()
    trace = tmp_path / "trace"
    daemon.process = subprocess.Popen([*TRACE, "-o", trace, daemon.binary, "--home", daemon.home],
                                      stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)
    wait_until(daemon._answers, 60, what="the daemon")
    wait_until(lambda: all(worker.state == "idle" for worker in daemon.workers()), 60, what="the pool")
    before = syncs(trace)

    jobs = [daemon.submit("diag.noop") for _ in range(5)]
    # Long results get their names.
    jobs += [daemon.submit("diag.noop", {"bytes": 2_000_000}) for _ in range(3)]
    daemon.wait(*jobs)
    daemon.stub.ScheduleJob(pb.ScheduleJobRequest(name="often", cron_expr="@every 1s", command="diag.noop"))
    wait_until(lambda: daemon.stub.GetSchedule(pb.GetScheduleRequest(name="often")).jobs, what="a tick")
    daemon.stub.RemoveJobs(pb.RemoveJobsRequest(job_ids=jobs[:4]))
    # The log is copied back, and restarts.
    payload = {"echo": "x" * 400_000}
    for _ in range(24):
        daemon.submit("diag.noop", payload, delay_ms=600_000)
    os.kill(daemon.status().pid, signal.SIGHUP)
    use_home(environment, daemon)
    assert honeydew("backup", tmp_path / "copy.db").returncode == 0
    assert daemon.wait_one(daemon.submit("diag.noop")).status == "completed"
    daemon.stub.Shutdown(pb.ShutdownRequest())
    assert daemon.process.wait(60) == 0

    after = syncs(trace)
    assert len(before[0]) >= 3, "before it serves it syncs itself"
    assert len(after[1]) > len(before[1]) + 10, "somebody does sync"
    # Where another process has copied all of the log, SQLite restarts it by itself, and syncs its new header.
    assert len(after[0]) - len(before[0]) <= 1
