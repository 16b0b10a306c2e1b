"""The Honeydew API on this machine: the whole schema over HTTPS, with data of its own and faults on request.

Log in as `admin` with the password `honeydew-demo`. When it is ready it prints one JSON line with `url`, `ca_file`
and `port`, or with --guide how a daemon is connected to it, and goes on until SIGTERM or SIGINT. README.md beside this
file lists the faults.
"""

from __future__ import annotations

import argparse
import asyncio
import errno
import json
import os
import shlex
import signal
import socket
import sys
from pathlib import Path
from typing import Any

from accounts import DEMO_PASSWORD, DEMO_USER, Accounts
from api import Api
from certificate import make_certificate
from faults import Faults
from graphql import build_schema
from resolvers import root_value
from server import listen
from stats import Stats
from tokens import TokenIssuer, TokenSettings

SCHEMA = Path(__file__).resolve().parents[2] / "Sources/HoneydewAPI/GraphQL/schema.graphql"
HOST = "127.0.0.1"


def parse_arguments(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    option = parser.add_argument
    option("--port", type=int, default=0, help="the port on 127.0.0.1; 0, the default, takes a free one")
    security = parser.add_mutually_exclusive_group(required=True)
    security.add_argument("--cert-dir", type=Path, metavar="DIR", help="takes the certificates: ca.pem and others")
    security.add_argument("--plain", action="store_true", help="HTTP/1.1 without TLS")
    option("--ready-file", type=Path, metavar="FILE", help="takes the ready line too")
    option("--guide", action="store_true", help="prints how to connect a daemon, in place of the JSON line")
    option("--access-lifetime", type=int, default=3600, metavar="S", help="of an access token (3600)")
    option("--refresh-lifetime", type=int, default=2592000, metavar="S", help="of a refresh token (2592000)")
    option("--rotate-refresh", action="store_true", help="a refresh token dies at its first use")
    option("--opaque-tokens", action="store_true", help="tokens that are no JWT")
    option(
        "--unauthenticated-status", type=int, choices=(401, 200), default=401,
        help="of an answer whose error has the code UNAUTHENTICATED (401)",
    )  # fmt: skip
    return parser.parse_args(arguments)


async def serve(options: argparse.Namespace) -> None:
    """Serves until a signal comes."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)

    schema = build_schema(SCHEMA.read_text())
    issuer = TokenIssuer(
        TokenSettings(options.access_lifetime, options.refresh_lifetime, options.rotate_refresh, options.opaque_tokens)
    )
    root = root_value(schema, Accounts(issuer))
    api = Api(schema, root, issuer, Faults(), Stats(), options.unauthenticated_status)
    try:
        # Before the certificates: those of a sandbox that has the port stay as they are.
        place = socket.create_server((HOST, options.port))
    except OSError as error:
        raise SystemExit(refusal(options, error)) from None
    certificate = None if options.plain else make_certificate(options.cert_dir.resolve())
    server, connections = await listen(api.handle, place, certificate)

    port = server.sockets[0].getsockname()[1]
    ready = {
        "url": f"{'http' if options.plain else 'https'}://{HOST}:{port}/graphql",
        "ca_file": str(certificate.ca) if certificate else "",
        "port": port,
    }
    announce(json.dumps(ready) + "\n", options.ready_file, guide(ready) if options.guide else None)
    await stop.wait()
    server.close()
    for connection in list(connections):
        connection.transport.abort()
    # One more turn, in which the connections' tasks see that they are cancelled.
    await asyncio.sleep(0)


def guide(ready: dict[str, Any]) -> str:
    """What a person needs: one line that connects a daemon, from any directory and as often as one likes."""
    trust = f" --ca-file {shlex.quote(ready['ca_file'])}" if ready["ca_file"] else ""
    return (
        f"The sandbox of the Honeydew API answers at {ready['url']}\n"
        f"Stop it with Ctrl-C, or: kill {os.getpid()}\n"
        "To connect the daemon that runs to it, copy this line:\n\n"
        f"honeydew env add sandbox {ready['url']}{trust} --use && "
        f"echo {DEMO_PASSWORD} | honeydew login --username {DEMO_USER} --password-stdin\n\n"
    )


def refusal(options: argparse.Namespace, error: OSError) -> str:
    """Why it cannot listen, and what helps."""
    place = f"{HOST}:{options.port}"
    if error.errno != errno.EADDRINUSE:
        return f"sandbox: cannot listen at {place}: {os.strerror(error.errno)}"
    free = "make sandbox SANDBOX_PORT=0" if options.guide else "--port 0"
    return f"sandbox: somebody listens at {place} already, perhaps another sandbox; {free} takes a free port"


def announce(line: str, file: Path | None, guide: str | None) -> None:
    """Prints the line, or the guide in its place; the file appears with the whole line in it."""
    if file is not None:
        unfinished = file.with_name(file.name + ".new")
        unfinished.write_text(line)
        unfinished.rename(file)
    sys.stdout.write(guide or line)
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(serve(parse_arguments(sys.argv[1:])))
