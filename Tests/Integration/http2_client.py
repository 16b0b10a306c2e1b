"""HTTP/2 by the single frame, without a library: for clients by the thousand, and as rude as they like.

As a program it is one of them in a process of its own: `http2_client.py SOCKET KIND SECONDS`.
"""

import contextlib
import json
import os
import socket
import struct
import sys
import time

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, RESET, SETTINGS, PING, WINDOW_UPDATE, CONTINUATION = 0, 1, 3, 4, 6, 8, 9
END_STREAM, END_HEADERS = 1, 4
SERVICE = "/honeydew.Daemon/"


def frame(kind, flags=0, stream=0, payload=b""):
    return struct.pack(">I", len(payload))[1:] + struct.pack(">BBI", kind, flags, stream) + payload


def settings(window=65535):
    """The server's leave to send, as wide as it can be with `window` 2**31 - 1."""
    first = PREFACE + frame(SETTINGS, payload=struct.pack(">HI", 4, window))
    return first + (frame(WINDOW_UPDATE, payload=struct.pack(">I", window - 65535)) if window > 65535 else b"")


def literal(text):
    """A string of fewer than 127 bytes (RFC 7541 §5.2)."""
    return bytes([len(text)]) + text.encode()


def fields(method, *more):
    """The header fields of a call, without the dynamic table."""
    block = b"\x83\x86\x04" + literal(SERVICE + method) + b"\x01" + literal("localhost")
    block += b"\x00" + literal("te") + literal("trailers") + b"\x00" + literal("content-type") + literal("application/grpc")
    return block + b"".join(b"\x00" + literal(name) + literal(value) for name, value in more)


def framed(message):
    return struct.pack(">BI", 0, len(message)) + message


def call(stream, method, message=b""):
    """A whole call with a small request."""
    return frame(HEADERS, END_HEADERS, stream, fields(method)) + frame(DATA, END_STREAM, stream, framed(message))


def connect(path):
    client = socket.socket(socket.AF_UNIX)
    client.connect(str(path))
    client.settimeout(30)
    return client


class Reader:
    """The frames that a socket brings."""

    def __init__(self, client):
        self.client = client
        self.buffer = bytearray()

    def next(self):
        while len(self.buffer) < 9 or len(self.buffer) < 9 + int.from_bytes(self.buffer[:3]):
            more = self.client.recv(1 << 16)
            if not more:
                return None
            self.buffer += more
        length = int.from_bytes(self.buffer[:3])
        kind, flags, stream = struct.unpack(">BBI", self.buffer[3:9])
        payload = bytes(self.buffer[9 : 9 + length])
        del self.buffer[: 9 + length]
        return kind, flags, stream, payload


def pings(path, seconds):
    """The latencies of `Ping`, called every other millisecond, in milliseconds."""
    client = connect(path)
    client.sendall(settings())
    reader = Reader(client)
    latencies = []
    end = time.monotonic() + seconds
    for stream in range(1, 2**31, 2):
        began = time.monotonic()
        if began > end:
            return latencies
        client.sendall(call(stream, "Ping"))
        while received := reader.next():
            kind, flags, which, payload = received
            if kind == SETTINGS and not flags & 1:
                client.sendall(frame(SETTINGS, 1))
            if kind == HEADERS and which == stream and flags & END_STREAM:
                break
        assert received, "the daemon closed the connection"
        latencies.append((time.monotonic() - began) * 1000)
        time.sleep(0.002)


def echoes(seconds):
    """The same with a peer that does nothing: what this machine takes for it at this moment."""
    ours, theirs = socket.socketpair()
    if os.fork() == 0:
        ours.close()
        while theirs.recv(64):
            theirs.sendall(b"x")
        os._exit(0)
    theirs.close()
    latencies = []
    end = time.monotonic() + seconds
    while (began := time.monotonic()) < end:
        ours.sendall(b"x")
        ours.recv(64)
        latencies.append((time.monotonic() - began) * 1000)
        time.sleep(0.002)
    ours.close()
    os.wait()
    return latencies


def resets(first=1):
    """1,100 streams that are opened and broken off: more than the daemon allows."""
    for stream in range(first, first + 2200, 2):
        yield frame(HEADERS, END_HEADERS, stream, fields("WaitJobs"))
        yield frame(RESET, 0, stream, struct.pack(">I", 8))


def flood(path, kind, seconds):
    """Sends as fast as the daemon takes it; a connection that is closed is followed by the next."""
    bomb = b"\x40" + literal("x-bomb") + b"\x7f\x81\x1e" + b"a" * 4000
    pieces = {
        "resets": b"".join(resets()),
        "pings": frame(PING, payload=b"12345678") * 2000,
        "settings": frame(SETTINGS) * 2000,
        "window updates": frame(WINDOW_UPDATE, payload=struct.pack(">I", 1)) * 2000,
        "empty data": frame(HEADERS, END_HEADERS, 1, fields("SubmitJob")) + frame(DATA, 0, 1) * 5000,
        "continuations": frame(HEADERS, 0, 1, fields("Ping")) + frame(CONTINUATION, 0, 1) * 5000,
        "compressed headers": frame(HEADERS, END_HEADERS, 1, fields("Ping") + bomb + b"\xbe" * 8000),
    }
    piece = pieces[kind]
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with contextlib.suppress(OSError), connect(path) as client:
            client.sendall(settings())
            client.setblocking(False)
            while time.monotonic() < end:
                with contextlib.suppress(BlockingIOError):
                    if not client.recv(1 << 20):
                        break
                sent = 0
                while sent < len(piece) and time.monotonic() < end:
                    try:
                        sent += client.send(piece[sent:])
                    except BlockingIOError:
                        # Its answers must be read, or it is dropped for that.
                        with contextlib.suppress(BlockingIOError):
                            client.recv(1 << 20)
                        time.sleep(0.0005)


if __name__ == "__main__":
    path, kind, seconds = sys.argv[1], sys.argv[2], float(sys.argv[3])
    if kind == "ping":
        print(json.dumps(pings(path, seconds)))
    elif kind == "echo":
        print(json.dumps(echoes(seconds)))
    else:
        flood(path, kind, seconds)
