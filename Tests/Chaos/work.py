"""The mixture of jobs: each kind knows how its job may end."""

import json
import random
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

SPOOLED_ABOVE = 256 << 10


@dataclass(slots=True, frozen=True)
class Work:
    kind: str
    # The job's name in its payload, and its trace file's.
    token: str
    command: str
    payload: str
    options: dict
    # The JSON text with which it completes; None when it must not complete, "" when any is right.
    result: str | None
    # The codes with which it may fail although nobody harms its workers.
    codes: tuple[str, ...] = ()

    def problems_of_end(self, status, *, cancel_tried, reopen_tried):
        # A job that is reopened waits no longer.
        if status.attempts == 1 and not reopen_tried:
            waited = milliseconds(status.started_at) - milliseconds(status.created_at)
            if waited < self.options.get("delay_ms", 0):
                yield f"was started after {waited} ms instead of {self.options['delay_ms']}"
        match status.status:
            case "completed" if self.result is None:
                yield f"completed, which {self.kind} never does"
            case "cancelled" if not cancel_tried:
                yield "was cancelled by nobody"
            case "failed":
                # Harm to the workers: three in a row, and the job is given no other.
                may_fail = status.error_code in self.codes
                may_fail |= status.error_code == "WORKER_CRASHED" and status.attempts >= 3
                if not may_fail:
                    yield f"failed, which {self.kind} does not do so"

    def problems_of_result(self, size, text):
        if not self.result:
            return
        if size != len(self.result):
            yield f"has a result of {size} bytes instead of {len(self.result)}"
        if (text is None) != (size > SPOOLED_ABOVE):
            yield f"has a result of {size} bytes in the wrong place"
        if text is not None and text != self.result:
            yield f"has another's result: {text[:100]!r} instead of {self.result[:100]!r}"


def milliseconds(moment: str) -> float:
    """An RFC 3339 time as milliseconds since 1970."""
    return datetime.fromisoformat(moment).timestamp() * 1000


class Mixture:
    """Makes work, the same for the same seed."""

    def __init__(self, name: str, seed: int, traces: Path) -> None:
        self.name = name
        self.random = random.Random(seed)
        self.traces = traces
        self.count = 0
        # Few that cost a worker its life or seconds of it: a pool that backs off does no work.
        self.kinds = [
            (40, self.echo), (15, self.short), (2, self.slow), (6, self.large), (6, self.spooled), (5, self.failing),
            (4, self.flaky), (1, self.crashing), (0.2, self.deadly), (0.7, self.hanging), (0.5, self.babbling),
            (0.5, self.parent),
        ]  # fmt: skip

    def next(self) -> Work:
        make = self.random.choices([kind for _, kind in self.kinds], [weight for weight, _ in self.kinds])[0]
        self.count += 1
        return make()

    def _work(self, kind, command, arguments, result, codes=(), **options) -> Work:
        token = f"{self.name}-{self.count}"
        payload = {**arguments, "lockFile": str(self.traces / token)}
        options = {"priority": self.random.choice([0, 0, 0, -5, 5, 100]), "max_retries": 20, **options}
        options["labels"] = {"client": self.name, "kind": kind}
        if self.random.random() < 0.3:
            options["idempotency_key"] = token
        if self.random.random() < 0.1:
            options["delay_ms"] = self.random.randint(1, 1500)
        return Work(kind, token, command, json.dumps(payload), options, result, codes)

    def echo(self):
        text = f"{self.name}-{self.count}"
        return self._work("echo", "diag.noop", {"echo": text}, json.dumps({"echo": text}, separators=(",", ":")))

    def short(self):
        return self._work("short", "diag.sleep", {"ms": self.random.randint(1, 200)}, "{}")

    def slow(self):
        return self._work("slow", "diag.sleep", {"ms": self.random.randint(1000, 2500)}, "{}")

    def large(self):
        return self._filled("large", self.random.randint(10_000, SPOOLED_ABOVE))

    def spooled(self):
        return self._filled("spooled", self.random.randint(SPOOLED_ABOVE + 1, 1_200_000))

    def _filled(self, kind, size):
        frame = '{"bytes":""}'
        return self._work(kind, "diag.noop", {"bytes": size}, frame[:-2] + "x" * (size - len(frame)) + frame[-2:])

    def failing(self):
        code = self.random.choice(["API_ERROR", "AUTH_INVALID", "RESPONSE_TOO_LARGE"])
        return self._work("failing", "diag.fail", {"code": code, "text": "as asked"}, None, (code,))

    def flaky(self):
        code = self.random.choice(["API_UNAVAILABLE", "NETWORK_ERROR"])
        return self._work("flaky", "diag.fail", {"code": code, "succeedAfter": 1}, "{}")

    def crashing(self):
        how = self.random.choice(["kill", "abort", "exit"])
        after = self.random.choice([0, 0, 50])
        return self._work("crashing", "diag.crash", {"how": how, "afterMs": after, "untilAttempt": 1}, "{}")

    def deadly(self):
        return self._work("deadly", "diag.crash", {"how": "kill"}, None, ("WORKER_CRASHED",))

    def hanging(self):
        arguments = {"ignoreTerm": self.random.random() < 0.5, "untilAttempt": 1}
        # With the highest priority the next attempt comes as soon as it may, perhaps before this one's process is gone.
        options = {"timeout_ms": self.random.randint(100, 600), "priority": 1000}
        return self._work("hanging", "diag.hang", arguments, "{}", **options)

    def babbling(self):
        kind = self.random.choice(["random", "oversized", "empty", "wrongJob", "undecodable"])
        return self._work(
            "babbling", "diag.garbage", {"kind": kind, "untilAttempt": 1}, "{}", ("PROTOCOL_ERROR",), timeout_ms=5000
        )

    def parent(self):
        arguments = {"ignoreTerm": True, "ownGroup": self.random.random() < 0.7, "ms": 60_000}
        return self._work("parent", "diag.grandchild", arguments, "")
