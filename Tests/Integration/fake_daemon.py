"""A daemon of canned answers, on the real service definition, for tests of the command line alone."""

import json
import subprocess
import threading
from concurrent import futures

import grpc
import pytest
from google.protobuf import any_pb2
from google.rpc import error_details_pb2, status_pb2
from grpc_status import rpc_status

from honeydew_command import HONEYDEW
from honeydew_daemon import pb, pb_grpc


VERSION = subprocess.check_output([HONEYDEW, "--version"], text=True).split()[1]


class Refusal(Exception):
    """An answer that is an error with google.rpc.ErrorInfo."""

    def __init__(self, code, message, reason=None):
        self.code, self.message, self.reason = code, message, reason

    def abort(self, context):
        if self.reason is None:
            context.abort(self.code, self.message)
        detail = any_pb2.Any()
        detail.Pack(error_details_pb2.ErrorInfo(reason=self.reason, domain="honeydew"))
        status = status_pb2.Status(code=self.code.value[0], message=self.message, details=[detail])
        context.abort_with_status(rpc_status.to_status(status))


class FakeDaemon(pb_grpc.DaemonServicer):
    """Answers each RPC with what `answers` holds under its name: a message, a list of them for a stream, an error, or a
    function of the request that gives one of these. Keeps the requests."""

    def __init__(self, socket):
        self.socket = str(socket)
        self.answers = {}
        self.requests = []
        self.stopping = threading.Event()
        self.server = grpc.server(futures.ThreadPoolExecutor(max_workers=4))
        pb_grpc.add_DaemonServicer_to_server(self, self.server)
        self.server.add_insecure_port("unix:" + self.socket)
        self.server.start()

    def stop(self):
        self.stopping.set()
        self.server.stop(grace=0).wait()

    def request(self, name):
        """The last request of a name."""
        return next(request for called, request in reversed(self.requests) if called == name)

    def answer(self, name, request, context):
        # Commands ask for the version beside what they are for.
        if name == "Ping" and name not in self.answers:
            return pb.PingResponse(version=VERSION)
        self.requests.append((name, request))
        answer = self.answers[name]
        if callable(answer):
            answer = answer(request)
        if isinstance(answer, Refusal):
            answer.abort(context)
        return answer

    def hang(self, request):
        """An answer that comes when the test is over."""
        self.stopping.wait(60)
        return Refusal(grpc.StatusCode.UNAVAILABLE, "the test is over")


def unary(name):
    return lambda self, request, context: self.answer(name, request, context)


def streaming(name):
    def call(self, request, context):
        yield from self.answer(name, request, context)

    return call


for method in pb.DESCRIPTOR.services_by_name["Daemon"].methods:
    setattr(FakeDaemon, method.name, (streaming if method.server_streaming else unary)(method.name))


@pytest.fixture
def canned(environment):
    """A daemon of canned answers where the command looks for its daemon."""
    daemon = FakeDaemon(environment["HONEYDEW_SOCKET"])
    yield daemon
    daemon.stop()


def completed(**fields):
    """A job that has ended well."""
    return pb.JobStatus(**{"job_id": "k3v9m2x7aaaaa", "command": "diag.noop", "status": "completed", **fields})


def failed(code, text, **fields):
    return completed(status="failed", error=f"{code}: {text}", error_code=code, **fields)


JOBS = [
    completed(command="github.commits", priority=5, attempts=1, environment="production",
              created_at="2026-01-02T03:04:05.678Z", result_size=120),
    failed("WORKER_CRASHED", "signal 9", job_id="m2x7k3v9bbbbb", attempts=3, created_at="2026-01-01T00:00:00.000Z"),
]
STATUS = pb.DaemonStatus(
    version="1.2.3", pid=4242, started_at="2026-01-01T00:00:00.000Z", uptime_ms=3_725_000, state="SERVING",
    degraded=["worker 2 has been restarted 5 times in a minute"],
    jobs=pb.JobCounts(pending=2, running=1, completed=7), environment="production", needs_auth=True,
    longest_turn_microseconds=14_200, last_minute_longest_turn_microseconds=1_500,
    workers=[
        pb.Worker(slot=1, pid=4243, state="running", job_id="k3v9m2x7aaaaa", job_ms=1234, jobs_done=3,
                  resident_bytes=9_500_000, cpu_microseconds=81_500),
        pb.Worker(slot=2, state="backoff", restarts=5, last_exit="killed by SIGKILL"),
    ])


def environments():
    return [pb.Environment(name="production", base_url="https://api.honeydew.example/graphql", is_active=True),
            pb.Environment(name="development", base_url="https://dev.honeydew.example/graphql", needs_auth=True)]


COMMITS = {
    "githubCommits": {
        "commits": [
            {"sha": "0123456789abcdef", "message": "Fix it\n\nAt last", "author": "Ada", "authorEmail": "a@b.c",
             "date": "2026-01-02T03:04:05Z", "additions": 12, "deletions": 3, "files": None},
            {"sha": "fedcba9876543210", "message": "日本語の\u001b[31m件名", "author": "Bö", "authorEmail": "b@b.c",
             "date": "2026-01-01T00:00:00Z", "additions": None, "deletions": None, "files": None},
        ],
        "json": None,
    }
}
COMMITS_TEXT = json.dumps(COMMITS, ensure_ascii=False, indent=1)
COMMITS_TABLE = """\
COMMIT      DATE                  AUTHOR  ADDED  DELETED  MESSAGE
0123456789  2026-01-02T03:04:05Z  Ada        12        3  Fix it
fedcba9876  2026-01-01T00:00:00Z  Bö                      日本語の\\u{1b}[31m件名
"""
