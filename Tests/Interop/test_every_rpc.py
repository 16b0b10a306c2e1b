"""A client that knows nothing but the socket: it asks for the service by reflection, and calls every RPC there is.

An RPC that is added needs a row in `CALLS`, or the first test fails.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf import descriptor_pool, json_format, message_factory
from google.protobuf.message import Message
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "Tests/Integration"))

from honeydew_daemon import Daemon, wait_until  # noqa: E402
from sandbox_process import Sandbox  # noqa: E402

SERVICE = "honeydew.Daemon"
PATIENCE = 60
ACME = {"organization": "acme"}
WEB = {**ACME, "repository": "web"}
PROJECT = {**ACME, "project": "web"}
REPO = {**ACME, "repo": "web"}
WORKSPACE = {"workspace": "acme"}

# Name, request as JSON, the expected status, and a field that the answer must fill. They are called in this order. A text
# such as `<pending>` in a request stands for the id of a job of its own in that state; `<url>` and `<ca>` for the API's.
CALLS: list[tuple[str, dict[str, Any], str, str]] = [
    ("Ping", {}, "OK", "version"),
    ("GetStatus", {}, "OK", "workers"),
    ("ListCommands", {}, "OK", "commands"),
    ("ListCommands", {"provider": "nobody"}, "INVALID_ARGUMENT", ""),
    # Environments and the login
    ("AddEnvironment", {"name": "api", "base_url": "<url>", "ca_file": "<ca>", "set_active": True}, "OK", "environment"),
    ("AddEnvironment", {"name": "api", "base_url": "<url>"}, "ALREADY_EXISTS", ""),
    ("AddEnvironment", {"name": "spare", "base_url": "http://10.0.0.1/", "allow_http": True}, "OK", "environment"),
    ("ListEnvironments", {}, "OK", "environments"),
    ("SetActiveEnvironment", {"name": "spare"}, "OK", "needs_auth"),
    ("SetActiveEnvironment", {"name": "api"}, "OK", "environment"),
    ("GetActiveEnvironment", {}, "OK", "environment"),
    ("CheckEnvironment", {"environment": "api"}, "OK", "base_url"),
    ("RemoveEnvironment", {"name": "api"}, "FAILED_PRECONDITION", ""),
    ("RemoveEnvironment", {"name": "spare"}, "OK", ""),
    ("GetAuthStatus", {}, "OK", "needs_reauth"),
    ("Login", {"username": "admin", "password": "wrong"}, "UNAUTHENTICATED", ""),
    ("Login", {"username": "admin", "password": "honeydew-demo"}, "OK", "username"),
    ("GetAuthStatus", {}, "OK", "authenticated"),
    ("RotateKey", {}, "OK", "resealed"),
    # Calls of the API
    ("ListOrganizations", {}, "OK", "job_id"),
    ("GitHubListRepositories", ACME, "OK", "job_id"),
    ("GitHubGetCommits", WEB, "OK", "job_id"),
    ("GitHubGetPullRequests", REPO, "OK", "job_id"),
    ("GitHubCloneRepository", WEB, "OK", "job_id"),
    ("GitLabListProjects", ACME, "OK", "job_id"),
    ("GitLabGetCommits", PROJECT, "OK", "job_id"),
    ("GitLabGetMergeRequests", REPO, "OK", "job_id"),
    ("GitLabCloneRepository", WEB, "OK", "job_id"),
    ("JiraListProjects", ACME, "OK", "job_id"),
    ("JiraGetIssues", ACME, "OK", "job_id"),
    ("LinearListTeams", ACME, "OK", "job_id"),
    ("LinearListProjects", ACME, "OK", "job_id"),
    ("LinearGetIssues", ACME, "OK", "job_id"),
    ("BitbucketListWorkspaces", {}, "OK", "job_id"),
    ("BitbucketListRepositories", WORKSPACE, "OK", "job_id"),
    ("BitbucketGetCommits", WORKSPACE, "OK", "job_id"),
    ("BitbucketCloneRepository", {**WORKSPACE, "repository": "web"}, "OK", "job_id"),
    ("GitHubGetCommits", ACME, "INVALID_ARGUMENT", ""),
    # Jobs
    ("SubmitJob", {"command": "diag.noop", "labels": {"team": "web"}}, "OK", "job_id"),
    ("SubmitJob", {"command": "make.coffee"}, "INVALID_ARGUMENT", ""),
    ("SubmitJobs", {"jobs": [{"command": "diag.noop"}, {"command": "diag.noop"}]}, "OK", "job_ids"),
    ("GetJobStatus", {"job_id": "<completed>"}, "OK", "result"),
    ("GetJobStatus", {"job_id": "nothing"}, "NOT_FOUND", ""),
    ("ListJobs", {"limit": 2}, "OK", "next_cursor"),
    ("WaitJobs", {"job_ids": ["<completed>", "<failed>"]}, "OK", "completed_at"),
    ("ReadJobResult", {"job_id": "<completed>"}, "OK", "chunk"),
    ("ReadJobResult", {"job_id": "<pending>"}, "FAILED_PRECONDITION", ""),
    ("ReadOutput", {"job_id": "<printed>"}, "OK", "data"),
    ("ReadOutput", {"job_id": "<completed>"}, "FAILED_PRECONDITION", ""),
    ("SignalJob", {"job_id": "<sleeping>", "signal": 15}, "OK", "job_id"),
    ("SignalJob", {"job_id": "<printed>", "signal": 15}, "FAILED_PRECONDITION", ""),
    ("CancelJob", {"job_id": "<pending>"}, "OK", "job_id"),
    ("CancelJob", {"job_id": "<completed>"}, "FAILED_PRECONDITION", ""),
    ("RetryJob", {"job_ids": ["<failed>"]}, "OK", "retried"),
    ("RemoveJobs", {"job_ids": ["<completed>"]}, "OK", "removed"),
    ("SetJobPriority", {"job_id": "<pending>", "priority": 7}, "OK", "job_id"),
    # Schedules
    ("ScheduleJob", {"name": "nightly", "cron_expr": "0 3 * * *", "command": "diag.noop"}, "OK", "schedule"),
    ("ScheduleJob", {"name": "never", "cron_expr": "0 3 * *", "command": "diag.noop"}, "INVALID_ARGUMENT", ""),
    ("ListSchedules", {}, "OK", "schedules"),
    ("GetSchedule", {"name": "nightly"}, "OK", "next_run_at"),
    ("UpdateSchedule", {"name": "nightly", "cron_expr": "@daily"}, "OK", "schedule"),
    ("ApplySchedules", {"schedules": [{"name": "night", "cron_expr": "@daily", "command": "diag.noop"}]}, "OK", "schedules"),
    ("ApplySchedules", {"schedules": [{"name": "night", "cron_expr": "x", "command": "diag.noop"}]}, "INVALID_ARGUMENT", ""),
    ("ApplySchedules", {}, "OK", "schedules"),
    ("TriggerSchedule", {"name": "nightly"}, "OK", "job_id"),
    ("PreviewSchedule", {"cron_expr": "0 3 * * *"}, "OK", "times"),
    ("PauseSchedule", {"name": "nightly"}, "OK", "schedule"),
    ("ResumeSchedule", {"name": "nightly"}, "OK", "schedule"),
    ("UnscheduleJob", {"name": "nightly"}, "OK", ""),
    ("UnscheduleJob", {"name": "nightly"}, "NOT_FOUND", ""),
    # The daemon, the queue and the workers
    ("Reload", {}, "OK", ""),
    ("PauseQueue", {"provider": "github"}, "OK", ""),
    ("GetQueueStats", {}, "OK", "providers"),
    ("ResumeQueue", {"provider": "github"}, "OK", ""),
    ("ListWorkers", {}, "OK", "workers"),
    ("ListPools", {}, "OK", "pools"),
    ("ResizePool", {"name": "exec", "workers": 3}, "OK", "pool"),
    ("ResizePool", {"name": "nowhere", "workers": 3}, "NOT_FOUND", ""),
    ("RestartWorker", {"slot": 1}, "OK", ""),
    ("StopWorker", {"slot": 2}, "OK", ""),
    ("StartWorker", {"slot": 2}, "OK", ""),
    ("Logout", {}, "OK", "username"),
    ("Shutdown", {}, "OK", ""),
]  # fmt: skip


class Client:
    """Calls by name and JSON; all that it knows of the service comes from the server."""

    def __init__(self, socket: Path) -> None:
        self.channel = grpc.insecure_channel(f"unix:{socket}")
        self.pool = descriptor_pool.DescriptorPool(ProtoReflectionDescriptorDatabase(self.channel))
        self.methods = {method.name: method for method in self.pool.FindServiceByName(SERVICE).methods}

    def call(self, name: str, request: dict[str, Any]) -> list[Message]:
        """The answers: one, or those of a stream."""
        method = self.methods[name]
        request_type = message_factory.GetMessageClass(method.input_type)
        answer_type = message_factory.GetMessageClass(method.output_type)
        kind = self.channel.unary_stream if method.server_streaming else self.channel.unary_unary
        call = kind(f"/{SERVICE}/{name}", request_type.SerializeToString, answer_type.FromString)
        answer = call(json_format.ParseDict(request, request_type()), timeout=PATIENCE)
        return list(answer) if method.server_streaming else [answer]

    def job(self, state: str) -> str:
        """The id of a new job in this state."""
        submission = {
            "pending": {"command": "diag.noop", "delay_ms": 3_600_000},
            "completed": {"command": "diag.noop", "payload": json.dumps({"echo": "hello"})},
            "failed": {"command": "diag.fail", "max_retries": 0},
            "printed": {"command": "local.exec", "payload": json.dumps({"argv": ["echo", "hello"]})},
            "sleeping": {"command": "local.exec", "payload": json.dumps({"argv": ["sleep", "60"]})},
        }[state]
        (answer,) = self.call("SubmitJob", submission)
        if state == "sleeping":
            wait_until(lambda: self.call("GetJobStatus", {"job_id": answer.job_id})[0].pid, what="the command")
        elif state != "pending":
            (status,) = self.call("WaitJobs", {"job_ids": [answer.job_id]})
            assert status.status == ("completed" if state == "printed" else state)
        return answer.job_id


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with Sandbox(tmp_path_factory.mktemp("certificates")) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    # A Unix socket's path has at most 107 bytes; pytest's own directories are long.
    home = tempfile.mkdtemp(prefix="hd")
    daemon = Daemon(home)
    try:
        daemon.start()
        yield Client(daemon.socket)
    finally:
        daemon.destroy()
        shutil.rmtree(home, ignore_errors=True)


def filled_in(value: Any, client: Client, api: Sandbox) -> Any:
    """The request with ids and addresses in the place of what stands for them."""
    match value:
        case dict():
            return {key: filled_in(element, client, api) for key, element in value.items()}
        case list():
            return [filled_in(element, client, api) for element in value]
        case "<url>":
            return api.url
        case "<ca>":
            return str(api.ca_file)
        case str() if value.startswith("<"):
            return client.job(value.strip("<>"))
        case _:
            return value


def test_every_rpc_of_the_service_has_a_call_that_succeeds(client: Client) -> None:
    assert {name for name, _, status, _ in CALLS if status == "OK"} == set(client.methods)
    assert CALLS[-1][0] == "Shutdown"


@pytest.mark.parametrize(("name", "request_", "status", "field"), CALLS, ids=[f"{c[0]}-{c[2]}" for c in CALLS])
def test_call(client: Client, api: Sandbox, name: str, request_: dict[str, Any], status: str, field: str) -> None:
    request_ = filled_in(request_, client, api)
    try:
        answers = client.call(name, request_)
    except grpc.RpcError as error:
        assert error.code().name == status, error.details()
        assert len(error.details()) > 10
        return
    assert status == "OK"
    assert all(not field or getattr(answer, field) for answer in answers) and answers
