"""The honeydew command's part of the queue, with a real daemon and real workers."""

import json
import os
import re
import subprocess

import pytest

from honeydew_command import HONEYDEW, as_proto_json, cli, environment, honeydew, outcome  # noqa: F401
from honeydew_daemon import pb, wait_until


def submit(cli, *arguments):
    result = cli("submit", *arguments)
    assert (result.returncode, result.stderr) == (0, "")
    return result.stdout.strip()


def statuses(cli, *filters):
    return {job["job_id"]: job["status"] for job in json.loads(cli("job", "list", "--json", *filters).stdout)}


def test_what_a_job_may_say(cli, daemon):
    job_id = submit(cli, "diag.noop", "--delay", "1h", "--label", "team=web", "--label", "n=1", "--key", "once")
    assert submit(cli, "diag.noop", "--delay", "1h", "--label", "n=1", "--label", "team=web", "--key", "once") == job_id
    result = cli("submit", "diag.noop", "--key", "once")
    assert result.returncode == 1 and job_id in result.stderr
    shown = cli("job", "show", job_id).stdout
    assert "labels        n=1, team=web\n" in shown and "key           once\n" in shown
    assert as_proto_json(daemon.job(job_id)) == json.loads(cli("job", "show", job_id, "--json").stdout)
    moment = "2199-01-31T12:00:00.000Z"
    other = submit(cli, "diag.noop", "--at", moment)
    assert daemon.job(other).next_run_at == moment
    assert statuses(cli, "--label", "team=web") == {job_id: "pending"}
    assert statuses(cli, "--created-before", "2020-01-01") == {}
    assert statuses(cli, "--created-from", "2020-01-01") == {job_id: "pending", other: "pending"}


def test_the_history_of_attempts(cli, daemon):
    job_id = submit(cli, "diag.fail", "--max-retries", "0")
    assert cli("job", "wait", job_id).returncode == 1
    assert outcome(cli("job", "retry", job_id)) == (0, "Retried 1 job.\n", "")
    assert cli("job", "wait", job_id).returncode == 1
    rows = [line.split() for line in cli("job", "show", job_id).stdout.split("\n\n")[1].splitlines()]
    assert rows[0] == ["ATTEMPT", "OUTCOME", "WORKER", "STARTED", "TOOK", "ERROR"]
    assert [row[:2] for row in rows[1:]] == [["1", "failed"], ["2", "failed"]]


def test_retry_by_filter(cli, daemon):
    failed = [submit(cli, "diag.fail", "--max-retries", "0", "--label", f"n={n}") for n in range(3)]
    done = submit(cli, "diag.noop")
    daemon.wait(*failed, done)
    cli("queue", "pause")
    assert outcome(cli("job", "retry", "--status", "failed", "--label", "n=1")) == (0, "Retried 1 job.\n", "")
    assert cli("job", "retry", "--command", "diag.fail", "--json").stdout == '{"retried":2}\n'
    assert statuses(cli) == {**{job_id: "pending" for job_id in failed}, done: "completed"}
    result = cli("job", "retry", done)
    assert result.returncode == 1 and done in result.stderr
    assert cli("job", "retry", "--status", "completed").returncode == 2


def test_remove(cli, daemon):
    ended = [submit(cli, "diag.noop", "--label", f"n={n}") for n in range(4)]
    daemon.wait(*ended)
    pending = submit(cli, "diag.noop", "--delay", "1h")
    assert outcome(cli("job", "remove", ended[0])) == (0, "Removed 1 job.\n", "")
    assert cli("job", "show", ended[0]).returncode == 1
    result = cli("job", "remove", ended[1], pending)
    assert result.returncode == 1 and pending in result.stderr
    assert cli("job", "remove", "--older-than", "1h", "--yes").stdout == "Removed 0 jobs.\n"
    assert cli("job", "remove", "--label", "n=2", "--yes").stdout == "Removed 1 job.\n"
    assert cli("job", "remove", "--older-than", "1ms", "--yes", "--json").stdout == '{"removed":2}\n'
    assert statuses(cli) == {pending: "pending"}


def test_priority(make_daemon, environment, honeydew):  # noqa: F811
    daemon = make_daemon(workers=1).start()
    environment["HONEYDEW_SOCKET"] = str(daemon.socket)
    honeydew("queue", "pause")
    jobs = [submit(honeydew, "diag.sleep", "ms=5") for _ in range(3)]
    assert outcome(honeydew("job", "priority", jobs[2][:10], "5")) == (0, f"Job {jobs[2]} has priority 5.\n", "")
    assert honeydew("job", "priority", jobs[0], "-5").returncode == 0
    honeydew("queue", "resume")
    ends = daemon.wait(*jobs)
    assert sorted(jobs, key=lambda job_id: ends[job_id].started_at) == [jobs[2], jobs[1], jobs[0]]
    result = honeydew("job", "priority", jobs[0], "1")
    assert result.returncode == 1 and jobs[0] in result.stderr


def test_a_resumption_tells_what_stays_paused(cli):
    cli("queue", "pause", "--provider", "github")
    cli("queue", "pause")
    still = "Still paused: github; go on with: honeydew queue resume --provider github\n"
    assert outcome(cli("queue", "resume")) == (0, "Resumed the queue.\n", still)
    cli("queue", "pause")
    whole = "Still paused: the queue; go on with: honeydew queue resume\n"
    assert outcome(cli("queue", "resume", "--provider", "github")) == (0, "Resumed github.\n", whole)
    assert outcome(cli("queue", "resume")) == (0, "Resumed the queue.\n", "")


