"""Our server against grpcio's client: the cases of gRPC's interoperability tests that fit, and its limits.

https://github.com/grpc/grpc/blob/master/doc/interop-test-descriptions.md
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import grpc
import pytest
from google.rpc import error_details_pb2
from grpc_interop import (
    ECHO_INITIAL,
    ECHO_TRAILING,
    PATIENCE,
    SERVICE,
    SPECIAL_MESSAGE,
    Server,
    caller,
    channel,
    message,
    output_request,
    payload,
    program,
    server,
)
from grpc_status import rpc_status

__all__ = ["channel", "program", "server"]


def test_empty_unary(channel: grpc.Channel) -> None:
    assert caller(channel, "EmptyCall")(message("Empty"), timeout=PATIENCE) == message("Empty")


def test_large_unary(channel: grpc.Channel) -> None:
    request = message("SimpleRequest", response_size=314159, payload=payload(271828))
    response = caller(channel, "UnaryCall")(request, timeout=PATIENCE)
    assert response.payload.body == bytes(314159)


def test_client_streaming(channel: grpc.Channel) -> None:
    requests = [message("StreamingInputCallRequest", payload=payload(size)) for size in (27182, 8, 1828, 45904)]
    assert caller(channel, "StreamingInputCall")(iter(requests), timeout=PATIENCE).aggregated_payload_size == 74922


def test_server_streaming(channel: grpc.Channel) -> None:
    sizes = [31415, 9, 2653, 58979]
    responses = caller(channel, "StreamingOutputCall")(output_request(*sizes), timeout=PATIENCE)
    assert [len(response.payload.body) for response in responses] == sizes


def test_ping_pong(channel: grpc.Channel) -> None:
    requests: queue.Queue = queue.Queue()
    responses = caller(channel, "FullDuplexCall")(iter(requests.get, None), timeout=PATIENCE)
    for request_size, response_size in ((27182, 31415), (8, 9), (1828, 2653), (45904, 58979)):
        requests.put(output_request(response_size, payload=payload(request_size)))
        assert len(next(responses).payload.body) == response_size
    requests.put(None)
    assert list(responses) == []
    assert responses.code() == grpc.StatusCode.OK


def test_empty_stream(channel: grpc.Channel) -> None:
    responses = caller(channel, "FullDuplexCall")(iter([]), timeout=PATIENCE)
    assert list(responses) == []
    assert responses.code() == grpc.StatusCode.OK


@pytest.mark.parametrize("text", ["test status message", SPECIAL_MESSAGE], ids=["plain", "special"])
def test_status_code_and_message(channel: grpc.Channel, text: str) -> None:
    status = message("EchoStatus", code=2, message=text)
    with pytest.raises(grpc.RpcError) as unary:
        caller(channel, "UnaryCall")(message("SimpleRequest", response_status=status), timeout=PATIENCE)
    with pytest.raises(grpc.RpcError) as stream:
        list(caller(channel, "FullDuplexCall")(iter([output_request(response_status=status)]), timeout=PATIENCE))
    for error in (unary.value, stream.value):
        assert (error.code(), error.details()) == (grpc.StatusCode.UNKNOWN, text)


def test_status_details(channel: grpc.Channel) -> None:
    request = message("SimpleRequest", response_status=message("EchoStatus", code=5, message="no such ☺"))
    with pytest.raises(grpc.RpcError) as error:
        caller(channel, "UnaryCall")(request, metadata=[("x-honeydew-reason", "INTEROP")], timeout=PATIENCE)
    # Raises when the details do not agree with the trailers.
    status = rpc_status.from_call(error.value)
    info = error_details_pb2.ErrorInfo()
    assert status.details[0].Unpack(info)
    assert (info.reason, info.domain, dict(info.metadata)) == ("INTEROP", "honeydew", {"case": "interop"})


@pytest.mark.parametrize("method", ["UnaryCall", "FullDuplexCall"])
def test_custom_metadata(channel: grpc.Channel, method: str) -> None:
    metadata = [(ECHO_INITIAL, "test_initial_metadata_value"), (ECHO_TRAILING, b"\xab\xab\xab\x00")]
    if method == "UnaryCall":
        _, call = caller(channel, method).with_call(message("SimpleRequest"), metadata=metadata, timeout=PATIENCE)
    else:
        call = caller(channel, method)(iter([output_request(1)]), metadata=metadata, timeout=PATIENCE)
        assert len(list(call)) == 1
    assert metadata[0] in [tuple(field) for field in call.initial_metadata()]
    assert metadata[1] in [tuple(field) for field in call.trailing_metadata()]


@pytest.mark.parametrize("service", [SERVICE, "grpc.testing.UnimplementedService"])
def test_unimplemented(channel: grpc.Channel, service: str) -> None:
    with pytest.raises(grpc.RpcError) as error:
        channel.unary_unary(f"/{service}/UnimplementedCall")(b"", timeout=PATIENCE)
    assert error.value.code() == grpc.StatusCode.UNIMPLEMENTED
    assert service in error.value.details()


def test_cancel_after_begin(channel: grpc.Channel) -> None:
    release = threading.Event()
    call = caller(channel, "StreamingInputCall").future(iter(release.wait, True))
    call.cancel()
    release.set()
    assert call.cancelled() and call.code() == grpc.StatusCode.CANCELLED


def test_cancel_after_first_response(channel: grpc.Channel) -> None:
    requests: queue.Queue = queue.Queue()
    responses = caller(channel, "FullDuplexCall")(iter(requests.get, None))
    requests.put(output_request(31415, payload=payload(27182)))
    assert len(next(responses).payload.body) == 31415
    responses.cancel()
    requests.put(None)
    with pytest.raises(grpc.RpcError):
        next(responses)
    assert responses.code() == grpc.StatusCode.CANCELLED


def test_timeout_on_sleeping_server(channel: grpc.Channel) -> None:
    hold = threading.Event()

    def requests() -> Iterator:
        yield output_request(payload=payload(27182))
        hold.wait(PATIENCE)

    responses = caller(channel, "FullDuplexCall")(requests(), timeout=0.001)
    with pytest.raises(grpc.RpcError):
        next(responses)
    hold.set()
    assert responses.code() == grpc.StatusCode.DEADLINE_EXCEEDED


def test_compressed_requests_are_refused_with_what_is_supported(server: Server) -> None:
    with server.channel(**{"grpc.default_compression_algorithm": 2}) as channel:
        with pytest.raises(grpc.RpcError) as error:
            request = message("SimpleRequest", payload=payload(10_000))
            caller(channel, "UnaryCall")(request, timeout=PATIENCE)
        assert error.value.code() == grpc.StatusCode.UNIMPLEMENTED
        assert "gzip" in error.value.details()


def test_a_message_of_five_mebibytes_is_refused_and_one_of_four_is_not(channel: grpc.Channel) -> None:
    call = caller(channel, "UnaryCall")
    with pytest.raises(grpc.RpcError) as error:
        call(message("SimpleRequest", payload=payload(5 << 20)), timeout=PATIENCE)
    assert error.value.code() == grpc.StatusCode.RESOURCE_EXHAUSTED
    assert str(4 << 20) in error.value.details()
    call(message("SimpleRequest", payload=payload((4 << 20) - 100)), timeout=PATIENCE)


@pytest.mark.parametrize("request_bytes", [b"\xff\xff\xff", b"\x1a\x7f", b"\x10\xff"])
def test_a_wrong_protobuf_is_an_invalid_argument(channel: grpc.Channel, request_bytes: bytes) -> None:
    with pytest.raises(grpc.RpcError) as error:
        channel.unary_unary(f"/{SERVICE}/UnaryCall")(request_bytes, timeout=PATIENCE)
    assert error.value.code() == grpc.StatusCode.INVALID_ARGUMENT
    assert "grpc.testing.SimpleRequest" in error.value.details()


def test_many_calls_at_once_wait_their_turn(channel: grpc.Channel) -> None:
    """grpcio queues what goes beyond MAX_CONCURRENT_STREAMS."""
    call = caller(channel, "UnaryCall")
    with ThreadPoolExecutor(150) as threads:
        request = message("SimpleRequest", response_size=20_000, payload=payload(20_000))
        responses = list(threads.map(lambda _: call(request, timeout=PATIENCE), range(600)))
    assert {len(response.payload.body) for response in responses} == {20_000}


def test_a_stream_of_hundred_megabytes_arrives_whole(server: Server, channel: grpc.Channel) -> None:
    before = server.memory()
    responses = caller(channel, "StreamingOutputCall")(output_request(*[100_000] * 1000), timeout=2 * PATIENCE)
    assert sum(len(response.payload.body) for response in responses) == 100_000_000
    assert server.memory() - before < 16 << 20
