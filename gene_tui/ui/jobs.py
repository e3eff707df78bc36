"""The app's threads, all of them.

Work that may take longer than a blink runs as a job of a kind ("space", "ask", "suggest" …).
Each kind has one thread, so two jobs of a kind never run at once: a new job asks the older one
to stop and starts when that has let go of what it held. Jobs of a queue run one after the
other and none is dropped.

What a job says comes back as messages on the event loop's thread, each with its job;
``receive`` hands it to the job's callbacks unless a newer job of the kind has taken over.
"""

from __future__ import annotations

import os
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from textual.message import Message

from gene_tui.errors import Cancelled, FileError, GeneTuiError
from gene_tui.run import Progress, Run, check

#: Seconds between two progress messages, and between two partial answers, of one job.
PROGRESS_EVERY = 0.1
PARTIAL_EVERY = 0.25
#: Seconds between two looks whether what is waited for is done.
_NAP = 0.1
#: Seconds of a stage after which what is left of it can be told from what it took so far.
_TOLD_AFTER = 3.0

Work = Callable[["Ticket"], Any]


def _ignore(_: Any) -> None:
    """A callback that does nothing."""


@dataclass(eq=False)
class Job:
    """One piece of work and what to do with what it says.

    Attributes:
        kind: of which there is one at a time. number: grows with each job.
        label: what it does, in words, for the status line; "" for work not worth a word.
        work: runs in the kind's thread.
        done, failed, progress, partial: run on the event loop's thread.
        queued: a queue's job, which a newer one waits for and does not replace.
        stop: set when it should stop. latest: the newest progress received.
        began: when it was asked for, staged: when its present stage began to be told, advanced:
            when the newest progress came; on the monotonic clock. idle: it waits for another
            job.
    """

    kind: str
    number: int
    label: str
    work: Work
    done: Callable[[Any], None]
    failed: Callable[[GeneTuiError], None]
    progress: Callable[[Progress], None]
    partial: Callable[[Any], None]
    queued: bool = False
    stop: threading.Event = field(default_factory=threading.Event)
    latest: Progress | None = None
    began: float = field(default_factory=time.monotonic)
    staged: float = 0.0
    advanced: float = 0.0
    idle: bool = False

    def advance(self, progress: Progress) -> None:
        """Take note of where it stands."""
        self.advanced = time.monotonic()
        if self.latest is None or self.latest.stage != progress.stage:
            self.staged = self.advanced
        self.latest = progress

    @property
    def left(self) -> float | None:
        """Seconds its stage goes on, if it goes on as before; None while unknown."""
        taken = self.advanced - self.staged
        it = self.latest
        if it is None or not 0 < it.done < it.total or taken < _TOLD_AFTER:
            return None
        return taken * (it.total - it.done) / it.done


class JobMessage(Message):
    """News of one job. Stale ones are dropped by ``Jobs.receive``."""

    def __init__(self, job: Job) -> None:
        super().__init__()
        self.job = job


class JobProgress(JobMessage):
    """How far it is."""

    def __init__(self, job: Job, progress: Progress) -> None:
        super().__init__(job)
        self.progress = progress


class JobPartial(JobMessage):
    """The best it has so far."""

    def __init__(self, job: Job, value: Any) -> None:
        super().__init__(job)
        self.value = value


class JobDone(JobMessage):
    """What it came to."""

    def __init__(self, job: Job, value: Any) -> None:
        super().__init__(job)
        self.value = value


class JobFailed(JobMessage):
    """Why it came to nothing; ``Cancelled`` when it was stopped."""

    def __init__(self, job: Job, error: GeneTuiError) -> None:
        super().__init__(job)
        self.error = error


class Ticket:
    """What a job holds while it works: how to report, and how to know that it should stop.

    Its calls may come from any thread.
    """

    def __init__(self, job: Job, post: Callable[[JobMessage], object]) -> None:
        self._job = job
        self._post = post
        self._lock = threading.Lock()
        self._stage = ""
        self._reported = 0.0
        self._shown = 0.0
        self._waiting: Callable[[], Any] | None = None

    def cancelled(self) -> bool:
        """Whether the job should stop."""
        return self._job.stop.is_set()

    def wait_while(self, busy: Callable[[], bool]) -> None:
        """Wait for what another job does, without being in its way.

        Raises:
            Cancelled: the job should stop.
        """
        self._job.idle = True
        try:
            while busy():
                check(self.cancelled)
                time.sleep(_NAP)
        finally:
            self._job.idle = False

    def report(self, progress: Progress) -> None:
        """Tell where the job stands; passed on at most ten times a second."""
        now = time.monotonic()
        with self._lock:
            due = now - self._reported >= PROGRESS_EVERY or progress.stage != self._stage
            if due:
                self._reported, self._stage = now, progress.stage
        if due and not self.cancelled():
            self._post(JobProgress(self._job, progress))
        self._flush(now)

    @property
    def run(self) -> Run:
        """The job as what it calls sees it."""
        return Run(self.report, self.cancelled)

    def partial(self, make: Callable[[], Any]) -> None:
        """Offer the best so far; ``make`` is called here, now or later, if it is to be shown."""
        with self._lock:
            self._waiting = make
        self._flush(time.monotonic())

    def _flush(self, now: float) -> None:
        with self._lock:
            if self._waiting is None or now - self._shown < PARTIAL_EVERY:
                return
            make, self._waiting, self._shown = self._waiting, None, now
        self._post(JobPartial(self._job, make()))


