"""The configuration: its sources, what is refused, and a new one for a running daemon."""

import json
import signal
import subprocess
from pathlib import Path

import grpc
import pytest

from honeydew_command import cli, environment, honeydew  # noqa: F401
from honeydew_daemon import BINARIES, ROOT, pb, wait_until


def reload(daemon):
    return daemon.stub.Reload(pb.ReloadRequest(), timeout=10)


def rewrite(daemon, text):
    (daemon.home / "config.yaml").write_text(text)


BASE = "api:\n  graphql_endpoint: http://127.0.0.1:1/graphql\nqueue:\n  workers: 4\n  diagnostics: true\n"


def test_reload_applies_what_it_can_and_names_the_rest(daemon):
    rewrite(daemon, BASE.replace("workers: 4", "workers: 2") + "  max_retries: 7\nlogging:\n  level: debug\n")
    reply = reload(daemon)
    assert list(reply.applied) == ["logging.level", "queue.max_retries", "api.timeout"][:2]
    assert list(reply.needs_restart) == ["queue.workers"]
    assert daemon.job(daemon.submit("diag.noop")).max_retries == 7
    assert len(daemon.workers()) == 4
    assert daemon.events("configuration reloaded", applied="logging.level, queue.max_retries")


def test_refused_reload_changes_nothing_and_names_the_line(daemon):
    rewrite(daemon, BASE + "  max_retries: 7\nlogging:\n  level: loud\n")
    with pytest.raises(grpc.RpcError) as error:
        reload(daemon)
    assert error.value.code() == grpc.StatusCode.FAILED_PRECONDITION
    assert f"{daemon.home}/config.yaml:8: logging.level: must be" in error.value.details()
    assert daemon.job(daemon.submit("diag.noop")).max_retries == 3
    daemon.process.send_signal(signal.SIGHUP)
    wait_until(lambda: len(daemon.events("configuration refused")) == 2, what="the refusal")
    assert daemon.job(daemon.submit("diag.noop")).max_retries == 3


def test_sighup_reloads(daemon):
    rewrite(daemon, BASE + "  max_retries: 9\n")
    daemon.process.send_signal(signal.SIGHUP)
    wait_until(lambda: daemon.events("configuration reloaded"), what="the reload")
    assert daemon.job(daemon.submit("diag.noop")).max_retries == 9


def test_reload_lets_waiting_jobs_of_a_provider_go(make_daemon):
    daemon = make_daemon(config="  provider_concurrency: 1\n").start()
    first, second = (daemon.submit("diag.sleep", {"ms": 60_000}) for _ in range(2))
    daemon.wait_running(first)
    assert daemon.job(second).status == "pending"
    rewrite(daemon, BASE + "  provider_concurrency: 2\n")
    reload(daemon)
    daemon.wait_running(second)


def test_flags_win_over_variables_and_those_over_the_file(make_daemon):
    daemon = make_daemon(workers=1, env={"HONEYDEW_QUEUE_WORKERS": "2", "HONEYDEW_QUEUE_MAX_RETRIES": "5"})
    daemon.start("--set", "queue.workers=3")
    assert len(daemon.workers()) == 3
    assert daemon.job(daemon.submit("diag.noop")).max_retries == 5
    # They win over a reloaded file too.
    rewrite(daemon, BASE + "  max_retries: 9\n")
    assert not reload(daemon).applied
    assert daemon.job(daemon.submit("diag.noop")).max_retries == 5


def test_wrong_variable_and_flag_are_refused_at_the_start(home):
    result = subprocess.run([BINARIES / "honeydewd", "--home", home, "--set", "queue.workers=0"],
                            env={"HONEYDEW_LOGGING_LEVEL": "loud"}, capture_output=True, text=True, timeout=30)
    assert result.returncode == 78
    assert "HONEYDEW_LOGGING_LEVEL: logging.level: must be" in result.stderr
    assert "--set: queue.workers: must be a whole number" in result.stderr


