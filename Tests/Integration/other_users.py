"""Clients that are other users: a thread connects as that user, and passes on what a channel of this process says.

The kernel records the credentials of the thread that connects (SO_PEERCRED, SO_PEERGROUPS in unix(7)); the raw system calls
change those of one thread, where the functions of libc change those of all.
"""

import contextlib
import ctypes
import os
import platform
import shutil
import socket
import subprocess
import tempfile
import threading
from pathlib import Path

import grpc
import pytest

from honeydew_daemon import BINARIES, pb_grpc

NOBODY = 65534


@contextlib.contextmanager
def opened():
    path = Path(tempfile.mkdtemp(prefix="hd"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


@pytest.fixture
def open_directory():
    """A place that everybody can reach, of the test's user. Where a daemon's socket is in it, name it before `make_daemon`: it
    is removed when the daemon is gone, which would bind its socket again."""
    with opened() as path:
        yield path


@pytest.fixture
def open_programs():
    """The directory of copies of our programs that every user may run: where the tree is may be closed to others."""
    with opened() as directory:
        copy_programs(directory)
        yield directory


def copy_programs(directory):
    for name in ("honeydew", "honeydewd", "honeydew-worker"):
        shutil.copy(BINARIES / name, directory)
    if os.getuid() == 0:
        probe = subprocess.run([directory / "honeydew", "--version"], user=NOBODY, capture_output=True, check=False)
        if probe.returncode == 127:
            pytest.skip("the toolchain's libraries are closed to other users")


_LIBC = ctypes.CDLL(None, use_errno=True)
_SETGROUPS, _SETRESUID, _SETRESGID = {"x86_64": (116, 117, 119), "aarch64": (159, 147, 149)}[platform.machine()]


def _call(*arguments):
    if _LIBC.syscall(*arguments) != 0:
        raise OSError(ctypes.get_errno(), "credentials")


def _become(uid, groups):
    _call(_SETGROUPS, len(groups), (ctypes.c_uint32 * max(1, len(groups)))(*groups))
    _call(_SETRESGID, 65534, 65534, 65534)
    _call(_SETRESUID, uid, uid, uid)


def _pump(source, target):
    try:
        while data := source.recv(65536):
            target.sendall(data)
    except OSError:
        pass
    for end in (source, target):
        try:
            end.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


class OtherUser:
    """`stub` is the service as this user has it, over one connection as long as nothing breaks it."""

    def __init__(self, directory, target, uid, *groups):
        self.uid, self._target = uid, str(target)
        path = f"{directory}/as-{uid}-{'-'.join(map(str, groups))}"
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(path)
        self._listener.listen()
        self.connections = 0
        threading.Thread(target=self._serve, args=(uid, groups), daemon=True).start()
        self.channel = grpc.insecure_channel(f"unix:{path}")
        self.stub = pb_grpc.DaemonStub(self.channel)

    def _serve(self, uid, groups):
        _become(uid, groups)
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = socket.socket(socket.AF_UNIX)
            try:
                server.connect(self._target)
            except OSError:
                client.close()
                continue
            self.connections += 1
            for ends in ((client, server), (server, client)):
                threading.Thread(target=_pump, args=ends, daemon=True).start()

    def close(self):
        self.channel.close()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
