"""The books: what clients were told about each job, and every contradiction between two of these things."""

import threading
from dataclasses import dataclass, field

from work import Work

ENDS = ("completed", "failed", "cancelled")


@dataclass(slots=True)
class Entry:
    """One job as its clients know it."""

    work: Work
    job_id: str
    # The most attempts that somebody has seen.
    attempts: int = 0
    # (status, attempts, retry_count, error, completed_at), once somebody was told that the job has ended.
    end: tuple | None = None
    # (size, text or None when spooled) of the result, once somebody was told.
    result: tuple | None = None
    # Somebody asked for the cancellation, and was told that it is done.
    cancel_tried: bool = False
    cancelled: bool = False
    # A cancellation was refused because the job had ended so.
    refused_as: str = ""
    # Grows when the job is reopened: what was true before is not true after.
    epoch: int = 0
    is_being_reopened: bool = False
    # Its end has more attempts than this.
    reopened_at: int = -1
    # Somebody asked for the removal, and was told that it is done.
    remove_tried: bool = False
    removed: bool = False
    # The last that was answered, and those that were asked for since.
    priorities: list[int] = field(default_factory=list)

    @property
    def is_open(self) -> bool:
        return self.end is None and not self.cancelled and not self.removed

    @property
    def has_end(self) -> bool:
        return self.end is not None or self.cancelled or bool(self.refused_as)


@dataclass(slots=True, frozen=True)
class Known:
    """What was known when a call began: a later answer must not fall behind it."""

    attempts: int
    has_ended: bool
    removed: bool
    epoch: int
    priorities: tuple[int, ...]


