"""The master key: where it comes from, how it is changed under a running daemon, and that no crash loses a secret."""

import errno
import json
import os
import shutil
import signal
import sqlite3
import threading
import time
from pathlib import Path

import grpc
import pytest
from fault_injection import faults, faults_library  # noqa: F401
from honeydew_command import cli, environment, honeydew, outcome  # noqa: F401
from honeydew_daemon import is_alive, pb, wait_until
from sandbox_process import Sandbox
from test_api import login, repositories, use
from test_secret_arguments import can_log_in, user

EX_CONFIG = 78


@pytest.fixture(scope="module")
def api(tmp_path_factory):
    with Sandbox(tmp_path_factory.mktemp("certificates")) as sandbox:
        yield sandbox


@pytest.fixture
def names():
    """Names of users that the module's sandbox has not seen."""
    return (f"user-{os.urandom(4).hex()}" for _ in iter(int, 1))


def rotate(daemon):
    return daemon.stub.RotateKey(pb.RotateKeyRequest(), timeout=120)


def key(daemon):
    return (daemon.home / "master.key").read_bytes()


def sealed(daemon):
    """Everything sealed that the database holds."""
    with sqlite3.connect(f"file:{daemon.home / 'daemon.db'}?mode=ro", uri=True) as database:
        rows = database.execute("SELECT encrypted_access_token, encrypted_refresh_token FROM auth_tokens").fetchall()
        rows += database.execute("SELECT payload FROM jobs WHERE command LIKE 'account.%User' ORDER BY seq").fetchall()
        rows += database.execute("SELECT value FROM config WHERE key IN ('key_salt', 'key_check')").fetchall()
    database.close()
    return [value for row in rows for value in row]


def refuses_to_start(daemon):
    """What the daemon wrote to standard error."""
    daemon.spawn()
    assert daemon.process.wait(30) == EX_CONFIG
    words = daemon.process.stderr.read().decode()
    daemon.process.stderr.close()
    daemon.process.stdout.close()
    daemon.process = None
    return words


def prepared(daemon, api, names):
    """A daemon with a login, and jobs whose secrets are still needed: one waits, one runs, one has failed."""
    use(daemon, api)
    login(daemon)
    waiting, failed, done = next(names), next(names), next(names)
    jobs = {waiting: daemon.submit("account.createUser", user(waiting), delay_ms=3_600_000)}
    api.fault("graphql_error", field="createUser")
    jobs[failed] = daemon.submit("account.createUser", user(failed))
    assert daemon.wait_one(jobs[failed]).status == "failed"
    daemon.wait_one(daemon.submit("account.createUser", user(done), idempotency_key="done"))
    return jobs, done


def assert_nothing_is_lost(daemon, api, jobs, done):
    assert daemon.wait_one(repositories(daemon, "acme")).status == "completed"
    # The content of a known key is compared with what opens.
    again = daemon.submit("account.createUser", user(done), idempotency_key="done")
    assert daemon.job(again).status == "completed"
    for name, job_id in jobs.items():
        if daemon.job(job_id).status == "pending":
            daemon.stub.CancelJob(pb.CancelJobRequest(job_id=job_id))
        daemon.stub.RetryJob(pb.RetryJobRequest(job_ids=[job_id]))
        status = daemon.wait_one(job_id)
        assert (status.status, status.error) == ("completed", ""), name
        assert can_log_in(api, name)


def test_everything_is_resealed_and_opens_at_once_and_after_a_restart(daemon, api, names, cli):
    jobs, done = prepared(daemon, api, names)
    old_key, before = key(daemon), sealed(daemon)
    busy = daemon.submit("diag.sleep", {"ms": 3000})
    daemon.wait_running(busy)
    # Access and refresh token are one login; three jobs have a secret.
    assert outcome(cli("key", "rotate")) == (0, "The master key is changed; 4 stored values are resealed.\n", "")
    assert daemon.job(busy).status == "running"
    after = sealed(daemon)
    assert key(daemon) != old_key and (daemon.home / "master.key").stat().st_mode & 0o777 == 0o600
    assert len(after) == len(before) == 7 and not set(map(str, before)) & set(map(str, after))
    assert not list(daemon.home.glob("master.key.*"))
    (event,) = daemon.events("master key changed")
    assert event["resealed"] == 4
    assert daemon.wait_one(repositories(daemon, "acme")).status == "completed"
    daemon.kill()
    daemon.start()
    assert_nothing_is_lost(daemon, api, jobs, done)
    # The old key opens nothing any more.
    assert daemon.stop() == 0
    (daemon.home / "master.key").write_bytes(old_key)
    assert "is not the key that sealed this database's tokens" in refuses_to_start(daemon)


