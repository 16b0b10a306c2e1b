"""What the suites share: tests that run alone, tests that need a root's rights, and progress by file.

    @pytest.mark.alone("why")   no other test runs beside it: it measures time, or what the whole machine does
    @pytest.mark.root("mount")  skipped, and named at the end, where the right is not to be had (privileges.py);
                                CI has to have it
"""

import os

import pytest

from privileges import lacks
from progress import Progress


def pytest_addoption(parser):
    parser.addoption("--by-file", action="store_true", help="print one line for each file in place of dots")


@pytest.hookimpl(trylast=True)
def pytest_configure(config):
    config.addinivalue_line("markers", "alone(reason): runs with no other test beside it")
    config.addinivalue_line("markers", "root(right): needs a right that root has")
    # It is there by now, but not in the processes of xdist.
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if config.getoption("--by-file") and reporter:
        config.pluginmanager.register(Progress(reporter))


def pytest_runtest_setup(item):
    for mark in item.iter_markers("root"):
        if reason := lacks(*mark.args):
            (pytest.fail if os.environ.get("CI") else pytest.skip)(reason)
