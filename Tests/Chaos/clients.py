"""The load: clients that submit, cancel, ask, list, wait and read, and write into the books what they are told."""

import random
import threading
import time

import grpc
from books import Books, Entry
from chaos_daemon import pb, pb_grpc
from work import Mixture

# The daemon died, drains, or has no store: nothing is known of the call's outcome.
UNKNOWN = (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED, grpc.StatusCode.CANCELLED)
CHANNEL_OPTIONS = [
    ("grpc.initial_reconnect_backoff_ms", 20),
    ("grpc.max_reconnect_backoff_ms", 50),
    ("grpc.enable_retries", 0),
    # Channels with the same address and options would share one connection.
    ("grpc.use_local_subchannel_pool", 1),
]


class Client:
    """One client with a connection of its own."""

    def __init__(self, socket, books: Books, mixture: Mixture, seed: int) -> None:
        self.books = books
        self.mixture = mixture
        self.random = random.Random(seed)
        self.channel = grpc.insecure_channel(f"unix:{socket}", options=CHANNEL_OPTIONS)
        self.stub = pb_grpc.DaemonStub(self.channel)
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
        # Its outcome is unknown until the answer is here.
        self.books.submission_unanswered(work)
        request = pb.SubmitJobRequest(command=work.command, payload=work.payload, **work.options)
        response = self.call(self.stub.SubmitJob, request)
        if response:
            self.books.submitted(work, response.job_id)

    def cancel(self, entry: Entry) -> None:
        self.books.cancelling(entry)
        try:
            if self.call(self.stub.CancelJob, pb.CancelJobRequest(job_id=entry.job_id), entry):
                self.books.cancel_answered(entry)
        except grpc.RpcError as error:
            if error.code() != grpc.StatusCode.FAILED_PRECONDITION:
                raise
            self.books.cancel_refused(entry, error.details())

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
            if error.code() not in UNKNOWN and not is_broken_connection(error):
                raise

    def read_result(self, entry: Entry) -> bool:
        """Whether the whole result came."""
        text = b""
        try:
            for response in self.stub.ReadJobResult(pb.ReadJobResultRequest(job_id=entry.job_id), timeout=10):
                text += response.chunk
        except grpc.RpcError as error:
            if error.code() not in UNKNOWN and not is_broken_connection(error):
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
        if not jobs or (dice < 0.6 and len(self.books.open_jobs()) < 100):
            self.submit()
        elif dice < 0.61:
            self.cancel(self.random.choice(recent))
        elif dice < 0.84:
            self.ask(self.random.choice(recent if dice < 0.75 else jobs))
        elif dice < 0.88:
            self.wait(self.random.sample(recent, min(len(recent), 5)), self.random.uniform(0.05, 1))
        elif dice < 0.97:
            spooled = [entry for entry in recent if entry.work.kind == "spooled" and entry.result]
            if spooled:
                self.read_result(self.random.choice(spooled))
        else:
            self.audit(5)

    def run(self, stop: threading.Event) -> None:
        while not stop.is_set():
            try:
                self.act()
            except Exception as error:  # noqa: BLE001
                self.books.violated(f"a client was told what it must not be told: {error!r}")
                return
            time.sleep(self.random.uniform(0, 0.01))


def is_broken_connection(error: grpc.RpcError) -> bool:
    """A call whose connection breaks in the middle is reported under other codes too."""
    return error.code() in (grpc.StatusCode.UNKNOWN, grpc.StatusCode.INTERNAL) and any(
        text in (error.details() or "") for text in ("Stream removed", "RST_STREAM", "Socket closed")
    )
