"""A filter of system calls as systemd sets it for a unit, by libseccomp: run as a program it starts another one behind it.

    python call_filter.py '{"allowed": ["read", ...]}' PROGRAM ARGUMENT...    EPERM for every other call
    python call_filter.py '{"missing": ["seccomp", ...]}' PROGRAM ARGUMENT... ENOSYS for these, like an older kernel
"""

import ctypes
import errno
import json
import os
import re
import stat
import subprocess
import sys
from pathlib import Path

UNITS = Path(__file__).resolve().parents[2] / "contrib/systemd"
# Of seccomp.h and prctl(2).
ALLOW = 0x7FFF0000
EQUAL = 4
PR_SET_SECCOMP = 22


def _fail(number):
    return 0x00050000 | number


def _members(name):
    text = subprocess.run(["systemd-analyze", "syscall-filter", "--no-pager", name], capture_output=True, text=True,
                          check=True).stdout
    found = set()
    for word in re.findall(r"^    (@?[\w-]+)$", text, re.M):
        found |= _members(word) if word.startswith("@") else {word}
    return found


def calls_of_unit(name):
    """What a unit's SystemCallFilter= lines let through, systemd's own @default among it."""
    allowed = set()
    for line in re.findall(r"^SystemCallFilter=(.*)$", (UNITS / name).read_text(), re.M):
        words = line.lstrip("~").split()
        named = set().union(*(_members(word) if word.startswith("@") else {word} for word in words))
        allowed = allowed - named if line.startswith("~") else allowed | named
    return allowed | _members("@default")


def behind(filter_, program, script):
    """Writes a script that starts the program behind the filter, and answers its path."""
    words = " ".join(f"'{word}'" for word in [sys.executable, __file__, json.dumps(filter_), str(program)])
    script.write_text(f'#!/bin/sh\nexec {words} "$@"\n')
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    return script


class _Comparison(ctypes.Structure):
    _fields_ = [("arg", ctypes.c_uint), ("op", ctypes.c_int), ("datum_a", ctypes.c_uint64), ("datum_b", ctypes.c_uint64)]


def _load(filter_):
    library = ctypes.CDLL("libseccomp.so.2", use_errno=True)
    library.seccomp_init.restype = ctypes.c_void_p
    missing = "missing" in filter_
    context = ctypes.c_void_p(library.seccomp_init(ALLOW if missing else _fail(errno.EPERM)))
    for name in filter_["missing" if missing else "allowed"]:
        number = library.seccomp_syscall_resolve_name(name.encode())
        action = _fail(errno.ENOSYS) if missing else ALLOW
        if number >= 0 and library.seccomp_rule_add(context, action, number, 0) != 0:
            raise OSError(f"libseccomp refuses {name}")
    if "seccomp" in filter_.get("missing", []):
        # The other way to load a filter.
        first = _Comparison(0, EQUAL, PR_SET_SECCOMP, 0)
        number = library.seccomp_syscall_resolve_name(b"prctl")
        if library.seccomp_rule_add(context, _fail(errno.EINVAL), number, 1, first) != 0:
            raise OSError("libseccomp refuses prctl")
    if library.seccomp_load(context) != 0:
        raise OSError("the filter cannot be loaded")


if __name__ == "__main__":
    _load(json.loads(sys.argv[1]))
    os.execv(sys.argv[2], sys.argv[2:])
