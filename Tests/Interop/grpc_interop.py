"""What the gRPC tests share: the messages and methods of grpc.testing, and our server as a process."""

from __future__ import annotations

import functools
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.message import Message

ROOT = Path(__file__).resolve().parents[2]
SERVICE = "grpc.testing.TestService"
PATIENCE = 15
ECHO_INITIAL = "x-grpc-test-echo-initial"
ECHO_TRAILING = "x-grpc-test-echo-trailing-bin"
SPECIAL_MESSAGE = "\t\ntest with whitespace\r\nand Unicode BMP ☺ and non-BMP \U0001f608\t\n"
# Method, request, response; a name with a * is a stream.
METHODS = {
    "EmptyCall": ("Empty", "Empty"),
    "UnaryCall": ("SimpleRequest", "SimpleResponse"),
    "StreamingOutputCall": ("StreamingOutputCallRequest", "*StreamingOutputCallResponse"),
    "StreamingInputCall": ("*StreamingInputCallRequest", "StreamingInputCallResponse"),
    "FullDuplexCall": ("*StreamingOutputCallRequest", "*StreamingOutputCallResponse"),
}


@functools.cache
def _pool() -> descriptor_pool.DescriptorPool:
    files = subprocess.run(
        ["protoc", f"-I{ROOT}/Tests/Interop/Protos", "--descriptor_set_out=/dev/stdout", "grpc/testing/test.proto"],
        capture_output=True,
        check=True,
        timeout=PATIENCE,
    ).stdout
    pool = descriptor_pool.DescriptorPool()
    for file in descriptor_pb2.FileDescriptorSet.FromString(files).file:
        pool.AddSerializedFile(file.SerializeToString())
    return pool


def message_type(name: str) -> type[Message]:
    """The class of a message of grpc.testing, made from the .proto file."""
    return message_factory.GetMessageClass(_pool().FindMessageTypeByName(f"grpc.testing.{name.removeprefix('*')}"))


def message(name: str, **fields: Any) -> Message:
    return message_type(name)(**fields)


def payload(size: int) -> Message:
    return message("Payload", body=bytes(size))


def output_request(*sizes: int, interval_us: int = 0, **fields: Any) -> Message:
    parameters = [message("ResponseParameters", size=size, interval_us=interval_us) for size in sizes]
    return message("StreamingOutputCallRequest", response_parameters=parameters, **fields)


def caller(channel: grpc.Channel, method: str) -> Callable[..., Any]:
    """What calls a method of the test service over grpcio."""
    request, response = METHODS[method]
    make = {
        (False, False): channel.unary_unary,
        (False, True): channel.unary_stream,
        (True, False): channel.stream_unary,
        (True, True): channel.stream_stream,
    }[request.startswith("*"), response.startswith("*")]
    return make(
        f"/{SERVICE}/{method}",
        request_serializer=lambda value: value.SerializeToString(),
        response_deserializer=message_type(response).FromString,
    )


@pytest.fixture(scope="session")
def program() -> Path:
    """The interoperability server and client, as `swift build` left it."""
    return ROOT / ".build/debug/honeydew-interop-server"


class Server:
    """Our server, running."""

    def __init__(self, program: Path, directory: Path) -> None:
        self.path = directory / "s"
        self.process = subprocess.Popen([program, self.path])
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                self.connect().close()
                return
            except (FileNotFoundError, ConnectionRefusedError):
                assert self.process.poll() is None and time.monotonic() < deadline, "the server does not listen"
                time.sleep(0.01)

    def connect(self) -> socket.socket:
        """A new connection, without a word said on it."""
        connection = socket.socket(socket.AF_UNIX)
        try:
            # Waits while the backlog is full; with a timeout it would fail.
            connection.connect(str(self.path))
        except OSError:
            connection.close()
            raise
        connection.settimeout(PATIENCE)
        return connection

    def channel(self, **options: Any) -> grpc.Channel:
        # Each channel is a connection of its own.
        options = {"grpc.use_local_subchannel_pool": 1, **options}
        return grpc.insecure_channel(f"unix:{self.path}", options=list(options.items()))

    def drain(self) -> None:
        """Asks it to end when its calls have."""
        self.process.send_signal(signal.SIGTERM)

    def stop(self) -> None:
        self.drain()
        try:
            assert self.process.wait(timeout=PATIENCE) == 0
        finally:
            self.process.kill()
            self.process.wait()

    def memory(self) -> int:
        """Its resident memory in bytes."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return next(int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmRSS:"))

    def cpu_ticks(self) -> int:
        """The CPU time that it has used, in clock ticks."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return int(fields[11]) + int(fields[12])

    def assert_serves(self) -> None:
        """Fails unless a new client is served."""
        with self.channel() as channel:
            caller(channel, "EmptyCall")(message("Empty"), timeout=PATIENCE)


@pytest.fixture
def server(program: Path, tmp_path: Path) -> Iterator[Server]:
    """A server of its own for each test; it must still serve and stop properly at the test's end."""
    server = Server(program, tmp_path)
    try:
        yield server
        if server.process.poll() is None:
            server.assert_serves()
    finally:
        server.stop()


@pytest.fixture
def channel(server: Server) -> Iterator[grpc.Channel]:
    with server.channel() as channel:
        yield channel
