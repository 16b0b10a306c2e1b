"""Waits of people: they outlast the daemon, say what holds a job back, and end at their limit."""

import contextlib
import json
import signal
import socket
import time

import grpc
import pytest

from fake_daemon import Refusal, canned  # noqa: F401
from honeydew_command import Terminal, cli, environment, honeydew, use_home  # noqa: F401
from honeydew_command import begin as begin_command
from honeydew_daemon import pb, wait_until


@pytest.fixture
def begin(environment):  # noqa: F811
    """Starts the command, which ends with the test."""
    processes = []

    def start(*arguments):
        processes.append(begin_command(environment, *arguments))
        return processes[-1]

    yield start
    for process in processes:
        process.kill()
        process.communicate()


def restart(daemon, how):
    daemon.process.send_signal(how)
    daemon.process.wait(20)
    daemon._disconnect()
    daemon.start()


@contextlib.contextmanager
def stopped_process(daemon):
    """A daemon that hangs."""
    daemon.process.send_signal(signal.SIGSTOP)
    yield
    daemon.process.send_signal(signal.SIGCONT)


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
@pytest.mark.parametrize("command", [
    ["submit", "diag.sleep", "ms=1500", "--wait"],
    ["job", "wait", "ID"],
    ["schedule", "trigger", "slow", "--wait"],
])
def test_a_wait_outlasts_a_restart_of_the_daemon(make_daemon, environment, begin, how, command):  # noqa: F811
    daemon = make_daemon(config="  shutdown_timeout: 0s\n").start()
    use_home(environment, daemon)
    if command[-1] == "ID":
        command = [*command[:-1], daemon.submit("diag.sleep", {"ms": 1500})]
    daemon.stub.ScheduleJob(
        pb.ScheduleJobRequest(name="slow", cron_expr="0 0 1 1 *", command="diag.sleep", payload='{"ms": 1500}'))
    process = begin(*command, "--wait-timeout", "50s")
    wait_until(lambda: any(worker.job_id for worker in daemon.workers()), what="a running job")
    time.sleep(0.3)
    for _ in range(3):
        restart(daemon, how)
    output, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    assert "completed" in output if command[0] == "job" else output.strip() == "{}"
    assert "waiting for the daemon to come back" in errors and "look at it with" not in errors


def test_several_jobs_are_waited_for_through_a_restart_and_each_is_told_once(daemon, environment, begin):  # noqa: F811
    use_home(environment, daemon)
    ids = [daemon.submit("diag.sleep", {"ms": 300 + 400 * number}) for number in range(6)]
    process = begin("job", "wait", *ids)
    first = process.stdout.readline()
    restart(daemon, signal.SIGKILL)
    output, errors = process.communicate(timeout=60)
    told = [line.split()[0] for line in [first, *output.splitlines()]]
    assert sorted(told) == sorted(ids) and process.returncode == 0, errors


def test_a_result_is_read_again_when_the_daemon_was_lost_over_it(canned, honeydew):  # noqa: F811
    canned.answers["SubmitJob"] = pb.SubmitJobResponse(job_id="k3v9m2x7aaaaa")
    canned.answers["WaitJobs"] = [
        pb.JobStatus(job_id="k3v9m2x7aaaaa", status="completed", command="diag.noop", result_spooled=True, result_size=9)]
    answers = iter([
        Refusal(grpc.StatusCode.UNAVAILABLE, "the daemon is shutting down", "SHUTTING_DOWN"),
        Refusal(grpc.StatusCode.UNAVAILABLE, "the job store is down", "STORE_UNAVAILABLE"),
        [pb.ReadJobResultResponse(chunk=b'{"a":'), pb.ReadJobResultResponse(chunk=b" 12}")],
    ])
    canned.answers["ReadJobResult"] = lambda request: next(answers)
    result = honeydew("submit", "diag.noop", "--wait")
    assert result.returncode == 0 and json.loads(result.stdout) == {"a": 12}
    assert "the job store is down; waiting for the daemon to come back" in result.stderr


def test_a_wait_ends_at_its_limit_while_the_daemon_is_away(daemon, environment, begin):  # noqa: F811
    use_home(environment, daemon)
    job_id = daemon.submit("diag.sleep", {"ms": 60_000})
    process = begin("job", "wait", job_id, "--wait-timeout", "3s")
    wait_until(lambda: daemon.job(job_id).status == "running")
    time.sleep(0.3)
    began = time.monotonic()
    daemon.process.kill()
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 124 and "gave up waiting after 3s; the job goes on" in errors
    assert time.monotonic() - began < 10


def test_ctrl_c_ends_a_wait_for_a_daemon_that_is_away(daemon, environment, begin):  # noqa: F811
    use_home(environment, daemon)
    process = begin("job", "wait", daemon.submit("diag.sleep", {"ms": 60_000}))
    wait_until(lambda: any(worker.job_id for worker in daemon.workers()))
    time.sleep(0.3)
    daemon.process.kill()
    line = process.stderr.readline()
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=20)
    assert process.returncode == 130 and "waiting for the daemon to come back" in line
    assert "interrupted; the job goes on" in errors


