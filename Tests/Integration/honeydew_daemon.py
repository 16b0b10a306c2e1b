"""A honeydewd process under test, seen through grpcio and through /proc."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import grpc

ROOT = Path(__file__).resolve().parents[2]
# Where `make build` leaves the programs.
RELEASE = ROOT / "bin"
BINARIES = Path(os.environ.get("HONEYDEW_BINARIES", ROOT / ".build/debug"))
_GENERATED = ROOT / ".build/python-protos"


sys.path.append(str(ROOT / "Tests"))
from protos import import_from  # noqa: E402

import_from(_GENERATED, "daemon.proto", "worker.proto", services=True)
import daemon_pb2 as pb  # noqa: E402
import daemon_pb2_grpc as pb_grpc  # noqa: E402


def wait_until(condition, seconds=20, what="the condition"):
    """Waits for a condition, and answers its first true value."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        value = condition()
        if value:
            return value
        time.sleep(0.01)
    raise AssertionError(f"{what} did not come true within {seconds} s")


def process_state(pid):
    """The state letter of a process, or None when it is gone."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return stat.rsplit(")", 1)[1].split()[0]


def is_alive(pid):
    return process_state(pid) not in (None, "Z", "X")


# Nobody listens there: a test that names no environment of its own reaches no API.
NOWHERE = "http://127.0.0.1:1/graphql"


class Daemon:
    def __init__(self, home, workers=4, diagnostics=True, endpoint=NOWHERE, api="", config="", env=None):
        """`config` continues the section `queue`, `api` the section `api`."""
        self.home = Path(home)
        self.binary = BINARIES / "honeydewd"
        self.socket = self.home / "daemon.sock"
        self.env = {**os.environ, **(env or {})}
        self.process = None
        self._channel = None
        self.seen_pids = set()
        self.home.mkdir(exist_ok=True)
        api = f"  timeout: 30s\n{api}" + (f"  graphql_endpoint: {endpoint}\n" if endpoint else "")
        text = f"api:\n{api}queue:\n  workers: {workers}\n  diagnostics: {str(diagnostics).lower()}\n{config}"
        (self.home / "config.yaml").write_text(text)

    # -- life

    def spawn(self, *arguments, stderr=subprocess.PIPE):
        self.process = subprocess.Popen(
            [self.binary, "--home", self.home, *arguments],
            env=self.env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=stderr,
        )
        return self

    def start(self, *arguments):
        """Starts the daemon and waits until it answers and its workers are ready."""
        self.spawn(*arguments)
        wait_until(self._answers, what="the daemon")
        wait_until(lambda: all(w.state == "idle" or w.job_id for w in self.workers()), what="the pool")
        return self

    def _answers(self):
        if self.process.poll() is not None:
            raise AssertionError(f"honeydewd ended: {self.process.stderr.read().decode()}")
        with contextlib.suppress(grpc.RpcError):
            return self.stub.Ping(pb.PingRequest(), timeout=5)

    def kill(self):
        self.note_workers()
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self._disconnect()

    def stop(self, timeout=30):
        """Asks the daemon to stop, and answers its exit status."""
        self.note_workers()
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(timeout)
        self._disconnect()
        return status

    def destroy(self):
        self._disconnect()
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
        for stream in (self.process.stdout, self.process.stderr) if self.process else ():
            if stream:
                stream.close()

    # -- gRPC

    @property
    def stub(self):
        if self._channel is None:
            self._channel = grpc.insecure_channel(
                f"unix:{self.socket}",
                options=[("grpc.initial_reconnect_backoff_ms", 20), ("grpc.max_reconnect_backoff_ms", 50)],
            )
        return pb_grpc.DaemonStub(self._channel)

    def _disconnect(self):
        if self._channel is not None:
            self._channel.close()
            self._channel = None

    def submit(self, command, payload=None, **fields):
        request = pb.SubmitJobRequest(command=command, payload=json.dumps(payload or {}), **fields)
        return self.stub.SubmitJob(request, timeout=10).job_id

    def job(self, job_id):
        return self.stub.GetJobStatus(pb.GetJobStatusRequest(job_id=job_id), timeout=10)

    def wait(self, *job_ids, timeout=60):
        """The final statuses of jobs, by id, through WaitJobs."""
        request = pb.WaitJobsRequest(job_ids=job_ids)
        return {status.job_id: status for status in self.stub.WaitJobs(request, timeout=timeout)}

    def wait_one(self, job_id, timeout=60):
        return self.wait(job_id, timeout=timeout)[job_id]

    def wait_until_serving(self):
        wait_until(lambda: self.status().state == "SERVING", what="the store")

    def wait_running(self, job_id):
        """Waits until a worker has the job, and answers the worker."""
        return wait_until(
            lambda: next((w for w in self.workers() if w.job_id == job_id and w.state == "running"), None),
            what=f"job {job_id}",
        )

    def status(self):
        return self.stub.GetStatus(pb.GetStatusRequest(), timeout=10)

    def workers(self):
        return list(self.status().workers)

    # -- processes

    @property
    def pid(self):
        return self.process.pid

    @property
    def proc(self):
        return Path(f"/proc/{self.pid}")

    def resident_bytes(self):
        return int((self.proc / "statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    def note_workers(self):
        with contextlib.suppress(grpc.RpcError):
            self.seen_pids.update(worker.pid for worker in self.workers() if worker.pid)

    def flush_log(self):
        """Has the lines written that wait, which a status does."""
        if self.process and self.process.poll() is None:
            with contextlib.suppress(grpc.RpcError):
                self.status()

    def log(self):
        self.flush_log()
        path = self.home / "daemon.log"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def events(self, message, **fields):
        return [e for e in self.log() if e["message"] == message and all(e.get(k) == v for k, v in fields.items())]
