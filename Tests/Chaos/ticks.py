"""Schedules that tick all through a round, and what must be true of their ticks in the end."""

import sqlite3
from datetime import datetime, timedelta

from books import ENDS, Books
from chaos_daemon import ChaosDaemon, pb, wait_until

# (policy on missed ticks, policy on overlaps, seconds between ticks) by name.
SCHEDULES = {"each": ("all", "allow", 1), "latest": ("one", "allow", 1), "serial": ("all", "queue", 2)}


class Ticks:
    def __init__(self, daemon: ChaosDaemon, books: Books) -> None:
        self.daemon = daemon
        self.books = books

    def begin(self) -> None:
        for name, (missed, overlap, seconds) in SCHEDULES.items():
            self.daemon.stub.ScheduleJob(pb.ScheduleJobRequest(
                name=name, cron_expr=f"@every {seconds}s", command="diag.noop", missed=missed, overlap=overlap,
            ), timeout=10)

    def settle(self) -> None:
        """Ends the ticking, and waits for the jobs that were made."""
        for name in SCHEDULES:
            self.daemon.stub.PauseSchedule(pb.PauseScheduleRequest(name=name), timeout=10)
        wait_until(lambda: not any(self.unended(name) for name in SCHEDULES), 60, "the end of the schedules' jobs")

    def unended(self, name: str):
        jobs = self.daemon.stub.ListJobs(pb.ListJobsRequest(schedule=name, limit=1000), timeout=10).jobs
        return [job for job in jobs if job.status not in ENDS]

    def compare(self) -> None:
        """No tick is lost, and none has two jobs."""
        database = sqlite3.connect(self.daemon.home / "daemon.db")
        database.row_factory = sqlite3.Row
        for name in SCHEDULES:
            schedule = database.execute("SELECT * FROM schedules WHERE name = ?", [name]).fetchone()
            jobs = database.execute("SELECT * FROM jobs WHERE schedule = ? ORDER BY seq", [name]).fetchall()
            for problem in self.problems(name, schedule, jobs):
                self.books.violated(f"schedule {name}: {problem}")
        database.close()

    def problems(self, name: str, schedule, jobs):
        missed, overlap, seconds = SCHEDULES[name]
        first, last = datetime.fromisoformat(schedule["anchor_at"]), datetime.fromisoformat(schedule["decided_until"])
        count = (last - first) // timedelta(seconds=seconds)
        due = {first + timedelta(seconds=seconds) * number for number in range(1, count + 1)}
        ran = [datetime.fromisoformat(job["scheduled_at"]) for job in jobs]
        if len(set(ran)) != len(ran):
            yield f"ticks have two jobs: {sorted(tick for tick in set(ran) if ran.count(tick) > 1)}"
        if not due.issuperset(ran):
            yield f"there are jobs at other times than its ticks: {sorted(set(ran) - due)}"
        if missed == "all" and not due.issubset(ran):
            yield f"ticks were lost: {sorted(due - set(ran))}"
        if len(ran) + schedule["skipped_missed"] != count:
            yield f"{count} ticks made {len(ran)} jobs, and {schedule['skipped_missed']} were missed"
        if schedule["skipped_overlap"] or schedule["skipped_refused"]:
            yield f"ticks were skipped: {schedule['last_skip']}"
        if ran != sorted(ran):
            yield "its jobs were not made in the order of the ticks"
        if overlap == "queue":
            for earlier, later in zip(jobs, jobs[1:], strict=False):
                if later["started_at"] and later["started_at"] < earlier["completed_at"]:
                    yield f"job {later['id']} was started before {earlier['id']} had ended"
