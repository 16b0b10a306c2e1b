"""The daemon raises its limit on descriptors to what its connections need; its workers lower theirs."""

import json
import os
import resource
import subprocess

import pytest

from honeydew_command import environment, honeydew, use_home  # noqa: F401
from honeydew_daemon import wait_until


def spawn(daemon, soft, hard, *arguments):
    """Starts the daemon with these limits."""
    command = ["prlimit", f"--nofile={soft}:{hard}", daemon.binary, "--home", daemon.home, *arguments]
    daemon.process = subprocess.Popen(command, env=daemon.env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                      stderr=subprocess.PIPE)
    wait_until(daemon._answers, what="the daemon")
    wait_until(lambda: all(w.state == "idle" for w in daemon.workers()), what="the pool")
    return daemon


def limits(pid):
    return resource.prlimit(pid, resource.RLIMIT_NOFILE)


def test_the_limit_is_raised_for_the_daemon_and_not_for_its_workers(make_daemon):
    daemon = spawn(make_daemon(), 256, 8192)
    status = daemon.status()
    assert 2048 < status.descriptors_needed == status.descriptor_limit < 8192
    assert limits(daemon.pid) == (status.descriptor_limit, 8192)
    assert [limits(worker.pid) for worker in daemon.workers()] == [(64, 64)] * 4
    # A worker that takes another's place is a child like the first one, and the daemon keeps its own limit.
    job_id = daemon.submit("diag.crash", {"untilAttempt": 1})
    assert daemon.wait_one(job_id).status == "completed"
    wait_until(lambda: all(w.state == "idle" for w in daemon.workers()), what="the pool")
    assert [limits(worker.pid) for worker in daemon.workers()] == [(64, 64)] * 4
    assert limits(daemon.pid) == (status.descriptor_limit, 8192)
    assert not daemon.events("fewer descriptors than all connections may need; raise the hard limit (LimitNOFILE=, ulimit -Hn)")


def test_a_limit_that_is_high_enough_stays(make_daemon):
    daemon = spawn(make_daemon(), 5000, 6000)
    assert limits(daemon.pid) == (5000, 6000)
    assert {limits(worker.pid) for worker in daemon.workers()} == {(64, 64)}


@pytest.mark.parametrize("connections, state", [(16, None), (1024, "warning")])
def test_doctor_says_when_the_hard_limit_is_too_low(make_daemon, environment, honeydew, connections, state):  # noqa: F811
    daemon = spawn(make_daemon(), 200, 400, "--set", f"daemon.max_connections={connections}")
    use_home(environment, daemon)
    findings = {f["check"]: f for f in json.loads(honeydew("doctor", "--json").stdout)}
    assert findings.get("descriptors", {}).get("state") == state
    if state:
        needed = daemon.status().descriptors_needed
        assert "may open 400 " in findings["descriptors"]["text"] and f"needs {needed} " in findings["descriptors"]["text"]
        assert limits(daemon.pid) == (400, 400)
        assert len([e for e in daemon.log() if e.get("needed") == needed and e.get("limit") == 400]) == 1
    assert os.path.exists(daemon.socket)
