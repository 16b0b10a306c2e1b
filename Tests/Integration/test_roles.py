"""Who may do what: every call of the service as every role, and what one user learns of another's jobs.

A call that is added to the contract needs a place in one of the sets below, or the first test fails.
"""

import json
import os
import queue
import re

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from honeydew_daemon import pb, wait_until
from other_users import OtherUser, open_directory  # noqa: F401

pytestmark = pytest.mark.root("users")

METHODS = {method.name: method for method in pb.DESCRIPTOR.services_by_name["Daemon"].methods}
SUBMIT = {
    "SubmitJob", "SubmitJobs", "CancelJob", "WaitJobs", "ReadJobResult", "ReadOutput", "SignalJob", "RetryJob", "ScheduleJob",
    "UnscheduleJob", "ApplySchedules", "UpdateSchedule", "PauseSchedule", "ResumeSchedule", "TriggerSchedule", "ListOrganizations",
    "GitHubListRepositories",
    "GitHubGetCommits", "GitHubGetPullRequests", "GitHubCloneRepository", "GitLabListProjects", "GitLabGetCommits",
    "GitLabGetMergeRequests", "GitLabCloneRepository", "JiraListProjects", "JiraGetIssues", "LinearListTeams",
    "LinearListProjects", "LinearGetIssues", "BitbucketListWorkspaces", "BitbucketListRepositories", "BitbucketGetCommits",
    "BitbucketCloneRepository",
}  # fmt: skip
VIEW = {"GetQueueStats", "GetAuthStatus", "ListEnvironments", "GetActiveEnvironment", "GetStatus", "ListWorkers", "ListPools"}
BOTH = {"GetJobStatus", "ListJobs", "ListCommands", "Ping", "ListSchedules", "GetSchedule", "PreviewSchedule"}
ADMIN = {
    "RemoveJobs", "SetJobPriority", "PauseQueue", "ResumeQueue", "Login", "Logout", "RotateKey", "AddEnvironment",
    "RemoveEnvironment", "CheckEnvironment", "SetActiveEnvironment", "Shutdown", "RestartWorker", "StopWorker", "StartWorker",
    "ResizePool", "Reload",
}  # fmt: skip

ALICE, BOB, VERA, ADA, BOTHA, EVE = range(61101, 61107)
OPS, TEAM = 62101, 62102
ACCESS = f'access:\n  admin: [{ADA}, "@{OPS}"]\n  submit: [{ALICE}, {BOB}, {BOTHA}, "@{TEAM}"]\n  view: [{VERA}, {BOTHA}]\n'
DENIED, MISSING = grpc.StatusCode.PERMISSION_DENIED, grpc.StatusCode.NOT_FOUND


@pytest.fixture
def house(open_directory, make_daemon):
    """A daemon, and a function that makes clients of other users."""
    users = []

    class House:
        def __init__(self):
            self.config = f"daemon:\n  socket_path: {open_directory}/daemon.sock\n"
            self.daemon = make_daemon(config=self.config + ACCESS)
            self.daemon.socket = f"{open_directory}/daemon.sock"
            self.daemon.start()

        def user(self, uid, *groups):
            user = OtherUser(open_directory, self.daemon.socket, uid, *groups)
            users.append(user)
            return user

        def grant(self, access):
            path = self.daemon.home / "config.yaml"
            path.write_text(path.read_text().replace(ACCESS, access))
            self.daemon.stub.Reload(pb.ReloadRequest(), timeout=20)

    yield House()
    for user in users:
        user.close()


def call(user, name, request=None, /, **fields):
    """The answers of a call, or the error."""
    method = METHODS[name]
    request = request or getattr(pb, method.input_type.name)(**fields)
    try:
        answer = getattr(user.stub, name)(request, timeout=30)
        return list(answer) if method.server_streaming else answer
    except grpc.RpcError as error:
        return error


def code(answer):
    return answer.code() if isinstance(answer, grpc.RpcError) else grpc.StatusCode.OK


def reason(error):
    return re.search(rb"[A-Z]+_[A-Z_]+", dict(error.trailing_metadata())["grpc-status-details-bin"]).group().decode()


def submit(user, command="diag.noop", payload=None, **fields):
    answer = call(user, "SubmitJob", command=command, payload=json.dumps(payload or {}), **fields)
    assert code(answer) is grpc.StatusCode.OK, answer
    return answer.job_id


