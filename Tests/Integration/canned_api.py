"""An API whose answers the test writes byte by byte: an HTTP/1.1 server in this process, plain or over TLS."""

from __future__ import annotations

import base64
import contextlib
import json
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from honeydew_daemon import pb
from test_api import login


class Last(bytes):
    """An answer behind which the connection is closed."""


def reply(body: Any = b"", status: str = "200 OK", chunked: bool = False, **fields: Any) -> bytes:
    """A whole answer. A body that is no bytes is sent as JSON; `retry_after=5` is the field `retry-after: 5`."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = [f"HTTP/1.1 {status}", *(f"{name.replace('_', '-')}: {value}" for name, value in fields.items())]
    if chunked:
        lines.append("transfer-encoding: chunked")
        data = b"%x\r\n%b\r\n0\r\n\r\n" % (len(data), data)
    else:
        lines.append(f"content-length: {len(data)}")
    return "\r\n".join([*lines, "", ""]).encode() + data


def errors(*messages: str, code: str = "", data: Any = None) -> dict[str, Any]:
    """What GraphQL says instead of, or beside, `data`."""
    extensions = {"extensions": {"code": code}} if code else {}
    return {"data": data, "errors": [{"message": message, **extensions} for message in messages]}


def jwt(**claims: Any) -> str:
    """A token whose claims a client can read. It is told from others by `jti`."""
    parts = [{"alg": "none"}, {"jti": str(time.monotonic_ns()), **claims}]
    return ".".join([*(base64.urlsafe_b64encode(json.dumps(p).encode()).decode().rstrip("=") for p in parts), "c2ln"])


def tokens(field: str, access: str = "access-1", refresh: str = "refresh-1") -> dict[str, Any]:
    """The answer to a login or a refresh."""
    pair = {"accessToken": access, "refreshToken": refresh, "user": {"id": "1", "username": "ada"}}
    return {"data": {field: pair}}


@dataclass
class Request:
    connection: Connection
    """By which it came."""
    operation: str
    variables: dict[str, Any]
    fields: dict[str, str]

    @property
    def token(self) -> str:
        return self.fields.get("authorization", "").removeprefix("Bearer ")

    @property
    def is_about_tokens(self) -> bool:
        return self.operation in ("AuthLogin", "AuthRefresh")


class Connection:
    """One that a client has made."""

    def __init__(self, peer: socket.socket, number: int) -> None:
        self.peer, self.number = peer, number

    def send(self, data: bytes) -> None:
        self.peer.sendall(data)


class CannedAPI:
    """Answers each request with the bytes that `answer` gives for it. Where it gives None, a login and a refresh get
    tokens, and any other request an end of the connection."""

    def __init__(self, answer: Callable[[Request], bytes | None], tls: ssl.SSLContext | None = None) -> None:
        self.answer, self.tls = answer, tls
        self.requests: list[Request] = []
        self.connections: list[Connection] = []
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = self._server.getsockname()[1]
        self.url = f"http{'s' if tls else ''}://127.0.0.1:{self.port}/graphql"
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> CannedAPI:
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        for connection in self.connections:
            with contextlib.suppress(OSError):
                connection.peer.shutdown(socket.SHUT_RDWR)
            connection.peer.close()

    def count(self, operation: str) -> int:
        return sum(request.operation == operation for request in self.requests)

    def on(self, number: int) -> int:
        """How many requests came by the connection of this number, from 1."""
        return sum(request.connection.number == number for request in self.requests)

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                peer, _ = self._server.accept()
                peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                threading.Thread(target=self._serve, args=[peer], daemon=True).start()

    def _serve(self, peer: socket.socket) -> None:
        with contextlib.suppress(OSError, ValueError):
            if self.tls:
                peer = self.tls.wrap_socket(peer, server_side=True)
            connection = Connection(peer, len(self.connections) + 1)
            self.connections.append(connection)
            stream = peer.makefile("rb")
            while stream.readline():
                fields = dict(line.decode().strip().split(": ", 1) for line in iter(stream.readline, b"\r\n"))
                fields = {name.lower(): value for name, value in fields.items()}
                body = json.loads(stream.read(int(fields["content-length"])))
                request = Request(connection, body["operationName"], body["variables"], fields)
                self.requests.append(request)
                data = self.answer(request)
                if data is None and request.is_about_tokens:
                    data = reply(tokens("login" if request.operation == "AuthLogin" else "refreshToken"))
                connection.send(data or b"")
                if data is None or isinstance(data, Last):
                    break
        with contextlib.suppress(OSError):
            peer.shutdown(socket.SHUT_RDWR)
        peer.close()


@pytest.fixture
def canned(make_daemon: Callable[..., Any]) -> Iterator[Callable[..., tuple[Any, CannedAPI]]]:
    """Starts a daemon that is logged in to an API with these answers."""
    with contextlib.ExitStack() as apis:

        def start(answer: Callable[[Request], bytes | None], workers: int = 2, **settings: Any) -> tuple[Any, CannedAPI]:
            daemon = make_daemon(workers=workers, **settings).start()
            api = apis.enter_context(CannedAPI(answer))
            daemon.stub.AddEnvironment(pb.AddEnvironmentRequest(name="canned", base_url=api.url, set_active=True))
            login(daemon)
            return daemon, api

        yield start
