"""Who may use the socket: the daemon's own user and root, and whom the configuration admits."""

import os
import socket
import subprocess

import pytest

from honeydew_daemon import wait_until
from other_users import open_directory, open_programs  # noqa: F401

ALICE, BOB, OPS, WEB = 61001, 61002, 62001, 62002


@pytest.fixture
def make_open(open_directory, make_daemon):
    def make(access):
        path = f"{open_directory}/daemon.sock"
        daemon = make_daemon(config=f"daemon:\n  socket_path: {path}\n{access}")
        daemon.socket = path
        return daemon.start()

    return make


def connect(path, uid, *groups):
    """What happens to a user who connects: `admitted`, `denied` by the daemon, or `kept out` by the file's mode."""
    pid = os.fork()
    if pid == 0:
        status = 3
        try:
            os.setgroups(groups[1:])
            os.setgid(groups[0] if groups else 65534)
            os.setuid(uid)
            with socket.socket(socket.AF_UNIX) as client:
                client.settimeout(10)
                client.connect(path)
                client.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0")
                status = 0 if client.recv(9) else 1
        except PermissionError:
            status = 2
        except (BrokenPipeError, ConnectionResetError):
            status = 1
        finally:
            os._exit(status)
    return ["admitted", "denied", "kept out", "failed"][os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])]


@pytest.mark.root("users")
def test_nobody_else_by_default(make_open):
    daemon = make_open("")
    assert os.stat(daemon.socket).st_mode & 0o777 == 0o600
    assert connect(daemon.socket, 0) == "admitted"
    assert connect(daemon.socket, ALICE) == "kept out"


@pytest.mark.root("users")
@pytest.mark.parametrize("form", [f"[{ALICE}]", f"{ALICE}", f"\n    - {ALICE}\n    - root"])
def test_users_that_are_named(make_open, form):
    daemon = make_open(f"access:\n  view: {form}\n")
    assert os.stat(daemon.socket).st_mode & 0o777 == 0o666
    assert connect(daemon.socket, ALICE) == "admitted"
    assert connect(daemon.socket, BOB) == "denied"
    assert daemon.events("connection refused", uid=BOB, component="rpc")


@pytest.mark.root("users")
def test_members_of_one_group_by_the_mode_of_the_socket_too(make_open):
    daemon = make_open(f"access:\n  admin: \"@{OPS}\"\n")
    status = os.stat(daemon.socket)
    assert (status.st_mode & 0o777, status.st_gid) == (0o660, OPS)
    assert connect(daemon.socket, ALICE, OPS) == "admitted"
    assert connect(daemon.socket, ALICE, WEB, OPS) == "admitted"
    assert connect(daemon.socket, BOB, WEB) == "kept out"
    # The mode is not what decides.
    os.chmod(daemon.socket, 0o666)
    assert connect(daemon.socket, BOB, WEB) == "denied"


@pytest.mark.root("users")
def test_a_daemon_that_is_no_member_of_the_group_admits_its_members_all_the_same(
    open_directory, make_daemon, home, open_programs
):
    os.chown(home, BOB, BOB)
    os.chown(open_directory, BOB, BOB)
    daemon = make_daemon(config=f"daemon:\n  socket_path: {open_directory}/daemon.sock\naccess:\n  view: [\"@{OPS}\"]\n")
    daemon.socket = f"{open_directory}/daemon.sock"
    os.chown(daemon.home / "config.yaml", BOB, BOB)
    daemon.binary = open_programs / "honeydewd"
    with open(daemon.home / "stderr", "wb") as errors:
        daemon.process = subprocess.Popen(
            [daemon.binary, "--home", daemon.home], user=BOB, group=BOB, extra_groups=[], stdin=subprocess.DEVNULL,
            stdout=errors, stderr=errors, env=daemon.env)  # fmt: skip
    wait_until(daemon._answers, what="the daemon")
    assert os.stat(daemon.socket).st_mode & 0o777 == 0o666
    assert daemon.events("the socket's file cannot be given to the group, so that everybody reaches it; only members are admitted")
    assert connect(daemon.socket, ALICE, OPS) == "admitted"
    assert connect(daemon.socket, ALICE, WEB) == "denied"
    assert connect(daemon.socket, BOB) == "admitted"


@pytest.mark.root("users")
def test_the_socket_of_a_socket_unit_is_opened_too(open_directory, make_daemon):
    daemon = make_daemon(config=f"daemon:\n  socket_path: {open_directory}/daemon.sock\naccess:\n  submit: {ALICE}\n")
    daemon.socket = f"{open_directory}/daemon.sock"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(daemon.socket)
        os.chmod(daemon.socket, 0o600)
        listener.listen(64)
        command = f'LISTEN_PID=$$ LISTEN_FDS=1 exec "$0" --home {daemon.home} 3<&{listener.fileno()}'
        daemon.process = subprocess.Popen(
            ["bash", "-c", command, daemon.binary], pass_fds=[listener.fileno()], stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=daemon.env)  # fmt: skip
        wait_until(daemon._answers)
        assert connect(daemon.socket, ALICE) == "admitted"
        assert connect(daemon.socket, BOB) == "denied"


@pytest.mark.root("users")
def test_users_and_groups_together(make_open):
    daemon = make_open(f"access:\n  submit: [{ALICE}]\n  view: [\"@{OPS}\", \"@{WEB}\"]\n")
    assert connect(daemon.socket, ALICE) == "admitted"
    assert connect(daemon.socket, BOB, 65534, 65533, WEB) == "admitted"
    assert connect(daemon.socket, BOB, ALICE) == "denied"


@pytest.mark.root("users")
def test_one_who_tries_again_and_again_does_not_fill_the_log(make_open):
    daemon = make_open(f"access:\n  submit: [{ALICE}]\n")
    assert {connect(daemon.socket, BOB) for _ in range(30)} == {"denied"}
    assert connect(daemon.socket, BOB + 1) == "denied"
    wait_until(lambda: daemon.events("connection refused", uid=BOB + 1))
    assert len(daemon.events("connection refused", uid=BOB)) == 1


@pytest.mark.parametrize("form", ["no-such-user", '"@no-such-group"', '"@"', "[root, no-such-user]", "[[root]]", "[root, {a: b}]", '["root,0"]', "-1"])
def test_whom_nobody_knows_is_refused_with_the_line(make_daemon, form):
    daemon = make_daemon(config=f"access:\n  submit: {form}\n").spawn()
    assert daemon.process.wait(10) == 78
    line = (daemon.home / "config.yaml").read_text().splitlines().index(f"  submit: {form}") + 1
    text = daemon.process.stderr.read().decode()
    assert f"config.yaml:{line}: access.submit: must be users of this machine by name or number" in text


@pytest.mark.parametrize("key", ["allow_users", "allow_groups"])
def test_the_keys_that_made_everybody_an_administrator_are_refused_with_what_to_write(make_daemon, key):
    daemon = make_daemon(config=f"daemon:\n  {key}: root\n").spawn()
    assert daemon.process.wait(10) == 78
    text = daemon.process.stderr.read().decode()
    assert f"daemon.{key}: is gone" in text and "below access: as admin:, submit: or view:" in text
