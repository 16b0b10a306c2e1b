"""The commands of local commands with a real daemon: programs are run, followed, stopped and started again."""

import json
import os
import re
import signal
import subprocess
import time

import pytest

from honeydew_command import HONEYDEW, Terminal, begin, cli, environment, honeydew, outcome, use_home  # noqa: F401
from honeydew_daemon import is_alive, wait_until


@pytest.fixture
def add(cli, daemon):
    def add(*words):
        result = cli("add", *words)
        assert (result.returncode, result.stderr) == (0, ""), result
        return result.stdout.strip()
    return add


def test_run_is_as_if_the_program_had_been_run(cli, tmp_path):
    script = "echo out; echo err >&2; printf open; exit 3"
    assert outcome(cli("run", "--", "sh", "-c", script))[:2] == (3, "out\nopen")
    result = cli("run", "--", "sh", "-c", script)
    assert re.fullmatch(r"err\nhoneydew: job [a-z2-7]{13} failed: EXIT_STATUS: exited with status 3\n", result.stderr)
    assert outcome(cli("run", "true")) == (0, "", "")
    assert cli("run", "--shell", "kill -9 $$").returncode == 137
    assert cli("run", "-q", "echo", "x").stdout == ""
    assert cli("run", "-q", "--", "sh", "-c", "echo x; false").stdout == "x\n"
    assert cli("run", "--timeout", "300ms", "sleep", "60").returncode == 124
    assert cli("run", "--shell", "--cwd", "/", "pwd; echo $1$A", "x", "--env", "A=1").stdout == "/\nx\n"
    assert cli("run", "--shell", "--env", "A=1", "--cwd", "/", "pwd; echo $1$A", "x").stdout == "/\nx1\n"
    assert cli("run", "--stdin", "-", "wc", "-c", input="12345").stdout == "5\n"
    assert cli("run", "--pty", "tty").stdout.startswith("/dev/pts/")
    shown = json.loads(cli("run", "--json", "true").stdout)
    assert (shown["status"], shown["result"]["exit_status"], shown["title"]) == ("completed", 0, "true")


def test_the_environment_is_the_caller_s(cli, environment):
    environment["ODD"] = "a\nb=c'\""
    result = cli("run", "env", "-0")
    seen = dict(each.split("=", 1) for each in result.stdout.split("\0") if each)
    assert {name: seen.get(name) for name in environment} == environment
    seen = cli("run", "--env-clear", "--env", "X=1", "--", "/usr/bin/env").stdout.splitlines()
    assert {line for line in seen if not line.startswith("HONEYDEW_")} == {"X=1"}


def test_retries_are_followed(cli, tmp_path):
    script = f'echo attempt $HONEYDEW_ATTEMPT; [ "$HONEYDEW_ATTEMPT" = 2 ]'
    assert outcome(cli("run", "--shell", "--retries", "3", script)) == (0, "attempt 1\nattempt 2\n", "")


def test_run_outlasts_a_restart_of_the_daemon_where_the_program_may(cli, daemon, environment, tmp_path):
    flag = tmp_path / "go"
    process = begin(environment, "run", "--rerun", "--shell",
                    f"echo begun $HONEYDEW_ATTEMPT; while [ ! -e {flag} ]; do sleep 0.05; done; echo ended")
    assert process.stdout.readline() == "begun 1\n"
    daemon.kill()
    daemon.start()
    flag.touch()
    out, errors = process.communicate(timeout=60)
    assert (process.returncode, out) == (0, "begun 2\nended\n")
    assert "waiting for the daemon to come back" in errors


def test_ctrl_c_leaves_it_running_and_await_comes_back(cli, daemon, environment, tmp_path):
    flag = tmp_path / "go"
    process = begin(environment, "run", "--shell", f"echo begun; while [ ! -e {flag} ]; do sleep 0.05; done; echo ended; exit 5")
    assert process.stdout.readline() == "begun\n"
    process.send_signal(signal.SIGINT)
    errors = process.communicate(timeout=20)[1]
    assert process.returncode == 130
    job = re.search(r"honeydew await ([a-z2-7]{13})\n", errors)[1]
    assert daemon.job(job).status == "running"
    waiting = begin(environment, "await", job)
    assert waiting.stdout.readline() == "begun\n"
    flag.touch()
    assert waiting.communicate(timeout=20)[0] == "ended\n" and waiting.returncode == 5
    assert outcome(cli("await", job))[:2] == (5, "begun\nended\n")


