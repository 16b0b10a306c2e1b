"""Another user of the host, a hostile database and a hostile worker: nobody gets in, and nothing gets out."""

import contextlib
import os
import shutil
import signal
import socket
import sqlite3
import stat
import subprocess
import tempfile
from pathlib import Path

import grpc
import pytest

from honeydew_daemon import BINARIES, NOWHERE, pb
from other_users import open_directory as place  # noqa: F401

ALICE, MALLORY = 61001, 61003


def maintain(home, *task, **options):
    return subprocess.run([BINARIES / "honeydewd", "--home", home, *task], capture_output=True, text=True, timeout=60, **options)


def give(path, uid):
    """Gives a directory, and all that is in it, to a user."""
    for directory, _, files in os.walk(path):
        os.lchown(directory, uid, uid)
        for name in files:
            os.lchown(Path(directory, name), uid, uid)


def change(home, *statement):
    with contextlib.closing(sqlite3.connect(home / "daemon.db", isolation_level=None)) as database:
        database.execute(*statement)


@pytest.fixture
def alices(make_daemon, place):
    """The home of another user, with a database that has a long result; its daemon does not run."""
    daemon = make_daemon().start()
    job = daemon.submit("diag.noop")
    daemon.wait_one(job)
    daemon.stop()
    home = place / "home"
    shutil.copytree(daemon.home, home)
    (home / "results" / f"{job}.1").write_bytes(b'"long"')
    change(home, "UPDATE jobs SET result = NULL, result_file = ?, result_size = 6 WHERE id = ?", (f"{job}.1", job))
    return home, job


# MARK: the home


@pytest.mark.parametrize("path, mode", [("", 0o777), ("", 0o770), ("config.yaml", 0o666), ("master.key", 0o622), ("daemon.db", 0o602)])
def test_what_others_may_write_to_is_refused_by_name(daemon, path, mode):
    daemon.stop()
    place = Path(f"{daemon.home}/{path}".rstrip("/"))
    before = stat.S_IMODE(place.stat().st_mode)
    if os.geteuid() == 0 and mode & 0o020:
        os.chown(place, -1, 62005)
    place.chmod(mode)
    result = daemon.spawn().process
    error = result.communicate(timeout=30)[1].decode()
    place.chmod(before)
    assert result.returncode == 78, error
    assert str(place) in error and "chmod" in error


@pytest.mark.root("users")
@pytest.mark.parametrize("victim", ["home", "config.yaml", "daemon.db", "parent", "worker"])
def test_what_belongs_to_another_user_is_refused_by_name(place, victim):
    home = place / "user" / "home"
    home.mkdir(parents=True)
    worker = place / "honeydew-worker"
    worker.write_text("#!/bin/sh\ntouch " + str(place / "ran") + "\n")
    worker.chmod(0o755)
    (home / "config.yaml").write_text(f"worker:\n  path: {worker}\napi:\n  graphql_endpoint: {NOWHERE}\n")
    (home / "daemon.db").touch()
    path = {"home": home, "parent": home.parent, "worker": worker}.get(victim, home / victim)
    os.chown(path, MALLORY, MALLORY)
    result = maintain(home)
    assert result.returncode == 78 and f"{path} belongs to another user (uid {MALLORY})" in result.stderr
    assert not (place / "ran").exists()


def test_a_pipe_as_the_log_s_link_and_a_link_are_not_followed(daemon, tmp_path):
    daemon.stop()
    victim = tmp_path / "victim"
    victim.write_text("mine\n")
    log = daemon.home / "daemon.log"
    log.unlink()
    log.symlink_to(victim)
    process = daemon.spawn().process
    assert "daemon.log" in process.communicate(timeout=30)[1].decode() and process.returncode != 0
    assert victim.read_text() == "mine\n"


# MARK: root in the home of another


