"""The Honeydew API through the daemon: real processes, real HTTPS, the sandbox at the other end."""

import json
import os
import queue
import signal
import time
from pathlib import Path

import grpc
import pytest
from honeydew_daemon import pb, process_state, wait_until
from sandbox_process import COMMITS, Client, Sandbox
from worker_api import served

USER, PASSWORD = "admin", "honeydew-demo"


@pytest.fixture(scope="module")
def api(tmp_path_factory):
    with Sandbox(tmp_path_factory.mktemp("certificates")) as sandbox:
        yield sandbox


@pytest.fixture
def logged_in(daemon, api):
    use(daemon, api)
    login(daemon)
    yield daemon
    assert api.call("DELETE", "/faults")[0] == 200


def use(daemon, api, name="sandbox", **fields):
    request = pb.AddEnvironmentRequest(
        name=name, **{"base_url": api.url, "ca_file": api.ca_file, "set_active": True, **fields}
    )
    return daemon.stub.AddEnvironment(request).environment


def login(daemon, password=PASSWORD, **fields):
    return daemon.stub.Login(pb.LoginRequest(username=USER, password=password, **fields), timeout=30)


def repositories(daemon, organization, **fields):
    return daemon.submit("github.repositories", {"organization": organization}, **fields)


def test_commits_arrive_as_the_api_sent_them(logged_in, api):
    options = pb.JobOptions(priority=2)
    request = pb.GitHubGetCommitsRequest(
        organization="acme", repository="web", author="", include_diff=False, options=options
    )
    job_id = logged_in.stub.GitHubGetCommits(request).job_id
    status = logged_in.wait_one(job_id)
    assert (status.status, status.command, status.environment) == ("completed", "github.commits", "sandbox")
    assert json.loads(status.payload) == {"organization": "acme", "repository": "web", "includeDiff": False}
    commits = json.loads(status.result)["githubCommits"]["commits"]
    direct = Client(api)
    direct.token = direct.login()["accessToken"]
    expected = direct.data(COMMITS, o="acme", r="web", diff=False)["githubCommits"]["commits"]
    assert [c["sha"] for c in commits] == [c["sha"] for c in expected] and commits
    direct.connection.close()


def test_every_call_of_the_api_has_its_own_rpc(logged_in):
    organizations = logged_in.stub.ListOrganizations(pb.ListOrganizationsRequest()).job_id
    repos = logged_in.stub.GitHubListRepositories(pb.GitHubListRepositoriesRequest(organization="acme")).job_id
    ended = logged_in.wait(organizations, repos)
    assert {status.status for status in ended.values()} == {"completed"}
    assert json.loads(ended[repos].result)["githubRepositories"]


def test_a_login_is_known_and_its_secrets_are_nowhere(logged_in, api):
    status = logged_in.stub.GetAuthStatus(pb.GetAuthStatusRequest())
    assert (status.authenticated, status.needs_reauth, status.username) == (True, False, USER)
    assert status.access_token_expires and status.environment == "sandbox"
    assert not logged_in.status().needs_auth
    logged_in.wait_one(repositories(logged_in, "acme"))
    for path in Path(logged_in.home).rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            # Every JSON web token begins with these letters.
            assert PASSWORD.encode() not in content and b"eyJ" not in content, path


def test_the_api_and_the_log_name_a_call_alike(make_daemon, tmp_path):
    daemon = make_daemon().start()
    seen = queue.Queue()

    def answer(peer):
        with peer.makefile("rwb") as stream:
            stream.readline()
            fields = dict(line.decode().strip().lower().split(": ", 1) for line in iter(stream.readline, b"\r\n"))
            body = stream.read(int(fields["content-length"]))
            seen.put(fields["x-request-id"])
            pair = b'{"accessToken":"a","refreshToken":"r","user":{"username":"u"}}'
            data = b'{"data":{"login":%s}}' % pair if b"AuthLogin" in body else b'{"errors":[{"message":"no"}]}'
            stream.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\nconnection: close\r\n\r\n" % len(data) + data)

    with served("127.0.0.1", answer, connections=2) as url:
        url = url.replace("https://", "http://")
        daemon.stub.AddEnvironment(pb.AddEnvironmentRequest(name="recorder", base_url=url, set_active=True))
        login(daemon)
        (event,) = wait_until(lambda: daemon.events("logged in"))
        assert seen.get() == event["request_id"]
        job_id = repositories(daemon, "acme")
        assert daemon.wait_one(job_id).status == "failed"
    assert seen.get() == f"{job_id}.1"
    wait_until(lambda: daemon.events("job failed"))
    for message in ("job started", "job failed"):
        assert daemon.events(message, job_id=job_id)[0]["request_id"] == f"{job_id}.1"


