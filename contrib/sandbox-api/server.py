"""Listens, and gives each connection the version of HTTP that its client asked for."""

from __future__ import annotations

import asyncio
import socket
import ssl

from certificate import Certificate
from connection import Connection, Protocol
from exchange import Handler
from http1 import Http1
from http2 import Http2


def choose_protocol(connection: Connection) -> Protocol:
    """HTTP/2 where TLS agreed on it (ALPN, RFC 7301)."""
    tls = connection.transport.get_extra_info("ssl_object")
    return Http2(connection) if tls is not None and tls.selected_alpn_protocol() == "h2" else Http1(connection)


async def listen(
    handler: Handler, place: socket.socket, certificate: Certificate | None
) -> tuple[asyncio.Server, set[Connection]]:
    """A server that accepts at a bound socket, with TLS if there is a certificate, and the set of its open connections."""
    context = None
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.load_cert_chain(certificate.server, certificate.key)
        context.set_alpn_protocols(["h2", "http/1.1"])
    connections: set[Connection] = set()
    server = await asyncio.get_running_loop().create_server(
        lambda: Connection(handler, choose_protocol, connections), sock=place, ssl=context, backlog=1024
    )
    return server, connections