def test_every_call_is_for_somebody():
    sets = [SUBMIT, VIEW, BOTH, ADMIN]
    assert sum(map(len, sets)) == len(set().union(*sets)), "a call is in two sets"
    assert set().union(*sets) == set(METHODS)


def test_every_call_as_every_role(house):
    roles = {
        "submit": (house.user(ALICE), SUBMIT | BOTH), "view": (house.user(VERA), VIEW | BOTH),
        "both": (house.user(BOTHA), SUBMIT | VIEW | BOTH), "a group's": (house.user(EVE, TEAM), SUBMIT | BOTH),
        "admin": (house.user(ADA), set(METHODS)), "a group's admin": (house.user(EVE + 1, 5, OPS), set(METHODS)),
    }  # fmt: skip
    for role, (user, allowed) in roles.items():
        for name in METHODS:
            if name == "Shutdown" and name in allowed:
                continue
            answer = call(user, name)
            assert (code(answer) is DENIED) == (name not in allowed), (role, name, answer)
            if name not in allowed:
                assert reason(answer) == "PERMISSION_DENIED"
                assert re.search(r"needs the role .*access\.(admin|submit|view).*honeydew reload", answer.details())
        assert code(call(user, "Ping")) is grpc.StatusCode.OK
    assert code(call(house.user(EVE), "Ping")) is grpc.StatusCode.UNAVAILABLE, "who has no role does not come in"
    denied = house.daemon.events("client call", component="audit", uid=VERA, outcome="PERMISSION_DENIED")
    # One line a minute: who may do nothing must not push others' lines out of the log.
    assert 1 <= len(denied) <= 3 and denied[0]["call"] in ADMIN | SUBMIT
    assert code(call(roles["admin"][0], "Shutdown")) is grpc.StatusCode.OK
    assert house.daemon.process.wait(30) == 0


def test_a_submitter_and_the_jobs_of_others(house):
    alice, bob = house.user(ALICE), house.user(BOB)
    secret = {"note": "alice's own"}
    running = submit(alice, "diag.sleep", {"ms": 600_000}, labels={"team": "web"}, idempotency_key="nightly")
    failed = submit(alice, "diag.fail", {"code": "API_ERROR"})
    done = submit(alice, "diag.noop", idempotency_key="done")
    owners = submit(house.daemon, "diag.noop", idempotency_key="owner's")
    house.daemon.wait(failed, done, owners)
    house.daemon.wait_running(running)
    mine = submit(bob, "diag.noop", labels={"team": "web"})
    assert secret  # what a payload would say is looked for below

    for job in (running, failed, done, owners):
        for text in (job, job[:12], job[:1] if not mine.startswith(job[:1]) else job[:12]):
            for name, fields in {
                "GetJobStatus": {"job_id": text}, "CancelJob": {"job_id": text}, "WaitJobs": {"job_ids": [mine, text]},
                "ReadJobResult": {"job_id": text}, "RetryJob": {"job_ids": [text]},
            }.items():  # fmt: skip
                answer = call(bob, name, **fields)
                assert code(answer) is MISSING and reason(answer) == "JOB_NOT_FOUND", (name, answer)
                assert not {running, failed, done, owners} & set(re.findall(r"[a-z2-7]{13}", answer.details())) - {text}
    # An ambiguous beginning names one's own jobs only, and one that is only somebody else's makes nothing ambiguous.
    assert call(bob, "GetJobStatus", job_id=mine[:12]).job_id == mine

    listed = call(bob, "ListJobs")
    assert [(job.job_id, job.submitted_by) for job in listed.jobs] == [(mine, BOB)] and not listed.next_cursor
    for fields in ({"label": "team=web"}, {"label": "team=web", "command": "diag.noop"}, {"submitted_by": BOB}):
        assert [job.job_id for job in call(bob, "ListJobs", **fields).jobs] == [mine]
    for fields in ({"status": "running"}, {"status": "failed"}, {"command": "diag.sleep"}, {"label": "team=none"}):
        assert not call(bob, "ListJobs", **fields).jobs
    for uid in (ALICE, 0, os.geteuid()):
        assert code(call(bob, "ListJobs", submitted_by=uid)) is DENIED
        assert code(call(bob, "RetryJob", filter=pb.JobFilter(submitted_by=uid))) is DENIED
    # A page's cursor of another user's list is none.
    cursor = call(alice, "ListJobs", limit=1).next_cursor
    assert cursor and code(call(bob, "ListJobs", limit=1, cursor=cursor)) is grpc.StatusCode.INVALID_ARGUMENT
    # A filter means one's own jobs.
    assert call(bob, "RetryJob", filter=pb.JobFilter(status="failed")).retried == 0
    assert call(alice, "GetJobStatus", job_id=failed).status == "failed"
    assert call(alice, "GetJobStatus", job_id=running).status == "running"
    # The same key is another one.
    for key in ("nightly", "done", "owner's"):
        other = submit(bob, "diag.noop", idempotency_key=key)
        assert other not in (running, done, owners)
        assert submit(bob, "diag.noop", idempotency_key=key) == other
    many = pb.SubmitJobsRequest(jobs=[pb.SubmitJobRequest(command="diag.fail", idempotency_key="nightly", payload='{"code": "X"}')])
    conflict = call(bob, "SubmitJobs", many)
    assert running not in (conflict.details() if isinstance(conflict, grpc.RpcError) else conflict.job_ids)
    assert submit(alice, "diag.sleep", {"ms": 600_000}, labels={"team": "web"}, idempotency_key="nightly") == running
    # What is one's own works.
    assert [status.status for status in call(alice, "WaitJobs", job_ids=[failed, done])] == ["failed", "completed"]
    assert call(alice, "RetryJob", job_ids=[failed]).retried == 1
    assert call(alice, "CancelJob", job_id=running[:12]).job_id == running
    assert {job.submitted_by for job in call(alice, "ListJobs").jobs} == {ALICE}
    everything = house.daemon.stub.ListJobs(pb.ListJobsRequest()).jobs
    assert {job.submitted_by for job in everything} == {ALICE, BOB, os.geteuid()}
    assert {job.submitted_by for job in house.daemon.stub.ListJobs(pb.ListJobsRequest(submitted_by=BOB)).jobs} == {BOB}
    own = house.daemon.stub.ListJobs(pb.ListJobsRequest(submitted_by=os.geteuid())).jobs
    assert [job.job_id for job in own] == [owners]


