"""ReadOutput: what a local command has written, from any place, and as it is written."""

import threading
import time

import grpc
import pytest

from honeydew_daemon import pb, wait_until


def shell(daemon, script, **fields):
    return daemon.submit("local.exec", {"argv": ["/bin/sh", "-c", script]}, **fields)


def read(daemon, job, timeout=30, **fields):
    request = pb.ReadOutputRequest(job_id=job, **fields)
    return list(daemon.stub.ReadOutput(request, timeout=timeout))


def text(chunks, stream=b"stdout"):
    """The raw bytes of a stream. Of two streams nobody knows which was written first."""
    out = b""
    for record in b"".join(chunk.data for chunk in chunks).splitlines():
        _, of, kind, *line = record.split(b" ", 3)
        if of == stream:
            out += (line[0] if line else b"") + (b"\n" if kind == b"F" else b"")
    return out


def test_a_finished_output_is_read_whole_and_from_any_place(daemon):
    job = shell(daemon, "seq 1 20000; echo end >&2")
    assert daemon.wait_one(job).status == "completed"
    whole = read(daemon, job)
    assert len(whole) > 1 and all(chunk.attempt == 1 for chunk in whole)
    data = b"".join(chunk.data for chunk in whole)
    assert text(whole) == b"".join(b"%d\n" % n for n in range(1, 20001)) and text(whole, b"stderr") == b"end\n"
    assert [chunk.offset for chunk in whole] == [sum(len(c.data) for c in whole[:n]) for n in range(len(whole))]
    assert b"".join(chunk.data for chunk in read(daemon, job, offset=1000)) == data[1000:]
    assert b"".join(chunk.data for chunk in read(daemon, job, offset=-100)) == data[-100:]
    for beyond in (len(data), 10 ** 15, 2 ** 63 - 1):
        assert read(daemon, job, offset=beyond) == []
    assert b"".join(chunk.data for chunk in read(daemon, job, offset=-(2 ** 63))) == data
    assert b"".join(chunk.data for chunk in read(daemon, job, offset=-(10 ** 15))) == data


def test_an_output_is_followed_until_its_attempt_ends(daemon):
    job = shell(daemon, "echo one; sleep 0.5; echo two; sleep 0.5; echo three")
    seen = []
    for chunk in daemon.stub.ReadOutput(pb.ReadOutputRequest(job_id=job, follow=True), timeout=30):
        seen.append((time.monotonic(), text([chunk])))
    assert b"".join(part for _, part in seen) == b"one\ntwo\nthree\n" and seen[-1][0] - seen[0][0] > 0.8
    assert daemon.job(job).status == "completed"
    # A follower of what has ended ends at once.
    assert text(read(daemon, job, follow=True, timeout=5)) == b"one\ntwo\nthree\n"


def test_a_job_that_has_not_begun_is_followed_from_its_beginning_or_to_its_cancellation(daemon):
    later = shell(daemon, "echo late", delay_ms=700)
    assert text(read(daemon, later, follow=True)) == b"late\n"
    never = shell(daemon, "echo never", delay_ms=3_600_000)
    assert read(daemon, never) == []
    stopped = threading.Timer(0.3, lambda: daemon.stub.CancelJob(pb.CancelJobRequest(job_id=never), timeout=10))
    stopped.start()
    assert read(daemon, never, follow=True, timeout=20) == []


def test_what_a_cancelled_command_still_writes_is_followed(daemon):
    job = shell(daemon, "trap 'echo bye; exit' TERM; echo ready; while :; do sleep 0.1; done")
    wait_until(lambda: text(read(daemon, job)) == b"ready\n", what="the command")
    stopped = threading.Timer(0.2, lambda: daemon.stub.CancelJob(pb.CancelJobRequest(job_id=job), timeout=10))
    stopped.start()
    assert text(read(daemon, job, follow=True)) == b"ready\nbye\n"


def test_each_attempt_has_its_own_output(daemon):
    job = shell(daemon, "echo $HONEYDEW_ATTEMPT; test $HONEYDEW_ATTEMPT = 2", max_retries=1)
    wait_until(lambda: daemon.job(job).status == "completed", what="the second attempt")
    assert text(read(daemon, job, attempt=1)) == b"1\n" and text(read(daemon, job)) == b"2\n"
    with pytest.raises(grpc.RpcError) as error:
        read(daemon, job, attempt=3)
    assert error.value.code() == grpc.StatusCode.INVALID_ARGUMENT
    # An attempt that failed keeps what it reported.
    assert '"exit_status":1' in daemon.job(job).history[0].report


