"""The process that copies the database's log back, with the test in the daemon's place at the other end of its channel."""

import contextlib
import os
import signal
import socket
import sqlite3
import subprocess

import pytest

from honeydew_daemon import BINARIES, is_alive, wait_until

COPY, RESTART, TRUNCATE, RECOVER = b"c", b"b", b"t", b"r"


class Copier:
    def __init__(self, database, number=None):
        self.channel, theirs = socket.socketpair()
        self.channel.settimeout(20)
        arguments = [BINARIES / "honeydewd", "--copy-log", database, str(number or os.stat(database).st_ino)]
        with theirs, open(os.devnull, "rb") as null:
            self.pid = os.posix_spawn(
                arguments[0], arguments, {},
                file_actions=[
                    (os.POSIX_SPAWN_DUP2, null.fileno(), 0),
                    (os.POSIX_SPAWN_DUP2, theirs.fileno(), 3),
                ])
        self.answers = self.channel.makefile("r")

    def ask(self, request):
        self.channel.sendall(request)
        return self.answers.readline().rstrip("\n")

    def wait(self):
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])

    def close(self):
        self.answers.close()
        self.channel.close()


@pytest.fixture
def database(tmp_path):
    """A database whose writer neither syncs, nor copies, nor closes."""
    connection = sqlite3.connect(tmp_path / "daemon.db", isolation_level=None)
    for sql in ("application_id = 0x686E6477", "journal_mode = WAL", "synchronous = NORMAL", "wal_autocheckpoint = 0"):
        connection.execute(f"PRAGMA {sql}")
    connection.execute("CREATE TABLE config (key TEXT PRIMARY KEY, value TEXT)")
    yield tmp_path / "daemon.db", connection
    connection.close()


def write(connection, count):
    for number in range(count):
        connection.execute("INSERT INTO config VALUES (hex(randomblob(8)), hex(randomblob(500)))")


def test_the_log_is_copied_and_restarted_beside_its_writer(database):
    path, connection = database
    log = path.with_name("daemon.db-wal")
    copier = Copier(path)
    with contextlib.closing(copier):
        for request, is_cut in [(RESTART, False), (TRUNCATE, True), (RECOVER, False)]:
            write(connection, 300)
            word, copied, total = copier.ask(COPY).split()
            assert word == "copied" and copied == total and int(total) >= 300
            write(connection, 5)
            size = log.stat().st_size
            assert copier.ask(request) in ("restarted 1", "restarted 2")
            assert (log.stat().st_size < size) == is_cut
            write(connection, 5)
            assert log.stat().st_size <= size, "what is there is written over"
        assert connection.execute("SELECT count(*) FROM config WHERE key <> 'log_mark'").fetchone() == (930,)
    assert copier.wait() == 0


def test_a_reader_is_told_and_so_is_another_database(database, tmp_path):
    path, connection = database
    write(connection, 10)
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM config").fetchone()
        with contextlib.closing(Copier(path)) as copier:
            write(connection, 10)
            assert copier.ask(RESTART) == "held"
            reader.execute("COMMIT")
            assert copier.ask(RESTART).startswith("restarted")
    with contextlib.closing(Copier(path, number=1)) as copier:
        for _ in range(2):
            assert copier.ask(COPY).startswith("failed ") and copier.ask(RECOVER).startswith("failed ")


def test_it_ends_with_its_daemon_and_at_nonsense(database):
    path, _ = database
    for end in (lambda copier: copier.close(), lambda copier: copier.channel.sendall(b"?")):
        copier = Copier(path)
        assert copier.ask(COPY).startswith("copied")
        end(copier)
        assert copier.wait() == 0
    program = (
        "import sys, os; sys.path.insert(0, sys.argv[1]); import test_log_copier as t; c = t.Copier(sys.argv[2]);"
        "print(c.pid, c.ask(t.COPY), flush=True); sys.stdin.read()")
    parent = subprocess.Popen(
        [os.sys.executable, "-c", program, os.path.dirname(__file__), path], stdin=subprocess.PIPE,
        stdout=subprocess.PIPE, text=True)
    pid = int(parent.stdout.readline().split()[0])
    assert is_alive(pid)
    parent.send_signal(signal.SIGKILL)
    parent.communicate()
    wait_until(lambda: not is_alive(pid), what="the end of the helper")


def test_nobody_else_can_start_it(database):
    path, _ = database
    result = subprocess.run([BINARIES / "honeydewd", "--copy-log", path, "1"], capture_output=True, text=True)
    assert result.returncode == 2 and "starts this itself" in result.stderr
