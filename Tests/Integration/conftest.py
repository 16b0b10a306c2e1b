"""Fixtures: a real daemon in an empty home, and standard gRPC clients of it."""

import pytest

from honeydew_daemon import Daemon


@pytest.fixture
def home(tmp_path):
    # A Unix socket's path has at most 107 bytes; pytest's own directories are long.
    import shutil
    import tempfile

    directory = tempfile.mkdtemp(prefix="hd")
    yield directory
    shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture
def make_daemon(home):
    """Starts daemons in the test's home; whatever still runs at the end is killed, and must not leave a process."""
    daemons = []

    def make(**settings):
        daemon = Daemon(home, **settings)
        daemons.append(daemon)
        return daemon

    yield make
    for daemon in daemons:
        daemon.destroy()


@pytest.fixture
def daemon(make_daemon):
    return make_daemon().start()
