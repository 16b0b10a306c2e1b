"""What is done to the daemon and its workers."""

import collections
import contextlib
import os
import random
import signal
import subprocess
import time

import grpc
from books import Books
from chaos_daemon import WORKERS, ChaosDaemon, DaemonEnded, is_alive, pb, wait_until
from clients import Client

# The named points of `CrashPoint`, with the highest pass at which the daemon is to die.
# `leaving` is reached only when the daemon is told to stop, `reopening` when it loses its database for a while.
CRASH_POINTS = {
    "recovery": 8,
    "before-commit": 60,
    "after-commit": 60,
    "between-effects": 150,
    "before-replies": 200,
    "after-rename": 4,
    "reopening": 2,
    "leaving": 1,
}


class Harm:
    """Harms one daemon, starts it again, and has the books audited each time."""

    def __init__(self, daemon: ChaosDaemon, books: Books, auditor: Client, seed: int, disk: str) -> None:
        self.daemon = daemon
        self.books = books
        self.auditor = auditor
        self.random = random.Random(seed)
        self.can_fill = disk == "small"
        # A turn on the slow disk may take half a second: fewer passes, and more seconds for each.
        self.patience = 60 if disk == "slow" else 20
        self.highest = {name: min(n, 8) if disk == "slow" else n for name, n in CRASH_POINTS.items()}
        self.counts = collections.Counter()
        self.stopped: dict[int, float] = {}
        # When the queue was surely paused, in milliseconds since 1970.
        self.pauses: list[tuple[float, float]] = []
        # First every point comes once, and every pass of those that have few; then they come at random.
        self.points = [point for name in self.point_names() for point in self.first_passes(name)]
        self.random.shuffle(self.points)
        self.is_systematic = False
        self.kinds = [
            (20, self.kill_daemon), (20, self.kill_worker), (15, self.stop_worker), (10, self.terminate),
            (5, self.suspend), (4, self.start_a_second), (12, self.pause), (12 if self.can_fill else 0, self.fill_the_disk),
            (15, self.restart_workers), (5, self.switch_off),
        ]  # fmt: skip

    def point_names(self) -> list[str]:
        return [name for name in self.highest if self.can_fill or name != "reopening"]

    def first_passes(self, name: str) -> list[str]:
        last = self.highest[name]
        few = CRASH_POINTS[name] < 10
        return [f"{name}:{n}" for n in (range(1, last + 1) if few else [self.random.randint(1, last)])]

    def run(self, until: float) -> None:
        while (time.monotonic() < until or self.points) and not self.books.violations:
            time.sleep(self.random.uniform(0.05, 0.8))
            self.continue_workers()
            if self.is_systematic:
                self.die_at_the_point()
            elif self.daemon.has_died():
                self.died()
                self.restart()
            else:
                self.random.choices([kind for _, kind in self.kinds], [weight for weight, _ in self.kinds])[0]()

    def died(self) -> None:
        self.counts["died " + self.daemon.crash_point.split(":")[0]] += 1

    def die_at_the_point(self) -> None:
        """Does nothing else to the daemon until it has come by its crash point."""
        name = self.daemon.crash_point.split(":")[0]
        if name == "leaving":
            self.daemon.process.send_signal(signal.SIGTERM)
        elif name == "reopening":
            with self.misplaced_database():
                wait_until(self.has_lost_store, self.patience, "the loss of the store whose file was moved")
        wait_until(self.daemon.has_died, self.patience, f"the daemon's death at {self.daemon.crash_point}")
        self.died()
        self.restart()

    def answers(self) -> bool:
        with contextlib.suppress(grpc.RpcError):
            return bool(self.daemon.status().state)
        return False

    def has_lost_store(self) -> bool:
        with contextlib.suppress(grpc.RpcError):
            return self.daemon.has_died() or self.daemon.status().state == "STORE_UNAVAILABLE"
        return False

    # -- starting again

    def restart(self) -> None:
        self.daemon._disconnect()
        self.choose_crash_point()
        while not self.daemon.start():
            self.died()
            self.daemon._disconnect()
            self.choose_crash_point()
        self.check()

    def choose_crash_point(self) -> None:
        self.is_systematic = bool(self.points)
        if self.points:
            self.daemon.crash_point = self.points.pop()
        elif self.random.random() < 0.6:
            name = self.random.choice(self.point_names())
            self.daemon.crash_point = f"{name}:{self.random.randint(1, self.highest[name])}"
        else:
            self.daemon.crash_point = None

    def check(self) -> None:
        """After a start: every job is there, and no process of the old daemon."""
        with contextlib.suppress(AssertionError):
            wait_until(lambda: not self.daemon.orphans(), seconds=1)
        orphans = self.daemon.orphans()
        # A daemon that dies leaves its own workers for a moment; one that answers after the look was alive at the look.
        if orphans and self.answers():
            for pid in orphans:
                self.books.violated(f"process {pid} of an earlier daemon lives on")
        self.auditor.audit()

    # -- harm

    def kill_daemon(self) -> None:
        self.counts["kill -9 of the daemon"] += 1
        self.daemon.process.send_signal(signal.SIGKILL)
        self.daemon.process.wait()
        self.restart()

    def terminate(self) -> None:
        self.counts["SIGTERM"] += 1
        self.daemon.process.send_signal(signal.SIGTERM)
        dice = self.random.random()
        if dice < 0.3:
            time.sleep(self.random.uniform(0, 0.7))
            self.daemon.process.send_signal(signal.SIGKILL if dice < 0.2 else signal.SIGTERM)
        try:
            status = self.daemon.process.wait(20)
        except subprocess.TimeoutExpired:
            raise DaemonEnded("the daemon has not stopped 20 s after SIGTERM") from None
        if status == 0:
            self.check_leaving()
        elif dice >= 0.2 and self.daemon.has_died():
            self.died()
        self.restart()

    def check_leaving(self) -> None:
        for pid in self.daemon.marked_processes():
            self.books.violated(f"process {pid} survived a clean stop")
        for name in ("daemon.sock", "daemon.pid"):
            if (self.daemon.home / name).exists():
                self.books.violated(f"{name} survived a clean stop")

    def a_worker(self) -> int | None:
        with contextlib.suppress(grpc.RpcError):
            workers = [worker.pid for worker in self.daemon.workers() if worker.pid]
            return self.random.choice(workers) if workers else None
        return None

    def kill_worker(self) -> None:
        for _ in range(self.random.choice([1, 1, 1, 4])):
            pid = self.a_worker()
            if pid:
                self.counts["kill -9 of a worker"] += 1
                send(pid, signal.SIGKILL)

    def stop_worker(self) -> None:
        pid = self.a_worker()
        if pid:
            self.counts["SIGSTOP of a worker"] += 1
            send(pid, signal.SIGSTOP)
            # Some are never continued.
            self.stopped[pid] = time.monotonic() + self.random.choice([0.1, 0.5, 2, 1000])

    def continue_workers(self) -> None:
        for pid, moment in list(self.stopped.items()):
            if moment < time.monotonic() or not is_alive(pid):
                del self.stopped[pid]
                send(pid, signal.SIGCONT)

    def restart_workers(self) -> None:
        """As an operator does, in a hurry or not. Neither costs a job more than time."""
        for _ in range(self.random.choice([1, 1, 3])):
            slot = self.random.randint(0, WORKERS)
            self.counts["restart of a worker" if slot else "restart of all workers"] += 1
            request = pb.RestartWorkerRequest(slot=slot, all=slot == 0, now=self.random.random() < 0.4)
            self.control(self.auditor.stub.RestartWorker, request)

    def switch_off(self) -> None:
        """Stops workers, perhaps all of them, for a while; the daemon's death starts them again."""
        self.counts["stopped workers"] += 1
        slots = self.random.sample(range(1, WORKERS + 1), self.random.choice([1, 2, WORKERS]))
        for slot in slots:
            self.control(self.auditor.stub.StopWorker, pb.StopWorkerRequest(slot=slot))
        time.sleep(self.random.uniform(0.1, 0.8))
        if self.random.random() < 0.3 and not self.daemon.has_died():
            self.kill_daemon()
        for slot in slots:
            self.control(self.auditor.stub.StartWorker, pb.StartWorkerRequest(slot=slot))

    def control(self, method, request) -> None:
        """Asks for something to be done to workers; it may be under way, or the worker stopped."""
        try:
            while self.auditor.call(method, request) is None:
                if self.daemon.has_died():
                    self.died()
                    self.restart()
        except grpc.RpcError as error:
            if error.code() != grpc.StatusCode.FAILED_PRECONDITION:
                raise

    def suspend(self) -> None:
        self.counts["SIGSTOP of the daemon"] += 1
        self.daemon.process.send_signal(signal.SIGSTOP)
        time.sleep(self.random.uniform(0.1, 1.5))
        self.daemon.process.send_signal(signal.SIGCONT)

    def pause(self) -> None:
        """Pauses the queue, over the death of the daemon too; in that time no attempt may begin."""
        self.counts["pause"] += 1
        provider = self.random.choice(["", "diag"])
        is_paused = self.auditor.call(self.auditor.stub.PauseQueue, pb.PauseQueueRequest(provider=provider))
        began = time.time() * 1000
        time.sleep(self.random.uniform(0.1, 0.8))
        if self.random.random() < 0.6 and not self.daemon.has_died():
            self.kill_daemon()
            time.sleep(self.random.uniform(0.1, 0.5))
        if is_paused:
            self.pauses.append((began, time.time() * 1000))
        while not self.auditor.call(self.auditor.stub.ResumeQueue, pb.ResumeQueueRequest(provider=provider)):
            if self.daemon.has_died():
                self.died()
                self.restart()

    def start_a_second(self) -> None:
        self.counts["second daemon"] += 1
        second = subprocess.run(
            [self.daemon.binary, "--home", self.daemon.home], capture_output=True, text=True, timeout=20, check=False,
            env={key: value for key, value in self.daemon.env.items() if key != "HONEYDEW_CRASH_POINT"},
        )  # fmt: skip
        if second.returncode != 1 and not self.daemon.has_died():
            self.books.violated(f"a second daemon ended with {second.returncode}: {second.stderr}")

    def fill_the_disk(self) -> None:
        self.counts["full disk"] += 1
        with self.full_disk():
            time.sleep(self.random.uniform(0.3, 2))
            if self.random.random() < 0.2 and not self.daemon.has_died():
                self.counts["kill -9 on a full disk"] += 1
                self.daemon.process.kill()
                self.daemon.process.wait()
        if not self.daemon.is_running:
            self.restart()

    @contextlib.contextmanager
    def misplaced_database(self):
        place, elsewhere = self.daemon.home / "daemon.db", self.daemon.home / "elsewhere.db"
        place.rename(elsewhere)
        try:
            yield
        finally:
            elsewhere.rename(place)

    @contextlib.contextmanager
    def full_disk(self):
        ballast = self.daemon.home / "ballast"
        try:
            fill(ballast, self.random.choice([0, 0, 4096, 40_000]))
            yield
        finally:
            ballast.unlink(missing_ok=True)


def fill(path, left: int) -> None:
    """Takes all the room of a file system but a few bytes."""
    with open(path, "wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(1 << 16))
    if left:
        os.truncate(path, max(0, path.stat().st_size - left))


def send(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)
