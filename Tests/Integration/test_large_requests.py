"""What one client asks for holds up no other: while large requests are under way, a `Ping` beside them is answered."""

import json
import subprocess
import sys
import threading
import time
from pathlib import Path

import grpc
import pytest
from honeydew_daemon import pb, pb_grpc, wait_until

pytestmark = pytest.mark.alone("it measures how long a Ping waits")

# In a debug build, whose steps take several times as long. The requests below took seconds in one turn each.
LONGEST_PING = 0.6
PINGER = """
import sys, time
sys.path[:0] = {path!r}
import grpc
from honeydew_daemon import pb, pb_grpc
stub = pb_grpc.DaemonStub(grpc.insecure_channel("unix:" + sys.argv[1]))
stub.Ping(pb.PingRequest(), timeout=30)
print("ready", flush=True)
longest, count = 0, 0
while not sys.stdin.closed:
    import select
    if select.select([sys.stdin], [], [], 0)[0]:
        break
    began = time.monotonic()
    stub.Ping(pb.PingRequest(), timeout=60)
    longest, count = max(longest, time.monotonic() - began), count + 1
    time.sleep(0.002)
print(longest, count)
"""


class Pinger:
    """Another client, in a process of its own, that asks again and again."""

    def __init__(self, daemon):
        path = [str(Path(__file__).parent), str(Path(__file__).parents[1])]
        program = [sys.executable, "-c", PINGER.format(path=path), str(daemon.home / "daemon.sock")]
        self.process = subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout.readline() == "ready\n"

    def longest(self):
        out, _ = self.process.communicate("stop\n", timeout=90)
        longest, count = out.split()
        assert int(count) > 20
        return float(longest)


@pytest.fixture
def stubs(daemon):
    channels = [grpc.insecure_channel(f"unix:{daemon.home}/daemon.sock", [("grpc.channel", i)]) for i in range(8)]
    yield [pb_grpc.DaemonStub(channel) for channel in channels]
    for channel in channels:
        channel.close()


def submissions(count, **fields):
    return pb.SubmitJobsRequest(jobs=[pb.SubmitJobRequest(command="diag.noop", **fields) for _ in range(count)])


def all_at_once(calls):
    """Makes calls at the same time; returns their answers."""
    answers = [None] * len(calls)

    def make(index):
        answers[index] = calls[index]()

    threads = [threading.Thread(target=make, args=(index,)) for index in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def test_eight_clients_submit_ten_thousand_jobs_each(daemon, stubs):
    daemon.stub.PauseQueue(pb.PauseQueueRequest())
    pinger = Pinger(daemon)
    answers = all_at_once([lambda s=stub: s.SubmitJobs(submissions(10_000), timeout=120) for stub in stubs])
    longest = pinger.longest()
    ids = [job_id for answer in answers for job_id in answer.job_ids]
    assert len(set(ids)) == 80_000 and daemon.status().jobs.pending == 80_000
    assert longest < LONGEST_PING


def test_ten_thousand_jobs_are_retried_removed_listed_and_waited_for(daemon, stubs):
    daemon.stub.PauseQueue(pb.PauseQueueRequest())
    ids = list(daemon.stub.SubmitJobs(submissions(10_000), timeout=120).job_ids)
    for job_id in ids[:50]:
        daemon.stub.CancelJob(pb.CancelJobRequest(job_id=job_id))
    pinger = Pinger(daemon)
    # None of them matches, so that every row is looked at.
    lists = [s.ListJobs.future(pb.ListJobsRequest(command="diag.none"), timeout=90) for s in stubs for _ in range(50)]
    waits = [s.WaitJobs(pb.WaitJobsRequest(job_ids=ids), timeout=90) for s in stubs for _ in range(10)]
    refused = daemon.stub.RetryJob.future(pb.RetryJobRequest(job_ids=ids[::-1]), timeout=90)
    assert all(not answer.result().jobs for answer in lists)
    assert refused.code() == grpc.StatusCode.FAILED_PRECONDITION
    for wait in waits:
        wait.cancel()
    daemon.stub.CancelJob(pb.CancelJobRequest(job_id=ids[-1]))
    assert daemon.stub.RetryJob(pb.RetryJobRequest(job_ids=ids[:50]), timeout=90).retried == 50
    time.sleep(0.5)
    assert pinger.longest() < LONGEST_PING
    wait_until(lambda: daemon.status().jobs.pending == 9_999)


def test_large_payloads_are_reopened_without_being_read(daemon, stubs):
    daemon.stub.PauseQueue(pb.PauseQueueRequest())
    payload = json.dumps({"echo": "x" * 500_000})
    ids = [daemon.submit("diag.noop", json.loads(payload)) for _ in range(200)]
    for job_id in ids:
        daemon.stub.CancelJob(pb.CancelJobRequest(job_id=job_id))
    before = daemon.resident_bytes()
    pinger = Pinger(daemon)
    assert daemon.stub.RetryJob(pb.RetryJobRequest(job_ids=ids), timeout=90).retried == 200
    assert pinger.longest() < LONGEST_PING
    assert daemon.resident_bytes() - before < 64 << 20
    assert len(daemon.job(ids[0]).payload) > 500_000, "the payload is still there"
