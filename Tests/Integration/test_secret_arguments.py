"""Secret arguments of commands: sealed in the database, `***` to everybody, in the open for the API alone."""

import json
import sqlite3

import grpc
import pytest
from honeydew_command import as_proto_json, cli, environment, honeydew, outcome  # noqa: F401
from honeydew_daemon import pb, wait_until
from sandbox_process import LOGIN, Client, Sandbox
from test_api import login, use

SECRET = 'corr"ect-horse-é-battery'


@pytest.fixture
def api(tmp_path):
    with Sandbox(tmp_path) as sandbox:
        yield sandbox


@pytest.fixture
def logged_in(daemon, api):
    use(daemon, api)
    login(daemon)
    return daemon


def user(name, password=SECRET, **fields):
    return {"input": {"username": name, "password": password, **fields}}


def can_log_in(api, name, password=SECRET):
    client = Client(api)
    status, answer = client.ask(LOGIN, u=name, p=password)
    client.connection.close()
    return status == 200 and not answer.get("errors")


def payload(status):
    return json.loads(status.payload)


def assert_nowhere(daemon, secret=SECRET):
    """The secret is in no file of the home, in none of its spellings."""
    spellings = {secret.encode(), json.dumps(secret)[1:-1].encode(), json.dumps(secret, ensure_ascii=False)[1:-1].encode()}
    for path in daemon.home.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert not any(spelling in content for spelling in spellings), path


def test_a_user_is_created_with_a_password_that_nobody_else_sees(logged_in, api):
    job_id = logged_in.submit("account.createUser", user("eve", role="reader"))
    shown = {"input": {"username": "eve", "password": "***", "role": "reader"}}
    assert payload(logged_in.job(job_id)) == shown
    status = logged_in.wait_one(job_id)
    assert (status.status, payload(status)) == ("completed", shown)
    assert json.loads(status.result)["createUser"]["username"] == "eve"
    assert can_log_in(api, "eve")
    assert SECRET not in str(logged_in.stub.ListJobs(pb.ListJobsRequest()))
    assert_nowhere(logged_in)
    with sqlite3.connect(logged_in.home / "daemon.db") as database:
        (stored,) = database.execute("SELECT payload FROM jobs WHERE id = ?", [job_id]).fetchone()
    assert json.loads(stored)["input"]["username"] == "eve"


def test_a_password_that_is_left_out_stays_as_it_is(logged_in, api):
    logged_in.wait_one(logged_in.submit("account.createUser", user("mallory")))
    (created,) = [u for u in json.loads(logged_in.wait_one(logged_in.submit("account.listUsers")).result)["listUsers"]
                  if u["username"] == "mallory"]  # fmt: skip
    for change in ({"role": "editor"}, {"role": "editor", "password": None}):
        status = logged_in.wait_one(logged_in.submit("account.updateUser", {"id": created["id"], "input": change}))
        assert status.status == "completed" and payload(status)["input"] == change
    assert can_log_in(api, "mallory")
    status = logged_in.wait_one(
        logged_in.submit("account.updateUser", {"id": created["id"], "input": {"password": "another-one"}})
    )
    assert payload(status)["input"] == {"password": "***"}
    assert can_log_in(api, "mallory", "another-one") and not can_log_in(api, "mallory")
    assert_nowhere(logged_in, "another-one")


def test_a_secret_survives_kill_9_and_retries(logged_in, api):
    job_id = logged_in.submit("account.createUser", user("trent"), delay_ms=600_000)
    logged_in.kill()
    logged_in.start()
    assert payload(logged_in.job(job_id))["input"]["password"] == "***"
    logged_in.stub.CancelJob(pb.CancelJobRequest(job_id=job_id))
    api.fault("rate_limit", field="createUser", retry_after=1, count=1)
    logged_in.stub.RetryJob(pb.RetryJobRequest(job_ids=[job_id]))
    status = logged_in.wait_one(job_id)
    assert (status.status, status.retry_count) == ("completed", 1)
    assert can_log_in(api, "trent")
    assert_nowhere(logged_in)