def test_a_viewer_sees_jobs_from_outside(house):
    alice, vera, both = house.user(ALICE), house.user(VERA), house.user(BOTHA)
    job = submit(alice, "diag.sleep", {"ms": 1}, idempotency_key="alice's key", labels={"a": "b"})
    house.daemon.wait(job)
    call(alice, "ScheduleJob", name="hers", cron_expr="@yearly", command="diag.sleep", payload='{"ms": 4711}')
    call(alice, "TriggerSchedule", name="hers")
    whole = call(alice, "GetJobStatus", job_id=job)
    assert whole.payload and whole.idempotency_key == "alice's key" and whole.result
    for user in (vera, both):
        seen = [call(user, "GetJobStatus", job_id=job[:12]), *call(user, "ListJobs").jobs]
        schedule = call(user, "GetSchedule", name="hers")
        seen += schedule.jobs
        assert len(seen) == 4 and {status.submitted_by for status in seen} == {ALICE}
        for status in seen:
            assert not status.payload and not status.result and not status.idempotency_key
        assert not schedule.payload and schedule.submitted_by == ALICE
        assert [each.name for each in call(user, "ListSchedules").schedules] == ["hers"]
    # With both roles one sees all, and changes what is one's own.
    own = submit(both, "diag.noop", idempotency_key="own")
    assert call(both, "GetJobStatus", job_id=own).idempotency_key == "own"
    for name, fields in {"CancelJob": {"job_id": job}, "WaitJobs": {"job_ids": [job]}, "ReadJobResult": {"job_id": job},
                         "RetryJob": {"job_ids": [job]}, "TriggerSchedule": {"name": "hers"},
                         "UnscheduleJob": {"name": "hers"}}.items():  # fmt: skip
        assert code(call(both, name, **fields)) is MISSING, name


