"""Do the genes of one set lie closer together than annotated genes do?

Of every gene set the cosines of all pairs of its members are held against those of random pairs
of genes that are in any set. The area under the ROC curve says how often a pair of members is
the closer one: 0.5 as often as not, 1 always. The mean over sets is the space's figure.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from gene_tui.arrays import Floats, Matrix, Rows
from gene_tui.engines.exact import DIGITS, lengths_of
from gene_tui.errors import NoAnswer
from gene_tui.genes.human import human_genes
from gene_tui.lists.gmt import GeneSet, read_gmt
from gene_tui.lists.members import RowFinder
from gene_tui.model.result import Joined, SpaceInfo
from gene_tui.run import QUIET, Progress, Run

if TYPE_CHECKING:
    from gene_tui.session import Session

#: Sets with fewer members in the space say little, larger ones nothing of their own.
SMALLEST, LARGEST = 5, 100
#: Random pairs of annotated genes.
PAIRS = 400_000
#: Sizes of sets that are told apart.
_CLASSES = ((5, 9), (10, 19), (20, 49), (50, 100))
#: Times that the sets are drawn anew for an interval.
_DRAWS = 2000
#: Float64 numbers held at once while random pairs are scored (16 MB).
_CHUNK = 2_000_000


@dataclass(frozen=True, slots=True)
class SetCloseness:
    """How close the genes of one set lie.

    Attributes:
        name: the set's name, with its description where that is only an identifier.
        genes: how many the file lists. present: how many of them the space holds.
        auc: how often a pair of members is closer than a random pair of annotated genes.
    """

    name: str
    genes: int
    present: int
    auc: float


@dataclass(frozen=True, slots=True)
class MeanCloseness:
    """The mean AUC of some sets.

    Attributes:
        smallest, largest: how many members they have in the space.
        sets: how many there are.
        auc: the mean of theirs. low, high: its 95 % interval over draws of the sets.
    """

    smallest: int
    largest: int
    sets: int
    auc: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Closeness:
    """How close the genes of one set lie in a space.

    Attributes:
        space: what was asked. transforms: what was done to its vectors.
        gmt_file: the gene sets.
        sets_in_file: how many it has. sets: those judged, in the file's order.
        overall: all of them together. by_size: the same by their number of members.
        joined: how genes were found: by the Ensembl ID of an approved symbol, or by name, where
            the space holds none of those IDs.
        genes: how many genes of the space are in any set. pairs: how many pairs of those the
            members were held against.
        seed: of those pairs and of the draws.
        notes: how the file was read, one sentence each.
        elapsed_s: seconds it took, without opening the space.
    """

    space: SpaceInfo
    transforms: tuple[str, ...]
    gmt_file: str
    sets_in_file: int
    sets: tuple[SetCloseness, ...]
    overall: MeanCloseness
    by_size: tuple[MeanCloseness, ...]
    joined: Joined
    genes: int
    pairs: int
    seed: int
    notes: tuple[str, ...]
    elapsed_s: float

    def to_json(self) -> dict[str, Any]:
        """As written with ``--format json``."""
        return asdict(self)


def set_closeness(
    session: Session, gmt: Path | None = None, *, seed: int = 0, run: Run = QUIET
) -> Closeness:
    """Hold the cosines within gene sets against those of random pairs of annotated genes.

    Args:
        session: the open space.
        gmt: the gene sets; None for those in use (``session.lists``). A gene is found by the
            Ensembl ID that belongs to its approved symbol; in a space without such IDs by its
            name, as everywhere.
        seed: of the random pairs and of the draws for the intervals.

    Raises:
        FileError: the file cannot be read, or holds no gene sets.
        NoAnswer: no set has as many genes in the space as it takes.
        Cancelled: the user stopped it.
    """
    started = time.perf_counter()
    notes: list[str] = []
    files = session.lists.gene_sets if gmt is None else (gmt,)
    sets = [one for file in files for one in read_gmt(file, notes=notes, run=run)]
    joined: Joined = "id"
    rows = _located(sets, _by_id(session), run)
    if not any(map(len, rows)):
        joined = "name"
        rows = _located(sets, RowFinder(session.space, session.resolver).find, run)
    vectors = session.space.vectors
    rows = [found[vectors[found].any(axis=1)] for found in rows]
    judged = [place for place, found in enumerate(rows) if SMALLEST <= len(found) <= LARGEST]
    if not judged:
        raise NoAnswer(
            f"no set of {', '.join(file.name for file in files)} has {SMALLEST} to {LARGEST} "
            f"genes in {session.info.name}",
            "gene symbols need a space of genes, imported with names that the sets use",
        )
    annotated = np.unique(np.concatenate(rows))
    draw = np.random.default_rng(seed)
    by_chance = _by_chance(vectors, annotated, draw, run)
    areas = np.empty(len(judged))
    for done, place in enumerate(judged):
        if done % 100 == 0:
            run.check()
            run.report(Progress("judging gene sets", done, len(judged)))
        areas[done] = _auc(_within(vectors, rows[place]), by_chance)
    present = np.array([len(rows[place]) for place in judged])
    classes = [bounds for bounds in _CLASSES if _between(present, bounds).any()]
    return Closeness(
        space=session.info,
        transforms=session.space.view.transforms,
        gmt_file=", ".join(map(str, files)),
        sets_in_file=len(sets),
        sets=tuple(
            SetCloseness(sets[place].title, len(sets[place].genes), len(rows[place]), float(area))
            for place, area in zip(judged, areas, strict=True)
        ),
        overall=_mean(areas, (SMALLEST, LARGEST), draw),
        by_size=tuple(_mean(areas[_between(present, one)], one, draw) for one in classes),
        joined=joined,
        genes=len(annotated),
        pairs=len(by_chance),
        seed=seed,
        notes=tuple(notes),
        elapsed_s=time.perf_counter() - started,
    )


def _by_id(session: Session) -> Callable[[str], int | None]:
    """Finds the row with the Ensembl ID of an approved symbol, letter by letter."""
    names, n, genes = session.space.names, session.space.n, human_genes()

    def find(symbol: str) -> int | None:
        gene = genes.official(symbol)
        if gene is None or gene.symbol != symbol:
            return None
        rows = [row for id_ in gene.ids for row in names.of_ensembl(id_) if row < n]
        return rows[0] if rows else None

    return find


def _located(sets: Sequence[GeneSet], find: Callable[[str], int | None], run: Run) -> list[Rows]:
    """For each set the rows of its genes, each once, ascending."""
    known: dict[str, int | None] = {}
    found = []
    for done, one in enumerate(sets):
        if done % 100 == 0:
            run.check()
            run.report(Progress("finding genes of sets", done, len(sets)))
        for name in one.genes:
            if name not in known:
                known[name] = find(name)
        rows = {row for name in one.genes if (row := known[name]) is not None}
        found.append(np.array(sorted(rows), dtype=np.int64))
    return found


def _by_chance(vectors: Matrix, rows: Rows, draw: np.random.Generator, run: Run) -> Floats:
    """Cosines of random pairs of different rows, of all pairs where those are fewer, sorted."""
    n = len(rows)
    if n * (n - 1) // 2 <= PAIRS:
        one, two = np.triu_indices(n, 1)
    else:
        one, two = draw.integers(0, n, PAIRS), draw.integers(0, n - 1, PAIRS)
        two += two >= one
    cosines = np.empty(len(one))
    step = max(1, _CHUNK // vectors.shape[1])
    for start in range(0, len(one), step):
        run.check()
        part = slice(start, start + step)
        pair = (_units(vectors, rows[places[part]]) for places in (one, two))
        cosines[part] = np.einsum("ij,ij->i", *pair)
    return np.sort(np.round(cosines, DIGITS))


def _within(vectors: Matrix, rows: Rows) -> Floats:
    """Cosines of all pairs of the rows."""
    units = _units(vectors, rows)
    one, two = np.triu_indices(len(rows), 1)
    result: Floats = np.round(np.einsum("ij,ij->i", units[one], units[two]), DIGITS)
    return result


def _units(vectors: Matrix, rows: Rows) -> Floats:
    wanted = vectors[rows].astype(np.float64)
    result: Floats = wanted / lengths_of(wanted)[:, None]
    return result


def _auc(values: Floats, others: Floats) -> float:
    """The share of pairs of a value and one of the sorted others in which the value is higher,
    equal ones counting half."""
    below, up_to = (np.searchsorted(others, values, side) for side in ("left", "right"))
    return float((below + up_to).mean() / (2 * len(others)))


def _between(sizes: Rows, bounds: tuple[int, int]) -> Any:
    return (sizes >= bounds[0]) & (sizes <= bounds[1])


def _mean(areas: Floats, bounds: tuple[int, int], draw: np.random.Generator) -> MeanCloseness:
    count = len(areas)
    means = [areas[draw.integers(0, count, count)].mean() for _ in range(_DRAWS)]
    low, high = np.quantile(means, (0.025, 0.975)).tolist()
    return MeanCloseness(*bounds, count, float(areas.mean()), low, high)
