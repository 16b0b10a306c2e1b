"""The commands of local commands against a daemon of canned answers: what is sent, and what is made of the answers."""

import json
import os
import signal
import subprocess

import grpc
import pytest

from fake_daemon import Refusal, canned, pb  # noqa: F401
from honeydew_command import HONEYDEW, Terminal, begin, environment, honeydew, outcome  # noqa: F401

JOB = "k3v9m2x7aaaaa"


def job(status="completed", attempts=1, **fields):
    report = fields.pop("report", {"exit_status": 0, "wall_ms": 1200, "cpu_ms": 300, "max_resident_bytes": 5_000_000})
    history = [pb.Attempt(attempt=number, outcome=status, report=json.dumps(report),
                          started_at="2026-01-02T03:04:05.000Z", ended_at="2026-01-02T03:04:06.200Z")
               for number in range(1, attempts + 1)]
    return pb.JobStatus(**{"job_id": JOB, "command": "local.exec", "status": status, "attempts": attempts,
                           "title": "make test", "cwd": "/srv", "history": history,
                           "created_at": "2026-01-02T03:04:05.000Z", **fields})


def failed(code, text, **fields):
    return job("failed", error=f"{code}: {text}", error_code=code, **fields)


def records(*lines, attempt=1, offset=0):
    """Output as the daemon sends it, in chunks that end anywhere."""
    data = b"".join(b"2026-01-02T03:04:05.000000%03d %s %s %s\n" % (number, stream.encode(), kind.encode(), text)
                    for number, (stream, kind, text) in enumerate(lines))
    return [pb.ReadOutputResponse(attempt=attempt, offset=offset + start, data=data[start:start + 17])
            for start in range(0, len(data), 17)]


OUTPUT = records(("stdout", "F", b"one"), ("stderr", "F", b"two"), ("stdout", "P", b"thr"), ("stdout", "F", b"ee"))


@pytest.fixture
def local(canned):
    canned.answers["SubmitJob"] = pb.SubmitJobResponse(job_id=JOB)
    canned.answers["ReadOutput"] = OUTPUT
    canned.answers["GetJobStatus"] = job()
    canned.answers["WaitJobs"] = [job(history=[])]
    canned.answers["CancelJob"] = pb.CancelJobResponse(job_id=JOB, cancelled=1)
    canned.answers["RetryJob"] = pb.RetryJobResponse(retried=1)
    return canned


def payload(local):
    return json.loads(local.request("SubmitJob").payload)


def test_run_passes_both_streams_on(local, honeydew, tmp_path):
    assert outcome(honeydew("run", "true")) == (0, "one\nthree\n", "two\n")
    request = local.request("SubmitJob")
    assert (request.command, request.pool, request.HasField("max_retries"), request.HasField("timeout_ms")) == (
        "local.exec", "", False, False)
    assert payload(local)["argv"] == ["true"] and payload(local)["cwd"] == os.getcwd()


def test_what_stands_behind_the_program_is_its_own(local, honeydew):
    assert honeydew("run", "-q", "echo", "--json", "-q", "--", "-n", "").returncode == 0
    assert payload(local)["argv"] == ["echo", "--json", "-q", "--", "-n", ""]
    assert honeydew("run", "--", "echo", "--help").stdout == "one\nthree\n"
    assert payload(local)["argv"] == ["echo", "--help"]


def test_the_caller_s_environment_goes_along(local, environment):
    variables = {**environment, "A": "b=c\n", "EMPTY": "", "HONEYDEW_MARK": "x", "HONEYDEW_JOB_ID": "y", "_": "z"}
    result = subprocess.run([HONEYDEW, "add", "--env", "B=1", "--env", "A=2", "true"],
                            env={**{os.fsencode(k): os.fsencode(v) for k, v in variables.items()}, b"RAW": b"\xff"},
                            capture_output=True, text=True)
    assert outcome(result) == (0, JOB + "\n", "Left out of its environment, because no UTF-8: RAW\n")
    assert payload(local)["env"] == {**environment, "EMPTY": "", "B": "1", "A": "2"}


def test_a_clear_environment_has_what_is_named(local, honeydew, environment):
    assert honeydew("add", "--env-clear", "--env", "PATH", "--env", "X=y", "true").returncode == 0
    assert payload(local)["env"] == {"PATH": environment["PATH"], "X": "y"}
    result = honeydew("add", "--env", "NO_SUCH", "true")
    assert (result.returncode, result.stderr) == (
        2, "honeydew: --env NO_SUCH: there is no such variable here; give it a value with --env NO_SUCH=VALUE\n")


