"""What the API answers, byte by byte, and what becomes of the job."""

from __future__ import annotations

import json
import time

import pytest
from canned_api import CannedAPI, Last, canned, errors, reply
from honeydew_command import cli_of, environment, honeydew  # noqa: F401  (fixtures)
from honeydew_daemon import pb, wait_until
from test_api import login, repositories
from worker_process import Worker
from worker_process import pb as worker_pb

GOOD = reply({"data": {"githubRepositories": []}})
USER = {"id": "1", "username": "x", "role": "user", "status": 0}


def answers(data):
    """The same for every call that is not about tokens."""
    return lambda request: None if request.is_about_tokens else data


def outcome(data, command="github.repositories", payload=None, **fields):
    """What a worker makes of an answer."""
    with CannedAPI(lambda request: data) as api, Worker() as worker:
        result = worker.do(
            command, json.dumps(payload or {"organization": "acme"}), endpoint=worker_pb.Endpoint(url=api.url),
            access_token="t", token_generation=7, **{"timeout_ms": 20_000, **fields})
        return getattr(result, result.WhichOneof("outcome"))


# -- no HTTP

NO_HTTP = [b"SSH-2.0-OpenSSH_9.2\r\n", b"\x15\x03\x01\x00\x02\x02\x50", b"<html>no</html>", b"\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
           b"HTTP/3.7 200 OK\r\n\r\n", b"\0" * 100]  # fmt: skip


@pytest.mark.parametrize("data", NO_HTTP)
def test_a_reply_that_is_no_http_was_an_answer_all_the_same(data):
    failure = outcome(data)
    assert (failure.code, failure.permanent, failure.not_sent) == ("API_UNAVAILABLE", False, False), failure.text
    assert "URL" not in failure.text


def test_after_a_reply_that_is_no_http_a_query_is_repeated_and_a_mutation_is_not(canned):
    daemon, api = canned(answers(NO_HTTP[0]))
    query = daemon.wait_one(repositories(daemon, "acme", max_retries=1))
    mutation = daemon.wait_one(daemon.submit("account.deactivateUser", {"username": "x"}, max_retries=1))
    assert [(s.error_code, s.attempts) for s in (query, mutation)] == [("API_UNAVAILABLE", 2), ("API_UNAVAILABLE", 1)]
    assert (api.count("GithubRepositories"), api.count("AccountDeactivateUser")) == (2, 1)


# -- carried out, or not


@pytest.mark.parametrize("status", ["200 OK", "401 Unauthorized", "403 Forbidden", "429 Too Many Requests"])
def test_a_mutation_with_data_for_its_root_field_was_carried_out(canned, status):
    body = errors("the profile is closed", code="UNAUTHENTICATED", data={"deactivateUser": {**USER, "createdAt": None}})
    daemon, api = canned(answers(reply(body, status, retry_after=1)))
    job = daemon.wait_one(daemon.submit("account.deactivateUser", {"username": "x"}))
    assert (job.status, job.error_code, job.attempts) == ("failed", "API_ERROR", 1)
    assert "the profile is closed" in job.error and json.loads(job.result)["deactivateUser"]["id"] == "1"
    assert (api.count("AccountDeactivateUser"), api.count("AuthRefresh")) == (1, 0)


def test_a_mutation_without_data_for_its_root_field_runs_again_after_a_refresh(canned):
    def answer(request):
        if request.is_about_tokens:
            return None
        if api.count("AccountDeactivateUser") == 1:
            return reply(errors("no", code="UNAUTHENTICATED", data={"deactivateUser": None}), "500 Internal Server Error")
        return reply({"data": {"deactivateUser": USER}})

    daemon, api = canned(answer)
    job = daemon.wait_one(daemon.submit("account.deactivateUser", {"username": "x"}))
    assert (job.status, job.attempts, api.count("AuthRefresh")) == ("completed", 2, 1), job.error


@pytest.mark.parametrize("payload", [
    b'{"success":false,"path":"%s","error":"no space"}' % (b"x" * 300_000),
    b'{"success":false,"error":"a","error":"no space"}',
    b'{"success":true,"success":false,"error":"no space"}',
    b'{"path":"\\ud83d","success":false,"error":"no space"}',
], ids=["long", "twice", "success twice", "half a letter"])  # fmt: skip
def test_success_false_is_a_failure_however_it_is_written(payload):
    arguments = {"organization": "acme", "repository": "web"}
    failure = outcome(reply(b'{"data":{"githubCloneRepository":%s}}' % payload), "github.clone", arguments)
    assert failure.code == "API_ERROR" and "no space" in failure.text
    assert len(payload) > 262_144 or b"success" in failure.data


def test_half_of_a_surrogate_pair_passes_as_it_is(canned, cli_of):  # noqa: F811
    message = b'{"data":{"githubCommits":{"commits":[{"sha":"1","message":"emoji \\ud83d cut","author":"a","date":"d"}]}}}'
    daemon, _ = canned(answers(reply(message)))
    status = daemon.wait_one(daemon.submit("github.commits", {"organization": "acme", "repository": "web"}))
    assert (status.status, status.result.encode()) == ("completed", message[8:-1]), status.error
    assert cli_of(daemon)("job", "result", status.job_id, "--json").stdout.encode().strip() == message[8:-1]
    assert "emoji \ufffd cut" in cli_of(daemon)("job", "result", status.job_id).stdout


