"""A walk through every command of the command line: its help, JSON, a narrow terminal, a terminal without UTF-8, and an output
that closes."""

import json
import os
import re
import signal
import subprocess
import unicodedata

import pytest

from fake_daemon import canned, completed, pb  # noqa: F401
from honeydew_command import HONEYDEW, Terminal, environment, honeydew, use_home  # noqa: F401
from honeydew_daemon import ROOT

# The manual has a heading for each command.
COMMANDS = sorted({
    re.match(r"honeydew((?: [a-z]+)+)", line.removeprefix(".SS ").replace("\\-", "-"))[1].strip()
    for page in (ROOT / "contrib/man").glob("honeydew-*.1") for line in page.read_text().splitlines()
    if line.startswith(".SS ")})
GROUPS = sorted({"", *(command.split()[0] for command in COMMANDS)})
# What ends the daemon comes last, and has a test of its own.
LIVE = [command for command in COMMANDS if command != "shutdown"]
STATUSES = {0, 1, 2, 3, 4, 125}


def plain(text):
    return re.sub(r"\x1b\[[0-9;]*[mK]", "", text)


def width(text):
    return sum(0 if unicodedata.combining(letter) else 2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def test_the_walk_meets_every_command(honeydew):
    text = honeydew("--help").stdout
    listed = re.findall(r"^  ([a-z]+(?: [a-z]+)*)", text[text.index("Local commands:"):text.index("Global options:")], re.MULTILINE)
    assert set(listed) == set(COMMANDS) and len(COMMANDS) > 50


def test_every_help_fits_its_terminal_and_is_the_same_in_a_pipe_of_any_locale(honeydew, environment):
    for command in sorted({*COMMANDS, *GROUPS}):
        words = [*command.split(), "--help"]
        result = honeydew(*words)
        assert (result.returncode, result.stderr) == (0, ""), command
        assert all(len(line) <= 80 for line in result.stdout.splitlines()), command
        for columns, least in [(40, 40), (25, 40), (100, 100), (200, 100)]:
            terminal = Terminal({**environment, "LC_ALL": "C"}, *words, columns=columns)
            assert terminal.finish() == 0, command
            lines = plain(terminal.text).replace("\r", "").split("\n")
            assert all(len(line) <= least for line in lines), (command, columns)
            assert terminal.text.isascii()
            # Only the ends of the lines differ.
            if "\\" not in result.stdout + terminal.text:
                assert plain(terminal.text).split() == result.stdout.split(), command
        environment["LC_ALL"] = "C"
        assert honeydew(*words).stdout == result.stdout
        del environment["LC_ALL"]


def test_every_command_answers_json_or_says_why_as_json(daemon, environment, honeydew):
    use_home(environment, daemon)
    for command in LIVE:
        result = honeydew(*command.split(), "--json")
        assert result.returncode in STATUSES, (command, result)
        if result.stdout and command not in ("completion", "logs"):
            json.loads(result.stdout)
        for line in result.stderr.splitlines():
            if line.startswith("{"):
                assert {"reason", "message"} <= set(json.loads(line)), command
        # What doctor has found is its answer, and no error.
        if result.returncode and not result.stdout:
            assert result.stderr.splitlines()[-1].startswith("{"), (command, result)
        assert "Fatal error" not in result.stderr


@pytest.mark.parametrize("variables", [{}, {"LC_ALL": "C"}], ids=["UTF-8", "C"])
def test_every_command_lives_on_a_narrow_terminal(daemon, environment, variables):
    use_home(environment, daemon)
    for command in LIVE:
        terminal = Terminal({**environment, **variables}, *command.split(), columns=40)
        # The end of the input, for those that ask.
        terminal.type("\x04")
        status = terminal.finish()
        assert status in STATUSES, (command, status, terminal.text)
        assert "Fatal error" not in terminal.text
        assert not variables or terminal.text.isascii(), command


def test_every_command_ends_when_nobody_reads_what_it_prints(daemon, environment):
    use_home(environment, daemon)
    for command in LIVE:
        for words in ([*command.split()], [*command.split(), "--help"]):
            reader, writer = os.pipe()
            os.close(reader)
            process = subprocess.Popen([HONEYDEW, *words], env=environment, stdin=subprocess.DEVNULL, stdout=writer,
                                       stderr=subprocess.PIPE, text=True)
            os.close(writer)
            errors = process.communicate(timeout=60)[1]
            assert process.returncode in STATUSES | {-signal.SIGPIPE}, (words, process.returncode)
            assert "Fatal error" not in errors and errors.count("\n") <= 3, (words, errors)


def test_shutdown_answers_json(daemon, environment, honeydew):
    use_home(environment, daemon)
    result = honeydew("shutdown", "--json")
    assert result.returncode == 0 and isinstance(json.loads(result.stdout), dict)


NAME = "caf\u00e9 \u65e5\u672c\u8a9e"


@pytest.fixture
def names(canned):
    canned.answers["ListJobs"] = pb.ListJobsResponse(jobs=[
        completed(command=f"x.{NAME}", status="failed", error=f"API_ERROR: {NAME} " * length) for length in (1, 9)])
    canned.answers["ListEnvironments"] = pb.ListEnvironmentsResponse(
        environments=[pb.Environment(name=NAME, base_url="https://\u00e9.example/" + "x" * 99)])
    canned.answers["GetJobStatus"] = completed(error=NAME, result=json.dumps({"a": NAME}, ensure_ascii=False))
    return canned


@pytest.mark.parametrize("words", [
    ["job", "list"], ["job", "list", "--json"], ["job", "show", "k3v9"], ["job", "result", "k3v9", "--json"], ["env", "list"],
    ["env", "list", "-q"], ["nonsense-" + NAME], ["nonsense-" + NAME, "--json"],
], ids=" ".join)
def test_a_terminal_without_utf8_is_shown_ascii_and_a_pipe_gets_all(names, environment, honeydew, words):
    utf8 = Terminal(environment, *words)
    utf8.finish()
    environment["LC_ALL"] = "C"
    terminal = Terminal({**environment, "NO_COLOR": "1"}, *words)
    terminal.finish()
    assert terminal.text.isascii() and not utf8.text.isascii()
    if "--json" in words:
        text = terminal.text.replace("\r", "")
        assert json.loads(text) == json.loads(plain(utf8.text).replace("\r", ""))
    elif words[0] != "nonsense-" + NAME and "-q" not in words:
        assert all(len(line) <= 80 for line in terminal.text.replace("\r", "").split("\n"))
    piped = honeydew(*words)
    del environment["LC_ALL"]
    again = honeydew(*words)
    assert (piped.stdout, piped.stderr) == (again.stdout, again.stderr) and "\u00e9" in piped.stdout + piped.stderr


def test_a_spinner_turns_in_ascii(canned, environment):
    canned.answers["SubmitJob"] = pb.SubmitJobResponse(job_id="k3v9m2x7aaaaa")
    canned.answers["WaitJobs"] = canned.hang
    terminal = Terminal({**environment, "LC_ALL": "C"}, "submit", "diag.sleep", "--wait", columns=40)
    terminal.read_until("\r\\ ")
    terminal.type("\x03")
    assert terminal.finish() == 130 and terminal.text.isascii()