def test_every_option_is_sent(local, honeydew, tmp_path):
    (tmp_path / "in").write_bytes(b"\0\xff")
    words = ("--shell --cwd / --pty --grace 2s --timeout 1m --retries 2 --rerun --memory 2G --cpu 1500ms --nice -5 "
             "--description d --pool slow --priority 7 --label a=b --delay 5s --key k").split()
    assert honeydew("add", *words, "--stdin", tmp_path / "in", "echo $1", "x").returncode == 0
    sent = payload(local)
    del sent["env"]
    assert sent == {"argv": ["echo $1", "x"], "cwd": "/", "shell": True, "pty": True, "rerun": True, "grace_ms": 2000,
                    "memory_mb": 2048, "cpu_s": 2, "nice": -5, "description": "d", "stdin_base64": "AP8="}
    request = local.request("SubmitJob")
    assert (request.pool, request.priority, request.max_retries, request.timeout_ms, request.delay_ms,
            request.idempotency_key, dict(request.labels), request.environment) == (
                "slow", 7, 2, 60_000, 5000, "k", {"a": "b"}, "")
    assert honeydew("add", "--stdin", "-", "cat", input="text\n").returncode == 0
    assert payload(local)["stdin"] == "text\n"


@pytest.mark.parametrize("ended, status", [
    (failed("EXIT_STATUS", "exited with status 3", report={"exit_status": 3}), 3),
    (failed("EXIT_STATUS", "ended by signal 9 (KILL)", report={"signal": 9, "signal_name": "SIGKILL"}), 137),
    (failed("TIMEOUT", "took longer than 1 s", report={"signal": 15}), 124),
    (failed("EXEC_FAILED", "cannot run x: No such file or directory in the PATH of the command", report={}), 127),
    (failed("EXEC_FAILED", "cannot run x: Permission denied", report={}), 126),
    (failed("EXEC_FAILED", "cannot enter the directory /x: No such file or directory", report={}), 125),
    (failed("INTERRUPTED", "it may have been carried out", report={}), 125),
    (job("cancelled", report={"signal": 15}), 143),
])
def test_run_ends_as_the_program_does(local, honeydew, ended, status):
    def look(request):
        before = {"start", "restart"} & set(words) and not any(name == "RetryJob" for name, _ in local.requests)
        return job("failed", attempts=0) if before else ended
    local.answers["GetJobStatus"] = look
    local.answers["WaitJobs"] = [ended]
    word = "failed: " + ended.error if ended.error else "was cancelled"
    for words in (["run", "true"], ["await", JOB], ["start", "-f", JOB], ["restart", "-f", JOB], ["run", "-q", "true"]):
        local.requests.clear()
        result = honeydew(*words)
        assert outcome(result) == (status, "one\nthree\n", f"two\nhoneydew: job {JOB} {word}\n"), words
    words = ["run", "--json", "true"]
    result = honeydew(*words)
    assert (result.returncode, result.stderr) == (status, "")
    assert json.loads(result.stdout)["status"] == ended.status


def test_run_quietly_says_nothing_of_success(local, honeydew):
    assert outcome(honeydew("run", "-q", "true")) == (0, "", "")


def test_run_goes_on_over_the_attempts_of_a_job_that_is_retried(local, honeydew):
    states = iter([job("pending"), job(attempts=2)])
    outputs = {1: OUTPUT, 2: records(("stdout", "F", b"again"), attempt=2)}
    local.answers["GetJobStatus"] = lambda request: next(states)
    local.answers["ReadOutput"] = lambda request: outputs[request.attempt]
    assert outcome(honeydew("run", "true")) == (0, "one\nthree\nagain\n", "two\n")


def test_own_failures_of_run_are_told_apart(local, honeydew, environment, tmp_path):
    (tmp_path / "script").write_text("")
    cases = [
        (["run", "no-such-program"], 127, "cannot run no-such-program: there is no such program in PATH"),
        (["run", "./no/such"], 127, "cannot run ./no/such: no such file"),
        (["run", str(tmp_path / "script")], 126, f"cannot run {tmp_path}/script: Permission denied"),
        (["run", "/tmp"], 126, "cannot run /tmp: Is a directory"),
        (["run", "--bogus", "true"], 125, 'honeydew run has no option "--bogus"; see: honeydew run --help'),
        (["run"], 125, "CMD is missing: honeydew run [options] [--] CMD..."),
        (["run", ""], 125, "argv must name a program first"),
        (["run", "--cwd", "/no/such", "true"], 125,
         'there is no directory "/no/such": /no/such: No such file or directory'),
        (["run", "--cwd", "/etc/passwd", "true"], 125, 'there is no directory "/etc/passwd": /etc/passwd: Not a directory'),
        (["run", "--memory", "much", "true"], 125,
         '--memory must be a size such as 512M, 2G or a number of MiB, not "much"'),
        (["run", "--stdin", "/no/such", "true"], 125, "--stdin: cannot read /no/such: No such file or directory"),
        (["run", "--env", "=x", "true"], 125, '--env must be NAME=VALUE or a name, not "=x"'),
        (["run", "--reuse", "--key", "k", "true"], 125, "--reuse and --key both say which job is meant; give one of them"),
        (["add", "no-such-program"], 127, "cannot run no-such-program: there is no such program in PATH"),
        (["add", "--bogus", "true"], 2, 'honeydew add has no option "--bogus"; see: honeydew add --help'),
    ]
    for words, status, text in cases:
        assert outcome(honeydew(*words)) == (status, "", f"honeydew: {text}\n"), words
    environment |= {f"V{number}": "x" * 100_000 for number in range(6)}
    result = honeydew("run", "true")
    assert result.returncode == 125 and "leave variables out with --env-clear" in result.stderr
    local.stop()
    environment.clear()
    environment.update(HONEYDEW_SOCKET="/no/such", PATH=os.environ["PATH"])
    assert honeydew("run", "true").returncode == 125 and honeydew("add", "true").returncode == 3


