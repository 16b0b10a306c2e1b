"""Health checks and reflection against the clients that grpcio has for them."""

from __future__ import annotations

import time

import grpc
import pytest
from google.protobuf import descriptor_pool
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_interop import PATIENCE, SERVICE, Server, caller, channel, message, output_request, program, server
from grpc_reflection.v1alpha import reflection_pb2
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase

__all__ = ["channel", "program", "server"]


def test_check(channel: grpc.Channel) -> None:
    stub = health_pb2_grpc.HealthStub(channel)
    for service in ("", SERVICE):
        response = stub.Check(health_pb2.HealthCheckRequest(service=service), timeout=PATIENCE)
        assert response.status == health_pb2.HealthCheckResponse.SERVING
    with pytest.raises(grpc.RpcError) as error:
        stub.Check(health_pb2.HealthCheckRequest(service="nobody"), timeout=PATIENCE)
    assert error.value.code() == grpc.StatusCode.NOT_FOUND


def test_watch_tells_at_once_and_at_each_change(channel: grpc.Channel) -> None:
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


def test_draining_ends_watches_and_lets_calls_end(server: Server, channel: grpc.Channel) -> None:
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


def test_services_and_messages_can_be_found(channel: grpc.Channel) -> None:
    database = ProtoReflectionDescriptorDatabase(channel)
    assert SERVICE in database.get_services()
    assert "grpc.health.v1.Health" in database.get_services()
    pool = descriptor_pool.DescriptorPool(database)
    service = pool.FindServiceByName(SERVICE)
    assert {method.name for method in service.methods} >= {"EmptyCall", "UnaryCall", "FullDuplexCall"}
    assert pool.FindMessageTypeByName("grpc.testing.SimpleRequest").fields_by_name["payload"].number == 3
    with pytest.raises(KeyError):
        pool.FindMessageTypeByName("grpc.testing.Nothing")


def test_v1_answers_like_v1alpha(channel: grpc.Channel) -> None:
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
    time.sleep(0.5)
    assert server.cpu_ticks() - before <= 1
    watch.cancel()
