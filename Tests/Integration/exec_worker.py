"""A worker of local commands under test, and what it writes."""

from __future__ import annotations

import json
import os
import shlex
import time
from pathlib import Path
from typing import Any

from worker_process import PATIENCE, Worker

JOB = "abcdefghijklm"
ENVIRONMENT = {"PATH": "/usr/bin:/bin"}


def wait_until(condition, timeout: float = PATIENCE) -> Any:
    deadline = time.monotonic() + timeout
    while not (found := condition()):
        assert time.monotonic() < deadline, "it did not come"
        time.sleep(0.005)
    return found


def is_gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return True


class Record:
    """One record of an output file."""

    def __init__(self, line: bytes) -> None:
        time_text, stream, flag, self.text = line.split(b" ", 3)
        self.time, self.stream, self.is_whole = time_text.decode(), stream.decode(), flag == b"F"
        assert flag in (b"F", b"P") and self.stream in ("stdout", "stderr", "note"), line


def records(data: bytes) -> list[Record]:
    assert not data or data.endswith(b"\n")
    return [Record(line) for line in data.split(b"\n")[:-1]]


def text_of(data: bytes, stream: str = "stdout") -> bytes:
    """What the command wrote to a stream."""
    return b"".join(r.text + (b"\n" if r.is_whole else b"") for r in records(data) if r.stream == stream)


class ExecWorker(Worker):
    """A worker of kind exec with a directory of outputs."""

    def __init__(self, outputs: Path, *arguments: str, **options: Any) -> None:
        self.outputs = outputs
        super().__init__("--kind", "exec", "--output-directory", str(outputs), *arguments, **options)

    def start(self, *argv: str, timeout_ms: int = 0, max_output: int = 64 << 20, attempt: int = 1, **payload: Any) -> int:
        """Starts a command: its pid."""
        payload = {"argv": list(argv), "env": ENVIRONMENT, **payload}
        self.run(
            "local.exec",
            json.dumps(payload),
            attempt=attempt,
            timeout_ms=timeout_ms,
            output_name=f"{JOB}.{attempt}",
            max_output_bytes=max_output,
        )
        return self.started.pid

    def shell(self, script: str, **options: Any) -> int:
        return self.start("/bin/sh", "-c", script, **options)

    def end(self, timeout: float = PATIENCE) -> Any:
        """The result of the command that runs, acknowledged."""
        result = self.result(timeout)
        self.acknowledge(result.job_id, result.attempt)
        return result

    def report(self, timeout: float = PATIENCE) -> dict:
        """That of the command that runs."""
        result = self.end(timeout)
        return json.loads(result.data or result.failure.data)

    def refusal(self, *argv: str, **payload: Any) -> str:
        """Why a command cannot be started."""
        from worker_process import pb

        payload = {"argv": list(argv), "env": ENVIRONMENT, **payload}
        self.send(run=pb.Run(job_id=JOB, attempt=1, command="local.exec", payload=json.dumps(payload)))
        failure = self.end().failure
        assert failure.code == "EXEC_FAILED" and failure.not_sent, failure
        return failure.text

    def output(self, attempt: int = 1) -> bytes:
        path = self.outputs / f"{JOB}.{attempt}"
        return path.read_bytes() if path.exists() else b""

    def out(self, stream: str = "stdout", attempt: int = 1) -> bytes:
        return text_of(self.output(attempt), stream)

    def do_shell(self, script: str, **options: Any) -> tuple[dict, bytes]:
        """One whole command: its report and what it wrote to stdout."""
        for name in os.listdir(self.outputs):
            os.unlink(self.outputs / name)
        self.shell(script, **options)
        return self.report(), self.out()


def quoted(*words: str) -> str:
    return shlex.join(words)