@pytest.mark.root("users")
def test_root_restores_as_the_home_s_owner_and_follows_no_link(alices, place):
    home, _ = alices
    backup = place / "backup.db"
    assert maintain(home, "--backup", backup).returncode == 0
    give(home, ALICE)
    victims = place / "roots"
    victims.mkdir(mode=0o700)
    (victims / "file").write_text("root's")
    for name in ("results.restored", "daemon.db.restored", "daemon.lock"):
        with contextlib.suppress(FileNotFoundError):
            (home / name).unlink()
    (home / "results.restored").symlink_to(victims)
    os.lchown(home / "results.restored", ALICE, ALICE)
    result = maintain(home, "--restore", backup)
    assert (victims / "file").read_text() == "root's" and (victims / "file").stat().st_uid == 0
    assert os.listdir(victims) == ["file"]
    # Without the link it is done, and all of it is the owner's.
    (home / "results.restored").unlink(missing_ok=True)
    if result.returncode:
        assert maintain(home, "--restore", backup).returncode == 0
    owners = {(path.lstat().st_uid, path.name) for path in [home, *home.rglob("*")] if path.lstat().st_uid != ALICE}
    assert owners == set()


@pytest.mark.root("users")
def test_root_s_backup_of_another_s_home_has_nothing_of_root_s_in_it(alices, place):
    home, job = alices
    secret = place / "secret"
    secret.write_text("root's secret")
    secret.chmod(0o600)
    result_file = home / "results" / f"{job}.1"
    result_file.unlink()
    result_file.symlink_to(secret)
    give(home, ALICE)
    result = maintain(home, "--backup", place / "b.db")
    assert result.returncode == 1 and f"{job}.1" in result.stderr
    assert sorted(os.listdir(place)) == ["home", "secret"]
    # A pipe does not hold it up either.
    result_file.unlink()
    os.mkfifo(result_file)
    os.chown(result_file, ALICE, ALICE)
    assert maintain(home, "--backup", place / "b.db").returncode == 1
    result_file.unlink()
    result = maintain(home, "--backup", place / "b.db")
    assert result.returncode == 0, result.stderr
    status = (place / "b.db").stat()
    assert (status.st_uid, stat.S_IMODE(status.st_mode)) == (0, 0o600)
    assert sorted(os.listdir(place)) == ["b.db", "home", "secret"]


@pytest.mark.root("users")
def test_root_reads_no_backup_through_another_s_link(alices, place):
    home, _ = alices
    give(home, ALICE)
    secret = place / "secret"
    secret.write_text("root's secret")
    secret.chmod(0o600)
    link = home / "b.db"
    link.symlink_to(secret)
    os.lchown(link, ALICE, ALICE)
    result = maintain(home, "--restore", link)
    assert result.returncode == 1 and "Permission denied" in result.stderr


@pytest.mark.root("users")
def test_a_backup_takes_no_name_and_no_file_of_another(alices, place):
    home, _ = alices
    shared = place / "shared"
    shared.mkdir()
    shared.chmod(0o1777)
    for name in ("b.db", "b.db.part"):
        (shared / name).write_text("mallory's")
        os.chown(shared / name, MALLORY, MALLORY)
    (shared / "c.db").symlink_to(place / "nowhere")
    for name in ("b.db", "c.db"):
        result = maintain(home, "--backup", shared / name)
        assert result.returncode == 73 and "is there already" in result.stderr
    assert not (place / "nowhere").exists()
    assert maintain(home, "--backup", shared / "d.db").returncode == 0
    assert (shared / "d.db").stat().st_uid == 0 and stat.S_IMODE((shared / "d.db").stat().st_mode) == 0o600
    assert (shared / "b.db.part").read_text() == "mallory's"


# MARK: results


@pytest.mark.parametrize("name", ["../master.key", "master.key", "/etc/passwd", "", "x.1", "../../../etc/passwd"])
def test_a_result_is_never_another_file(daemon, name):
    job = daemon.submit("diag.noop")
    daemon.wait_one(job)
    change(daemon.home, "UPDATE jobs SET result = NULL, result_file = ?, result_size = 32 WHERE id = ?", (name, job))
    with pytest.raises(grpc.RpcError):
        b"".join(chunk.chunk for chunk in daemon.stub.ReadJobResult(pb.ReadJobResultRequest(job_id=job), timeout=10))
    with contextlib.suppress(grpc.RpcError):
        daemon.stub.RemoveJobs(pb.RemoveJobsRequest(job_ids=[job]), timeout=10)
    daemon.stub.Ping(pb.PingRequest(), timeout=10)
    assert (daemon.home / "master.key").stat().st_size == 32


