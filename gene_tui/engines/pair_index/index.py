"""The second engine: a FAISS index over all pairs of genes, fast where it is small, approximate.

The exact engine needs none of this. An index made by earlier scripts, or by
``pair_index_build``, can be asked beside it, and how much it misses can be measured.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from gene_tui.arrays import Matrix, Rows
from gene_tui.engines.exact import offset
from gene_tui.engines.found import Found
from gene_tui.engines.pair_index.file import (
    IndexInfo,
    ReadBlock,
    check_file,
    map_index,
    read_resident,
)
from gene_tui.engines.pair_index.plan import unit
from gene_tui.engines.pair_index.search import Wish, find
from gene_tui.engines.pair_index.sidecar import (
    Sidecar,
    check_fit,
    fingerprint,
    read_sidecar,
    write_sidecar,
)
from gene_tui.errors import FileError, NoAnswer, UsageError
from gene_tui.run import QUIET, Progress, Run

ExactSearch = Callable[[int, int, int], Found]


@dataclass(slots=True)
class PairIndex:
    """An index, open and known to fit its space. Make it with ``PairIndex.open``.

    Attributes:
        info: what the file holds.
        vectors: (n, d) float32, the rows whose pairs it holds (the space's first n).
        sum: it holds sums, and answers A + B :: ? + ?; else differences, A : B :: ? : ?.
        resident: it is in memory, not mapped.
        sidecar: what is known of how it was made and how well it finds.
        notes: what the reader should know of every answer.
    """

    info: IndexInfo
    vectors: Matrix
    sum: bool
    resident: bool
    sidecar: Sidecar
    notes: tuple[str, ...]
    _index: Any

    @classmethod
    def open(
        cls,
        path: Path,
        vectors: Matrix,
        *,
        resident: bool = False,
        read: ReadBlock | None = None,
        run: Run = QUIET,
    ) -> PairIndex:
        """Open an index file for a space, after checking the file and that it fits.

        Args:
            path: the file. vectors: (n, d) float32, the space's rows.
            resident: read all of it into memory; else its lists stay on disk, mapped.
            read: how a resident load reads a block, for tests that slow it down.

        Raises:
            FileError: the file is missing, damaged, foreign, or another space's; or memory
                is short for a resident load.
            Cancelled: within a block; the memory is given back.
        """
        path = Path(path)
        info = check_file(path, run=run)
        sidecar = read_sidecar(path)
        try:
            index = map_index(path)
        except RuntimeError as error:
            raise FileError(f"{path} changed while it was opened", "try again") from error
        fit = check_fit(index, info, sidecar, vectors)
        run.check()
        if resident:
            index = read_resident(path, run=run, read=read)
        if info.nlist:
            index.parallel_mode = 1  # threads share the lists of one query
        return cls(info, vectors[: fit.n], fit.sum, resident, sidecar, fit.notes, index)

    @property
    def n(self) -> int:
        """Rows whose pairs the index holds."""
        return int(self.vectors.shape[0])

    @property
    def nprobe(self) -> int:
        """Lists a query visits unless told otherwise; 0 for a flat index."""
        return self.info.default_nprobe

    @property
    def recall(self) -> float | None:
        """Recall measured at the default nprobe; None if it was not."""
        return self.recall_at(None)

    def recall_at(self, nprobe: int | None) -> float | None:
        """Recall measured at ``nprobe`` (None: the default); None if it was not."""
        return self.sidecar.recall_at(self._probed(nprobe))

    def search(
        self,
        a: int,
        b: int,
        k: int,
        *,
        nprobe: int | None = None,
        sum: bool = False,
        candidates: Rows | None = None,
        cap: float | None = None,
        per_gene: int | None = None,
        run: Run = QUIET,
    ) -> Found:
        """Pairs C, D whose difference (or sum) points the way of A's and B's.

        Args:
            a, b: rows. k: answers wanted, at least 1. nprobe: lists visited.
            sum: the question is A + B :: ? + ?. candidates: rows answers may hold, sorted.
            cap: answers whose A·C or B·D cosine exceeds this are left out.
            per_gene: no gene more often than this.

        Returns:
            rows (h, 2): C, D; for sums the lower row first. Scores in float64; never exact.

        Raises:
            NoAnswer: A and B have no direction. UsageError: the index cannot answer this.
            Cancelled: between lists.
        """
        probed = self._probed(nprobe)
        self._check_question(a, b, k, sum, per_gene)
        query = unit(offset(self.vectors, a, b, sum=sum)[None])[0]
        wish = Wish(a, b, k, sum, probed, candidates, cap, per_gene)
        rows, scores = find(self._index, self.vectors, wish, query, run=run)
        how = f"FAISS {self.info.kind}" + (f", nprobe={probed}" if probed else "")
        notes = [self._recall_note(probed), *self.notes]
        if len(rows) < k:
            notes.append(f"the index found {len(rows)} of the {k} answers wanted")
        return Found(
            rows, scores, exact=False, method=f"{how}, float64 rescoring", notes=tuple(notes)
        )

    def _probed(self, nprobe: int | None) -> int:
        if nprobe is None or not self.info.nlist:
            return self.nprobe
        if nprobe < 1:
            raise UsageError("--nprobe needs at least 1")
        return min(nprobe, self.info.nlist)

    def _check_question(self, a: int, b: int, k: int, sum: bool, per_gene: int | None) -> None:
        if sum != self.sum:
            have, ask = ("sums", "differences") if self.sum else ("differences", "sums")
            raise UsageError(
                f"{self.info.path} holds {have} of pairs, the query asks for {ask}",
                "leave --index away: the exact engine answers both",
            )
        if k < 1:
            raise UsageError("-k needs at least 1")
        if per_gene is not None and per_gene < 1:
            raise UsageError("--per-gene needs at least 1")
        if a == b:
            raise NoAnswer("A and B are the same gene", "choose two different genes")
        if not (0 <= a < self.n and 0 <= b < self.n):
            raise UsageError(
                f"{self.info.path} covers the first {self.n:,} genes only, and the query names "
                "one beyond",
                "leave --index away: the exact engine covers all",
            )

    def _recall_note(self, probed: int) -> str:
        value = self.sidecar.recall_at(probed)
        if value is None:
            return "approximate, recall not measured (gene-tui index recall does)"
        return f"approximate, recall ≈ {value:.2f}"


def measure_recall(
    index: PairIndex,
    exact_search: ExactSearch,
    *,
    queries: int = 50,
    k: int = 10,
    nprobe: int | None = None,
    seed: int = 0,
    run: Run = QUIET,
) -> float:
    """Recall@k over seeded random pairs: which share of the true best k the index finds.

    Kept with the index: in ``index.sidecar``, and beside the file where that can be written.
    Answers that tie with the k-th best (to 12 digits) count as true.

    Args:
        exact_search: (a, b, k) to the exact answer over the index's first n rows, for its
            kind of question (``index.sum``).

    Raises:
        UsageError: no pair has an answer to compare with.
        Cancelled: between two queries; nothing is kept.
    """
    rng = np.random.default_rng(seed)
    hits = total = asked = 0
    for _ in range(20 * queries):
        if asked == queries:
            break
        run.check()
        a, b = (int(row) for row in rng.choice(index.n, 2, replace=False))
        try:
            exact = exact_search(a, b, k)
        except NoAnswer:
            continue  # equal vectors
        if not len(exact.rows):
            continue
        found = index.search(a, b, k, nprobe=nprobe, sum=index.sum, run=run.muted())
        last = round(float(exact.scores[-1]), 12)
        hits += min(len(exact.rows), int((np.round(found.scores, 12) >= last).sum()))
        total += len(exact.rows)
        asked += 1
        run.report(Progress("measuring recall", asked, queries))
    if not asked:
        raise UsageError("no pair of the index has an answer to measure recall with")
    value = hits / total
    probed = index._probed(nprobe)
    entry = {"recall": value, "k": k, "queries": asked, "seed": seed}
    index.sidecar = replace(
        index.sidecar.with_recall(probed, entry),
        bytes=index.info.bytes,
        genes=index.n,
        dims=index.info.d,
        sum=index.sum,
        fingerprint=index.sidecar.fingerprint or fingerprint(index.vectors),
    )
    with contextlib.suppress(OSError):  # a read-only folder: known until the index is closed
        write_sidecar(index.info.path, index.sidecar)
    return value
