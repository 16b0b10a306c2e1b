"""Jobs that a worker under test does for the sandbox."""

from __future__ import annotations

import contextlib
import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from sandbox_process import Sandbox
from worker_process import Worker, pb


@contextlib.contextmanager
def served(host: str, answer: Callable[[socket.socket], None], connections: int = 1) -> Iterator[str]:
    """A server for some connections, one after the other: the URL that leads to it."""
    with socket.create_server((host, 0)) as server:

        def serve() -> None:
            for _ in range(connections):
                peer, _ = server.accept()
                with peer:
                    answer(peer)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"https://{host}:{server.getsockname()[1]}/graphql"
        thread.join()


class Api:
    """Jobs of one worker for one sandbox."""

    def __init__(self, worker: Worker, sandbox: Sandbox, token: str, results: Path) -> None:
        self.worker, self.sandbox, self.token, self.results = worker, sandbox, token, results

    def fields(self, **changes: Any) -> dict[str, Any]:
        endpoint = {"url": self.sandbox.url, "ca_certificates": Path(self.sandbox.ca_file).read_bytes()}
        for key in ("url", "ca_certificates", "ca_problem", "use_proxy", "max_response_bytes"):
            if key in changes:
                endpoint[key] = changes.pop(key)
        return {
            "endpoint": pb.Endpoint(**endpoint), "access_token": self.token, "token_generation": 7,
            "timeout_ms": 30_000, **changes,
        }

    def do(self, organization: str = "acme", **changes: Any) -> Any:
        """The result of github.repositories, which the sandbox answers well or badly by the organization's name."""
        payload = json.dumps({"organization": organization})
        return self.worker.do("github.repositories", payload, **self.fields(**changes))

    def as_server(self) -> ssl.SSLContext:
        """What the sandbox shows to its clients."""
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        directory = Path(self.sandbox.ca_file).parent
        context.load_cert_chain(directory / "server.pem", directory / "server.key")
        return context

    def begin(self, organization: str, **changes: Any) -> None:
        """Starts the same, and returns when the request has reached the sandbox."""
        before = self.sandbox.stats()["in_flight"]
        self.worker.run("github.repositories", json.dumps({"organization": organization}), **self.fields(**changes))
        self.sandbox.wait_for_stats(in_flight=before + 1)

    def failure(self, organization: str = "acme", **changes: Any) -> Any:
        """The failure that it ends with; the worker is as good as new after it."""
        result = self.do(organization, **changes)
        assert result.WhichOneof("outcome") == "failure", result
        assert self.token not in result.failure.text
        assert self.do().WhichOneof("outcome") == "data"
        return result.failure
