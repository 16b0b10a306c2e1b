"""What README.md shows is what comes out, from an empty home, by copy and paste."""

import fcntl
import json
import os
import re
import signal
import socket
import subprocess
from pathlib import Path

import pytest

from honeydew_command import Terminal
from honeydew_daemon import BINARIES, ROOT, wait_until
from readme_session import Shell, Step, blocks, pattern
from started_daemons import daemons_below

README = (ROOT / "README.md").read_text()


@pytest.fixture
def port():
    with socket.create_server(("127.0.0.1", 0)) as free:
        return f"127.0.0.1:{free.getsockname()[1]}"


@pytest.fixture
def checkout(tmp_path):
    """The repository with these programs in bin/, and a place of its own for what is made in it."""
    directory = tmp_path / "checkout"
    (directory / ".build").mkdir(parents=True)
    (directory / ".build/venv").symlink_to(ROOT / ".build/venv")
    (directory / "bin").symlink_to(BINARIES)
    for name in ("Makefile", "contrib", "Package.swift"):
        (directory / name).symlink_to(ROOT / name)
    return directory


@pytest.fixture
def variables(home, port):
    return {"PATH": os.environ["PATH"], "HOME": home, "LANG": "C.UTF-8", "TERM": "xterm", "NO_COLOR": "1",
            "SANDBOX_PORT": port.split(":")[1]}


@pytest.fixture
def shell(checkout, variables, port, home):
    shell = Shell(checkout, variables, port)
    yield shell
    shell.close()
    # Those that commands have started are no jobs of the shell.
    for pid in daemons_below(home):
        os.kill(pid, signal.SIGKILL)


def test_the_sessions_of_the_readme_go_as_shown(shell, home):
    sessions = blocks(README)
    for step in (step for session in sessions for step in session):
        text = shell.run(step)
        if step.command.startswith("make sandbox"):
            sandbox = int(re.search(r"kill (\d+)", text)[1])
            line = next(line for line in text.splitlines() if line.startswith("honeydew env add"))
    assert sum(map(len, sessions)) > 25
    # The sandbox's own line does the same, from any directory and as often as one likes.
    shell.run(Step("honeydewd &", ["...", "Stop it with ..."]))
    shell.run(Step(f"cd / && {line}", ["...", "Logged in to sandbox as admin."]))
    shell.run(Step("honeydew shutdown", ["..."]))
    # And it ends as it says.
    shell.run(Step(f"kill {sandbox}"))
    wait_until(lambda: not os.path.exists(f"/proc/{sandbox}"), what="the end of the sandbox")


@pytest.mark.parametrize("shown, printed, is_same", [
    (["a  b"], "a    b\n", True), (["a b"], "a c\n", False), (["x ... y"], "x 1 2 y\n", True),
    (["...", "z"], "a\nb\nz\n", True), (["...", "z"], "a\nb\n", False), (["a"], "a\nb\n", False),
    (["gd55jat4pv32i ok"], "zz55jat4pv32i ok\n", True), (["gd55jat4pv32i ok"], "gd55 ok\n", False),
    (["at 2026-01-31T12:00:00Z"], "at 2027-01-31T12:00:00.123Z\n", True),
])
def test_shown_and_printed_text_differ_in_what_may_differ(shown, printed, is_same):
    assert (pattern(shown).fullmatch(printed) is not None) == is_same


def test_a_sandbox_whose_port_is_taken_says_so_and_leaves_the_certificates(checkout, variables, port):
    certificate = checkout / ".build/sandbox/ca.pem"
    certificate.parent.mkdir()
    certificate.write_text("of another sandbox")
    with socket.create_server(("127.0.0.1", int(port.split(":")[1]))):
        result = subprocess.run(["make", "sandbox"], cwd=checkout, env=variables, capture_output=True, text=True, timeout=60)
    assert result.returncode != 0 and f"somebody listens at {port} already" in result.stderr
    assert "make sandbox SANDBOX_PORT=0" in result.stderr and certificate.read_text() == "of another sandbox"


def test_the_configuration_that_the_readme_shows_is_that_of_who_has_none(home, variables):
    def settings():
        command = [BINARIES / "honeydew", "config", "show", "--json"]
        result = subprocess.run(command, env=variables, capture_output=True, text=True, check=True, timeout=60)
        return {setting["key"]: setting["value"] for setting in json.loads(result.stdout)}

    defaults = settings()
    directory = Path(home, ".honeydew")
    directory.mkdir()
    (directory / "config.yaml").write_text(re.search(r"```yaml\n(queue:.*?)```", README, re.DOTALL)[1])
    assert settings() == defaults


# The daemon at a terminal


def test_a_daemon_at_a_terminal_says_where_it_listens_and_how_it_is_stopped(home, variables):
    terminal = Terminal(variables, columns=200, program=str(BINARIES / "honeydewd"))
    terminal.read_until(f"listens at {home}/.honeydew/daemon.sock; its log is {home}/.honeydew/daemon.log\r\n")
    terminal.read_until("Stop it with Ctrl-C, or from anywhere with: honeydew shutdown\r\n")
    terminal.type("\x03")
    assert terminal.finish() == 0


