"""The reasons of refusals whose cause lies outside: the disk, the database's rows, the key, workers and the API."""

import contextlib
import errno
import json
import os
import resource
import signal
import sqlite3
import subprocess

import grpc
import pytest
from fake_worker import install
from fault_injection import faults, faults_library  # noqa: F401
from honeydew_daemon import _GENERATED, BINARIES, pb, wait_until
from sandbox_process import Sandbox
from test_reasons import assert_refused, refusal

CODES = grpc.StatusCode


def change(daemon, sql, *values):
    """A row is changed behind the daemon's back."""
    with contextlib.closing(sqlite3.connect(daemon.home / "daemon.db", isolation_level=None)) as database:
        assert database.execute(sql, values).rowcount == 1


def result_of(daemon, job_id):
    return refusal(daemon.stub.ReadJobResult, pb.ReadJobResultRequest(job_id=job_id))


def test_diagnostics_are_off(make_daemon):
    daemon = make_daemon(diagnostics=False).start()
    outcome = refusal(daemon.stub.SubmitJob, pb.SubmitJobRequest(command="diag.noop"))
    assert_refused(outcome, "DIAGNOSTICS_OFF", CODES.INVALID_ARGUMENT, field="command")


def test_a_configuration_that_is_wrong_is_not_applied(daemon):
    (daemon.home / "config.yaml").write_text("queue:\n  workers: x\n")
    outcome = refusal(daemon.stub.Reload, pb.ReloadRequest())
    assert_refused(outcome, "CONFIG_INVALID", CODES.FAILED_PRECONDITION)
    assert "config.yaml:2" in outcome[0].details()


def test_a_result_whose_file_is_gone_or_cannot_be_opened(daemon):
    job_id = daemon.submit("diag.noop", {"bytes": 1_000_000})
    daemon.wait_one(job_id)
    limits = resource.prlimit(daemon.pid, resource.RLIMIT_NOFILE)
    numbers = {int(name) for name in os.listdir(daemon.proc / "fd")}
    free = next(number for number in range(len(numbers) + 1) if number not in numbers)
    resource.prlimit(daemon.pid, resource.RLIMIT_NOFILE, (free, limits[1]))
    outcome = result_of(daemon, job_id)
    resource.prlimit(daemon.pid, resource.RLIMIT_NOFILE, limits)
    assert_refused(outcome, "OUT_OF_DESCRIPTORS", CODES.RESOURCE_EXHAUSTED)
    [file] = (daemon.home / "results").iterdir()
    file.write_bytes(file.read_bytes()[:100_000])
    assert_refused(result_of(daemon, job_id), "RESULT_LOST", CODES.DATA_LOSS)
    file.unlink()
    assert_refused(result_of(daemon, job_id), "RESULT_LOST", CODES.DATA_LOSS)


def test_a_row_that_somebody_else_has_changed(daemon):
    job_id, other = (daemon.submit("diag.sleep", {"ms": 600_000}) for _ in range(2))
    daemon.wait_running(job_id)
    change(daemon, "UPDATE jobs SET attempt = 7 WHERE id = ?", job_id)
    outcome = refusal(daemon.stub.CancelJob, pb.CancelJobRequest(job_id=job_id))
    assert_refused(outcome, "WRITE_REFUSED", CODES.ABORTED)
    # Nothing else is harmed, and the row counts from now on.
    daemon.stub.CancelJob(pb.CancelJobRequest(job_id=other))
    assert (daemon.job(job_id).attempts, daemon.status().state) == (7, "SERVING")


def test_a_row_that_cannot_be_read(daemon):
    job_id, other = (daemon.submit("diag.noop", delay_ms=600_000) for _ in range(2))
    change(daemon, "UPDATE jobs SET created_at = 'soon' WHERE id = ?", job_id)
    outcome = refusal(daemon.stub.GetJobStatus, pb.GetJobStatusRequest(job_id=job_id))
    assert_refused(outcome, "ROW_UNREADABLE", CODES.DATA_LOSS)
    assert (daemon.job(other).status, daemon.status().state) == ("pending", "SERVING")


