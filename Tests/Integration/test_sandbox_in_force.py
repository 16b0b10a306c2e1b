"""What a kernel or a unit grants the workers' sandbox, who is told of it, and connections to the API from inside of it."""

import json
import os
import shutil
import socket
from pathlib import Path

import grpc
import pytest

from call_filter import behind, calls_of_unit
from honeydew_command import cli, cli_of, environment, honeydew  # noqa: F401
from honeydew_daemon import NOWHERE, pb, wait_until
from sandbox_process import Sandbox

NO_LANDLOCK = {"missing": ["landlock_create_ruleset", "landlock_add_rule", "landlock_restrict_self"]}
NO_SECCOMP = {"missing": ["seccomp"]}


@pytest.fixture(scope="module")
def api(tmp_path_factory):
    with Sandbox(tmp_path_factory.mktemp("certificates")) as api:
        yield api


def add(daemon, api, name="sandbox", **fields):
    request = pb.AddEnvironmentRequest(name=name, base_url=api.url, ca_file=api.ca_file, set_active=True)
    request.MergeFrom(pb.AddEnvironmentRequest(**fields))
    daemon.stub.AddEnvironment(request)


def check(daemon, name="", timeout=30):
    return daemon.stub.CheckEnvironment(pb.CheckEnvironmentRequest(environment=name), timeout=timeout).problem


def found(cli, word):  # noqa: F811
    return [(f["state"], f["text"]) for f in json.loads(cli("doctor", "--json").stdout) if f["check"] == word]


def test_the_unit_lets_workers_enter_their_sandbox_and_do_their_work(make_daemon, api, cli_of, tmp_path):  # noqa: F811
    if not shutil.which("systemd-analyze"):
        pytest.skip("systemd-analyze is not installed")
    allowed = calls_of_unit("honeydew.service")
    assert not {"mount", "ptrace", "bpf", "kexec_load"} & allowed
    daemon = make_daemon(workers=2, endpoint=None, config="worker:\n  sandbox: required\n")
    # SQLite gives its files away where it is root, which the unit is not.
    daemon.binary = behind({"allowed": sorted(allowed | {"fchown"})}, daemon.binary, tmp_path / "honeydewd")
    daemon.start()
    for worker in daemon.workers():
        assert worker.sandbox.landlock > 0 and worker.sandbox.filters_calls and not worker.sandbox.problem
        # Its own filter is another one: the unit's is 1.
        assert "Seccomp_filters:\t2" in Path(f"/proc/{worker.pid}/status").read_text()
    add(daemon, api)
    assert check(daemon) == ""
    login = pb.LoginRequest(username="admin", password="honeydew-demo")
    daemon.stub.Login(login, timeout=30)
    status = daemon.wait_one(daemon.submit("organizations.list"))
    assert status.status == "completed", status.error
    [(state, text)] = found(cli_of(daemon), "sandbox")
    assert state == "good", text


@pytest.mark.parametrize("filter_, what", [(NO_LANDLOCK, "Landlock"), (NO_SECCOMP, "seccomp")])
def test_a_kernel_without_it_is_told_and_jobs_run_where_best_is_good_enough(
        make_daemon, cli_of, tmp_path, filter_, what):  # noqa: F811
    daemon = make_daemon(workers=1)
    daemon.binary = behind(filter_, daemon.binary, tmp_path / "honeydewd")
    daemon.start()
    assert daemon.wait_one(daemon.submit("diag.noop")).status == "completed"
    [worker] = daemon.workers()
    assert (worker.sandbox.landlock > 0, worker.sandbox.filters_calls) == (what != "Landlock", what != "seccomp")
    assert what in worker.sandbox.problem
    [(state, text)] = found(cli_of(daemon), "sandbox")
    assert state == "warning" and what in text
    assert what in cli_of(daemon)("status").stdout
    assert not daemon.status().degraded


@pytest.mark.parametrize("filter_, what", [(NO_LANDLOCK, "Landlock"), (NO_SECCOMP, "seccomp")])
def test_no_job_runs_without_it_where_it_is_required(make_daemon, cli_of, tmp_path, filter_, what):  # noqa: F811
    daemon = make_daemon(workers=1, config="worker:\n  sandbox: required\n")
    daemon.binary = behind(filter_, daemon.binary, tmp_path / "honeydewd")
    daemon.spawn()
    wait_until(daemon._answers)
    job = daemon.submit("diag.noop")
    ended = wait_until(lambda: daemon.events("worker broke the protocol"), what="the worker's end")[0]
    assert what in ended["error"] and "worker.sandbox" in ended["error"]
    reason = wait_until(lambda: daemon.status().degraded, what="the status")[0]
    assert what in reason
    status = daemon.job(job)
    assert (status.status, status.attempts) == ("pending", 0)
    assert daemon.stop() == 0


# Connections