def test_an_output_that_is_too_long_is_read_from_where_it_is_left(make_daemon):
    daemon = make_daemon()
    with open(daemon.home / "config.yaml", "a") as file:
        file.write("local: {max_output_mb: 1}\n")
    daemon.start()
    job = shell(daemon, "yes 0123456789 | head -c 4000000")
    chunks = read(daemon, job, follow=True)
    assert daemon.wait_one(job).status == "completed"
    rest = read(daemon, job)
    kept = sum(len(chunk.data) for chunk in rest)
    assert 512 << 10 <= kept <= (1 << 20) + 200 and rest[0].offset > 1 << 20
    end = rest[-1].offset + len(rest[-1].data)
    assert b"".join(c.data for c in read(daemon, job, offset=-1000)) == b"".join(c.data for c in rest)[-1000:]
    # Who followed has seen the same end.
    assert chunks[-1].offset + len(chunks[-1].data) == end
    assert '"output_dropped_bytes":' in daemon.job(job).result


def test_outputs_go_with_their_jobs(daemon):
    jobs = [shell(daemon, "echo x") for _ in range(5)]
    daemon.wait(*jobs)
    assert len(list((daemon.home / "output").iterdir())) == 5
    daemon.stub.RemoveJobs(pb.RemoveJobsRequest(job_ids=jobs[:4]), timeout=10)
    wait_until(lambda: len(list((daemon.home / "output").iterdir())) == 1, what="the files' end")
    (daemon.home / "output" / "aaaaaaaaaaaaa.1").write_text("of a job that is gone")
    (daemon.home / "output" / "notes.txt").write_text("of somebody else")
    daemon.stop()
    daemon.start()
    assert {path.name for path in (daemon.home / "output").iterdir()} == {f"{jobs[4]}.1", "notes.txt"}


@pytest.mark.parametrize("text", [
    b"", b"\n", b"garbage", b"2026-11-28T00:00:00.000000000Z note F output from byte 18446744073709551615\n",
    b"2026-11-28T00:00:00.000000000Z note F output from byte -1\n", bytes(range(256)) * 300,
])
def test_a_file_that_somebody_has_changed_harms_nothing(daemon, text):
    job = shell(daemon, "echo x")
    daemon.wait(job)
    (daemon.home / "output" / f"{job}.1").write_bytes(text)
    for offset in (0, 10, -10, -(2 ** 63)):
        read(daemon, job, offset=offset)
    (daemon.home / "output" / f"{job}.1.old").mkdir()
    read(daemon, job)
    assert daemon.wait_one(shell(daemon, "true")).status == "completed"


@pytest.mark.parametrize("make, code", [
    (lambda daemon: daemon.submit("diag.noop"), grpc.StatusCode.FAILED_PRECONDITION),
    (lambda daemon: "nosuch", grpc.StatusCode.NOT_FOUND),
])
def test_what_has_no_output_says_so(daemon, make, code):
    with pytest.raises(grpc.RpcError) as error:
        read(daemon, make(daemon))
    assert error.value.code() == code


def test_a_signal_reaches_the_command_and_only_one_that_runs(daemon):
    job = shell(daemon, "trap 'echo usr1; exit 7' USR1; echo ready; while :; do sleep 0.1; done")
    wait_until(lambda: text(read(daemon, job)) == b"ready\n", what="the command")
    daemon.stub.SignalJob(pb.SignalJobRequest(job_id=job, signal=10), timeout=10)
    ended = daemon.wait_one(job)
    assert ended.error_code == "EXIT_STATUS" and text(read(daemon, job)) == b"ready\nusr1\n"
    for target, number, code in [(job, 10, grpc.StatusCode.FAILED_PRECONDITION), (job, 0, grpc.StatusCode.INVALID_ARGUMENT),
                                 (job, 65, grpc.StatusCode.INVALID_ARGUMENT), ("nosuch", 1, grpc.StatusCode.NOT_FOUND)]:
        with pytest.raises(grpc.RpcError) as error:
            daemon.stub.SignalJob(pb.SignalJobRequest(job_id=target, signal=number), timeout=10)
        assert error.value.code() == code


def test_many_followers_of_one_output_cost_the_others_nothing(daemon):
    job = shell(daemon, "sleep 60")
    calls = [daemon.stub.ReadOutput(pb.ReadOutputRequest(job_id=job, follow=True), timeout=60) for _ in range(90)]
    for call in calls:
        call.initial_metadata()
    noisy = shell(daemon, "seq 1 100000")
    assert daemon.wait_one(noisy).status == "completed"
    daemon.stub.CancelJob(pb.CancelJobRequest(job_id=job), timeout=10)
    assert all(list(call) == [] for call in calls)
