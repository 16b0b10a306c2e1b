"""A pytest plugin: one line for each file of tests, as soon as all of its tests have ended, in place of dots."""

from collections import Counter

import pytest


class Progress:
    def __init__(self, reporter) -> None:
        self.reporter = reporter
        self.left: Counter[str] = Counter()
        self.outcomes: dict[str, Counter[str]] = {}
        self.seconds: Counter[str] = Counter()

    def expect(self, names) -> None:
        self.left = Counter(name.split("::")[0] for name in names)

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, node, ids) -> None:
        # Each process collects them all.
        if not self.left:
            self.expect(ids)

    def pytest_collection_finish(self, session) -> None:
        if session.items:
            self.expect(item.nodeid for item in session.items)

    @pytest.hookimpl(tryfirst=True)
    def pytest_report_teststatus(self, report):
        """Without letters pytest prints nothing of its own."""
        if report.failed:
            return ("failed" if report.when == "call" else "error"), "", ""
        return ("skipped" if report.skipped else "passed" if report.when == "call" else ""), "", ""

    def pytest_runtest_logreport(self, report) -> None:
        file = report.nodeid.split("::")[0]
        outcomes = self.outcomes.setdefault(file, Counter())
        self.seconds[file] += report.duration
        if report.failed:
            outcomes["failed"] += 1
            self.reporter.write_line(f"FAILED {report.nodeid} ({report.when})")
        elif report.skipped or report.when == "call":
            outcomes[report.outcome] += 1
        # A process that died reports no teardown.
        if report.when in ("teardown", "???"):
            self.left[file] -= 1
            if self.left[file] == 0:
                self.tell(file)

    def tell(self, file: str) -> None:
        counts = ", ".join(f"{count} {outcome}" for outcome, count in sorted(self.outcomes[file].items()))
        self.reporter.write_line(f"{file}: {counts} in {self.seconds[file]:.1f} s")
