"""A disk whose sync takes 70 to 540 ms: ext4 in a file, on a loop device that the kernel lets do few writes a second.

A `sleep` in a preloaded `fdatasync` would not be the same: here the page cache, the journal and every other sync of the
disk are slow too, and writes that are not synced are not.
"""

import contextlib
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

WRITES_A_SECOND = 20
MEBIBYTES = 256
# Of cgroup v1 (kernel's blkio-controller.rst): "MAJOR:MINOR NUMBER", and 0 for no limit.
_BLKIO = Path("/sys/fs/cgroup/blkio")
_LIMIT = "blkio.throttle.write_iops_device"


def limits() -> list[Path]:
    """Where the limit is set: for this process and its children, and for the journal's thread, which is the kernel's."""
    own = [
        line.split(":", 2)[2].lstrip("/")
        for line in Path("/proc/self/cgroup").read_text().splitlines()
        if "blkio" in line.split(":")[1].split(",")
    ]
    return sorted({_BLKIO / _LIMIT, *(_BLKIO / group / _LIMIT for group in own)})


def _limit(device: str, writes: int) -> None:
    for path in limits():
        path.write_text(f"{device} {writes}\n")


@contextlib.contextmanager
def slow_disk(mountpoint: str | Path, writes: int = WRITES_A_SECOND) -> Iterator[None]:
    """Mounts the disk over a directory; at the end it is gone, whatever happened, with all that was on it."""
    with tempfile.TemporaryDirectory(prefix="hddisk") as directory:
        file = Path(directory) / "disk"
        with file.open("wb") as empty:
            empty.truncate(MEBIBYTES << 20)
        # Nothing is left for later: the kernel would write it while a test measures.
        _run("mkfs.ext4", "-q", "-E", "lazy_itable_init=0,lazy_journal_init=0", file)
        # The loop device goes by itself when the last who uses the mount has gone.
        _run("mount", "-o", "loop", file, mountpoint)
        device = _run("findmnt", "--noheadings", "--output", "MAJ:MIN", "--mountpoint", mountpoint)
        try:
            _run("sync", "--file-system", mountpoint)
            _limit(device, writes)
            yield
        finally:
            _limit(device, 0)
            _run("umount", "--lazy", mountpoint)


def _run(*command: str | Path) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
