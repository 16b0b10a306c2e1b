"""What one client asks for holds up no other: while large requests are under way, a `Ping` beside them is answered."""

import json
import re
import subprocess
import sys
import threading
import time
from pathlib import Path

import grpc
import pytest
from honeydew_daemon import pb, pb_grpc, wait_until
from turn_limit import assert_short_turns

pytestmark = pytest.mark.alone("it measures how long a Ping waits")

# The requests below took seconds in one turn each. A Ping also waits for its turn on the processors, which the clients of
# these tests keep busy.
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
    assert_short_turns(daemon)


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
    assert_short_turns(daemon)


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
    assert_short_turns(daemon)
    assert len(daemon.job(ids[0]).payload) > 500_000, "the payload is still there"


def varint(number):
    low, rest = number & 0x7F, number >> 7
    return bytes([low | 0x80]) + varint(rest) if rest else bytes([low])


def field(number, content):
    return varint(number << 3 | 2) + varint(len(content)) + content


SIZE = (4 << 20) - 100
LABELS = pb.SubmitJobRequest.DESCRIPTOR.fields_by_name["labels"].number
# What is small on the wire, and large where it is decoded. The second is one job with very many labels.
ATTACKS = [
    ("SubmitJobs", "jobs", lambda: b"\x0a\x00" * (SIZE // 2)),
    ("SubmitJobs", "labels", lambda: field(1, b"".join(
        field(LABELS, field(1, b"%x" % number)) for number in range(SIZE // 10)))),
    ("RetryJob", "job_ids", lambda: b"\x0a\x00" * (SIZE // 2)),
    ("WaitJobs", "job_ids", lambda: b"\x0a\x00" * (SIZE // 2)),
]


def peak(daemon):
    """The most memory that the daemon has had since it was last asked, in bytes."""
    line = next(x for x in (daemon.proc / "status").read_text().splitlines() if x.startswith("VmHWM:"))
    (daemon.proc / "clear_refs").write_text("5")
    return int(line.split()[1]) << 10


@pytest.mark.root("memory")
@pytest.mark.parametrize("method, name, make", ATTACKS, ids=[f"{a[0]}-{a[1]}" for a in ATTACKS])
def test_small_elements_do_not_become_much_memory(daemon, method, name, make):
    body = make()
    assert len(body) < 4 << 20
    options = [("grpc.max_send_message_length", -1), ("grpc.use_local_subchannel_pool", 1)]
    channels = [grpc.insecure_channel(f"unix:{daemon.socket}", options) for _ in range(6)]
    daemon.stub.Ping(pb.PingRequest())
    peak(daemon)
    before = daemon.resident_bytes()
    pinger = Pinger(daemon)

    def attack(channel):
        path = f"/honeydew.Daemon/{method}"
        with pytest.raises(grpc.RpcError) as info:
            if method == "WaitJobs":
                list(channel.unary_stream(path)(body, timeout=90))
            else:
                channel.unary_unary(path)(body, timeout=90)
        return info.value

    errors = all_at_once([lambda c=channel: attack(c) for channel in channels * 2])
    longest = pinger.longest()
    more = peak(daemon) - before
    for channel in channels:
        channel.close()
    # What has come of twelve requests of 4 MiB, and one that is decoded.
    print(f"{method} {name}: {more >> 20} MiB more at most, the longest Ping {1000 * longest:.1f} ms")
    assert more < (12 * 4 + 48) << 20, f"{more >> 20} MiB"
    for error in errors:
        assert error.code() == grpc.StatusCode.RESOURCE_EXHAUSTED, error
        assert re.search(rf"20000 elements together, and its field {name} goes over that with its element \d+", error.details())
        assert b"TOO_MANY_ELEMENTS" in dict(error.trailing_metadata())["grpc-status-details-bin"]
    assert longest < LONGEST_PING
    assert_short_turns(daemon)


def test_ten_thousand_jobs_with_a_label_each_are_no_attack(daemon):
    daemon.stub.PauseQueue(pb.PauseQueueRequest())
    labels = {"l": "v"}
    answer = daemon.stub.SubmitJobs(submissions(10_000, labels=labels), timeout=120)
    assert len(answer.job_ids) == 10_000


def test_a_cursor_that_is_none_costs_nothing(daemon):
    options = [("grpc.max_send_message_length", -1)]
    with grpc.insecure_channel(f"unix:{daemon.socket}", options) as channel:
        stub = pb_grpc.DaemonStub(channel)
        for list_all, request in [(stub.ListJobs, pb.ListJobsRequest), (stub.ListSchedules, pb.ListSchedulesRequest)]:
            for cursor in ("x" * 3_000_000, "?", "no cursor", "\u00e9"):
                with pytest.raises(grpc.RpcError) as info:
                    list_all(request(cursor=cursor), timeout=30)
                assert info.value.code() == grpc.StatusCode.INVALID_ARGUMENT
                assert info.value.details().startswith("cursor is not the next_cursor")
    assert_short_turns(daemon)
