"""What the API says about tokens, byte by byte: refusals, limits, clocks, and a 401 that no refresh helps."""

from __future__ import annotations

import json
import subprocess
import time

import pytest
from canned_api import CannedAPI, Last, canned, errors, jwt, reply, tokens
from honeydew_command import cli_of, environment, honeydew  # noqa: F401  (fixtures)
from honeydew_daemon import pb, wait_until
from test_api import login, repositories
from test_refresh import auth_status, submit_many

UNAUTHENTICATED = reply(errors("not logged in there", code="UNAUTHENTICATED"))


def good(request):
    return reply({"data": {"githubRepositories": []}})


class Refreshes:
    """The first login's access token is refused, and these are the answers to the refreshes; then tokens follow."""

    def __init__(self, *replies):
        self.replies = list(replies)
        self.moments = []

    def __call__(self, request):
        if request.operation == "AuthLogin":
            return reply(tokens("login", access="dead"))
        if request.operation == "AuthRefresh":
            self.moments.append(time.monotonic())
            return self.replies.pop(0) if self.replies else reply(tokens("refreshToken", access="alive"))
        return UNAUTHENTICATED if request.token == "dead" else good(request)


OAUTH = {"error": "invalid_grant", "error_description": "the refresh token was revoked"}


@pytest.mark.parametrize("answer", [
    reply(errors("revoked")), reply(errors("revoked"), "400 Bad Request"), reply(OAUTH, "400 Bad Request"),
    reply(errors("revoked", code="UNAUTHENTICATED"), "400 Bad Request"), reply(b"", "401 Unauthorized"),
    UNAUTHENTICATED,
], ids=["graphql", "400 graphql", "400 oauth", "400 unauthenticated", "401", "unauthenticated"])  # fmt: skip
def test_a_refusal_of_a_refresh_says_so(canned, answer):
    daemon, api = canned(Refreshes(answer))
    ended = daemon.wait(*submit_many(daemon, 3)).values()
    assert {s.error_code for s in ended} <= {"AUTH_EXPIRED"}, [s.error for s in ended]
    assert api.count("AuthRefresh") == 1 and auth_status(daemon).needs_reauth and daemon.status().needs_reauth


@pytest.mark.parametrize("answer", [
    reply(b"<html>not here</html>", "404 Not Found"), reply(b"", "403 Forbidden"), reply(b"", "405 No"),
    reply(b"", "408 Request Timeout", connection="close"), reply(b"", "302 Found", location="https://sso.invalid/"),
    reply(b"", "307 Temporary Redirect", location="/login"), reply({"error": "Bad Request"}, "400 Bad Request"),
    reply(b"<html>bad gateway</html>", "400 Bad Request"), Last(b"SSH-2.0-OpenSSH_9.2\r\n"), Last(), Last(b"<html>"),
    reply(tokens("refreshToken", access="")), reply({"data": {"refreshToken": None}}), reply(b"", "500 No"),
    Last(b"HTTP/1.1 404 No\r\ncontent-length: 99\r\n\r\n"),
], ids=["404", "403", "405", "408", "302", "307", "400", "400 html", "ssh", "nothing", "html", "empty token", "null", "500",
        "404 cut"])  # fmt: skip
def test_whatever_else_answers_a_refresh_says_nothing_about_the_token(canned, answer):
    daemon, api = canned(Refreshes(answer))
    ended = daemon.wait(*submit_many(daemon, 6)).values()
    assert {(s.status, s.error) for s in ended} == {("completed", "")}
    assert api.count("AuthRefresh") == 2 and not auth_status(daemon).needs_reauth
    assert {r.token for r in api.requests if r.operation == "GithubRepositories"} == {"dead", "alive"}


@pytest.mark.parametrize("status", ["404 Not Found", "403 Forbidden", "429 Too Many Requests", "500 No", "302 Found"])
def test_retry_after_in_the_answer_to_a_refresh_is_kept(canned, status):
    refreshes = Refreshes(reply(b"", status, retry_after=3, location="/"))
    daemon, _ = canned(refreshes)
    assert {s.status for s in daemon.wait(*submit_many(daemon, 3)).values()} == {"completed"}
    assert 3 <= refreshes.moments[1] - refreshes.moments[0] < 20


