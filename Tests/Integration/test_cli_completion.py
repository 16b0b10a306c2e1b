"""What a shell offers to complete: never more than harmless words, whatever the daemon says."""

import shlex
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


def in_bash(honeydew, environment, place, words):  # noqa: F811
    """What bash puts in for the last word, which readline has taken apart."""
    typed = " ".join(shlex.quote(word) for word in words)
    script = honeydew("completion", "bash").stdout + f"""
COMP_WORDS=({typed}) COMP_CWORD={len(words) - 1}
_honeydew
printf '%s\\n' "${{COMPREPLY[@]}}"
"""
    result = subprocess.run(["bash", "-c", script], env=environment, cwd=place, capture_output=True, text=True, timeout=60)
    assert result.stderr == ""
    return result.stdout.split()


def in_fish(honeydew, environment, place, line):  # noqa: F811
    script = place.parent / "honeydew.fish"
    script.write_text(honeydew("completion", "fish").stdout)
    command = f"source {script}; complete -C {shlex.quote(line)}"
    result = subprocess.run([shutil.which("fish"), "-c", command], env=environment, cwd=place, capture_output=True, text=True, timeout=60)
    assert result.stderr == ""
    return [offered.split("\t")[0] for offered in result.stdout.splitlines()]


def in_zsh(honeydew, environment, place, line, expected):  # noqa: F811
    """Types the line and a tab, and waits for what is to stand there then."""
    functions = place.parent / "functions"
    functions.mkdir(exist_ok=True)
    (functions / "_honeydew").write_text(honeydew("completion", "zsh").stdout)
    # What is typed before it has set the terminal up is lost.
    terminal = Terminal({**environment, "PS1": "begin "}, "-f", columns=200, program=shutil.which("zsh"))
    terminal.read_until("begin ")
    terminal.type(f"cd {place}; fpath=({functions} $fpath); autoload -U compinit; compinit -u -D; PS1='rea''dy '\n")
    terminal.read_until("ready ")
    terminal.text = ""
    terminal.type(f"{line}\t")
    terminal.read_until(expected)
    terminal.type("\x15exit\n")
    assert terminal.finish() == 0


@pytest.mark.parametrize("line", LINES, ids=" ".join)
def test_bash(honeydew, environment, place, line):  # noqa: F811
    assert in_bash(honeydew, environment, place, ["honeydew", *line, ""]) == ["ok-name"]
    assert list(place.iterdir()) == []


@pytest.mark.parametrize("line", LINES, ids=" ".join)
@pytest.mark.parametrize("name", [shell("fish")])
def test_fish(honeydew, environment, place, line, name):  # noqa: F811
    assert in_fish(honeydew, environment, place, f"honeydew {' '.join(line)} ") == ["ok-name"]
    assert list(place.iterdir()) == []


@pytest.mark.parametrize("line", LINES, ids=" ".join)
@pytest.mark.parametrize("name", [shell("zsh")])
def test_zsh(honeydew, environment, place, line, name):  # noqa: F811
    # It is the only one, so it stands in the line.
    in_zsh(honeydew, environment, place, f"honeydew {' '.join(line)} ", "ok-name")
    assert list(place.iterdir()) == []


# What is typed, what bash takes it for, what it becomes in the line, and what bash puts in.
TYPED = [
    ("submit github.commits orga", None, "organization=", None),
    ("submit github.commits organization=x repos", "submit github.commits organization = x repos", "repository=", None),
    ("submit github.commits includeDiff=t", "submit github.commits includeDiff = t", "includeDiff=true", "true"),
    ("schedule add n '0 2 * * *' github.commi", ["schedule", "add", "n", "'0 2 * * *'", "github.commi"], "github.commits", None),
    ("schedule add n '@every 90s' github.commits orga", ["schedule", "add", "n", "'@every 90s'", "github.commits", "orga"],
     "organization=", None),
    ("job list --status=fa", "job list --status = fa", "--status=failed", "failed"),
    ("job list --status failed,ca", None, "failed,cancelled", None),
    ("job list --status=failed,ca", "job list --status = failed,ca", "--status=failed,cancelled", "failed,cancelled"),
    ("job ls --sta", None, "--status", None),
    ("worker list --columns job,mem", None, "job,memory", None),
    ("worker restart 7", None, "71", None),
]


@pytest.mark.parametrize("line, bash, whole, part", TYPED, ids=lambda value: value if isinstance(value, str) else "")
@pytest.mark.parametrize("name", [shell("bash"), shell("fish"), shell("zsh")])
def test_what_is_typed_is_completed(canned, honeydew, environment, place, line, bash, whole, part, name):  # noqa: F811
    canned.answers["ListWorkers"] = pb.ListWorkersResponse(workers=[pb.Worker(slot=71)])
    if name == "bash":
        words = bash if isinstance(bash, list) else (bash or line).split()
        assert in_bash(honeydew, environment, place, ["honeydew", *words]) == [part or whole]
    elif name == "fish":
        assert in_fish(honeydew, environment, place, f"honeydew {line}") == [whole]
    else:
        head = line[:len(line) - len(line.split()[-1])]
        in_zsh(honeydew, environment, place, f"honeydew {line}", whole[len(line) - len(head):])


@pytest.mark.parametrize("name", [shell("bash"), shell("fish"), shell("zsh")])
@pytest.mark.parametrize("option", ["--socket", "--home"])
def test_the_daemon_that_the_line_names_is_asked(honeydew, environment, place, name, option):  # noqa: F811
    socket = environment.pop("HONEYDEW_SOCKET")
    environment["HONEYDEW_HOME"] = "/nowhere"
    value = socket if option == "--socket" else str(place.parent)
    assert honeydew("env", "list").returncode == 3
    words = ["honeydew", option, value, "env", "use", ""]
    if name == "bash":
        assert in_bash(honeydew, environment, place, words) == ["ok-name"]
        assert in_bash(honeydew, environment, place, ["honeydew", option, "=", value, *words[3:]]) == ["ok-name"]
    elif name == "fish":
        assert in_fish(honeydew, environment, place, " ".join(words)) == ["ok-name"]
    else:
        in_zsh(honeydew, environment, place, " ".join(words), "ok-name")


@pytest.mark.parametrize("name", [shell("bash"), shell("fish"), shell("zsh")])
def test_a_file_is_completed_where_one_belongs(honeydew, environment, place, name):  # noqa: F811
    (place / "jobs.jsonl").touch()
    (place / "$(touch X)").touch()
    if name == "bash":
        assert in_bash(honeydew, environment, place, ["honeydew", "submit", "--from", "jo"]) == ["jobs.jsonl"]
        assert in_bash(honeydew, environment, place, ["honeydew", "submit", "--from", "=", "jo"]) == ["jobs.jsonl"]
    elif name == "fish":
        assert in_fish(honeydew, environment, place, "honeydew submit --from jo") == ["jobs.jsonl"]
        assert in_fish(honeydew, environment, place, "honeydew submit --from=jo") == ["--from=jobs.jsonl"]
    else:
        in_zsh(honeydew, environment, place, "honeydew submit --from jo", "bs.jsonl")
        in_zsh(honeydew, environment, place, "honeydew submit --from=jo", "bs.jsonl")
    assert {path.name for path in place.iterdir()} == {"jobs.jsonl", "$(touch X)"}


def test_no_daemon_costs_no_word(honeydew, environment, tmp_path):  # noqa: F811
    environment["HONEYDEW_SOCKET"] = "/nowhere/daemon.sock"
    result = honeydew("__complete", "zsh", "job", "show", "")
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
