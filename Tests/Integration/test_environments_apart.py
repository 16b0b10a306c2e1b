"""A process serves one environment: it never sees the token of another."""

import pytest

from honeydew_daemon import pb, wait_until
from sandbox_process import Sandbox


@pytest.fixture(scope="module")
def api(tmp_path_factory):
    with Sandbox(tmp_path_factory.mktemp("certificates")) as api:
        yield api


def log_in(daemon, api, *names):
    for name in names:
        daemon.stub.AddEnvironment(pb.AddEnvironmentRequest(name=name, base_url=api.url, ca_file=api.ca_file))
        daemon.stub.Login(pb.LoginRequest(username="admin", password="honeydew-demo", environment=name), timeout=30)


def test_environments_in_turn_over_one_worker_each_get_a_process_of_their_own(make_daemon, api):
    daemon = make_daemon(workers=1).start()
    log_in(daemon, api, "a", "b")
    pids = []
    for name in ["a", "b", "a", "a", "b"]:
        before = daemon.workers()[0].pid
        status = daemon.wait_one(daemon.submit("organizations.list", environment=name))
        assert (status.status, status.attempts) == ("completed", 1), status.error
        pids.append(daemon.workers()[0].pid)
        assert before
    assert pids[0] != pids[1] and pids[1] != pids[2] and pids[2] == pids[3] and pids[3] != pids[4]
    worker = daemon.workers()[0]
    assert worker.restarts == 0 and worker.last_exit_cause == "another environment needs a process"
    assert not daemon.status().degraded


def test_many_environments_share_few_workers_and_all_jobs_end(make_daemon, api):
    daemon = make_daemon(workers=2).start()
    names = ["a", "b", "c", "d", "e"]
    log_in(daemon, api, *names)
    ids = [daemon.submit("organizations.list", environment=name) for _ in range(12) for name in names]
    ended = daemon.wait(*ids)
    assert {(s.status, s.attempts) for s in ended.values()} == {("completed", 1)}
    wait_until(lambda: all(w.state == "idle" for w in daemon.workers()))


def test_jobs_without_an_environment_drive_nobody_away(make_daemon, api):
    daemon = make_daemon(workers=1).start()
    log_in(daemon, api, "a")
    pid = daemon.workers()[0].pid
    for _ in range(3):
        assert daemon.wait_one(daemon.submit("diag.noop")).status == "completed"
        assert daemon.wait_one(daemon.submit("organizations.list", environment="a")).status == "completed"
    assert daemon.workers()[0].pid == pid
