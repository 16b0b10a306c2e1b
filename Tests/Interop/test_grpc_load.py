"""nghttp2's load generator against our server."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from grpc_interop import SERVICE, Server, message, payload, program, server
from grpc_peer import framed

__all__ = ["program", "server"]


@pytest.mark.parametrize("clients, streams, size", [(1, 1, 0), (10, 10, 0), (4, 100, 100), (10, 10, 100_000)])
def test_every_request_of_h2load_succeeds(
    server: Server, tmp_path: Path, clients: int, streams: int, size: int
) -> None:
    request = message("SimpleRequest", response_size=size, payload=payload(size)).SerializeToString()
    body = tmp_path / "request"
    body.write_bytes(framed(request))
    count = 5000 if size < 1000 else 500
    command = ["h2load", f"--base-uri=unix:{server.path}", f"--requests={count}", f"--clients={clients}"]
    command += [f"--max-concurrent-streams={streams}", f"--data={body}"]
    command += ["--header=content-type: application/grpc", "--header=te: trailers"]
    done = subprocess.run(
        [*command, f"http://localhost/{SERVICE}/UnaryCall"], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr
    results = re.search(r"requests: .* (\d+) succeeded, (\d+) failed, (\d+) errored, (\d+) timeout", done.stdout)
    assert results and [int(result) for result in results.groups()] == [count, 0, 0, 0], done.stdout
    assert f"status codes: {count} 2xx" in done.stdout
    received = re.search(r"\((\d+)\) data", done.stdout)
    assert received and int(received[1]) >= count * (size + 5)