def test_a_login_outlives_the_daemon(logged_in):
    logged_in.kill()
    logged_in.start()
    assert logged_in.wait_one(repositories(logged_in, "acme")).status == "completed"


def test_a_wrong_password_is_refused_by_the_api(daemon, api):
    use(daemon, api)
    with pytest.raises(grpc.RpcError) as info:
        login(daemon, password="wrong-secret")
    assert info.value.code() == grpc.StatusCode.UNAUTHENTICATED
    assert "wrong-secret" not in info.value.details()
    assert not daemon.stub.GetAuthStatus(pb.GetAuthStatusRequest()).authenticated


def test_a_login_whose_client_has_gone_is_forgotten(daemon, api):
    use(daemon, api)
    hanging = [daemon.submit("diag.sleep", {"ms": 1500}) for _ in range(4)]
    for job_id in hanging:
        daemon.wait_running(job_id)
    requests = api.stats()["requests"]
    with pytest.raises(grpc.RpcError):
        daemon.stub.Login(pb.LoginRequest(username=USER, password=PASSWORD), timeout=0.3)
    daemon.wait(*hanging)
    assert daemon.wait_one(daemon.submit("diag.noop")).status == "completed"
    assert api.stats()["requests"] == requests


def test_a_resting_api_holds_back_its_own_calls_only(logged_in):
    limited = repositories(logged_in, "fault-rate-limit-3-x1")
    wait_until(lambda: logged_in.job(limited).retry_count == 1)
    github = repositories(logged_in, "acme")
    other = logged_in.stub.ListOrganizations(pb.ListOrganizationsRequest()).job_id
    assert logged_in.wait_one(other).status == "completed"
    assert logged_in.job(github).status == "pending"
    stats = logged_in.stub.GetQueueStats(pb.GetQueueStatsRequest())
    assert next(p for p in stats.providers if p.provider == "github").resting_until
    ended = logged_in.wait(limited, github)
    assert {status.status for status in ended.values()} == {"completed"}
    assert ended[github].started_at >= logged_in.job(limited).history[0].ended_at


def test_without_a_login_a_job_fails_and_says_what_to_do(daemon, api):
    use(daemon, api)
    status = daemon.wait_one(repositories(daemon, "acme"))
    assert (status.status, status.error_code, status.attempts) == ("failed", "AUTH_REQUIRED", 0)
    assert "honeydew login" in status.error


def test_an_expired_login_is_not_sent(daemon, tmp_path):
    with Sandbox(tmp_path, "--access-lifetime", "1", "--refresh-lifetime", "1") as api:
        use(daemon, api)
        login(daemon)
        time.sleep(1)
        requests = api.stats()["requests"]
        status = daemon.wait_one(repositories(daemon, "acme"))
        assert (status.status, status.error_code) == ("failed", "AUTH_EXPIRED")
        assert api.stats()["requests"] == requests
    assert daemon.stub.GetAuthStatus(pb.GetAuthStatusRequest()).failed_auth_jobs == 1
    expired = wait_until(lambda: daemon.events("auth token expired"))[0]
    assert (expired["level"], expired["environment"], expired["username"]) == ("error", "sandbox", USER)
    assert expired["failed_jobs_count"] == 1


@pytest.mark.parametrize(
    ("organization", "code", "attempts"),
    [
        ("fault-status-500", "API_UNAVAILABLE", 2),
        ("fault-status-503", "API_UNAVAILABLE", 2),
        ("fault-status-404", "API_ERROR", 1),
        ("fault-redirect", "API_ERROR", 1),
        ("fault-graphql-error", "API_ERROR", 1),
        ("fault-partial", "API_ERROR", 1),
        ("fault-broken-json", "API_UNAVAILABLE", 2),
        ("fault-cut", "NETWORK_ERROR", 2),
        ("fault-drop", "NETWORK_ERROR", 2),
        ("fault-unauthorized", "AUTH_INVALID", 2),
    ],
)
def test_each_fault_of_the_api_has_its_code(logged_in, organization, code, attempts):
    status = logged_in.wait_one(repositories(logged_in, organization, max_retries=1))
    assert (status.status, status.error_code, status.attempts) == ("failed", code, attempts), status.error
    if organization == "fault-partial":
        assert json.loads(status.result)["githubRepositories"]
    # The pool is well, and the next job too.
    assert logged_in.wait_one(repositories(logged_in, "acme")).status == "completed"
    assert sum(worker.restarts for worker in logged_in.workers()) == 0


def test_a_server_error_is_overcome_by_a_retry(logged_in):
    status = logged_in.wait_one(repositories(logged_in, "fault-status-503-x1"))
    assert (status.status, status.attempts, status.retry_count) == ("completed", 2, 1)