def symbolic(path, key):
    path.symlink_to(key)


def hard(path, key):
    os.link(key, path)


def fifo(path, key):
    os.mkfifo(path)


def directory(path, key):
    path.mkdir()


@pytest.mark.parametrize("make", [symbolic, hard, fifo, directory])
def test_what_is_no_file_in_the_place_of_a_result_is_neither_read_nor_waited_for(daemon, make):
    job = daemon.submit("diag.noop")
    daemon.wait_one(job)
    change(daemon.home, "UPDATE jobs SET result = NULL, result_file = ?, result_size = 32 WHERE id = ?", (f"{job}.1", job))
    make(daemon.home / "results" / f"{job}.1", daemon.home / "master.key")
    with pytest.raises(grpc.RpcError) as error:
        b"".join(chunk.chunk for chunk in daemon.stub.ReadJobResult(pb.ReadJobResultRequest(job_id=job), timeout=10))
    assert error.value.code() == grpc.StatusCode.DATA_LOSS
    daemon.stub.Ping(pb.PingRequest(), timeout=10)
    daemon.stub.RemoveJobs(pb.RemoveJobsRequest(job_ids=[job]), timeout=10)
    assert daemon.stop() == 0
    assert (daemon.home / "master.key").stat().st_size == 32


def test_results_are_not_looked_for_where_a_link_leads(daemon, tmp_path):
    job = daemon.submit("diag.noop")
    daemon.wait_one(job)
    change(daemon.home, "UPDATE jobs SET result = NULL, result_file = ?, result_size = 3 WHERE id = ?", (f"{job}.1", job))
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / f"{job}.1").write_bytes(b'"x"')
    (daemon.home / "results").rmdir()
    (daemon.home / "results").symlink_to(elsewhere)
    with pytest.raises(grpc.RpcError) as error:
        b"".join(chunk.chunk for chunk in daemon.stub.ReadJobResult(pb.ReadJobResultRequest(job_id=job), timeout=10))
    assert error.value.code() == grpc.StatusCode.DATA_LOSS
    daemon.stub.RemoveJobs(pb.RemoveJobsRequest(job_ids=[job]), timeout=10)
    assert [path.name for path in elsewhere.iterdir()] == [f"{job}.1"]


@pytest.mark.parametrize("kind", ["fifo", "directory", "long", "too long for a frame"])
def test_a_ca_file_is_a_regular_file_of_bounded_size(daemon, tmp_path, kind):
    path = tmp_path / "ca"
    match kind:
        case "fifo": os.mkfifo(path)
        case "directory": path.mkdir()
        case "long":
            path.touch()
            os.truncate(path, 5 << 20)
        case _: path.write_bytes(b"x" * ((384 << 10) + 1))
    with pytest.raises(grpc.RpcError) as error:
        daemon.stub.AddEnvironment(
            pb.AddEnvironmentRequest(name="x", base_url="https://a.example/", ca_file=str(path)), timeout=10)
    assert error.value.code() == grpc.StatusCode.INVALID_ARGUMENT and "CA file" in error.value.details()


# MARK: peers


