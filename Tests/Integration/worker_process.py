"""A honeydew-worker process under test; the test plays the daemon at the other end of its channel."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import struct
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
BINARIES = Path(os.environ.get("HONEYDEW_BINARIES", ROOT / ".build/debug"))
GENERATED = ROOT / ".build/python-protos/worker"
PATIENCE = 20
MARK = "0123456789abcdef"

sys.path.append(str(ROOT / "Tests"))
from protos import import_from  # noqa: E402

import_from(GENERATED, "worker.proto")
import worker_pb2 as pb  # noqa: E402


class Closed(Exception):
    """The worker has closed its channel."""


class Worker:
    """A running worker with its channel on descriptor 3; leaving the `with` block ends it."""

    def __init__(
        self, *arguments: str, env: dict[str, str] | None = None, lends: bool = True, through: tuple[str, ...] = ()
    ) -> None:
        """`lends` says whether it gets files for large results, as the daemon does it; `through` is a program with its
        arguments that becomes the worker, such as setpriv."""
        self._lends = lends
        self._lent: Any = None
        # What is in the file of the last spooled result.
        self.spooled = b""
        self.channel, theirs = socket.socketpair()
        self._errors = os.memfd_create("stderr")
        with theirs, open(os.devnull, "rb") as null:
            self.pid = os.posix_spawn(
                through[0] if through else BINARIES / "honeydew-worker",
                [*through, str(BINARIES / "honeydew-worker"), "--mark", MARK, *arguments],
                {"HONEYDEW_MARK": MARK, **(env or {})},
                file_actions=[
                    (os.POSIX_SPAWN_DUP2, null.fileno(), 0),
                    (os.POSIX_SPAWN_DUP2, self._errors, 1),
                    (os.POSIX_SPAWN_DUP2, self._errors, 2),
                    (os.POSIX_SPAWN_DUP2, theirs.fileno(), 3),
                ],
                setpgroup=0,
            )
        self.status: int | None = None
        self._bytes = b""
        self.ready = self.expect("ready")
        self.usage = self.ready.usage

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *_: object) -> None:
        self.channel.close()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self.wait()
        os.close(self._errors)
        if self._lent:
            self._lent.close()

    @property
    def errors(self) -> str:
        """What it has written to stderr."""
        return os.pread(self._errors, 1 << 16, 0).decode()

    # -- what is sent

    def send_bytes(self, data: bytes) -> None:
        self.channel.sendall(data)

    def send(self, **message: Any) -> None:
        data = pb.ToWorker(**message).SerializeToString()
        frame = struct.pack("<I", len(data)) + data
        if "run" in message and self._lends and not self._lent:
            self._lent = tempfile.TemporaryFile()
            sent = socket.send_fds(self.channel, [frame], [self._lent.fileno()])
            frame = frame[sent:]
            # The worker may have ended of it already.
            if not frame:
                return
        self.send_bytes(frame)

    def send_exit(self) -> None:
        self.send(exit=pb.Exit())

    def send_run(self, command: str, payload: str = "{}") -> None:
        self.send(run=pb.Run(job_id="abcdefghijklm", attempt=1, command=command, payload=payload))

    def run(
        self, command: str, payload: str = "{}", job_id: str = "abcdefghijklm", attempt: int = 1, **fields: Any
    ) -> None:
        """Sends `Run`, and returns when the worker has begun."""
        self.send(run=pb.Run(job_id=job_id, attempt=attempt, command=command, payload=payload, **fields))
        self.started = self.expect("started")
        assert (self.started.job_id, self.started.attempt) == (job_id, attempt)

    def cancel(self, job_id: str = "abcdefghijklm", attempt: int = 1) -> None:
        self.send(cancel=pb.Cancel(job_id=job_id, attempt=attempt))

    def acknowledge(self, job_id: str = "abcdefghijklm", attempt: int = 1) -> None:
        self.send(ack=pb.Ack(job_id=job_id, attempt=attempt))

    def do(self, command: str, payload: str = "{}", **fields: Any) -> Any:
        """One whole job: its result."""
        self.run(command, payload, **fields)
        result = self.result()
        self.acknowledge(result.job_id, result.attempt)
        return result

    # -- what the worker sends

    def receive(self, timeout: float = PATIENCE) -> Any:
        """The next message of whatever kind."""
        deadline = time.monotonic() + timeout
        while True:
            if len(self._bytes) >= 4:
                (length,) = struct.unpack_from("<I", self._bytes)
                assert 0 < length <= 1 << 20, f"a frame of {length} bytes"
                if len(self._bytes) >= 4 + length:
                    message = pb.FromWorker.FromString(self._bytes[4 : 4 + length])
                    self._bytes = self._bytes[4 + length :]
                    assert message.WhichOneof("message"), "an unknown message"
                    return message
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self.channel], [], [], left)[0]:
                raise TimeoutError(f"the worker said nothing for {timeout} s")
            chunk = self.channel.recv(1 << 20)
            if not chunk:
                raise Closed
            self._bytes += chunk

    def expect(self, kind: str, timeout: float = PATIENCE) -> Any:
        """The next message, which must be of this kind."""
        message = self.receive(timeout)
        assert message.WhichOneof("message") == kind, message
        return getattr(message, kind)

    def result(self, timeout: float = PATIENCE) -> Any:
        """The next result; heartbeats before it are passed over."""
        while True:
            message = self.receive(timeout)
            if message.WhichOneof("message") == "result":
                self.usage = message.result.usage
                if message.result.WhichOneof("outcome") == "spooled":
                    self._take_spooled(message.result.spooled.size)
                return message.result
            assert message.WhichOneof("message") == "heartbeat", message

    def _take_spooled(self, size: int) -> None:
        assert os.fstat(self._lent.fileno()).st_size == size
        self.spooled = os.pread(self._lent.fileno(), size, 0)
        self._lent.close()
        self._lent = None

    def wait(self, timeout: float = PATIENCE) -> int:
        """The exit status, negative for a signal."""
        deadline = time.monotonic() + timeout
        while self.status is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.status = os.waitstatus_to_exitcode(status)
            else:
                assert time.monotonic() < deadline, f"the worker still runs after {timeout} s"
                time.sleep(0.005)
        return self.status

    def assert_silent(self, seconds: float) -> None:
        assert not select.select([self.channel], [], [], seconds)[0], "the worker speaks out of turn"
