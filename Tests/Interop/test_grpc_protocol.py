"""What a server must make of strange requests: gRPC "HTTP/2 transport mapping" and RFC 9113."""

from __future__ import annotations

import pytest
from grpc_interop import Server, message, payload, program, server
from grpc_peer import Fields, Peer, call_fields, continuation, data, framed, without
from hyperframe.frame import HeadersFrame, SettingsFrame, WindowUpdateFrame

__all__ = ["program", "server"]

PROTOCOL_ERROR = 1
PROPER = call_fields("EmptyCall")
INVALID_ARGUMENT, RESOURCE_EXHAUSTED, UNIMPLEMENTED, INTERNAL = "3", "8", "12", "13"


def send_call(peer: Peer, fields: Fields, body: bytes, end: bool = True) -> dict[str, str] | int:
    """Sends a request of any kind on stream 1 and returns how it ends."""
    peer.send(peer.headers(1, fields), data(1, body, end=end))
    return peer.wait(1)


@pytest.mark.parametrize(
    "fields",
    [
        PROPER,
        [*without(PROPER, ":authority"), ("host", "localhost")],
        [(name, "/run/some/daemon.sock" if name == ":authority" else value) for name, value in PROPER],
        [(name, "%2Frun%2Fdaemon.sock" if name == ":authority" else value) for name, value in PROPER],
        [*without(PROPER, "content-type"), ("content-type", "application/grpc+proto")],
        [*PROPER, ("grpc-encoding", "identity"), ("grpc-accept-encoding", "gzip, identity")],
        [*PROPER, ("x-empty", ""), ("x-bytes-bin", "!!!"), ("x-list-bin", "AAA=, AQE,AgI")],
        [*PROPER, ("grpc-timeout", "99999999H")],
    ],
)
def test_a_proper_call_is_answered(server: Server, fields: Fields) -> None:
    with Peer(server) as peer:
        answer = send_call(peer, fields, framed(b""))
        assert (answer[":status"], answer["content-type"], answer["grpc-status"]) == ("200", "application/grpc", "0")
        assert peer.messages[1] == framed(b"")


@pytest.mark.parametrize("method, status", [("GET", "405"), ("PUT", "405")])
def test_other_methods_are_not_allowed(server: Server, method: str, status: str) -> None:
    with Peer(server) as peer:
        assert send_call(peer, [(":method", method), *PROPER[1:]], b"")[":status"] == status


@pytest.mark.parametrize("content_type", [None, "application/json", "application/grpcx", "text/plain", ""])
def test_another_content_type_is_unsupported(server: Server, content_type: str | None) -> None:
    fields = without(PROPER, "content-type")
    if content_type is not None:
        fields.append(("content-type", content_type))
    with Peer(server) as peer:
        assert send_call(peer, fields, framed(b""))[":status"] == "415"


@pytest.mark.parametrize(
    "fields",
    [
        without(PROPER, ":method"),
        without(PROPER, ":scheme"),
        without(PROPER, ":path"),
        [(":path", "/a/b"), *PROPER],
        [(":status", "200"), *PROPER],
        [*PROPER, (":path", "/a/b")],
        [*PROPER, ("connection", "close")],
        [*PROPER, ("transfer-encoding", "chunked")],
        [*PROPER, ("Upper-Case", "1")],
        [*PROPER, ("with space", "1")],
        [*PROPER, ("x-line", "a\r\nb: c")],
        [*PROPER, ("x-zero", "a\0b")],
        [*PROPER, ("", "nameless")],
    ],
)
def test_malformed_headers_reset_the_stream_and_no_more(server: Server, fields: Fields) -> None:
    with Peer(server) as peer:
        assert send_call(peer, fields, framed(b"")) == PROTOCOL_ERROR
        peer.send(*peer.call(3, "EmptyCall"))
        assert peer.wait(3)["grpc-status"] == "0"


