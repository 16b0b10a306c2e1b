"""Token refresh: a real daemon, its workers, and the sandbox over HTTPS with short-lived tokens."""

import errno
import os
import signal
import time

import pytest
from fault_injection import faults, faults_library  # noqa: F401
from honeydew_daemon import pb, process_state, wait_until
from sandbox_process import Sandbox
from test_api import USER, login, repositories, use


@pytest.fixture
def make_api(tmp_path):
    """Starts a sandbox with options; it ends with the test."""
    sandboxes = []

    def make(*options):
        sandboxes.append(Sandbox(tmp_path, *options))
        return sandboxes[-1]

    yield make
    for sandbox in sandboxes:
        if sandbox.process.poll() is None:
            sandbox.stop()


@pytest.fixture
def connected(daemon, make_api):
    """A daemon that is logged in to a sandbox with these options."""

    def connect(*options):
        api = make_api(*options)
        use(daemon, api)
        login(daemon)
        return api

    return connect


def auth_status(daemon):
    return daemon.stub.GetAuthStatus(pb.GetAuthStatusRequest())


def refreshes(api):
    return api.stats()["fields"].get("refreshToken", 0)


def let_expire(daemon):
    """Waits until the access token has expired."""
    expiry = auth_status(daemon).access_token_expires
    assert expiry
    wait_until(lambda: time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime()) >= expiry[:19])


def submit_many(daemon, count, **fields):
    return [repositories(daemon, f"org-{i}", **fields) for i in range(count)]


def completed(daemon, jobs):
    ended = daemon.wait(*jobs).values()
    assert [(s.status, s.error) for s in ended if s.status != "completed"] == []
    return ended


def test_a_token_near_its_end_is_refreshed_once_before_many_jobs(daemon, connected):
    api = connected("--access-lifetime", "200", "--rotate-refresh")
    before = auth_status(daemon)
    ended = completed(daemon, submit_many(daemon, 60))
    assert refreshes(api) == 1
    assert api.stats()["statuses"] == {"200": 62}
    assert {(s.attempts, s.retry_count) for s in ended} == {(1, 0)}
    (event,) = daemon.events("auth token refreshed")
    assert (event["level"], event["environment"], event["username"]) == ("info", "sandbox", USER)
    after = auth_status(daemon)
    assert after.authenticated and not after.needs_reauth and after.username == USER
    assert after.access_token_expires >= before.access_token_expires


@pytest.mark.parametrize("options", [(), ("--rotate-refresh",)])
def test_short_lived_tokens_carry_many_jobs(daemon, connected, options):
    api = connected("--access-lifetime", "2", *options)
    began = time.monotonic()
    ended = []
    while time.monotonic() - began < 7:
        ended += completed(daemon, submit_many(daemon, 25))
    # A token lives 1 to 2 s; more refreshes than that would be a second one for the same token.
    assert 2 <= refreshes(api) <= 2 + (time.monotonic() - began)
    assert {s.retry_count for s in ended} == {0}
    assert len(daemon.events("auth token refreshed")) == refreshes(api)


@pytest.mark.parametrize("options", [("--opaque-tokens",), ("--opaque-tokens", "--rotate-refresh")])
def test_tokens_that_do_not_tell_their_expiry_are_refreshed_on_401(daemon, connected, options):
    api = connected("--access-lifetime", "3", *options)
    assert not auth_status(daemon).access_token_expires
    time.sleep(3)
    ended = completed(daemon, submit_many(daemon, 40))
    assert 1 <= refreshes(api) <= 2
    assert {s.retry_count for s in ended} == {0}
    again = [s for s in ended if s.attempts > 1]
    # Each worker's job at the most met the 401.
    assert 1 <= len(again) <= 4
    history = daemon.job(again[0].job_id).history
    assert history[0].outcome == "failed" and "refused the access token" in history[0].error


