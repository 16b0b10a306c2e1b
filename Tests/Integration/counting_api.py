"""An API that counts, by hand: what it was asked to do, and how often; an answer comes when the test says so."""

from __future__ import annotations

import collections
import contextlib
import json
import socket
import struct
import threading
from typing import Any

from honeydew_daemon import pb, wait_until

# One command that must not be repeated, and one that may be: their names, operations, arguments and answers.
CHANGE = ("account.createUser", "AccountCreateUser", {"input": {"username": "ada", "password": "s3cret-word"}})
QUERY = ("github.repositories", "GithubRepositories", {"organization": "acme"})
# The same as documents: the operations are called alike.
DOCUMENTS = (
    ("api.query", CHANGE[1], {"query": f'mutation {CHANGE[1]} {{ createUser: deactivateUser(username: "ada") {{ id }} }}'}),
    ("api.query", QUERY[1], {"query": f'query {QUERY[1]} {{ githubRepositories(organization: "acme") {{ id }} }}'}),
)
_ANSWERS = {
    "AuthLogin": {"login": {"accessToken": "a", "refreshToken": "r", "user": {"username": "ada"}}},
    "AuthRefresh": {"refreshToken": {"accessToken": "b", "refreshToken": "s", "user": {"username": "ada"}}},
    "AccountCreateUser": {"createUser": {"id": "1", "username": "ada"}},
    "GithubRepositories": {"githubRepositories": []},
}


class CountingAPI:
    """Serves HTTP/1.1 on a loopback port, one request a connection. Leaving the `with` block ends it."""

    def __init__(self) -> None:
        # By operation: how often a whole request has come.
        self.counts: collections.Counter[str] = collections.Counter()
        # By operation: what its next requests meet: "hang" (until `released`), "reset", or bytes of an answer. Those after
        # them are answered at once.
        self.plans: dict[str, list[Any]] = {}
        self.released = threading.Event()
        self._lock = threading.Lock()
        self._server = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._server.getsockname()[1]}/graphql"
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> CountingAPI:
        return self

    def __exit__(self, *_: object) -> None:
        self.released.set()
        self._server.close()

    def plan(self, *what: Any, operations: tuple[str, ...] = (CHANGE[1], QUERY[1])) -> None:
        """What the next requests of these operations meet, in order; those after them are answered."""
        for operation in operations:
            self.plans[operation] = list(what)

    def wait_for(self, **counts: int) -> None:
        wait_until(lambda: all(self.counts[name] >= count for name, count in counts.items()), what=f"requests {counts}")

    def use(self, daemon: Any) -> None:
        """Makes it the daemon's API, and logs in."""
        daemon.stub.AddEnvironment(pb.AddEnvironmentRequest(name="counting", base_url=self.url, set_active=True))
        daemon.stub.Login(pb.LoginRequest(username="ada", password="p"), timeout=30)

    def _accept(self) -> None:
        while True:
            try:
                peer, _ = self._server.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(peer,), daemon=True).start()

    def _serve(self, peer: socket.socket) -> None:
        with peer, peer.makefile("rwb") as stream:
            if not stream.readline():
                return
            fields = dict(line.decode().strip().lower().split(": ", 1) for line in iter(stream.readline, b"\r\n"))
            operation = json.loads(stream.read(int(fields["content-length"])))["operationName"]
            with self._lock:
                self.counts[operation] += 1
                plans = self.plans.get(operation)
                what = plans.pop(0) if plans else None
            if what == "hang":
                self.released.wait()
            if what == "reset":
                # Closing with a linger of zero sends RST: socket(7).
                peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                return
            # Whoever was cut off has gone.
            with contextlib.suppress(OSError):
                stream.write(what if isinstance(what, bytes) else answer(operation))
                stream.flush()


def answer(operation: str) -> bytes:
    return response(b"200 OK", json.dumps({"data": _ANSWERS[operation]}).encode())


def response(status: bytes, body: bytes, *fields: bytes) -> bytes:
    head = [b"HTTP/1.1 " + status, b"content-length: %d" % len(body), b"connection: close", *fields]
    return b"\r\n".join([*head, b"", body])
