"""One connection: its transport, and the version of HTTP that is spoken on it."""

from __future__ import annotations

import asyncio
import sys
import traceback
from abc import ABC, abstractmethod
from collections.abc import Callable

from exchange import Exchange, Handler, Request


class Protocol(ABC):
    """A version of HTTP on one connection."""

    @abstractmethod
    def receive(self, data: bytes) -> None:
        """Takes bytes from the client."""

    @abstractmethod
    def lost(self) -> None:
        """The connection is gone: cancels what was going on."""


class Connection(asyncio.Protocol):
    """A connection's transport, shared by the versions of HTTP."""

    def __init__(
        self, handler: Handler, choose: Callable[[Connection], Protocol], open_connections: set[Connection]
    ) -> None:
        self._handler = handler
        self._choose = choose
        self._open = open_connections
        self._may_write = asyncio.Event()
        self._may_write.set()
        self._has_had_request = False
        self.transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self._open.add(self)
        self._protocol = self._choose(self)

    def data_received(self, data: bytes) -> None:
        self._protocol.receive(data)

    def connection_lost(self, error: Exception | None) -> None:
        self._open.discard(self)
        self._may_write.set()
        self._protocol.lost()

    def pause_writing(self) -> None:
        self._may_write.clear()

    def resume_writing(self) -> None:
        self._may_write.set()

    async def write(self, data: bytes) -> None:
        """Sends the bytes, and waits while the client is slow to take them."""
        self.transport.write(data)
        await self._may_write.wait()

    def is_first_request(self) -> bool:
        is_first, self._has_had_request = not self._has_had_request, True
        return is_first

    def answer(self, request: Request, exchange: Exchange) -> asyncio.Task[None]:
        """Begins to answer. A defect of the sandbox breaks the connection, and is told on stderr."""
        return asyncio.get_running_loop().create_task(self._answer(request, exchange))

    async def _answer(self, request: Request, exchange: Exchange) -> None:
        try:
            await self._handler(request, exchange)
        except Exception:
            traceback.print_exc(file=sys.stderr)
            self.transport.abort()