def test_a_connection_from_inside_the_sandbox(make_daemon, api, cli_of):  # noqa: F811
    daemon = make_daemon(workers=1, endpoint=None).start()
    add(daemon, api)
    cli = cli_of(daemon)  # noqa: F811
    result = cli("env", "check")
    assert (result.returncode, result.stdout) == (0, f"sandbox: a worker can connect to {api.url}\n")
    answer = json.loads(cli("env", "check", "sandbox", "--json").stdout)
    assert answer == {"environment": "sandbox", "base_url": api.url, "problem": ""}
    # Nothing was sent, and the worker is as good as before.
    with Sandbox(None) as plain:
        daemon.stub.AddEnvironment(
            pb.AddEnvironmentRequest(name="plain", base_url=plain.url, allow_http=True, set_active=False))
        assert check(daemon, "plain") == ""


@pytest.mark.parametrize("url, why", [
    (NOWHERE, "connect"), ("https://no-such-host.invalid/graphql", "no-such-host.invalid"),
])
def test_why_there_is_no_connection(make_daemon, cli_of, url, why):  # noqa: F811
    daemon = make_daemon(workers=1, endpoint=None).start()
    daemon.stub.AddEnvironment(
        pb.AddEnvironmentRequest(name="e", base_url=url, allow_http=url.startswith("http:"), set_active=True))
    cli = cli_of(daemon)  # noqa: F811
    assert why in check(daemon)
    result = cli("env", "check", "e")
    assert result.returncode == 1 and result.stdout == "" and why in result.stderr
    result = cli("env", "check", "--json")
    assert result.returncode == 1 and why in json.loads(result.stdout)["problem"]
    assert found(cli, "api")[0][0] == "bad"


def test_a_certificate_of_nobody_is_no_connection(make_daemon, api):
    daemon = make_daemon(workers=1, endpoint=None).start()
    daemon.stub.AddEnvironment(pb.AddEnvironmentRequest(name="e", base_url=api.url, set_active=True))
    assert "certificate is not accepted" in check(daemon)


def test_a_check_waits_for_a_worker_and_leaves_when_its_client_does(make_daemon, api):
    daemon = make_daemon(workers=1, endpoint=None).start()
    add(daemon, api)
    job = daemon.submit("diag.sleep", {"ms": 600_000})
    daemon.wait_running(job)
    with pytest.raises(grpc.RpcError) as late:
        check(daemon, timeout=0.5)
    assert late.value.code() == grpc.StatusCode.DEADLINE_EXCEEDED
    daemon.stub.CancelJob(pb.CancelJobRequest(job_id=job))
    assert check(daemon) == ""


@pytest.mark.parametrize("name, code", [("none", "NOT_FOUND"), ("\x1b[31m", "NOT_FOUND")])
def test_a_check_of_what_is_not_there_is_refused(daemon, name, code):
    with pytest.raises(grpc.RpcError) as refused:
        check(daemon, name)
    assert refused.value.code().name == code and "\x1b" not in refused.value.details()


@pytest.mark.parametrize("silent", [True, False])
def test_a_server_that_says_nothing_or_hangs_up_is_no_connection(make_daemon, silent):
    daemon = make_daemon(workers=1, endpoint=None, api="").start()
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"https://127.0.0.1:{server.getsockname()[1]}/graphql"
        daemon.stub.AddEnvironment(pb.AddEnvironmentRequest(name="e", base_url=url, set_active=True))
        if silent:
            # libcurl's 10 s for name, connection and TLS.
            assert check(daemon, timeout=25)
        else:
            answer = daemon.stub.CheckEnvironment.future(pb.CheckEnvironmentRequest(), timeout=25)
            server.accept()[0].close()
            assert answer.result().problem
    assert daemon.wait_one(daemon.submit("diag.noop")).status == "completed"


@pytest.mark.root("mount")
def test_a_worker_whose_resolver_file_was_replaced_is_replaced(make_daemon, api, tmp_path):
    """Landlock binds to inodes: /etc/hosts, written again as resolvconf and editors do, would not be readable."""
    etc = tmp_path / "etc"
    shutil.copytree("/etc", etc, symlinks=True, ignore_dangling_symlinks=True)
    hosts = (etc / "hosts").read_text()
    daemon = make_daemon(workers=1, endpoint=None)
    script = tmp_path / "honeydewd"
    script.write_text(
        f'#!/bin/sh\nexec unshare --mount sh -c \'mount --bind {etc} /etc && exec {daemon.binary} "$@"\' sh "$@"\n')
    script.chmod(0o755)
    daemon.binary = script
    daemon.start()
    url = f"https://api.honeydew.invalid:{api.port}/graphql"
    daemon.stub.AddEnvironment(pb.AddEnvironmentRequest(name="e", base_url=url, ca_file=api.ca_file, set_active=True))
    [before] = daemon.workers()
    assert "resolve" in check(daemon)
    assert daemon.workers()[0].pid == before.pid
    (etc / "hosts.new").write_text(f"{hosts}\n127.0.0.1 api.honeydew.invalid\n")
    os.rename(etc / "hosts.new", etc / "hosts")
    # The name is found now; that the certificate is of another name is not its fault.
    assert "certificate is not accepted" in check(daemon)
    [after] = daemon.workers()
    assert after.pid != before.pid and "/etc/hosts was replaced" in after.last_exit_cause