# What stands beside a new pair, which is the only one that is good from then on.
BESIDE = [
    {"errors": [{"message": "no avatar", "path": ["refreshToken", "user", "avatar"]}]},
    {"errors": [{"message": "not there", "extensions": {"code": "UNAUTHENTICATED"}}]}, {"errors": "odd"}, {},
]


@pytest.mark.parametrize("status", ["200 OK", "401 Unauthorized", "404 Not Found", "500 No"])
def test_a_pair_that_has_come_counts_whatever_stands_beside_it(canned, status):
    """The API takes each refresh token once."""
    known = ["refresh-1"]

    def answer(request):
        if request.operation == "AuthLogin":
            return reply({**tokens("login", access="dead"), **BESIDE[0]}, status)
        if request.operation == "AuthRefresh":
            if request.variables["refreshToken"] != known.pop():
                return reply(errors("it was used before"))
            known.append(f"refresh-{len(api.requests)}")
            beside = BESIDE[(api.count("AuthRefresh") - 1) % len(BESIDE)]
            return reply({**tokens("refreshToken", f"access-{len(api.requests)}", known[0]), **beside}, status)
        # Each token is good for one call.
        return UNAUTHENTICATED if request.token in [r.token for r in api.requests[:-1]] + ["dead"] else good(request)

    daemon, api = canned(answer, workers=1)
    for count in range(1, len(BESIDE) + 1):
        ended = daemon.wait_one(repositories(daemon, "acme"))
        assert (ended.status, ended.error) == ("completed", "")
        assert api.count("AuthRefresh") == count and not auth_status(daemon).needs_reauth


def test_a_payload_that_says_no_success_is_no_refusal_of_the_refresh_token(canned):
    daemon, api = canned(Refreshes(reply({"data": {"refreshToken": {"success": False, "message": "try later"}}})))
    ended = daemon.wait(*submit_many(daemon, 3)).values()
    assert {(s.status, s.error) for s in ended} == {("completed", "")}
    assert api.count("AuthRefresh") == 2 and not auth_status(daemon).needs_reauth


# -- a 401 that goes on


class Provider:
    """An API at which one provider's own login is missing: its calls are UNAUTHENTICATED whatever the token."""

    def __init__(self, bad=("LinearTeams",)):
        self.bad, self.pairs = bad, 0

    def __call__(self, request):
        if request.is_about_tokens:
            self.pairs += 1
            field = "login" if request.operation == "AuthLogin" else "refreshToken"
            return reply(tokens(field, access=f"access-{self.pairs}"))
        return UNAUTHENTICATED if self.bad == "all" or request.operation in self.bad else good(request)


def fail(daemon, count):
    ended = daemon.wait(*[daemon.submit("linear.teams", {"organization": "acme"}) for _ in range(count)]).values()
    assert {(s.status, s.error_code) for s in ended} == {("failed", "AUTH_INVALID")}
    return list(ended)


def test_a_providers_own_401_costs_one_refresh_and_holds_up_nobody(canned):
    daemon, api = canned(Provider(), workers=1)
    first = fail(daemon, 1)[0]
    assert (first.attempts, api.count("AuthRefresh")) == (2, 1)
    assert daemon.wait_one(repositories(daemon, "acme")).status == "completed"
    bad = [daemon.submit("linear.teams", {"organization": "acme"}) for _ in range(10)]
    ended = daemon.wait(*submit_many(daemon, 10)).values()
    assert {(s.status, s.attempts, s.retry_count) for s in ended} == {("completed", 1, 0)}
    ended = daemon.wait(*bad).values()
    assert {(s.error_code, s.attempts) for s in ended} == {("AUTH_INVALID", 1)}
    assert api.count("AuthRefresh") == 1
    assert all("log in again" not in s.error and "provider" in s.error for s in ended), [s.error for s in ended]
    status = auth_status(daemon)
    assert (status.authenticated, status.needs_reauth, status.failed_auth_jobs) == (True, False, 11)
    assert not daemon.status().needs_reauth