class Jobs:
    """Starts jobs, stops them and hands on what they say.

    Args:
        post: puts a message into the event loop's queue; safe from any thread.
    """

    def __init__(self, post: Callable[[JobMessage], object]) -> None:
        self._post = post
        self._number = 0
        self._lanes: dict[str, _Lane] = {}
        self._current: dict[str, Job] = {}
        self._queued: set[Job] = set()

    def start(
        self,
        kind: str,
        work: Work,
        *,
        done: Callable[[Any], None] = _ignore,
        failed: Callable[[GeneTuiError], None] = _ignore,
        progress: Callable[[Progress], None] = _ignore,
        partial: Callable[[Any], None] = _ignore,
        label: str = "",
    ) -> Job:
        """Start a job in place of any other of its kind, which is stopped and forgotten."""
        job = Job(kind, self._next(), label, work, done, failed, progress, partial)
        if older := self._current.get(kind):
            older.stop.set()
        self._current[kind] = job
        self._lane(kind).put(job, alone=True)
        return job

    def queue(
        self,
        kind: str,
        work: Work,
        *,
        done: Callable[[Any], None] = _ignore,
        failed: Callable[[GeneTuiError], None] = _ignore,
    ) -> Job:
        """Start a job after those of its kind that wait already."""
        job = Job(kind, self._next(), "", work, done, failed, _ignore, _ignore, queued=True)
        self._queued.add(job)
        self._lane(kind).put(job, alone=False)
        return job

    def receive(self, message: JobMessage) -> bool:
        """Hand a message to its job's callbacks; False if it is stale. On the loop's thread."""
        job = message.job
        if job not in self._queued and self._current.get(job.kind) is not job:
            return False
        if isinstance(message, JobProgress):
            job.advance(message.progress)
            job.progress(message.progress)
        elif isinstance(message, JobPartial):
            job.partial(message.value)
        else:
            self._forget(job)
            if isinstance(message, JobDone):
                job.done(message.value)
            elif isinstance(message, JobFailed):
                job.failed(message.error)
        return True

    def running(self, kind: str) -> Job | None:
        """The job of a kind that has not ended yet."""
        return self._current.get(kind)

    def cancel(self, kind: str) -> bool:
        """Ask the job of a kind to stop; False if there is none, or it was asked already."""
        job = self._current.get(kind)
        if job is None or job.stop.is_set():
            return False
        job.stop.set()
        return True

    def drop(self, kind: str) -> None:
        """Stop the job of a kind and ignore what it still reports."""
        self.cancel(kind)
        self._current.pop(kind, None)

    def close(self, patience: float = 1.0, *, finish: str = "") -> bool:
        """Stop everything and wait ``patience`` seconds for it; the queue ``finish`` is worked
        off first, for as long. Whether that came to its end."""
        for kind, lane in self._lanes.items():
            lane.close(now=kind != finish)
        for job in self._current.values():
            job.stop.set()
        deadline = time.monotonic() + patience
        for lane in self._lanes.values():
            lane.join(max(0.0, deadline - time.monotonic()))
        return finish not in self._lanes or self._lanes[finish].ended

    def _forget(self, job: Job) -> None:
        self._queued.discard(job)
        if self._current.get(job.kind) is job:
            del self._current[job.kind]

    def _next(self) -> int:
        self._number += 1
        return self._number

    def _lane(self, kind: str) -> _Lane:
        if kind not in self._lanes:
            self._lanes[kind] = _Lane(kind, self._post)
        return self._lanes[kind]


class _Lane:
    """One kind's thread and the jobs that wait for it."""

    def __init__(self, kind: str, post: Callable[[JobMessage], object]) -> None:
        self._post = post
        self._waiting: deque[Job] = deque()
        self._wake = threading.Condition()
        self._closing = False
        # A daemon: work that does not stop in time must not keep the program from ending.
        self._thread = threading.Thread(target=self._run, name=f"job-{kind}", daemon=True)
        self._thread.start()

    def put(self, job: Job, *, alone: bool) -> None:
        with self._wake:
            if alone:
                self._waiting.clear()
            self._waiting.append(job)
            self._wake.notify()

    def close(self, *, now: bool) -> None:
        with self._wake:
            if now:
                self._waiting.clear()
            self._closing = True
            self._wake.notify()

    def join(self, patience: float) -> None:
        self._thread.join(patience)

    @property
    def ended(self) -> bool:
        return not self._thread.is_alive()

    def _run(self) -> None:
        while True:
            with self._wake:
                while not self._waiting and not self._closing:
                    self._wake.wait()
                if not self._waiting:
                    return
                job = self._waiting.popleft()
            self._post(_outcome(job, self._post))


def _outcome(job: Job, post: Callable[[JobMessage], object]) -> JobMessage:
    """Do the work; every way it can end becomes a message."""
    try:
        if job.stop.is_set():
            raise Cancelled()
        return JobDone(job, job.work(Ticket(job, post)))
    except GeneTuiError as error:
        return JobFailed(job, error)
    except MemoryError:
        return JobFailed(job, GeneTuiError("not enough memory", "close other programs"))
    except OSError as error:
        where = (
            f"{os.fsdecode(error.filename)}: " if isinstance(error.filename, str | bytes) else ""
        )
        why = f"{where}{error.strerror or error}"
        hint = "s opens a space, also this one anew; the app goes on"
        return JobFailed(job, FileError(why, hint))
    except Exception as error:  # noqa: BLE001 - the app goes on, whatever breaks in a thread
        what = f"{type(error).__name__}: {error}".splitlines()[0]
        hint = "the app goes on; please report what you did"
        return JobFailed(job, GeneTuiError(f"internal error: {what}", hint))