def test_a_remark_stands_below_what_it_is_about(cli, environment):
    for _ in range(3):
        submit(cli, "diag.noop")
    both = subprocess.run([HONEYDEW, "job", "list", "--limit", "2"], env=environment, text=True, timeout=30,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT).stdout.splitlines()
    assert len(both) == 4 and both[0].startswith("JOB") and both[3].startswith("There are more jobs")


def test_pauses(cli, daemon):
    assert "queue    not paused\n" in cli("queue", "stats").stdout
    assert cli("queue", "pause").returncode == 0
    job_id = submit(cli, "diag.noop")
    assert "queue    paused; go on with: honeydew queue resume\n" in cli("queue", "stats").stdout
    assert "paused; go on with: honeydew queue resume\n" in cli("status").stdout
    assert cli("job", "wait", job_id, "--wait-timeout", "200ms").returncode == 124
    assert cli("queue", "resume").returncode == 0 and cli("job", "wait", job_id).returncode == 0
    assert cli("queue", "pause", "--provider", "diag").returncode == 0
    job_id = submit(cli, "diag.noop")
    rows = [line.split() for line in cli("queue", "stats").stdout.splitlines()]
    assert ["diag", "1", "0", "paused"] in rows
    assert "queue" in cli("status").stdout and "diag paused" in cli("status").stdout
    stats = json.loads(cli("queue", "stats", "--json").stdout)
    assert stats == as_proto_json(daemon.stub.GetQueueStats(pb.GetQueueStatsRequest())) and not stats["paused"]
    assert cli("queue", "resume", "--provider", "diag").returncode == 0 and cli("job", "wait", job_id).returncode == 0
    result = cli("queue", "pause", "--provider", "githib")
    assert result.returncode == 2 and "github" in result.stderr


def lines(count, **fields):
    return "".join(json.dumps({"command": "diag.noop", "payload": {"echo": str(n)}, "idempotency_key": f"k{n}", **fields}) + "\n"
                   for n in range(count))


def test_bulk_submission_can_be_repeated(cli, daemon, tmp_path):
    path = tmp_path / "jobs.jsonl"
    path.write_text(lines(2500))
    result = cli("submit", "--from", str(path), "--label", "batch=1")
    ids = result.stdout.split()
    assert (result.returncode, result.stderr, len(set(ids))) == (0, "Submitted 2500 jobs.\n", 2500)
    assert cli("submit", "--from", str(path), "--label", "batch=1", "--json").stdout == json.dumps(
        {"job_ids": ids}, separators=(",", ":")) + "\n"
    assert {job.status for job in daemon.wait(*ids[:100], *ids[-100:]).values()} == {"completed"}
    assert json.loads(daemon.job(ids[1234]).payload) == {"echo": "1234"}
    assert len(statuses(cli, "--label", "batch=1", "--limit", "5000")) == 2500


def test_a_bad_job_among_many_is_named_by_its_line(cli, tmp_path):
    path = tmp_path / "jobs.jsonl"
    bad = json.dumps({"command": "diag.nop"}) + "\n"
    path.write_text(lines(1500) + "\n" + bad)
    result = cli("submit", "--from", str(path))
    assert result.returncode == 2 and len(result.stdout.split()) == 1000
    assert result.stderr.startswith("honeydew: line 1502: there is no command \"diag.nop\"; did you mean diag.noop")
    assert result.stderr.endswith("; 1000 jobs of lines 1 to 1000 were submitted; go on from line 1001 with "
                                  f"the same options: tail -n +1001 {path} | honeydew submit --from -\n")
    path.write_text(path.read_text().replace("diag.nop\"", "diag.noop\""))
    rest = subprocess.run(f"tail -n +1001 {path}", shell=True, capture_output=True, text=True).stdout
    assert len(cli("submit", "--from", "-", input=rest).stdout.split()) == 501
    assert len(statuses(cli, "--limit", "5000")) == 1501


@pytest.mark.parametrize("size", [100, 300_000, 3_000_000])
def test_results_of_any_size_in_a_file(cli, daemon, tmp_path, size):
    job_id = daemon.submit("diag.noop", {"bytes": size})
    status = daemon.wait_one(job_id)
    path = tmp_path / "result.json"
    assert outcome(cli("job", "result", job_id, "-o", str(path))) == (0, "", "")
    assert path.stat().st_size == status.result_size >= size and json.loads(path.read_bytes())
    assert cli("job", "result", job_id, "-o", "-").stdout == path.read_text()


def test_advice_can_be_followed_where_the_daemon_was_named_by_an_option(daemon, environment, honeydew):  # noqa: F811
    """The commands that texts advise meet the daemon that was meant, not the default one."""
    tell = ("--home", str(daemon.home))
    daemon.stub.PauseQueue(pb.PauseQueueRequest())
    for text in (honeydew(*tell, "status").stdout, honeydew("queue", "stats", *tell).stdout):
        (advice,) = re.findall(r"go on with: (honeydew .*)", text)
        assert advice == f"honeydew --home {daemon.home} queue resume"
    path = {**environment, "PATH": f"{os.path.dirname(HONEYDEW)}:{environment['PATH']}"}
    subprocess.run(["sh", "-c", advice], env=path, check=True, capture_output=True)
    assert not daemon.stub.GetQueueStats(pb.GetQueueStatsRequest()).paused
    missing = honeydew("job", "show", "nosuch", "--socket", daemon.socket)
    assert f"`honeydew --socket {daemon.socket} job list`" in missing.stderr
    daemon.submit("account.me")
    assert wait_until(lambda: "login" in honeydew(*tell, "job", "list", "--status", "failed").stdout)
    assert f"run: honeydew --home {daemon.home} login" in honeydew(*tell, "job", "list").stdout