def test_key_rotations_follow_one_another(daemon, api, names):
    jobs, done = prepared(daemon, api, names)
    keys = {key(daemon)}
    for _ in range(3):
        assert rotate(daemon).resealed == 4
        keys.add(key(daemon))
    assert len(keys) == 4
    assert_nothing_is_lost(daemon, api, jobs, done)


def test_jobs_go_on_and_come_in_while_the_key_changes(daemon, api, names):
    use(daemon, api)
    login(daemon)
    stop, submitted = threading.Event(), {}

    def submit():
        while not stop.is_set():
            name = next(names)
            submitted[name] = daemon.submit("account.createUser", user(name))

    submitter = threading.Thread(target=submit)
    submitter.start()
    try:
        for _ in range(3):
            rotate(daemon)
    finally:
        stop.set()
        submitter.join()
    rotate(daemon)
    ended = daemon.wait(*submitted.values())
    assert {(s.status, s.error) for s in ended.values()} == {("completed", "")} and submitted
    assert all(can_log_in(api, name) for name in list(submitted)[:: max(1, len(submitted) // 5)])


def test_schedules_go_on_while_the_key_changes(daemon, api, names):
    use(daemon, api)
    login(daemon)
    payload = {"id": "2", "input": {"password": "sealed-in-a-schedule"}}
    daemon.stub.ScheduleJob(pb.ScheduleJobRequest(
        name="often", cron_expr="@every 1s", command="account.updateUser", payload=json.dumps(payload), overlap="allow"))
    schedule = daemon.stub.GetSchedule(pb.GetScheduleRequest(name="often"))
    assert json.loads(schedule.payload)["input"] == {"password": "***"}
    assert all(b"sealed-in-a" not in path.read_bytes() for path in daemon.home.glob("daemon.*") if path.is_file())
    for round in range(6):
        # A tick, an update and a trigger in the midst of it.
        call = daemon.stub.RotateKey.future(pb.RotateKeyRequest(), timeout=120)
        daemon.stub.UpdateSchedule(pb.UpdateScheduleRequest(name="often", priority=round))
        daemon.stub.TriggerSchedule(pb.TriggerScheduleRequest(name="often"))
        assert call.result().resealed >= 2
    daemon.kill()
    daemon.start()
    daemon.stub.TriggerSchedule(pb.TriggerScheduleRequest(name="often"))
    schedule = daemon.stub.GetSchedule(pb.GetScheduleRequest(name="often"))
    assert (schedule.skipped_refused, schedule.last_skip, schedule.priority) == (0, "", 5)
    ended = daemon.wait(*(job.job_id for job in schedule.jobs))
    assert {(s.status, s.error) for s in ended.values()} == {("completed", "")} and len(ended) >= 7
    assert can_log_in(api, "ada", "sealed-in-a-schedule")


def test_two_rotations_at_once_are_one_too_many(daemon):
    first = daemon.stub.RotateKey.future(pb.RotateKeyRequest(), timeout=120)
    second = daemon.stub.RotateKey.future(pb.RotateKeyRequest(), timeout=120)
    outcomes = sorted(str(call.exception() and call.exception().code()) for call in (first, second))
    assert outcomes == ["None", "StatusCode.FAILED_PRECONDITION"]
    rotate(daemon)


# The helper has been started; it has ended; all is decided; it is committed; the key is in its place.
@pytest.mark.parametrize("point", [f"rotating:{n}" for n in range(1, 6)])
def test_a_daemon_that_is_killed_between_the_steps_loses_nothing(make_daemon, api, names, point):
    daemon = make_daemon(env={"HONEYDEW_CRASH_POINT": point}).start()
    jobs, done = prepared(daemon, api, names)
    old_key = key(daemon)
    with pytest.raises(grpc.RpcError):
        rotate(daemon)
    assert daemon.process.wait(30) == -signal.SIGKILL
    daemon.kill()
    del daemon.env["HONEYDEW_CRASH_POINT"]
    daemon.start()
    assert (key(daemon) == old_key) == (point < "rotating:4")
    assert not list(daemon.home.glob("master.key.*"))
    assert_nothing_is_lost(daemon, api, jobs, done)
    rotate(daemon)
    daemon.kill()
    daemon.start()
    assert_nothing_is_lost(daemon, api, {}, done)


def test_a_daemon_that_is_killed_at_any_time_loses_nothing(daemon, api, names):
    jobs, done = prepared(daemon, api, names)
    for round in range(16):
        daemon.stub.RotateKey.future(pb.RotateKeyRequest(), timeout=120)
        # A change of the key takes some tenths of a second.
        time.sleep(round * 0.025)
        daemon.kill()
        daemon.start()
        assert not list(daemon.home.glob("master.key.*"))
        assert daemon.wait_one(repositories(daemon, "acme")).status == "completed"
    assert_nothing_is_lost(daemon, api, jobs, done)


@pytest.mark.parametrize("remains", [b"", b"half", os.urandom(32)], ids=["empty", "half", "another"])
def test_a_next_key_that_opens_nothing_is_removed_at_the_start(daemon, remains):
    daemon.kill()
    next_key = daemon.home / "master.key.next"
    next_key.write_bytes(remains)
    next_key.chmod(0o600)
    daemon.start()
    assert not next_key.exists()


def helper_of(daemon):
    def find():
        for line in Path(f"/proc/{daemon.pid}/task/{daemon.pid}/children").read_text().split():
            if b"--make-next-key" in Path(f"/proc/{line}/cmdline").read_bytes():
                return int(line)

    return wait_until(find, what="the helper")


def test_a_helper_that_dies_changes_nothing(daemon, api, names):
    jobs, done = prepared(daemon, api, names)
    old_key, before = key(daemon), sealed(daemon)
    call = daemon.stub.RotateKey.future(pb.RotateKeyRequest(), timeout=120)
    os.kill(helper_of(daemon), signal.SIGKILL)
    assert call.exception().code() == grpc.StatusCode.INTERNAL
    assert "killed by SIGKILL" in call.exception().details()
    assert (key(daemon), sealed(daemon)) == (old_key, before)
    assert not list(daemon.home.glob("master.key.*"))
    rotate(daemon)
    assert_nothing_is_lost(daemon, api, jobs, done)


def test_a_home_that_takes_no_file_is_named(daemon):
    old_key = key(daemon)
    (daemon.home / "master.key.next.new").mkdir()
    with pytest.raises(grpc.RpcError) as info:
        rotate(daemon)
    assert info.value.code() == grpc.StatusCode.INTERNAL and "master.key.next" in info.value.details()
    assert key(daemon) == old_key
    (daemon.home / "master.key.next.new").rmdir()
    rotate(daemon)


def test_a_key_that_cannot_take_its_place_is_not_lost(daemon, api, names):
    jobs, done = prepared(daemon, api, names)
    # A directory that is not empty is in the way of the rename.
    aside = daemon.home / "aside"
    (daemon.home / "master.key").rename(aside)
    (daemon.home / "master.key" / "full").mkdir(parents=True)
    for _ in range(2):
        with pytest.raises(grpc.RpcError) as info:
            rotate(daemon)
        assert info.value.code() == grpc.StatusCode.INTERNAL and "do not remove it" in info.value.details()
    (daemon.home / "master.key" / "full").rmdir()
    (daemon.home / "master.key").rmdir()
    rotate(daemon)
    assert not list(daemon.home.glob("master.key.*")) and key(daemon) != aside.read_bytes()
    daemon.kill()
    daemon.start()
    assert_nothing_is_lost(daemon, api, jobs, done)


@pytest.mark.parametrize("call", ["write", "sync"])
def test_a_disk_that_fails_at_the_commit_leaves_one_key_and_what_it_opens(make_daemon, faults, api, names, call):
    daemon = make_daemon(env=faults.env).start()
    jobs, done = prepared(daemon, api, names)
    rotation = daemon.stub.RotateKey.future(pb.RotateKeyRequest(), timeout=120)
    helper_of(daemon)
    faults.set(**{call: errno.EIO})
    assert rotation.exception().code() == grpc.StatusCode.UNAVAILABLE
    faults.clear()
    daemon.wait_until_serving()
    assert not list(daemon.home.glob("master.key.*"))
    assert daemon.wait_one(repositories(daemon, "acme")).status == "completed"
    rotate(daemon)
    daemon.kill()
    daemon.start()
    assert_nothing_is_lost(daemon, api, jobs, done)


def test_a_helper_that_hangs_holds_up_neither_work_nor_shutdown(daemon):
    call = daemon.stub.RotateKey.future(pb.RotateKeyRequest(), timeout=120)
    helper = helper_of(daemon)
    os.kill(helper, signal.SIGSTOP)
    assert daemon.wait_one(daemon.submit("diag.noop")).status == "completed"
    assert daemon.stop() == 0
    assert call.exception().code() == grpc.StatusCode.UNAVAILABLE
    assert not is_alive(helper)
    daemon.start()
    rotate(daemon)


def test_a_helper_does_not_outlive_its_daemon(daemon):
    daemon.stub.RotateKey.future(pb.RotateKeyRequest(), timeout=120)
    helper = helper_of(daemon)
    # One that was stopped before it could ask for its parent's death signal goes with the next start's survivors.
    wait_until(lambda: "NoNewPrivs:\t1" in Path(f"/proc/{helper}/status").read_text(), what="the helper's ties")
    os.kill(helper, signal.SIGSTOP)
    daemon.kill()
    wait_until(lambda: not is_alive(helper), what="the helper's end")


def test_a_key_that_others_may_read_is_refused(daemon):
    assert daemon.stop() == 0
    (daemon.home / "master.key").chmod(0o640)
    words = refuses_to_start(daemon)
    assert "chmod 600" in words and "mode 0640" in words


def test_a_key_that_is_missing_is_missed_and_not_made_again(daemon):
    assert daemon.stop() == 0
    (daemon.home / "master.key").unlink()
    words = refuses_to_start(daemon)
    assert "is missing" in words and "put the right key back" in words
    assert not (daemon.home / "master.key").exists()


# -- a systemd credential


@pytest.fixture
def credential(tmp_path):
    directory = tmp_path / "credentials"
    directory.mkdir()
    (directory / "master.key").write_bytes(os.urandom(32))
    (directory / "master.key").chmod(0o440)
    return directory / "master.key"


def test_a_credential_takes_the_place_of_the_file(make_daemon, api, names, credential):
    daemon = make_daemon(env={"CREDENTIALS_DIRECTORY": str(credential.parent)}).start()
    jobs, done = prepared(daemon, api, names)
    daemon.kill()
    daemon.start()
    assert not (daemon.home / "master.key").exists()
    with pytest.raises(grpc.RpcError) as info:
        rotate(daemon)
    assert info.value.code() == grpc.StatusCode.FAILED_PRECONDITION
    assert "LoadCredential=" in info.value.details() and str(credential) in info.value.details()
    for worker in daemon.workers():
        assert b"CREDENTIALS_DIRECTORY" not in Path(f"/proc/{worker.pid}/environ").read_bytes()
    # What the message says to do.
    assert daemon.stop() == 0
    del daemon.env["CREDENTIALS_DIRECTORY"]
    shutil.copy(credential, daemon.home / "master.key")
    (daemon.home / "master.key").chmod(0o600)
    daemon.start()
    rotate(daemon)
    assert daemon.stop() == 0
    credential.chmod(0o600)
    shutil.move(daemon.home / "master.key", credential)
    daemon.env["CREDENTIALS_DIRECTORY"] = str(credential.parent)
    daemon.start()
    assert_nothing_is_lost(daemon, api, jobs, done)


def test_a_wrong_credential_is_refused(make_daemon, credential):
    daemon = make_daemon(env={"CREDENTIALS_DIRECTORY": str(credential.parent)}).start()
    assert daemon.stop() == 0
    credential.chmod(0o600)
    credential.write_bytes(os.urandom(32))
    words = refuses_to_start(daemon)
    assert str(credential) in words and "is not the key" in words
    credential.chmod(0o444)
    assert "others than its owner have access" in refuses_to_start(daemon)
    credential.chmod(0o600)
    credential.write_bytes(b"short")
    assert "must have 32 bytes" in refuses_to_start(daemon)


def test_a_credential_of_another_name_is_none_of_ours(make_daemon, credential):
    credential.rename(credential.with_name("other"))
    daemon = make_daemon(env={"CREDENTIALS_DIRECTORY": str(credential.parent)}).start()
    assert (daemon.home / "master.key").exists()
