"""`make install` and `uninstall`, and an upgrade under a running daemon."""

import os
import re
import shutil
import subprocess
import time

import pytest

from honeydew_daemon import BINARIES, ROOT, is_alive, pb, wait_until

GROUPS = ["", "-api", "-daemon", "-env", "-job", "-run", "-schedule", "-worker"]
PLACES = {
    "bin/honeydew", "bin/honeydew-worker", "bin/honeydewd", "lib/systemd/system/honeydew.service",
    "lib/systemd/system/honeydew.socket", "lib/systemd/user/honeydew.service", "lib/sysusers.d/honeydew.conf",
    "lib/tmpfiles.d/honeydew.conf", "share/bash-completion/completions/honeydew",
    "share/doc/honeydew/config.example.yaml", "share/doc/honeydew/local-commands.conf", "share/fish/vendor_completions.d/honeydew.fish",
    *(f"share/man/man1/honeydew{group}.1" for group in GROUPS), "share/man/man5/honeydew.yaml.5", "share/man/man8/honeydewd.8",
    "share/zsh/site-functions/_honeydew",
}


def make(target, destination, prefix="/usr", check=True, binaries=BINARIES):
    return subprocess.run(["make", "--no-print-directory", target, f"BIN={binaries}", f"PREFIX={prefix}",
                           f"DESTDIR={destination}"], cwd=ROOT, check=check, capture_output=True, text=True, timeout=120)


def files(directory):
    return {str(path.relative_to(directory)) for path in directory.rglob("*") if not path.is_dir()}


def test_install_puts_everything_in_its_place_and_uninstall_takes_it_away(tmp_path):
    make("install", tmp_path)
    assert files(tmp_path / "usr") == PLACES
    for name in ("honeydew", "honeydewd", "honeydew-worker"):
        assert os.access(tmp_path / "usr/bin" / name, os.X_OK)
    version = subprocess.run([tmp_path / "usr/bin/honeydew", "--version"], capture_output=True, text=True, timeout=30)
    assert version.stdout.startswith("honeydew ")
    assert "complete" in (tmp_path / "usr/share/bash-completion/completions/honeydew").read_text()
    precious = tmp_path / "usr/share/doc/precious"
    precious.write_text("of somebody else")
    make("uninstall", tmp_path)
    assert files(tmp_path / "usr") == {"share/doc/precious"}
    left = {str(path.relative_to(tmp_path / "usr")) for path in (tmp_path / "usr").rglob("*") if path.is_dir()}
    assert left == {"bin", "lib", "share", "share/doc"}


def test_units_name_the_programs_where_they_are(tmp_path):
    make("install", tmp_path, prefix="/opt/honeydew")
    for unit in ["system/honeydew.service", "user/honeydew.service"]:
        text = (tmp_path / "opt/honeydew/lib/systemd" / unit).read_text()
        assert "ExecStart=/opt/honeydew/bin/honeydewd\n" in text and "/usr/bin" not in text


def test_nothing_is_installed_before_it_is_built(tmp_path):
    result = make("install", tmp_path / "target", check=False, binaries=tmp_path)
    assert result.returncode != 0 and "run make build first" in result.stderr
    assert not (tmp_path / "target").exists()


def test_upgrade_in_place_loses_no_job(make_daemon, tmp_path):
    make("install", tmp_path, prefix="")
    daemon = make_daemon(workers=2)
    daemon.binary = tmp_path / "bin/honeydewd"
    daemon.start()
    old = {worker.pid for worker in daemon.workers()}
    # Each appends its line once it is done; more than the pool can do before the upgrade.
    request = pb.SubmitJobsRequest(jobs=[pb.SubmitJobRequest(command="diag.sleep", payload='{"ms": 20}')
                                         for _ in range(300)])
    ids = list(daemon.stub.SubmitJobs(request, timeout=30).job_ids)
    make("install", tmp_path, prefix="")
    # The old daemon goes on, and its new workers are the new program.
    for slot in (1, 2):
        daemon.stub.RestartWorker(pb.RestartWorkerRequest(slot=slot), timeout=60)
    wait_until(lambda: {w.pid for w in daemon.workers() if w.pid}.isdisjoint(old), 60, "new workers")
    executable = (tmp_path / "bin/honeydew-worker").stat()
    for worker in wait_until(lambda: [w for w in daemon.workers() if w.pid], what="workers"):
        assert os.stat(f"/proc/{worker.pid}/exe").st_ino == executable.st_ino
    assert daemon.stop() == 0
    daemon.start()
    for start in range(0, len(ids), 100):
        for status in daemon.wait(*ids[start:start + 100], timeout=120).values():
            assert status.status == "completed", status
    assert not any(is_alive(pid) for pid in old)


def test_install_never_leaves_half_a_program(tmp_path):
    """Somebody who starts the program again and again during an upgrade never fails."""
    make("install", tmp_path, prefix="")
    upgrade = subprocess.Popen(["make", "install", f"BIN={BINARIES}", "PREFIX=", f"DESTDIR={tmp_path}"], cwd=ROOT,
                               stdout=subprocess.DEVNULL)
    runs = 0
    while upgrade.poll() is None or runs == 0:
        subprocess.run([tmp_path / "bin/honeydew", "--version"], check=True, stdout=subprocess.DEVNULL, timeout=60)
        runs += 1
        time.sleep(0.005)
    assert upgrade.wait() == 0


@pytest.mark.skipif(not shutil.which("man"), reason="man is not installed")
@pytest.mark.parametrize("page", ["honeydew.1", "honeydewd.8", "honeydew.yaml.5"])
def test_manual_pages_are_without_faults(page):
    result = subprocess.run(["man", "--warnings", "-l", ROOT / "contrib/man" / page], capture_output=True, text=True,
                            env={**os.environ, "LC_ALL": "C.UTF-8", "MANWIDTH": "80"}, timeout=60)
    assert (result.returncode, result.stderr) == (0, "")
    assert len(result.stdout.splitlines()) > 40


def test_manual_of_the_daemon_names_every_option():
    text = (ROOT / "contrib/man/honeydewd.8").read_text().replace("\\-", "-")
    usage = subprocess.run([BINARIES / "honeydewd", "--help"], capture_output=True, text=True, timeout=30).stdout
    for option in re.findall(r"--[a-z-]+", usage):
        assert option in text or option == "--help", option
