"""The honeydew command with a real daemon and real workers."""

import json
import signal
import subprocess
from pathlib import Path

import pytest

from honeydew_command import HONEYDEW, Terminal, as_proto_json, begin, cli, environment, honeydew, outcome  # noqa: F401
from honeydew_daemon import is_alive, pb, wait_until


# The daemon


def test_ping(cli):
    result = cli("ping")
    assert result.returncode == 0 and result.stderr == ""
    assert result.stdout.startswith("honeydewd 0.1.0 answered in ")
    assert json.loads(cli("ping", "--json").stdout) == {"version": "0.1.0"}


def test_status_shows_what_the_daemon_does(cli, daemon):
    job_id = daemon.submit("diag.sleep", {"ms": 20_000})
    worker = daemon.wait_running(job_id)
    text = cli("status").stdout
    assert f"process {daemon.pid}, up " in text and "0 pending, 1 running, 0 completed" in text
    rows = [line.split() for line in text.splitlines()[-4:]]
    assert [row[:2] for row in rows] == [[str(w.slot), str(w.pid)] for w in daemon.workers()]
    assert next(row for row in rows if row[0] == str(worker.slot))[2:4] == ["running", job_id]
    status = json.loads(cli("status", "--json").stdout)
    assert status.keys() == as_proto_json(daemon.status()).keys()
    assert (status["pid"], status["jobs"]["running"], len(status["workers"])) == (daemon.pid, 1, 4)


@pytest.mark.parametrize("arguments, output", [
    ([], "The daemon has stopped.\n"), (["--json"], "{}\n"), (["--no-wait"], "The daemon is stopping.\n")])
def test_shutdown(cli, daemon, arguments, output):
    assert outcome(cli("shutdown", *arguments)) == (0, output, "")
    if arguments == ["--no-wait"]:
        daemon.process.wait(timeout=20)
    assert not is_alive(daemon.pid) and daemon.process.wait() == 0
    result = cli("status")
    assert result.returncode == 3 and "start it with: honeydewd" in result.stderr


def test_shutdown_waits_for_a_running_job(cli, daemon):
    job_id = daemon.submit("diag.sleep", {"ms": 600})
    daemon.wait_running(job_id)
    assert cli("shutdown").returncode == 0
    daemon.process.wait()
    daemon.start()
    assert json.loads(cli("job", "show", job_id, "--json").stdout)["attempts"] == 1


# Jobs


def test_a_job_from_submit_to_result(cli, daemon):
    result = cli("submit", "diag.noop", "echo=hällo", "--priority", "7", "--max-retries", "2", "--timeout", "9s")
    job_id = result.stdout.strip()
    assert outcome(result) == (0, job_id + "\n", "") and len(job_id) == 13
    assert outcome(cli("job", "wait", job_id[:9])) == (0, f"{job_id} completed diag.noop\n", "")
    assert outcome(cli("job", "result", job_id)) == (0, '{\n  "echo": "hällo"\n}\n', "")
    assert outcome(cli("job", "result", job_id, "--json")) == (0, '{"echo":"hällo"}\n', "")
    shown = cli("job", "show", job_id).stdout
    assert f"job           {job_id}\n" in shown and "timeout       9s\n" in shown and "retries       0 of 2\n" in shown
    job = json.loads(cli("job", "show", job_id, "--json").stdout)
    assert job == as_proto_json(daemon.job(job_id))
    assert (job["priority"], job["max_retries"], job["timeout_ms"]) == (7, 2, 9000)


def test_submit_and_wait(cli):
    assert outcome(cli("submit", "diag.noop", 'echo:="a=b"', "--wait", "--json")) == (0, '{"echo":"a=b"}\n', "")
    assert outcome(cli("api", "call", "diag.noop", '{"echo": "x"}')) == (0, '{\n  "echo": "x"\n}\n', "")
    job_id = cli("api", "call", "diag.noop", "--no-wait").stdout.strip()
    assert cli("job", "wait", job_id).returncode == 0


