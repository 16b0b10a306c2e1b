"""The sandbox API keeps its word: the schema's data, the tokens, its own life."""

from __future__ import annotations

import base64
import concurrent.futures
import http.client
import json
import ssl
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from graphql import (
    GraphQLInputType,
    GraphQLOutputType,
    build_schema,
    get_named_type,
    get_nullable_type,
    is_list_type,
)
from sandbox_process import COMMITS, LOGIN, REFRESH, REPOSITORIES, SCHEMA, SCRIPT, Client, Sandbox
from sandbox_process import client, sandbox, token  # noqa: F401  (fixtures)


def claims(token: str) -> dict[str, Any]:
    return json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))


# Data


def test_the_same_names_give_the_same_commits(client: Client) -> None:
    first = client.data(COMMITS, o="acme", r="rind")
    assert first == client.data(COMMITS, o="acme", r="rind")
    assert first != client.data(COMMITS, o="globex", r="rind")
    dates = [commit["date"] for commit in first["githubCommits"]["commits"]]
    assert len(dates) >= 20 and dates == sorted(dates, reverse=True)


def test_commits_are_filtered_by_day_and_author_and_bring_their_diff_on_request(client: Client) -> None:
    everything = client.data(COMMITS, o="acme", r="rind")["githubCommits"]["commits"]
    assert all(commit["files"] is None for commit in everything)
    day = everything[5]["date"][:10]
    of_day = client.data(COMMITS, o="acme", r="rind", **{"from": day, "to": day})["githubCommits"]["commits"]
    assert of_day == [commit for commit in everything if commit["date"].startswith(day)]
    exact = {"from": everything[7]["date"], "to": everything[3]["date"]}
    assert client.data(COMMITS, o="acme", r="rind", **exact)["githubCommits"]["commits"] == everything[3:8]
    ada = client.data(COMMITS, o="acme", r="rind", author="ADA@example.com", diff=True)["githubCommits"]["commits"]
    assert {commit["author"] for commit in ada} == {"Ada Example"}
    assert all(commit["files"][0]["patch"].startswith("@@") for commit in ada)


def test_a_repository_has_as_many_commits_as_its_name_says(client: Client) -> None:
    assert len(client.data(COMMITS, o="acme", r="commits-3000")["githubCommits"]["commits"]) == 3000