def test_a_secret_that_was_sealed_for_another_row(daemon):
    for name in ("one", "two"):
        payload = json.dumps({"id": "1", "input": {"password": f"password of {name}"}})
        daemon.stub.ScheduleJob(pb.ScheduleJobRequest(
            name=name, cron_expr="@yearly", command="account.updateUser", payload=payload))
    change(daemon, "UPDATE schedules SET payload = (SELECT payload FROM schedules WHERE name = 'two') WHERE name = 'one'")
    outcome = refusal(daemon.stub.TriggerSchedule, pb.TriggerScheduleRequest(name="one"))
    assert_refused(outcome, "SEALING_FAILED", CODES.INTERNAL)
    daemon.stub.TriggerSchedule(pb.TriggerScheduleRequest(name="two"))


def test_a_disk_that_fails(make_daemon, faults):  # noqa: F811
    daemon = make_daemon(env=faults.env).start()
    faults.set(write=errno.EIO)
    for _ in range(2):
        outcome = refusal(daemon.stub.SubmitJob, pb.SubmitJobRequest(command="diag.noop"))
        assert_refused(outcome, "STORE_UNAVAILABLE", CODES.UNAVAILABLE)


def test_a_daemon_that_ends(daemon):
    job_id = daemon.submit("diag.sleep", {"ms": 2000})
    daemon.wait_running(job_id)
    daemon.stub.Shutdown(pb.ShutdownRequest())
    outcome = refusal(daemon.stub.SubmitJob, pb.SubmitJobRequest(command="diag.noop"))
    assert_refused(outcome, "SHUTTING_DOWN", CODES.UNAVAILABLE)


# -- the key


def test_a_key_that_is_a_credential(make_daemon, tmp_path):
    (tmp_path / "master.key").write_bytes(os.urandom(32))
    (tmp_path / "master.key").chmod(0o400)
    daemon = make_daemon(env={"CREDENTIALS_DIRECTORY": str(tmp_path)}).start()
    outcome = refusal(daemon.stub.RotateKey, pb.RotateKeyRequest())
    assert_refused(outcome, "KEY_IS_CREDENTIAL", CODES.FAILED_PRECONDITION)


def test_a_key_that_cannot_be_written_or_is_being_changed(daemon):
    obstacle = daemon.home / "master.key.next.new"
    obstacle.mkdir()
    outcome = refusal(daemon.stub.RotateKey, pb.RotateKeyRequest())
    assert_refused(outcome, "KEY_ROTATION_FAILED", CODES.INTERNAL)
    obstacle.rmdir()
    first = daemon.stub.RotateKey.future(pb.RotateKeyRequest(), timeout=120)
    wait_until(lambda: b"--make-next-key" in command_lines(daemon), what="the helper")
    outcome = refusal(daemon.stub.RotateKey, pb.RotateKeyRequest())
    assert_refused(outcome, "KEY_ROTATION_RUNNING", CODES.FAILED_PRECONDITION)
    first.result()


def command_lines(daemon):
    """Those of the daemon's children."""
    lines = b""
    for pid in (daemon.proc / f"task/{daemon.pid}/children").read_text().split():
        with contextlib.suppress(OSError):
            lines += (daemon.proc.parent / pid / "cmdline").read_bytes()
    return lines


# -- workers and the API


def test_a_worker_that_does_not_come_back(make_daemon, home):
    worker = daemon_worker(home, f'exec {BINARIES}/honeydew-worker "$@"')
    daemon = make_daemon(workers=1, config=f"worker:\n  path: {worker}\n").start()
    daemon_worker(home, "exit 3")
    outcome = refusal(daemon.stub.RestartWorker, pb.RestartWorkerRequest(slot=1, wait=True))
    assert_refused(outcome, "WORKER_NOT_READY", CODES.FAILED_PRECONDITION)


def daemon_worker(home, script):
    path = f"{home}/worker"
    with open(path + ".new", "w") as file:
        file.write(f"#!/bin/sh\n{script}\n")
    os.chmod(path + ".new", 0o755)
    os.replace(path + ".new", path)
    return path


