"""What this process may do to the machine: for tests that need a root's rights (`@pytest.mark.root("mount")`)."""

import functools
import os
import subprocess
from pathlib import Path

from slow_disk import limits


def _is_root() -> bool:
    return os.geteuid() == 0


def _may_mount() -> bool:
    # In a mount namespace of its own, so that nothing has to be undone.
    probe = ["unshare", "--mount", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
    return _is_root() and subprocess.run(probe, capture_output=True, check=False).returncode == 0


def _uids() -> int:
    """How many user ids there are in this user namespace (user_namespaces(7))."""
    return sum(int(line.split()[2]) for line in Path("/proc/self/uid_map").read_text().splitlines())


def _may_slow_a_disk() -> bool:
    # Loop devices and their limits belong to the machine: the root of a user namespace may not have them.
    files = [Path("/dev/loop-control"), *limits()]
    return _is_root() and _uids() == 2**32 - 1 and all(os.access(file, os.W_OK) for file in files)


RIGHTS = {
    "mount": (_may_mount, "mounting a disk"),
    "users": (lambda: _is_root() and _uids() > 65535, "becoming another user"),
    "memory": (_is_root, "looking into a process that cannot be dumped"),
    "slow disk": (_may_slow_a_disk, "a loop device with a limit (cgroup v1, blkio)"),
}


@functools.cache
def lacks(right: str) -> str | None:
    """Why a test that needs the right cannot run here; None when it can."""
    has, what = RIGHTS[right]
    return None if has() else f"{what} needs root"