def test_a_rate_limit_is_respected(logged_in):
    began = time.monotonic()
    status = logged_in.wait_one(repositories(logged_in, "fault-rate-limit-3-x1"))
    assert (status.status, status.attempts) == ("completed", 2)
    assert time.monotonic() - began >= 3


def test_a_hanging_api_costs_the_attempt_and_no_worker(logged_in, api):
    before = api.stats()["aborted"]
    began = time.monotonic()
    status = logged_in.wait_one(repositories(logged_in, "fault-hang", timeout_ms=500, max_retries=0))
    assert (status.status, status.error_code) == ("failed", "TIMEOUT")
    assert 0.5 <= time.monotonic() - began < 5
    assert sum(worker.restarts for worker in logged_in.workers()) == 0
    api.wait_for_stats(aborted=before + 1)


def test_a_cancelled_call_is_aborted_at_once(logged_in, api):
    before = api.stats()["aborted"]
    job_id = repositories(logged_in, "fault-hang", timeout_ms=60_000)
    logged_in.wait_running(job_id)
    api.wait_for_stats(in_flight=1)
    logged_in.stub.CancelJob(pb.CancelJobRequest(job_id=job_id))
    api.wait_for_stats(aborted=before + 1, in_flight=0)
    assert logged_in.job(job_id).status == "cancelled"
    assert sum(worker.restarts for worker in logged_in.workers()) == 0


def test_an_endless_answer_is_cut_off(make_daemon, api):
    daemon = make_daemon(api="  max_response_mb: 1\n").start()
    use(daemon, api)
    login(daemon)
    for organization in ("fault-endless", "fault-huge-4m"):
        status = daemon.wait_one(repositories(daemon, organization, timeout_ms=20_000))
        assert (status.status, status.error_code, status.attempts) == ("failed", "RESPONSE_TOO_LARGE", 1)


def test_a_large_answer_is_spooled(logged_in):
    job_id = repositories(logged_in, "fault-huge-3m")
    status = logged_in.wait_one(job_id)
    assert status.status == "completed" and status.result_spooled and status.result_size > 3_000_000
    chunks = logged_in.stub.ReadJobResult(pb.ReadJobResultRequest(job_id=job_id))
    assert json.loads(b"".join(chunk.chunk for chunk in chunks))["githubRepositories"]


@pytest.mark.parametrize("signal_number", [signal.SIGKILL, signal.SIGSTOP])
def test_a_worker_lost_in_a_call_costs_one_attempt(logged_in, api, signal_number):
    job_id = repositories(logged_in, "fault-hang-x1", timeout_ms=3000)
    worker = logged_in.wait_running(job_id)
    api.wait_for_stats(in_flight=1)
    os.kill(worker.pid, signal_number)
    status = logged_in.wait_one(job_id)
    assert (status.status, status.attempts, status.retry_count) == ("completed", 2, 1)
    assert process_state(worker.pid) is None


def test_connections_are_kept_between_jobs(daemon, api):
    use(daemon, api)
    login(daemon)
    before = api.stats()["connections"]
    for _ in range(5):
        daemon.wait(*[repositories(daemon, "acme") for _ in range(8)])
    stats = api.stats()
    # Each worker has one of its own, and keeps it.
    assert stats["connections"] - before <= 4
    assert set(stats["protocols"]) <= {"h2", "http/1.1"} and "h2" in stats["protocols"]


def test_a_certificate_that_nobody_vouches_for_is_refused(daemon, api):
    use(daemon, api, ca_file="")
    with pytest.raises(grpc.RpcError) as info:
        login(daemon)
    assert info.value.code() == grpc.StatusCode.UNAVAILABLE
    assert "certificate" in info.value.details().lower()


def test_an_unknown_host_is_a_clear_error(daemon):
    request = pb.AddEnvironmentRequest(name="nowhere", base_url="https://honeydew.invalid/graphql", set_active=True)
    daemon.stub.AddEnvironment(request)
    with pytest.raises(grpc.RpcError) as info:
        login(daemon)
    assert info.value.code() == grpc.StatusCode.UNAVAILABLE
    assert "honeydew.invalid" in info.value.details()


def test_a_job_belongs_to_the_environment_of_its_submission(logged_in, api):
    logged_in.stub.SetActiveEnvironment(pb.SetActiveEnvironmentRequest(name="default"))
    status = logged_in.wait_one(repositories(logged_in, "acme", environment="sandbox"))
    assert (status.status, status.environment) == ("completed", "sandbox")


