"""The sandbox API speaks HTTP/1.1 and HTTP/2 as the standards say."""

from __future__ import annotations

import gzip
import json
import socket
import ssl

import h2.config
import h2.connection
import h2.events
import pytest
from sandbox_process import COMMITS, REPOSITORIES, Client, Sandbox
from sandbox_process import client, sandbox, token  # noqa: F401  (fixtures)


def test_many_requests_share_one_connection(client: Client, sandbox: Sandbox) -> None:
    before = sandbox.stats()
    for _ in range(5):
        client.data(REPOSITORIES, organization="acme")
    after = sandbox.stats()
    assert after["requests"] - before["requests"] == 5
    assert after["connections"] - before["connections"] == 1
    assert after["protocols"]["http/1.1"] - before["protocols"]["http/1.1"] == 5


def test_gzip_is_used_where_it_is_accepted(client: Client) -> None:
    plain = client.send(COMMITS, {"o": "acme", "r": "rind"}).read()
    response = client.send(COMMITS, {"o": "acme", "r": "rind"}, **{"accept-encoding": "deflate, gzip"})
    packed = response.read()
    assert response.headers["content-encoding"] == "gzip" and len(packed) < len(plain)
    assert gzip.decompress(packed) == plain
    streamed = client.send(REPOSITORIES, {"organization": "fault-huge-1m"}, **{"accept-encoding": "gzip"}).read()
    assert len(gzip.decompress(streamed)) == 1 << 20


def test_a_chunked_request_is_read(sandbox: Sandbox, token: str) -> None:
    connection = sandbox.connect()
    text = json.dumps({"query": "{ me { username } }"}).encode()
    pieces = iter([text[:5], text[5:6], text[6:]])
    headers = {"authorization": f"Bearer {token}", "transfer-encoding": "chunked"}
    connection.request("POST", "/graphql", pieces, headers, encode_chunked=True)
    assert json.loads(connection.getresponse().read())["data"]["me"] == {"username": "admin"}


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"GET /stats HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n", b"200"),
        (b"GET /nowhere HTTP/1.1\r\nhost: x\r\n\r\n", b"404"),
        (b"GET /graphql HTTP/1.1\r\nhost: x\r\n\r\n", b"405"),
        (b"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\n{]", b"400"),
        (b"POST /graphql HTTP/1.1\r\ncontent-length: many\r\n\r\n", b"400"),
        (b"POST /graphql HTTP/1.1\r\ncontent-length: 99999999\r\n\r\n", b"413"),
        (b"POST /graphql HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n", b"400"),
        (b"POST /graphql HTTP/1.1\r\ncontent-length: 2\r\nexpect: 100-continue\r\n\r\n", b"100"),
        (b"good morning\r\n\r\n", b"400"),
        (b"x" * 100_000, b"431"),
    ],
)
def test_bytes_on_the_wire_get_their_status(sandbox: Sandbox, data: bytes, status: bytes) -> None:
    context = ssl.create_default_context(cafile=sandbox.ca_file)
    with socket.create_connection(("127.0.0.1", sandbox.port), timeout=10) as raw:
        with context.wrap_socket(raw, server_hostname="localhost") as tls:
            tls.sendall(data)
            assert tls.recv(4096).startswith(b"HTTP/1.1 " + status)


class Http2Client:
    """A client that speaks HTTP/2 and nothing else."""

    def __init__(self, sandbox: Sandbox, token: str) -> None:
        context = ssl.create_default_context(cafile=sandbox.ca_file)
        context.set_alpn_protocols(["h2"])
        raw = socket.create_connection(("127.0.0.1", sandbox.port), timeout=10)
        self.socket = context.wrap_socket(raw, server_hostname="localhost")
        assert self.socket.selected_alpn_protocol() == "h2"
        self.state = h2.connection.H2Connection(h2.config.H2Configuration(header_encoding="utf-8"))
        self.state.initiate_connection()
        self.token = token

    def send(self, organization: str) -> int:
        """Sends a query and returns its stream's number."""
        stream = self.state.get_next_available_stream_id()
        headers = [
            (":method", "POST"), (":path", "/graphql"), (":scheme", "https"), (":authority", "localhost"),
            ("authorization", f"Bearer {self.token}"),
        ]  # fmt: skip
        self.state.send_headers(stream, headers)
        body = {"query": REPOSITORIES, "variables": {"organization": organization}}
        self.state.send_data(stream, json.dumps(body).encode(), end_stream=True)
        self.flush()
        return stream

    def receive(self, *streams: int) -> dict[int, bytes]:
        """The bodies of these streams, in the order in which they were complete."""
        bodies: dict[int, bytes] = {stream: b"" for stream in streams}
        done: dict[int, bytes] = {}
        while len(done) < len(streams):
            data = self.socket.recv(65536)
            assert data, "the connection was closed"
            for event in self.state.receive_data(data):
                match event:
                    case h2.events.DataReceived():
                        bodies[event.stream_id] += event.data
                        self.state.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
                    case h2.events.StreamEnded():
                        done[event.stream_id] = bodies[event.stream_id]
            self.flush()
        return done

    def flush(self) -> None:
        self.socket.sendall(self.state.data_to_send())


def test_http2_carries_many_calls_at_once_on_one_connection(sandbox: Sandbox, token: str) -> None:
    before = sandbox.stats()
    client = Http2Client(sandbox, token)
    slow, *fast = [client.send(name) for name in ("fault-delay-4", "acme", "globex", "fault-huge-2m")]
    answers = client.receive(slow, *fast)
    assert list(answers)[-1] == slow
    assert all(json.loads(body)["data"]["githubRepositories"] for body in answers.values())
    assert len(answers[fast[-1]]) == 2 << 20
    after = sandbox.stats()
    assert after["protocols"]["h2"] - before["protocols"].get("h2", 0) == 4
    assert after["connections"] - before["connections"] == 1


def test_a_reset_stream_is_an_aborted_call_and_the_connection_goes_on(sandbox: Sandbox, token: str) -> None:
    aborted = sandbox.stats()["aborted"]
    client = Http2Client(sandbox, token)
    for name in ("fault-hang", "fault-endless"):
        stream = client.send(name)
        sandbox.wait_for_stats(in_flight=1)
        client.state.reset_stream(stream)
        client.flush()
        aborted += 1
        sandbox.wait_for_stats(in_flight=0, aborted=aborted)
    stream = client.send("acme")
    assert json.loads(client.receive(stream)[stream])["data"]


def test_a_cut_breaks_an_http2_connection_too(sandbox: Sandbox, token: str) -> None:
    client = Http2Client(sandbox, token)
    with pytest.raises((AssertionError, ConnectionResetError, ssl.SSLEOFError)):
        client.receive(client.send("fault-cut"))