def test_schedules_belong_to_who_added_them(house):
    alice, bob, ada = house.user(ALICE), house.user(BOB), house.user(ADA)
    added = call(alice, "ScheduleJob", name="hers", cron_expr="@yearly", command="diag.sleep", payload='{"ms": 600000}',
                 overlap="cancel").schedule  # fmt: skip
    assert added.submitted_by == ALICE
    for text in ("hers", added.schedule_id):
        for name in ("GetSchedule", "UnscheduleJob", "UpdateSchedule", "PauseSchedule", "ResumeSchedule", "TriggerSchedule"):
            answer = call(bob, name, name=text)
            assert code(answer) is MISSING and reason(answer) == "SCHEDULE_NOT_FOUND", (name, answer)
    assert not call(bob, "ListSchedules").schedules
    assert [each.name for each in call(alice, "ListSchedules").schedules] == ["hers"]
    taken = call(bob, "ScheduleJob", name="hers", cron_expr="@yearly", command="diag.noop")
    assert code(taken) is grpc.StatusCode.ALREADY_EXISTS
    # Whoever asks for the job, it is hers, and so is one that a tick makes.
    triggered = call(ada, "TriggerSchedule", name="hers").job_id
    assert call(alice, "GetJobStatus", job_id=triggered).submitted_by == ALICE
    assert code(call(bob, "GetJobStatus", job_id=triggered)) is MISSING
    call(alice, "ScheduleJob", name="often", cron_expr="@every 1s", command="diag.noop")
    ticked = wait_until(lambda: call(alice, "ListJobs", schedule="often").jobs)
    assert {job.submitted_by for job in ticked} == {ALICE}
    assert not call(bob, "ListJobs", schedule="often").jobs
    # A schedule under a name that has become free has no power over the jobs of the one before.
    house.daemon.wait_running(triggered)
    call(alice, "UnscheduleJob", name="hers")
    call(bob, "ScheduleJob", name="hers", cron_expr="@yearly", command="diag.noop", overlap="cancel")
    own = call(bob, "TriggerSchedule", name="hers").job_id
    assert [job.job_id for job in call(bob, "GetSchedule", name="hers").jobs] == [own]
    call(bob, "UpdateSchedule", name="hers", overlap="skip")
    house.daemon.wait(own)
    assert code(call(bob, "TriggerSchedule", name="hers")) is grpc.StatusCode.OK
    assert call(alice, "GetJobStatus", job_id=triggered).status == "running"


def test_sets_of_schedules_belong_to_who_applied_them(house):
    alice, bob = house.user(ALICE), house.user(BOB)
    entry = {"name": "hers", "cron_expr": "@yearly", "command": "diag.noop"}
    assert [s.outcome for s in call(alice, "ApplySchedules", schedules=[entry]).schedules] == ["added"]
    taken = call(bob, "ApplySchedules", schedules=[entry])
    assert code(taken) is grpc.StatusCode.ALREADY_EXISTS and reason(taken) == "SCHEDULE_EXISTS"
    assert not call(bob, "ApplySchedules").schedules
    assert not house.daemon.stub.ApplySchedules(pb.ApplySchedulesRequest()).schedules
    assert [s.outcome for s in call(alice, "ApplySchedules", schedules=[entry]).schedules] == ["unchanged"]


def test_a_submitter_names_the_environment(house):
    alice = house.user(ALICE)
    house.daemon.stub.AddEnvironment(pb.AddEnvironmentRequest(name="here", base_url="http://127.0.0.1:9/", set_active=True))
    commits = {"organization": "a", "repository": "b"}
    for name, fields in {
        "SubmitJob": {"command": "github.commits", "payload": json.dumps(commits)},
        "GitHubGetCommits": commits,
        "ScheduleJob": {"name": "s", "cron_expr": "@yearly", "command": "github.commits", "payload": json.dumps(commits)},
    }.items():
        answer = call(alice, name, **fields)
        assert code(answer) is grpc.StatusCode.INVALID_ARGUMENT and "name the environment" in answer.details(), name
        if name == "GitHubGetCommits":
            fields = {**fields, "options": pb.JobOptions(environment="here")}
        else:
            fields = {**fields, "environment": "here"}
        assert code(call(alice, name, **fields)) is grpc.StatusCode.OK, name
    answer = call(alice, "UpdateSchedule", name="s", environment="")
    assert code(answer) is grpc.StatusCode.INVALID_ARGUMENT
    bulk = call(alice, "SubmitJobs", jobs=[pb.SubmitJobRequest(command="github.commits", payload=json.dumps(commits))])
    assert "jobs[0]" in bulk.details() and "name the environment" in bulk.details()