def test_a_second_ctrl_c_stops_it(cli, daemon, environment):
    process = begin(environment, "run", "--shell", "echo begun; exec sleep 60")
    assert process.stdout.readline() == "begun\n"
    process.send_signal(signal.SIGINT)
    assert "Ctrl-C again" in process.stderr.readline()
    process.send_signal(signal.SIGINT)
    assert "Stopped " in process.communicate(timeout=20)[1] and process.returncode == 130
    job = json.loads(cli("list", "--json").stdout)[0]
    assert job["status"] == "cancelled"


def test_add_list_output_stop_start_and_remove(cli, daemon, add):
    job = add("--description", "clock", "--shell", "echo begun; trap 'echo caught; exit 0' TERM; while :; do sleep 0.05; done")
    wait_until(lambda: "begun" in cli("output", job).stdout, what="the output")
    listed = cli("list").stdout.splitlines()
    assert listed[0].split()[:4] == ["STATE", "JOB", "PID", "COMMAND"] and job in listed[1] and "● running" in listed[1]
    pid = daemon.job(job).pid
    assert str(pid) in listed[1] and is_alive(pid)
    assert cli("list", "--workdir", "/").stdout == ""
    assert job in cli("list", "--all", "--running").stdout
    assert cli("list", "-q").stdout == job + "\n"
    assert outcome(cli("stop", job[:8])) == (0, f"Stopped {job}.\n", "")
    # The shell may say that its sleep was ended.
    assert not is_alive(pid) and cli("output", job, "--stdout").stdout == "begun\ncaught\n"
    assert "–" in cli("list").stdout
    assert outcome(cli("stop", job)) == (0, f"{job} has ended already: cancelled.\n", "")
    assert outcome(cli("start", job)) == (0, f"Started {job}.\n", "")
    wait_until(lambda: daemon.job(job).pid, what="the second attempt")
    wait_until(lambda: cli("output", job).stdout == "begun\n", what="its output")
    first = daemon.job(job).pid
    assert outcome(cli("restart", job)) == (0, f"Restarted {job}.\n", "")
    wait_until(lambda: daemon.job(job).pid not in (0, first), what="the third attempt")
    assert not is_alive(first)
    assert cli("output", "--attempt", "2", job).stdout.startswith("begun\n")
    assert cli("remove", job).returncode == 1
    cli("stop", job)
    assert [row["outcome"] for row in json.loads(cli("runs", job, "--json").stdout)] == ["cancelled"] * 3
    assert outcome(cli("remove", job)) == (0, "Removed 1 job.\n", "")
    assert cli("output", job).returncode == 1


def test_history_and_progress(cli, daemon, add):
    job = add("--shell", "sleep 0.1; echo x")
    for _ in range(3):
        assert cli("await", "-q", job).returncode == 0
        cli("start", job)
    cli("await", "-q", job)
    shown = json.loads(cli("stats", job, "--json").stdout)
    assert (shown["runs"], shown["completed"], shown["success_rate"]) == (4, 4, 1)
    assert 100 <= shown["min_ms"] <= shown["mean_ms"] <= shown["max_ms"]
    assert "100 %" in cli("stats", job).stdout
    rows = cli("runs", job).stdout.splitlines()
    assert len(rows) == 5 and rows[0].split() == [
        "ATTEMPT", "OUTCOME", "STARTED", "TOOK", "EXIT", "CPU", "MEMORY", "OUTPUT", "ERROR"]
    assert "✓ completed" in rows[1] and " 2 B" in rows[1]
    slow = add("--shell", "[ $HONEYDEW_ATTEMPT -lt 4 ] || sleep 60")
    for _ in range(3):
        cli("await", "-q", slow)
        cli("start", slow)
    wait_until(lambda: daemon.job(slow).pid, what="the fourth attempt")
    assert re.search(r"\d+ % of ", cli("list").stdout)
    cli("stop", slow)


def test_reuse(cli, daemon, add):
    job = add("--reuse", "sleep", "60")
    assert add("--reuse", "sleep", "60") == job and add("--reuse", "sleep", "61") != job
    cli("stop", job)
    assert add("--reuse", "sleep", "60") == job and daemon.job(job).status in ("pending", "running")
    assert add("--reuse", "--cwd", "/", "sleep", "60") != job
    once = json.loads(cli("run", "--reuse", "--json", "echo", "a").stdout)["job_id"]
    again = json.loads(cli("run", "--reuse", "--json", "echo", "a").stdout)
    assert (again["job_id"], again["attempts"]) == (once, 2)
    assert cli("run", "--reuse", "echo", "a").stdout == "a\n"


