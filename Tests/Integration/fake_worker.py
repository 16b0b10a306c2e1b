"""A worker that hangs as it is told: each file in the home's directory `hang` tells one process; every other one is a real
worker."""

import contextlib
import ctypes
import os
import signal
import struct
import sys
import time
from pathlib import Path


def install(path, binaries, protos):
    """Writes an executable at the path that runs this file as a worker."""
    Path(path).write_text(f'#!/bin/sh\nexec {sys.executable} {Path(__file__).resolve()} {binaries} {protos} "$@"\n')
    os.chmod(path, 0o755)


def how_to_hang(home, worker):
    for order in sorted(Path(home, "hang").iterdir()):
        with contextlib.suppress(FileNotFoundError):
            return order.rename(f"{home}/hung/{os.getpid()}").read_text().split()
    os.execv(worker, [worker, *sys.argv[3:]])


def main():
    binaries, protos = sys.argv[1:3]
    words = how_to_hang(sys.argv[sys.argv.index("--mark") + 1], f"{binaries}/honeydew-worker")
    # As a real one, it does not outlive the daemon (prctl(2), PR_SET_PDEATHSIG).
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)
    if "ignores-term" in words:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    sys.path.insert(0, protos)
    import worker_pb2 as pb

    def send(**message):
        data = pb.FromWorker(**message).SerializeToString()
        os.write(3, struct.pack("<I", len(data)) + data)

    def receive():
        (length,) = struct.unpack("<I", os.read(3, 4))
        return pb.ToWorker.FromString(os.read(3, length))

    def hang():
        if "stopped" in words:
            os.kill(os.getpid(), signal.SIGSTOP)
        while True:
            time.sleep(60)

    if "starting" in words:
        hang()
    if "half" in words:
        os.write(3, struct.pack("<I", 100) + b"\x0a")
        hang()
    send(ready=pb.Ready(protocol_version=3))
    if "half-idle" in words:
        os.write(3, b"\x64\x00")
        hang()
    if "idle" in words:
        hang()
    run = receive().run
    if "assigned" in words:
        hang()
    send(started=pb.Started(job_id=run.job_id, attempt=run.attempt))
    if "running" in words:
        hang()
    if "garbage" in words:
        os.write(3, b"\xff\xff\xff\xff")
        hang()
    if "wrong-job" in words:
        send(result=pb.Result(job_id="aaaaaaaaaaaaa", attempt=1, data=b"{}"))
        hang()
    send(result=pb.Result(job_id=run.job_id, attempt=run.attempt, data=b"{}"))
    hang()


if __name__ == "__main__":
    main()