def test_a_refused_pair_that_a_refresh_has_brought_needs_a_login(canned, cli_of):  # noqa: F811
    provider = Provider(bad="all")
    # Several at once may each have had a pair that was refused, before it is known.
    daemon, api = canned(provider, workers=1)
    ended = fail(daemon, 8)
    assert all("log in again" in s.error for s in ended), [s.error for s in ended]
    ended = daemon.wait(*submit_many(daemon, 8)).values()
    assert {s.error_code for s in ended} == {"AUTH_INVALID"} and api.count("AuthRefresh") == 1
    status = auth_status(daemon)
    assert (status.authenticated, status.needs_reauth, status.failed_auth_jobs) == (False, True, 16)
    assert daemon.status().needs_reauth and not daemon.status().needs_auth
    run = cli_of(daemon)
    assert run("auth", "status").returncode == 4
    for command in ("status", "doctor"):
        assert "log in again with: honeydew login" in run(command).stdout
    assert "log in again with: honeydew login --env canned" in run("env", "show", "canned").stdout
    assert json.loads(run("status", "--json").stdout)["needs_reauth"]
    daemon.kill()
    daemon.start()
    assert auth_status(daemon) == status and daemon.status().needs_reauth
    # One success proves the pair, as does a login another one.
    provider.bad = ()
    assert daemon.wait_one(repositories(daemon, "acme")).status == "completed"
    status = auth_status(daemon)
    assert (status.authenticated, status.needs_reauth, daemon.status().needs_reauth) == (True, False, False)
    assert "log in again" not in run("doctor").stdout


def test_failures_without_a_login_are_counted(make_daemon):
    daemon = make_daemon().start()
    with CannedAPI(lambda request: None) as api:
        daemon.stub.AddEnvironment(pb.AddEnvironmentRequest(name="canned", base_url=api.url, set_active=True))
        ended = daemon.wait(*submit_many(daemon, 3)).values()
        assert {s.error_code for s in ended} == {"AUTH_REQUIRED"}
        assert auth_status(daemon).failed_auth_jobs == 3
        daemon.kill()
        daemon.start()
        assert daemon.wait_one(repositories(daemon, "acme")).error_code == "AUTH_REQUIRED"
        assert auth_status(daemon).failed_auth_jobs == 4
        login(daemon)
        assert auth_status(daemon).failed_auth_jobs == 0
        daemon.stub.Logout(pb.LogoutRequest())
        daemon.wait_one(repositories(daemon, "acme"))
        assert auth_status(daemon).failed_auth_jobs == 1


# -- clocks


def seconds(text):
    """A moment of the contract's form, in seconds since 1970."""
    return int(subprocess.run(["date", "-d", text, "+%s"], capture_output=True, text=True, check=True).stdout)


@pytest.mark.parametrize("behind", [7200, 1800, 40 * 86_400, -7200])
@pytest.mark.parametrize("tells", ["iat", "date"])
def test_a_tokens_lifetime_counts_from_when_it_came(canned, behind, tells):
    def answer(request):
        if not request.is_about_tokens:
            return good(request)
        theirs = int(time.time()) - behind
        issued = {"iat": theirs} if tells == "iat" else {}
        pair = [jwt(exp=theirs + lifetime, **issued) for lifetime in (3600, 30 * 86_400)]
        date = time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(theirs))
        fields = {"date": date} if tells == "date" else {}
        return reply(tokens("login" if request.operation == "AuthLogin" else "refreshToken", *pair), **fields)

    daemon, api = canned(answer)
    status = auth_status(daemon)
    assert (status.authenticated, status.needs_reauth, daemon.status().needs_auth) == (True, False, False)
    assert abs(seconds(status.access_token_expires) - time.time() - 3600) < 60
    assert abs(seconds(status.refresh_token_expires) - time.time() - 30 * 86_400) < 60
    assert daemon.wait_one(repositories(daemon, "acme")).attempts == 1
    assert api.count("AuthRefresh") == 0


def test_an_empty_access_token_does_not_replace_a_login(canned):
    def answer(request):
        if request.operation == "AuthLogin":
            return reply(tokens("login", access=jwt(exp=int(time.time()) + 200)))
        if request.operation == "AuthRefresh":
            return reply(tokens("refreshToken", access="", refresh=""))
        return good(request)

    daemon, api = canned(answer)
    before = auth_status(daemon)
    assert {s.status for s in daemon.wait(*submit_many(daemon, 4)).values()} == {"completed"}
    wait_until(lambda: api.count("AuthRefresh") >= 1)
    assert auth_status(daemon) == before
    assert all(r.token for r in api.requests if not r.is_about_tokens)
