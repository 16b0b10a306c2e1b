"""What comes over a kept connection without a request is no answer to the next one (RFC 9112, section 9.2)."""

from __future__ import annotations

import json
import ssl
import threading

import pytest
from canned_api import CannedAPI, Last, reply
from honeydew_daemon import pb, wait_until
from sandbox_process import Sandbox
from test_api import login, repositories
from worker_process import Worker
from worker_process import pb as worker_pb

STALE = reply({"data": {"githubRepositories": [{"name": "stale"}]}})


def named(request):
    """The right answer, by which the request is known again."""
    return {"data": {"githubRepositories": [{"name": request.variables.get("organization", "")}]}}


def right(request):
    return None if request.is_about_tokens else reply(named(request))


@pytest.fixture(scope="module")
def security(tmp_path_factory):
    """A server's side of TLS, and the certificates that a client must trust for it."""
    directory = tmp_path_factory.mktemp("certificates")
    with Sandbox(directory):
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(directory / "server.pem", directory / "server.key")
        return context, (directory / "ca.pem").read_bytes()


@pytest.fixture(params=["plain", "tls"])
def tls(request, security):
    return security if request.param == "tls" else (None, b"")


def ask(worker, api, authorities, organization, path="/graphql"):
    """The name in the answer to a job for this organization, or the failure."""
    endpoint = worker_pb.Endpoint(url=api.url.replace("/graphql", path), ca_certificates=authorities)
    result = worker.do(
        "github.repositories", json.dumps({"organization": organization}), endpoint=endpoint, access_token="t",
        timeout_ms=20_000)
    if result.WhichOneof("outcome") != "data":
        return result
    return json.loads(result.data)["githubRepositories"][0]["name"]


def test_a_connection_that_is_silent_between_the_jobs_is_kept(tls):
    context, authorities = tls
    with CannedAPI(right, context) as api, Worker() as worker:
        assert [ask(worker, api, authorities, f"o{i}") for i in range(5)] == [f"o{i}" for i in range(5)]
        assert len(api.connections) == 1


FAREWELL = reply(status="408 Request Timeout", connection="close")
LEFTOVERS = {
    "answer": STALE, "answers": STALE * 40, "408": FAREWELL, "crlf": b"\r\n", "junk": b"x",
    "100": b"HTTP/1.1 100 Continue\r\n\r\n", "half": STALE[:20],
}  # fmt: skip


@pytest.mark.parametrize(("when", "kind", "chunked"), [
    *[("later", kind, False) for kind in LEFTOVERS],
    *[(when, kind, chunked) for when in ("with it", "after it") for kind in ("answer", "answers", "crlf")
      for chunked in (False, True)],
])  # fmt: skip
def test_a_leftover_is_no_answer_and_ends_its_connection(tls, when, kind, chunked):
    context, authorities = tls
    may_come, has_come = threading.Event(), threading.Event()

    def answer(request):
        data = reply(named(request), chunked=chunked)
        if len(api.requests) > 1:
            return data
        if when == "with it":
            return data + LEFTOVERS[kind]
        request.connection.send(data)
        if when == "later":
            may_come.wait(20)
        request.connection.send(LEFTOVERS[kind])
        has_come.set()
        return b""

    with CannedAPI(answer, context) as api, Worker() as worker:
        assert ask(worker, api, authorities, "o1") == "o1"
        may_come.set()
        assert when == "with it" or has_come.wait(20)
        names = [ask(worker, api, authorities, f"o{i}", path) for i, path in [(2, "/a"), (3, "/b"), (4, "/graphql")]]
        assert names == ["o2", "o3", "o4"]
        assert api.on(1) == 1 and len(api.connections) == 2


def test_a_leftover_that_tls_has_read_already_is_one(security):
    context, authorities = security

    def answer(request):
        data = reply(named(request))
        if len(api.requests) > 1:
            return data
        # In one record with the end of the body: libcurl takes no more of it than belongs to the body.
        request.connection.send(data[:-5])
        return data[-5:] + STALE

    with CannedAPI(answer, context) as api, Worker() as worker:
        assert [ask(worker, api, authorities, f"o{i}") for i in (1, 2, 3)] == ["o1", "o2", "o3"]
        assert api.on(1) == 1 and len(api.connections) == 2


@pytest.mark.parametrize("farewell", [FAREWELL, b"\r\n", b"SSH-2.0-OpenSSH_9.2\r\n"], ids=["408", "crlf", "junk"])
def test_a_farewell_that_crosses_a_request_looks_like_its_answer(tls, farewell):
    """It comes when the request is on its way already."""
    context, authorities = tls

    def answer(request):
        if api.on(1) == 2 and request.connection.number == 1:
            return Last(farewell)
        return reply(named(request))

    with CannedAPI(answer, context) as api, Worker() as worker:
        assert ask(worker, api, authorities, "o1") == "o1"
        second = ask(worker, api, authorities, "o2")
        assert farewell == FAREWELL and second == "o2" or second.failure.code == "API_UNAVAILABLE"
        assert ask(worker, api, authorities, "o3") == "o3"
        assert api.on(1) == 2 and len(api.connections) == 2


def test_a_408_to_a_request_by_a_new_connection_is_an_answer():
    with CannedAPI(lambda request: FAREWELL) as api, Worker() as worker:
        assert ask(worker, api, b"", "o1").failure.code == "API_ERROR"
        assert len(api.requests) == 1


def test_jobs_of_a_daemon_each_get_their_own_answer(make_daemon):
    """One surplus answer, and an idle connection that is closed with words, between jobs of all kinds."""
    def answer(request):
        if request.is_about_tokens:
            return None
        if request.operation == "AccountDeactivateUser":
            return reply({"data": {"deactivateUser": {"id": "1", "username": "x", "role": "user", "status": 0}}}) + STALE
        return reply(named(request))

    daemon = make_daemon(workers=1).start()
    with CannedAPI(answer) as api:
        daemon.stub.AddEnvironment(pb.AddEnvironmentRequest(name="canned", base_url=api.url, set_active=True))
        login(daemon)
        for number, leftover in enumerate([STALE, FAREWELL, b"\r\n", b""]):
            status = daemon.wait_one(repositories(daemon, f"o{number}", max_retries=0))
            assert (status.status, status.attempts) == ("completed", 1), status.error
            assert json.loads(status.result)["githubRepositories"] == [{"name": f"o{number}"}]
            wait_until(lambda: all(w.state == "idle" for w in daemon.workers()))
            if leftover:
                api.connections[-1].send(leftover)
        assert daemon.wait_one(daemon.submit("account.deactivateUser", {"username": "x"})).status == "completed"
        status = daemon.wait_one(repositories(daemon, "last"))
        assert json.loads(status.result)["githubRepositories"] == [{"name": "last"}]
