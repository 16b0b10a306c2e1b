"""The honeydew command under test: run to its end, or on a terminal of its own."""

import fcntl
import json
import os
import pty
import select
import struct
import subprocess
import termios
import time

import pytest
from google.protobuf import json_format

from honeydew_daemon import BINARIES

HONEYDEW = BINARIES / "honeydew"


@pytest.fixture
def environment(tmp_path):
    """The variables of the command: a home of the test's own, and a socket that is not there. It starts no daemon by itself:
    `started_daemons` is for that."""
    return {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "HONEYDEW_SOCKET": str(tmp_path / "daemon.sock"),
            "HONEYDEW_NO_START": "1", "LANG": "C.UTF-8", "TERM": "xterm"}


@pytest.fixture
def honeydew(environment):
    """Runs the command to its end."""
    def run(*arguments, **options):
        return subprocess.run([HONEYDEW, *arguments], env=environment, capture_output=True, text=True, timeout=60,
                              **({"stdin": subprocess.DEVNULL} if "input" not in options else {}), **options)

    return run


def use_home(environment, daemon):
    """Has commands with these variables find a real daemon."""
    environment.pop("HONEYDEW_SOCKET", None)
    environment["HONEYDEW_HOME"] = str(daemon.home)


@pytest.fixture
def cli(daemon, environment, honeydew):
    """Runs the command in the home of a real daemon."""
    use_home(environment, daemon)
    return honeydew


@pytest.fixture
def cli_of(environment, honeydew):
    """The same for a daemon that the test makes."""
    def bind(daemon):
        use_home(environment, daemon)
        return honeydew

    return bind


def outcome(result):
    return result.returncode, result.stdout, result.stderr


def begin(environment, *arguments):
    """Starts the command and lets it run."""
    return subprocess.Popen([HONEYDEW, *arguments], env=environment, stdin=subprocess.DEVNULL,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


class Terminal:
    """The honeydew command, or another program, on a terminal."""

    def __init__(self, environment, *arguments, columns=80, program=HONEYDEW):
        self.pid, self.descriptor = pty.fork()
        if self.pid == 0:
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
            os.execve(program, [os.path.basename(program), *arguments], environment)
        self.text = ""

    def read_until(self, text):
        deadline = time.monotonic() + 20
        while text not in self.text:
            # Nothing may come any more.
            assert select.select([self.descriptor], [], [], max(0, deadline - time.monotonic()))[0], self.text
            self.text += os.read(self.descriptor, 65536).decode()

    def type(self, text):
        os.write(self.descriptor, text.encode())

    def finish(self):
        while True:
            try:
                data = os.read(self.descriptor, 65536)
            except OSError:
                break
            if not data:
                break
            self.text += data.decode()
        os.close(self.descriptor)
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


def as_proto_json(message, listed=False):
    """The reference for `--json`: the names of the .proto file, zero values printed, numbers for integers; payload and result
    as JSON, and what was not told left out."""
    def numbers(value, descriptor):
        for field in descriptor.fields:
            if field.name not in value:
                continue
            if field.message_type:
                nested = value[field.name]
                for element in nested if isinstance(nested, list) else [nested]:
                    numbers(element, field.message_type)
            elif field.cpp_type in (field.CPPTYPE_INT64, field.CPPTYPE_UINT64):
                value[field.name] = int(value[field.name])
        return value

    value = numbers(json_format.MessageToDict(
        message, preserving_proto_field_name=True, always_print_fields_with_no_presence=True), message.DESCRIPTOR)
    if message.DESCRIPTOR.name in ("JobStatus", "Schedule"):
        value |= {name: json.loads(value[name]) for name in ("payload", "result") if value.get(name)}
        value = {name: each for name, each in value.items() if each != "" or name not in ("payload", "result")}
        for attempt in value.get("history", []):
            if report := attempt.pop("report", ""):
                attempt["report"] = json.loads(report)
        if listed and not value.get("history"):
            value.pop("history", None)
    return value