# -- a status that is known

CUTS = {
    "cut": lambda head: head + b"content-length: 100\r\n\r\nno",
    "no gzip": lambda head: head + b"content-encoding: gzip\r\ncontent-length: 2\r\n\r\nno",
    "no chunks": lambda head: head + b"transfer-encoding: chunked\r\n\r\nno\r\n",
    "unknown encoding": lambda head: head + b"content-encoding: x-none\r\ncontent-length: 2\r\n\r\nno",
}


@pytest.mark.parametrize("how", CUTS)
def test_a_status_counts_although_its_body_is_broken(how):
    data = {status: CUTS[how](b"HTTP/1.1 %d No\r\nretry-after: 7\r\n" % status) for status in (200, 401, 404, 429, 502)}

    def closing(number):
        with CannedAPI(lambda request: Last(data[number])) as api, Worker() as worker:
            return worker.do(
                "github.repositories", '{"organization": "acme"}', endpoint=worker_pb.Endpoint(url=api.url),
                access_token="t", token_generation=7, timeout_ms=20_000)

    assert closing(401).unauthorized.token_generation == 7
    limited = closing(429).failure
    assert (limited.code, limited.retry_after_ms) == ("RATE_LIMITED", 7000)
    assert (closing(502).failure.code, closing(404).failure.code) == ("API_UNAVAILABLE", "API_ERROR")
    assert closing(200).failure.code in ("NETWORK_ERROR", "API_UNAVAILABLE")


def test_a_status_counts_although_its_body_is_too_large_or_never_ends():
    head = b"HTTP/1.1 429 No\r\nretry-after: 7\r\ncontent-length: 9000000\r\n\r\n"
    with CannedAPI(lambda request: head + b"x" * 9_000_000) as api, Worker() as worker:
        endpoint = worker_pb.Endpoint(url=api.url, max_response_bytes=1 << 20)
        result = worker.do("organizations.list", endpoint=endpoint, access_token="t", timeout_ms=20_000)
    assert (result.failure.code, result.failure.retry_after_ms) == ("RATE_LIMITED", 7000)
    failure = outcome(head, timeout_ms=500)
    assert (failure.code, failure.retry_after_ms) == ("RATE_LIMITED", 7000)


# -- limits


def http_date(moment):
    return time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(moment))


@pytest.mark.parametrize(("fields", "code", "shortest", "longest"), [
    ({"retry_after": 60}, "RATE_LIMITED", 60_000, 60_000),
    ({"x_ratelimit_remaining": 0}, "RATE_LIMITED", 0, 0),
    ({"x_ratelimit_remaining": 0, "x_ratelimit_reset": 1_790_000_060, "date": http_date(1_790_000_000)},
     "RATE_LIMITED", 60_000, 60_000),
    ({"retry_after": http_date(1_000_000_090), "date": http_date(1_000_000_000)}, "RATE_LIMITED", 90_000, 90_000),
    ({"x_ratelimit_remaining": 12}, "API_ERROR", 0, 0),
    ({}, "API_ERROR", 0, 0),
])  # fmt: skip
def test_403_is_a_limit_where_it_says_so(fields, code, shortest, longest):
    failure = outcome(reply({"message": "You have exceeded a secondary rate limit"}, "403 Forbidden", **fields))
    assert failure.code == code and shortest <= failure.retry_after_ms <= longest


def test_a_limit_by_403_rests_the_provider(canned):
    def answer(request):
        if request.is_about_tokens:
            return None
        return GOOD if len(api.requests) > 2 else reply(b"", "403 Forbidden", retry_after=2)

    daemon, api = canned(answer)
    job_id = repositories(daemon, "acme")
    wait_until(lambda: daemon.job(job_id).retry_count == 1)
    providers = daemon.stub.GetQueueStats(pb.GetQueueStatsRequest()).providers
    assert next(p for p in providers if p.provider == "github").resting_until
    assert daemon.wait_one(job_id).status == "completed"


# -- on the way


def test_all_proxy_is_used(make_daemon):
    """It is a proxy for plain HTTP, which is asked for the whole URL."""
    with CannedAPI(answers(GOOD)) as proxy:
        address = proxy.url.removesuffix("/graphql")
        daemon = make_daemon(workers=1, api="  use_proxy: true\n", env={"all_proxy": address}).start()
        url = "HTTP://api.invalid/graphql"
        daemon.stub.AddEnvironment(
            pb.AddEnvironmentRequest(name="far", base_url=url, set_active=True, allow_http=True))
        login(daemon)
        assert daemon.wait_one(repositories(daemon, "acme")).status == "completed"
        assert [r.fields["host"] for r in proxy.requests] == ["api.invalid"] * 2
