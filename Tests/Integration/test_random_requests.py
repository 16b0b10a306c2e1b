"""Requests that no client would send: the daemon refuses them or does as it is told, and reads what it wrote."""

import random
import sys
from pathlib import Path

import grpc
import pytest
from google.protobuf.message import Message
from honeydew_daemon import Daemon, pb

sys.path.append(str(Path(__file__).parents[1] / "Interop"))
from random_messages import RandomMessages  # noqa: E402

METHODS = [m for m in pb.DESCRIPTOR.services_by_name["Daemon"].methods if m.name != "Shutdown"]
# Texts that some field of some request means something by. All addresses are of this host.
TEXTS = [
    "", "a", "b", "loop", "diag.noop", "diag.fail", "github.commits", "auth.login", "completed", "pending",
    "{}", "null", '{"organization":"a"}', '{"a":[{"b":null}]}', "/etc/passwd", "-1", "\0", "x" * 3000,
    "http://127.0.0.1:1/", "https://localhost:1/graphql", "ftp://127.0.0.1",
    "9999-12-31T23:59:59-23:59", "0000-01-01T00:00:00+23:59", "2026-01-31",
]  # fmt: skip
# What the daemon may answer; UNAVAILABLE only where it says that the API cannot be reached.
REFUSALS = {"INVALID_ARGUMENT", "NOT_FOUND", "FAILED_PRECONDITION", "ALREADY_EXISTS"}


class Client:
    """Sends random requests, most of them almost right."""

    def __init__(self, daemon: Daemon, seed: int) -> None:
        self.daemon = daemon
        self.random = random.Random(seed)
        self.messages = RandomMessages(seed)
        self.job_ids: list[str] = []

    def send(self) -> None:
        method = self.random.choice(METHODS)
        request = self.messages.fill(getattr(pb, method.input_type.name)())
        self.make_plausible(request)
        stub = getattr(self.daemon.stub, method.name)
        try:
            if method.server_streaming:
                list(stub(request, timeout=0.5))
            else:
                self.job_ids.append(getattr(stub(request, timeout=10), "job_id", ""))
        except grpc.RpcError as error:
            allowed = REFUSALS | {"Login": {"UNAVAILABLE"}}.get(method.name, set())
            allowed |= {"DEADLINE_EXCEEDED"} if method.server_streaming else set()
            assert error.code().name in allowed, (method.name, request, error)

    def make_plausible(self, message: Message) -> None:
        for field in message.DESCRIPTOR.fields:
            if field.name == "job_id" and self.job_ids:
                message.job_id = self.random.choice(self.job_ids[-20:])
            elif field.type == field.TYPE_STRING and not field.is_repeated and self.random.random() < 0.8:
                setattr(message, field.name, self.random.choice(TEXTS))
            elif field.type in (field.TYPE_INT32, field.TYPE_INT64) and self.random.random() < 0.5:
                setattr(message, field.name, self.random.choice([0, 1, 10, 1000]))
            elif field.message_type and field.message_type.GetOptions().map_entry:
                continue
            elif field.type == field.TYPE_MESSAGE and field.is_repeated:
                for element in getattr(message, field.name):
                    self.make_plausible(element)
            elif field.type == field.TYPE_MESSAGE and message.HasField(field.name):
                self.make_plausible(getattr(message, field.name))
        if isinstance(message, pb.SubmitJobRequest) and self.random.random() < 0.5:
            message.command, message.payload, message.environment = "diag.noop", "{}", ""


@pytest.mark.parametrize("seed", [1, 2])
def test_the_daemon_survives_random_requests_and_a_kill_after_them(make_daemon, seed):
    daemon = make_daemon(workers=2).start()
    daemon.stub.AddEnvironment(
        pb.AddEnvironmentRequest(name="loop", base_url="http://127.0.0.1:1/", set_active=True), timeout=10
    )
    client = Client(daemon, seed)
    for _ in range(1500):
        client.send()
    before = {job.job_id for job in daemon.stub.ListJobs(pb.ListJobsRequest(limit=1000), timeout=10).jobs}
    assert before
    daemon.kill()
    daemon.start()
    assert {job.job_id for job in daemon.stub.ListJobs(pb.ListJobsRequest(limit=1000), timeout=10).jobs} == before
    for provider in ("", "diag"):
        daemon.stub.ResumeQueue(pb.ResumeQueueRequest(provider=provider))
    assert daemon.wait_one(daemon.submit("diag.noop", priority=2**31 - 1)).status == "completed"
