"""Runs the sandbox API for tests, and asks it."""

from __future__ import annotations

import http.client
import json
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "contrib/sandbox-api/sandbox.py"
SCHEMA = ROOT / "Sources/HoneydewAPI/GraphQL/schema.graphql"
REPOSITORIES = "query ($organization: String!) { githubRepositories(organization: $organization) { name } }"
COMMITS = """query ($o: String!, $r: String!, $from: String, $to: String, $author: String, $diff: Boolean) {
  githubCommits(organization: $o, repository: $r, startDate: $from, endDate: $to, author: $author, includeDiff: $diff) {
    commits { sha author authorEmail date additions files { filename patch } }
  }
}"""
LOGIN = "mutation ($u: String!, $p: String!) { login(username: $u, password: $p) { accessToken refreshToken } }"
REFRESH = "mutation ($t: String!) { refreshToken(refreshToken: $t) { accessToken refreshToken user { username } } }"
ADMIN = {"u": "admin", "p": "honeydew-demo"}
PATIENCE = 30


class Sandbox:
    """A running sandbox; leaving the `with` block ends it."""

    def __init__(self, directory: Path | None, *options: str) -> None:
        """`directory` takes the certificates; without one the sandbox speaks plain HTTP."""
        security = ["--cert-dir", directory] if directory else ["--plain"]
        self.process = subprocess.Popen(
            [sys.executable, SCRIPT, *security, *options], stdout=subprocess.PIPE, text=True
        )
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"the sandbox ended with {self.process.wait()} before it was ready")
        ready = json.loads(line)
        self.url, self.ca_file, self.port = ready["url"], ready["ca_file"], ready["port"]

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> int:
        """Ends it by SIGTERM and returns its exit status."""
        self.process.terminate()
        status = self.process.wait(timeout=PATIENCE)
        self.process.stdout.close()
        return status

    def connect(self) -> http.client.HTTPSConnection:
        """A new HTTP/1.1 connection that verifies the sandbox's certificate."""
        context = ssl.create_default_context(cafile=self.ca_file)
        return http.client.HTTPSConnection("127.0.0.1", self.port, context=context, timeout=PATIENCE)

    def call(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """One request on a connection of its own: the status and the JSON."""
        connection = self.connect()
        try:
            connection.request(method, path, None if body is None else json.dumps(body))
            response = connection.getresponse()
            return response.status, json.loads(response.read())
        finally:
            connection.close()

    def fault(self, kind: str, **details: Any) -> None:
        """Asks for a fault; the README of the sandbox lists the kinds and details."""
        status, answer = self.call("POST", "/faults", {"kind": kind, **details})
        assert status == 201, answer

    def stats(self) -> dict[str, Any]:
        status, answer = self.call("GET", "/stats")
        assert status == 200
        return answer

    def wait_for_stats(self, **expected: Any) -> None:
        """Returns when the statistics have these values."""
        deadline = time.monotonic() + PATIENCE
        while True:
            stats = self.stats()
            if all(stats[key] == value for key, value in expected.items()):
                return
            assert time.monotonic() < deadline, f"waited for {expected}, the sandbox counts {stats}"
            time.sleep(0.01)


class Client:
    """A GraphQL client on one HTTP/1.1 connection."""

    def __init__(self, sandbox: Sandbox, token: str = "") -> None:
        self.connection = sandbox.connect()
        self.token = token

    def send(self, query: str, variables: dict[str, Any] | None = None, **headers: str) -> http.client.HTTPResponse:
        if self.token:
            headers["authorization"] = f"Bearer {self.token}"
        self.connection.request("POST", "/graphql", json.dumps({"query": query, "variables": variables}), headers)
        return self.connection.getresponse()

    def ask(self, query: str, **variables: Any) -> tuple[int, dict[str, Any]]:
        response = self.send(query, variables)
        return response.status, json.loads(response.read())

    def data(self, query: str, **variables: Any) -> dict[str, Any]:
        status, answer = self.ask(query, **variables)
        assert (status, answer.get("errors")) == (200, None)
        return answer["data"]

    def login(self) -> dict[str, str]:
        return self.data(LOGIN, **ADMIN)["login"]


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with Sandbox(tmp_path_factory.mktemp("certificates")) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def token(sandbox: Sandbox) -> str:
    return Client(sandbox).login()["accessToken"]


@pytest.fixture
def client(sandbox: Sandbox, token: str) -> Iterator[Client]:
    client = Client(sandbox, token)
    yield client
    client.connection.close()
    assert sandbox.call("DELETE", "/faults")[0] == 200
