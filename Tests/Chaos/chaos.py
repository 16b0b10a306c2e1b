"""The crash test: clients that load a daemon, harm that comes over it, and books that must balance.

Run for long: python Tests/Chaos/chaos.py --seconds 3600 [--seed N]. The seed makes the same work and the same harm;
which instant of the daemon the harm hits is up to the machine.
"""

import argparse
import contextlib
import itertools
import json
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from books import ENDS, Books, Entry
from chaos_daemon import ChaosDaemon
from clients import Client
from harm import Harm
from privileges import lacks
from slow_disk import slow_disk
from ticks import Ticks
from work import Mixture, milliseconds

CLIENTS = 5


class Round:
    """One daemon in an empty home, from its first start to the last look at what it left."""

    def __init__(self, seed: int, disk: str) -> None:
        """`disk` is where the home lies: `own`, on the disk of everything else; `small`, which can be filled; `slow`."""
        self.seed = seed
        self.directory = Path(tempfile.mkdtemp(prefix="hdchaos"))
        self.traces = self.directory / "traces"
        self.traces.mkdir()
        home = self.directory / "home"
        home.mkdir()
        self.disk = contextlib.ExitStack()
        if disk == "small":
            self.disk.enter_context(small_disk(home))
        elif disk == "slow":
            self.disk.enter_context(slow_disk(home))
        self.has_own_disk = disk != "own"
        self.daemon = ChaosDaemon(home)
        self.books = Books()
        self.ticks = Ticks(self.daemon, self.books)
        self.stop = threading.Event()
        seeds = random.Random(seed)
        self.clients = [
            self.client(str(number), seeds.getrandbits(32)) for number in range(CLIENTS)
        ]
        self.auditor = self.client("auditor", seed)
        self.harm = Harm(self.daemon, self.books, self.auditor, seeds.getrandbits(32), disk)

    def client(self, name: str, seed: int) -> Client:
        return Client(self.daemon.socket, self.books, Mixture(name, seed, self.traces), seed, self.stop)

    def run(self, seconds: float) -> list[str]:
        """The contradictions that were found; where there is one, the round's directory stays."""
        threads = [threading.Thread(target=client.run) for client in self.clients]
        try:
            self.daemon.start()
            self.ticks.begin()
            for thread in threads:
                thread.start()
            self.harm.run(until=time.monotonic() + seconds)
            self.stop.set()
            for thread in threads:
                thread.join()
            if not self.books.violations:
                self.finish()
        except AssertionError as error:
            self.books.violated(str(error))
        finally:
            self.stop.set()
            for client in [*self.clients, self.auditor]:
                client.close()
            self.daemon.destroy()
            self.unmount()
        if not self.books.violations:
            shutil.rmtree(self.directory)
        return self.books.violations

    def unmount(self) -> None:
        """Leaves no disk of its own behind, but what was on it when something was wrong."""
        if self.has_own_disk and self.books.violations:
            shutil.copytree(self.daemon.home, self.directory / "left", ignore=shutil.ignore_patterns("*.sock"))
        self.disk.close()

    # -- the end

    def finish(self) -> None:
        self.daemon.crash_point = None
        self.daemon.process.kill()
        self.daemon.process.wait()
        self.daemon._disconnect()
        self.daemon.start()
        self.ticks.settle()
        self.settle()
        self.compare_jobs()
        self.compare_files()
        self.daemon.process.kill()
        self.daemon.process.wait()
        self.daemon._disconnect()
        self.daemon.start()
        self.harm.check()
        self.compare_files()
        status = self.daemon.stop()
        if status != 0:
            self.books.violated(f"the daemon stopped with {status}")
        self.harm.check_leaving()
        self.compare_traces()
        self.compare_database()
        self.ticks.compare()

    def settle(self) -> None:
        """Waits until all jobs have ended; those that a backoff holds back for long are cancelled."""
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            entries = self.books.open_jobs()
            if not entries:
                return
            for entry in entries:
                status = self.auditor.ask(entry)
                if status and status.status == "pending" and status.next_run_at:
                    self.auditor.cancel(entry)
            time.sleep(0.1)
        for entry in self.books.open_jobs():
            status = self.auditor.ask(entry)
            self.books.violated(f"{entry.job_id} does not end: {status}")

    def compare_jobs(self) -> None:
        """Every job that was acknowledged is there, as it was told; every other was at least submitted."""
        listed = self.auditor.audit()
        if listed is None:
            return self.books.violated("the jobs cannot be listed")
        for entry in self.books.jobs():
            status = self.auditor.ask(entry)
            if entry.removed:
                continue
            if status is None:
                self.books.violated(f"{entry.job_id}: does not answer")
                continue
            for problem in self.problems_of_history(entry, status):
                history = [(attempt.attempt, attempt.outcome, attempt.started_at) for attempt in status.history]
                self.books.violated(f"{entry.job_id}: {problem}: {history}")
            if status.result_spooled and not self.auditor.read_result(entry):
                self.books.violated(f"{entry.job_id}: its result cannot be read")
        for job_id in set(listed) - set(self.books.entries):
            # Its submission was not answered; from now on it is a job like the others.
            status = self.daemon.job(job_id)
            work = self.books.unanswered.get(Path(json.loads(status.payload)["lockFile"]).name)
            if work is None:
                self.books.violated(f"{job_id}: nobody submitted it, or it is there twice")
            else:
                entry = self.books.submitted(work, job_id)
                self.auditor.ask(entry)
        self.settle()
        for tokens in self.books.groups:
            if len({token in self.books.ids for token in tokens}) > 1:
                self.books.violated(f"of the jobs that were submitted as one, some are there: {tokens}")

    def problems_of_history(self, entry: Entry, status):
        numbers = [attempt.attempt for attempt in status.history]
        if numbers != list(range(1, status.attempts + 1)):
            yield f"has {status.attempts} attempts and another history"
        if any(attempt.outcome == "running" or not attempt.ended_at for attempt in status.history):
            yield "has ended, and an attempt has not"
        for attempt in status.history:
            began = milliseconds(attempt.started_at)
            # A turn's clock may be a little older than the turn, and has whole milliseconds.
            if any(pause + 5 < began < resumption - 5 for pause, resumption in self.harm.pauses):
                yield f"attempt {attempt.attempt} began while the queue was paused"
        if entry.epoch == 0:
            failures = sum(attempt.outcome in ("failed", "crashed") for attempt in status.history)
            if failures != status.retry_count + (status.status == "failed"):
                yield f"was retried {status.retry_count} times"
        if numbers and status.status == "completed" and status.history[-1].outcome != "completed":
            yield "completed otherwise than its last attempt"

    def compare_files(self) -> None:
        spooled = [entry for entry in self.books.jobs() if entry.result and entry.result[1] is None]
        expected = {f"{entry.job_id}.{entry.end[1]}" for entry in spooled if not entry.removed}
        stray = self.daemon.stray_results(expected)
        if stray:
            self.books.violated(f"results/ holds too many or too few files: {sorted(stray)}")
        for line in self.daemon.broken_log_lines():
            self.books.violated(f"the log holds a broken line: {line!r}")

    def compare_traces(self) -> None:
        """What the attempts themselves wrote: each began once, in order, and none beside another."""
        for entry in self.books.jobs():
            path = self.traces / entry.work.token
            lines = path.read_text().splitlines() if path.exists() else []
            attempts = [int(line.split()[0]) for line in lines]
            if any(not line.endswith(" began") for line in lines):
                self.books.violated(f"{entry.job_id}: two attempts ran at once: {lines}")
            if attempts != sorted(set(attempts)):
                self.books.violated(f"{entry.job_id}: its attempts began as {attempts}")
            if entry.end is None:
                continue
            if attempts and attempts[-1] > entry.end[1]:
                self.books.violated(f"{entry.job_id}: attempt {attempts[-1]} of {entry.end[1]} began")
            if entry.end[0] == "completed" and attempts[-1:] != [entry.end[1]]:
                self.books.violated(f"{entry.job_id}: attempt {entry.end[1]} completed, and {attempts} began")

    def compare_database(self) -> None:
        database = sqlite3.connect(self.daemon.home / "daemon.db")
        for pragma in ("integrity_check", "foreign_key_check"):
            rows = database.execute(f"PRAGMA {pragma}").fetchall()
            if rows not in ([], [("ok",)]):
                self.books.violated(f"{pragma}: {rows}")
        rows = dict(database.execute("SELECT id, status FROM jobs WHERE schedule IS NULL").fetchall())
        told = {entry.job_id: entry.end[0] for entry in self.books.jobs() if not entry.removed}
        for job_id in rows.keys() ^ told.keys() | {j for j in told if rows.get(j) != told[j]}:
            self.books.violated(f"{job_id}: its row is {rows.get(job_id)}, its end was {told.get(job_id)}")
        database.close()

    def report(self) -> str:
        jobs = self.books.jobs()
        ends = {word: sum(1 for e in jobs if e.end and e.end[0] == word) for word in ENDS}
        ends |= {"reopened": sum(e.epoch > 0 for e in jobs), "removed": sum(e.removed for e in jobs)}
        text = ", ".join(f"{count} {word}" for word, count in ends.items())
        calls = sum(client.calls for client in self.clients)
        harm = ", ".join(f"{what} {count}" for what, count in sorted(self.harm.counts.items()))
        return f"{len(jobs)} jobs ({text}), {calls} calls; {harm}"


