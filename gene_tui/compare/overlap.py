"""Whether genes keep their neighbours from one space to another."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gene_tui.arrays import Floats, Rows
from gene_tui.compare.neighbours import nearest_lists
from gene_tui.compare.shared import SharedGenes, shared_genes
from gene_tui.enrich.hypergeometric import log_probability, log_tail
from gene_tui.errors import NoAnswer
from gene_tui.model.gene import Gene
from gene_tui.model.result import SpaceInfo
from gene_tui.run import QUIET, Run
from gene_tui.session import Session
from gene_tui.spaces.space import LARGE

#: Genes whose neighbours are compared where there are too many to compare all.
SAMPLE = 2_000
_SEED = 20


@dataclass(frozen=True, slots=True)
class GeneOverlap:
    """One gene's neighbours in two spaces.

    Attributes:
        gene_a, gene_b: its records.
        common: neighbours it has in both, of k each.
        jaccard: common over all different ones, 0 to 1.
        p: chance that independent lists have at least so many in common.
    """

    gene_a: Gene
    gene_b: Gene
    common: int
    jaccard: float
    p: float


@dataclass(frozen=True, eq=False, slots=True)
class Comparison:
    """Two spaces compared by the k nearest neighbours of the genes they share.

    Neighbours are looked for among the shared genes only, so that a gene missing from one
    space counts for neither.

    Attributes:
        a, b: the spaces. transforms: what was done to the vectors of both.
        metric, k: as asked.
        shared: the genes in common.
        compared: genes whose neighbours could be compared (with a direction, by cosine).
        rows_a, rows_b: (q,) rows of the genes asked; all those compared, or a sample.
        common: (q,) neighbours each has in both spaces.
        mean, median: of the Jaccard indices.
        chance: mean Jaccard index of independent lists: the number in common is then
            hypergeometric (k of the m - 1 other genes, twice).
        mismatched: mean Jaccard index of the lists of two *different* genes, paired at random
            (seeded). It exceeds ``chance`` where some genes are everybody's neighbours in
            both spaces; what a gene has beyond it is its own.
        notes: what the reader should know, one sentence each.
    """

    a: SpaceInfo
    b: SpaceInfo
    transforms: tuple[str, ...]
    metric: str
    k: int
    shared: SharedGenes
    compared: int
    rows_a: Rows
    rows_b: Rows
    common: Rows
    mean: float
    median: float
    chance: float
    mismatched: float
    notes: tuple[str, ...] = ()

    @property
    def jaccard(self) -> Floats:
        """(q,) Jaccard index of each gene asked."""
        return _jaccard(self.common, self.k)

    def order(self, *, least_first: bool = False) -> Rows:
        """Places of the genes asked, most in common first; of equal ones the lower row."""
        return np.lexsort((self.rows_a, self.common if least_first else -self.common))

    def genes(self, a: Session, b: Session, places: Iterable[int]) -> list[GeneOverlap]:
        """The records of some of the genes asked. ``a`` and ``b`` are the sessions compared."""
        tails: dict[int, float] = {}
        found = []
        for place in places:
            common = int(self.common[place])
            if common not in tails:
                tails[common] = math.exp(log_tail(common, self.compared - 1, self.k, self.k))
            found.append(
                GeneOverlap(
                    gene_a=a.space.gene(int(self.rows_a[place])),
                    gene_b=b.space.gene(int(self.rows_b[place])),
                    common=common,
                    jaccard=float(_jaccard(self.common[place], self.k)),
                    p=tails[common],
                )
            )
        return found


def compare(
    a: Session,
    b: Session,
    *,
    k: int = 10,
    metric: str = "cosine",
    sample: int | None = None,
    run: Run = QUIET,
) -> Comparison:
    """Compare the neighbours of all shared genes, exactly.

    Args:
        k: neighbours of each gene.
        metric: "cosine" or "euclidean".
        sample: genes asked, at least 2, drawn at random (seeded) from the shared ones; None for
            all, or for ``SAMPLE`` of them where more than ``LARGE`` are shared. Their neighbours
            come from all shared genes in any case.

    Raises:
        NoAnswer: too few genes are shared.
        Cancelled: the user stopped it.
    """
    shared = shared_genes(a.space, b.space)
    rows_a, rows_b, notes = _comparable(a, b, shared, metric)
    count = len(rows_a)
    if count < k + 2:
        raise _too_few(a, b, count, k)
    rng = np.random.default_rng(_SEED)
    asked = _asked(count, sample, rng)
    if len(asked) < count:
        notes.append(f"neighbours of {len(asked):,} genes drawn at random; chosen among all shared")
    one, other = (
        nearest_lists(
            session.engines.similarity.engine(metric),
            rows,
            asked,
            k,
            stage=f"nearest genes in {session.space.name}",
            run=run,
        )
        for session, rows in ((a, rows_a), (b, rows_b))
    )
    common = _in_common(one, other)
    turn = rng.permutation(len(asked))
    mismatched = _jaccard(_in_common(one[turn], other[np.roll(turn, 1)]), k)
    jaccard = _jaccard(common, k)
    return Comparison(
        a=a.info,
        b=b.info,
        transforms=a.space.view.transforms,
        metric=metric,
        k=k,
        shared=shared,
        compared=count,
        rows_a=rows_a[asked],
        rows_b=rows_b[asked],
        common=common,
        mean=float(jaccard.mean()),
        median=float(np.median(jaccard)),
        chance=chance_level(count - 1, k),
        mismatched=float(mismatched.mean()),
        notes=tuple(notes),
    )


def chance_level(others: int, k: int) -> float:
    """Mean Jaccard index of two independent lists of k of ``others`` genes."""
    least = max(0, 2 * k - others)
    return math.fsum(
        math.exp(log_probability(x, others, k, k)) * x / (2 * k - x) for x in range(least, k + 1)
    )


def _too_few(a: Session, b: Session, count: int, k: int) -> NoAnswer:
    hint = "genes are matched by Ensembl ID, else by symbol, else by label"
    if count >= 4:
        hint = f"ask for at most {count - 2:,} neighbours with -k"
    return NoAnswer(
        f"{a.space.name} and {b.space.name} share {count:,} genes, too few for {k:,} "
        "neighbours each",
        hint,
    )


def _asked(count: int, sample: int | None, rng: np.random.Generator) -> Rows:
    """Places of the genes whose neighbours are compared, ascending."""
    if sample is None and count > LARGE:
        sample = SAMPLE
    if sample is None or sample >= count:
        return np.arange(count)
    return np.sort(rng.choice(count, sample, replace=False))


def _comparable(
    a: Session, b: Session, shared: SharedGenes, metric: str
) -> tuple[Rows, Rows, list[str]]:
    """Shared rows whose neighbours are defined in both spaces, and what to say of the rest."""
    if metric != "cosine":
        return shared.rows_a, shared.rows_b, []
    keep = a.engines.similarity.norms[shared.rows_a] > 0
    keep &= b.engines.similarity.norms[shared.rows_b] > 0
    lost = len(shared) - int(keep.sum())
    have = "gene has" if lost == 1 else "genes have"
    notes = [f"{lost:,} shared {have} length 0 in one space: left out"] if lost else []
    return *shared.subset(keep), notes


def _in_common(one: Rows, other: Rows) -> Rows:
    """How many entries each row of two arrays of lists has in common."""
    both = np.sort(np.concatenate([one, other], axis=1), axis=1)
    return np.asarray((both[:, 1:] == both[:, :-1]).sum(axis=1))


def _jaccard(common: npt.ArrayLike, k: int) -> Floats:
    shared = np.asarray(common, dtype=np.float64)
    return np.asarray(shared / (2 * k - shared))
