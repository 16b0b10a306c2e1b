"""What `honeydew submit --from` sends, prints and says when it does not go well, against a daemon of canned answers."""

import json
import os
import re
import signal
import subprocess
import threading

import grpc
import pytest

from fake_daemon import Refusal, canned, pb  # noqa: F401
from honeydew_command import HONEYDEW, Terminal, environment, honeydew, outcome  # noqa: F401
from honeydew_daemon import wait_until


@pytest.fixture
def store(canned):
    """Every job that was submitted; answers ids that tell the order."""
    jobs = []

    def submit(request):
        start = len(jobs)
        jobs.extend(request.jobs)
        return pb.SubmitJobsResponse(job_ids=[f"id{start + index}" for index in range(len(request.jobs))])

    canned.answers["SubmitJobs"] = submit
    return jobs


def calls(canned):
    return [len(request.jobs) for name, request in canned.requests if name == "SubmitJobs"]


def lines(count, **fields):
    return "".join(json.dumps({"command": "diag.noop", "payload": {"n": n}, **fields}) + "\n" for n in range(count))


def test_the_jobs_of_a_file(canned, store, honeydew, tmp_path):
    path = tmp_path / "jobs.jsonl"
    path.write_text('{"command": "a.b", "payload": {"x": 1.0}, "priority": -5, "max_retries": 0, "timeout_ms": 90000, '
                    '"idempotency_key": "k", "environment": "e", "labels": {"team": "web"}, "delay_ms": 5}\n'
                    "\n"
                    '{"command": "c", "payload": "{ }", "run_at": "2026-01-31T12:00:00Z"}')
    result = honeydew("submit", "--from", str(path))
    assert outcome(result) == (0, "id0\nid1\n", "Submitted 2 jobs.\n")
    assert store == [
        pb.SubmitJobRequest(command="a.b", payload='{"x":1.0}', priority=-5, max_retries=0, timeout_ms=90_000,
                            idempotency_key="k", environment="e", labels={"team": "web"}, delay_ms=5),
        pb.SubmitJobRequest(command="c", payload="{ }", run_at="2026-01-31T12:00:00Z")]
    result = honeydew("submit", "--from", str(path), "--json")
    assert json.loads(result.stdout) == {"job_ids": ["id2", "id3"]}


def test_options_hold_for_lines_that_say_nothing_else(store, honeydew):
    result = honeydew("submit", "--from", "-", "--priority", "3", "--label", "a=1", "--label", "b=2", "--delay", "1m",
                      input='{"command": "c"}\n{"command": "d", "priority": 0, "labels": {"b": "3"}}\n')
    assert result.returncode == 0
    assert store == [pb.SubmitJobRequest(command="c", priority=3, labels={"a": "1", "b": "2"}, delay_ms=60_000),
                     pb.SubmitJobRequest(command="d", labels={"a": "1", "b": "3"}, delay_ms=60_000)]


def test_chunks_have_limits(canned, store, honeydew):
    result = honeydew("submit", "--from", "-", input=lines(2500))
    assert result.stdout.split() == [f"id{n}" for n in range(2500)] and result.stderr == "Submitted 2500 jobs.\n"
    assert calls(canned) == [1000, 1000, 500]
    assert [json.loads(job.payload)["n"] for job in store] == list(range(2500))
    canned.requests.clear()
    honeydew("submit", "--from", "-", input=lines(50, labels={"x": "y" * 100_000}))
    assert calls(canned) == [20, 20, 10]
    assert all(request.ByteSize() <= 2 << 20 for _, request in canned.requests)


def test_no_jobs(canned, honeydew):
    assert outcome(honeydew("submit", "--from", "-", input="\n\n")) == (0, "", "Submitted 0 jobs.\n")
    assert honeydew("submit", "--from", os.devnull, "--json").stdout == '{"job_ids":[]}\n'
    assert canned.requests == []


def test_a_bad_line_in_a_file_submits_nothing(canned, honeydew, tmp_path):
    path = tmp_path / "jobs.jsonl"
    path.write_text(lines(3000) + '{"command": "a", "prority": 1}\n' + lines(1))
    assert outcome(honeydew("submit", "--from", str(path))) == (
        2, "", 'honeydew: line 3001: a job has no field "prority"; did you mean priority?; nothing was submitted\n')
    with path.open() as file:
        result = subprocess.run([HONEYDEW, "submit", "--from", "-"], stdin=file, capture_output=True,
                                env={"HONEYDEW_SOCKET": canned.socket})
    assert result.returncode == 2 and result.stderr.endswith(b"nothing was submitted\n")
    assert canned.requests == []


def test_a_bad_line_in_a_pipe_says_what_is_stored(canned, store, honeydew):
    result = honeydew("submit", "--from", "-", input="\n" + lines(1500) + "{\n")
    assert (result.returncode, len(result.stdout.split()), len(store)) == (2, 1000, 1000)
    assert result.stderr == ("honeydew: line 1502: column 2: the text ends too early; 1000 jobs of lines 1 to 1001 were "
                             "submitted; go on from line 1002 with the same options: tail -n +1002 FILE | honeydew submit --from -\n")