def test_a_job_that_meets_401_in_midway_runs_again_after_one_refresh(daemon, connected):
    api = connected()
    api.fault("unauthorized", count=1, field="githubRepositories")
    status = daemon.wait_one(repositories(daemon, "acme", max_retries=0))
    assert (status.status, status.attempts, status.retry_count, status.error) == ("completed", 2, 0, "")
    assert refreshes(api) == 1


def test_401_after_a_refresh_is_final_and_others_go_on(daemon, connected):
    api = connected()
    jobs = [repositories(daemon, "fault-unauthorized") for _ in range(8)]
    others = submit_many(daemon, 20)
    ended = daemon.wait(*jobs).values()
    assert {(s.status, s.error_code, s.retry_count) for s in ended} == {("failed", "AUTH_INVALID", 0)}
    assert max(s.attempts for s in ended) <= 3
    completed(daemon, others)
    assert refreshes(api) <= 8
    assert auth_status(daemon).failed_auth_jobs == 8


def test_an_expired_refresh_token_fails_the_jobs_and_asks_for_a_login(daemon, connected):
    api = connected("--access-lifetime", "1", "--refresh-lifetime", "1")
    time.sleep(1)
    requests = api.stats()["requests"]
    ended = daemon.wait(*submit_many(daemon, 5)).values()
    assert {(s.status, s.error_code, s.attempts) for s in ended} == {("failed", "AUTH_EXPIRED", 0)}
    assert all(s.error.startswith("AUTH_EXPIRED: refresh token expired; run: honeydew login") for s in ended)
    assert api.stats()["requests"] == requests
    status = auth_status(daemon)
    assert (status.authenticated, status.needs_reauth, status.failed_auth_jobs) == (False, True, 5)
    expired = wait_until(lambda: daemon.events("auth token expired", failed_jobs_count=5))[0]
    assert (expired["level"], expired["environment"], expired["username"]) == ("error", "sandbox", USER)


def test_a_refused_refresh_fails_the_parked_jobs_and_a_login_helps(daemon, connected):
    api = connected("--access-lifetime", "2")
    let_expire(daemon)
    api.fault("unauthorized", field="refreshToken", count=100)
    ended = daemon.wait(*submit_many(daemon, 10)).values()
    assert {(s.status, s.error_code, s.retry_count) for s in ended} == {("failed", "AUTH_EXPIRED", 0)}
    assert refreshes(api) == 1
    status = auth_status(daemon)
    assert (status.authenticated, status.needs_reauth, status.failed_auth_jobs) == (False, True, 10)
    # It is known after a restart too.
    daemon.kill()
    daemon.start()
    assert auth_status(daemon).needs_reauth and daemon.status().needs_auth
    assert api.call("DELETE", "/faults")[0] == 200
    login(daemon)
    assert not auth_status(daemon).needs_reauth
    completed(daemon, submit_many(daemon, 3))


def test_a_broken_answer_to_a_refresh_does_not_lose_the_login(daemon, connected):
    api = connected("--access-lifetime", "2")
    let_expire(daemon)
    api.fault("graphql_error", field="refreshToken")
    assert daemon.wait_one(repositories(daemon, "acme")).error_code == "AUTH_EXPIRED"
    assert auth_status(daemon).needs_reauth
    daemon.kill()
    daemon.start()
    completed(daemon, [repositories(daemon, "acme")])


@pytest.mark.parametrize("kind", ["drop", "status"])
def test_an_api_in_trouble_costs_retries_and_no_login(daemon, connected, kind):
    api = connected("--access-lifetime", "2")
    let_expire(daemon)
    api.fault(kind, field="refreshToken", count=2)
    ended = completed(daemon, submit_many(daemon, 6, max_retries=5))
    assert {s.attempts for s in ended} == {1}
    assert {s.retry_count for s in ended} <= {1, 2}
    assert refreshes(api) >= 3
    assert not auth_status(daemon).needs_reauth


