"""Makes system calls of a daemon under test fail: the switches of faults.c."""

import mmap
import struct
import subprocess
from pathlib import Path

import pytest

SOURCE = Path(__file__).with_name("faults.c")
_LAYOUT = struct.Struct("=4iq32s6i")


class Faults:
    """What fails now. Setting an attribute takes effect at once in the programs that run with `env`."""

    def __init__(self, library, switches):
        self.env = {"LD_PRELOAD": str(library), "FAULTS": str(switches)}
        switches.write_bytes(bytes(4096))
        with switches.open("r+b") as file:
            self._memory = mmap.mmap(file.fileno(), 4096)

    def set(self, *, write=0, sync=0, read=0, spawn=0, clock_seconds=0, files=".db-wal"):
        """Numbers of errors (`errno.ENOSPC`) for the calls that are to fail; those of files whose path ends in `files`."""
        _LAYOUT.pack_into(self._memory, 0, write, sync, read, spawn, clock_seconds, files.encode(), *[0] * 6)

    def fail_once(self, call, number, error, files=".db-wal"):
        """Lets one call fail, the `number`th from now: "write", "sync" or "read", of files whose path ends in `files`."""
        at = [(number, error) if call == name else (0, 0) for name in ("write", "sync", "read")]
        _LAYOUT.pack_into(self._memory, 0, 0, 0, 0, 0, 0, files.encode(), *sum(at, ()))

    @property
    def has_failed(self):
        """Whether the call of `fail_once` has come."""
        write_at, _, sync_at, _, read_at, _ = _LAYOUT.unpack_from(self._memory)[6:]
        return max(write_at, sync_at, read_at) <= 0

    def clear(self):
        self.set()


@pytest.fixture(scope="session")
def faults_library(tmp_path_factory):
    library = tmp_path_factory.mktemp("faults") / "faults.so"
    subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o", library, SOURCE, "-ldl"], check=True)
    return library


@pytest.fixture
def faults(faults_library, tmp_path):
    return Faults(faults_library, tmp_path / "faults")


__all__ = ["Faults", "faults", "faults_library"]
