"""Local commands by a real worker: how they are started, what they get, and how they end."""

from __future__ import annotations

import json
import os
import re
import resource
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from exec_worker import JOB, ExecWorker, is_gone, wait_until
from worker_process import MARK, Worker


@pytest.fixture
def worker(tmp_path: Path) -> Iterator[ExecWorker]:
    outputs = tmp_path / "output"
    outputs.mkdir()
    with ExecWorker(outputs) as worker:
        yield worker


# -- the kinds of worker


def test_each_kind_of_worker_refuses_the_commands_of_the_other(worker):
    for command, payload in [("account.me", "{}"), ("api.query", '{"query": "{ me { id } }"}')]:
        worker.send_run(command, payload)
        failure = worker.end().failure
        assert (failure.code, failure.not_sent) == ("INVALID_PAYLOAD", True), failure
        assert "another kind" in failure.text
    with Worker() as other:
        other.send_run("local.exec", '{"argv": ["true"]}')
        failure = other.result().failure
        assert (failure.code, failure.not_sent) == ("INVALID_PAYLOAD", True), failure


def test_diagnostics_run_in_a_worker_of_commands(worker):
    assert json.loads(worker.do("diag.noop", '{"echo": "x"}').data) == {"echo": "x"}
    assert worker.started.pid == 0


def test_a_command_after_the_other(worker):
    for number in range(100):
        worker.start("/bin/sh", "-c", f"echo {number}; exit {number}", attempt=number + 1)
        assert worker.report()["exit_status"] == number
        assert worker.out(attempt=number + 1) == b"%d\n" % number


# -- how it ends


@pytest.mark.parametrize("status", [1, 3, 127, 255])
def test_an_exit_status(worker, status):
    worker.shell(f"exit {status}")
    failure = worker.end().failure
    assert (failure.code, failure.text) == ("EXIT_STATUS", f"exited with status {status}")
    assert not failure.not_sent and not failure.permanent
    assert json.loads(failure.data)["exit_status"] == status


def test_success_has_a_report(worker):
    pid = worker.shell("echo hello; echo away >&2")
    assert pid > 1
    report = json.loads(worker.end().data)
    assert report["exit_status"] == 0 and report["output_bytes"] == 11
    assert set(report) == {"exit_status", "wall_ms", "cpu_ms", "max_resident_bytes", "output_bytes"}


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV, signal.SIGHUP, signal.SIGTERM, 40], ids=str)
def test_a_signal(worker, number):
    worker.shell(f"kill -{int(number)} $$")
    failure = worker.end().failure
    name = f"SIG{signal.Signals(number).name[3:]}" if number < 32 else f"signal {number}"
    assert failure.code == "EXIT_STATUS"
    assert failure.text == f"ended by signal {int(number)}" + (f" ({name[3:]})" if number < 32 else "")
    report = json.loads(failure.data)
    assert (report["signal"], report["signal_name"]) == (number, name) and "exit_status" not in report


def test_times_and_memory_of_the_whole_tree(worker):
    grow = "python3 -c 'x = bytearray(120 << 20)'"
    burn = "python3 -c 'import time\nwhile time.process_time() < 0.3: pass'"
    worker.shell(f"{grow}; ({burn}) & setsid sh -c \"{burn}\" & wait; sleep 0.1")
    report = worker.report(60)
    assert 120 << 20 < report["max_resident_bytes"] < 250 << 20
    assert 600 <= report["cpu_ms"] < 20_000
    assert report["wall_ms"] > 100
    worker.start("/bin/true")
    assert worker.report()["max_resident_bytes"] < 64 << 20


# -- what it gets


def test_arguments_and_environment_are_exact(worker):
    script = "import os,sys,json; print(json.dumps([sys.argv[1:], dict(os.environ)]))"
    arguments = ["", " ", "a b", "*", "$HOME", "ä\n", "-x", '"']
    env = {"PATH": "/usr/bin", "LC_CTYPE": "C.UTF-8", "EMPTY": "", "NAME": "x=y\n", "HONEYDEW_JOB_ID": "outer"}
    worker.start("python3", "-c", script, *arguments, env=env)
    assert worker.report()["exit_status"] == 0
    ours = {"HONEYDEW_MARK": MARK, "HONEYDEW_JOB_ID": JOB, "HONEYDEW_ATTEMPT": "1"}
    assert json.loads(worker.out()) == [arguments, {**env, **ours}]


def test_a_command_without_an_environment_gets_a_small_one(worker):
    _, text = worker.do_shell("env", env=None)
    variables = dict(line.split("=", 1) for line in text.decode().splitlines())
    assert set(variables) - {"PWD", "OLDPWD", "SHLVL", "_"} == {
        *("PATH", "HOME", "USER", "LOGNAME", "SHELL"),
        *("HONEYDEW_MARK", "HONEYDEW_JOB_ID", "HONEYDEW_ATTEMPT"),
    }
    assert variables["HOME"] == os.path.expanduser("~" + variables["USER"])


