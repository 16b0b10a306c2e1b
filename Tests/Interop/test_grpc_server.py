"""Our server against grpcio's client: the cases of gRPC's interoperability tests that fit, health and reflection.

https://github.com/grpc/grpc/blob/master/doc/interop-test-descriptions.md
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import grpc
import pytest
from google.protobuf import descriptor_pool
from google.rpc import error_details_pb2
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_interop import (
    ECHO_INITIAL,
    ECHO_TRAILING,
    PATIENCE,
    SERVICE,
    SPECIAL_MESSAGE,
    Server,
    caller,
    message,
    output_request,
    payload,
    program,
    server,
)
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase
from grpc_reflection.v1alpha import reflection_pb2
from grpc_status import rpc_status

__all__ = ["program", "server"]


@pytest.fixture
def channel(server: Server) -> Iterator[grpc.Channel]:
    with server.channel() as channel:
        yield channel


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


class TestHealth:
    def test_check(self, channel: grpc.Channel) -> None:
        stub = health_pb2_grpc.HealthStub(channel)
        for service in ("", SERVICE):
            response = stub.Check(health_pb2.HealthCheckRequest(service=service), timeout=PATIENCE)
            assert response.status == health_pb2.HealthCheckResponse.SERVING
        with pytest.raises(grpc.RpcError) as error:
            stub.Check(health_pb2.HealthCheckRequest(service="nobody"), timeout=PATIENCE)
        assert error.value.code() == grpc.StatusCode.NOT_FOUND

    def test_watch_tells_at_once_and_at_each_change(self, channel: grpc.Channel) -> None:
        stub = health_pb2_grpc.HealthStub(channel)
        statuses = health_pb2.HealthCheckResponse
        watch = stub.Watch(health_pb2.HealthCheckRequest(service=SERVICE), timeout=PATIENCE)
        unknown = stub.Watch(health_pb2.HealthCheckRequest(service="nobody"), timeout=PATIENCE)
        assert next(unknown).status == statuses.SERVICE_UNKNOWN
        for health, status in ((None, statuses.SERVING), ("off", statuses.NOT_SERVING), ("on", statuses.SERVING)):
            if health:
                caller(channel, "EmptyCall")(message("Empty"), metadata=[("x-honeydew-health", health)])
            assert next(watch).status == status
        watch.cancel()
        unknown.cancel()

    def test_draining_ends_watches_and_lets_calls_end(self, server: Server, channel: grpc.Channel) -> None:
        watch = health_pb2_grpc.HealthStub(channel).Watch(health_pb2.HealthCheckRequest(), timeout=PATIENCE)
        assert next(watch).status == health_pb2.HealthCheckResponse.SERVING
        call = caller(channel, "StreamingOutputCall")(output_request(1, 2, interval_us=500_000), timeout=PATIENCE)
        assert len(next(call).payload.body) == 1
        server.drain()
        assert next(watch).status == health_pb2.HealthCheckResponse.NOT_SERVING
        with pytest.raises(grpc.RpcError) as error:
            next(watch)
        assert error.value.code() == grpc.StatusCode.UNAVAILABLE
        assert [len(response.payload.body) for response in call] == [2]
        assert server.process.wait(timeout=PATIENCE) == 0


class TestReflection:
    def test_services_and_messages_can_be_found(self, channel: grpc.Channel) -> None:
        database = ProtoReflectionDescriptorDatabase(channel)
        assert SERVICE in database.get_services()
        assert "grpc.health.v1.Health" in database.get_services()
        pool = descriptor_pool.DescriptorPool(database)
        service = pool.FindServiceByName(SERVICE)
        assert {method.name for method in service.methods} >= {"EmptyCall", "UnaryCall", "FullDuplexCall"}
        assert pool.FindMessageTypeByName("grpc.testing.SimpleRequest").fields_by_name["payload"].number == 3
        with pytest.raises(KeyError):
            pool.FindMessageTypeByName("grpc.testing.Nothing")

    def test_v1_answers_like_v1alpha(self, channel: grpc.Channel) -> None:
        """grpcio-reflection's messages are those of v1alpha; those of v1 have the same fields."""
        requests = [
            reflection_pb2.ServerReflectionRequest(list_services=""),
            reflection_pb2.ServerReflectionRequest(file_containing_symbol=SERVICE),
            reflection_pb2.ServerReflectionRequest(file_by_filename="nothing.proto"),
        ]
        answers = [
            list(
                channel.stream_stream(
                    f"/grpc.reflection.{version}.ServerReflection/ServerReflectionInfo",
                    request_serializer=reflection_pb2.ServerReflectionRequest.SerializeToString,
                    response_deserializer=reflection_pb2.ServerReflectionResponse.FromString,
                )(iter(requests), timeout=PATIENCE)
            )
            for version in ("v1", "v1alpha")
        ]
        assert answers[0] == answers[1]
        assert [answer.WhichOneof("message_response") for answer in answers[0]] == [
            "list_services_response",
            "file_descriptor_response",
            "error_response",
        ]


def test_an_idle_connection_costs_no_time(server: Server, channel: grpc.Channel) -> None:
    watch = health_pb2_grpc.HealthStub(channel).Watch(health_pb2.HealthCheckRequest(), timeout=PATIENCE)
    next(watch)
    before = server.cpu_ticks()
    time.sleep(2)
    assert server.cpu_ticks() - before <= 1
    watch.cancel()
