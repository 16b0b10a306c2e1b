"""Thousands of workers die, in every way, and the daemon stays as it was: no descriptor, no memory, no process more, and
no job less.

Run for long: python Tests/Chaos/crashes.py --count 10000 [--seed N].
"""

import argparse
import contextlib
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path

import grpc
from chaos_daemon import Daemon, ancestors, is_alive, pb, process_state, processes, wait_until, words

WORKERS = 8
# Of memory that a daemon may have more in the end than after its first deaths, in bytes. A leak of 1 KiB each is more.
GROWTH = 6 << 20


class Crashes:
    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.directory = Path(tempfile.mkdtemp(prefix="hdcrash"))
        self.daemon = Daemon(self.directory / "home", workers=WORKERS, config="  max_retries: 100\nworker:\n  sandbox: off\n")
        self.jobs: list[str] = []
        self.ends: dict[str, int] = {}

    def run(self, count: int) -> list[str]:
        """What is wrong after so many deaths."""
        try:
            self.daemon.start()
            warm = max(100, count // 10)
            self.die(warm)
            before = self.look()
            self.die(warm + count)
            after = self.look()
            return [*self.differences(before, after), *self.problems_of_jobs()]
        finally:
            self.daemon.destroy()
            shutil.rmtree(self.directory)

    def die(self, total: int) -> None:
        while self.deaths() < total:
            self.jobs += self.submit()
            self.kill()
            self.recover()
        self.settle()

    def deaths(self) -> int:
        return sum(worker.restarts for worker in self.daemon.workers())

    def submit(self) -> list[str]:
        """Jobs that end their workers, and jobs that want to end well beside them."""
        pick = self.random.random
        deadly = [
            ("diag.crash", f'{{"how":"{self.random.choice(["kill", "abort", "exit"])}","untilAttempt":1}}')
            for _ in range(WORKERS // 2)
        ]
        if pick() < 0.3:
            kind = self.random.choice(["random", "oversized", "empty", "wrongJob", "undecodable"])
            deadly.append(("diag.garbage", f'{{"kind":"{kind}","untilAttempt":1}}'))
        if pick() < 0.3:
            deadly.append(("diag.grandchild", '{"ignoreTerm":true,"ownGroup":true,"ms":600000}'))
        quiet = [("diag.sleep", '{"ms":30}'), ("diag.noop", '{"bytes":300000}')]
        jobs = [pb.SubmitJobRequest(command=command, payload=payload) for command, payload in deadly + quiet]
        return list(self.daemon.stub.SubmitJobs(pb.SubmitJobsRequest(jobs=jobs), timeout=60).job_ids)

    def kill(self) -> None:
        for worker in self.daemon.workers():
            if worker.pid and self.random.random() < 0.7:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(worker.pid, self.random.choice([signal.SIGKILL, signal.SIGTERM]))

    def recover(self) -> None:
        """Asks for the next process of each slot that backs off: it would be half a minute after some deaths."""
        deadline = time.monotonic() + 60
        while True:
            workers = self.daemon.workers()
            if all(worker.state in ("idle", "running") for worker in workers):
                return
            assert time.monotonic() < deadline, f"the workers do not come back: {workers}"
            for worker in workers:
                if worker.state == "backoff":
                    self.daemon.stub.RestartWorker(pb.RestartWorkerRequest(slot=worker.slot), timeout=60)
            time.sleep(0.005)

    def settle(self) -> None:
        """Waits until all jobs have ended, then forgets them."""
        deadline = time.monotonic() + 300
        while (counts := self.daemon.status().jobs).pending + counts.running:
            assert time.monotonic() < deadline, f"jobs do not end: {counts}"
            self.recover()
            time.sleep(0.05)
        for start in range(0, len(self.jobs), 500):
            for status in self.daemon.wait(*self.jobs[start : start + 500]).values():
                word = status.status if status.status == "completed" else status.error_code
                self.ends[word] = self.ends.get(word, 0) + 1
        self.jobs.clear()
        # What a worker has started may live as long as the worker does.
        self.daemon.stub.RestartWorker(pb.RestartWorkerRequest(all=True, wait=True), timeout=60)
        wait_until(lambda: len(self.descendants()) == WORKERS, what="the end of what the workers have started")

    def descendants(self) -> list[int]:
        """The workers, and what they have started."""
        return [pid for pid in self.children() if "--copy-log" not in words(pid)]

    def children(self) -> list[int]:
        return [pid for pid in processes() if self.daemon.pid in ancestors(pid)]

    def look(self) -> dict[str, int]:
        """What the daemon holds."""
        proc = self.daemon.proc
        # Connections come and go with the test's own calls.
        descriptors = [self.link(proc / "fd" / name) for name in os.listdir(proc / "fd")]
        # The process that copies the database's log is kept once it was needed, behind a descriptor and a socket.
        kept = len(self.children()) - len(self.descendants())
        return {
            "descriptors": sum(not link.startswith("socket:") for link in descriptors) - kept,
            "sockets": sum(link.startswith("socket:") for link in descriptors) - kept,
            "threads": len(os.listdir(proc / "task")),
            "children": len(self.descendants()),
            "zombies": sum(process_state(pid) == "Z" for pid in self.descendants()),
            "memory": self.daemon.resident_bytes(),
        }

    @staticmethod
    def link(path: Path) -> str:
        try:
            return os.readlink(path)
        except OSError:
            return ""

    def differences(self, before: dict[str, int], after: dict[str, int]) -> list[str]:
        self.report = f"{self.deaths()} deaths, jobs {self.ends}, before {before}, after {after}"
        problems = [
            f"{what}: {before[what]} before, {after[what]} after"
            for what in ("descriptors", "sockets", "threads", "children", "zombies")
            if before[what] != after[what]
        ]
        if after["memory"] - before["memory"] > GROWTH:
            problems.append(f"memory: {before['memory']} bytes before, {after['memory']} after")
        return problems

    def problems_of_jobs(self) -> list[str]:
        """Three deaths in a row may hit a job by chance; nothing else fails it."""
        with contextlib.suppress(grpc.RpcError):
            counts = self.daemon.status().jobs
            if counts.pending + counts.running:
                return [f"jobs have not ended: {counts}"]
        if self.daemon.process.poll() is not None or not is_alive(self.daemon.pid):
            return ["the daemon has ended"]
        return [f"{n} jobs ended {word}" for word, n in self.ends.items() if word not in ("completed", "WORKER_CRASHED")]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=10_000, help="of workers that die")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 31))
    options = parser.parse_args()
    crashes = Crashes(options.seed)
    problems = crashes.run(options.count)
    print(f"crashes: seed {options.seed}: {crashes.report}", flush=True)
    for problem in problems:
        print(f"crashes: {problem}", file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
