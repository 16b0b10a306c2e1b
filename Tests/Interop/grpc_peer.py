"""A client that can be as rude as it likes: HTTP/2 by the single frame."""

from __future__ import annotations

import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import grpc
import hpack
from grpc_interop import SERVICE, Server, caller, message
from hyperframe.frame import (
    ContinuationFrame,
    DataFrame,
    Frame,
    GoAwayFrame,
    HeadersFrame,
    PingFrame,
    RstStreamFrame,
    SettingsFrame,
    WindowUpdateFrame,
)

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
ENHANCE_YOUR_CALM = 0xB
MEBIBYTE = 1 << 20
WINDOW = 2**31 - 1
Fields = list[tuple[str, str]]


def call_fields(method: str, *more: tuple[str, str], service: str = SERVICE) -> Fields:
    """The header fields of a proper call."""
    return [
        (":method", "POST"),
        (":scheme", "http"),
        (":path", f"/{service}/{method}"),
        (":authority", "localhost"),
        ("te", "trailers"),
        ("content-type", "application/grpc"),
        *more,
    ]


def without(fields: Fields, name: str) -> Fields:
    return [field for field in fields if field[0] != name]


def framed(message: bytes, flag: int = 0) -> bytes:
    """A message with its gRPC prefix."""
    return struct.pack(">BI", flag, len(message)) + message


def data(stream: int, content: bytes, end: bool = False) -> DataFrame:
    return DataFrame(stream, content, flags=["END_STREAM"] if end else [])


class Peer:
    """One connection. The preface and SETTINGS are sent at once, by default with endless windows."""

    def __init__(self, server: Server, settings: dict[int, int] | None = None) -> None:
        self.socket = server.connect()
        self.encoder = hpack.Encoder()
        self.decoder = hpack.Decoder()
        self.buffer = b""
        # Status fields by stream, and error codes of streams that were reset.
        self.fields: dict[int, dict[str, str]] = {}
        self.resets: dict[int, int] = {}
        self.messages: dict[int, bytearray] = {}
        # What the server lets this side send, by stream; 0 is the connection.
        self.windows = {0: 65535}
        self.stream_window = 65535
        first = SettingsFrame(0, settings={SettingsFrame.INITIAL_WINDOW_SIZE: WINDOW} if settings is None else settings)
        self.send_bytes(PREFACE + first.serialize())
        if settings is None:
            self.send(WindowUpdateFrame(0, WINDOW - 65535))

    def __enter__(self) -> Peer:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def send_bytes(self, content: bytes) -> None:
        self.socket.sendall(content)

    def send(self, *frames: Frame) -> None:
        self.send_bytes(b"".join(frame.serialize() for frame in frames))

    def headers(self, stream: int, fields: Fields, end: bool = False) -> HeadersFrame:
        block = self.encoder.encode(fields)
        return HeadersFrame(stream, block, flags=["END_HEADERS", "END_STREAM"] if end else ["END_HEADERS"])

    def call(self, stream: int, method: str, request: bytes = b"", *more: tuple[str, str]) -> list[Frame]:
        """The frames of a whole proper call with one request."""
        return [self.headers(stream, call_fields(method, *more)), data(stream, framed(request), end=True)]

    def send_body(self, stream: int, body: bytes) -> None:
        """Sends as much as the server takes, at the pace that it allows, without an end."""
        frames = self.frames()
        while body and stream not in self.resets and not self.has_status(stream):
            room = min(self.windows[0], self.windows.setdefault(stream, self.stream_window), 16384)
            if not room:
                next(frames)
                continue
            self.send(data(stream, body[:room]))
            self.windows[0] -= len(body[:room])
            self.windows[stream] -= len(body[:room])
            body = body[room:]

    def has_status(self, stream: int) -> bool:
        return "grpc-status" in self.fields.get(stream, {})

    def frames(self) -> Iterator[Frame]:
        """What the server sends, until it closes the connection."""
        while True:
            while len(self.buffer) < 9:
                if not self.receive():
                    return
            frame, length = Frame.parse_frame_header(memoryview(self.buffer[:9]))
            while len(self.buffer) < 9 + length:
                if not self.receive():
                    return
            frame.parse_body(memoryview(self.buffer[9 : 9 + length]))
            self.buffer = self.buffer[9 + length :]
            self.note(frame)
            yield frame

    def receive(self) -> bool:
        try:
            more = self.socket.recv(1 << 16)
        except ConnectionResetError:
            return False
        self.buffer += more
        return bool(more)

    def note(self, frame: Frame) -> None:
        if isinstance(frame, HeadersFrame):
            assert "END_HEADERS" in frame.flags
            self.fields.setdefault(frame.stream_id, {}).update(self.decoder.decode(frame.data))
        elif isinstance(frame, DataFrame):
            self.messages.setdefault(frame.stream_id, bytearray()).extend(frame.data)
        elif isinstance(frame, RstStreamFrame):
            self.resets[frame.stream_id] = frame.error_code
        elif isinstance(frame, WindowUpdateFrame):
            window = self.windows.get(frame.stream_id, self.stream_window)
            self.windows[frame.stream_id] = window + frame.window_increment
        elif isinstance(frame, SettingsFrame) and SettingsFrame.INITIAL_WINDOW_SIZE in frame.settings:
            self.stream_window = frame.settings[SettingsFrame.INITIAL_WINDOW_SIZE]

    def wait(self, stream: int) -> dict[str, str] | int:
        """How a stream ends: its header and trailer fields, or the error code of its reset."""
        for frame in self.frames():
            if frame.stream_id != stream:
                continue
            if isinstance(frame, RstStreamFrame):
                return frame.error_code
            if "END_STREAM" in frame.flags:
                return self.fields[stream]
        raise AssertionError(f"the server closed the connection before stream {stream} had ended")

    def wait_for_end(self) -> int | None:
        """Waits until the server has closed the connection and returns the error code of its GOAWAY, if it sent one."""
        code = None
        for frame in self.frames():
            if isinstance(frame, GoAwayFrame):
                code = frame.error_code
        return code

    def ping(self) -> None:
        """Returns when the server has looked at all that was sent so far."""
        self.send(PingFrame(0, b"12345678"))
        for frame in self.frames():
            if isinstance(frame, PingFrame) and "ACK" in frame.flags:
                return
        raise AssertionError("the server closed the connection")


def continuation(stream: int, block: bytes, end: bool = False) -> ContinuationFrame:
    return ContinuationFrame(stream, block, flags=["END_HEADERS"] if end else [])


@contextmanager
def others_are_served(server: Server) -> Iterator[None]:
    """Another client calls all the while; each of its calls must be answered soon."""
    done = threading.Event()
    failures: list[BaseException] = []
    calls = 0

    def run() -> None:
        nonlocal calls
        with server.channel() as channel:
            call = caller(channel, "EmptyCall")
            while not done.is_set():
                try:
                    call(message("Empty"), timeout=5)
                except grpc.RpcError as error:
                    failures.append(error)
                    return
                calls += 1
                done.wait(0.001)

    client = threading.Thread(target=run)
    client.start()
    try:
        yield
    finally:
        done.set()
        client.join()
    assert not failures, failures
    assert calls > 0
