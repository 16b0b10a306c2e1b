"""Pings a daemon for a while in a process of its own, where no other client's thread holds the interpreter: `python
pinger.py SOCKET SECONDS` prints the seconds that each answer took, as JSON.
"""

import json
import sys
import time

import grpc

from honeydew_daemon import pb, pb_grpc

PAUSE = 0.005


def main(socket, seconds):
    stub = pb_grpc.DaemonStub(grpc.insecure_channel(f"unix:{socket}"))
    taken = []
    end = time.monotonic() + float(seconds)
    while time.monotonic() < end:
        began = time.monotonic()
        stub.Ping(pb.PingRequest(), timeout=10)
        taken.append(time.monotonic() - began)
        time.sleep(PAUSE)
    print(json.dumps(taken))


if __name__ == "__main__":
    main(*sys.argv[1:])
