"""Our client against a grpcio server: each case of Server/InteropCases.swift, in a process of its own."""

from __future__ import annotations

import subprocess
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc
import pytest
from google.protobuf import any_pb2
from google.protobuf.message import Message
from google.rpc import error_details_pb2, status_pb2
from grpc_interop import (
    ECHO_INITIAL,
    ECHO_TRAILING,
    METHODS,
    PATIENCE,
    SERVICE,
    message,
    message_type,
    payload,
    program,
)
from grpc_status import rpc_status

__all__ = ["program"]

CASES = [
    "cancel_after_begin",
    "cancel_after_first_response",
    "client_streaming",
    "custom_metadata",
    "empty_stream",
    "empty_unary",
    "large_unary",
    "ping_pong",
    "server_streaming",
    "special_status_message",
    "status_code_and_message",
    "status_details",
    "timeout_on_sleeping_server",
    "too_large",
    "unimplemented_method",
    "unimplemented_service",
]


def echo_metadata(context: grpc.ServicerContext) -> dict[str, str | bytes]:
    metadata = dict(context.invocation_metadata())
    if ECHO_INITIAL in metadata:
        context.send_initial_metadata([(ECHO_INITIAL, metadata[ECHO_INITIAL])])
    if ECHO_TRAILING in metadata:
        context.set_trailing_metadata([(ECHO_TRAILING, metadata[ECHO_TRAILING])])
    return metadata


def end_as_asked(request: Message, metadata: dict[str, str | bytes], context: grpc.ServicerContext) -> None:
    if not request.HasField("response_status"):
        return
    wanted = request.response_status
    if reason := metadata.get("x-honeydew-reason"):
        detail = any_pb2.Any()
        detail.Pack(error_details_pb2.ErrorInfo(reason=reason, domain="honeydew", metadata={"case": "interop"}))
        status = status_pb2.Status(code=wanted.code, message=wanted.message, details=[detail])
        context.abort_with_status(rpc_status.to_status(status))
    code = next(code for code in grpc.StatusCode if code.value[0] == wanted.code)
    context.abort(code, wanted.message)


def empty_call(request: Message, context: grpc.ServicerContext) -> Message:
    echo_metadata(context)
    return message("Empty")


def unary_call(request: Message, context: grpc.ServicerContext) -> Message:
    end_as_asked(request, echo_metadata(context), context)
    return message("SimpleResponse", payload=payload(request.response_size))


def streaming_input_call(requests: Iterator[Message], context: grpc.ServicerContext) -> Message:
    size = sum(len(request.payload.body) for request in requests)
    return message("StreamingInputCallResponse", aggregated_payload_size=size)


def streaming_output_call(request: Message, context: grpc.ServicerContext) -> Iterator[Message]:
    for parameters in request.response_parameters:
        time.sleep(parameters.interval_us / 1_000_000)
        yield message("StreamingOutputCallResponse", payload=payload(parameters.size))


def full_duplex_call(requests: Iterator[Message], context: grpc.ServicerContext) -> Iterator[Message]:
    metadata = echo_metadata(context)
    for request in requests:
        end_as_asked(request, metadata, context)
        yield from streaming_output_call(request, context)


BEHAVIOURS = {
    "EmptyCall": empty_call,
    "UnaryCall": unary_call,
    "StreamingInputCall": streaming_input_call,
    "StreamingOutputCall": streaming_output_call,
    "FullDuplexCall": full_duplex_call,
}


def handler(method: str) -> grpc.RpcMethodHandler:
    request, response = METHODS[method]
    make = {
        (False, False): grpc.unary_unary_rpc_method_handler,
        (False, True): grpc.unary_stream_rpc_method_handler,
        (True, False): grpc.stream_unary_rpc_method_handler,
        (True, True): grpc.stream_stream_rpc_method_handler,
    }[request.startswith("*"), response.startswith("*")]
    return make(BEHAVIOURS[method], message_type(request).FromString, lambda value: value.SerializeToString())


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "s"


@pytest.fixture
def server(path: Path) -> Iterator[grpc.Server]:
    server = grpc.server(ThreadPoolExecutor(10))
    server.add_generic_rpc_handlers(
        [grpc.method_handlers_generic_handler(SERVICE, {method: handler(method) for method in METHODS})]
    )
    server.add_insecure_port(f"unix:{path}")
    server.start()
    yield server
    server.stop(grace=None).wait()


def run(program: Path, path: Path, case: str) -> None:
    done = subprocess.run([program, "--client", path, case], capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("case", CASES)
def test_case(server: grpc.Server, program: Path, path: Path, case: str) -> None:
    run(program, path, case)


def test_a_server_that_stops_lets_the_call_end_and_takes_no_other(
    server: grpc.Server, program: Path, path: Path
) -> None:
    client = subprocess.Popen([program, "--client", path, "server_stops"], stdout=subprocess.PIPE, text=True)
    try:
        assert client.stdout.readline() == "first response\n"
        stopped: threading.Event = server.stop(grace=PATIENCE)
        output, _ = client.communicate(timeout=PATIENCE)
        assert client.returncode == 0, output
        assert stopped.wait(PATIENCE)
    finally:
        client.kill()
        client.wait()
