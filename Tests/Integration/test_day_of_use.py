"""A day with local commands, as a developer has one, with the daemon killed in the middle of it."""

import json
import os
import re
import signal
import socket
import subprocess
import time
from pathlib import Path

import pytest

from honeydew_command import HONEYDEW
from honeydew_daemon import BINARIES, wait_until

SERVER = """
import http.server, sys
server = http.server.HTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler)
print("port", server.server_port, flush=True)
server.serve_forever()
"""


class Desk:
    """A person at a shell in a directory, with an instance of the daemon."""

    def __init__(self, place, home, instance):
        self.place = place
        self.daemon_home = home / "instances" / instance
        self.environment = {"PATH": os.environ["PATH"], "HOME": str(place), "HONEYDEW_HOME": str(home),
                            "HONEYDEW_INSTANCE": instance, "LANG": "C.UTF-8"}
        self.daemon = None

    def start(self):
        self.daemon = subprocess.Popen([BINARIES / "honeydewd"], env=self.environment, stdin=subprocess.DEVNULL,
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_until(lambda: self("ping").returncode == 0, what="the daemon")

    def kill(self):
        self.daemon.send_signal(signal.SIGKILL)
        self.daemon.wait()

    def __call__(self, *arguments, timeout=60):
        return subprocess.run([HONEYDEW, *arguments], env=self.environment, cwd=self.place, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=timeout)

    def add(self, *arguments):
        result = self("add", *arguments)
        assert result.returncode == 0, result.stderr
        return result.stdout.split()[0]

    def job(self, job):
        return json.loads(self("job", "show", job, "--json").stdout)

    def output(self, job):
        return self("output", job).stdout


def tree_marks(homes):
    """The processes that carry the mark of one of the homes."""
    marked = []
    for process in Path("/proc").iterdir():
        if not process.name.isdigit():
            continue
        try:
            text = (process / "environ").read_bytes() + (process / "cmdline").read_bytes()
        except OSError:
            continue
        if any(str(home).encode() in text and b"HONEYDEW_MARK" in text for home in homes):
            marked.append((process.name, text[:200]))
    return marked


@pytest.fixture
def desks(tmp_path):
    made = []
    for name in ("work", "play"):
        place = tmp_path / name
        place.mkdir()
        made.append(Desk(place, tmp_path / "h", name))
    (tmp_path / "h").mkdir(mode=0o700)
    for desk in made:
        desk.start()
    yield made
    for desk in made:
        if desk.daemon.poll() is None:
            desk.daemon.terminate()
            desk.daemon.wait(60)


def test_a_day_of_use(desks):
    work, play = desks
    # A dev server, which is looked at by its port.
    server = work.add("--description", "the dev server", "--", "python3", "-c", SERVER)
    port = int(wait_until(lambda: re.search(r"port (\d+)", work.output(server)), what="the server").group(1))
    socket.create_connection(("127.0.0.1", port), timeout=10).close()
    assert str(port) in work("ports", server).stdout
    # A failing test run: its status and its output are the command's own.
    failing = work("run", "--", "sh", "-c", "echo 3 tests; echo 1 failed >&2; exit 4")
    assert (failing.returncode, failing.stdout) == (4, "3 tests\n") and failing.stderr.startswith("1 failed\n")
    quiet = work("run", "--quiet", "--", "sh", "-c", "echo nobody reads this")
    assert (quiet.returncode, quiet.stdout, quiet.stderr) == (0, "", "")
    # A chatty build, one that ignores TERM, one that forks away, one on a pty.
    build = work.add("--", "sh", "-c", "seq 1 200000; echo built >&2")
    stubborn = work.add("--grace", "300ms", "--", "sh", "-c", "trap '' TERM; echo stubborn; while :; do sleep 1; done")
    forks = work.add("--grace", "300ms", "--", "python3", "-c", "import os, time\nif os.fork() == 0:\n os.setsid()\n"
                     " if os.fork() == 0:\n  time.sleep(300)\nprint('forked', flush=True)")
    terminal = work.add("--pty", "--", "sh", "-c", "test -t 1 && echo a terminal")
    for job in (build, forks, terminal):
        assert work("await", job).returncode == 0, work.job(job)
    assert work("output", build, "--raw", "--stdout").stdout == "".join(f"{n}\n" for n in range(1, 200001))
    assert "a terminal" in work.output(terminal)
    wait_until(lambda: "stubborn" in work.output(stubborn), what="the stubborn one")
    began = time.monotonic()
    assert work("stop", stubborn).returncode == 0 and time.monotonic() - began < 10
    assert work.job(stubborn)["status"] == "cancelled"
    # A schedule, which comes round once on request.
    assert work("schedule", "add", "nightly", "30 2 * * *", "--", "/bin/sh", "-c", "echo backup").returncode == 0
    nightly = work("schedule", "trigger", "nightly").stdout.split()[-1].rstrip(".")
    assert work("await", nightly).returncode == 0 and "backup" in work.output(nightly)
    # Another instance knows nothing of all that.
    other = play.add("--", "sh", "-c", "echo elsewhere; sleep 300")
    assert play("job", "show", server).returncode != 0 and work("job", "show", other).returncode != 0
    # In the middle of it the daemon is killed.
    acknowledged = {job: work.job(job)["status"] for job in (server, build, stubborn, forks, terminal, nightly)}
    waiting = work.add("--delay", "1s", "--", "sh", "-c", "echo after the fall")
    again = work.add("--rerun", "--", "sh", "-c", "echo attempt $HONEYDEW_ATTEMPT; test $HONEYDEW_ATTEMPT = 2 || sleep 300")
    wait_until(lambda: "attempt 1" in work.output(again), what="the repeatable one")
    work.kill()
    work.start()
    # What ran once is not run again behind anybody's back, what may be is.
    assert work.job(server)["error_code"] == "INTERRUPTED" and "may have been carried out" in work.job(server)["error"]
    assert work("await", waiting).returncode == 0 and work.output(waiting) == "after the fall\n"
    assert work("await", again).returncode == 0 and work.output(again) == "attempt 2\n"
    assert work("output", again, "--attempt", "1").stdout == "attempt 1\n"
    with pytest.raises(OSError):
        socket.create_connection(("127.0.0.1", port), timeout=10)
    for job, status in acknowledged.items():
        now = work.job(job)
        assert now["status"] == ("failed" if job == server else status) and now["completed_at"]
        assert work.output(job)
    # The server is started again under its id, and everything ends with the day.
    assert work("start", server).returncode == 0
    wait_until(lambda: work.output(server).count("port") == 1, what="the server")
    assert play.job(other)["status"] == "running"
    for desk in desks:
        assert desk("nuke", "--yes").returncode == 0
        desk.daemon.wait(60)
    wait_until(lambda: not tree_marks([desk.daemon_home for desk in desks]), what="the end of every tree")
