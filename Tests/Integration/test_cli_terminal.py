"""The honeydew command on a terminal, and where its output cannot go."""

import json
import signal
import subprocess
import termios

import pytest

from fake_daemon import JOBS, STATUS, canned, completed, pb  # noqa: F401
from honeydew_command import HONEYDEW, Terminal, begin, environment, honeydew  # noqa: F401


def test_colours(canned, honeydew, environment):
    canned.answers["ListJobs"] = pb.ListJobsResponse(jobs=JOBS)
    assert "\x1b[" not in honeydew("job", "list").stdout
    assert "\x1b[32mcompleted\x1b[0m" in honeydew("job", "list", "--color", "always").stdout
    terminal = Terminal(environment, "job", "list")
    assert terminal.finish() == 0 and "\x1b[31mfailed\x1b[0m" in terminal.text
    terminal = Terminal({**environment, "NO_COLOR": "1"}, "job", "list")
    assert terminal.finish() == 0 and "\x1b[" not in terminal.text


def test_login_on_a_terminal(canned, environment):
    canned.answers["Login"] = pb.LoginResponse(username="ada", environment="production")
    terminal = Terminal(environment, "login")
    terminal.read_until("Username: ")
    terminal.type("ada\n")
    terminal.read_until("Password: ")
    terminal.type("s3cret\n")
    assert terminal.finish() == 0
    assert "s3cret" not in terminal.text and "Logged in to production as ada.\r\n" in terminal.text
    assert canned.request("Login") == pb.LoginRequest(username="ada", password="s3cret")


def test_a_spinner_shows_what_is_waited_for(canned, environment):
    canned.answers["SubmitJob"] = pb.SubmitJobResponse(job_id="k3v9m2x7aaaaa")
    canned.answers["WaitJobs"] = canned.hang
    terminal = Terminal(environment, "submit", "diag.sleep", "--wait")
    terminal.read_until("k3v9m2x7aaaaa")
    terminal.type("\x03")
    assert terminal.finish() == 130
    assert "\r\x1b[K" in terminal.text and "honeydew job show k3v9m2x7aaaaa" in terminal.text


def test_no_spinner_where_nobody_watches(canned, environment):
    canned.answers["SubmitJob"] = pb.SubmitJobResponse(job_id="k3v9m2x7aaaaa")
    canned.answers["WaitJobs"] = canned.hang
    arguments = ["submit", "diag.sleep", "--wait", "--wait-timeout", "300ms"]
    process = begin(environment, *arguments)
    assert process.communicate(timeout=20)[1].startswith("honeydew: gave up waiting")
    terminal = Terminal({**environment, "TERM": "dumb"}, *arguments)
    assert terminal.finish() == 124 and "\r\x1b" not in terminal.text


@pytest.mark.parametrize("key, status", [("\x03", 130), ("\x04", 2), ("\n", 2)])
def test_no_password_is_typed(canned, environment, key, status):
    terminal = Terminal(environment, "login", "--username", "ada")
    terminal.read_until("Password: ")
    shown = termios.tcgetattr(terminal.descriptor)[3] & termios.ECHO
    terminal.type(key)
    terminal.read_until("honeydew: ")
    assert not shown and termios.tcgetattr(terminal.descriptor)[3] & termios.ECHO
    assert terminal.finish() == status and canned.requests == []


HOSTILE = "\x1b]0;title\x07\x1b[2J\r\u202e日本語\x9b31m\nnext"


@pytest.mark.parametrize("columns", [60, 80, 132, 1000])
def test_a_table_fits_its_terminal_and_gives_it_no_orders(canned, environment, columns):
    jobs = [completed(command=f"x.{HOSTILE}", status="failed", error=f"API_ERROR: {HOSTILE} " + "y" * length)
            for length in (0, 60, 300)]
    canned.answers["ListJobs"] = pb.ListJobsResponse(jobs=jobs)
    terminal = Terminal({**environment, "NO_COLOR": "1"}, "job", "list", columns=columns)
    assert terminal.finish() == 0
    lines = terminal.text.split("\r\n")
    assert len(lines) == 5 and lines[-1] == ""
    assert not any(character < " " or "\x7f" <= character <= "\x9f" or character == "\u202e"
                   for line in lines for character in line)
    assert all(len(line) + line.count("日") + line.count("本") + line.count("語") <= columns for line in lines)
    if columns == 1000:
        assert all(line.count("\\u{1b}]0;title\\u{7}") == 2 for line in lines[1:4])


@pytest.mark.parametrize("columns", [30, 40, 60, 80])
def test_every_table_fits_its_terminal(canned, environment, honeydew, columns):
    canned.answers["ListJobs"] = pb.ListJobsResponse(jobs=JOBS)
    canned.answers["GetStatus"] = STATUS
    canned.answers["ListEnvironments"] = pb.ListEnvironmentsResponse(environments=[
        pb.Environment(name="production-" * 5, base_url="https://" + "long." * 20 + "example/graphql", is_active=True),
        pb.Environment(name="日本", base_url="https://b.example/graphql")])
    for command in [["job", "list"], ["status"], ["env", "list"], ["api", "list"]]:
        terminal = Terminal({**environment, "NO_COLOR": "1"}, *command, columns=columns)
        assert terminal.finish() == (1 if command == ["status"] else 0), "the daemon is degraded"
        for line in terminal.text.split("\r\n"):
            assert len(line) + line.count("日") + line.count("本") <= columns, line
        assert command[0] != "env" or "… (active) - https" in terminal.text
    assert "long." * 20 + "example/graphql\n" in honeydew("env", "list").stdout
    assert max(map(len, honeydew("api", "list").stdout.splitlines())) > 120


def test_json_for_a_person_is_indented_and_means_the_same(canned, environment, honeydew):
    canned.answers["GetJobStatus"] = completed(result=json.dumps({"text": HOSTILE}, ensure_ascii=False))
    terminal = Terminal(environment, "job", "show", "k3v9", "--json")
    assert terminal.finish() == 0 and terminal.text.startswith('{\r\n  "job_id": "k3v9m2x7aaaaa",\r\n')
    assert json.loads(terminal.text) == json.loads(honeydew("job", "show", "k3v9", "--json").stdout)
    assert not any(character in terminal.text for character in "\x1b\x07\x9b\u202e")
    terminal = Terminal(environment, "job", "result", "k3v9", "--json")
    assert terminal.finish() == 0 and json.loads(terminal.text) == {"text": HOSTILE}
    assert not any(character in terminal.text for character in "\x1b\x07\x9b\u202e")
    assert honeydew("job", "result", "k3v9", "--json").stdout == canned.answers["GetJobStatus"].result + "\n"


@pytest.mark.parametrize("arguments", [["job", "list", "--limit", "1000"], ["job", "list", "--json"]])
def test_a_reader_that_has_seen_enough(canned, environment, arguments):
    canned.answers["ListJobs"] = pb.ListJobsResponse(jobs=JOBS * 2000)
    process = begin(environment, *arguments)
    assert process.stdout.read(10)
    process.stdout.close()
    assert process.wait(timeout=20) == -signal.SIGPIPE and process.stderr.read() == ""
    process.stderr.close()


def test_a_full_disk_is_reported(canned, environment):
    canned.answers["Ping"] = pb.PingResponse(version="1")
    with open("/dev/full", "w") as full:
        result = subprocess.run([HONEYDEW, "ping"], env=environment, stdout=full, stderr=subprocess.PIPE, text=True)
    assert result.returncode == 1
    assert result.stderr == "honeydew: cannot write the output: No space left on device\n"