def test_an_api_that_is_down_fails_the_jobs_in_the_end(daemon, connected):
    api = connected("--access-lifetime", "1")
    let_expire(daemon)
    api.stop()
    ended = daemon.wait(*submit_many(daemon, 4, max_retries=1)).values()
    assert {(s.status, s.error_code) for s in ended} == {("failed", "AUTH_NETWORK_ERROR")}
    assert {(s.attempts, s.retry_count) for s in ended} == {(0, 1)}
    status = auth_status(daemon)
    assert (status.authenticated, status.needs_reauth, status.failed_auth_jobs) == (True, False, 4)


def test_a_good_token_is_used_while_its_early_refresh_fails(daemon, connected):
    api = connected("--access-lifetime", "200")
    api.fault("status", field="refreshToken", count=100)
    assert {s.retry_count for s in completed(daemon, submit_many(daemon, 10))} == {0}
    assert refreshes(api) == 1


def test_parked_jobs_hold_no_slot_and_can_be_cancelled(daemon, connected):
    api = connected("--access-lifetime", "2")
    let_expire(daemon)
    api.fault("delay", seconds=3, field="refreshToken")
    parked = submit_many(daemon, 6)
    wait_until(lambda: refreshes(api) == 1)
    for _ in range(5):
        assert daemon.wait_one(daemon.submit("diag.noop")).status == "completed"
    assert {daemon.job(j).status for j in parked} == {"pending"}
    daemon.stub.CancelJob(pb.CancelJobRequest(job_id=parked[0]))
    assert daemon.job(parked[0]).status == "cancelled"
    completed(daemon, parked[1:])
    assert (daemon.job(parked[0]).status, refreshes(api)) == ("cancelled", 1)


def test_a_logout_overtakes_a_slow_refresh(daemon, connected):
    api = connected("--access-lifetime", "2")
    let_expire(daemon)
    api.fault("delay", seconds=3, field="refreshToken")
    parked = submit_many(daemon, 6)
    wait_until(lambda: refreshes(api) == 1)
    assert daemon.stub.Logout(pb.LogoutRequest()).username == USER
    assert {s.error_code for s in daemon.wait(*parked).values()} == {"AUTH_REQUIRED"}
    status = auth_status(daemon)
    assert (status.authenticated, status.needs_reauth, status.username) == (False, True, "")
    (event,) = daemon.events("client call", component="audit", call="Logout")
    assert (event["on"], event["outcome"], event["uid"]) == ("sandbox", "OK", os.geteuid())
    # The late answer brings nobody back, here or after a restart.
    login(daemon)
    daemon.stub.Logout(pb.LogoutRequest(environment="sandbox"))
    wait_until(lambda: all(w.state == "idle" for w in daemon.workers()))
    assert not auth_status(daemon).authenticated
    daemon.kill()
    daemon.start()
    assert auth_status(daemon).needs_reauth and daemon.status().needs_auth
    login(daemon)
    completed(daemon, [repositories(daemon, "acme")])


def test_a_login_overtakes_a_slow_refresh(daemon, connected):
    api = connected("--opaque-tokens", "--access-lifetime", "4", "--rotate-refresh")
    time.sleep(4)
    api.fault("delay", seconds=5, field="refreshToken")
    began = time.monotonic()
    parked = submit_many(daemon, 6)
    wait_until(lambda: refreshes(api) == 1)
    login(daemon)
    completed(daemon, parked)
    assert time.monotonic() - began < 5
    api.wait_for_stats(in_flight=0)
    # The late answer has replaced nothing.
    assert daemon.events("auth token refreshed") == []
    time.sleep(4)
    completed(daemon, submit_many(daemon, 6))
    assert refreshes(api) == 2 and len(daemon.events("auth token refreshed")) == 1


def test_a_worker_killed_in_a_refresh_is_a_network_error(daemon, connected):
    api = connected("--access-lifetime", "2")
    let_expire(daemon)
    api.fault("hang", field="refreshToken")
    job_id = repositories(daemon, "acme")
    worker = wait_until(lambda: next((w for w in daemon.workers() if w.job_id.startswith("refresh-")), None))
    api.wait_for_stats(in_flight=1)
    os.kill(worker.pid, signal.SIGKILL)
    status = daemon.wait_one(job_id)
    assert (status.status, status.attempts, status.retry_count) == ("completed", 1, 1)
    assert process_state(worker.pid) is None


