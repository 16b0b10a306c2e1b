"""A real worker, driven frame by frame: it pulls jobs, answers each once, and follows orders."""

from __future__ import annotations

import json
import os
import signal
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from worker_process import BINARIES, Closed, Worker, pb

JOB = "abcdefghijklm"


@pytest.fixture
def worker() -> Iterator[Worker]:
    with Worker() as worker:
        yield worker


@pytest.fixture
def free_worker() -> Iterator[Worker]:
    """A worker without its sandbox, which starts no programs."""
    with Worker("--sandbox", "off") as worker:
        yield worker


def wait_until(condition) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def is_gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return True


# -- the protocol


def test_ready_tells_version_and_usage(worker):
    assert worker.ready.protocol_version == 3 and worker.ready.version
    assert 1 << 20 < worker.ready.usage.resident_bytes < 64 << 20
    assert worker.ready.usage.cpu_microseconds > 0


@pytest.mark.alone("it measures processor time")
def test_an_idle_worker_uses_no_processor_time(worker):
    def ticks() -> int:
        return sum(map(int, Path(f"/proc/{worker.pid}/stat").read_text().rsplit(")", 1)[1].split()[11:13]))

    worker.do("diag.noop")
    before = ticks()
    worker.assert_silent(2)
    assert ticks() == before


def test_one_job_after_the_other(worker):
    for number in range(200):
        payload = json.dumps({"echo": f"grüße {number}"})
        result = worker.do("diag.noop", payload, job_id=f"job{number}", attempt=number + 1)
        assert (result.job_id, result.attempt) == (f"job{number}", number + 1)
        assert json.loads(result.data) == {"echo": f"grüße {number}"}


def test_a_result_asks_for_the_next_job_and_tells_the_usage(worker):
    worker.run("diag.sleep", '{"ms": 1100}')
    usage = worker.result().usage
    assert usage.resident_bytes > 1 << 20 and usage.cpu_microseconds >= worker.ready.usage.cpu_microseconds
    worker.assert_silent(0.3)


def test_the_ack_and_the_next_job_may_come_in_one_write(worker):
    worker.run("diag.noop")
    for attempt in range(1, 100):
        assert worker.result().attempt == attempt
        ack = pb.ToWorker(ack=pb.Ack(job_id=JOB, attempt=attempt))
        run = pb.ToWorker(run=pb.Run(job_id=JOB, attempt=attempt + 1, command="diag.noop", payload="{}"))
        frames = [ack.SerializeToString(), run.SerializeToString()]
        worker.send_bytes(b"".join(struct.pack("<I", len(frame)) + frame for frame in frames))
        worker.expect("started")


def test_a_frame_may_come_in_pieces(worker):
    data = pb.ToWorker(run=pb.Run(job_id=JOB, attempt=1, command="diag.noop", payload="{}")).SerializeToString()
    for byte in struct.pack("<I", len(data)) + data:
        worker.send_bytes(bytes([byte]))
        time.sleep(0.001)
    worker.expect("started")
    assert worker.result().data == b"{}"


def test_the_largest_payload(worker):
    payload = json.dumps({"echo": "x" * ((512 << 10) - 12)})
    assert len(payload) == 512 << 10
    result = worker.do("diag.noop", payload)
    assert json.loads(worker.spooled) == json.loads(payload)
    assert result.spooled.size == len(worker.spooled)


def test_fields_of_a_newer_daemon_are_passed_over(worker):
    run = pb.Run(job_id=JOB, attempt=1, command="diag.noop", payload="{}").SerializeToString()
    run += b"\xfa\x3f\x03new"
    data = b"\x0a" + bytes([len(run)]) + run
    worker.send_bytes(struct.pack("<I", len(data)) + data)
    worker.expect("started")
    assert worker.result().data == b"{}"


def test_exit_while_idle(worker):
    worker.send_exit()
    assert worker.wait() == 0
    assert worker.errors == ""


def test_exit_after_the_job(worker):
    worker.run("diag.sleep", '{"ms": 300}')
    worker.send_exit()
    assert worker.result().data == b"{}"
    worker.send(ack=pb.Ack(job_id=JOB, attempt=1))
    assert worker.wait() == 0


def test_the_end_of_the_channel_while_idle(worker):
    worker.channel.close()
    assert worker.wait() == 0
    assert worker.errors == ""


def test_the_end_of_the_channel_in_mid_job(worker):
    worker.run("diag.sleep", '{"ms": 60000}')
    worker.channel.close()
    assert worker.wait() == 0


