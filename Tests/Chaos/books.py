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
    # The most attempts that somebody was told of.
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


@dataclass(slots=True, frozen=True)
class Known:
    """What was known when a call began: a later answer must not fall behind it."""

    attempts: int
    has_ended: bool


@dataclass
class Books:
    entries: dict[str, Entry] = field(default_factory=dict)
    # Submissions without an answer: there is such a job or not.
    unanswered: dict[str, Work] = field(default_factory=dict)
    violations: list[str] = field(default_factory=list)
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def violated(self, what: str) -> None:
        with self._lock:
            self.violations.append(what)

    def jobs(self) -> list[Entry]:
        with self._lock:
            return list(self.entries.values())

    def open_jobs(self) -> list[Entry]:
        return [entry for entry in self.jobs() if entry.end is None and not entry.cancelled]

    # -- what clients do and hear

    def submitted(self, work: Work, job_id: str) -> Entry:
        with self._lock:
            if job_id in self.entries:
                self.violated(f"{job_id}: two submissions were given the same id")
            self.unanswered.pop(work.token, None)
            return self.entries.setdefault(job_id, Entry(work, job_id))

    def submission_unanswered(self, work: Work) -> None:
        with self._lock:
            self.unanswered[work.token] = work

    def known(self, entry: Entry) -> Known:
        """To be asked before a call; its answer is then compared to this."""
        with self._lock:
            return Known(entry.attempts, entry.end is not None or entry.cancelled or bool(entry.refused_as))

    def cancelling(self, entry: Entry) -> None:
        with self._lock:
            entry.cancel_tried = True

    def cancel_answered(self, entry: Entry) -> None:
        with self._lock:
            entry.cancelled = True
            if entry.end and entry.end[0] != "cancelled":
                self.violated(f"{entry.job_id}: was cancelled after it had {entry.end[0]}")
            if entry.refused_as:
                self.violated(f"{entry.job_id}: was cancelled after that was refused: it had {entry.refused_as}")

    def cancel_refused(self, entry: Entry, message: str) -> None:
        ends = [word for word in ("completed", "failed") if message.endswith(word)]
        with self._lock:
            if not ends:
                return self.violated(f"{entry.job_id}: a cancellation was refused: {message}")
            entry.refused_as = ends[0]
            if entry.cancelled:
                self.violated(f"{entry.job_id}: {ends[0]} after its cancellation was answered")
            if entry.end and entry.end[0] != ends[0]:
                self.violated(f"{entry.job_id}: cancel says {ends[0]}, and it had {entry.end[0]}")

    def not_found(self, entry: Entry) -> None:
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
        if not is_row and status.payload != entry.work.payload:
            yield "has another payload than it was submitted with"
        if status.attempts < known.attempts:
            yield f"had {known.attempts} attempts"
        if status.status not in ENDS:
            if known.has_ended:
                told = entry.end[0] if entry.end else entry.refused_as or "cancelled"
                yield f"is {status.status} after it had {told}"
            return
        if entry.cancelled and status.status != "cancelled":
            yield f"{status.status} after its cancellation was answered"
        if entry.refused_as and status.status != entry.refused_as:
            yield f"{status.status} after a cancellation was refused because it had {entry.refused_as}"
        end = (status.status, status.attempts, status.retry_count, status.error, status.completed_at)
        if entry.end is None:
            entry.end = end
            yield from entry.work.problems_of_end(status, entry.cancel_tried)
        elif entry.end != end:
            yield f"ended as {end} after it had ended as {entry.end}"
        if not is_row and status.status == "completed":
            result = (status.result_size, None if status.result_spooled else status.result)
            if entry.result is None:
                entry.result = result
                yield from entry.work.problems_of_result(*result)
            elif entry.result != result:
                yield "has another result than before"