def test_a_line_without_end(canned, honeydew):
    result = honeydew("submit", "--from", "-", input=lines(1) + "x" * (5 << 20))
    assert result.returncode == 2
    assert result.stderr == "honeydew: line 2 is longer than 4194304 bytes; nothing was submitted\n"


def refuse_after(canned, count, refusal):
    """Answers so many calls, and refuses what comes then."""
    def submit(request):
        if len(calls(canned)) > count:
            return refusal
        return pb.SubmitJobsResponse(job_ids=["id"] * len(request.jobs))

    canned.answers["SubmitJobs"] = submit


@pytest.mark.parametrize("stored, account", [
    (0, "nothing was submitted"),
    (1, "1000 jobs of lines 1 to 1000 were submitted; go on from line 1001 with the same options: "
        "tail -n +1001 {path} | honeydew submit --from -"),
])
def test_a_refused_chunk(canned, honeydew, tmp_path, stored, account):
    path = tmp_path / "jobs.jsonl"
    path.write_text(lines(3000))
    refuse_after(canned, stored, Refusal(grpc.StatusCode.INVALID_ARGUMENT, "jobs[41].command is not known; see x",
                                         "UNKNOWN_COMMAND"))
    result = honeydew("submit", "--from", str(path))
    assert (result.returncode, len(result.stdout.split())) == (2, 1000 * stored)
    assert result.stderr == (
        f"honeydew: line {1000 * stored + 42}: command is not known; see x; {account.format(path=path)}\n")
    refuse_after(canned, 0, Refusal(grpc.StatusCode.ALREADY_EXISTS, "jobs[1] has the key of another job", "KEY_IN_USE"))
    assert honeydew("submit", "--from", str(path), "--json").stdout == '{"job_ids":[]}\n'


@pytest.mark.parametrize("stored, account", [
    (0, "whether lines 1 to 1000 were submitted is not known: repeat the command where each line has an idempotency_key"),
    (2, "2000 jobs of lines 1 to 2000 were submitted; whether lines 2001 to 3000 were submitted is not known; "
        "go on from line 2001 with the same options, where each line has an idempotency_key: tail -n +2001 {path} | honeydew submit --from -"),
])
def test_a_chunk_of_which_nothing_is_known(canned, honeydew, tmp_path, stored, account):
    path = tmp_path / "jobs.jsonl"
    path.write_text(lines(3000))
    refuse_after(canned, stored, Refusal(grpc.StatusCode.UNAVAILABLE, "the store is down", "STORE_UNAVAILABLE"))
    assert honeydew("submit", "--from", str(path)).stderr == (
        f"honeydew: the store is down; {account.format(path=path)}\n")


def test_a_daemon_that_goes_away(canned, honeydew, tmp_path):
    path = tmp_path / "jobs.jsonl"
    path.write_text(lines(2000))
    is_over = threading.Event()

    def submit(request):
        if len(calls(canned)) > 1:
            canned.server.stop(grace=0)
            is_over.wait(20)
        return pb.SubmitJobsResponse(job_ids=["id"] * len(request.jobs))

    canned.answers["SubmitJobs"] = submit
    result = honeydew("submit", "--from", str(path))
    is_over.set()
    assert "1000 jobs of lines 1 to 1000 were submitted; whether lines 1001 to 2000 were submitted is not known" in result.stderr
    assert result.returncode != 0 and result.stderr.count("\n") == 1


def test_interrupting_a_chunk(canned, environment, tmp_path):
    path = tmp_path / "jobs.jsonl"
    path.write_text(lines(2000))
    waiting = threading.Event()

    def submit(request):
        if len(calls(canned)) > 1:
            waiting.set()
            return canned.hang(request)
        return pb.SubmitJobsResponse(job_ids=["id"] * len(request.jobs))

    canned.answers["SubmitJobs"] = submit
    process = subprocess.Popen([HONEYDEW, "submit", "--from", path], env=environment, stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert waiting.wait(20)
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=20)
    assert process.returncode == 130 and len(output.split()) == 1000
    assert errors.startswith("honeydew: interrupted; 1000 jobs of lines 1 to 1000 were submitted; whether lines 1001 to "
                             "2000 were submitted is not known; ")


def test_a_pipe_of_any_length_needs_memory_for_a_few_lines(store, environment):
    blank = b" " * 60_000 + b"\n"
    process = subprocess.Popen([HONEYDEW, "submit", "--from", "-"], env=environment, stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE)
    for _ in range(1000):
        process.stdin.write(blank)
    process.stdin.flush()
    status = open(f"/proc/{process.pid}/status").read()
    assert int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) < 40_000
    process.communicate(lines(1).encode(), timeout=20)
    assert process.returncode == 0 and len(store) == 1