@pytest.mark.parametrize(
    "data",
    [
        b"\0\0\0\0",
        b"\xff\xff\xff\x7f",
        b"GET / HTTP/1.1\r\n\r\n",
        b"\x04\0\0\0\xff\xff\xff\xff",
        b"\x02\0\0\0\x7a\x00",
        struct.pack("<I", 4) + pb.ToWorker(ack=pb.Ack()).SerializeToString() + b"\0\0",
    ],
    ids=["empty", "oversized", "HTTP", "undecodable", "unknown message", "trailing bytes"],
)
def test_garbage_of_the_daemon_ends_the_worker(worker, data):
    worker.send_bytes(data)
    assert worker.wait() == 70
    assert worker.errors.startswith("honeydew-worker: the daemon sent ")


def test_frames_out_of_turn_end_the_worker(worker):
    worker.run("diag.sleep", '{"ms": 60000}')
    worker.send(run=pb.Run(job_id="nnnnnnnnnnnnn", attempt=1, command="diag.noop", payload="{}"))
    assert worker.wait() == 70


def test_half_a_frame_does_not_stop_the_job(worker):
    worker.run("diag.sleep", '{"ms": 200}')
    worker.send_bytes(b"\x10\0\0\0\x0a")
    assert worker.result().data == b"{}"


def test_sigkill_of_the_daemon_takes_the_worker_along():
    source = "import sys; sys.path.insert(0, sys.argv[1]); from worker_process import Worker; import time\n"
    source += "w = Worker(); w.run('diag.hang', '{\"ignoreTerm\": true}'); print(w.pid, flush=True); time.sleep(60)"
    daemon = subprocess.Popen(
        [sys.executable, "-c", source, Path(__file__).parent], stdout=subprocess.PIPE, text=True
    )
    pid = int(daemon.stdout.readline())
    daemon.kill()
    daemon.wait()
    daemon.stdout.close()
    wait_until(lambda: is_gone(pid))


# -- cancel, time limit, heartbeat


def test_cancel_ends_the_job(worker):
    worker.run("diag.sleep", '{"ms": 60000}')
    worker.cancel()
    result = worker.result(timeout=2)
    assert result.failure.code == "CANCELLED"
    worker.acknowledge()
    assert worker.do("diag.noop").data == b"{}"


def test_cancel_of_another_attempt_changes_nothing(worker):
    worker.run("diag.sleep", '{"ms": 200}', attempt=2)
    worker.cancel(attempt=1)
    worker.cancel(job_id="nnnnnnnnnnnnn", attempt=2)
    assert worker.result().data == b"{}"


def test_a_cancel_that_crosses_the_result_is_passed_over(worker):
    worker.run("diag.noop")
    worker.result()
    worker.cancel()
    worker.acknowledge()
    worker.cancel()
    assert worker.do("diag.noop", attempt=2).data == b"{}"


def test_the_worker_keeps_the_time_limit_itself(worker):
    began = time.monotonic()
    result = worker.do("diag.sleep", '{"ms": 60000}', timeout_ms=400)
    assert 0.4 <= time.monotonic() - began < 3
    assert result.failure.code == "TIMEOUT"
    assert "400 ms" in result.failure.text


@pytest.mark.alone("the limit of time is tight")
def test_heartbeats_while_a_job_runs(worker):
    worker.run("diag.sleep", '{"ms": 11000}')
    began = time.monotonic()
    for number in (1, 2):
        beat = worker.expect("heartbeat")
        assert (beat.job_id, beat.attempt) == (JOB, 1)
        assert beat.usage.resident_bytes > 1 << 20
        assert abs(time.monotonic() - began - 5 * number) < 1
    assert worker.expect("result").data == b"{}"


# -- what cannot be run


@pytest.mark.parametrize(
    ("command", "payload", "code"),
    [
        ("diag.nothing", "{}", "UNKNOWN_COMMAND"),
        ("", "{}", "UNKNOWN_COMMAND"),
        ("diag.sleep", "{}", "INVALID_PAYLOAD"),
        ("diag.sleep", "[]", "INVALID_PAYLOAD"),
        ("diag.sleep", "", "INVALID_PAYLOAD"),
        ("diag.sleep", '{"ms": "1"}', "INVALID_PAYLOAD"),
        ("diag.noop", '{"eco": 1}', "INVALID_PAYLOAD"),
        ("organizations.list", "{}", "PROTOCOL_ERROR"),
    ],
)
def test_what_this_worker_cannot_run_is_an_answer(worker, command, payload, code):
    worker.send(run=pb.Run(job_id=JOB, attempt=1, command=command, payload=payload))
    failure = worker.expect("result").failure
    assert (failure.code, failure.not_sent) == (code, True)
    worker.acknowledge()
    assert worker.do("diag.noop").data == b"{}"


# -- diagnostics


