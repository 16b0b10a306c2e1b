"""Ticks that were missed and are all run: one after the other, whatever the policy on overlaps of those that are on time."""

import pytest

from honeydew_daemon import pb, wait_until
from test_schedules import add, ago, change, jobs_of, moment, show, trigger


@pytest.mark.parametrize("overlap", ["skip", "queue", "cancel"])
def test_missed_ticks_that_are_all_run_run_one_after_the_other(daemon, overlap):
    add(daemon, "late", "0 * * * *", "diag.sleep", {"ms": 200}, missed="all", overlap=overlap, paused=True)
    daemon.kill()
    change(daemon, "late", enabled=1, next_run_at=None, decided_until=ago(4 * 3600))
    daemon.start()
    jobs = wait_until(lambda: len(js := jobs_of(daemon, "late")) >= 4 and js[::-1], what="a job for each hour")
    ends = daemon.wait(*[job.job_id for job in jobs])
    assert {job.status for job in ends.values()} == {"completed"}
    ticks = [moment(job.scheduled_at) for job in jobs]
    assert ticks == [ticks[0] + 3600 * n for n in range(len(ticks))]
    for earlier, later in zip(jobs, jobs[1:]):
        assert moment(ends[earlier.job_id].completed_at) <= moment(ends[later.job_id].started_at)
    assert (show(daemon, "late").skipped_overlap, show(daemon, "late").skipped_missed) == (0, 0)


def test_what_is_made_up_for_comes_behind_a_job_that_has_not_ended_and_across_a_start(daemon):
    add(daemon, "late", "0 * * * *", "diag.sleep", {"ms": 60_000}, missed="all", paused=True)
    first = trigger(daemon, "late")
    daemon.wait_running(first)
    daemon.kill()
    change(daemon, "late", enabled=1, next_run_at=None, decided_until=ago(3 * 3600))
    daemon.start()
    wait_until(lambda: len(jobs_of(daemon, "late")) >= 4, what="a job for each hour")
    daemon.kill()
    daemon.start()
    daemon.wait_running(first)
    assert {job.status for job in jobs_of(daemon, "late")[:-1]} == {"pending"}
    daemon.stub.CancelJob(pb.CancelJobRequest(job_id=first))
    daemon.wait_running(jobs_of(daemon, "late")[-2].job_id)
