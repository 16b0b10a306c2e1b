"""What a shell offers to complete: never more than harmless words, whatever the daemon says."""

import shutil
import subprocess

import pytest

from fake_daemon import canned, completed, pb  # noqa: F401
from honeydew_command import HONEYDEW, Terminal, environment, honeydew  # noqa: F401

HOSTILE = ["$(touch$IFS'X')", "$(touch X)", "`touch X`", "a;touch X", "x\x1b[2J", "\u202eevil", "--json", "*", "'", "~root", "a\\", "<(touch X)"]
LINES = [["env", "use"], ["job", "show"], ["schedule", "show"]]


def shell(name):
    return pytest.param(name, marks=pytest.mark.skipif(not shutil.which(name), reason=f"{name} is not installed"))


@pytest.fixture
def place(canned, environment, tmp_path):  # noqa: F811
    """A daemon of hostile names, among them one that is offered, and an empty working directory."""
    names = [*HOSTILE, "ok-name"]
    canned.answers["ListEnvironments"] = pb.ListEnvironmentsResponse(environments=[pb.Environment(name=name) for name in names])
    canned.answers["ListJobs"] = pb.ListJobsResponse(jobs=[completed(job_id=name, created_at="2026-01-01T00:00:00.000Z") for name in names])
    canned.answers["ListSchedules"] = pb.ListSchedulesResponse(schedules=[pb.Schedule(name=name) for name in names])
    environment["PATH"] = f"{HONEYDEW.parent}:{environment['PATH']}"
    directory = tmp_path / "cwd"
    directory.mkdir()
    return directory


@pytest.mark.parametrize("line", LINES, ids=" ".join)
def test_bash(honeydew, environment, place, line):  # noqa: F811
    words = " ".join(f"'{word}'" for word in ["honeydew", *line, ""])
    script = honeydew("completion", "bash").stdout + f"""
COMP_WORDS=({words}) COMP_CWORD={len(line) + 1}
_honeydew
printf '%s\\n' "${{COMPREPLY[@]}}"
"""
    result = subprocess.run(["bash", "-c", script], env=environment, cwd=place, capture_output=True, text=True, timeout=60)
    assert (result.stdout, result.stderr) == ("ok-name\n", "")
    assert list(place.iterdir()) == []


@pytest.mark.parametrize("line", LINES, ids=" ".join)
@pytest.mark.parametrize("name", [shell("fish")])
def test_fish(honeydew, environment, place, line, name):  # noqa: F811
    script = place.parent / "honeydew.fish"
    script.write_text(honeydew("completion", "fish").stdout)
    command = f"source {script}; complete -C 'honeydew {' '.join(line)} '"
    result = subprocess.run([name, "-c", command], env=environment, cwd=place, capture_output=True, text=True, timeout=60)
    assert (result.stdout.split(), result.stderr) == (["ok-name"], "")
    assert list(place.iterdir()) == []


@pytest.mark.parametrize("line", LINES, ids=" ".join)
@pytest.mark.parametrize("name", [shell("zsh")])
def test_zsh(honeydew, environment, place, line, name):  # noqa: F811
    functions = place.parent / "functions"
    functions.mkdir()
    (functions / "_honeydew").write_text(honeydew("completion", "zsh").stdout)
    terminal = Terminal(environment, "-f", columns=200, program=shutil.which(name))
    terminal.type(f"cd {place}; fpath=({functions} $fpath); autoload -U compinit; compinit -u -D; PS1='rea''dy '\n")
    terminal.read_until("ready ")
    terminal.type(f"honeydew {' '.join(line)} \t")
    # It is the only one, so it stands in the line.
    terminal.read_until("ok-name")
    terminal.type("\x15exit\n")
    assert terminal.finish() == 0
    assert list(place.iterdir()) == []