@pytest.fixture(scope="module")
def api(tmp_path_factory):
    with Sandbox(tmp_path_factory.mktemp("certificates")) as sandbox:
        yield sandbox


def use(daemon, api):
    daemon.stub.AddEnvironment(pb.AddEnvironmentRequest(
        name="sandbox", base_url=api.url, ca_file=api.ca_file, set_active=True))


def login(daemon, password="honeydew-demo"):
    return refusal(daemon.stub.Login, pb.LoginRequest(username="admin", password=password))


FAULTS = [
    ({"kind": "graphql_error"}, "API_ERROR", CODES.UNAUTHENTICATED),
    ({"kind": "broken_json"}, "API_UNAVAILABLE", CODES.UNAVAILABLE),
    ({"kind": "status", "status": 503}, "API_UNAVAILABLE", CODES.UNAVAILABLE),
    ({"kind": "rate_limit"}, "RATE_LIMITED", CODES.UNAVAILABLE),
    ({"kind": "huge", "size": 2 << 20}, "RESPONSE_TOO_LARGE", CODES.INTERNAL),
    ({"kind": "drop"}, "NETWORK_ERROR", CODES.UNAVAILABLE),
    ({"kind": "hang"}, "TIMEOUT", CODES.DEADLINE_EXCEEDED),
    ({"kind": "unauthorized"}, "AUTH_INVALID", CODES.UNAUTHENTICATED),
]


def test_a_login_that_the_api_does_not_admit_has_the_code_of_the_cause(make_daemon, api):
    daemon = make_daemon(api="  max_response_mb: 1\n", workers=2)
    configuration = daemon.home / "config.yaml"
    configuration.write_text(configuration.read_text().replace("timeout: 30s", "timeout: 2s"))
    use(daemon.start(), api)
    for fault, reason, code in FAULTS:
        api.fault(**fault, field="login")
        assert_refused(login(daemon), reason, code)
    assert_refused(login(daemon, "wrong"), "AUTH_INVALID", CODES.UNAUTHENTICATED)
    daemon.stub.Login(pb.LoginRequest(username="admin", password="honeydew-demo"), timeout=30)


def test_a_login_whose_worker_dies(make_daemon, api):
    daemon = make_daemon(workers=1).start()
    use(daemon, api)
    api.fault("hang", field="login")
    before = api.stats()["in_flight"]
    call = daemon.stub.Login.future(pb.LoginRequest(username="admin", password="honeydew-demo"), timeout=30)
    api.wait_for_stats(in_flight=before + 1)
    os.kill(daemon.workers()[0].pid, signal.SIGKILL)
    assert_refused(refusal(lambda timeout: call.result()), "WORKER_CRASHED", CODES.UNAVAILABLE)


def test_a_worker_that_answers_a_login_with_something_else(make_daemon, api, home):
    install(f"{home}/worker", BINARIES, _GENERATED)
    for name in ("hang", "hung"):
        os.mkdir(f"{home}/{name}")
    with open(f"{home}/hang/1", "w") as order:
        order.write("answered")
    daemon = make_daemon(workers=1, config=f"worker:\n  path: {home}/worker\n").start()
    use(daemon, api)
    assert_refused(login(daemon), "PROTOCOL_ERROR", CODES.INTERNAL)


@pytest.mark.root("mount")
def test_a_disk_that_is_full_of_something_else(make_daemon, home):
    subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=700,size=24m", "tmpfs", home], check=True)
    try:
        daemon = make_daemon().start()
        with (daemon.home / "stuffing").open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, os.statvfs(home).f_bavail * os.statvfs(home).f_frsize - (2 << 20))

        def submit():
            try:
                daemon.submit("diag.noop", {"echo": "x" * 100_000}, delay_ms=600_000)
            except grpc.RpcError:
                return daemon.status().state == "SERVING"

        wait_until(submit, what="the end of the room")
        outcome = refusal(daemon.stub.SubmitJob, pb.SubmitJobRequest(command="diag.noop", payload="{}"))
        assert_refused(outcome, "DISK_FULL", CODES.UNAVAILABLE)
        daemon.destroy()
    finally:
        subprocess.run(["umount", "-l", home], check=True)