def test_config_commands(daemon, cli, environment, tmp_path):  # noqa: F811
    assert cli("config", "path").stdout == f"{daemon.home}/config.yaml\n"
    checked = cli("config", "check")
    assert (checked.returncode, checked.stdout) == (0, f"{daemon.home}/config.yaml: correct\n")
    environment["HONEYDEW_QUEUE_MAX_RETRIES"] = "6"
    shown = {row["key"]: row for row in json.loads(cli("config", "show", "--json").stdout)}
    assert shown["queue.workers"]["value"] == 4
    assert shown["queue.workers"]["place"] == f"{daemon.home}/config.yaml:5"
    assert (shown["queue.max_retries"]["value"], shown["queue.max_retries"]["origin"]) == (6, "environment")
    assert (shown["queue.retention_days"]["origin"], shown["worker.path"]["value"]) == ("default", None)
    table = cli("config", "show").stdout
    assert "HONEYDEW_QUEUE_MAX_RETRIES" in table and "reload" in table
    bad = tmp_path / "bad.yaml"
    bad.write_text("queue:\n  workers: x\nlog: 3\n")
    refused = cli("config", "check", bad)
    assert refused.returncode == 1
    assert [line.split(": ")[1] for line in refused.stderr.splitlines()] == [f"{bad}:2", f"{bad}:3"]
    assert cli("config", "check", tmp_path / "missing.yaml").returncode == 1
    assert cli("config", "show", "queue.max_retries").stdout == "6\n"
    assert json.loads(cli("config", "show", "queue.workers", "--json").stdout) == shown["queue.workers"]
    other = tmp_path / "other.yaml"
    other.write_text("queue:\n  workers: 9\n")
    assert cli("config", "show", "queue.workers", "--file", other).stdout == "9\n"
    unknown = cli("config", "show", "queue.worker")
    assert unknown.returncode == 2 and "did you mean queue.workers?" in unknown.stderr
    (daemon.home / "config.yaml").unlink()
    assert cli("config", "check").stdout == (
        f"{daemon.home}/config.yaml: there is no such file, so that every setting has its default\n")
    assert json.loads(cli("config", "check", "--json").stdout)["exists"] is False


def test_reload_command_says_what_it_did(daemon, cli):  # noqa: F811
    assert "nothing has changed" in cli("reload").stdout
    rewrite(daemon, BASE.replace("workers: 4", "workers: 2") + "  max_retries: 7\n")
    result = cli("reload")
    assert result.returncode == 0
    assert "queue.max_retries" in result.stdout and "queue.workers" in result.stdout
    rewrite(daemon, "queue: 3\n")
    refused = cli("reload")
    assert refused.returncode == 1 and "config.yaml:1" in refused.stderr


def test_example_is_current_and_correct(home):
    example = ROOT / "contrib/config.example.yaml"
    result = subprocess.run([BINARIES / "honeydewd", "--home", home, "--config", example, "--check-config"],
                            capture_output=True, text=True, timeout=30)
    assert result.returncode == 0, result.stderr
    subprocess.run([BINARIES / "honeydew-documents", home], check=True, timeout=30)
    names = {str(path.relative_to(home)) for path in Path(home).rglob("man/*")} | {"config.example.yaml"}
    pages = {f"man/{path.name}" for path in (ROOT / "contrib/man").iterdir()}
    assert names == (pages | {"config.example.yaml"}) - {"man/honeydewd.8"}, "run: make documents"
    for name in names:
        assert (Path(home) / name).read_text() == (ROOT / "contrib" / name).read_text(), "run: make documents"


def test_the_daemon_s_own_errors_give_a_terminal_no_orders(home):
    for name in ("\x1b[2J", "\x9b2J", "\u202e", "\u200b", "\U000e0041"):
        result = subprocess.run([BINARIES / "honeydewd", "--home", home, "--config", f"/nowhere/{name}"],
                                capture_output=True, text=True, timeout=30)
        assert result.returncode == 78 and "/nowhere/\\u{" in result.stderr and name not in result.stderr
