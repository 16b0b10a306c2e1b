"""A disk whose sync takes 70 to 540 ms holds up those who wait for it, and nobody else (DESIGN §2)."""

import contextlib
import json
import statistics
import subprocess
import sys
import threading
import time
from pathlib import Path

import grpc
import pytest

from honeydew_daemon import RELEASE, pb, pb_grpc
from slow_disk import slow_disk
from turn_limit import assert_short_turns

SUBMITTERS = 8
PINGER = Path(__file__).with_name("pinger.py")


class Submitter(threading.Thread):
    """A client with a connection of its own that submits one job after the other."""

    def __init__(self, daemon, stop):
        super().__init__()
        self.address, self.stop = f"unix:{daemon.socket}", stop
        self.ids, self.seconds = [], []

    def run(self):
        options = [("grpc.use_local_subchannel_pool", 1)]
        with grpc.insecure_channel(self.address, options=options) as channel:
            stub = pb_grpc.DaemonStub(channel)
            while not self.stop.is_set():
                began = time.monotonic()
                self.ids.append(stub.SubmitJob(pb.SubmitJobRequest(command="diag.noop"), timeout=60).job_id)
                self.seconds.append(time.monotonic() - began)


@contextlib.contextmanager
def submitters(daemon):
    stop = threading.Event()
    threads = [Submitter(daemon, stop) for _ in range(SUBMITTERS)]
    for thread in threads:
        thread.start()
    try:
        yield threads
    finally:
        stop.set()
        for thread in threads:
            thread.join()


@pytest.mark.root("slow disk")
@pytest.mark.alone("it measures how long an answer takes")
def test_a_ping_does_not_wait_for_the_disk(make_daemon, home):
    with slow_disk(home):
        daemon = make_daemon()
        # The budget is that of the programs that people run; without optimization a turn with eight jobs takes as long by itself.
        daemon.binary = RELEASE / "honeydewd"
        daemon.start()
        with submitters(daemon) as threads:
            pings = subprocess.run([sys.executable, PINGER, daemon.socket, "10"], capture_output=True, check=True, timeout=60)
        seconds = json.loads(pings.stdout)
        ids = [job_id for thread in threads for job_id in thread.ids]
        waits = [wait for thread in threads for wait in thread.seconds]
        assert all(thread.ids for thread in threads) and statistics.median(waits) > 0.03, "the disk is not slow"
        p99 = statistics.quantiles(seconds, n=100)[98]
        longest = max(seconds)
        assert p99 < 0.005, f"p99 of {len(seconds)} pings is {1000 * p99:.1f} ms, the longest {1000 * longest:.1f} ms"
        assert_short_turns(daemon)
        assert {status.status for status in daemon.wait(*ids).values()} == {"completed"}
        daemon.destroy()