def test_fail(worker):
    payload = {
        "code": "RATE_LIMITED", "text": "slowly", "retryAfterMs": 1500, "notSent": True, "permanent": True,
    }
    failure = worker.do("diag.fail", json.dumps(payload)).failure
    assert (failure.code, failure.text, failure.retry_after_ms) == ("RATE_LIMITED", "slowly", 1500)
    assert failure.not_sent and failure.permanent
    assert worker.do("diag.fail", '{"succeedAfter": 2}', attempt=2).failure.code == "API_ERROR"
    assert worker.do("diag.fail", '{"succeedAfter": 2}', attempt=3).data == b"{}"


@pytest.mark.parametrize(
    ("payload", "status"),
    [
        ({}, -signal.SIGKILL),
        ({"how": "kill", "afterMs": 100}, -signal.SIGKILL),
        ({"how": "abort"}, -signal.SIGABRT),
        ({"how": "exit"}, 0),
        ({"how": "exit", "exitCode": 3}, 3),
    ],
)
def test_crash(worker, payload, status):
    worker.run("diag.crash", json.dumps(payload))
    assert worker.wait() == status


def test_a_misbehaviour_ends_with_the_attempt_named(worker):
    for command, payload in [
        ("diag.crash", {}), ("diag.hang", {}), ("diag.leak", {}), ("diag.garbage", {"kind": "half"}),
        ("diag.grandchild", {"hang": True}),
    ]:
        assert worker.do(command, json.dumps({**payload, "untilAttempt": 1}), attempt=2).data == b"{}"


@pytest.mark.parametrize("spin", [False, True])
def test_hang_is_deaf_and_silent(worker, spin):
    worker.run("diag.hang", json.dumps({"ignoreTerm": True, "spin": spin}), timeout_ms=100)
    worker.cancel()
    worker.send_exit()
    time.sleep(0.3)
    os.kill(worker.pid, signal.SIGTERM)
    worker.assert_silent(0.3)
    os.kill(worker.pid, signal.SIGKILL)
    assert worker.wait() == -signal.SIGKILL


def test_leak(worker):
    result = worker.do("diag.leak", '{"mb": 64}')
    assert result.data == b"{}"
    worker.run("diag.leak")
    wait_until(lambda: int(Path(f"/proc/{worker.pid}/statm").read_text().split()[1]) * 4096 > 100 << 20)
    worker.cancel()
    assert worker.result(timeout=5).failure.code == "CANCELLED"


@pytest.mark.parametrize("kind", ["random", "half", "oversized", "empty", "wrongJob", "undecodable"])
def test_garbage(worker, kind):
    worker.run("diag.garbage", json.dumps({"kind": kind}))
    if kind == "wrongJob":
        assert worker.result().job_id != JOB
    elif kind == "half":
        with pytest.raises(TimeoutError):
            worker.receive(timeout=0.5)
    elif kind != "random":
        with pytest.raises(Exception, match=r"a frame of \d+ bytes|Error parsing|wire format|parse"):
            worker.receive()
    os.kill(worker.pid, 0)


@pytest.mark.parametrize("options", [{}, {"ignoreTerm": True}, {"holdChannel": True}, {"ownGroup": True}], ids=str)
def test_grandchild_outlives_the_worker(free_worker, options):
    worker = free_worker
    pid = json.loads(worker.do("diag.grandchild", json.dumps({**options, "ms": 30000})).data)["pid"]
    try:
        assert (os.getpgid(pid) == worker.pid) == ("ownGroup" not in options)
        wait_until(lambda: b"sleep" in Path(f"/proc/{pid}/cmdline").read_bytes())
        worker.send_exit()
        assert worker.wait() == 0
        assert not is_gone(pid)
        if "holdChannel" in options:
            worker.assert_silent(0.2)
        else:
            with pytest.raises(Closed):
                worker.receive()
        os.kill(pid, signal.SIGTERM)
        if "ignoreTerm" in options:
            time.sleep(0.2)
            assert not is_gone(pid)
            os.kill(pid, signal.SIGKILL)
        wait_until(lambda: is_gone(pid))
    finally:
        if not is_gone(pid):
            os.kill(pid, signal.SIGKILL)


# -- the process


def test_nobody_can_look_into_a_worker(worker):
    assert "NoNewPrivs:\t1" in Path(f"/proc/{worker.pid}/status").read_text()
    assert "Max core file size        0 " in Path(f"/proc/{worker.pid}/limits").read_text()


def test_a_person_is_sent_to_the_daemon():
    for arguments in [], ["--help"], ["what"]:
        ended = subprocess.run([BINARIES / "honeydew-worker", *arguments], capture_output=True, text=True, timeout=20)
        text = "honeydew-worker: the daemon starts this program; run honeydewd\n"
        assert (ended.returncode, ended.stdout, ended.stderr) == (2, "", text)
    version = subprocess.run([BINARIES / "honeydew-worker", "--version"], capture_output=True, text=True, timeout=20)
    assert version.returncode == 0 and version.stdout.startswith("honeydew-worker ")