def test_the_shell_takes_the_first_argument_as_its_text(worker):
    worker.start('echo "$1" "$2"; echo "$0" | tr a-z A-Z', "a  b", "$x", shell=True)
    assert worker.report()["exit_status"] == 0
    assert worker.out() == b"a  b $x\nSH\n"


def test_the_directory(worker, tmp_path):
    assert worker.do_shell("pwd")[1] == b"/\n"
    assert worker.do_shell("pwd", cwd=str(tmp_path))[1] == f"{tmp_path}\n".encode()


def test_it_has_its_own_session_and_nothing_of_the_worker(worker):
    script = (
        "import os,signal; print(os.getpid()==os.getsid(0)==os.getpgid(0), os.getppid(), sorted(os.listdir('/proc/self/fd')),"
        " [l.split()[1] for l in open('/proc/self/status') if l.startswith(('SigBlk','ShdPnd'))])"
    )
    worker.start("/usr/bin/python3", "-S", "-c", script)
    worker.report()
    none = "0" * 16
    assert worker.out().decode() == f"True {worker.pid} ['0', '1', '2', '3'] ['{none}', '{none}']\n"
    ignored = worker.do_shell("exec grep SigIgn /proc/self/status")[1].split()[1]
    # Python's posix_spawn leaves the two of glibc's threads ignored in the worker; the daemon does not.
    assert int(ignored, 16) & ~(3 << 31) == 0


def test_its_output_files_are_no_ones_else(worker):
    worker.do_shell("echo x")
    assert os.stat(worker.outputs / f"{JOB}.1").st_mode & 0o777 == 0o600


# -- input


def test_without_input_it_reads_nothing(worker):
    assert worker.do_shell("readlink /proc/self/fd/0; cat")[1] == b"/dev/null\n"


@pytest.mark.parametrize("count", [0, 5, 300_000])
def test_input(worker, count):
    assert worker.do_shell("wc -c", stdin="x" * count)[1].strip() == b"%d" % count


def test_binary_input(worker):
    import base64

    data = bytes(range(256)) * 100
    _, text = worker.do_shell("od -An -v -tu1", stdin_base64=base64.b64encode(data).decode())
    assert bytes(map(int, text.split())) == data


def test_input_that_nobody_reads(worker):
    assert worker.do_shell("exec <&-; sleep 0.1; echo done", stdin="x" * 300_000)[1] == b"done\n"
    assert worker.do_shell("sleep 0.1; echo done", stdin="x" * 300_000)[1] == b"done\n"


# -- a terminal


def test_a_terminal(worker):
    report, text = worker.do_shell("test -t 0 && test -t 1 && test -t 2 && tty; stty size; ps -o tty= $$ >&2", pty=True)
    lines = text.split(b"\r\n")
    assert lines[0].startswith(b"/dev/pts/") and lines[1] == b"24 80", text
    assert b"/dev/" + lines[2].strip() == lines[0], "it is the controlling terminal"
    assert report["exit_status"] == 0


def test_a_terminal_and_input(worker):
    assert worker.do_shell("test -t 0 || test -t 1 && cat", pty=True, stdin="a\nb")[1] == b"a\r\nb"


def test_a_terminal_that_its_command_closes_and_opens_again(worker):
    _, text = worker.do_shell("exec </dev/null >/dev/null 2>&1; sleep 0.3; echo again >/dev/tty", pty=True)
    assert text == b"again\r\n"


def test_much_output_by_a_terminal(worker):
    _, text = worker.do_shell("seq 1 20000", pty=True)
    assert text == b"".join(b"%d\r\n" % n for n in range(1, 20001))


# -- limits


def test_a_limit_of_memory(worker):
    script = "x = bytearray(200 << 20); print('fits')"
    worker.start("python3", "-c", script, memory_mb=100)
    assert worker.report()["exit_status"] == 1
    assert b"MemoryError" in worker.out("stderr")
    worker.start("python3", "-c", script, memory_mb=400, attempt=2)
    assert worker.report()["exit_status"] == 0


def test_a_limit_of_processor_time(worker):
    worker.shell("while :; do :; done", cpu_s=1)
    report = worker.report(60)
    assert report["signal_name"] == "SIGXCPU" and report["cpu_ms"] > 500
    worker.shell("trap '' XCPU; while :; do :; done", cpu_s=1, attempt=2)
    assert worker.report(60)["signal_name"] == "SIGKILL"


def test_niceness(worker):
    assert worker.do_shell("nice", nice=7)[1] == b"%d\n" % (os.getpriority(os.PRIO_PROCESS, worker.pid) + 7)


# -- what cannot be started


def test_a_program_that_is_not_there(worker, tmp_path):
    assert worker.refusal("nosuch") == "cannot run nosuch: No such file or directory in the PATH of the command"
    assert worker.refusal("/nosuch") == "cannot run /nosuch: No such file or directory"
    assert worker.refusal("ls", env={"PATH": str(tmp_path)}).startswith("cannot run ")