def test_a_job_that_is_gone_ends_the_wait(daemon, cli):  # noqa: F811
    result = cli("job", "wait", "abcdefghijklm")
    assert result.returncode == 1 and "abcdefghijklm" in result.stderr


# -- what holds a job back


def obstacle(daemon, job_id):
    return daemon.job(job_id).obstacle


def paused(daemon):
    daemon.stub.PauseQueue(pb.PauseQueueRequest())
    return daemon.submit("diag.noop")


def paused_provider(daemon):
    daemon.stub.PauseQueue(pb.PauseQueueRequest(provider="diag"))
    return daemon.submit("diag.noop")


def stopped(daemon):
    for slot in range(1, 5):
        daemon.stub.StopWorker(pb.StopWorkerRequest(slot=slot))
    return daemon.submit("diag.noop")


def busy(daemon):
    for _ in range(4):
        daemon.submit("diag.sleep", {"ms": 60_000})
    wait_until(lambda: daemon.status().jobs.running == 4)
    return daemon.submit("diag.noop")


def delayed(daemon):
    return daemon.submit("diag.noop", delay_ms=600_000)


def backing_off(daemon):
    job_id = daemon.submit("diag.fail", {"code": "API_UNAVAILABLE", "text": "no luck"}, max_retries=9)
    wait_until(lambda: daemon.job(job_id).retry_count >= 3, seconds=60)
    return job_id


def held(daemon):
    schedule = pb.ScheduleJobRequest(
        name="slow", cron_expr="0 0 1 1 *", command="diag.sleep", payload='{"ms": 60000}', overlap="queue")
    daemon.stub.ScheduleJob(schedule)
    for _ in range(2):
        job_id = daemon.stub.TriggerSchedule(pb.TriggerScheduleRequest(name="slow")).job_id
    return job_id


@pytest.mark.parametrize("make, reason, text, has_end", [
    (paused, "queue_paused", "queue paused; go on with: honeydew", False),
    (paused_provider, "provider_paused", "diag paused; go on with: honeydew", False),
    (stopped, "workers_stopped", "all workers are stopped; go on with: honeydew", False),
    (busy, "workers_busy", "all workers are busy", False),
    (delayed, "delayed", "delayed", True),
    (backing_off, "backoff", "no luck", True),
    (held, "held", "an earlier job of the schedule slow has not ended", False),
])
def test_what_holds_a_job_back_is_said(daemon, cli, make, reason, text, has_end):  # noqa: F811
    job_id = make(daemon)
    found = wait_until(lambda: obstacle(daemon, job_id).reason and obstacle(daemon, job_id))
    assert (found.reason, bool(found.until)) == (reason, has_end) and text.split("; go")[0] in found.text
    shown = cli("job", "show", job_id).stdout
    assert text.split("; go")[0] in shown.split("error")[0]
    waiting = cli("job", "wait", job_id, "--wait-timeout", "1600ms")
    assert waiting.returncode == 124
    # Somebody who watches no terminal is told what needs somebody.
    assert (text in waiting.stderr) == ("go on" in text), waiting.stderr


def test_a_limit_of_a_provider_is_said(make_daemon):
    daemon = make_daemon(config="  provider_concurrency: 1\n").start()
    daemon.submit("diag.sleep", {"ms": 60_000})
    job_id = daemon.submit("diag.noop")
    wait_until(lambda: obstacle(daemon, job_id).reason == "limit")
    assert obstacle(daemon, job_id).text == "the most jobs of diag run that may (1)"


def test_nothing_holds_back_a_job_that_runs_or_has_ended(daemon):
    job_id = daemon.submit("diag.sleep", {"ms": 500})
    daemon.wait_running(job_id)
    assert not daemon.job(job_id).HasField("obstacle")
    daemon.wait_one(job_id)
    assert not daemon.job(job_id).HasField("obstacle")


def test_a_terminal_sees_what_a_job_waits_for(daemon, environment):  # noqa: F811
    use_home(environment, daemon)
    job_id = delayed(daemon)
    terminal = Terminal(environment, "job", "wait", job_id)
    terminal.read_until("delayed; starts in")
    daemon.stub.PauseQueue(pb.PauseQueueRequest())
    terminal.read_until("queue paused; go on with: honeydew queue resume")
    daemon.stub.CancelJob(pb.CancelJobRequest(job_id=job_id))
    assert terminal.finish() == 1


# -- a daemon that hangs


@pytest.mark.parametrize("words, limit", [
    (["ping"], 2), (["status"], 2), (["job", "list", "--call-timeout", "500ms"], 0.5),
    (["submit", "diag.noop", "--call-timeout", "1s"], 1), (["schedule", "list", "--call-timeout", "1s", "--json"], 1),
])
def test_a_daemon_that_is_stopped_costs_no_more_than_its_limit(daemon, cli, words, limit):  # noqa: F811
    daemon.process.send_signal(signal.SIGSTOP)
    try:
        began = time.monotonic()
        result = cli(*words)
        took = time.monotonic() - began
    finally:
        daemon.process.send_signal(signal.SIGCONT)
    assert result.returncode == 3 and "has not answered for" in result.stderr
    assert limit <= took < limit + 5