def test_an_idempotency_key_compares_the_secret_too(logged_in):
    first = logged_in.submit("account.createUser", user("peggy"), idempotency_key="k")
    reordered = {"input": {"password": SECRET, "username": "peggy"}}
    assert logged_in.submit("account.createUser", reordered, idempotency_key="k") == first
    logged_in.wait_one(first)
    logged_in.kill()
    logged_in.start()
    assert logged_in.submit("account.createUser", user("peggy"), idempotency_key="k") == first
    for other in ("***", "", SECRET + "x"):
        with pytest.raises(grpc.RpcError) as info:
            logged_in.submit("account.createUser", user("peggy", other), idempotency_key="k")
        assert info.value.code() == grpc.StatusCode.ALREADY_EXISTS and SECRET not in info.value.details()
    # Within one call too.
    twice = [pb.SubmitJobRequest(command="account.createUser", payload=json.dumps(user("victor")), idempotency_key="v")] * 2
    ids = logged_in.stub.SubmitJobs(pb.SubmitJobsRequest(jobs=twice)).job_ids
    assert ids[0] == ids[1]


def test_an_error_that_repeats_the_secret_does_not_show_it(logged_in, api):
    quoted = json.dumps({"password": SECRET}, ensure_ascii=False)
    for message in (f"bad password {SECRET}!", f"got invalid value {quoted}"):
        api.fault("graphql_error", field="createUser", message=message)
        status = logged_in.wait_one(logged_in.submit("account.createUser", user("oscar")))
        assert (status.status, status.error_code) == ("failed", "API_ERROR")
        assert "***" in status.error and "horse" not in status.error
    wait_until(lambda: len(logged_in.events("job failed")) == 2)
    assert_nowhere(logged_in)


def test_a_payload_that_does_not_fit_is_refused_without_repeating_it(logged_in):
    wrong = [{"input": {"username": "x", "password": [SECRET]}}, {"input": {"password": SECRET}}, [SECRET]]
    for payload in [json.dumps(value, ensure_ascii=False) for value in wrong] + ['{"input":{"password":"%s"' % "horse"]:
        with pytest.raises(grpc.RpcError) as info:
            logged_in.stub.SubmitJob(pb.SubmitJobRequest(command="account.createUser", payload=payload))
        assert info.value.code() == grpc.StatusCode.INVALID_ARGUMENT and "horse" not in info.value.details()


def test_a_secret_moved_to_another_job_does_not_open(logged_in):
    jobs = [logged_in.submit("account.createUser", user(name), delay_ms=600_000) for name in ("walter", "sybil")]
    assert logged_in.stop() == 0
    with sqlite3.connect(logged_in.home / "daemon.db") as database:
        (stolen,) = database.execute("SELECT payload FROM jobs WHERE id = ?", [jobs[0]]).fetchone()
        database.execute("UPDATE jobs SET payload = ?, next_run_at = NULL WHERE id = ?", [stolen, jobs[1]])
    database.close()
    logged_in.start()
    status = logged_in.wait_one(jobs[1])
    assert (status.status, status.error_code) == ("failed", "INVALID_PAYLOAD")
    assert "submit the job again" in status.error


def test_the_command_line_shows_stars(cli, logged_in, api):
    line = json.dumps({"command": "account.createUser", "payload": user("heidi")})
    code, job_id, err = outcome(cli("submit", "--from", "-", input=line + "\n"))
    assert (code, err) == (0, "Submitted 1 job.\n")
    assert cli("job", "wait", job_id.strip()).returncode == 0
    for arguments in (("job", "show"), ("job", "show", "--json"), ("job", "result"), ("job", "wait", "--json")):
        shown = cli(*arguments, job_id.strip())
        assert shown.returncode == 0 and "horse" not in shown.stdout + shown.stderr
    assert json.loads(cli("job", "show", job_id.strip(), "--json").stdout)["payload"] == {
        "input": {"username": "heidi", "password": "***"}}  # fmt: skip
    assert can_log_in(api, "heidi")
    called = cli("api", "call", "account.createUser", "-", input=json.dumps(user("ivan")))
    assert called.returncode == 0 and "ivan" in called.stdout and "horse" not in called.stdout + called.stderr
    assert can_log_in(api, "ivan")
    refused = cli("api", "call", "account.createUser", "input:=" + json.dumps(user("judy")["input"]))
    assert refused.returncode == 2 and "standard input" in refused.stderr and "horse" not in refused.stderr
    listed = json.loads(cli("api", "list", "--json").stdout)
    described = daemon_commands(logged_in)
    assert {command["command"]: command for command in listed} == described
    (argument,) = described["account.createUser"]["arguments"]
    assert [field["name"] for field in argument["fields"] if field["is_secret"]] == ["password"]


def daemon_commands(daemon):
    answer = as_proto_json(daemon.stub.ListCommands(pb.ListCommandsRequest()))
    return {c["command"]: c for c in answer["commands"] if c["provider"] not in ("diag", "local")}
