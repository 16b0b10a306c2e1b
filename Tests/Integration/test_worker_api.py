"""A real worker calls the sandbox API over HTTPS; the test plays the daemon."""

from __future__ import annotations

import contextlib
import gzip
import json
import socket
import ssl
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sandbox_process import REPOSITORIES, Client, Sandbox
from sandbox_process import client, sandbox, token  # noqa: F401  (fixtures)
from worker_api import Api, served
from worker_process import Worker, pb

JOB = "abcdefghijklm"


@pytest.fixture
def worker() -> Iterator[Worker]:
    with Worker() as worker:
        yield worker


@pytest.fixture
def api(worker: Worker, sandbox: Sandbox, token: str, client: Client, tmp_path: Path) -> Api:
    return Api(worker, sandbox, token, tmp_path)


# -- what goes well


def test_the_data_are_the_bytes_that_the_api_sent(api, client):
    data = api.do().data
    expected = client.data(REPOSITORIES, organization="acme")["githubRepositories"]
    assert [row["name"] for row in json.loads(data)["githubRepositories"]] == [row["name"] for row in expected]
    assert data.startswith(b'{"githubRepositories":') or data.startswith(b'{"githubRepositories": ')


def test_the_request_and_a_compressed_answer(api):
    seen = []

    def answer(peer: socket.socket) -> None:
        with api.as_server().wrap_socket(peer, server_side=True) as tls, tls.makefile("rwb") as stream:
            seen.append(stream.readline())
            fields = dict(line.decode().strip().split(": ", 1) for line in iter(stream.readline, b"\r\n"))
            seen.append({name.lower(): value for name, value in fields.items()})
            seen.append(json.loads(stream.read(int(seen[1]["content-length"]))))
            body = gzip.compress(b'{"extensions": {}, "data":{"githubRepositories": [ ]}}')
            stream.write(b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: %d\r\n\r\n" % len(body) + body)

    with served("127.0.0.1", answer) as url:
        result = api.do("ac\u00e4\u2028me", url=url)
    assert result.data == b'{"githubRepositories": [ ]}'
    line, fields, body = seen
    assert line == b"POST /graphql HTTP/1.1\r\n"
    assert fields["authorization"] == f"Bearer {api.token}"
    assert fields["content-type"] == fields["accept"] == "application/json"
    assert fields["user-agent"].startswith("Honeydew/")
    assert fields["x-request-id"] == f"{JOB}.1"
    assert "gzip" in fields["accept-encoding"] and "expect" not in fields
    assert body["operationName"] == "GithubRepositories" and "githubRepositories" in body["query"]
    assert body["variables"] == {"organization": "ac\u00e4\u2028me"}


def test_connections_are_kept_between_jobs(api):
    before = api.sandbox.stats()
    for _ in range(5):
        assert api.do().data
    after = api.sandbox.stats()
    assert after["connections"] == before["connections"] + 1
    assert after["protocols"]["h2"] == before["protocols"].get("h2", 0) + 5


def test_a_kept_connection_that_has_died_is_replaced(tmp_path):
    with Sandbox(tmp_path) as first, Worker() as worker:
        api = Api(worker, first, Client(first).login()["accessToken"], tmp_path)
        assert api.do().data
        first.stop()
        with Sandbox(tmp_path, "--port", str(first.port)) as second:
            again = Api(worker, second, Client(second).login()["accessToken"], tmp_path)
            assert again.do().data


def test_commits_with_all_arguments(api):
    payload = {
        "organization": "acme", "repository": "commits-50", "startDate": "2020-01-01", "endDate": None,
        "includeDiff": True,
    }
    commits = json.loads(api.worker.do("github.commits", json.dumps(payload), **api.fields()).data)["githubCommits"]
    assert commits["commits"][0]["sha"]


def test_a_large_answer_is_in_a_file(api):
    before = api.worker.usage.resident_bytes
    result = api.do("fault-huge-30m")
    assert result.spooled.size > 29 << 20
    assert "githubRepositories" in json.loads(api.worker.spooled)
    assert api.worker.usage.resident_bytes - before < 24 << 20


def test_login_and_refresh_answer_with_tokens(api):
    pair = api.worker.do(
        "auth.login", '{"username": "admin", "password": "honeydew-demo"}', **api.fields(access_token="")
    ).tokens
    assert pair.username == "admin"
    assert abs(pair.access_expires_ms / 1000 - time.time() - 3600) < 60
    assert pair.refresh_expires_ms > pair.access_expires_ms
    fresh = api.worker.do(
        "auth.refresh", json.dumps({"refreshToken": pair.refresh_token}), **api.fields(access_token="")
    ).tokens
    assert fresh.access_token not in ("", pair.access_token)


# -- what goes wrong at the API


def test_a_wrong_password_is_unauthorized_and_shown_nowhere(api):
    result = api.worker.do(
        "auth.login", '{"username": "admin", "password": "wrong-horse"}', **api.fields(access_token="")
    )
    assert result.WhichOneof("outcome") == "unauthorized"
    assert "wrong-horse" not in result.unauthorized.text


@pytest.mark.parametrize("token", ["expired-or-unknown", "", "a\r\nX-Evil: 1"])
def test_401_names_the_generation_of_the_token(api, token):
    result = api.do(access_token=token)
    assert result.WhichOneof("outcome") == "unauthorized"
    assert result.unauthorized.token_generation == 7
    assert result.unauthorized.text


def test_unauthenticated_over_200_is_the_same(tmp_path):
    with Sandbox(tmp_path, "--unauthenticated-status", "200") as sandbox, Worker() as worker:
        result = Api(worker, sandbox, "nonsense", tmp_path).do()
        assert result.unauthorized.token_generation == 7


@pytest.mark.parametrize(
    ("organization", "code", "text"),
    [
        ("fault-status-503", "API_UNAVAILABLE", "503"),
        ("fault-status-500", "API_UNAVAILABLE", "500"),
        ("fault-status-404", "API_ERROR", "404"),
        ("fault-redirect", "API_ERROR", "redirect"),
        ("fault-graphql-error", "API_ERROR", "asked to fail"),
        ("fault-broken-json", "API_UNAVAILABLE", "JSON"),
        ("fault-cut", "NETWORK_ERROR", ""),
        ("fault-drop", "NETWORK_ERROR", ""),
    ],
)
def test_an_answer_that_is_none(api, organization, code, text):
    failure = api.failure(organization)
    assert (failure.code, failure.retry_after_ms, failure.not_sent) == (code, 0, False)
    assert text in failure.text and failure.text


def test_errors_beside_data_keep_the_data(api):
    failure = api.failure("fault-partial")
    assert failure.code == "API_ERROR"
    assert "githubRepositories" in json.loads(failure.data)


@pytest.mark.parametrize(
    ("organization", "shortest", "longest"),
    [
        ("fault-rate-limit-2", 2000, 2000),
        # Counted from when the attempt began, which may be some seconds ago.
        ("fault-rate-limit-date-30", 25_000, 40_000),
        ("fault-rate-limit-999999", 3_600_000, 3_600_000),
    ],
)
def test_a_rate_limit_says_how_long(api, organization, shortest, longest):
    failure = api.failure(organization)
    assert failure.code == "RATE_LIMITED"
    assert shortest <= failure.retry_after_ms <= longest


def test_503_with_retry_after_is_a_rate_limit(api):
    api.sandbox.fault("status", status=503, retry_after=5)
    failure = api.failure()
    assert (failure.code, failure.retry_after_ms) == ("RATE_LIMITED", 5000)


@pytest.mark.parametrize("organization", ["fault-huge-5m", "fault-endless"])
def test_no_more_is_taken_than_admitted(api, organization):
    failure = api.failure(organization, max_response_bytes=1 << 20)
    assert failure.code == "RESPONSE_TOO_LARGE"


def test_an_endless_answer_is_cut_off_at_once(api):
    aborted = api.sandbox.stats()["aborted"]
    assert api.do("fault-endless", max_response_bytes=1 << 20).failure.code == "RESPONSE_TOO_LARGE"
    api.sandbox.wait_for_stats(aborted=aborted + 1)


# -- what goes wrong on the way


def test_a_certificate_of_somebody_else(api, tmp_path_factory):
    with Sandbox(tmp_path_factory.mktemp("other")) as other:
        failure = api.failure(ca_certificates=Path(other.ca_file).read_bytes())
    assert failure.code == "NETWORK_ERROR"
    assert failure.permanent and failure.not_sent
    assert "certificate" in failure.text


def test_a_certificate_of_no_known_authority(api):
    failure = api.failure(ca_certificates=b"")
    assert failure.code == "NETWORK_ERROR" and failure.permanent


def test_a_certificate_for_another_name(api):
    def shake_hands(peer: socket.socket) -> None:
        with contextlib.suppress(ssl.SSLError):
            api.as_server().wrap_socket(peer, server_side=True).recv(1)

    with served("127.0.0.2", shake_hands) as url:
        failure = api.failure(url=url)
    assert failure.code == "NETWORK_ERROR" and failure.permanent and failure.not_sent
    assert "127.0.0.2" in failure.text


def test_certificates_may_change(api, tmp_path):
    assert api.do().data
    with Sandbox(tmp_path) as other:
        result = Api(api.worker, other, Client(other).login()["accessToken"], tmp_path).do()
        assert json.loads(result.data)


@pytest.mark.parametrize("endpoint", [{"ca_certificates": b"none"}, {"ca_problem": "/nowhere/ca.pem: none"}], ids=str)
def test_a_ca_file_that_is_none(api, endpoint):
    payload = json.dumps({"organization": "acme"})
    api.worker.send(run=pb.Run(
        job_id="abcdefghijklm", attempt=1, command="github.repositories", payload=payload, **api.fields(**endpoint)))
    message = api.worker.receive()
    failure = (message.result if message.WhichOneof("message") == "result" else api.worker.result()).failure
    api.worker.acknowledge()
    assert failure.code == "NETWORK_ERROR" and failure.not_sent and failure.permanent
    assert "CA file cannot be used" in failure.text


@pytest.mark.parametrize(
    ("url", "is_permanent"),
    [
        ("https://nowhere.invalid/graphql", False),
        ("https://127.0.0.1:1/", False),
        ("gopher://127.0.0.1/", True),
        ("", True),
    ],
)
def test_no_api_there(api, url, is_permanent):
    failure = api.failure(url=url)
    assert failure.code == "NETWORK_ERROR" and failure.not_sent
    assert failure.permanent == is_permanent


def test_plain_text_where_tls_is_expected(api):
    def answer(peer: socket.socket) -> None:
        peer.recv(1000)
        peer.sendall(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n")

    with served("127.0.0.1", answer) as url:
        failure = api.failure(url=url)
    assert failure.code == "NETWORK_ERROR" and failure.not_sent


@pytest.mark.parametrize("use_proxy", [False, True])
def test_a_proxy_of_the_environment_is_used_only_when_told(sandbox, token, tmp_path, use_proxy):
    with Worker(env={"https_proxy": "http://127.0.0.1:1", "http_proxy": "http://127.0.0.1:1"}) as worker:
        result = Api(worker, sandbox, token, tmp_path).do(use_proxy=use_proxy)
        assert result.WhichOneof("outcome") == ("failure" if use_proxy else "data")


# -- a call in flight


@pytest.mark.alone("the limit of time is tight")
def test_cancel_aborts_the_call(api):
    aborted = api.sandbox.stats()["aborted"]
    api.begin("fault-hang")
    began = time.monotonic()
    api.worker.cancel()
    failure = api.worker.result(timeout=5).failure
    assert time.monotonic() - began < 1
    assert (failure.code, failure.not_sent) == ("CANCELLED", False)
    api.sandbox.wait_for_stats(aborted=aborted + 1)
    api.worker.acknowledge()
    assert api.do().data


def test_the_time_limit_aborts_the_call(api):
    aborted = api.sandbox.stats()["aborted"]
    began = time.monotonic()
    failure = api.failure("fault-hang", timeout_ms=700)
    assert (failure.code, failure.not_sent) == ("TIMEOUT", False)
    assert failure.text == "not finished within 700 ms; the API had not answered in full"
    assert 0.7 <= time.monotonic() - began < 4
    api.sandbox.wait_for_stats(aborted=aborted + 1)


def test_a_server_that_never_says_anything_is_not_sent_to(api):
    with socket.create_server(("127.0.0.1", 0)) as server:
        failure = api.failure(url=f"https://127.0.0.1:{server.getsockname()[1]}/graphql", timeout_ms=500)
    assert (failure.code, failure.not_sent) == ("TIMEOUT", True)
    assert failure.text == "not finished within 500 ms; there was no connection to the API yet"


def test_the_connection_has_a_limit_of_its_own(api):
    with socket.create_server(("127.0.0.1", 0)) as server:
        began = time.monotonic()
        failure = api.failure(url=f"https://127.0.0.1:{server.getsockname()[1]}/graphql", timeout_ms=60_000)
    assert (failure.code, failure.not_sent) == ("NETWORK_ERROR", True)
    assert 9 < time.monotonic() - began < 40


@pytest.mark.alone("the limit of time is tight")
def test_heartbeats_while_a_call_hangs(api):
    api.begin("fault-hang")
    began = time.monotonic()
    used = []
    for number in (1, 2):
        beat = api.worker.expect("heartbeat")
        assert (beat.job_id, beat.attempt) == (JOB, 1)
        assert abs(time.monotonic() - began - 5 * number) < 1.5
        used.append(beat.usage.cpu_microseconds)
    assert used[1] - used[0] < 50_000, "it does not just wait"
    api.worker.cancel()
    assert api.worker.expect("result").failure.code == "CANCELLED"


def test_the_end_of_the_channel_aborts_the_call(api):
    aborted = api.sandbox.stats()["aborted"]
    api.begin("fault-hang")
    api.worker.channel.close()
    assert api.worker.wait() == 0
    api.sandbox.wait_for_stats(aborted=aborted + 1)


def test_exit_waits_for_the_call(api):
    api.begin("fault-delay-1")
    api.worker.send_exit()
    assert api.worker.result().data
    api.worker.send(ack=pb.Ack(job_id=JOB, attempt=1))
    assert api.worker.wait() == 0


def test_no_secret_is_in_the_process_table(api):
    api.begin("fault-delay-1")
    for name in ("cmdline", "environ"):
        assert api.token.encode() not in Path(f"/proc/{api.worker.pid}/{name}").read_bytes()
    assert api.worker.result().data
