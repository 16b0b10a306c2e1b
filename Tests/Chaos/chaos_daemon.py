"""The daemon that is harmed, and what it may leave behind."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import grpc

sys.path += [str(Path(__file__).parents[1]), str(Path(__file__).parents[1] / "Integration")]
from honeydew_daemon import Daemon, is_alive, pb, pb_grpc, process_state, wait_until  # noqa: E402

__all__ = [
    "WORKERS", "ChaosDaemon", "Daemon", "DaemonEnded", "is_alive", "pb", "pb_grpc", "process_state", "wait_until",
]  # fmt: skip


WORKERS = 6


# Jobs write down which attempt they are, and start processes: a worker in its sandbox does neither.
CONFIG = "  shutdown_timeout: 500ms\nlogging:\n  level: debug\nworker:\n  sandbox: off\n"


class DaemonEnded(AssertionError):
    """The daemon ended though nobody ended it."""


class ChaosDaemon(Daemon):
    def __init__(self, home) -> None:
        super().__init__(home, workers=WORKERS, config=CONFIG)
        self.errors = Path(home).parent / "stderr"
        # The point at which the running daemon dies, as `name:pass`.
        self.crash_point: str | None = None

    def spawn(self, *arguments):
        self.env.pop("HONEYDEW_CRASH_POINT", None)
        if self.crash_point:
            self.env["HONEYDEW_CRASH_POINT"] = self.crash_point
        with open(self.errors, "ab") as errors:
            self.process = subprocess.Popen(
                [self.binary, "--home", self.home, *arguments],
                env=self.env, stdin=subprocess.DEVNULL, stdout=errors, stderr=errors,
            )  # fmt: skip
        return self

    def start(self, *arguments, seconds=30):
        """Starts the daemon and waits until it serves; false when it dies before that at its crash point."""
        self.spawn(*arguments)
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self.has_died():
                return False
            with contextlib.suppress(grpc.RpcError):
                if self.stub.GetStatus(pb.GetStatusRequest(), timeout=2).state == "SERVING":
                    return True
            time.sleep(0.01)
        raise DaemonEnded(f"the daemon does not serve within {seconds} s")

    def has_died(self) -> bool:
        """Whether the daemon has died at its crash point."""
        if self.process.poll() is None:
            return False
        if self.process.returncode == -signal.SIGKILL and self.crash_point:
            return True
        raise DaemonEnded(f"the daemon ended with {self.process.returncode}: {self.errors.read_text()[-2000:]}")

    @property
    def is_running(self) -> bool:
        return self.process.poll() is None

    def destroy(self):
        self._disconnect()
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        for pid in self.marked_processes():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    # -- what is left behind

    def marked_processes(self) -> list[int]:
        """Living processes with the mark of this instance: workers, and what they started."""
        marks = [f"HONEYDEW_MARK={self.home.resolve()}", f"--mark\0{self.home.resolve()}\0"]
        return [pid for pid in processes() if is_alive(pid) and any(mark in words(pid) for mark in marks)]

    def orphans(self) -> list[int]:
        """Marked processes that do not descend from the running daemon."""
        return [pid for pid in self.marked_processes() if self.pid not in ancestors(pid) and is_alive(pid)]

    def stray_results(self, expected: set[str]) -> set[str]:
        """What is in the results' directory and should not be, or the other way round."""
        return expected ^ set(os.listdir(self.home / "results"))

    def broken_log_lines(self) -> list[str]:
        """Lines of the log that are no JSON object. One that a kill or a full disk cut off may stand there, alone on its
        line."""
        lines = (self.home / "daemon.log").read_bytes().split(b"\n")[:-1]
        broken = [number for number, line in enumerate(lines) if not is_object(line)]
        cut = [n for n in broken if is_beginning(lines[n]) and n + 1 < len(lines) and is_object(lines[n + 1])]
        return [lines[number].decode(errors="replace") for number in broken if number not in cut]


def is_beginning(line: bytes) -> bool:
    first = b'{"timestamp"'
    return line.startswith(first) and line.count(first) == 1 or first.startswith(line)


def is_object(line: bytes) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except ValueError:
        return False


def processes() -> list[int]:
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def words(pid) -> str:
    """A process's environment and argument list."""
    text = ""
    for name in ("environ", "cmdline"):
        with contextlib.suppress(OSError):
            text += Path(f"/proc/{pid}/{name}").read_bytes().decode(errors="replace") + "\0"
    return text


def ancestors(pid) -> list[int]:
    found = []
    while pid > 1:
        try:
            pid = int(Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1])
        except OSError:
            break
        found.append(pid)
    return found