def test_a_program_that_cannot_be_executed(worker, tmp_path):
    plain = tmp_path / "plain"
    plain.write_text("echo x\n")
    assert worker.refusal(str(plain)) == f"cannot run {plain}: Permission denied"
    assert worker.refusal(str(tmp_path)) == f"cannot run {tmp_path}: Permission denied"
    # One that is found but not executable counts more than one that is not there.
    text = worker.refusal("plain", env={"PATH": f"{tmp_path}:/nowhere"})
    assert text == f"cannot run {plain}: Permission denied"
    script = tmp_path / "script"
    script.write_text("#!/no/such/interpreter\n")
    script.chmod(0o700)
    text = worker.refusal(str(script))
    assert text.startswith(f"cannot run {script}: No such file or directory (of the interpreter"), text


def test_a_script_without_a_first_line_is_the_shells(worker, tmp_path):
    script = tmp_path / "script"
    script.write_text('echo "$0" "$@"\n')
    script.chmod(0o700)
    for name in str(script), "script":
        worker.start(name, "a b", "c", env={"PATH": f"/nowhere:{tmp_path}:/bin"})
        assert worker.report()["exit_status"] == 0
        assert worker.out() == f"{script} a b c\n".encode()


def test_a_program_is_looked_for_in_the_commands_directory(worker, tmp_path):
    script = tmp_path / "script"
    script.write_text("#!/bin/sh\necho here\n")
    script.chmod(0o700)
    for name, path in ("./script", "/bin"), ("script", ":/bin"):
        worker.start(name, cwd=str(tmp_path), env={"PATH": path})
        assert worker.report()["exit_status"] == 0


def test_a_directory_that_is_gone_or_none(worker, tmp_path):
    gone = tmp_path / "gone"
    assert worker.refusal("ls", cwd=str(gone)) == f"cannot enter the directory {gone}: No such file or directory"
    gone.write_text("")
    assert worker.refusal("ls", cwd=str(gone)) == f"cannot enter the directory {gone}: Not a directory"


def test_more_arguments_than_the_kernel_takes(worker):
    # A quarter of the stack's limit is for arguments and environment (execve(2)).
    resource.prlimit(worker.pid, resource.RLIMIT_STACK, (1 << 20, 1 << 20))
    text = worker.refusal("true", *["x" * 100_000] * 3)
    assert re.fullmatch(r"cannot run /usr/bin/true: Argument list too long: 300\d\d\d bytes of arguments and environment", text), text


# -- orders


def test_cancel_asks_the_group_and_waits_for_it(worker):
    worker.shell("trap 'echo cleaned; exit 7' TERM; echo up; while :; do sleep 0.05; done")
    wait_until(lambda: worker.out() == b"up\n")
    worker.cancel()
    failure = worker.end().failure
    assert (failure.code, failure.text) == ("CANCELLED", "cancelled on request; exited with status 7")
    assert not failure.not_sent
    assert worker.out() == b"up\ncleaned\n"


def test_a_command_that_ignores_term_is_killed_after_its_grace(worker):
    worker.shell("trap '' TERM; echo up; while :; do sleep 0.05; done", grace_ms=500)
    wait_until(lambda: worker.out() == b"up\n")
    worker.cancel()
    failure = worker.end().failure
    assert failure.text == "cancelled on request; ended by signal 9 (KILL)"
    assert json.loads(failure.data)["wall_ms"] >= 500


def test_a_deadline(worker):
    worker.shell("trap 'exit 0' TERM; while :; do sleep 0.05; done", timeout_ms=300)
    failure = worker.end().failure
    assert (failure.code, failure.text) == ("TIMEOUT", "not finished within 300 ms; exited with status 0")
    assert not failure.not_sent and json.loads(failure.data)["exit_status"] == 0


def test_a_stopped_command_ends_on_request(worker):
    pid = worker.shell("kill -STOP $$; echo woken; sleep 100")
    wait_until(lambda: b") T" in Path(f"/proc/{pid}/stat").read_bytes())
    worker.cancel()
    assert worker.end().failure.code == "CANCELLED"
    assert is_gone(pid)


def test_heartbeats_go_on_while_a_command_ends(worker):
    worker.shell("trap '' TERM; echo up; while :; do sleep 0.05; done", grace_ms=7000)
    wait_until(lambda: worker.out() == b"up\n")
    worker.cancel()
    assert worker.expect("heartbeat", timeout=10).job_id == JOB
    assert worker.end().failure.code == "CANCELLED"


def test_a_signal_on_request(worker):
    from worker_process import pb

    worker.shell("trap 'echo got' USR1; echo up; while :; do sleep 0.05; done")
    wait_until(lambda: worker.out() == b"up\n")
    worker.send(signal=pb.Signal(job_id=JOB, attempt=2, signal=signal.SIGKILL))
    worker.send(signal=pb.Signal(job_id=JOB, attempt=1, signal=signal.SIGUSR1))
    wait_until(lambda: worker.out() == b"up\ngot\n")
    worker.send(signal=pb.Signal(job_id=JOB, attempt=1, signal=signal.SIGKILL))
    assert worker.report()["signal_name"] == "SIGKILL"


def test_nothing_can_be_learnt_from_the_worker(worker):
    assert Path(f"/proc/{worker.pid}/environ").stat().st_uid == 0
    assert "NoNewPrivs:\t0" in Path(f"/proc/{worker.pid}/status").read_text()