def test_a_date_that_is_none_is_a_graphql_error(client: Client) -> None:
    status, answer = client.ask(COMMITS, o="acme", r="rind", **{"from": "yesterday"})
    assert status == 200
    assert answer["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


def test_every_query_answers_all_that_the_schema_promises(client: Client) -> None:
    schema = build_schema(SCHEMA.read_text())
    samples = {"String": '"2025-01-01"', "ID": '"1"', "Int": "1", "Boolean": "true", "ExportFormat": "JSON"}

    def value(type_: GraphQLInputType) -> str:
        inner = get_nullable_type(type_)
        return f"[{value(inner.of_type)}]" if is_list_type(inner) else samples[inner.name]

    def selection(type_: GraphQLOutputType) -> str:
        fields = getattr(get_named_type(type_), "fields", None)
        return f"{{ {' '.join(name + selection(field.type) for name, field in fields.items())} }}" if fields else ""

    for name, field in schema.query_type.fields.items():
        given = ", ".join(f"{argument}: {value(taken.type)}" for argument, taken in field.args.items())
        client.data(f"{{ {name}{f'({given})' if given else ''} {selection(field.type)} }}")


PULL_REQUESTS = """query ($o: String!, $r: String!, $from: String, $to: String) {
  githubPullRequests(organization: $o, repo: $r, startDate: $from, endDate: $to) {
    number title state createdAt updatedAt closedAt mergedAt user { login }
  }
}"""
ISSUES = """query ($o: String!, $p: String, $from: String) {
  jiraIssues(organization: $o, project: $p, startDate: $from) {
    key summary createdAt updatedAt resolvedAt status { statusCategory } project { key } }
  linearIssues(organization: $o, startDate: $from) {
    identifier title createdAt updatedAt completedAt state { type } team { key } project { name state } }
  gitlabMergeRequests(organization: $o, repo: "web", startDate: $from) {
    iid title state createdAt updatedAt closedAt mergedAt sourceBranch webUrl }
  linearProjects(organization: $o) { state progress startDate targetDate createdAt updatedAt }
}"""


def test_pull_requests_are_filtered_by_day_and_their_states_fit_their_dates(client: Client) -> None:
    everything = client.data(PULL_REQUESTS, o="acme", r="web")["githubPullRequests"]
    assert everything == client.data(PULL_REQUESTS, o="acme", r="web")["githubPullRequests"]
    assert {row["state"] for row in everything} == {"open", "closed"}
    assert any(row["closedAt"] and not row["mergedAt"] for row in everything)
    for row in everything:
        assert row["createdAt"] < row["updatedAt"] < "2025-06-30T17:00:01Z"
        assert row["closedAt"] == (None if row["state"] == "open" else row["updatedAt"])
        assert row["mergedAt"] in (None, row["closedAt"])
    numbers = [row["number"] for row in everything]
    assert numbers == sorted(set(numbers), reverse=True) and len({row["title"] for row in everything}) == len(numbers)
    dates = [row["createdAt"] for row in everything]
    assert dates == sorted(dates, reverse=True)
    some = client.data(PULL_REQUESTS, o="acme", r="web", **{"from": dates[4], "to": dates[2]})["githubPullRequests"]
    assert some == everything[2:5]


def test_issues_and_merge_requests_read_like_those_of_their_trackers(client: Client) -> None:
    answer = client.data(ISSUES, o="acme")
    for row in answer["jiraIssues"]:
        assert row["key"].startswith(row["project"]["key"] + "-")
        assert (row["resolvedAt"] is not None) == (row["status"]["statusCategory"] == "done")
    for row in answer["linearIssues"]:
        assert row["identifier"].startswith(row["team"]["key"] + "-")
        assert (row["completedAt"] is not None) == (row["state"]["type"] == "completed")
        assert row["project"]["state"] == "started" or row["completedAt"]
    for row in answer["gitlabMergeRequests"]:
        assert (row["mergedAt"] is not None) == (row["state"] == "merged") and row["webUrl"].endswith(f"/{row['iid']}")
        assert (row["closedAt"] is None) == (row["state"] == "opened")
    for row in answer["linearProjects"]:
        assert (row["progress"] == 0, row["progress"] == 1) == (row["state"] == "planned", row["state"] == "completed")
        assert row["createdAt"] < row["startDate"] < row["targetDate"]
    one = client.data(ISSUES, o="acme", p="ops")["jiraIssues"]
    assert one == [row for row in answer["jiraIssues"] if row["project"]["key"] == "OPS"]
    later = client.data(ISSUES, o="acme", **{"from": "2025-06-20"})["jiraIssues"]
    assert later == [row for row in answer["jiraIssues"] if row["createdAt"] >= "2025-06-20"]
    assert {row["project"]["key"] for row in client.data(ISSUES, o="acme", p="x-1")["jiraIssues"]} == {"X1"}


def test_a_user_can_be_created_used_and_deleted(client: Client, sandbox: Sandbox) -> None:
    create = "mutation ($i: CreateUserInput!) { createUser(input: $i) { id role } }"
    created = client.data(create, i={"username": "new", "password": "secret", "role": "reader"})["createUser"]
    assert created["role"] == "reader"
    assert "accessToken" in Client(sandbox).data(LOGIN, u="new", p="secret")["login"]
    assert client.data('mutation { deactivateUser(username: "new") { status } }')["deactivateUser"]["status"] == 0
    assert Client(sandbox).ask(LOGIN, u="new", p="secret")[0] == 401
    delete = "mutation ($id: ID!) { deleteUser(id: $id) { success } }"
    assert client.data(delete, id=created["id"]) == {"deleteUser": {"success": True}}


# Tokens


@pytest.mark.parametrize("header", [None, "Bearer nonsense", "Bearer a.b.c", "Basic YTpi"])
def test_without_a_good_token_nothing_is_answered(sandbox: Sandbox, header: str | None) -> None:
    response = Client(sandbox).send("{ me { id } }", **({"authorization": header} if header else {}))
    assert response.status == 401
    assert json.loads(response.read())["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


def test_a_wrong_password_is_refused(sandbox: Sandbox) -> None:
    assert Client(sandbox).ask(LOGIN, u="admin", p="guess")[0] == 401


def test_a_refresh_token_is_no_access_token(sandbox: Sandbox) -> None:
    assert Client(sandbox, Client(sandbox).login()["refreshToken"]).ask("{ me { id } }")[0] == 401


def test_lifetimes_are_in_the_claims_and_are_meant(tmp_path: Path) -> None:
    with Sandbox(tmp_path, "--access-lifetime", "1", "--refresh-lifetime", "600") as sandbox:
        pair = Client(sandbox).login()
        assert claims(pair["refreshToken"])["exp"] - claims(pair["refreshToken"])["iat"] == 600
        expiry = claims(pair["accessToken"])["exp"]
        client = Client(sandbox, pair["accessToken"])
        while (status := client.ask("{ me { id } }")[0]) == 200:
            assert time.time() < expiry + 5
            time.sleep(0.02)
        assert status == 401 and time.time() >= expiry
        assert client.data(REFRESH, t=pair["refreshToken"])["refreshToken"]["user"] == {"username": "admin"}


def test_a_rotating_refresh_token_dies_at_its_first_use(tmp_path: Path) -> None:
    with Sandbox(tmp_path, "--rotate-refresh", "--unauthenticated-status", "200") as sandbox:
        client = Client(sandbox)
        first = client.login()["refreshToken"]
        second = client.data(REFRESH, t=first)["refreshToken"]["refreshToken"]
        status, answer = client.ask(REFRESH, t=first)
        assert (status, answer["errors"][0]["extensions"]["code"]) == (200, "UNAUTHENTICATED")
        assert client.data(REFRESH, t=second)


def test_opaque_tokens_open_the_same_doors(tmp_path: Path) -> None:
    with Sandbox(tmp_path, "--opaque-tokens") as sandbox:
        pair = Client(sandbox).login()
        assert "." not in pair["accessToken"]
        assert Client(sandbox, pair["accessToken"]).data("{ me { username } }") == {"me": {"username": "admin"}}
        assert Client(sandbox).ask(REFRESH, t=pair["accessToken"])[0] == 401


# Life


def test_a_client_that_does_not_know_the_authority_is_not_served(sandbox: Sandbox) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        http.client.HTTPSConnection("127.0.0.1", sandbox.port, context=ssl.create_default_context()).connect()


def test_sigterm_ends_it_at_once_whatever_hangs(tmp_path: Path) -> None:
    with Sandbox(tmp_path) as sandbox:
        client = Client(sandbox, Client(sandbox).login()["accessToken"])
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            answer = pool.submit(client.send, REPOSITORIES, {"organization": "fault-hang"})
            sandbox.wait_for_stats(in_flight=1)
            assert sandbox.stop() == 0
            assert answer.exception(timeout=10) is not None


def test_the_ready_file_says_what_the_ready_line_says(tmp_path: Path) -> None:
    with Sandbox(tmp_path / "certificates", "--ready-file", str(tmp_path / "ready")) as sandbox:
        ready = json.loads((tmp_path / "ready").read_text())
        assert ready == {"url": sandbox.url, "ca_file": sandbox.ca_file, "port": sandbox.port}
        assert (tmp_path / "certificates" / "ca.key").stat().st_mode & 0o077 == 0


def test_plain_http_is_there_for_who_asks(tmp_path: Path) -> None:
    process = subprocess.Popen([sys.executable, SCRIPT, "--plain"], stdout=subprocess.PIPE, text=True)
    try:
        ready = json.loads(process.stdout.readline())
        assert ready["url"].startswith("http://127.0.0.1:") and ready["ca_file"] == ""
        connection = http.client.HTTPConnection("127.0.0.1", ready["port"], timeout=10)
        connection.request("GET", "/stats")
        assert connection.getresponse().status == 200
    finally:
        process.terminate()
        process.communicate(timeout=10)
    assert process.returncode == 0
