"""Clients that speak no HTTP/2, or a broken one."""

from __future__ import annotations

import random
import socket

import pytest
from grpc_interop import Server, message, output_request, payload, program, server
from grpc_peer import PREFACE, Peer
from hyperframe.frame import Frame, PingFrame, RstStreamFrame, SettingsFrame, WindowUpdateFrame

__all__ = ["program", "server"]


def raw(type_: int, flags: int, stream: int, body: bytes) -> bytes:
    return len(body).to_bytes(3) + bytes([type_, flags]) + stream.to_bytes(4) + body


@pytest.mark.parametrize(
    "content",
    [
        raw(0, 0, 0, b"data on stream 0"),
        raw(0, 0, 1, b"data on an idle stream"),
        raw(1, 4, 2, b"\x83\x86"),
        raw(1, 4, 1, b"\xff\xff\xff\xff\xff\xff\xff"),
        raw(1, 0x0C, 1, b"\xff\x83"),
        raw(1, 4, 0, b"\x83"),
        raw(1, 0, 1, b"\x83") + raw(0, 0, 1, b"not a continuation"),
        raw(9, 4, 1, b"\x83"),
        raw(3, 0, 1, b"\0\0\0\x08"),
        raw(3, 0, 0, b"\0\0\0\x08"),
        raw(4, 0, 0, b"\0\0\0"),
        raw(4, 0, 1, b""),
        raw(4, 1, 0, b"\0\3\0\0\0\1"),
        raw(4, 0, 0, b"\0\4\xff\xff\xff\xff"),
        raw(4, 0, 0, b"\0\5\0\0\0\0"),
        raw(5, 4, 1, b"\0\0\0\2"),
        raw(6, 0, 0, b"short"),
        raw(6, 0, 1, b"12345678"),
        raw(7, 0, 1, bytes(8)),
        raw(8, 0, 0, b"\0\0\0\0"),
        raw(8, 0, 0, b"\x7f\xff\xff\xff") * 2,
        b"\xff\xff\xff\0\0\0\0\0\1" + bytes(100_000),
    ],
)
def test_broken_frames_end_the_connection_with_an_error(server: Server, content: bytes) -> None:
    with Peer(server, settings={}) as peer:
        peer.ping()
        try:
            peer.send_bytes(content)
        except BrokenPipeError:
            pass
        assert peer.wait_for_end() not in (0, None)


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"POST /honeydew.Daemon/Ping HTTP/1.0\r\n\r\n",
        b"GET / HTTP/1.1\r\nUpgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAA\r\n\r\n",
        b"PRI * HTTP/1.1\r\n\r\n",
    ],
)
def test_http_1_gets_an_answer_that_says_what_to_use(server: Server, request_bytes: bytes) -> None:
    with server.connect() as connection:
        connection.sendall(request_bytes)
        answer = b""
        while more := connection.recv(1000):
            answer += more
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 ")
    assert f"Content-Length: {len(body)}".encode() in head
    assert b"gRPC" in body and b"HTTP/2" in body


@pytest.mark.parametrize(
    "content",
    [b"\0", b"\n", b"\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03" + bytes(500), bytes(100_000), b"pri * http/2.0\r\n\r\n"],
)
def test_what_is_no_http_is_cut_off(server: Server, content: bytes) -> None:
    with server.connect() as connection:
        try:
            connection.sendall(content)
            assert connection.recv(1000) == b""
        except (ConnectionResetError, BrokenPipeError):
            pass


@pytest.mark.parametrize("length", [0, 1, 10, 23, 24])
def test_a_client_may_go_in_the_middle_of_its_preface(server: Server, length: int) -> None:
    with server.connect() as connection:
        connection.sendall(PREFACE[:length])
        connection.shutdown(socket.SHUT_WR)
        while connection.recv(1000):
            pass


def test_sessions_with_flipped_bits_harm_nobody(server: Server) -> None:
    """Whatever the server makes of them, it ends the connection or answers, and goes on."""
    choice = random.Random(7)
    with Peer(server) as peer:
        calls: list[Frame] = []
        streaming = output_request(10, 20, payload=payload(100)).SerializeToString()
        for stream, method, request in (
            (1, "UnaryCall", message("SimpleRequest", response_size=100).SerializeToString()),
            (3, "StreamingOutputCall", streaming),
            (5, "FullDuplexCall", streaming),
        ):
            calls += peer.call(stream, method, request, ("x-some", "metadata"))
    session = b"".join(
        frame.serialize()
        for frame in (SettingsFrame(0), *calls, RstStreamFrame(5, 8), PingFrame(0, bytes(8)), WindowUpdateFrame(0, 1))
    )
    for _ in range(1000):
        content = bytearray(session)
        for _ in range(choice.randint(1, 8)):
            content[choice.randrange(len(content))] ^= 1 << choice.randrange(8)
        with server.connect() as connection:
            try:
                connection.sendall(PREFACE + content[: choice.randint(1, len(content))])
                connection.shutdown(socket.SHUT_WR)
                while connection.recv(1 << 16):
                    pass
            except (ConnectionResetError, BrokenPipeError):
                pass
    with Peer(server) as peer:
        peer.send(*calls)
        assert peer.wait(5)["grpc-status"] == "0"
        assert peer.fields[1]["grpc-status"] == "0"