def test_the_list_of_jobs(cli, daemon):
    assert outcome(cli("job", "list")) == (0, "", "There are no such jobs.\n")
    ids = [daemon.submit("diag.noop") for _ in range(12)] + [daemon.submit("diag.fail", {"text": "on purpose"})]
    daemon.wait(*ids)
    lines = cli("job", "list").stdout.splitlines()
    assert lines[0].split() == ["JOB", "COMMAND", "STATUS", "PRIORITY", "ATTEMPTS", "ENVIRONMENT", "BY", "CREATED",
                                "ERROR"]
    assert [line.split()[0] for line in lines[1:]] == ids[::-1]
    assert lines[1].split()[1:3] == ["diag.fail", "failed"] and lines[1].endswith("API_ERROR: on purpose")
    result = cli("job", "list", "--limit", "5", "--json")
    assert [job["job_id"] for job in json.loads(result.stdout)] == ids[::-1][:5]
    assert result.stderr == ""
    failed = json.loads(cli("job", "list", "--status", "failed", "--command", "diag.fail", "--json").stdout)
    assert [job["job_id"] for job in failed] == ids[-1:]


def test_waiting_for_several_jobs(cli, daemon):
    slow, quick = daemon.submit("diag.sleep", {"ms": 700}), daemon.submit("diag.fail", {"text": "no"})
    result = cli("job", "wait", slow, quick)
    assert outcome(result) == (
        1, f"{quick} failed diag.fail API_ERROR: no\n{slow} completed diag.sleep\n",
        f"honeydew: job {quick} failed: API_ERROR: no\n")
    ended = json.loads(cli("job", "wait", slow, quick, "--json").stdout)
    assert sorted(job["status"] for job in ended) == ["completed", "failed"]


def test_cancelling(cli, daemon):
    running = daemon.submit("diag.sleep", {"ms": 20_000})
    ended = daemon.submit("diag.noop")
    daemon.wait_running(running)
    daemon.wait_one(ended)
    result = cli("job", "cancel", ended, running)
    assert (result.returncode, result.stdout) == (1, f"Cancelled {running}.\n")
    assert result.stderr == f"honeydew: job {ended} has already completed: it cannot be cancelled\n"
    assert outcome(cli("job", "result", running)) == (1, "", f"honeydew: job {running} was cancelled\n")
    assert json.loads(cli("job", "cancel", running, "--json").stdout) == [{"job_id": running, "cancelled": 1}]


def test_a_large_result_arrives_whole(cli, daemon):
    text = cli("submit", "diag.noop", "bytes=3000000", "--wait", "--json").stdout
    assert len(text) > 3_000_000 and json.loads(text)
    job_id = json.loads(cli("job", "list", "--json").stdout)[0]["job_id"]
    chunks = daemon.stub.ReadJobResult(pb.ReadJobResultRequest(job_id=job_id), timeout=20)
    assert text.encode() == b"".join(chunk.chunk for chunk in chunks) + b"\n"
    assert cli("job", "result", job_id, "--json").stdout == text


# What goes wrong


@pytest.mark.parametrize("arguments, status, words", [
    (["submit", "diag.nop"], 2, "did you mean diag.noop?"),
    (["submit", "github.commits", "organization=acme"], 2, "repository"),
    (["submit", "diag.sleep", "ms=x"], 2, "ms must be a whole number"),
    (["submit", "diag.noop", '{"bytes": "x"}'], 2, "bytes"),
    (["submit", "diag.noop", "--env", "default"], 2, "leave the environment out"),
    (["orgs", "--env", "nope"], 1, "honeydew env list"),
    (["submit", "auth.login", "username=a", "password=b"], 2, "honeydew login"),
    (["job", "show", "nope"], 1, "honeydew job list"),
    (["job", "wait", "nope"], 1, "honeydew job list"),
    (["job", "result", "nope"], 1, "honeydew job list"),
    (["env", "use", "nope"], 1, "honeydew env list"),
    (["env", "remove", "nope"], 1, "honeydew env list"),
    (["env", "add", "plain", "http://example.com/graphql"], 2, "https"),
    (["orgs"], 4, "honeydew login --env default"),
])
def test_the_daemon_refuses(cli, daemon, arguments, status, words):
    result = cli(*arguments)
    assert (result.returncode, result.stdout) == (status, "")
    assert result.stderr.startswith("honeydew: ") and result.stderr.count("\n") == 1 and words in result.stderr
    assert result.stderr.count(words) == 1 and cli("ping").returncode == 0