def serving(path, uid):
    """A process of another user that serves a socket there, and keeps what it is told."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.setgroups([])
            os.setgid(uid)
            os.setuid(uid)
            os.umask(0)
            with socket.socket(socket.AF_UNIX) as server:
                server.bind(str(path))
                server.listen(8)
                os.write(writing, b"ready")
                while True:
                    client, _ = server.accept()
                    os.write(writing, client.recv(65536) or b".")
                    client.close()
        finally:
            os._exit(1)
    assert os.read(reading, 5) == b"ready"
    os.close(writing)
    os.set_blocking(reading, False)
    return pid, reading


@contextlib.contextmanager
def server(path, uid):
    pid, reading = serving(path, uid)
    try:
        yield reading
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        os.close(reading)


def told(reading):
    """What the server was told; a connection that ends at once is told as a dot."""
    try:
        return os.read(reading, 65536).strip(b".")
    except BlockingIOError:
        return b""


def command(socket_path, *arguments):
    return subprocess.run([BINARIES / "honeydew", "--socket", socket_path, *arguments], capture_output=True, text=True, timeout=60,
                          input="hunter2-password\n")


@pytest.mark.root("users")
def test_the_command_line_sends_nothing_to_another_user_s_server(place):
    shared = place / "shared"
    shared.mkdir()
    shared.chmod(0o1777)
    path = shared / "daemon.sock"
    with server(path, MALLORY) as reading:
        for arguments in (["login", "--username", "u", "--password-stdin"], ["status"], ["submit", "diag.noop"]):
            result = command(path, *arguments)
            assert result.returncode == 1 and f"--trust-uid {MALLORY}" in result.stderr
            assert told(reading) == b""
        command(path, "login", "--username", "u", "--password-stdin", "--trust-uid", str(MALLORY))
        assert told(reading).startswith(b"PRI * HTTP/2.0")


@pytest.mark.root("users")
def test_the_command_line_trusts_whom_root_has_given_the_socket_s_directory(place):
    given = place / "run"
    given.mkdir()
    given.chmod(0o755)
    os.chown(given, MALLORY, MALLORY)
    # The temporary directory above is everybody's, so that the directory could be anybody's too.
    with server(given / "daemon.sock", MALLORY) as reading:
        assert command(given / "daemon.sock", "ping").returncode == 1 and told(reading) == b""
    run = Path(tempfile.mkdtemp(prefix="hd", dir="/run"))
    try:
        run.chmod(0o755)
        os.chown(run, MALLORY, MALLORY)
        with server(run / "daemon.sock", MALLORY) as reading:
            command(run / "daemon.sock", "ping")
            assert told(reading).startswith(b"PRI * HTTP/2.0")
        os.unlink(run / "daemon.sock")
        with server(run / "daemon.sock", 0) as reading:
            command(run / "daemon.sock", "ping")
            assert told(reading).startswith(b"PRI * HTTP/2.0")
        run.chmod(0o775)
        os.unlink(run / "daemon.sock")
        with server(run / "daemon.sock", MALLORY) as reading:
            assert command(run / "daemon.sock", "ping").returncode == 1 and told(reading) == b""
    finally:
        shutil.rmtree(run)


@pytest.mark.root("users")
def test_root_goes_to_paths_of_a_server_as_that_server_s_user_only(daemon, tmp_path):
    daemon.stop()
    daemon.home.chmod(0o700)
    result = maintain(daemon.home, "--backup", tmp_path / "b.db", "--as-uid", str(MALLORY))
    assert result.returncode != 0 and "Permission denied" in result.stderr
    assert not (tmp_path / "b.db").exists()
    assert maintain(daemon.home, "--check-database", "--as-uid", str(MALLORY)).returncode != 0


@pytest.mark.root("users")
def test_another_user_s_process_with_our_mark_is_nothing_to_the_daemon(daemon):
    daemon.stop()
    marks = ["/bin/sh", "-c", "while :; do sleep 600; done", "--mark", os.path.realpath(daemon.home)]
    with contextlib.ExitStack() as stack:
        others = subprocess.Popen(marks, user=MALLORY, group=MALLORY, extra_groups=[], start_new_session=True)
        stack.callback(others.wait)
        stack.callback(os.killpg, others.pid, signal.SIGKILL)
        own = subprocess.Popen(marks, start_new_session=True)
        stack.callback(own.wait)
        daemon.start()
        assert others.poll() is None and own.wait(10) == -signal.SIGKILL
        with contextlib.suppress(ProcessLookupError):
            os.killpg(own.pid, signal.SIGKILL)