def test_a_socket_whose_backlog_is_full_is_not_waited_for_either(environment, honeydew):  # noqa: F811
    path = environment["HONEYDEW_SOCKET"]
    with socket.socket(socket.AF_UNIX) as listener, contextlib.ExitStack() as clients:
        listener.bind(path)
        listener.listen(0)
        clients.enter_context(socket.socket(socket.AF_UNIX)).connect(path)
        result = honeydew("ping", "--call-timeout", "500ms")
    assert result.returncode == 3 and "it takes no connections: it is stopped, or hangs" in result.stderr


def test_the_limit_of_calls_is_a_duration(honeydew):  # noqa: F811
    result = honeydew("ping", "--call-timeout", "soon")
    assert result.returncode == 2 and "must be a duration" in result.stderr


# -- the limits of a wait


@pytest.mark.parametrize("words", [
    ["job", "wait", "ID"], ["job", "wait", "BEGINNING"], ["job", "wait", "--status", "pending,running"],
    ["submit", "diag.noop", "--wait"],
])
def test_a_wait_ends_at_its_own_limit_whatever_a_call_may_take(daemon, environment, begin, words):  # noqa: F811
    use_home(environment, daemon)
    job_id = daemon.submit("diag.sleep", {"ms": 60_000})
    names = {"ID": job_id, "BEGINNING": job_id[:8]}
    with stopped_process(daemon):
        began = time.monotonic()
        process = begin(*[names.get(word, word) for word in words], "--wait-timeout", "2s", "--call-timeout", "50s")
        _, errors = process.communicate(timeout=40)
    assert process.returncode == 124, errors
    assert time.monotonic() - began < 20


def test_a_change_without_an_answer_may_have_been_made_and_that_is_said(canned, honeydew):  # noqa: F811
    canned.answers["SubmitJob"] = canned.answers["ListJobs"] = canned.hang
    for limit in (["--call-timeout", "200ms"], ["--wait", "--wait-timeout", "200ms"]):
        result = honeydew("submit", "diag.noop", *limit)
        assert result.returncode in (3, 124)
        assert "has not answered for" in result.stderr and "whether this was done is not known" in result.stderr
    assert "is not known" not in honeydew("job", "list", "--call-timeout", "200ms").stderr


def test_jobs_are_looked_for_through_a_restart_too(canned, honeydew):  # noqa: F811
    job = pb.JobStatus(job_id="k3v9m2x7aaaaa", status="completed", command="diag.noop")
    answers = iter([Refusal(grpc.StatusCode.UNAVAILABLE, "the job store is down", "STORE_UNAVAILABLE"),
                    pb.ListJobsResponse(jobs=[job])])
    canned.answers["ListJobs"] = lambda request: next(answers)
    canned.answers["WaitJobs"] = [job]
    result = honeydew("job", "wait", "--label", "batch=7")
    assert (result.returncode, result.stdout) == (0, "k3v9m2x7aaaaa completed diag.noop\n")
    assert "looking for the jobs: the job store is down; waiting for the daemon to come back" in result.stderr


def test_a_beginning_means_the_same_job_after_a_restart(make_daemon, environment, begin):  # noqa: F811
    daemon = make_daemon().start()
    use_home(environment, daemon)
    daemon.stub.PauseQueue(pb.PauseQueueRequest())
    job_id = daemon.submit("diag.noop")
    process = begin("job", "wait", job_id[0], job_id[:8], job_id, "--wait-timeout", "50s")
    assert "queue paused" in process.stderr.readline()
    while daemon.submit("diag.noop")[0] != job_id[0]:
        pass
    restart(daemon, signal.SIGKILL)
    daemon.stub.ResumeQueue(pb.ResumeQueueRequest())
    output, errors = process.communicate(timeout=60)
    assert (process.returncode, output) == (0, f"{job_id} completed diag.noop\n"), errors


def test_a_program_finds_one_object_on_standard_error(canned, honeydew, tmp_path):  # noqa: F811
    canned.answers["WaitJobs"] = lambda request: Refusal(
        grpc.StatusCode.UNAVAILABLE, "the job store is down", "STORE_UNAVAILABLE")
    result = honeydew("job", "wait", "k3v9m2x7aaaaa", "--json", "--wait-timeout", "1s")
    assert result.stdout == "[]\n" and json.loads(result.stderr)["reason"] == "TIMED_OUT"
    canned.answers["SubmitJobs"] = pb.SubmitJobsResponse(job_ids=["k3v9m2x7aaaaa"])
    canned.answers["WaitJobs"] = [
        pb.JobStatus(job_id="k3v9m2x7aaaaa", status="failed", error="API_ERROR: no", error_code="API_ERROR")]
    file = tmp_path / "jobs.jsonl"
    file.write_text('{"command": "diag.noop"}\n')
    result = honeydew("submit", "--from", str(file), "--wait", "--json")
    assert json.loads(result.stdout)[0]["status"] == "failed" and json.loads(result.stderr)["reason"] == "API_ERROR"
