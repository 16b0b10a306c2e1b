"""HTTP/2 (RFC 9113) for one connection, on the h2 library: many requests at once."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from connection import Connection, Protocol
from exchange import MAX_REQUEST_BYTES, Exchange, Request
from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.errors import ErrorCodes
from h2.events import DataReceived, RemoteSettingsChanged, RequestReceived, StreamEnded, StreamReset, WindowUpdated
from h2.exceptions import ProtocolError


@dataclass
class Stream:
    """A request as far as it has come, and the task that answers it."""

    headers: dict[str, str]
    body: bytearray = field(default_factory=bytearray)
    task: asyncio.Task[None] | None = None


class Http2(Protocol):
    """Turns the library's events into requests."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.state = H2Connection(H2Configuration(client_side=False, header_encoding="utf-8"))
        self.window_grew = asyncio.Event()
        self._streams: dict[int, Stream] = {}
        self.state.initiate_connection()
        self.flush()

    def flush(self) -> None:
        self.connection.transport.write(self.state.data_to_send())

    def receive(self, data: bytes) -> None:
        try:
            for event in self.state.receive_data(data):
                self._handle(event)
        except ProtocolError:
            self.flush()
            self.connection.transport.close()
            return
        self.flush()

    def lost(self) -> None:
        for stream in self._streams.values():
            if stream.task is not None:
                stream.task.cancel()

    def _handle(self, event: object) -> None:
        match event:
            case RequestReceived():
                self._streams[event.stream_id] = Stream({name: value for name, value in event.headers})
            case DataReceived():
                self._take_data(event.stream_id, event.data, event.flow_controlled_length)
            case StreamEnded():
                self._answer(event.stream_id)
            case StreamReset():
                stream = self._streams.pop(event.stream_id, None)
                if stream is not None and stream.task is not None:
                    stream.task.cancel()
            case WindowUpdated() | RemoteSettingsChanged():
                self.window_grew.set()

    def _take_data(self, stream_id: int, data: bytes, flow_controlled_length: int) -> None:
        stream = self._streams.get(stream_id)
        if stream is None:
            self.state.increment_flow_control_window(flow_controlled_length)
            return
        stream.body += data
        if len(stream.body) > MAX_REQUEST_BYTES:
            del self._streams[stream_id]
            self.state.reset_stream(stream_id, ErrorCodes.ENHANCE_YOUR_CALM)
        else:
            self.state.acknowledge_received_data(flow_controlled_length, stream_id)

    def _answer(self, stream_id: int) -> None:
        stream = self._streams.get(stream_id)
        if stream is None:
            return
        headers = stream.headers
        request = Request(
            headers[":method"], headers[":path"], headers, bytes(stream.body), "h2", self.connection.is_first_request
        )
        stream.task = self.connection.answer(request, Http2Exchange(self, stream_id))
        stream.task.add_done_callback(lambda _: self._streams.pop(stream_id, None))


class Http2Exchange(Exchange):
    """Sends on one stream, as far as its window and the connection's allow."""

    def __init__(self, protocol: Http2, stream_id: int) -> None:
        self._protocol = protocol
        self._stream_id = stream_id

    async def start(self, status: int, headers: dict[str, str]) -> None:
        self._protocol.state.send_headers(self._stream_id, [(":status", str(status)), *headers.items()])
        self._protocol.flush()

    async def write(self, data: bytes) -> None:
        state = self._protocol.state
        while data:
            room = min(state.local_flow_control_window(self._stream_id), state.max_outbound_frame_size)
            if room == 0:
                self._protocol.window_grew.clear()
                await self._protocol.window_grew.wait()
                continue
            state.send_data(self._stream_id, data[:room])
            data = data[room:]
            await self._protocol.connection.write(state.data_to_send())

    async def end(self) -> None:
        self._protocol.state.end_stream(self._stream_id)
        self._protocol.flush()

    def abort(self) -> None:
        self._protocol.connection.transport.abort()