@pytest.mark.parametrize("timeout", ["", "S", "1", "1s", "-1S", "1.5S", "123456789S", "١S"])
def test_a_malformed_timeout_fails_the_call(server: Server, timeout: str) -> None:
    with Peer(server) as peer:
        assert send_call(peer, [*PROPER, ("grpc-timeout", timeout)], framed(b""))["grpc-status"] == INTERNAL


@pytest.mark.parametrize(
    "body, status",
    [
        (framed(b"")[:4], INTERNAL),
        (framed(b"\x10\x01")[:-1], INTERNAL),
        (framed(b"", flag=1), INTERNAL),
        (framed(b"", flag=2), INTERNAL),
        (b"GET / HTTP/1.1\r\n\r\n", INTERNAL),
        (framed(b"\xff"), INVALID_ARGUMENT),
        (framed(b"\x1a\xff\xff\xff\xff\x0f"), INVALID_ARGUMENT),
        (b"\0\xff\xff\xff\xff", RESOURCE_EXHAUSTED),
    ],
)
@pytest.mark.parametrize("method", ["UnaryCall", "StreamingInputCall"])
def test_a_broken_request_fails_its_call_alone(server: Server, method: str, body: bytes, status: str) -> None:
    with Peer(server) as peer:
        assert send_call(peer, call_fields(method), body)["grpc-status"] == status
        peer.send(*peer.call(3, "EmptyCall"))
        assert peer.wait(3)["grpc-status"] == "0"


@pytest.mark.parametrize("body", [b"", framed(b"") + framed(b"")], ids=["none", "two"])
def test_a_unary_call_takes_one_request(server: Server, body: bytes) -> None:
    with Peer(server) as peer:
        assert send_call(peer, call_fields("UnaryCall"), body)["grpc-status"] == UNIMPLEMENTED


def test_bytes_may_arrive_one_by_one(server: Server) -> None:
    request = message("SimpleRequest", response_size=5, payload=payload(20)).SerializeToString()
    with Peer(server) as peer:
        peer.send(peer.headers(1, call_fields("UnaryCall")))
        for byte in framed(request):
            for piece in data(1, bytes([byte])).serialize():
                peer.send_bytes(bytes([piece]))
        peer.send(data(1, b"", end=True))
        assert peer.wait(1)["grpc-status"] == "0"
        assert len(peer.messages[1]) > 5 + 5


def test_headers_may_be_cut_into_continuations(server: Server) -> None:
    with Peer(server) as peer:
        block = peer.encoder.encode(PROPER)
        peer.send(
            HeadersFrame(1, block[:1]), continuation(1, block[1:7]), continuation(1, block[7:], end=True),
            data(1, framed(b""), end=True),
        )
        assert peer.wait(1)["grpc-status"] == "0"


def test_a_clients_trailers_are_no_harm(server: Server) -> None:
    with Peer(server) as peer:
        peer.send(
            peer.headers(1, PROPER), data(1, framed(b"")), peer.headers(1, [("x-checksum", "7")], end=True)
        )
        assert peer.wait(1)["grpc-status"] == "0"


def test_a_client_that_grants_a_byte_at_a_time_gets_everything(server: Server) -> None:
    with Peer(server, settings={SettingsFrame.INITIAL_WINDOW_SIZE: 0}) as peer:
        request = message("SimpleRequest", response_size=300).SerializeToString()
        peer.send(*peer.call(1, "UnaryCall", request))
        for frame in peer.frames():
            if "END_STREAM" in frame.flags:
                break
            peer.send(WindowUpdateFrame(1, 1))
        assert peer.fields[1]["grpc-status"] == "0"
        assert len(peer.messages[1]) > 300


def test_an_unknown_frame_is_ignored(server: Server) -> None:
    with Peer(server) as peer:
        peer.send_bytes(b"\0\0\5\xee\xff\0\0\0\0hello")
        peer.send(*peer.call(1, "EmptyCall"))
        assert peer.wait(1)["grpc-status"] == "0"
