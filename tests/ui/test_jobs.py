"""Jobs: one of a kind at a time, stale news dropped, quick to stop."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from gene_tui.errors import Cancelled, FileError, GeneTuiError
from gene_tui.run import Progress, check
from gene_tui.ui.jobs import Job, JobMessage, JobPartial, JobProgress, Jobs, Ticket


class Loop:
    """Stands for the event loop: collects what jobs post, and handles it when told."""

    def __init__(self) -> None:
        self.posted: queue.Queue[JobMessage] = queue.Queue()
        self.jobs = Jobs(self.posted.put)

    def run(self, until: Callable[[], object], patience: float = 40.0) -> list[JobMessage]:
        """Handle messages until something holds."""
        seen = []
        end = time.monotonic() + patience
        while not until():
            assert time.monotonic() < end, "it never happened"
            try:
                message = self.posted.get(timeout=0.02)
            except queue.Empty:
                continue
            seen.append(message)
            self.jobs.receive(message)
        return seen


@pytest.fixture
def loop() -> Iterator[Loop]:
    loop = Loop()
    yield loop
    loop.jobs.close(patience=5)


def test_a_jobs_answer_arrives_and_it_is_over(loop: Loop) -> None:
    got: list[int] = []
    loop.jobs.start("ask", lambda _: 42, done=got.append)
    assert loop.jobs.running("ask")
    loop.run(lambda: got)
    assert got == [42]
    assert loop.jobs.running("ask") is None


def test_work_runs_in_a_thread_of_its_kind(loop: Loop) -> None:
    got: list[str] = []
    loop.jobs.start("ask", lambda _: threading.current_thread().name, done=got.append)
    loop.run(lambda: got)
    assert got == ["job-ask"]


def test_a_newer_job_stops_the_older_whose_answer_is_dropped(loop: Loop) -> None:
    entered, got = threading.Event(), []

    def slow(ticket: Ticket) -> str:
        entered.set()
        while not ticket.cancelled():
            time.sleep(0.005)
        return "old"

    loop.jobs.start("ask", slow, done=got.append, failed=got.append)
    assert entered.wait(40)
    loop.jobs.start("ask", lambda _: "new", done=got.append)
    loop.run(lambda: got)
    assert got == ["new"]


def test_two_jobs_of_a_kind_never_run_at_once(loop: Loop) -> None:
    inside, most, got = 0, 0, []
    lock = threading.Lock()

    def work(_: Ticket) -> None:
        nonlocal inside, most
        with lock:
            inside += 1
            most = max(most, inside)
        time.sleep(0.02)
        with lock:
            inside -= 1

    for _ in range(5):
        loop.jobs.start("ask", work, done=lambda _: got.append(1))
        time.sleep(0.01)
    loop.run(lambda: got)
    assert most == 1


def test_jobs_of_two_kinds_run_side_by_side(loop: Loop) -> None:
    release, got = threading.Event(), []
    loop.jobs.start("prepare", lambda _: release.wait(40), done=lambda _: got.append("prepare"))
    loop.jobs.start("ask", lambda _: "ask", done=got.append)
    loop.run(lambda: got)
    assert got == ["ask"]
    release.set()
    loop.run(lambda: len(got) == 2)


def test_a_queue_drops_nothing_and_keeps_the_order(loop: Loop) -> None:
    got: list[int] = []
    for number in range(20):
        loop.jobs.queue("history", lambda _, n=number: n, done=got.append)
    loop.run(lambda: len(got) == 20)
    assert got == list(range(20))


def test_stopping_does_not_wait_for_the_end_and_says_that_it_was_stopped(loop: Loop) -> None:
    entered, errors = threading.Event(), []

    def work(ticket: Ticket) -> None:
        entered.set()
        while True:
            time.sleep(0.01)
            check(ticket.cancelled)

    loop.jobs.start("ask", work, failed=errors.append)
    assert entered.wait(40)
    assert loop.jobs.cancel("ask")
    assert not loop.jobs.cancel("ask")
    loop.run(lambda: errors)
    assert isinstance(errors[0], Cancelled)


def test_a_stopped_job_may_still_hand_over_what_it_has(loop: Loop) -> None:
    entered, got = threading.Event(), []

    def work(ticket: Ticket) -> str:
        entered.set()
        while not ticket.cancelled():
            time.sleep(0.005)
        return "the best so far"

    loop.jobs.start("ask", work, done=got.append)
    assert entered.wait(40)
    loop.jobs.cancel("ask")
    loop.run(lambda: got)
    assert got == ["the best so far"]


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (FileError("x is damaged", "import it again"), "x is damaged"),
        (ZeroDivisionError("division by zero"), "internal error: ZeroDivisionError"),
        (MemoryError(), "not enough memory"),
    ],
)
def test_every_failure_becomes_an_error_with_words(loop: Loop, error: Exception, told: str) -> None:
    errors: list[GeneTuiError] = []

    def work(_: Ticket) -> None:
        raise error

    loop.jobs.start("ask", work, failed=errors.append)
    loop.run(lambda: errors)
    assert errors[0].message.startswith(told)


def test_progress_is_thinned_but_a_new_stage_is_always_told(loop: Loop) -> None:
    got: list[Any] = []

    def work(ticket: Ticket) -> None:
        for stage in ("reading", "sorting"):
            for done in range(2000):
                ticket.report(Progress(stage, done, 2000))

    loop.jobs.start("ask", work, done=got.append)
    seen = loop.run(lambda: got)
    told = [message.progress for message in seen if isinstance(message, JobProgress)]
    assert [progress.stage for progress in told if progress.done == 0] == ["reading", "sorting"]
    assert len(told) < 20


def test_partial_answers_are_thinned_and_made_only_when_shown(loop: Loop) -> None:
    made, got = [], []

    def work(ticket: Ticket) -> None:
        for number in range(1000):
            ticket.partial(lambda n=number: made.append(n) or n)

    loop.jobs.start("ask", work, done=lambda _: got.append(1))
    seen = loop.run(lambda: got)
    told = [message.value for message in seen if isinstance(message, JobPartial)]
    assert told == made
    assert told[0] == 0
    assert len(told) < 10


def test_the_latest_partial_answer_is_shown_at_the_next_report(loop: Loop) -> None:
    got: list[Any] = []

    def work(ticket: Ticket) -> None:
        ticket.partial(lambda: "first")
        ticket.partial(lambda: "second")
        time.sleep(0.3)
        ticket.report(Progress("searching"))

    partials: list[str] = []
    loop.jobs.start("ask", work, done=lambda _: got.append(1), partial=partials.append)
    loop.run(lambda: got)
    assert partials == ["first", "second"]


def test_what_is_left_of_a_stage_is_told_from_what_it_took(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = 100.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    job = Job("ask", 1, "searching", lambda _: None, *[lambda _: None] * 4)
    assert job.left is None
    job.advance(Progress("first", 0, 50))
    now = 104.0
    job.advance(Progress("first", 0, 50))
    assert job.left is None  # nothing is done yet
    job.advance(Progress("first", 10, 50))
    assert job.left == pytest.approx(16.0)
    job.advance(Progress("second", 10, 50))
    assert job.left is None  # its time counts anew
    now = 110.0
    job.advance(Progress("second", 10, 50))
    now = 130.0
    assert job.left == pytest.approx(24.0)  # as of what was heard last
    job.advance(Progress("second", 50, 50))
    assert job.left is None
    job.advance(Progress("third"))
    now = 140.0
    job.advance(Progress("third", 5))
    assert job.left is None  # the end is not known


def test_closing_finishes_the_history_and_stops_the_rest() -> None:
    loop = Loop()
    entered, kept = threading.Event(), []

    def endless(ticket: Ticket) -> None:
        entered.set()
        while not ticket.cancelled():
            time.sleep(0.005)

    loop.jobs.start("ask", endless)
    assert entered.wait(40)
    for number in range(5):
        loop.jobs.queue("history", lambda _, n=number: (time.sleep(0.02), kept.append(n)))
    loop.jobs.close(patience=5, finish="history")
    assert kept == list(range(5))
    assert not [t for t in threading.enumerate() if t.name in ("job-ask", "job-history")]