class Books:
    def __init__(self) -> None:
        self.entries: dict[str, Entry] = {}
        # Submissions without an answer: there is such a job or not.
        self.unanswered: dict[str, Work] = {}
        # The tokens of bulk submissions without an answer: all are there or none.
        self.groups: list[list[str]] = []
        self.ids: dict[str, str] = {}
        self.violations: list[str] = []
        self._lock = threading.RLock()

    def violated(self, what: str) -> None:
        with self._lock:
            self.violations.append(what)

    def jobs(self) -> list[Entry]:
        with self._lock:
            return list(self.entries.values())

    def open_jobs(self) -> list[Entry]:
        return [entry for entry in self.jobs() if entry.is_open]

    # -- what clients do and receive

    def submitting(self, work: Work) -> None:
        with self._lock:
            self.unanswered[work.token] = work

    def submitted(self, work: Work, job_id: str) -> Entry:
        with self._lock:
            if self.ids.setdefault(work.token, job_id) != job_id:
                self.violated(f"{job_id}: has the idempotency key of {self.ids[work.token]}")
            self.unanswered.pop(work.token, None)
            entry = self.entries.setdefault(job_id, Entry(work, job_id, priorities=[work.options["priority"]]))
            if entry.work.token != work.token:
                self.violated(f"{job_id}: two submissions were given the same id")
            return entry

    def known(self, entry: Entry) -> Known:
        """To be asked before a call; its answer is then compared to this."""
        with self._lock:
            epoch = -1 if entry.is_being_reopened else entry.epoch
            return Known(entry.attempts, entry.has_end, entry.removed, epoch, tuple(entry.priorities))

    def cancelling(self, entry: Entry) -> None:
        with self._lock:
            entry.cancel_tried = True

    def cancel_answered(self, entry: Entry, known: Known) -> None:
        with self._lock:
            if entry.epoch != known.epoch or entry.is_being_reopened:
                return
            entry.cancelled = True
            if entry.end and entry.end[0] != "cancelled":
                self.violated(f"{entry.job_id}: was cancelled after it had {entry.end[0]}")
            if entry.refused_as:
                self.violated(f"{entry.job_id}: was cancelled after that was refused: it had {entry.refused_as}")

    def cancel_refused(self, entry: Entry, known: Known, message: str) -> None:
        with self._lock:
            if entry.epoch != known.epoch or entry.is_being_reopened:
                return
            ends = [word for word in ("completed", "failed") if f"already {word}" in message]
            if not ends:
                return self.violated(f"{entry.job_id}: a cancellation was refused: {message}")
            entry.refused_as = ends[0]
            if entry.cancelled:
                self.violated(f"{entry.job_id}: {ends[0]} after its cancellation was answered")
            if entry.end and entry.end[0] != ends[0]:
                self.violated(f"{entry.job_id}: cancel says {ends[0]}, and it had {entry.end[0]}")

    def reopening(self, entry: Entry) -> bool:
        """Whether the job may be reopened now; then `reopened` must follow."""
        with self._lock:
            if entry.is_being_reopened or entry.remove_tried:
                return False
            entry.is_being_reopened = True
            return True

    def reopened(self, entry: Entry, is_done: bool | None) -> None:
        """`is_done`: the answer; None without one."""
        with self._lock:
            entry.is_being_reopened = False
            entry.epoch += 1
            if is_done is False:
                return
            if is_done and entry.end:
                entry.reopened_at = entry.end[1]
            entry.end = entry.result = None
            entry.cancelled = False
            entry.refused_as = ""

    def removing(self, entry: Entry) -> bool:
        """Whether the job may be removed now."""
        with self._lock:
            if entry.end is None or entry.is_being_reopened:
                return False
            entry.remove_tried = True
            return True

    def removed(self, entry: Entry) -> None:
        with self._lock:
            entry.removed = True

    def prioritising(self, entry: Entry, priority: int) -> None:
        with self._lock:
            entry.priorities.append(priority)

    def prioritised(self, entry: Entry) -> None:
        with self._lock:
            entry.priorities = entry.priorities[-1:]

    def not_found(self, entry: Entry) -> None:
        with self._lock:
            if entry.remove_tried:
                entry.removed = True
            else:
                self.violated(f"{entry.job_id}: is lost")

    def saw(self, entry: Entry, known: Known, status, *, is_row: bool = False) -> None:
        """Compares a status to all that was told before.

        `is_row`: it is a row of a list, without payload and result.
        """
        with self._lock:
            for problem in self._problems(entry, known, status, is_row):
                self.violated(f"{entry.job_id}: {problem} (attempt {status.attempts}, error {status.error!r})")
            entry.attempts = max(entry.attempts, status.attempts)

    def _problems(self, entry, known, status, is_row):
        if known.removed:
            yield "is there after its removal"
        if not is_row and status.payload != entry.work.payload:
            yield "has another payload than it was submitted with"
        if status.attempts < known.attempts:
            yield f"had {known.attempts} attempts"
        if status.priority not in {*known.priorities, *entry.priorities}:
            yield f"has priority {status.priority}"
        if not is_row and dict(status.labels) != entry.work.options.get("labels", {}):
            yield f"has the labels {status.labels}"
        if entry.is_being_reopened or entry.epoch != known.epoch:
            return
        if status.status not in ENDS:
            if known.has_ended:
                told = entry.end[0] if entry.end else entry.refused_as or "cancelled"
                yield f"is {status.status} after it had {told}"
            return
        yield from self._problems_of_end(entry, status)
        if not is_row and status.status == "completed":
            result = (status.result_size, None if status.result_spooled else status.result)
            if entry.result is None:
                entry.result = result
                yield from entry.work.problems_of_result(*result)
            elif entry.result != result:
                yield "has another result than before"

    def _problems_of_end(self, entry, status):
        if entry.cancelled and status.status != "cancelled":
            yield f"{status.status} after its cancellation was answered"
        if entry.refused_as and status.status != entry.refused_as:
            yield f"{status.status} after a cancellation was refused because it had {entry.refused_as}"
        end = (status.status, status.attempts, status.retry_count, status.error, status.completed_at)
        if entry.end is None:
            entry.end = end
            if status.attempts <= entry.reopened_at and status.status != "cancelled":
                yield f"{status.status} as before it was reopened"
            yield from entry.work.problems_of_end(
                status, cancel_tried=entry.cancel_tried, reopen_tried=entry.epoch > 0
            )
        elif entry.end != end:
            yield f"ended as {end} after it had ended as {entry.end}"