@contextlib.contextmanager
def small_disk(home: Path):
    """Puts the home on a small disk of its own, which can be filled."""
    subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=700,size=256m", "tmpfs", home], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", home], check=True)


def disks() -> list[str]:
    """The disks that the rounds take in turn, as far as they are to be had."""
    for right, what in (("mount", "filled"), ("slow disk", "slow")):
        if reason := lacks(right):
            print(f"chaos: no disk is {what}: {reason}", flush=True)
    return ["own" if lacks("mount") else "small", *([] if lacks("slow disk") else ["slow"])]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--round", type=float, default=45, help="seconds of harm in one round")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 31), help="of the first round")
    parser.add_argument("--disk", choices=["own", "small", "slow"], help="of every round, in place of all in turn")
    options = parser.parse_args()
    end = time.monotonic() + options.seconds
    seed = options.seed
    for disk in itertools.cycle([options.disk] if options.disk else disks()):
        round_ = Round(seed, disk)
        violations = round_.run(min(options.round, max(5, end - time.monotonic())))
        print(f"chaos: seed {seed}, {disk} disk: {round_.report()}", flush=True)
        if violations:
            for violation in violations[:40]:
                print(f"chaos: {violation}", file=sys.stderr)
            print(f"chaos: failed; all of it is in {round_.directory}; again: --seed {seed} --disk {disk}", file=sys.stderr)
            return 1
        if time.monotonic() >= end:
            break
        seed += 1
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