@pytest.mark.parametrize(
    ("fields", "fragment"),
    [
        ({"name": "", "base_url": "https://a.example/graphql"}, "name"),
        ({"name": "a b", "base_url": "https://a.example/graphql"}, "name"),
        ({"name": "a", "base_url": ""}, "https://"),
        ({"name": "a", "base_url": "ftp://a.example"}, "https"),
        ({"name": "a", "base_url": "http://a.example/graphql"}, "https"),
        ({"name": "a", "base_url": "https://user:secret@a.example/"}, "user"),
        ({"name": "a", "base_url": "https://a.example/\n"}, "printable"),
        ({"name": "a", "base_url": "https://*.example/"}, "valid host"),
        ({"name": "a", "base_url": "https://a,b.example/"}, "valid host"),
        ({"name": "a", "base_url": "https://[::1::2]/"}, "valid host"),
        ({"name": "a", "base_url": "https://a.example/", "ca_file": "relative.pem"}, "absolute"),
    ],
)
def test_a_bad_environment_is_refused_with_a_sentence(daemon, fields, fragment):
    with pytest.raises(grpc.RpcError) as info:
        daemon.stub.AddEnvironment(pb.AddEnvironmentRequest(**fields))
    assert info.value.code() == grpc.StatusCode.INVALID_ARGUMENT
    assert fragment in info.value.details()


def test_http_beyond_this_machine_must_be_asked_for(daemon):
    with Sandbox(None) as api:
        # Reaches this machine, and is not a loopback address.
        url = f"http://0.0.0.0:{api.port}/graphql"
        with pytest.raises(grpc.RpcError) as info:
            use(daemon, api, base_url=url, ca_file="")
        assert "--allow-http" in info.value.details()
        use(daemon, api, base_url=url, ca_file="", allow_http=True)
        login(daemon)
        daemon.kill()
        daemon.start()
        assert daemon.wait_one(repositories(daemon, "acme")).status == "completed"


def test_environments_come_and_go(make_daemon):
    daemon = make_daemon(endpoint=None).start()
    stub = daemon.stub
    names = {e.name: e for e in stub.ListEnvironments(pb.ListEnvironmentsRequest()).environments}
    assert set(names) == {"production", "development"} and names["production"].is_active
    assert stub.GetActiveEnvironment(pb.GetActiveEnvironmentRequest()).environment.name == "production"
    stub.AddEnvironment(pb.AddEnvironmentRequest(name="local", base_url="http://127.0.0.1:1/graphql"))
    answer = stub.SetActiveEnvironment(pb.SetActiveEnvironmentRequest(name="local"))
    assert answer.environment.is_active and answer.needs_auth

    def refused(call):
        with pytest.raises(grpc.RpcError) as info:
            call()
        return info.value.code()

    # What is there already is no mistake, where the same is meant.
    for known in names.values():
        same = pb.AddEnvironmentRequest(name=known.name, base_url=known.base_url)
        answer = stub.AddEnvironment(same)
        assert answer.already_existed and answer.environment.name == known.name
        assert refused(lambda: stub.AddEnvironment(
            pb.AddEnvironmentRequest(name=known.name, base_url=known.base_url, ca_file="/etc/hostname")
        )) == grpc.StatusCode.ALREADY_EXISTS
    assert stub.GetActiveEnvironment(pb.GetActiveEnvironmentRequest()).environment.name == "local"
    url = names["development"].base_url
    again = stub.AddEnvironment(pb.AddEnvironmentRequest(name="development", base_url=url, set_active=True))
    assert again.environment.is_active
    assert stub.GetActiveEnvironment(pb.GetActiveEnvironmentRequest()).environment.name == "development"
    stub.SetActiveEnvironment(pb.SetActiveEnvironmentRequest(name="local"))
    again = pb.AddEnvironmentRequest(name="local", base_url="https://a.example/")
    assert refused(lambda: stub.AddEnvironment(again)) == grpc.StatusCode.ALREADY_EXISTS
    active = pb.RemoveEnvironmentRequest(name="local")
    assert refused(lambda: stub.RemoveEnvironment(active)) == grpc.StatusCode.FAILED_PRECONDITION
    unknown = pb.RemoveEnvironmentRequest(name="nothing")
    assert refused(lambda: stub.RemoveEnvironment(unknown)) == grpc.StatusCode.NOT_FOUND
    stub.SetActiveEnvironment(pb.SetActiveEnvironmentRequest(name="production"))
    stub.RemoveEnvironment(pb.RemoveEnvironmentRequest(name="local"))
    daemon.kill()
    daemon.start()
    listed = [e.name for e in daemon.stub.ListEnvironments(pb.ListEnvironmentsRequest()).environments]
    assert sorted(listed) == ["development", "production"]
