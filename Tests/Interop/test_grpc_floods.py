"""Clients that flood the server: it drops them or pays nothing, and others are served throughout."""

from __future__ import annotations

import os
import time
from collections.abc import Callable

import pytest
from grpc_interop import PATIENCE, Server, output_request, program, server
from grpc_peer import ENHANCE_YOUR_CALM, MEBIBYTE, Peer, call_fields, continuation, data, others_are_served
from hyperframe.frame import HeadersFrame, PingFrame, PriorityFrame, RstStreamFrame, SettingsFrame, WindowUpdateFrame

__all__ = ["program", "server"]

CANCEL = 8


def send_until_closed(peer: Peer, frames: Callable[[int], bytes], rounds: int) -> bool:
    """Sends and reads nothing; whether the server closed the connection."""
    peer.socket.settimeout(2)
    try:
        for index in range(rounds):
            peer.send_bytes(frames(index))
    except (BrokenPipeError, ConnectionResetError):
        return True
    except TimeoutError:
        return False
    return False


def test_rapid_resets_end_the_connection(server: Server) -> None:
    """CVE-2023-44487."""
    with others_are_served(server), Peer(server) as peer:
        reset = RstStreamFrame(1, CANCEL)
        sent = 0
        try:
            for stream in range(1, 200_000, 2):
                reset.stream_id = stream
                peer.send(peer.headers(stream, call_fields("FullDuplexCall")), reset)
                sent += 1
        except (BrokenPipeError, ConnectionResetError):
            pass
        assert sent < 90_000
        assert peer.wait_for_end() == ENHANCE_YOUR_CALM


def test_a_client_that_makes_the_server_reset_its_streams_is_cut_off_too(server: Server) -> None:
    """CVE-2025-8671: the streams are broken by WINDOW_UPDATE frames that overflow."""
    with others_are_served(server), Peer(server) as peer:
        try:
            for stream in range(1, 20_000, 2):
                peer.send(peer.headers(stream, call_fields("FullDuplexCall")), WindowUpdateFrame(stream, 2**31 - 1))
        except (BrokenPipeError, ConnectionResetError):
            pass
        assert peer.wait_for_end() == ENHANCE_YOUR_CALM


@pytest.mark.parametrize(
    "flood",
    [
        PingFrame(0, b"12345678").serialize(),
        SettingsFrame(0, settings={SettingsFrame.INITIAL_WINDOW_SIZE: 70_000}).serialize(),
        SettingsFrame(0).serialize(),
    ],
    ids=["ping", "settings", "empty settings"],
)
def test_a_flood_whose_answers_are_not_read_ends_the_connection(server: Server, flood: bytes) -> None:
    before = server.memory()
    with others_are_served(server), Peer(server) as peer:
        assert send_until_closed(peer, lambda _: flood * 1000, rounds=1000)
    assert server.memory() - before < 16 * MEBIBYTE


@pytest.mark.parametrize("kind", ["priority", "window update", "empty data", "unknown"])
def test_a_flood_that_needs_no_answer_costs_no_memory(server: Server, kind: str) -> None:
    with others_are_served(server), Peer(server, settings={}) as peer:
        peer.send(*peer.call(1, "EmptyCall"))
        assert peer.wait(1)["grpc-status"] == "0"
        peer.send(peer.headers(3, call_fields("StreamingInputCall")))
        before = server.memory()
        for index in range(300):
            first = 5 + index * 200
            match kind:
                case "priority":
                    frames = [PriorityFrame(stream, depends_on=0) for stream in range(first, first + 200, 2)]
                case "window update":
                    frames = [WindowUpdateFrame(3, 1)] * 100
                case "empty data":
                    frames = [data(3, b"")] * 100
                case _:
                    peer.send_bytes(b"\0\0\0\xee\0\0\0\0\3" * 100)
                    continue
            peer.send(*frames)
        peer.send(data(3, b"", end=True))
        assert peer.wait(3)["grpc-status"] == "0"
        assert server.memory() - before < 8 * MEBIBYTE


def test_endless_continuations_end_the_connection(server: Server) -> None:
    """CVE-2024-28182."""
    before = server.memory()
    with others_are_served(server), Peer(server) as peer:
        block = peer.encoder.encode(call_fields("EmptyCall"))
        peer.send(HeadersFrame(1, block))
        filler = continuation(1, peer.encoder.encode([("x-a", "1")]) * 1000).serialize()
        assert send_until_closed(peer, lambda _: filler, rounds=10_000)
    assert server.memory() - before < 8 * MEBIBYTE


def test_clients_that_go_in_the_middle_leave_nothing_behind(server: Server) -> None:
    def descriptors() -> int:
        return len(os.listdir(f"/proc/{server.process.pid}/fd"))

    server.assert_serves()
    before = descriptors()
    slow = output_request(1, 2, interval_us=60_000_000).SerializeToString()
    for _ in range(300):
        with Peer(server) as peer:
            peer.send(*peer.call(1, "StreamingOutputCall", slow), peer.headers(3, call_fields("UnaryCall")))
            peer.send(data(3, b"\0\0\0\1\0half"))
    deadline = time.monotonic() + PATIENCE
    while descriptors() > before and time.monotonic() < deadline:
        time.sleep(0.01)
    assert descriptors() <= before


def test_ten_thousand_connections_in_turn(server: Server) -> None:
    for _ in range(10_000):
        server.connect().close()
    before = server.memory()
    for _ in range(2_000):
        with Peer(server) as peer:
            peer.send(*peer.call(1, "EmptyCall"))
            assert peer.wait(1)["grpc-status"] == "0"
    assert server.memory() - before < 8 * MEBIBYTE