def test_a_deleted_directory_is_told(local, environment, tmp_path):
    gone = tmp_path / "gone"
    gone.mkdir()
    result = subprocess.run(["sh", "-c", f'rmdir "$PWD" && exec {HONEYDEW} add true'], cwd=gone, env=environment,
                            capture_output=True, text=True)
    assert result.returncode == 2 and result.stderr.startswith("honeydew: there is no directory here any more")


def test_ctrl_c_leaves_the_command_running_and_a_second_one_stops_it(local, environment):
    def endless(request):
        yield from OUTPUT
        local.stopping.wait(60)
    local.answers["GetJobStatus"] = lambda request: job("running" if not any(
        name == "CancelJob" for name, _ in local.requests) else "cancelled", report={})
    local.answers["ReadOutput"] = endless
    for count in (1, 2):
        process = begin(environment, "run", "true")
        assert process.stdout.readline() == "one\n"
        assert process.stderr.readline() == "two\n"
        process.send_signal(signal.SIGINT)
        assert process.stderr.readline() == (
            f"The command goes on as job {JOB}; Ctrl-C again within 2 seconds stops it.\n")
        assert process.stderr.readline() == f"Come back with: honeydew await {JOB}\n"
        if count == 2:
            process.send_signal(signal.SIGINT)
        rest = process.communicate(timeout=20)[1]
        assert (process.returncode, rest) == (130, f"Stopped {JOB}.\n" if count == 2 else "")
        assert any(name == "CancelJob" for name, _ in local.requests) == (count == 2)


def test_reuse_finds_the_job_of_the_command_line(local, honeydew):
    here = os.getcwd()

    def known(**fields):
        return job(job_id=fields.pop("job_id", JOB), title="true '' x", cwd=here, payload=json.dumps(
            {"argv": ["true", "", "x"], "cwd": here, **fields.pop("payload", {})}), **fields)
    others = [known(job_id="aaaaaaaaaaaaa", payload={"shell": True}), known(job_id="bbbbbbbbbbbbb")]
    others[1].title = "true"
    jobs = {each.job_id: each for each in others}
    local.answers["ListJobs"] = lambda request: pb.ListJobsResponse(jobs=jobs.values())
    local.answers["GetJobStatus"] = lambda request: jobs[request.job_id]
    assert honeydew("add", "--reuse", "true", "", "x").stdout == JOB + "\n"
    assert local.request("SubmitJob") and (local.request("ListJobs").command, local.request("ListJobs").cwd) == (
        "local.exec", here)
    for status, called in [("running", "ListJobs"), ("completed", "RetryJob")]:
        local.requests.clear()
        jobs[JOB] = known(status=status)
        assert honeydew("add", "--reuse", "true", "", "x").stdout == JOB + "\n"
        assert not any(name == "SubmitJob" for name, _ in local.requests)
        assert any(name == "RetryJob" for name, _ in local.requests) == (called == "RetryJob")


def test_stop_waits_for_the_last_process(local, honeydew):
    states = iter([job("running"), job("cancelled", is_ending=True), job("cancelled", is_ending=True),
                   job("cancelled", report={"signal": 9, "survivors": [{"pid": 7, "name": "sudo"}]})])
    local.answers["GetJobStatus"] = lambda request: next(states)
    assert outcome(honeydew("stop", "k3v9")) == (
        0, f"Stopped {JOB}.\n", "These could not be ended, and go on: sudo (pid 7)\n")
    assert local.request("CancelJob").job_id == JOB
    states = iter([job("running"), job("cancelled", is_ending=True)])
    assert outcome(honeydew("stop", "k3v9", "--no-wait")) == (0, f"{JOB} is being stopped.\n", "")
    states = iter([job(), job()])
    assert outcome(honeydew("stop", "k3v9")) == (0, f"{JOB} has ended already: completed.\n", "")


