"""Where a real worker leaves its results: in the frame, or in a file that was passed to it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from worker_process import Worker, pb

JOB = "abcdefghijklm"


@pytest.fixture
def worker() -> Iterator[Worker]:
    with Worker() as worker:
        yield worker


@pytest.mark.parametrize("size", [20, 256 << 10])
def test_a_small_result_is_in_the_frame(worker, size):
    result = worker.do("diag.noop", json.dumps({"bytes": size}))
    assert len(result.data) == size
    json.loads(result.data)


def test_a_large_result_is_in_the_file_that_was_passed_and_each_one_in_its_own(worker):
    for size in [(256 << 10) + 1, 2_000_000, 300_000]:
        result = worker.do("diag.noop", json.dumps({"bytes": size}))
        assert result.spooled.size == size
        assert len(json.loads(worker.spooled)["bytes"]) == size - len('{"bytes":""}')
        # It keeps no way to the file.
        assert not [fd for fd in Path(f"/proc/{worker.pid}/fd").iterdir() if "/tmp" in os.readlink(fd)]


def test_a_file_that_may_not_grow_so_long_is_an_answer():
    with Worker("--file-limit-mb", "1") as worker:
        result = worker.do("diag.noop", '{"bytes": 1100000}')
        assert result.failure.code == "API_UNAVAILABLE" and result.failure.not_kept
        assert "File too large" in result.failure.text
        worker.do("diag.noop", '{"bytes": 1000000}')
        assert len(worker.spooled) == 1_000_000


def test_a_large_result_without_a_file():
    with Worker(lends=False) as worker:
        failure = worker.do("diag.noop", '{"bytes": 2000000}').failure
        assert failure.code == "API_UNAVAILABLE" and failure.not_kept
        assert len(worker.do("diag.noop", '{"bytes": 500000}').data) == 500_000


def test_a_call_that_its_limits_do_not_admit_is_declined_before_it_begins():
    with Worker("--file-limit-mb", "1") as worker:
        endpoint = pb.Endpoint(url="https://127.0.0.1:1/", max_response_bytes=(1 << 20) + 1)
        worker.send(run=pb.Run(job_id=JOB, attempt=3, command="organizations.list", payload="{}", endpoint=endpoint))
        declined = worker.expect("declined")
        assert (declined.job_id, declined.attempt) == (JOB, 3)
        assert declined.reason == "api.max_response_mb was raised"
        assert worker.wait() == 0
