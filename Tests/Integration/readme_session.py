"""The sessions that README.md shows: its blocks of commands, a shell that runs them, and what is compared.

In a block a line that begins with `$ ` is a command, with the line below it when it ends with `&&`; the lines after it are
what it prints. Shown and printed text are the same but for this:

- `...` stands for any text, and as a line of its own for any lines, also none;
- ids of jobs and moments are others, and an id that was shown is meant where it, or its beginning, is in a later
  command;
- how wide the columns of a table are does not matter, and the sandbox has another port.

`$ cat FILE` shows a file that the reader is to have: it is made. A block after `<!-- not run: why -->` is not run.
"""

import contextlib
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time
from dataclasses import dataclass, field

PORT = "127.0.0.1:8474"
PATIENCE = 60
ID = r"\b[a-z2-7]{13}\b"
# One that is shown has a digit, so that no word is taken for one.
SHOWN_ID = r"\b(?=[a-z]*[2-7])[a-z2-7]{13}\b"
MOMENT = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)"
END = "\x1e"


@dataclass
class Step:
    command: str
    shown: list[str] = field(default_factory=list)
    line: int = 0

    @property
    def is_in_background(self):
        return self.command.endswith("&") and not self.command.endswith("&&")


def blocks(text):
    """The fenced blocks that begin with a command, as lists of steps."""
    lines, found = text.splitlines(), []
    fences = [number for number, line in enumerate(lines) if line.startswith("```")]
    for begin, end in zip(fences[::2], fences[1::2]):
        is_run = not lines[begin - 1].startswith("<!-- not run: ")
        if is_run and lines[begin + 1].startswith("$ "):
            found.append(steps(lines[begin + 1:end], begin + 2))
    return found


def steps(lines, first):
    found = []
    for number, line in enumerate(lines, first):
        if line.startswith("$ "):
            found.append(Step(re.sub(r"\s+# .*", "", line[2:]), line=number))
        elif found[-1].command.endswith("&&"):
            found[-1].command += "\n" + line
        else:
            found[-1].shown.append(line)
    return found


def pattern(shown):
    """The expression that a command's whole text matches; its groups are the ids."""
    parts = []
    for line in shown:
        if line == "...":
            parts.append(r"(?:.*\n)*?")
            continue
        text = re.sub(rf"{MOMENT}|{SHOWN_ID}|\.\.\.|\s+|\S", lambda found: token(found[0]), line)
        parts.append(text + r"\s*\n")
    return re.compile("".join(parts) + r"\s*")


def token(text):
    if text == "...":
        return ".*"
    if text.isspace():
        return r"\s+"
    if re.fullmatch(MOMENT, text):
        return MOMENT
    return f"({ID})" if re.fullmatch(SHOWN_ID, text) else re.escape(text)


def seen(raw):
    """What a person sees: without what was drawn over, and without movements of the cursor."""
    return re.sub(r"[^\n]*\r\x1b\[K|\x1b\[[0-9;?]*[A-Za-z]|\r", "", raw)


class Shell:
    """A bash whose commands print to a terminal of 120 columns."""

    def __init__(self, directory, environment, port):
        self.directory, self.port = directory, port
        self.ids = {}
        self.terminal, inner = pty.openpty()
        fcntl.ioctl(inner, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
        self.process = subprocess.Popen(["bash", "--noprofile", "--norc"], cwd=directory, env=environment, text=True,
                                        stdin=subprocess.PIPE, stdout=inner, stderr=inner, start_new_session=True)
        os.close(inner)
        self.text = ""
        # The release is not built again for this: the programs are there.
        self.say('make() { [ "$1" = build ] || command make "$@"; }')

    def say(self, text):
        self.process.stdin.write(text + "\n")
        self.process.stdin.flush()

    def run(self, step):
        """What the step printed, when it has ended, or has printed what is shown of what goes on."""
        if step.command.startswith("cat "):
            (self.directory / step.command.split()[1]).write_text("\n".join(step.shown) + "\n")
        command = step.command.replace(PORT, self.port)
        for shown, real in self.ids.items():
            command = re.sub(r"\b[a-z2-7]{4,13}\b", lambda word: real[:len(word[0])] if shown.startswith(word[0])
                             else word[0], command)
        self.say(f"{{ {command}\n}} </dev/null; printf '\\036%s\\036' $?")
        status, raw = self.read_to_end(step)
        assert status == 0, f"README.md:{step.line}: {command}\nended with {status}:\n{seen(raw)}"
        expected = pattern([line.replace(PORT, self.port) for line in step.shown])
        deadline = time.monotonic() + PATIENCE
        while step.is_in_background and not expected.fullmatch(seen(raw)) and time.monotonic() < deadline:
            raw += self.read()
        text = seen(raw)
        matched, shown = expected.fullmatch(text), "\n".join(step.shown)
        assert matched, f"README.md:{step.line}: {command}\nprinted:\n{text}\nand not:\n{shown}"
        self.ids |= zip(re.findall(SHOWN_ID, shown), matched.groups())
        return text

    def read_to_end(self, step):
        raw, deadline = "", time.monotonic() + PATIENCE
        while not (found := re.search(f"{END}(\\d+){END}", raw)):
            text = f"README.md:{step.line}: {step.command}\ndoes not end:\n{seen(raw)}"
            assert time.monotonic() < deadline, text
            raw += self.read()
        return int(found[1]), raw[:found.start()] + raw[found.end():]

    def read(self):
        ready = select.select([self.terminal], [], [], 1)[0]
        return os.read(self.terminal, 65536).decode(errors="replace") if ready else ""

    def close(self):
        """Ends what is left of it."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.process.stdin.close()
        os.close(self.terminal)
