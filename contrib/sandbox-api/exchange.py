"""A request and the way to answer it, the same for every version of HTTP."""

from __future__ import annotations

import asyncio
import zlib
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

MAX_REQUEST_BYTES = 4 << 20
GZIP_WINDOW = 31


@dataclass(frozen=True)
class Request:
    """A whole request. Header names are in lower case."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    protocol: str
    """`http/1.1` or `h2`."""
    is_first_of_connection: Callable[[], bool]
    """Answers True once in a connection's life."""

    @property
    def accepts_gzip(self) -> bool:
        offered = [item.partition(";") for item in self.headers.get("accept-encoding", "").split(",")]
        return any(name.strip() == "gzip" and weight.strip() not in ("q=0", "q=0.0") for name, _, weight in offered)


class Exchange(ABC):
    """The answer to one request. A client that goes away cancels the task that answers it."""

    has_ended = False

    @abstractmethod
    async def start(self, status: int, headers: dict[str, str]) -> None:
        """Sends the status and the headers. Without `content-length` the body may have any size."""

    @abstractmethod
    async def write(self, data: bytes) -> None:
        """Sends a piece of the body, when the client has room for it."""

    @abstractmethod
    async def end(self) -> None:
        """Completes the answer."""

    @abstractmethod
    def abort(self) -> None:
        """Breaks the connection, whatever was sent of the answer."""


Handler = Callable[[Request, Exchange], Awaitable[None]]


class Body:
    """A body of unknown size, compressed where the client accepts it."""

    def __init__(self, request: Request, exchange: Exchange) -> None:
        self._exchange = exchange
        self._gzip = zlib.compressobj(wbits=GZIP_WINDOW) if request.accepts_gzip else None

    async def start(self, status: int, headers: dict[str, str]) -> None:
        encoding = {"content-encoding": "gzip"} if self._gzip else {}
        await self._exchange.start(status, {"content-type": "application/json"} | headers | encoding)

    async def write(self, data: bytes) -> None:
        if self._gzip:
            data = self._gzip.compress(data) + self._gzip.flush(zlib.Z_SYNC_FLUSH)
        await self._exchange.write(data)
        # Whoever writes without end must let the others have their turn.
        await asyncio.sleep(0)

    async def end(self) -> None:
        if self._gzip:
            await self._exchange.write(self._gzip.flush())
        await self._exchange.end()


async def answer(
    request: Request, exchange: Exchange, status: int, body: bytes, headers: dict[str, str] | None = None
) -> None:
    """Sends a whole answer."""
    fields: dict[str, Any] = {"content-type": "application/json"} | (headers or {})
    if request.accepts_gzip:
        compressor = zlib.compressobj(wbits=GZIP_WINDOW)
        body = compressor.compress(body) + compressor.flush()
        fields["content-encoding"] = "gzip"
    fields["content-length"] = str(len(body))
    await exchange.start(status, fields)
    await exchange.write(body)
    await exchange.end()


def phrase_of(status: int) -> str:
    """The words for the status; nothing for a number that has none."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""