def test_a_reload_changes_rights_on_open_connections(house):
    alice, carol = house.user(ALICE), EVE
    job = submit(alice, "diag.sleep", {"ms": 600_000})
    assert code(call(house.user(carol), "Ping")) is grpc.StatusCode.UNAVAILABLE
    house.grant(f"access:\n  view: [{ALICE}, {carol}]\n")
    assert code(call(alice, "SubmitJob", command="diag.noop")) is DENIED
    assert code(call(alice, "GetStatus")) is grpc.StatusCode.OK
    assert not call(alice, "GetJobStatus", job_id=job).payload
    assert code(call(house.user(carol, 1), "GetStatus")) is grpc.StatusCode.OK
    path = house.daemon.home / "config.yaml"
    path.write_text(path.read_text().replace(f"view: [{ALICE}, {carol}]", f'submit: ["@{TEAM}"]'))
    house.daemon.stub.Reload(pb.ReloadRequest(), timeout=20)
    assert alice.connections == 1
    for name in ("Ping", "GetStatus", "SubmitJob", "ListJobs"):
        assert code(call(alice, name)) is DENIED, name
    assert os.stat(house.daemon.socket).st_mode & 0o777 == 0o660
    path.write_text(path.read_text().replace(f'access:\n  submit: ["@{TEAM}"]\n', ""))
    house.daemon.stub.Reload(pb.ReloadRequest(), timeout=20)
    assert os.stat(house.daemon.socket).st_mode & 0o777 == 0o600
    health = health_pb2_grpc.HealthStub(alice.channel)
    with pytest.raises(grpc.RpcError) as info:
        health.Check(health_pb2.HealthCheckRequest(), timeout=10)
    assert info.value.code() is DENIED


def test_who_has_changed_what_is_in_the_log(house):
    alice, ada = house.user(ALICE), house.user(ADA)
    job = submit(alice, "diag.sleep", {"ms": 600_000})
    jobs = call(alice, "SubmitJobs", jobs=[pb.SubmitJobRequest(command="diag.noop")] * 20).job_ids
    house.daemon.wait(*jobs)
    assert call(ada, "CancelJob", job_id=job[:12]).job_id == job
    call(ada, "PauseQueue", provider="github")
    call(ada, "RemoveJobs", job_ids=jobs)
    call(ada, "CancelJob", job_id=jobs[0])
    call(ada, "RetryJob", job_ids=[job])
    lines = [line for line in house.daemon.log() if line["component"] == "audit"]
    told = [(line["uid"], line["call"], line["outcome"], line.get("on", line.get("job_id"))) for line in lines]
    first = " ".join(list(jobs)[:5])
    assert told[:3] == [(ALICE, "SubmitJob", "OK", job), (ALICE, "SubmitJobs", "OK", first), (ADA, "CancelJob", "OK", job)]
    assert told[3] == (ADA, "PauseQueue", "OK", "github")
    assert told[4][:3] == (ADA, "RemoveJobs", "OK") and len(told[4][3].split()) == 5
    assert told[5] == (ADA, "CancelJob", "JOB_NOT_FOUND", jobs[0])
    assert told[6] == (ADA, "RetryJob", "OK", job) and len(told) == 7
    assert {line["pid"] for line in lines} == {os.getpid()} and lines[1]["count"] == lines[4]["count"] == 20
    # No second line says the same.
    assert len(house.daemon.events("job submitted", job_id=job)) == len(house.daemon.events("job cancelled", job_id=job)) == 1


def test_a_role_is_asked_for_when_the_message_comes_too(house):
    """The headers of a call may be sent long before its message: the role that counts is the present one."""
    ada = house.user(ADA)
    held = queue.SimpleQueue()
    method = ada.channel.stream_unary(
        "/honeydew.Daemon/PauseQueue", request_serializer=pb.PauseQueueRequest.SerializeToString,
        response_deserializer=pb.PauseQueueResponse.FromString)
    pause = method.future(iter(held.get, None), timeout=30)
    wait_until(lambda: code(call(ada, "Ping")) is grpc.StatusCode.OK)
    house.grant(f"access:\n  view: [{ADA}]\n")
    held.put(pb.PauseQueueRequest())
    held.put(None)
    assert pause.exception(timeout=30).code() is DENIED
    assert not house.daemon.stub.GetQueueStats(pb.GetQueueStatsRequest()).paused
