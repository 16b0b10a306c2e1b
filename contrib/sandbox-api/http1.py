"""HTTP/1.1 (RFC 9112) for one connection: keep-alive, one request after the other."""

from __future__ import annotations

import asyncio

from connection import Connection, Protocol
from exchange import MAX_REQUEST_BYTES, Exchange, Request, phrase_of

MAX_HEAD_BYTES = 64 << 10


class Refused(Exception):
    """A request that cannot be read; the connection ends with this status."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


class Http1(Protocol):
    """Reads requests, and answers each before it reads the next."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._buffer = bytearray()
        self._task: asyncio.Task[None] | None = None
        self._has_asked_for_body = False

    def receive(self, data: bytes) -> None:
        self._buffer += data
        if self._task is None:
            self._read()
        elif len(self._buffer) > MAX_HEAD_BYTES + MAX_REQUEST_BYTES:
            self._connection.transport.abort()

    def lost(self) -> None:
        if self._task is not None:
            self._task.cancel()

    def _read(self) -> None:
        """Begins to answer when a whole request is there."""
        try:
            found = self._take_request()
        except Refused as refused:
            self._refuse(refused)
            return
        if found is None:
            return
        request, keeps_alive = found
        exchange = Http1Exchange(self._connection, request.method, keeps_alive)
        self._task = self._connection.answer(request, exchange)
        self._task.add_done_callback(lambda _: self._answered(keeps_alive))

    def _answered(self, keeps_alive: bool) -> None:
        self._task = None
        self._has_asked_for_body = False
        if self._connection.transport.is_closing():
            return
        if keeps_alive:
            self._read()
        else:
            self._connection.transport.close()

    def _take_request(self) -> tuple[Request, bool] | None:
        """The next request and whether the connection outlives it; None until all of it is there."""
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            if len(self._buffer) > MAX_HEAD_BYTES:
                raise Refused(431, "the head is too large")
            return None
        method, path, version, headers = parse_head(bytes(self._buffer[:end]))
        body_start = end + 4
        if "chunked" in headers.get("transfer-encoding", "").lower():
            taken = take_chunks(self._buffer, body_start)
        else:
            length = headers.get("content-length", "0")
            if not (length.isascii() and length.isdigit()):
                raise Refused(400, "content-length is no number")
            if int(length) > MAX_REQUEST_BYTES:
                raise Refused(413, "the body is too large")
            body_end = body_start + int(length)
            taken = (bytes(self._buffer[body_start:body_end]), body_end) if len(self._buffer) >= body_end else None
        if taken is None:
            if headers.get("expect", "").lower() == "100-continue" and not self._has_asked_for_body:
                self._has_asked_for_body = True
                self._connection.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            return None
        body, end_of_request = taken
        del self._buffer[:end_of_request]
        keeps_alive = version == "HTTP/1.1" and headers.get("connection", "").lower() != "close"
        return Request(method, path, headers, body, "http/1.1", self._connection.is_first_request), keeps_alive

    def _refuse(self, refused: Refused) -> None:
        text = f"{refused}\n".encode()
        head = f"HTTP/1.1 {refused.status} {phrase_of(refused.status)}\r\n"
        fields = f"content-type: text/plain\r\ncontent-length: {len(text)}\r\nconnection: close\r\n\r\n"
        self._connection.transport.write((head + fields).encode() + text)
        self._connection.transport.close()


class Http1Exchange(Exchange):
    """Sends with `content-length` where the answer has one, in chunks where it has none."""

    def __init__(self, connection: Connection, method: str, keeps_alive: bool) -> None:
        self._connection = connection
        self._is_head = method == "HEAD"
        self._keeps_alive = keeps_alive
        self._is_chunked = False

    async def start(self, status: int, headers: dict[str, str]) -> None:
        self._is_chunked = "content-length" not in headers
        lines = [f"HTTP/1.1 {status} {phrase_of(status)}", *(f"{name}: {value}" for name, value in headers.items())]
        if self._is_chunked:
            lines.append("transfer-encoding: chunked")
        if not self._keeps_alive:
            lines.append("connection: close")
        await self._connection.write("\r\n".join([*lines, "", ""]).encode())

    async def write(self, data: bytes) -> None:
        if self._is_head or not data:
            return
        await self._connection.write(b"%x\r\n%b\r\n" % (len(data), data) if self._is_chunked else data)

    async def end(self) -> None:
        if self._is_chunked and not self._is_head:
            await self._connection.write(b"0\r\n\r\n")

    def abort(self) -> None:
        self._connection.transport.abort()


def parse_head(head: bytes) -> tuple[str, str, str, dict[str, str]]:
    """Method, path, version and headers."""
    first, *lines = head.decode("latin-1").split("\r\n")
    parts = first.split(" ")
    if len(parts) != 3 or not parts[2].startswith("HTTP/1."):
        raise Refused(400, "this is no HTTP/1 request")
    headers = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon or not name or name != name.strip():
            raise Refused(400, "a header line is broken")
        headers[name.lower()] = value.strip()
    return parts[0], parts[1], parts[2], headers


def take_chunks(buffer: bytearray, start: int) -> tuple[bytes, int] | None:
    """A chunked body (RFC 9112, section 7.1) and where it ends; None until all of it is there."""
    body, at = bytearray(), start
    while True:
        line_end = buffer.find(b"\r\n", at)
        if line_end < 0:
            return None
        try:
            size = int(bytes(buffer[at:line_end]).partition(b";")[0], 16)
        except ValueError:
            raise Refused(400, "a chunk's size is no number") from None
        at = line_end + 2
        if size == 0:
            # Trailers are read over, up to the empty line.
            while (line_end := buffer.find(b"\r\n", at)) > at:
                at = line_end + 2
            return (bytes(body), at + 2) if line_end == at else None
        if len(body) + size > MAX_REQUEST_BYTES:
            raise Refused(413, "the body is too large")
        if len(buffer) < at + size + 2:
            return None
        body += buffer[at : at + size]
        at += size + 2
