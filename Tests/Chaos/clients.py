"""The load: clients that submit, cancel, ask, list, wait and read, and write into the books what they are told."""

import random
import threading
import time

import grpc
from books import Books, Entry
from chaos_daemon import pb, pb_grpc
from work import Mixture, Work

# The daemon died, drains, or has no store: nothing is known of the call's outcome.
UNKNOWN = (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED, grpc.StatusCode.CANCELLED)
# For calls that change something: one that is given up could still be carried out later.
LONG = 60
CHANNEL_OPTIONS = [
    ("grpc.initial_reconnect_backoff_ms", 20),
    ("grpc.max_reconnect_backoff_ms", 50),
    ("grpc.enable_retries", 0),
    # Channels with the same address and options would share one connection.
    ("grpc.use_local_subchannel_pool", 1),
]


class Client:
    """One client with a connection of its own."""

    def __init__(self, socket, books: Books, mixture: Mixture, seed: int, stop: threading.Event) -> None:
        self.books = books
        self.mixture = mixture
        self.random = random.Random(seed)
        self.channel = grpc.insecure_channel(f"unix:{socket}", options=CHANNEL_OPTIONS)
        self.stub = pb_grpc.DaemonStub(self.channel)
        self.stop = stop
        self.calls = 0

    def close(self) -> None:
        self.channel.close()

    def call(self, method, request, entry: Entry | None = None, timeout=5):
        """The answer, or None when the outcome is unknown. Other errors are raised; a lost job is written down."""
        self.calls += 1
        try:
            return method(request, timeout=timeout)
        except grpc.RpcError as error:
            if error.code() in UNKNOWN or is_broken_connection(error):
                return None
            if error.code() == grpc.StatusCode.NOT_FOUND and entry:
                self.books.not_found(entry)
                return None
            raise

    # -- what a client does

    def submit(self) -> None:
        work = self.mixture.next()
        self.books.submitting(work)
        response = self.call(self.stub.SubmitJob, request_of(work), timeout=LONG)
        key = "idempotency_key" in work.options
        while key and (response is None or self.random.random() < 0.1) and not self.stop.is_set():
            # Whether the first one arrived or not: there is one job of this key.
            if response:
                self.books.submitted(work, response.job_id)
            time.sleep(0.05)
            response = self.call(self.stub.SubmitJob, request_of(work), timeout=LONG)
        if response:
            self.books.submitted(work, response.job_id)

    def submit_many(self) -> None:
        works = [self.mixture.next() for _ in range(self.random.randint(2, 20))]
        for work in works:
            self.books.submitting(work)
        request = pb.SubmitJobsRequest(jobs=[request_of(work) for work in works])
        response = self.call(self.stub.SubmitJobs, request, timeout=LONG)
        if response is None:
            self.books.groups.append([work.token for work in works])
            return
        for work, job_id in zip(works, response.job_ids, strict=True):
            self.books.submitted(work, job_id)

    def cancel(self, entry: Entry) -> None:
        self.books.cancelling(entry)
        known = self.books.known(entry)
        try:
            if self.call(self.stub.CancelJob, pb.CancelJobRequest(job_id=entry.job_id), entry, LONG):
                self.books.cancel_answered(entry, known)
                if self.random.random() < 0.5:
                    # Its worker may not have let go of it yet.
                    self.retry(entry)
        except grpc.RpcError as error:
            if error.code() != grpc.StatusCode.FAILED_PRECONDITION:
                raise
            self.books.cancel_refused(entry, known, error.details())

    def retry(self, entry: Entry) -> None:
        if not self.books.reopening(entry):
            return
        is_done = None
        try:
            response = self.call(self.stub.RetryJob, pb.RetryJobRequest(job_ids=[entry.job_id]), entry, LONG)
            is_done = response and True
        except grpc.RpcError as error:
            if error.code() != grpc.StatusCode.FAILED_PRECONDITION:
                raise
            is_done = False
        finally:
            self.books.reopened(entry, is_done)

    def remove(self, entry: Entry) -> None:
        # A key without a job could be given to a new one.
        if "idempotency_key" not in entry.work.options and self.books.removing(entry):
            if self.call(self.stub.RemoveJobs, pb.RemoveJobsRequest(job_ids=[entry.job_id]), entry, LONG):
                self.books.removed(entry)

    def prioritise(self, entry: Entry) -> None:
        # One client alone, so that the order is known.
        if not entry.work.token.startswith(self.mixture.name + "-"):
            return
        priority = self.random.randint(-10, 10)
        self.books.prioritising(entry, priority)
        try:
            request = pb.SetJobPriorityRequest(job_id=entry.job_id, priority=priority)
            if self.call(self.stub.SetJobPriority, request, entry, LONG):
                self.books.prioritised(entry)
        except grpc.RpcError as error:
            if error.code() != grpc.StatusCode.FAILED_PRECONDITION:
                raise

    def ask(self, entry: Entry):
        known = self.books.known(entry)
        status = self.call(self.stub.GetJobStatus, pb.GetJobStatusRequest(job_id=entry.job_id), entry)
        if status:
            self.books.saw(entry, known, status)
        return status

    def wait(self, entries: list[Entry], seconds: float) -> None:
        known = {entry.job_id: (entry, self.books.known(entry)) for entry in entries}
        try:
            for status in self.stub.WaitJobs(pb.WaitJobsRequest(job_ids=known), timeout=seconds):
                self.books.saw(*known[status.job_id], status)
                if status.status not in ("completed", "failed", "cancelled"):
                    self.books.violated(f"{status.job_id}: waiting for its end told that it is {status.status}")
        except grpc.RpcError as error:
            # One of them was removed.
            is_gone = error.code() == grpc.StatusCode.NOT_FOUND and any(entry.remove_tried for entry in entries)
            if error.code() not in UNKNOWN and not is_gone and not is_broken_connection(error):
                raise

    def read_result(self, entry: Entry) -> bool:
        """Whether the whole result came."""
        text = b""
        try:
            for response in self.stub.ReadJobResult(pb.ReadJobResultRequest(job_id=entry.job_id), timeout=10):
                text += response.chunk
        except grpc.RpcError as error:
            is_gone = error.code() == grpc.StatusCode.NOT_FOUND and entry.remove_tried
            if error.code() not in UNKNOWN and not is_gone and not is_broken_connection(error):
                raise
            return False
        if entry.work.result and text.decode() != entry.work.result:
            self.books.violated(f"{entry.job_id}: its result reads {text[:100]!r} ({len(text)} bytes)")
        return True

    def audit(self, patience: float = 30) -> dict[str, str] | None:
        """Compares the list of all jobs to the books, and answers the status of each; None without an answer."""
        entries = {entry.job_id: (entry, self.books.known(entry)) for entry in self.books.jobs()}
        listed: dict[str, str] = {}
        cursor = ""
        while True:
            page = self.call(self.stub.ListJobs, pb.ListJobsRequest(limit=1000, cursor=cursor), timeout=patience)
            if page is None:
                return None
            for row in page.jobs:
                # Those of schedules are in no books; `Ticks` looks at them.
                if row.schedule:
                    continue
                if row.job_id in listed:
                    self.books.violated(f"{row.job_id}: is listed twice")
                listed[row.job_id] = row.status
                if row.job_id in entries:
                    self.books.saw(*entries.pop(row.job_id), row, is_row=True)
            cursor = page.next_cursor
            if not cursor:
                break
        for entry, _ in entries.values():
            self.books.not_found(entry)
        return listed

    # -- at random

    def act(self) -> None:
        jobs = self.books.jobs()
        recent = jobs[-60:]
        dice = self.random.random()
        if not jobs or dice < 0.5:
            if len(self.books.open_jobs()) < 100:
                self.submit_many() if dice < 0.01 else self.submit()
        elif dice < 0.52:
            # What takes long is more often cancelled.
            hanging = [entry for entry in recent if entry.is_open and entry.work.kind in ("hanging", "slow")]
            self.cancel(self.random.choice(hanging or recent))
        elif dice < 0.55:
            self.retry(self.random.choice(recent))
        elif dice < 0.57:
            self.remove(self.random.choice(jobs))
        elif dice < 0.60:
            self.prioritise(self.random.choice(recent))
        elif dice < 0.84:
            self.ask(self.random.choice(recent if dice < 0.75 else jobs))
        elif dice < 0.88:
            self.wait(self.random.sample(recent, min(len(recent), 5)), self.random.uniform(0.05, 0.4))
        elif dice < 0.97:
            spooled = [entry for entry in recent if entry.work.kind == "spooled" and entry.result]
            if spooled:
                self.read_result(self.random.choice(spooled))
        else:
            self.audit(5)

    def run(self) -> None:
        while not self.stop.is_set():
            try:
                self.act()
            except Exception as error:  # noqa: BLE001
                self.books.violated(f"a client was told what it must not be told: {error!r}")
                return
            time.sleep(self.random.uniform(0, 0.01))


def request_of(work: Work):
    return pb.SubmitJobRequest(command=work.command, payload=work.payload, **work.options)


def is_broken_connection(error: grpc.RpcError) -> bool:
    """A call whose connection breaks in the middle is reported under other codes too."""
    return error.code() in (grpc.StatusCode.UNKNOWN, grpc.StatusCode.INTERNAL) and any(
        text in (error.details() or "") for text in ("Stream removed", "RST_STREAM", "Socket closed")
    )
