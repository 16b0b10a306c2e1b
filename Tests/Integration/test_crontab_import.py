"""contrib/crontab-import: what becomes of the lines of crontabs, and that the daemon takes the file."""

import json
import os
import pwd
import subprocess
import sys

import pytest

from fake_daemon import canned, pb  # noqa: F401
from honeydew_command import environment, honeydew  # noqa: F401
from honeydew_daemon import ROOT

USER = pwd.getpwuid(os.geteuid())
CRONTAB = r"""# m h dom mon dow command
MAILTO=root
PATH = "/opt/bin:/bin"
GREETING='a = b'
CRON_TZ=Europe/Berlin

30 2 * * 1-5	/usr/local/bin/backup --full > /dev/null 2>&1
@daily cd /srv && ./clean
*/5 8-18 * jan mon FOO=1 backup date +\%F%first%second \% line
@midnight backup
@reboot start
nonsense
0 0 * * *
"""


def convert(text, *arguments):
    result = subprocess.run([sys.executable, ROOT / "contrib/crontab-import", *arguments], input=text, capture_output=True,
                            text=True)
    return result.returncode, result.stdout, result.stderr.splitlines()


def apply(text, canned, honeydew):
    """The schedules as the command line reads them."""
    canned.answers["ApplySchedules"] = pb.ApplySchedulesResponse()
    result = honeydew("schedule", "apply", "-", input=text)
    assert result.returncode == 0, result.stderr
    return {each.name: each for each in canned.request("ApplySchedules").schedules}


def test_a_crontab_becomes_schedules(canned, honeydew):
    status, text, notes = convert(CRONTAB)
    assert status == 1 and notes == [
        "crontab-import: standard input:2: MAILTO is left out: the output is kept with the job (honeydew output)",
        "crontab-import: standard input:11: left out: @reboot is no time that comes again",
        "crontab-import: standard input:12: left out: it is neither a variable nor a line of a crontab",
        "crontab-import: standard input:13: left out: there is no command behind the time"]
    schedules = apply(text, canned, honeydew)
    assert {name: each.cron_expr for name, each in schedules.items()} == {
        "backup": "TZ=Europe/Berlin 30 2 * * 1-5", "cd": "TZ=Europe/Berlin @daily",
        "backup-2": "TZ=Europe/Berlin */5 8-18 * jan mon", "backup-3": "TZ=Europe/Berlin @daily"}
    payload = json.loads(schedules["backup"].payload)
    assert payload["argv"] == ["/bin/sh", "-c", "/usr/local/bin/backup --full > /dev/null 2>&1"]
    assert payload["cwd"] == payload["env"]["HOME"] == USER.pw_dir and "stdin" not in payload
    assert payload["env"] == {"PATH": "/opt/bin:/bin", "GREETING": "a = b", "HOME": USER.pw_dir, "SHELL": "/bin/sh",
                              "LOGNAME": USER.pw_name, "USER": USER.pw_name}
    payload = json.loads(schedules["backup-2"].payload)
    assert payload["argv"][2] == "FOO=1 backup date +%F" and payload["stdin"] == "first\nsecond % line\n"
    assert all((each.command, each.overlap, each.missed) == ("local.exec", "allow", "none") for each in schedules.values())


def test_a_system_s_crontab_has_users(canned, honeydew):
    text = f"SHELL=/bin/bash\n1 2 * * * {USER.pw_name} run-parts /etc/x\n1 2 * * * no-such-user x\n2 3 * * * {USER.pw_name}\n"
    status, out, notes = convert(text, "--system", "--pool", "slow")
    assert status == 1 and len(notes) == 2 and "no-such-user" in notes[0]
    schedule = apply(out, canned, honeydew)["run-parts"]
    assert json.loads(schedule.payload)["argv"] == ["/bin/bash", "-c", "run-parts /etc/x"] and schedule.pool == "slow"


def test_nothing_and_what_cannot_be_read():
    assert convert("# nothing\n") == (0, "[]\n", [])
    assert convert("", "/no/such") == (2, "", ["crontab-import: cannot read /no/such: No such file or directory"])
    assert convert("", "--user", "no-such-user")[0] == 2