def test_restart_stops_what_runs_and_starts_it(local, honeydew):
    states = iter([job("running"), job("pending")])
    local.answers["GetJobStatus"] = lambda request: next(states)
    assert outcome(honeydew("restart", "k3v9")) == (0, f"Restarted {JOB}.\n", "")
    assert [name for name, _ in local.requests] == ["GetJobStatus", "CancelJob", "RetryJob", "GetJobStatus"]
    local.requests.clear()
    states = iter([job(), job("pending")])
    assert outcome(honeydew("start", "k3v9")) == (0, f"Started {JOB}.\n", "")
    assert [name for name, _ in local.requests] == ["GetJobStatus", "RetryJob", "GetJobStatus"]
    assert honeydew("start", "-f", "a", "b").returncode == 2


def test_output_shows_streams_times_and_jobs(local, honeydew):
    assert outcome(honeydew("output", JOB)) == (0, "one\ntwo\nthree\n", "")
    assert honeydew("output", JOB, "--stdout").stdout == "one\nthree\n"
    assert honeydew("output", JOB, "--stderr").stdout == "two\n"
    assert honeydew("output", JOB, "--stderr", "-t").stdout == "2026-01-02T03:04:05.000000001Z two\n".replace("Z", "")
    assert honeydew("output", JOB, "--attempt", "3").returncode == 0 and local.request("ReadOutput").attempt == 3
    assert honeydew("output", JOB, "--stdout", "--stderr").returncode == 2
    assert honeydew("output", JOB, "--raw", "--json").returncode == 2
    local.answers["GetJobStatus"] = lambda request: job(job_id=request.job_id)
    other = "k3v9m2x7aabbb"
    assert set(honeydew("output", JOB, other, "--stderr").stdout.splitlines()) == {
        "k3v9m2x7aaa | two", "k3v9m2x7aab | two"}
    lines = [json.loads(line) for line in honeydew("output", JOB, "--json").stdout.splitlines()]
    assert [(line["stream"], line["is_whole"], line["text"]) for line in lines] == [
        ("stdout", True, "one"), ("stderr", True, "two"), ("stdout", False, "thr"), ("stdout", True, "ee")]


def test_output_gives_back_the_exact_bytes(local, honeydew):
    local.answers["ReadOutput"] = records(
        ("stdout", "F", b"\xff\x00 \x1b]0;x\x07\r"), ("stdout", "F", b""), ("stdout", "P", b"end"))
    result = subprocess.run([HONEYDEW, "output", JOB, "--raw"], env={"HONEYDEW_SOCKET": local.socket}, capture_output=True)
    assert (result.returncode, result.stdout, result.stderr) == (0, b"\xff\x00 \x1b]0;x\x07\r\n\nend", b"")


def test_what_was_dropped_is_told(local, honeydew):
    local.answers["ReadOutput"] = records(("stdout", "F", b"last"), offset=3 << 20)
    assert outcome(honeydew("output", JOB)) == (0, "last\n", "3.00 MiB of output are not kept\n")


def test_a_terminal_is_shown_colours_and_escapes(local, environment):
    local.answers["ReadOutput"] = records(
        ("stdout", "F", b"\x1b[31mred\x1b[0m \x1b]0;title\x07 \x1b[2J caf\xc3\xa9 \xff"), ("stdout", "F", b"a\rb"))
    terminal = Terminal(environment, "output", JOB)
    assert terminal.finish() == 0
    assert terminal.text == ("\x1b[31mred\x1b[0m \\u{1b}]0;title\\u{7} \\u{1b}[2J caf\u00e9 \ufffd\r\na\r\nb\r\n")
    terminal = Terminal({**environment, "NO_COLOR": "1"}, "output", JOB)
    assert terminal.finish() == 0 and terminal.text.startswith("red \\u{1b}]0;")


def test_the_last_lines_are_asked_for_from_the_end(local, honeydew):
    lines = [("stdout", "F", b"%06d" % number) for number in range(3000)]
    data = b"".join(reply.data for reply in records(*lines))

    def read(request):
        start = max(0, len(data) + request.offset) if request.offset < 0 else request.offset
        return [pb.ReadOutputResponse(attempt=1, offset=start, data=data[start:])]
    local.answers["ReadOutput"] = read
    for count in (0, 1, 3, 2000, 3000, 4000):
        expected = "".join(f"{number:06}\n" for number in range(max(0, 3000 - count), 3000))
        assert honeydew("output", JOB, "-n", str(count)).stdout == expected, count
    assert honeydew("output", JOB, "-n", "2", "-f").stdout == "002998\n002999\n"
    assert local.request("ReadOutput") == pb.ReadOutputRequest(job_id=JOB, attempt=1, follow=True, offset=len(data))