def test_signals(cli, daemon, add):
    job = add("--shell", "trap 'echo usr1' USR1; trap 'echo hup; exit 4' HUP; echo ready; while :; do sleep 0.05; done")
    wait_until(lambda: "ready" in cli("output", job).stdout, what="the traps")
    assert outcome(cli("signal", job, "USR1")) == (0, f"Sent SIGUSR1 to {job}.\n", "")
    wait_until(lambda: "usr1" in cli("output", job).stdout, what="the first")
    assert cli("signal", job, "1").returncode == 0
    assert outcome(cli("await", job))[:2] == (4, "ready\nusr1\nhup\n")
    result = cli("signal", job, "TERM")
    assert result.returncode == 1 and "runs" in result.stderr
    assert cli("signal", job, "TREM").returncode == 2


def test_ports(cli, daemon, add):
    script = ("import os, socket, time\nif os.fork(): os._exit(0)\nos.setsid()\n"
              "s = socket.create_server(('127.0.0.1', 0)); u = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)\n"
              "u.bind(('::1', 0)); print(s.getsockname()[1], u.getsockname()[1], flush=True); time.sleep(60)")
    job = add("--shell", "python3 -c \"$1\" & sleep 60", script)
    wait_until(lambda: cli("output", job).stdout, what="the ports")
    tcp, udp = map(int, cli("output", job).stdout.split())
    found = json.loads(cli("ports", job, "--json").stdout)
    assert {(each["port"], each["protocol"], each["address"]) for each in found} == {
        (tcp, "tcp", "127.0.0.1"), (udp, "udp", "::1")}
    assert {str(tcp), str(udp)} == set(cli("ports", job, "-q").stdout.split())
    cli("stop", job)
    assert cli("ports", job).returncode == 1


def test_follow_several(cli, daemon, add, environment):
    jobs = [add("--shell", f"echo {name}1; sleep 0.3; echo {name}2") for name in "ab"]
    result = cli("output", "-f", *jobs)
    lines = result.stdout.splitlines()
    assert result.returncode == 0 and sorted(line.split(" | ")[1] for line in lines) == ["a1", "a2", "b1", "b2"]
    assert all(line.split(" | ")[0] in (jobs[0][:6], jobs[1][:6]) for line in lines)
    assert cli("output", "-n", "1", jobs[0]).stdout == "a2\n"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\S+Z a1\n\d{4}\S+Z a2\n", cli("output", "-t", jobs[0]).stdout)
    assert cli("output", "--since", "2099-01-01T00:00:00Z", jobs[0]).stdout == ""


def test_exact_bytes(cli, daemon, add, environment, tmp_path):
    data = os.urandom(300_000) + b"\n\n" + b"x" * 70_000
    (tmp_path / "data").write_bytes(data)
    job = add("cat", str(tmp_path / "data"))
    cli("await", "-q", job)
    raw = subprocess.run([HONEYDEW, "output", "--raw", job], env=environment, capture_output=True)
    assert (raw.returncode, raw.stdout == data) == (0, True)


def test_cleanup_and_nuke(cli, daemon, add, environment, tmp_path):
    here, there = add("true"), add("--cwd", "/", "true")
    running = add("sleep", "60")
    cli("await", here, there)
    assert cli("cleanup").returncode == 2
    assert cli("cleanup", "--dry-run").stdout == "Would remove 1 ended job; nothing was done.\n"
    assert cli("cleanup", "--yes").stdout == "Removed 1 job.\n"
    assert cli("cleanup", "--all", "--yes").stdout == "Removed 1 job.\n"
    pid = wait_until(lambda: daemon.job(running).pid, what="the command")
    assert cli("nuke").returncode == 2
    assert cli("nuke", "--dry-run").stdout.startswith("Would stop 1 command, remove 1 job with")
    terminal = Terminal(environment, "nuke")
    terminal.read_until("Stop 1 command, remove 1 job with their output, and stop the daemon? [y/N] ")
    terminal.type("y\n")
    assert terminal.finish() == 0
    assert "Stopped 1 command, removed 1 job, and the daemon has stopped." in terminal.text
    assert not is_alive(pid) and daemon.process.wait(10) == 0
    assert not list((daemon.home / "output").iterdir())


