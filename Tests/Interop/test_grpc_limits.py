"""The limits of one connection: its memory stays bounded, and a call that goes over a limit fails alone."""

from __future__ import annotations

import time

import pytest
from grpc_interop import PATIENCE, Server, message, output_request, payload, program, server
from grpc_peer import ENHANCE_YOUR_CALM, MEBIBYTE, Peer, call_fields, continuation, data, framed, others_are_served
from hyperframe.frame import HeadersFrame, RstStreamFrame

__all__ = ["program", "server"]

REFUSED_STREAM = 7


def test_streams_beyond_the_limit_are_refused_and_can_be_tried_again(server: Server) -> None:
    with Peer(server) as peer:
        streams = range(1, 2 * 150, 2)
        peer.send(*(peer.headers(stream, call_fields("FullDuplexCall")) for stream in streams))
        assert peer.wait(streams[-1]) == REFUSED_STREAM
        assert peer.resets == dict.fromkeys(streams[100:], REFUSED_STREAM)
        peer.send(data(1, b"", end=True))
        assert peer.wait(1)["grpc-status"] == "0"
        peer.send(*peer.call(501, "EmptyCall"))
        assert peer.wait(501)["grpc-status"] == "0"


def test_many_streams_that_are_not_read_hold_little_memory(server: Server) -> None:
    request = output_request(*[100_000] * 1000).SerializeToString()
    with Peer(server) as peer:
        before = server.memory()
        for stream in range(1, 200, 2):
            peer.send(*peer.call(stream, "StreamingOutputCall", request))
        # The server has made all that it is ready to hold when it is idle.
        wait_until_idle(server)
        # 100 streams hold at most their writable bytes and the message that went over: 164 kB each.
        assert server.memory() - before < 40 * MEBIBYTE
        server.assert_serves()


def test_large_responses_that_are_not_read_are_bounded(server: Server) -> None:
    """A unary response cannot wait in the handler; beyond the limit the calls are broken off."""
    request = message("SimpleRequest", response_size=4_000_000).SerializeToString()
    with Peer(server) as peer:
        before = server.memory()
        for stream in range(1, 200, 2):
            peer.send(*peer.call(stream, "UnaryCall", request))
        wait_until_idle(server)
        assert server.memory() - before < 90 * MEBIBYTE
        answers = {"0": 0, "reset": 0}
        for frame in peer.frames():
            if isinstance(frame, RstStreamFrame):
                assert frame.error_code == ENHANCE_YOUR_CALM
                answers["reset"] += 1
            elif "END_STREAM" in frame.flags:
                answers[peer.fields[frame.stream_id]["grpc-status"]] += 1
            if sum(answers.values()) == 100:
                break
        assert answers["0"] >= 16 and answers["reset"] >= 75


def wait_until_idle(server: Server) -> None:
    deadline = time.monotonic() + PATIENCE
    ticks = -1
    while (now := server.cpu_ticks()) != ticks:
        assert time.monotonic() < deadline
        ticks = now
        time.sleep(0.3)


def test_lengths_that_are_only_claimed_cost_nothing(server: Server) -> None:
    with Peer(server) as peer:
        before = server.memory()
        for stream in range(1, 200, 2):
            peer.send(peer.headers(stream, call_fields("UnaryCall")), data(stream, b"\0\0\x40\0\0" + bytes(10)))
        peer.ping()
        assert server.memory() - before < 4 * MEBIBYTE


def test_a_length_over_the_limit_is_refused_before_the_message_comes(server: Server) -> None:
    with Peer(server) as peer:
        peer.send(peer.headers(1, call_fields("UnaryCall")), data(1, b"\0\0\x50\0\0"))
        answer = peer.wait(1)
        assert answer["grpc-status"] == "8" and "4194304" in answer["grpc-message"]


@pytest.mark.parametrize("method", ["UnaryCall", "StreamingInputCall"])
def test_requests_that_never_end_are_bounded(server: Server, method: str) -> None:
    """Whole messages without an end, or messages that lack their last byte."""
    request = framed(message("SimpleRequest", payload=payload(1_000_000)).SerializeToString())
    with others_are_served(server), Peer(server) as peer:
        peer.ping()
        before = server.memory()
        for stream in range(1, 200, 2):
            peer.send(peer.headers(stream, call_fields(method)))
            peer.send_body(stream, request if method == "UnaryCall" else request[:-1])
        peer.ping()
        assert server.memory() - before < 48 * MEBIBYTE
        refused = [stream for stream in peer.fields if peer.fields[stream]["grpc-status"] == "8"]
        assert 60 < len(refused) < 80


@pytest.mark.parametrize("size, status", [(15_000, "0"), (17_000, "8"), (60_000, "8")])
def test_metadata_has_a_limit(server: Server, size: int, status: str) -> None:
    with Peer(server) as peer:
        block = peer.encoder.encode(call_fields("EmptyCall", ("x-large", "\\" * size)), huffman=False)
        peer.send(HeadersFrame(1, block[:10]))
        parts = [block[start : start + 16_000] for start in range(10, len(block), 16_000)]
        peer.send(*(continuation(1, part, end=part is parts[-1]) for part in parts))
        peer.send(data(1, framed(b""), end=True))
        assert peer.wait(1)["grpc-status"] == status
        peer.send(*peer.call(3, "EmptyCall"))
        assert peer.wait(3)["grpc-status"] == "0"


def test_many_small_fields_count_too(server: Server) -> None:
    with Peer(server) as peer:
        fields = call_fields("EmptyCall", *((f"x-{index}", "") for index in range(500)))
        peer.send(peer.headers(1, fields), data(1, framed(b""), end=True))
        assert peer.wait(1)["grpc-status"] == "8"


def test_a_header_bomb_costs_no_memory(server: Server) -> None:
    """One large field in HPACK's table, named by a byte each a hundred thousand times on many streams."""
    with others_are_served(server), Peer(server) as peer:
        peer.send(
            peer.headers(1, call_fields("EmptyCall", ("x-bomb", "b" * 4000))), data(1, framed(b""), end=True)
        )
        assert peer.wait(1)["grpc-status"] == "0"
        before = server.memory()
        for stream in range(3, 103, 2):
            block = peer.encoder.encode(call_fields("EmptyCall")) + b"\xbe" * 16_000
            peer.send(HeadersFrame(stream, block[:16_000]), continuation(stream, block[16_000:], end=True))
            peer.send(data(stream, framed(b""), end=True))
            assert peer.wait(stream)["grpc-status"] == "8"
        assert server.memory() - before < 4 * MEBIBYTE


def test_a_call_that_waits_for_its_deadline_ends_then(server: Server) -> None:
    with Peer(server) as peer:
        started = time.monotonic()
        fields = call_fields("FullDuplexCall", ("grpc-timeout", "200m"))
        peer.send(peer.headers(1, fields))
        assert peer.wait(1)["grpc-status"] == "4"
        assert time.monotonic() - started >= 0.2
