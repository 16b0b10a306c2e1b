"""Makes system calls of a daemon under test fail: the switches of faults.c."""

import mmap
import struct
import subprocess
from pathlib import Path

import pytest

SOURCE = Path(__file__).with_name("faults.c")
_LAYOUT = struct.Struct("=4iq32s")


class Faults:
    """What fails now. Setting an attribute takes effect at once in the programs that run with `env`."""

    def __init__(self, library, switches):
        self.env = {"LD_PRELOAD": str(library), "FAULTS": str(switches)}
        switches.write_bytes(bytes(4096))
        with switches.open("r+b") as file:
            self._memory = mmap.mmap(file.fileno(), 4096)

    def set(self, *, write=0, sync=0, read=0, spawn=0, clock_seconds=0, files=".db-wal"):
        """Numbers of errors (`errno.ENOSPC`) for the calls that are to fail; those of files whose path ends in `files`."""
        _LAYOUT.pack_into(self._memory, 0, write, sync, read, spawn, clock_seconds, files.encode())

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