def test_pools(cli, daemon, add):
    assert [row["name"] for row in json.loads(cli("pool", "list", "--json").stdout)] == ["api", "exec"]
    assert cli("pool", "list").stdout.splitlines()[0].split()[:3] == ["POOL", "KIND", "WORKERS"]
    assert cli("pool", "resize", "exec", "1").stdout.startswith("Pool exec has 1 worker; ")
    first = add("sleep", "60")
    wait_until(lambda: daemon.job(first).pid, what="the first")
    second = add("true")
    assert cli("job", "list", "--pool", "exec", "--status", "pending", "-q").stdout == second + "\n"
    assert "exec/1" in cli("worker", "list").stdout and "exec/1" in cli("status").stdout
    assert cli("queue", "pause", "--pool", "exec").stdout == (
        "Paused the pool exec; go on with: honeydew queue resume --pool exec\n")
    assert "paused" in cli("pool", "list").stdout
    cli("stop", first)
    assert daemon.job(second).status == "pending"
    assert cli("queue", "resume", "--pool", "exec").stdout == "Resumed the pool exec.\n"
    assert cli("await", second).returncode == 0
    assert cli("worker", "restart", "exec/1").returncode == 0
    assert cli("submit", "--pool", "no-such", "diag.noop").returncode != 0
    assert cli("pool", "resize", "no-such", "1").returncode == 1


def test_a_schedule_of_a_program(cli, daemon, environment):
    result = cli("schedule", "add", "nightly", "30 2 * * *", "--env", "A=b", "--cwd", "/", "--", "sh", "-c", "pwd; env", "x")
    assert (result.returncode, result.stderr) == (0, "")
    job = cli("schedule", "trigger", "nightly").stdout.strip()
    result = cli("await", job)
    lines = result.stdout.splitlines()
    assert result.returncode == 0 and lines[0] == "/" and "A=b" in lines
    assert {line.split("=")[0] for line in lines[1:]} <= {
        "A", "PATH", "HOME", "USER", "LOGNAME", "SHELL", "PWD", "SHLVL", "_", "OLDPWD", "HONEYDEW_JOB_ID",
        "HONEYDEW_ATTEMPT", "HONEYDEW_MARK"}
    shown = json.loads(cli("schedule", "show", "nightly", "--json").stdout)
    assert shown["payload"]["argv"] == ["sh", "-c", "pwd; env", "x"] and shown["payload"]["env"]["A"] == "***"
    assert cli("schedule", "update", "nightly", "--", "true").returncode == 0
    job = cli("schedule", "trigger", "nightly").stdout.strip()
    assert cli("await", job).returncode == 0
    assert cli("schedule", "add", "x", "@daily", "--cwd", "/", "organizations.list").returncode == 2


def test_job_show_tells_what_runs(cli, daemon, add):
    job = add("--nice", "3", "--shell", "echo x; exit 2")
    cli("await", "-q", job)
    facts = dict(line.split(None, 1) for line in cli("job", "show", job).stdout.split("\n\n")[0].splitlines())
    assert facts["runs"] == "echo x; exit 2" and facts["directory"] == os.getcwd() and facts["exit"] == "2"
    assert facts["pool"] == "exec" and facts["settings"] == "shell, nice 3" and "PATH" in facts["variables"]
    assert "MiB" in facts["memory"] and "payload" not in facts
    shown = json.loads(cli("job", "show", job, "--json").stdout)
    assert shown["history"][0]["report"]["exit_status"] == 2


def test_bad_attempts_fail_with_the_words_of_errno(cli, daemon, tmp_path):
    gone = tmp_path / "gone"
    gone.mkdir()
    (tmp_path / "broken").write_text("#!/no/such/interpreter\n")
    (tmp_path / "broken").chmod(0o755)
    result = cli("run", str(tmp_path / "broken"))
    assert result.returncode == 127 and "No such file or directory" in result.stderr
    cli("queue", "pause")
    job = cli("add", "--cwd", str(gone), "true").stdout.strip()
    gone.rmdir()
    cli("queue", "resume")
    result = cli("await", job)
    assert "EXEC_FAILED: cannot enter the directory" in result.stderr and result.returncode == 125
