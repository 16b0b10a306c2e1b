"""The directory of long results is removed under the daemon; a job for whose result there is no place does not run for ever."""

import contextlib
import shutil
import sqlite3

from honeydew_command import cli, cli_of, environment, honeydew  # noqa: F401
from honeydew_daemon import pb, wait_until

LONG = 4_000_000
WORDS = "results that are too long for the database cannot be kept in"


def test_a_directory_of_results_that_is_removed_is_made_again(daemon):
    results = daemon.home / "results"
    # Each worker has a file of the directory that is gone.
    daemon.wait(*(daemon.submit("diag.sleep", {"ms": 50}) for _ in daemon.workers()))
    for _ in range(2):
        shutil.rmtree(results)
        jobs = [daemon.submit("diag.noop", {"bytes": LONG}, max_retries=0) for _ in range(8)]
        ended = daemon.wait(*jobs, timeout=30)
        assert {(status.status, status.attempts, status.result_size) for status in ended.values()} == {("completed", 1, LONG)}
        assert len(list(results.iterdir())) == 8 and results.stat().st_mode & 0o777 == 0o700
    assert not daemon.status().degraded
    assert daemon.events("the directory of long results was gone, and what was in it; it was made again")


def test_a_job_whose_result_has_no_place_runs_a_few_times_and_that_is_shown(daemon, cli_of):  # noqa: F811
    results = daemon.home / "results"
    results.rmdir()
    results.write_text("")
    job_id = daemon.submit("diag.noop", {"bytes": LONG}, max_retries=0)
    wait_until(lambda: daemon.job(job_id).next_run_at)
    degraded = daemon.status().degraded
    assert WORDS in degraded[0] and str(results) in degraded[0]
    shown = cli_of(daemon)("status")
    assert shown.returncode == 1 and WORDS in shown.stdout
    daemon.stub.PauseQueue(pb.PauseQueueRequest())
    daemon.kill()
    # Nobody waits a quarter of an hour here: six more attempts that went like the first.
    with contextlib.closing(sqlite3.connect(daemon.home / "daemon.db", isolation_level=None)) as database:
        for attempt in range(2, 8):
            database.execute(
                "INSERT INTO attempts (seq, attempt, worker, started_at, ended_at, outcome, error, error_code) "
                "SELECT seq, ?, worker, started_at, ended_at, outcome, error, error_code FROM attempts "
                "WHERE attempt = 1 AND seq = (SELECT seq FROM jobs WHERE id = ?)", (attempt, job_id))
        database.execute("UPDATE jobs SET attempt = 7, next_run_at = NULL WHERE id = ?", (job_id,))
    results.unlink()
    daemon.start()
    results.rmdir()
    results.write_text("")
    daemon.stub.ResumeQueue(pb.ResumeQueueRequest())
    status = daemon.wait_one(job_id)
    assert (status.status, status.error_code, status.attempts) == ("failed", "API_UNAVAILABLE", 8)
    history = daemon.job(job_id).history
    assert [a.outcome for a in history[:7]] == ["interrupted"] * 7 and all(a.error for a in history[:7])