def test_diagnostics_are_refused_unless_configured(make_daemon, environment, honeydew):
    environment["HONEYDEW_SOCKET"] = str(make_daemon(diagnostics=False).start().socket)
    result = honeydew("submit", "diag.noop")
    assert result.returncode != 0 and "queue.diagnostics" in result.stderr


@pytest.mark.parametrize("arguments, status, words", [
    (["diag.fail", "code=API_ERROR", "text=no"], 1, "API_ERROR: no"),
    (["diag.fail", "code=AUTH_EXPIRED", "text=late"], 4, "AUTH_EXPIRED: late"),
    (["diag.sleep", "ms=20000", "--timeout", "200ms", "--max-retries", "0"], 124, "TIMEOUT"),
    (["diag.crash", "--max-retries", "0"], 1, "WORKER_CRASHED"),
    (["diag.sleep", "ms=20000", "--wait-timeout", "200ms"], 124, "gave up waiting after 200ms; the job goes on"),
])
def test_a_job_that_does_not_complete(cli, arguments, status, words):
    result = cli("submit", *arguments, "--wait")
    assert (result.returncode, result.stdout) == (status, "")
    assert result.stderr.startswith("honeydew: ") and result.stderr.count("\n") == 1 and words in result.stderr


def test_interrupting_a_wait_leaves_the_job_alone(cli, daemon, environment):
    terminal = Terminal(environment, "submit", "diag.sleep", "ms=1000", "--wait")
    terminal.read_until(" waiting for job ")
    job_id = wait_until(lambda: next((worker.job_id for worker in daemon.workers() if worker.job_id), None))
    terminal.type("\x03")
    assert terminal.finish() == 130
    last = terminal.text.split("\r\x1b[K")[-1]
    assert last.endswith(f"interrupted; the job goes on, look at it with: honeydew job show {job_id}\x1b[0m\r\n")
    assert daemon.wait_one(job_id).status == "completed"


def test_a_daemon_that_drains_while_one_waits(cli, daemon, environment):
    process = begin(environment, "submit", "diag.sleep", "ms=1500", "--wait", "--json")
    wait_until(lambda: any(worker.job_id for worker in daemon.workers()))
    daemon.process.send_signal(signal.SIGTERM)
    wait_until(lambda: daemon.status().state == "DRAINING")
    refused = cli("submit", "diag.noop")
    assert refused.returncode == 1 and "the daemon is shutting down" in refused.stderr
    assert process.communicate(timeout=20) == ("{}\n", "") and process.returncode == 0


@pytest.mark.parametrize("signals, words", [
    # The kernel resets a connection whose last bytes the daemon has not read: closed, or lost.
    ([signal.SIGKILL], "the connection"), ([signal.SIGTERM, signal.SIGTERM], "the daemon is shutting down")])