@pytest.mark.parametrize("rest", ["", '{"command": "diag.'])
def test_interrupting_what_comes_through_a_pipe(store, environment, rest):
    process = subprocess.Popen([HONEYDEW, "submit", "--from", "-", "--json"], env=environment, stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    process.stdin.write(lines(3) + rest)
    process.stdin.flush()
    wait_until(lambda: len(store) == 3)
    process.send_signal(signal.SIGINT)
    assert process.wait(20) == 130
    assert json.loads(process.stdout.read()) == {"job_ids": ["id0", "id1", "id2"]}
    error = json.loads(process.stderr.read())
    assert error["reason"] == "INTERRUPTED" and error["message"].startswith(
        "interrupted; 3 jobs of lines 1 to 3 were submitted; go on from line 4 with the same options: ")


def test_what_comes_slowly_through_a_pipe_is_not_kept_waiting(store, environment):
    process = subprocess.Popen([HONEYDEW, "submit", "--from", "-"], env=environment, stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, text=True)
    for number in range(3):
        process.stdin.write(lines(1))
        process.stdin.flush()
        assert process.stdout.readline() == f"id{number}\n"
    assert process.communicate(timeout=20)[0] == "" and process.returncode == 0 and len(store) == 3


@pytest.mark.parametrize("source", ["file", "pipe"])
def test_a_progress_bar_on_a_terminal(canned, environment, tmp_path, source):
    path = tmp_path / "jobs.jsonl"
    path.write_text(lines(3000))
    goes_on = threading.Event()

    def submit(request):
        if len(calls(canned)) == 2:
            threading.Event().wait(0.2)  # longer than the bar rests between two drawings
        if len(calls(canned)) == 3:
            goes_on.wait(20)
        return pb.SubmitJobsResponse(job_ids=["id"] * len(request.jobs))

    canned.answers["SubmitJobs"] = submit
    shell = {"file": '"$0" submit --from "$1" --json', "pipe": 'cat "$1" | "$0" submit --from - --json'}[source]
    terminal = Terminal(environment, "-c", shell, HONEYDEW, path, program="/bin/sh")
    terminal.read_until("submitted 2000 jobs")
    goes_on.set()
    assert terminal.finish() == 0
    bar = re.search("\r━+┄+  6[0-9]% submitted 2000 jobs\x1b", terminal.text)
    assert (bar is not None) == (source == "file")
    assert terminal.text.endswith("Submitted 3000 jobs.\r\n") and "\r\x1b[K" in terminal.text


def test_ids_that_cannot_be_written(canned, store, environment, tmp_path):
    path = tmp_path / "the jobs.jsonl"
    path.write_text(lines(1500))
    with open("/dev/full", "w") as full:
        result = subprocess.run([HONEYDEW, "submit", "--from", path], env=environment, stdout=full,
                                stderr=subprocess.PIPE, text=True)
    assert result.returncode == 1 and len(store) == 1000
    assert result.stderr == (
        "honeydew: cannot write the output: No space left on device; 1000 jobs of lines 1 to 1000 were submitted; go on "
        f"from line 1001 with the same options: tail -n +1001 '{path}' | honeydew submit --from -\n")


def test_no_progress_bar_where_nobody_watches(canned, store, honeydew, environment, tmp_path):
    path = tmp_path / "jobs.jsonl"
    path.write_text(lines(3000))
    assert honeydew("submit", "--from", str(path)).stderr == "Submitted 3000 jobs.\n"
    terminal = Terminal({**environment, "TERM": "dumb"}, "submit", "--from", path)
    assert terminal.finish() == 0 and "━" not in terminal.text


@pytest.mark.parametrize("arguments, message", [
    ([], "COMMAND is missing: honeydew submit [COMMAND] [JSON | KEY=VALUE ...] [options]"),
    (["diag.noop", "--from", "f"], '--from takes the jobs from a file; leave out "diag.noop"'),
    (["--from", "f", "--key", "k"],
     "--key names one job; give each line of --from an idempotency_key of its own"),
    (["--from", "f", "--wait-timeout", "1s"], "--wait-timeout limits the wait of --wait; give that too"),
    (["diag.noop", "--at", "2026-01-31", "--delay", "1s"],
     "--delay and --at both say when the job may run; give one of them"),
])
def test_usage(canned, honeydew, arguments, message):
    assert outcome(honeydew("submit", *arguments)) == (2, "", f"honeydew: {message}\n")
    assert canned.requests == []


def test_a_file_that_cannot_be_read(canned, honeydew, tmp_path):
    assert outcome(honeydew("submit", "--from", str(tmp_path / "none"))) == (
        1, "", f"honeydew: cannot read {tmp_path}/none: No such file or directory\n")
    assert outcome(honeydew("submit", "--from", str(tmp_path))) == (
        1, "", f"honeydew: cannot read {tmp_path}: Is a directory\n")
