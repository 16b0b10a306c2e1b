"""Who may run local commands: administrators, and who may submit only where the configuration makes them so."""

import json

import grpc
import pytest

from honeydew_daemon import pb
from other_users import open_directory  # noqa: F401
from test_roles import ACCESS, ADA, ALICE, BOB, DENIED, MISSING, VERA, call, house  # noqa: F401

pytestmark = pytest.mark.root("users")

ALLOWED = ACCESS + "local:\n  allow_submit: true\n"
ECHO = {"command": "local.exec", "payload": json.dumps({"argv": ["/bin/echo", "hello"], "env": {"SECRET": "x"}})}


def code(answer):
    return answer.code() if isinstance(answer, grpc.RpcError) else None


def test_who_may_only_submit_runs_no_commands_by_any_call(house):  # noqa: F811
    alice = house.user(ALICE)
    tries = [
        ("SubmitJob", pb.SubmitJobRequest(**ECHO)),
        ("SubmitJobs", pb.SubmitJobsRequest(jobs=[pb.SubmitJobRequest(**ECHO)])),
        ("ScheduleJob", pb.ScheduleJobRequest(name="s", cron_expr="@hourly", **ECHO)),
        ("ApplySchedules", pb.ApplySchedulesRequest(
            set="a", schedules=[pb.ScheduleJobRequest(name="s", cron_expr="@hourly", **ECHO)])),
    ]
    for name, request in tries:
        refused = call(alice, name, request)
        assert code(refused) == DENIED and "local.allow_submit" in refused.details(), (name, refused)
    # An administrator may.
    job = call(house.user(ADA), "SubmitJob", pb.SubmitJobRequest(**ECHO)).job_id
    assert house.daemon.wait_one(job).status == "completed"


def test_a_setting_makes_administrators_of_who_may_submit_and_takes_it_back(house):  # noqa: F811
    house.grant(ALLOWED)
    alice, bob, vera = house.user(ALICE), house.user(BOB), house.user(VERA)
    job = call(alice, "SubmitJob", pb.SubmitJobRequest(**ECHO)).job_id
    assert house.daemon.wait_one(job).status == "completed"
    assert b"hello" in b"".join(chunk.data for chunk in call(alice, "ReadOutput", job_id=job))
    schedule = call(alice, "ScheduleJob", pb.ScheduleJobRequest(name="hers", cron_expr="@yearly", **ECHO))
    assert schedule.schedule.name == "hers"
    # Nobody else reads it, signals it, or sees what it runs.
    assert code(call(bob, "ReadOutput", job_id=job)) == MISSING and code(call(vera, "ReadOutput", job_id=job)) == DENIED
    assert code(call(bob, "SignalJob", job_id=job, signal=15)) == MISSING
    seen = call(vera, "GetJobStatus", job_id=job)
    assert (seen.status, seen.title, seen.cwd, seen.payload) == ("completed", "", "", "")
    # Without the setting what they have is not run again.
    path = house.daemon.home / "config.yaml"
    path.write_text(path.read_text().replace("allow_submit: true", "allow_submit: false"))
    house.daemon.stub.Reload(pb.ReloadRequest(), timeout=20)
    assert code(call(alice, "RetryJob", pb.RetryJobRequest(job_ids=[job]))) == DENIED
    assert code(call(alice, "TriggerSchedule", name="hers")) == DENIED
    assert code(call(alice, "SignalJob", job_id=job, signal=15)) == DENIED


def test_a_schedule_of_a_command_does_not_outlive_the_right(house):  # noqa: F811
    house.grant(ALLOWED)
    alice = house.user(ALICE)
    call(alice, "ScheduleJob", pb.ScheduleJobRequest(name="hers", cron_expr="@every 1s", **ECHO))
    path = house.daemon.home / "config.yaml"
    path.write_text(path.read_text().replace("allow_submit: true", "allow_submit: false"))
    house.daemon.stub.Reload(pb.ReloadRequest(), timeout=20)
    assert code(call(alice, "UpdateSchedule", pb.UpdateScheduleRequest(
        name="hers", payload=json.dumps({"argv": ["/bin/false"]})))) == DENIED
