"""``gene-tui evaluate``: how well a space answers analogies whose answer is known.

>>> import gene_tui
>>> from gene_tui.doors import make_callable
from gene_tui.evaluate import evaluate
>>> evaluation = evaluate(gene_tui.open_space())         # the atlas
>>> evaluation.overall.scores["3cosadd"].hit_at_10 > 0.8
True
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from gene_tui import paths
from gene_tui.arrays import Floats, Rows
from gene_tui.doors import make_callable
from gene_tui.errors import NoAnswer
from gene_tui.evaluate.consistency import pair_direction_auc
from gene_tui.evaluate.leave_one_out import LeftOut, asked_pairs, estimated, figures_of
from gene_tui.evaluate.questions import Resolved, read_relations, resolve
from gene_tui.evaluate.ranking import ranks
from gene_tui.evaluate.scores import METHODS
from gene_tui.model.result import SpaceInfo
from gene_tui.run import QUIET, IsCancelled, Progress, Report, Run, check

if TYPE_CHECKING:
    from gene_tui.session import Session

__all__ = ["DEFAULT_PAIRS", "Evaluation", "Scored", "Tally", "evaluate", "row_finder"]

#: The analogy set that travels with the program.
DEFAULT_PAIRS = "gene_analogies.txt"
#: Questions ranked together, from relations large and small.
_BATCH = 4096


@dataclass(frozen=True, slots=True)
class Tally:
    """What one measure scored over the covered questions.

    Attributes:
        hit_at_1, hit_at_10: share of questions whose answer came first, among the first ten.
        mrr: mean reciprocal rank of the answer, 0 where it could not be found at all.
    """

    hit_at_1: float
    hit_at_10: float
    mrr: float

    def to_json(self) -> dict[str, float]:
        """As written with ``--format json``."""
        return {"hit_at_1": self.hit_at_1, "hit_at_10": self.hit_at_10, "mrr": self.mrr}


@dataclass(frozen=True, slots=True)
class Scored:
    """One relation, or all of them together.

    Attributes:
        name: the relation's name.
        questions: questions the file asks. covered: those whose words the space knows.
        pairs: different pairs whose words the space knows.
        scores: method → tally; empty where no question is covered.
        auc: pair direction against shuffled partners (``pair_direction_auc``); of all
            relations together, the mean of theirs. None where it cannot be computed.
        unknown: words the space does not know.
    """

    name: str
    questions: int
    covered: int
    pairs: int
    scores: dict[str, Tally]
    auc: float | None
    unknown: tuple[str, ...] = ()

    @property
    def coverage(self) -> float | None:
        """Share of the questions that are covered; None where none is asked."""
        return self.covered / self.questions if self.questions else None

    def to_json(self) -> dict[str, Any]:
        """As written with ``--format json``."""
        return {
            "relation": self.name,
            "questions": self.questions,
            "covered": self.covered,
            "coverage": self.coverage,
            "pairs": self.pairs,
            "scores": {
                name: self.scores[name].to_json() if self.scores else None for name in METHODS
            },
            "pair_direction_auc": self.auc,
            "unknown": list(self.unknown),
        }


@dataclass(frozen=True, slots=True)
class Evaluation:
    """How a space did on an analogy set.

    Attributes:
        space: what was asked. transforms: what was done to its vectors.
        pairs_file: the analogy set.
        relations: one entry a relation, in the file's order.
        overall: all questions together, so that large relations count more; its AUC is the
            mean of the relations'.
        left_out: one entry a relation of two known pairs or more, each of them asked of the
            others. macro: the means over those; None where there are none.
        seed: of the shuffled partners and of the draws of pairs.
        elapsed_s: seconds it took, without opening the space.
    """

    space: SpaceInfo
    transforms: tuple[str, ...]
    pairs_file: str
    relations: tuple[Scored, ...]
    overall: Scored
    left_out: tuple[LeftOut, ...]
    macro: LeftOut | None
    seed: int
    elapsed_s: float

    def to_json(self) -> dict[str, Any]:
        """As written with ``--format json``."""
        return {
            "space": asdict(self.space),
            "transforms": list(self.transforms),
            "pairs_file": self.pairs_file,
            "seed": self.seed,
            "elapsed_s": self.elapsed_s,
            "relations": [relation.to_json() for relation in self.relations],
            "overall": self.overall.to_json(),
            "left_out": [relation.to_json() for relation in self.left_out],
            "macro": self.macro.to_json() if self.macro else None,
        }


def evaluate(
    session: Session, pairs: Path | None = None, *, seed: int = 0, run: Run = QUIET
) -> Evaluation:
    """Ask a space the questions of an analogy set and see on which rank the answers come.

    Args:
        session: the open space.
        pairs: the analogy set (``questions.py`` has the format); None for the gene pairs that
            travel with the program.
        seed: of the shuffled partners.

    Raises:
        FileError: the set cannot be read, or is none.
        NoAnswer: the space covers none of its questions.
        Cancelled: ``cancelled`` said so.
    """
    started = time.perf_counter()
    file = pairs or paths.asset(DEFAULT_PAIRS)
    found = [resolve(relation, row_finder(session)) for relation in read_relations(file)]
    asked = [_count(relation, run.cancelled) for relation in found]
    total = sum(covered for _, covered in asked)
    if not total:
        raise NoAnswer(
            f"{session.info.name} covers no question of {file.name}: their words are not known",
            "gene symbols need a space imported with --annotations; --pairs takes another set",
        )
    told = _Told(run.report, total)
    relations, sums, left_out = [], [], []
    ground = session.engines.analogy.engine.ground
    for relation, (questions, covered) in zip(found, asked, strict=True):
        run.check()
        total_of, single = _summed(session, relation, told, run.cancelled)
        sums.append(total_of)
        asked_of = asked_pairs(ground, relation.name, relation.pairs, single, run=run.muted())
        left_out += [asked_of] if asked_of else []
        auc = pair_direction_auc(
            session.space.vectors, relation.pairs, seed=seed, cancelled=run.cancelled
        )
        tallies = _tallies(sums[-1], covered)
        known = len(relation.pairs)
        relations.append(
            Scored(relation.name, questions, covered, known, tallies, auc, relation.unknown)
        )
    estimates, macro = estimated(left_out, seed) if left_out else ([], None)
    return Evaluation(
        space=session.info,
        transforms=session.space.view.transforms,
        pairs_file=str(pairs) if pairs else DEFAULT_PAIRS,
        relations=tuple(relations),
        overall=_overall(relations, np.sum(sums, axis=0), total),
        left_out=tuple(estimates),
        macro=macro,
        seed=seed,
        elapsed_s=time.perf_counter() - started,
    )


class _Told:
    """Adds up the questions done over the batches."""

    def __init__(self, report: Report, total: int) -> None:
        self._report, self._total, self._done = report, total, 0
        self(0)

    def __call__(self, more: int) -> None:
        self._report(Progress("asking analogies", self._done + more, self._total))

    def finished(self, count: int) -> None:
        self._done += count
        self(0)


def row_finder(session: Session) -> Callable[[str], int]:
    """Finds the row of a word of an analogy set; -1 for none or several.

    Names mean genes as everywhere, but among words another case is another word.
    """
    labels = session.space.manifest.labels == "word"

    def row_of(word: str) -> int:
        resolution = session.resolver.find(word)
        if resolution is None:
            return -1
        if labels and session.space.gene(resolution.row).label != word:
            return -1
        return resolution.row

    return row_of


def _count(relation: Resolved, cancelled: IsCancelled) -> tuple[int, int]:
    """How many questions the file asks of a relation, and how many of them are covered."""
    questions = covered = 0
    for asked, rows in relation.questions():
        check(cancelled)
        questions += asked
        covered += len(rows)
    return questions, covered


def _batches(relation: Resolved) -> Iterator[Rows]:
    waiting: list[Rows] = []
    for _, rows in relation.questions():
        waiting.append(rows)
        if sum(map(len, waiting)) >= _BATCH:
            yield np.concatenate(waiting)
            waiting = []
    if waiting:
        yield np.concatenate(waiting)


def _summed(
    session: Session, relation: Resolved, told: _Told, cancelled: IsCancelled
) -> tuple[Floats, Floats]:
    """Hits at 1, hits at 10 and reciprocal ranks, summed, (methods, 3) float64; and in the mean
    over the questions that each known pair answers, (methods, pairs, 3), NaN where none is."""
    pairs = relation.pairs
    known = pairs[:, 0] * session.space.n + pairs[:, 1]
    order = np.argsort(known)
    sums = np.zeros((len(METHODS), len(pairs) + 1, 3))
    counts = np.zeros(len(pairs) + 1)
    for questions in _batches(relation):
        found = ranks(session.space.vectors, questions, told=told, cancelled=cancelled)
        keys = questions[:, 2] * session.space.n + questions[:, 3]
        at = np.searchsorted(known, keys, sorter=order) if len(pairs) else np.zeros(len(keys), int)
        place = np.append(order, len(pairs))[at]
        place[np.append(known, -1)[place] != keys] = len(pairs)  # of no pair of two genes
        figures = figures_of(found)
        for number in range(len(METHODS)):
            np.add.at(sums[number], place, figures[number])
        counts += np.bincount(place, minlength=len(counts))
        told.finished(len(questions))
    each = sums[:, :-1] / np.where(counts[:-1] > 0, counts[:-1], np.nan)[:, None]
    return sums.sum(axis=1), each


def _tallies(sums: np.ndarray[Any, np.dtype[np.float64]], covered: int) -> dict[str, Tally]:
    if not covered:
        return {}
    return {
        name: Tally(*(float(value) / covered for value in row))
        for name, row in zip(METHODS, sums, strict=True)
    }


def _overall(
    relations: list[Scored], sums: np.ndarray[Any, np.dtype[np.float64]], covered: int
) -> Scored:
    areas = [relation.auc for relation in relations if relation.auc is not None]
    return Scored(
        name="overall",
        questions=sum(relation.questions for relation in relations),
        covered=covered,
        pairs=sum(relation.pairs for relation in relations),
        scores=_tallies(sums, covered),
        auc=float(np.mean(areas)) if areas else None,
        unknown=tuple(dict.fromkeys(word for relation in relations for word in relation.unknown)),
    )


make_callable(__name__)