def test_an_urgent_restart_of_all_workers_lets_a_refresh_end(daemon, connected):
    api = connected("--access-lifetime", "2")
    let_expire(daemon)
    before = {worker.pid for worker in daemon.workers()}
    api.fault("delay", seconds=3, field="refreshToken")
    jobs = submit_many(daemon, 4)
    wait_until(lambda: any(worker.job_id.startswith("refresh-") for worker in daemon.workers()))
    daemon.stub.RestartWorker(pb.RestartWorkerRequest(all=True, now=True, wait=True), timeout=60)
    assert before.isdisjoint(worker.pid for worker in daemon.workers())
    assert refreshes(api) == 1
    completed(daemon, jobs)
    assert auth_status(daemon).authenticated


def test_an_idle_daemon_refreshes_before_expiry_and_once_a_minute(daemon, connected):
    api = connected("--access-lifetime", "302")
    wait_until(lambda: refreshes(api) == 1)
    wait_until(lambda: daemon.events("auth token refreshed"))
    # The new token is due again after 2 s.
    time.sleep(4)
    assert refreshes(api) == 1
    completed(daemon, submit_many(daemon, 10))
    assert refreshes(api) == 1


@pytest.mark.parametrize("fault", [{"write": errno.ENOSPC}, {"sync": errno.EIO}])
def test_a_new_pair_that_cannot_be_stored_waits_for_the_store(make_daemon, make_api, faults, fault):  # noqa: F811
    # The old refresh token is dead: only the answer at hand saves the login.
    api = make_api("--access-lifetime", "20", "--rotate-refresh")
    daemon = make_daemon(env=faults.env).start()
    use(daemon, api)
    login(daemon)
    api.fault("delay", seconds=1, field="refreshToken")
    job_id = repositories(daemon, "acme")
    wait_until(lambda: refreshes(api) == 1)
    faults.set(**fault)
    wait_until(lambda: daemon.events("store down"))
    assert api.stats()["fields"].get("githubRepositories", 0) == 0
    faults.clear()
    daemon.wait_until_serving()
    status = daemon.wait_one(job_id)
    assert (status.status, status.retry_count) == ("completed", 0)
    assert api.stats()["fields"]["githubRepositories"] == 1
    daemon.kill()
    daemon.start()
    # Another daemon has another minute.
    completed(daemon, submit_many(daemon, 4))
    assert refreshes(api) == 2 and api.stats()["statuses"].keys() == {"200"}


@pytest.mark.parametrize("rotates", [False, True])
def test_a_daemon_killed_between_the_answer_and_the_commit(make_daemon, make_api, rotates):
    api = make_api("--access-lifetime", "2", *(["--rotate-refresh"] if rotates else []))
    daemon = make_daemon().start()
    use(daemon, api)
    login(daemon)
    let_expire(daemon)
    assert daemon.stop() == 0
    # The submission is the first commit, the new pair of tokens the second.
    daemon.env["HONEYDEW_CRASH_POINT"] = "before-commit:2"
    daemon.start()
    job_id = repositories(daemon, "acme")
    assert daemon.process.wait(timeout=20) == -signal.SIGKILL
    assert refreshes(api) == 1
    daemon.kill()
    del daemon.env["HONEYDEW_CRASH_POINT"]
    daemon.start()
    status = daemon.wait_one(job_id)
    if rotates:
        assert (status.status, status.error_code) == ("failed", "AUTH_EXPIRED"), status.error
        assert auth_status(daemon).needs_reauth
        login(daemon)
        completed(daemon, [repositories(daemon, "acme")])
    else:
        assert (status.status, status.retry_count) == ("completed", 0), status.error
        assert not auth_status(daemon).needs_reauth
