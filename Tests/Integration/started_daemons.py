"""Daemons that commands have started by themselves: found by their homes, and ended with the test."""

import os
import select
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

import pytest

from honeydew_command import HONEYDEW
from honeydew_daemon import is_alive


def daemons_below(directory):
    """The living daemons whose home is in a directory, by their pids; ended children of a command that runs are none."""
    found = {}
    for process in Path("/proc").iterdir():
        try:
            words = (process / "cmdline").read_bytes().split(b"\0") if process.name.isdigit() else []
        except OSError:
            continue
        if words and words[0].endswith(b"honeydewd") and b"--home" in words:
            home = os.fsdecode(words[words.index(b"--home") + 1])
            if Path(home).is_relative_to(directory) and is_alive(int(process.name)):
                found[int(process.name)] = home
    return found


def kill(pid):
    """Kills a daemon, and waits until it is gone with all its threads, which hold its socket open."""
    process = os.pidfd_open(pid)
    os.kill(pid, signal.SIGKILL)
    assert select.select([process], [], [], 20)[0]
    os.close(process)


class User:
    """Somebody who has a home directory of the test's own, and types commands in it."""

    def __init__(self, directory):
        self.directory = Path(directory)
        self.home = self.directory / ".honeydew"
        self.variables = {"PATH": os.environ["PATH"], "HOME": str(directory), "LANG": "C.UTF-8", "TERM": "xterm"}

    def __call__(self, *arguments, program=HONEYDEW, env=None, **options):
        options = {"cwd": self.directory, "stdin": subprocess.DEVNULL, "timeout": 60, **options}
        return subprocess.run([program, *arguments], env={**self.variables, **(env or {})}, capture_output=True, text=True,
                              **options)

    def begin(self, *arguments, env=None, **options):
        return subprocess.Popen([HONEYDEW, *arguments], env={**self.variables, **(env or {})}, cwd=self.directory,
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options)

    @property
    def daemons(self):
        return sorted(daemons_below(self.directory))

    @property
    def daemon(self):
        """The one daemon's pid."""
        [pid] = self.daemons
        return pid

    def kill_daemons(self):
        for pid in self.daemons:
            kill(pid)


@pytest.fixture
def user():
    # A Unix socket's path has at most 107 bytes; pytest's own directories are long.
    somebody = User(tempfile.mkdtemp(prefix="hd"))
    yield somebody
    somebody.kill_daemons()
    shutil.rmtree(somebody.directory)
