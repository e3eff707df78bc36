"""The scan itself: hand out parts with the newest threshold, gather, keep, go on."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from gene_tui.engines.analogy.gram import Gram
from gene_tui.engines.analogy.whole_space import (
    METHOD,
    STAGE,
    gram_of,
    in_order,
    search,
    search_few,
)
from gene_tui.engines.answers.question import Answer
from gene_tui.engines.found import Found
from gene_tui.engines.pool import threads
from gene_tui.errors import Cancelled, FileError, GeneTuiError, UsageError
from gene_tui.language.parser import parse
from gene_tui.model.options import DEFAULT_CAP, Options
from gene_tui.model.result import Result
from gene_tui.run import QUIET, Progress, Run
from gene_tui.scan.checkpoint import Checkpoint, ScanPlan
from gene_tui.scan.cluster import Scheduler, connected
from gene_tui.scan.worker import Arrays, PartTask, Place, arrays_of, run
from gene_tui.session import Session

#: Seconds between two looks at the clock and at Ctrl-C, and between two checkpoints.
_TICK_S = 0.2
_SAVE_S = 5.0
#: Parts in flight for each thread: one runs, one waits with a threshold not too old.
_AHEAD = 2


@dataclass(frozen=True, slots=True)
class Scan:
    """The best analogies of a space, as far as known.

    Attributes:
        plan: what was asked.
        found: hits of four genes, A, B, C, D; each analogy once, told with its lowest row as A.
        parts, done: parts there are, and those that are finished.
        elapsed_s: of this run; an earlier one's is not counted.
        workers: threads that worked on it at the end.
    """

    plan: ScanPlan
    found: Found
    parts: int
    done: int
    elapsed_s: float
    workers: int

    @property
    def complete(self) -> bool:
        """Whether every part is finished."""
        return self.done == self.parts

    def result(self, session: Session) -> Result:
        """As an answer to ``? : ?`` to browse, print and export."""
        notes = ("z and rarity of such a question are not known",)
        return result_of(session, self.plan, self.found, elapsed_s=self.elapsed_s, notes=notes)


def scan(
    session: Session,
    *,
    k: int = 1000,
    cap: float | None = DEFAULT_CAP,
    scheduler: Scheduler | None = None,
    out: Path | None = None,
    side: int | None = None,
    run: Run = QUIET,
) -> Scan:
    """The best k analogies of the whole space, exactly.

    Args:
        session: an open space, the first rows of one perhaps, without transforms.
        cap: analogies whose A·C or B·D cosine exceeds it are left out; None for no cap.
        scheduler: of Dask; None for the engines' own threads, which needs neither Dask nor a
            port.
        out: folder of the checkpoint; a scan that was begun there goes on. None: no checkpoint.
        side: genes on a side of a part; None for the usual number.
        run: where its ``cancelled`` says so, the scan ends with what it has (``complete``
            False).

    Raises:
        UsageError: options that do not go together, no Dask, another scan's folder, too many
            genes.
        FileError: the checkpoint cannot be read or written, there is no such scheduler, or
            the workers died.
        Cancelled: stopped before the first part was handed out.
    """
    started = time.monotonic()
    space = session.space
    if space.view.transforms:
        raise UsageError("a scan takes the space as it is stored", "leave the transforms out")
    plan = ScanPlan(space.fingerprint, space.n, k, cap, side)
    session.engines.analogy.engine.ground.distinct(())
    kept = Checkpoint(plan, out)
    workers = 0
    if not kept.done.all():
        session.engines.analogy.prepare_geometry(run=run)
        run.check()
        gram = _gram(session)
        if not kept.done.any():
            search_few(gram, kept.best, cap, run=run.muted())
        if scheduler is None:
            workers = _here(gram, kept, run)
        else:
            with connected(scheduler) as client:
                workers = _Hand(client, session, kept).run(run)
    complete = bool(kept.done.all())
    notes = () if complete else ("stopped early: these are the best of the parts done so far",)
    return Scan(
        plan,
        kept.best.found(METHOD, complete=complete, notes=notes),
        len(kept.parts),
        int(kept.done.sum()),
        time.monotonic() - started,
        workers,
    )


def _gram(session: Session) -> Gram:
    engine = session.engines.analogy.engine
    return gram_of(engine.vectors, engine.geometry)


def _here(gram: Gram, kept: Checkpoint, run: Run) -> int:
    """Part after part on the engines' threads, until all is done or ``cancelled``; how many.

    All share one table of the best. What an unfinished part has put there stays: it is right,
    and met again.
    """
    todo = [place for place in in_order(kept.parts) if not kept.done[place]]
    places = {kept.parts[place]: place for place in todo}
    saved = -_SAVE_S
    run.report(Progress(STAGE, *kept.work))
    try:
        for part in search(gram, places, kept.best, kept.plan.cap, run=run.muted()):
            kept.done[places[part]] = True
            run.report(Progress(STAGE, *kept.work))
            if time.monotonic() - saved > _SAVE_S:
                kept.save()
                saved = time.monotonic()
    except Cancelled:
        pass
    finally:
        kept.save()
    return threads()


class _Hand:
    """Hands the parts to the workers of one client."""

    def __init__(self, client: Any, session: Session, kept: Checkpoint) -> None:
        self._client = client
        self._session = session
        self._kept = kept
        view = session.space.view
        folder = str(session.space.folder.resolve())
        self._place = Place(folder, view.truncate, session.space.fingerprint)
        self._arrays: Any = None
        self._pending: dict[Any, int] = {}

    def run(self, run: Run) -> int:
        """Until all is done or ``cancelled``; how many threads worked.

        Raises:
            FileError: the workers died, or cannot run this program.
        """
        kept = self._kept
        todo = self._in_order()
        saved, threads = -_SAVE_S, 0
        run.report(Progress(STAGE, *kept.work))
        try:
            while not kept.done.all() and not run.cancelled():
                threads = sum(self._client.nthreads().values())
                self._fill(todo, max(1, threads) * _AHEAD)
                finished = self._finished()
                for future in finished:
                    self._take(future)
                run.report(Progress(STAGE, *kept.work))
                if finished and time.monotonic() - saved > _SAVE_S:
                    kept.save()
                    saved = time.monotonic()
        finally:
            # Also when a worker's error ends it: what is done is done.
            kept.save()
            self._client.cancel(list(self._pending), force=True)
        return threads

    def _finished(self) -> list[Any]:
        """Parts that are ready, after a short while at most."""
        distributed: Any = import_module("distributed")
        try:
            with self._client.as_current():
                finished, _ = distributed.wait(
                    list(self._pending), timeout=_TICK_S, return_when="FIRST_COMPLETED"
                )
        except TimeoutError:
            return []
        return list(finished)

    def _in_order(self) -> Iterator[int]:
        """Parts to do."""
        return iter([place for place in in_order(self._kept.parts) if not self._kept.done[place]])

    def _fill(self, todo: Iterator[int], wanted: int) -> None:
        while len(self._pending) < wanted:
            place = next(todo, None)
            if place is None:
                return
            self._submit(place)

    def _submit(self, place: int) -> None:
        plan = self._kept.plan
        threshold = self._kept.best.threshold
        task = PartTask(self._place, self._kept.parts[place], plan.k, plan.cap, threshold)
        future = self._client.submit(run, task, self._arrays, pure=False)
        self._pending[future] = place

    def _take(self, future: Any) -> None:
        place = self._pending.pop(future)
        try:
            found = future.result()
        except GeneTuiError:
            raise
        except Exception as error:
            raise FileError(
                f"a worker failed: {_reason(error)}",
                "what was done is kept; gene-tui must be installed where the workers run",
            ) from error
        if found is None:
            # It cannot see the folder: send the arrays, once, to all.
            if self._arrays is None:
                self._arrays = self._client.scatter(self._copied(), broadcast=True, hash=False)
            self._submit(place)
            return
        self._kept.best.offer(*found)
        self._kept.done[place] = True

    def _copied(self) -> Arrays:
        engine = self._session.engines.analogy.engine
        shape = engine.geometry
        assert shape is not None
        # Both as the engine has them: scaled alike where lengths are extreme.
        return arrays_of(engine.vectors, shape)


def result_of(
    session: Session,
    plan: ScanPlan,
    found: Found,
    *,
    elapsed_s: float = 0.0,
    notes: tuple[str, ...] = (),
) -> Result:
    """A scan's hits as an answer to ``? : ?``."""
    options = Options(k=plan.k, cap=plan.cap, truncate=session.space.view.truncate)
    answer = Answer(found, notes=notes)
    return session.result(parse("? : ?"), options, answer, elapsed_s=elapsed_s)


def _reason(error: Exception) -> str:
    return f"{type(error).__name__}: {error}".splitlines()[0][:200]
