"""systemd as a user's manager, with the rights of that user and no more, in namespaces of its own."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

UID = 4711

# What systemd looks for where it has booted, and a group of processes that belongs to the user.
AS_ROOT = f"""
set -e
mount --make-rprivate /
mount -t proc proc /proc
mount -t tmpfs tmpfs /run
mkdir -p /run/systemd/system
install -d -m 700 -o {UID} -g {UID} /run/user/{UID}
umount -l /sys/fs/cgroup
mount -t cgroup2 cgroup2 /sys/fs/cgroup
group=/sys/fs/cgroup/honeydew-test-$HONEYDEW_TEST
mkdir $group $group/init
echo $$ > $group/init/cgroup.procs
chown -R {UID}:{UID} $group
exec setpriv --reuid {UID} --regid {UID} --clear-groups \
  env -i HOME="$1" XDG_RUNTIME_DIR=/run/user/{UID} PATH="$1/bin:/usr/bin:/bin" sh -e -c "$2"
"""

AS_USER = """
cd
/lib/systemd/systemd --user > manager.log 2>&1 &
tries=0
until [ -S $XDG_RUNTIME_DIR/systemd/private ]; do
  tries=$((tries + 1)); [ $tries -lt 200 ]; sleep 0.1
done
"""


class UserManager:
    """Runs shell scripts as a user whose manager is up, with these programs in the path."""

    def __init__(self, programs: list[Path]):
        self.home = Path(tempfile.mkdtemp(prefix="hd", dir="/var/tmp"))
        (self.home / "bin").mkdir()
        for program in programs:
            shutil.copy(program, self.home / "bin")

    def write(self, name: str, text: str):
        path = self.home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def run(self, script: str) -> subprocess.CompletedProcess:
        subprocess.run(["chown", "-R", f"{UID}:{UID}", self.home], check=True)
        return subprocess.run(
            ["unshare", "--fork", "--pid", "--mount", "--cgroup", "--kill-child", "sh", "-c", AS_ROOT, "sh", self.home,
             AS_USER + script],
            env=os.environ | {"HONEYDEW_TEST": str(os.getpid())}, stdin=subprocess.DEVNULL, capture_output=True,
            text=True, timeout=120)

    def remove(self):
        shutil.rmtree(self.home)
        for group in Path("/sys/fs/cgroup").glob(f"**/honeydew-test-{os.getpid()}"):
            remove_groups(group)


def remove_groups(group: Path):
    """A group of processes can be removed when those below it are."""
    for child in group.iterdir():
        if child.is_dir():
            remove_groups(child)
    group.rmdir()
