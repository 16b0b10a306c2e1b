"""Runs every test: the units of Swift, then real processes beside each other, then what has to run alone.

The last line is the sum of all of them: `N passed, N failed`, and `, N skipped` where some were.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import time
import xml.etree.ElementTree as xml
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / ".build/test-results"
# Swift Testing writes its report beside the one of XCTest, which has no tests here. It begins all tests at once: the
# times that it tells are those of waiting.
UNITS = "units-swift-testing.xml"
SUITES = ["Tests/Integration", "Tests/Interop", "Tests/Chaos"]
LONGEST = 15
# Most tests wait for processes most of the time; twice as many as cores made starts of daemons take seconds.
PROCESSES = len(os.sched_getaffinity(0)) + 1
# The namespaces in which a user is root and may mount, with other users where /etc/subuid grants them.
NAMESPACES = [
    ["unshare", "--user", "--map-root-user", "--map-auto", "--mount"],
    ["unshare", "--user", "--map-root-user", "--mount"],
]


@dataclass
class Sum:
    passed: int = 0
    failed: set[str] = field(default_factory=set)
    skipped: dict[str, str] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)

    def add(self, report: Path) -> None:
        """Takes in a report in JUnit's format, which pytest and swift test both write."""
        for case in xml.parse(report).iter("testcase"):
            name = f"{case.get('classname')}.{case.get('name')}"
            if report.name != UNITS:
                self.seconds[name] = self.seconds.get(name, 0) + float(case.get("time") or 0)
            if case.find("failure") is not None or case.find("error") is not None:
                self.failed.add(name)
            elif (skip := case.find("skipped")) is not None:
                self.skipped[name] = skip.get("message") or ""
            else:
                self.passed += 1

    def say(self) -> None:
        print(f"\nThe {LONGEST} longest:")
        for name in sorted(self.seconds, key=self.seconds.get, reverse=True)[:LONGEST]:
            print(f"{self.seconds[name]:8.1f} s  {name}")
        for title, names in (("Skipped", [f"{n}: {why}" for n, why in self.skipped.items()]), ("Failed", self.failed)):
            if names:
                print(f"\n{title}:", *sorted(names), sep="\n  ")
        skipped = f", {len(self.skipped)} skipped" if self.skipped else ""
        print(f"\n{self.passed} passed, {len(self.failed)} failed{skipped}", flush=True)


def run(sum_: Sum, title: str, command: list[str], report: Path, shown: re.Pattern | None = None) -> None:
    """Runs one part. One that ends badly without naming a test fails under its own name."""
    print(f"\n== {title}", flush=True)
    began = time.monotonic()
    process = subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        errors="replace",
    )  # fmt: skip
    with report.with_suffix(".log").open("w") as log:
        for line in process.stdout:
            log.write(line)
            if shown is None or shown.search(line):
                print(line, end="", flush=True)
    status = process.wait()
    failed = len(sum_.failed)
    if report.exists():
        sum_.add(report)
    # pytest's 5: there was nothing to run.
    if status not in (0, 5) and len(sum_.failed) == failed or status == 0 and not report.exists():
        sum_.failed.add(f"{title} ended with {status}; see {report.with_suffix('.log')}")
    print(f"== {title}: {time.monotonic() - began:.0f} s", flush=True)


def run_units(sum_: Sum) -> None:
    command = ["swift", "test", "--skip-build", "--xunit-output", str(RESULTS / "units.xml")]
    shown = re.compile(r"^\S+ (Suite .* (passed|failed)|Test .* (failed|recorded an issue)|Test run)|error:|Fatal")
    run(sum_, "units", command, RESULTS / UNITS, shown)


def run_processes(sum_: Sum, name: str, title: str, marks: str, options: list[str], prefix: list[str]) -> None:
    report = RESULTS / f"{name}.xml"
    command = [*prefix, sys.executable, "-m", "pytest", "-q", "-rN", "--by-file", "-o", "console_output_style=classic"]
    run(sum_, title, [*command, "-m", marks, f"--junitxml={report}", *options, *SUITES], report)


def namespace() -> list[str] | None:
    """What makes a user root where that is possible."""
    for command in NAMESPACES:
        if shutil.which("unshare") and subprocess.run([*command, "true"], capture_output=True).returncode == 0:
            return command
    return None


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--processes", type=int, default=PROCESSES, help="that run tests beside each other")
    options = parser.parse_args()
    shutil.rmtree(RESULTS, ignore_errors=True)
    RESULTS.mkdir(parents=True)
    sum_ = Sum()
    run_units(sum_)
    # Where root is not to be had, the tests that need it are skipped with the others, and named.
    as_root = None if os.geteuid() == 0 else namespace()
    others = " and not root" if as_root else ""
    beside = ["-n", str(options.processes), "--dist", "worksteal"]
    run_processes(sum_, "beside", "beside each other", f"not alone{others}", beside, [])
    run_processes(sum_, "alone", "alone", f"alone{others}", [], [])
    if as_root:
        run_processes(sum_, "root", "as root of a namespace", "root", [], as_root)
    sum_.say()
    return 1 if sum_.failed else 0


if __name__ == "__main__":
    sys.exit(main())