def test_a_daemon_of_another_home_names_the_command_that_stops_it(home, variables):
    terminal = Terminal(variables, "--home", f"{home}/other", columns=200, program=str(BINARIES / "honeydewd"))
    terminal.read_until("or from anywhere with: ")
    terminal.read_until("shutdown\r\n")
    command = terminal.text.split("with: ")[1].strip()
    assert command == f"honeydew --home {home}/other shutdown"
    assert subprocess.run(command, shell=True, env={**variables, "PATH": f"{BINARIES}:{variables['PATH']}"}).returncode == 0
    assert terminal.finish() == 0


def test_a_terminal_that_stops_who_writes_in_the_background_does_not_stop_the_daemon(variables):
    script = "stty tostop; honeydewd & until honeydew ping 2>/dev/null; do sleep 0.05; done; honeydew shutdown"
    path = {**variables, "PATH": f"{BINARIES}:{variables['PATH']}"}
    terminal = Terminal(path, "-mc", script, program="/bin/bash")
    terminal.read_until("The daemon has stopped.")
    assert terminal.finish() == 0 and "listens at" not in terminal.text


def test_a_daemon_without_a_terminal_says_nothing(make_daemon):
    daemon = make_daemon().start()
    assert daemon.stop() == 0
    assert (daemon.process.stdout.read(), daemon.process.stderr.read()) == (b"", b"")


@pytest.mark.parametrize("place", ["other.sock", "daemon.sock"])
@pytest.mark.parametrize("is_relative", [True, False])
def test_a_daemon_that_is_missing_comes_to_its_socket_by_the_command_that_is_advised(home, variables, place, is_relative):
    path = {**variables, "PATH": f"{BINARIES}:{variables['PATH']}"}
    socket_path = place if is_relative else f"{home}/{place}"
    def ping():
        return subprocess.run(["honeydew", "--socket", socket_path, "ping"], cwd=home, env=path, capture_output=True, text=True)

    missing = ping()
    assert missing.returncode == 3
    command = missing.stderr.strip().split("start it with: ")[1]
    daemon = subprocess.Popen(f"exec {command}", shell=True, cwd=home, env=path)
    try:
        wait_until(lambda: ping().returncode == 0, what="the daemon")
    finally:
        daemon.terminate()
        daemon.wait(timeout=30)


# What is missing


def swift_of(directory, version):
    program = directory / "swift"
    program.write_text(f"#!/bin/sh\necho '{version}'\n")
    program.chmod(0o755)
    return f"{directory}:/usr/bin:/bin"


@pytest.mark.parametrize("version, complaint", [
    (None, "there is no swift in PATH, and Swift 6.2 or newer is needed"),
    ("Swift version 5.10.1 (swift-5.10.1-RELEASE)", "is Swift 5.10.1, and Swift 6.2 or newer is needed"),
    ("swift: something else", "is no compiler that works; Swift 6.2 or newer is needed"),
    ("Swift version 6.2 (swift-6.2-RELEASE)", None),
    ("Swift version 6.10.1 (swift-6.10.1-RELEASE)", None),
])
def test_make_says_which_swift_is_needed(tmp_path, version, complaint):
    path = "/usr/bin:/bin" if version is None else swift_of(tmp_path, version)
    if version is None and any(os.path.exists(f"{place}/swift") for place in path.split(":")):
        pytest.skip("there is a swift among the system's programs")
    result = subprocess.run(["make", "swift"], cwd=ROOT, env={"PATH": path}, capture_output=True, text=True, timeout=60)
    assert (result.returncode == 0) == (complaint is None)
    if complaint:
        assert complaint in result.stderr and "https://www.swift.org/install/linux/" in result.stderr
    version_needed = re.match(r"// swift-tools-version: (\S+)", (ROOT / "Package.swift").read_text())[1]
    assert f"with Swift {version_needed} or newer" in README


def test_setup_waits_for_the_lock_of_another_apt_and_says_so(tmp_path):
    """With a system of packages of its own: without a source, in which nothing is found in the end."""
    for name in ("state/lists/partial", "cache/archives/partial", "etc"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "state/status").touch()
    (tmp_path / "apt.conf").write_text(
        f'Dir::State "{tmp_path}/state";\nDir::State::status "{tmp_path}/state/status";\n'
        f'Dir::Cache "{tmp_path}/cache";\nDir::Etc "{tmp_path}/etc";\n')
    sudo = tmp_path / "sudo"
    sudo.write_text('#!/bin/sh\nexec "$@"\n')
    sudo.chmod(0o755)
    with (tmp_path / "state/lists/lock").open("w") as lock:
        fcntl.lockf(lock, fcntl.LOCK_EX)
        process = subprocess.Popen(
            [ROOT / "contrib/setup", "honeydew-no-such-package"], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            text=True, env={"PATH": f"{tmp_path}:{os.environ['PATH']}", "APT_CONFIG": str(tmp_path / "apt.conf")})
        assert process.stderr.readline() == (
            "setup: another apt is at work; waiting for its lock, for up to 10 minutes\n")
        assert process.poll() is None
    said, complaint = process.communicate(timeout=60)
    assert process.returncode == 1 and "Unable to locate package honeydew-no-such-package" in complaint
    assert said == "setup: installing honeydew-no-such-package\n" and "another apt" not in complaint


def test_the_appendix_names_tests_that_exist():
    appendix = README.split("## Appendix: from gob")[1]
    named = re.findall(r"`(test_\w+\.py)(?:::(\w+))?`", appendix)
    assert len(named) > 20
    for file, test in named:
        text = (ROOT / "Tests/Integration" / file).read_text()
        assert not test or f"def {test}(" in text, f"{file}::{test}"
