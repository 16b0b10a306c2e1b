"""The daemon's memory: bounded while clients do their worst, all of them together, and given back afterwards."""

import json
import struct
import time

import grpc
import pytest
from honeydew_daemon import pb, pb_grpc, wait_until

from http2_client import DATA, END_HEADERS, HEADERS, Reader, call, connect, fields, frame, settings
from turn_limit import assert_short_turns

pytestmark = pytest.mark.alone("it measures the longest turn")

MEBIBYTE = 1 << 20
# What a thousand connections take beside the budget.
OVERHEAD = 100 * MEBIBYTE


def pss(daemon):
    """The daemon's memory, its share of what it shares included; its resident set where the kernel does not tell."""
    try:
        text = (daemon.proc / "smaps_rollup").read_text()
    except PermissionError:
        return daemon.resident_bytes()
    return next(int(line.split()[1]) * 1024 for line in text.splitlines() if line.startswith("Pss:"))


class Burst:
    """Measures what a burst leaves: ten seconds after it at most 20 MiB more than before."""

    def __init__(self, daemon):
        self.daemon = daemon
        self.peak = 0

    def __enter__(self):
        for _ in range(50):
            self.daemon.stub.Ping(pb.PingRequest())
        self.before = pss(self.daemon)
        return self

    def look(self):
        self.peak = max(self.peak, pss(self.daemon) - self.before)
        return self.peak

    def __exit__(self, kind, *_):
        if kind:
            return
        self.look()
        wait_until(
            lambda: pss(self.daemon) - self.before <= 20 * MEBIBYTE, 10,
            f"the memory (before {self.before >> 20} MiB, {pss(self.daemon) >> 20} MiB now, at most 20 MiB more)")
        assert_short_turns(self.daemon)


def start_request(stream, length):
    """A call with the beginning of a request that is as long as it says."""
    return frame(HEADERS, END_HEADERS, stream, fields("SubmitJob")) + frame(DATA, 0, stream, struct.pack(">BI", 0, length))


def test_half_sent_requests_of_a_thousand_clients_stay_within_the_budget(make_daemon):
    daemon = make_daemon()
    daemon.start("--set", "daemon.connection_memory_mb=64")
    size = 4 * MEBIBYTE - 100
    piece = frame(DATA, 0, 1, b"\0" * 16384)
    with Burst(daemon) as burst:
        clients = [connect(daemon.socket) for _ in range(1000)]
        for client in clients:
            client.setblocking(False)
            client.send(settings() + start_request(1, size))
        # Each sends until the daemon says no, or its window is used up: it need not be polite.
        for _ in range(15):
            for client in clients:
                try:
                    client.send(piece)
                except OSError:
                    pass
            burst.look()
            assert daemon.stub.Ping(pb.PingRequest(), timeout=10).version
            assert daemon.submit("diag.noop")
        assert burst.peak < 64 * MEBIBYTE + OVERHEAD, burst.peak >> 20
        for client in clients:
            client.close()


def test_unread_answers_of_a_thousand_clients_stay_within_the_budget(make_daemon):
    daemon = make_daemon()
    daemon.start("--set", "daemon.connection_memory_mb=64")
    job_id = daemon.submit("diag.noop", {"bytes": 20_000_000})
    daemon.wait_one(job_id)
    request = pb.ReadJobResultRequest(job_id=job_id).SerializeToString()
    with Burst(daemon) as burst:
        clients = [connect(daemon.socket) for _ in range(1000)]
        for client in clients:
            client.sendall(settings(2**31 - 1) + b"".join(call(2 * n + 1, "ReadJobResult", request) for n in range(20)))
        for _ in range(20):
            burst.look()
            assert daemon.stub.Ping(pb.PingRequest(), timeout=10).version
            assert daemon.submit("diag.noop")
            time.sleep(0.05)
        assert burst.peak < 64 * MEBIBYTE + OVERHEAD, burst.peak >> 20
        for client in clients:
            client.close()


def test_memory_goes_back_after_a_thousand_connections(daemon):
    with Burst(daemon) as burst:
        clients = [connect(daemon.socket) for _ in range(1000)]
        for client in clients:
            client.sendall(settings() + call(1, "Ping"))
        for client in clients:
            reader = Reader(client)
            while (received := reader.next()) and received[2] != 1:
                pass
            assert received
        burst.look()
        for client in clients:
            client.close()


def test_memory_goes_back_after_large_messages(daemon):
    options = [("grpc.max_send_message_length", -1), ("grpc.use_local_subchannel_pool", 1)]
    with Burst(daemon):
        for _ in range(10):
            with grpc.insecure_channel(f"unix:{daemon.socket}", options=options) as channel:
                stub = pb_grpc.DaemonStub(channel)
                for size in (5 * MEBIBYTE, 3 * MEBIBYTE):
                    with pytest.raises(grpc.RpcError):
                        stub.SubmitJob(pb.SubmitJobRequest(command="diag.noop", payload="x" * size), timeout=30)


def test_memory_goes_back_after_ten_thousand_jobs(daemon):
    requests = [pb.SubmitJobRequest(command="diag.noop", payload=json.dumps({"echo": str(n)})) for n in range(1000)]
    with Burst(daemon):
        for _ in range(10):
            jobs = daemon.stub.SubmitJobs(pb.SubmitJobsRequest(jobs=requests), timeout=60)
        assert jobs
        wait_until(lambda: daemon.status().jobs.pending + daemon.status().jobs.running == 0, 120, "the jobs' end")


def test_a_connection_too_many_is_told_so(make_daemon):
    daemon = make_daemon()
    daemon.start("--set", "daemon.max_connections=20")
    clients = [connect(daemon.socket) for _ in range(40)]
    told = 0
    for client in clients:
        client.settimeout(0.2)
        try:
            told += b"daemon.max_connections" in client.recv(4096)
        except TimeoutError:
            pass
    assert 20 <= told < 40
    assert len(daemon.events("connection is one too many")) == 1
    for client in clients:
        client.close()
    wait_until(lambda: daemon.stub.Ping(pb.PingRequest(), wait_for_ready=True, timeout=10).version)
