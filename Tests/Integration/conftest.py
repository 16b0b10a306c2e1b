"""Fixtures: a real daemon in an empty home, and standard gRPC clients of it."""

import pytest

from honeydew_daemon import Daemon, pb
from sandbox_process import Sandbox


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


@pytest.fixture(scope="module")
def sandbox_daemon(tmp_path_factory):
    """A daemon for a whole module, logged in to a sandbox of the API."""
    import shutil
    import tempfile

    home = tempfile.mkdtemp(prefix="hd")
    daemon = Daemon(home, diagnostics=False)
    with Sandbox(tmp_path_factory.mktemp("certificates")) as api:
        try:
            stub = daemon.start().stub
            sandbox = pb.AddEnvironmentRequest(name="sandbox", base_url=api.url, ca_file=api.ca_file, set_active=True)
            stub.AddEnvironment(sandbox)
            stub.Login(pb.LoginRequest(username="admin", password="honeydew-demo"), timeout=30)
            yield daemon
        finally:
            daemon.destroy()
            shutil.rmtree(home, ignore_errors=True)
