"""The sandbox API goes wrong in exactly the way that it was asked to."""

from __future__ import annotations

import concurrent.futures
import email.utils
import http.client
import json
import socket
import ssl
import time
from typing import Any

import pytest
from sandbox_process import REPOSITORIES, Client, Sandbox
from sandbox_process import client, sandbox, token  # noqa: F401  (fixtures)


@pytest.mark.parametrize(
    ("organization", "status", "retry_after"),
    [
        ("fault-status-503", 503, None),
        ("fault-status-599", 599, None),
        ("fault-rate-limit-2", 429, "2"),
        ("fault-unauthorized", 401, None),
        ("fault-redirect", 307, None),
    ],
)
def test_an_organization_asks_for_a_status(
    client: Client, organization: str, status: int, retry_after: str | None
) -> None:
    response = client.send(REPOSITORIES, {"organization": organization})
    assert (response.status, response.headers["retry-after"]) == (status, retry_after)
    assert json.loads(response.read())["errors"]


def test_retry_after_may_be_a_date(client: Client) -> None:
    response = client.send(REPOSITORIES, {"organization": "fault-rate-limit-date-30"})
    moment = email.utils.parsedate_to_datetime(response.headers["retry-after"]).timestamp()
    assert 25 < moment - time.time() < 32


def test_a_graphql_error_comes_with_200_alone_or_beside_data(client: Client) -> None:
    status, answer = client.ask(REPOSITORIES, organization="fault-graphql-error")
    assert (status, answer["data"]) == (200, None) and answer["errors"]
    status, answer = client.ask(REPOSITORIES, organization="fault-partial")
    assert status == 200 and answer["data"]["githubRepositories"] and answer["errors"]


def test_broken_json_is_broken_and_the_connection_goes_on(client: Client) -> None:
    response = client.send(REPOSITORIES, {"organization": "fault-broken-json"})
    text = response.read()
    assert response.status == 200 and text.startswith(b'{"data"')
    with pytest.raises(ValueError):
        json.loads(text)
    assert client.data(REPOSITORIES, organization="acme")


def test_a_cut_connection_leaves_half_a_body(client: Client) -> None:
    response = client.send(REPOSITORIES, {"organization": "fault-cut"})
    with pytest.raises(http.client.IncompleteRead) as raised:
        response.read()
    assert raised.value.partial.startswith(b'{"data"')


def test_a_dropped_connection_leaves_nothing(client: Client) -> None:
    with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError, ssl.SSLEOFError)):
        client.send(REPOSITORIES, {"organization": "fault-drop"})


def test_a_huge_body_is_as_long_as_asked_and_right(client: Client) -> None:
    response = client.send(REPOSITORIES, {"organization": "fault-huge-3m"})
    text = response.read()
    assert len(text) == 3 << 20
    assert len(json.loads(text)["data"]["githubRepositories"][0]["name"]) > 3_000_000


def test_an_endless_body_goes_on_until_the_client_leaves(client: Client, sandbox: Sandbox) -> None:
    aborted = sandbox.stats()["aborted"]
    response = client.send(REPOSITORIES, {"organization": "fault-endless"})
    assert len(response.read(20 << 20)) == 20 << 20
    response.close()
    client.connection.close()
    sandbox.wait_for_stats(in_flight=0, aborted=aborted + 1)


def test_a_hanging_call_is_in_flight_until_the_client_leaves(client: Client, sandbox: Sandbox) -> None:
    aborted = sandbox.stats()["aborted"]
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        answer = pool.submit(client.send, REPOSITORIES, {"organization": "fault-hang"})
        sandbox.wait_for_stats(in_flight=1)
        client.connection.sock.shutdown(socket.SHUT_RDWR)
        assert answer.exception(timeout=10) is not None
    sandbox.wait_for_stats(in_flight=0, aborted=aborted + 1)


def test_a_delay_delays_only_its_own_call(client: Client, sandbox: Sandbox, token: str) -> None:
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        start = time.monotonic()
        slow = pool.submit(client.data, REPOSITORIES, organization="fault-delay-1.5")
        sandbox.wait_for_stats(in_flight=1)
        assert Client(sandbox, token).data(REPOSITORIES, organization="acme")
        assert not slow.done()
        assert len(slow.result()["githubRepositories"]) == 6
        assert time.monotonic() - start >= 1.5


def test_a_name_may_say_how_often(client: Client) -> None:
    statuses = [client.ask(REPOSITORIES, organization="fault-status-500-x2")[0] for _ in range(4)]
    assert statuses == [500, 500, 200, 200]


def test_a_wish_is_fulfilled_as_often_and_where_it_was_wished(client: Client, sandbox: Sandbox) -> None:
    sandbox.fault("rate_limit", count=2, retry_after=7, field="githubRepositories")
    assert client.ask("{ me { id } }")[0] == 200
    response = client.send(REPOSITORIES, {"organization": "acme"})
    assert (response.status, response.headers["retry-after"]) == (429, "7")
    response.read()
    assert client.ask(REPOSITORIES, organization="acme")[0] == 429
    assert client.ask(REPOSITORIES, organization="acme")[0] == 200


@pytest.mark.parametrize(
    "planned",
    [
        {},
        [],
        {"kind": "fire"},
        {"kind": "hang", "count": 0},
        {"kind": "hang", "for": 1},
        {"kind": "delay", "seconds": "1"},
    ],
)
def test_a_planned_fault_that_makes_no_sense_is_refused(sandbox: Sandbox, planned: Any) -> None:
    assert sandbox.call("POST", "/faults", planned)[0] == 400