def test_a_daemon_that_goes_while_one_waits(cli, daemon, environment, signals, words):
    process = begin(environment, "submit", "diag.sleep", "ms=2000", "--wait", "--wait-timeout", "4s")
    job_id = wait_until(lambda: next((worker.job_id for worker in daemon.workers() if worker.job_id), None))
    daemon.job(job_id)  # Tells what is stored, so it is answered after the submission.
    for number, each in enumerate(signals, 1):
        daemon.process.send_signal(each)
        if number < len(signals):
            wait_until(lambda: daemon.status().state == "DRAINING")
    output, errors = process.communicate(timeout=20)
    assert (process.returncode, output) == (124, "") and words in errors
    assert "waiting for the daemon to come back" in errors
    assert errors.endswith(f"gave up waiting after 4s; the job goes on, look at it with: honeydew job show {job_id}\n")
    daemon.process.wait(timeout=20)
    daemon.destroy()
    daemon.start()
    assert outcome(cli("job", "wait", job_id)) == (0, f"{job_id} completed diag.sleep\n", "")


def test_a_reader_that_has_seen_enough(cli, environment):
    process = subprocess.Popen([HONEYDEW, "submit", "diag.noop", "bytes=1000000", "--wait", "--json"], env=environment,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout.read(10)
    process.stdout.close()
    assert process.wait(timeout=20) == -signal.SIGPIPE and process.stderr.read() == ""
    process.stderr.close()


def test_others_text_gives_a_person_s_terminal_no_orders(cli):
    hostile = "\x1b]0;title\x07\x1b[2J\r\u202e\x9b31m\nnext"
    shown = "\\u{1b}]0;title\\u{7}\\u{1b}[2J\\r\\u{202e}\\u{9b}31m\\nnext"
    result = cli("submit", "diag.fail", "text=" + hostile, "--wait")
    assert result.stderr.endswith(f"failed: API_ERROR: {shown}\n")
    assert shown in cli("job", "list").stdout and json.loads(cli("job", "list", "--json").stdout)[0]["error"].endswith(hostile)
    text = cli("submit", "diag.noop", "echo=" + hostile, "--wait").stdout
    assert json.loads(text) == {"echo": hostile} and not any(character in text for character in "\x1b\x07\x9b\u202e\r")


def test_arguments_that_are_no_utf8_are_refused(cli, environment):
    """In their place Swift has U+FFFD: another job than the one that was meant."""
    for program in (HONEYDEW, HONEYDEW.with_name("honeydewd")):
        result = subprocess.run([program, "submit", "diag.noop", b"echo=caf\xe9"], env=environment, capture_output=True)
        assert result.returncode == 2 and b"UTF-8" in result.stderr
    assert json.loads(cli("job", "list", "--json").stdout) == []


def test_a_backup_does_not_go_to_standard_output(cli, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    refused = cli("backup", "-")
    assert refused.returncode == 2 and "standard output" in refused.stderr and not (tmp_path / "-").exists()
    assert cli("backup", "./-").returncode == 0 and (tmp_path / "-").exists()


def test_the_socket_of_the_homes_configuration_is_followed(make_daemon, environment, honeydew, home):
    socket = Path(home, "elsewhere.sock")
    daemon = make_daemon(config=f"daemon:\n  socket_path: {socket}\n")
    daemon.socket = socket
    daemon.start()
    del environment["HONEYDEW_SOCKET"]
    assert honeydew("ping", "--home", home).returncode == 0
    environment["HONEYDEW_HOME"] = home
    assert json.loads(honeydew("status", "--json").stdout)["home"] == home
    assert honeydew("doctor").returncode in (0, 1) and honeydew("shutdown").returncode == 0
    absent = f"honeydew: cannot reach the daemon at {socket}: no such file; start it with: honeydewd\n"
    assert outcome(honeydew("ping")) == (3, "", absent)
    # What cannot be read names no socket.
    Path(home, "config.yaml").write_text("daemon: [")
    assert f"cannot reach the daemon at {home}/daemon.sock" in honeydew("ping").stderr
    environment["HONEYDEW_DAEMON_SOCKET_PATH"] = str(socket)
    Path(home, "config.yaml").write_text("")
    assert outcome(honeydew("ping")) == (3, "", absent)
