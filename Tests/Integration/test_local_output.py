"""The output files of local commands."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from exec_worker import JOB, ExecWorker, records, text_of, wait_until

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z")


@pytest.fixture
def worker(tmp_path: Path) -> Iterator[ExecWorker]:
    outputs = tmp_path / "output"
    outputs.mkdir()
    with ExecWorker(outputs) as worker:
        yield worker


def older(worker: ExecWorker) -> Path:
    return worker.outputs / f"{JOB}.1.old"


def test_a_line_is_a_record_of_its_stream(worker):
    before = time.time()
    worker.shell("echo one; sleep 0.01; echo two >&2; sleep 0.01; printf three")
    worker.report()
    found = records(worker.output())
    assert [(r.stream, r.is_whole, r.text) for r in found] == [
        ("stdout", True, b"one"),
        ("stderr", True, b"two"),
        ("stdout", False, b"three"),
    ]
    assert all(TIME.fullmatch(r.time) for r in found)
    assert [r.time for r in found] == sorted(r.time for r in found)
    assert found[0].time[:10] == time.strftime("%Y-%m-%d", time.gmtime(before))


def test_a_silent_command_has_no_file(worker):
    worker.start("/bin/true")
    assert worker.report()["output_bytes"] == 0
    assert os.listdir(worker.outputs) == []


def test_a_prompt_is_seen_while_it_waits(worker):
    worker.shell("printf 'Password: '; sleep 0.5; echo; sleep 100")
    wait_until(lambda: worker.out() == b"Password: \n")
    assert [r.is_whole for r in records(worker.output())] == [False, True]
    worker.cancel()
    worker.end()


def test_binary_output_is_exact(worker):
    script = "import os,random; random.seed(5); os.write(1, random.randbytes(50_000)); os.write(2, bytes(range(256)))"
    worker.start("python3", "-c", script)
    report = worker.report()
    import random

    random.seed(5)
    assert worker.out() == random.randbytes(50_000)
    assert worker.out("stderr") == bytes(range(256))
    assert report["output_bytes"] == 50_256


def test_a_line_without_end(worker):
    worker.shell("head -c 3000000 /dev/zero | tr '\\0' x; echo")
    worker.report()
    found = records(worker.output())
    assert text_of(worker.output()) == b"x" * 3_000_000 + b"\n"
    assert max(len(r.text) for r in found) <= 16 << 10
    assert [r.is_whole for r in found if r.is_whole] == [True]


def test_many_lines_are_exact(worker):
    worker.shell("seq 1 200000")
    assert worker.report(60)["output_bytes"] == 1288895
    assert hashlib.sha256(worker.out()).hexdigest() == hashlib.sha256(
        subprocess.run(["seq", "1", "200000"], capture_output=True, check=True).stdout
    ).hexdigest()


def test_output_is_bounded_and_the_last_half_is_kept(worker):
    limit = 1 << 20
    worker.shell("seq 1 200000; echo the end >&2", max_output=limit)
    report = worker.report(60)
    new, old = worker.output(), older(worker).read_bytes()
    assert limit // 2 <= len(new) + len(old) <= limit and len(new) <= limit // 2
    begin_new, begin_old = records(new)[0], records(old)[0]
    offsets = [int(re.fullmatch(rb"output from byte (\d+)", r.text)[1]) for r in (begin_old, begin_new)]
    assert {begin_new.stream, begin_old.stream} == {"note"}
    assert offsets[1] == offsets[0] + len(old)
    kept = text_of(old + new)
    assert kept.endswith(b"199999\n200000\n") and kept.split()[0].isdigit()
    assert report["output_bytes"] == 1288895 + 8
    assert report["output_dropped_bytes"] == report["output_bytes"] - len(kept) - 8
    # Nothing is missing between the two.
    numbers = list(map(int, kept.split()))
    assert numbers == list(range(numbers[0], 200001))


def test_output_within_the_bound_is_whole(worker):
    worker.shell("seq 1 1000", max_output=200_000)
    assert "output_dropped_bytes" not in worker.report()
    assert not older(worker).exists()


@pytest.mark.parametrize("limit", [1, 100, 4096])
def test_a_bound_that_is_smaller_than_a_record(worker, limit):
    worker.shell("for i in 1 2 3 4 5; do head -c 5000 /dev/zero | tr '\\0' $i; echo; done", max_output=limit)
    report = worker.report()
    kept = text_of(older(worker).read_bytes() + worker.output())
    assert kept == b"4" * 5000 + b"\n" + b"5" * 5000 + b"\n"
    assert report["output_dropped_bytes"] == 3 * 5001


def test_files_of_an_earlier_life_are_replaced(worker):
    for name in f"{JOB}.1", f"{JOB}.1.old":
        (worker.outputs / name).write_text("from a database that was restored\n")
    worker.shell("echo new")
    worker.report()
    assert worker.out() == b"new\n" and not older(worker).exists()


def test_a_link_in_the_place_of_the_file_is_not_followed(worker, tmp_path):
    victim = tmp_path / "victim"
    victim.write_text("mine")
    (worker.outputs / f"{JOB}.1").symlink_to(victim)
    worker.shell("echo x")
    worker.report()
    assert victim.read_text() == "mine" and worker.out() == b"x\n"


def test_output_after_the_end_of_the_command_is_kept_while_something_of_it_lives(worker):
    worker.shell("(trap 'echo last; exit' TERM; echo up; while :; do sleep 0.02; done) & sleep 0.2; exit 0")
    assert worker.report()["exit_status"] == 0
    assert worker.out() == b"up\nlast\n"


def test_a_directory_that_is_gone_costs_output_not_the_job(worker):
    os.rename(worker.outputs, str(worker.outputs) + ".away")
    worker.shell("echo x")
    assert worker.report()["exit_status"] == 0
    os.rename(str(worker.outputs) + ".away", worker.outputs)
    assert worker.out() == b"x\n", "the directory is kept open"
    os.rmdir(worker.outputs) if not os.listdir(worker.outputs) else None


@pytest.mark.root("mount")
def test_a_full_disk_costs_output_not_the_job(tmp_path):
    place = tmp_path / "small"
    place.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", place], check=True)
    try:
        (place / "ballast").write_bytes(b"x" * (128 << 10))
        go = tmp_path / "go"
        script = f"seq 1 20000; echo filled; while ! [ -e {go} ]; do sleep 0.05; done; echo room; exit 0"
        with ExecWorker(place) as worker:
            worker.shell(script)
            wait_until(lambda: len(worker.output()) > 100 << 10)
            wait_until(lambda: b"room" not in worker.out() and Path(f"/proc/{worker.started.pid}/wchan").exists())
            time.sleep(0.3)
            (place / "ballast").unlink()
            go.touch()
            report = worker.report()
            found = records(worker.output())
            kept = worker.out()
        assert report["exit_status"] == 0
        notes = [r.text.decode() for r in found if r.stream == "note"]
        lost = report["output_dropped_bytes"]
        assert notes == [f"{lost} bytes of output are lost: No space left on device"]
        assert len(kept) + lost == report["output_bytes"] and lost > 0
        assert kept.startswith(b"1\n2\n3\n") and kept.endswith(b"room\n")
    finally:
        subprocess.run(["umount", place], check=True)


def test_a_worker_that_is_killed_leaves_whole_records(worker):
    worker.shell("while :; do echo 0123456789; done")
    wait_until(lambda: len(worker.output()) > 1 << 20)
    os.kill(worker.pid, 9)
    worker.wait()
    data = worker.output()
    assert set(text_of(data[: data.rindex(b"\n") + 1]).split()) == {b"0123456789"}
