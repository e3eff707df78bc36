"""Asking an index for pairs, and making answers of what it finds.

The index finds candidates by approximate products with q and, since it holds each pair once,
with -q: the pair (i, j) found by -q is the answer C = j, D = i. Candidates are then scored in
float64 from the genes' own vectors, so a score is exact; that no better pair exists is not.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from gene_tui.arrays import Floats, Matrix, Rows
from gene_tui.engines.exact import DIGITS, cosines, lengths_of, pair_scores
from gene_tui.engines.found import order
from gene_tui.engines.pair_index.file import faiss
from gene_tui.engines.pair_index.plan import numbers_touching, pair_numbers, pairs_of
from gene_tui.errors import FileError
from gene_tui.run import Progress, Run

#: Bytes of lists read between two looks at whether to stop.
_STEP_BYTES = 32 << 20
#: Candidate pairs are listed one by one where they are at most this many.
_LISTED = 500_000
#: Candidates asked for, at least and at most.
_FETCH, _FETCH_MOST = 1000, 1 << 17


@dataclass(frozen=True, slots=True)
class Wish:
    """What an answer must be like.

    Attributes:
        a, b: the query's rows. k: answers wanted. sum: parallel sums, not differences.
        nprobe: lists visited. candidates: rows answers may hold, or None.
        cap: largest cosine allowed between A and C and between B and D, or None.
        per_gene: times a row may occur, or None.
    """

    a: int
    b: int
    k: int
    sum: bool
    nprobe: int
    candidates: Rows | None
    cap: float | None
    per_gene: int | None


def find(
    index: Any, vectors: Matrix, wish: Wish, query: npt.NDArray[np.float64], *, run: Run
) -> tuple[Rows, Floats]:
    """Answers, best first, at most k: rows (h, 2) and scores (h,).

    Args:
        index: FAISS's, over the pairs of ``vectors``. query: (d,) the query's unit offset.

    Raises:
        FileError: the index names pairs that cannot exist.
        Cancelled: between lists.
    """
    selector, _kept = _selector(wish, vectors.shape[0])
    fetch = min(_FETCH_MOST, max(_FETCH, 10 * wish.k), index.ntotal)
    while True:
        numbers, mirrored, all_seen = _candidates(index, wish, query, selector, fetch, run=run)
        rows = _rows(numbers, mirrored, index, vectors.shape[0])
        rows, scores = _score(vectors, rows, query, wish)
        if len(rows) >= wish.k or all_seen or fetch >= min(_FETCH_MOST, index.ntotal):
            return rows, scores
        fetch = min(_FETCH_MOST, fetch * 8, index.ntotal)


def _selector(wish: Wish, n: int) -> tuple[Any, Any]:
    """Which pairs the index may return: none that holds a gene of the query."""
    module = faiss()
    rows = wish.candidates
    if rows is not None:
        rows = rows[(rows != wish.a) & (rows != wish.b) & (rows < n)]
        if rows.size * (rows.size - 1) // 2 <= _LISTED:
            first, second = np.triu_indices(rows.size, 1)
            allowed = module.IDSelectorBatch(pair_numbers(rows[first], rows[second], n))
            return allowed, None
    touching = np.union1d(numbers_touching(wish.a, n), numbers_touching(wish.b, n))
    excluded = module.IDSelectorBatch(touching)
    return module.IDSelectorNot(excluded), excluded


def _candidates(
    index: Any, wish: Wish, query: npt.NDArray[np.float64], selector: Any, fetch: int, *, run: Run
) -> tuple[Rows, npt.NDArray[np.bool_], bool]:
    """Pair numbers, whether found by -q, and whether these are all that were allowed."""
    module = faiss()
    signs = (1.0,) if wish.sum else (1.0, -1.0)
    queries = np.stack([sign * query for sign in signs]).astype(np.float32)
    found: list[tuple[Matrix, Rows]] = []
    if not wish.nprobe:
        parameters = module.SearchParameters(sel=selector)
        found.append(index.search(queries, fetch, params=parameters))
    else:
        products, lists = index.quantizer.search(queries, wish.nprobe)
        step = _lists_a_step(index)
        for start in range(0, wish.nprobe, step):
            run.check()
            run.report(Progress("visiting lists", start, wish.nprobe))
            part = slice(start, start + step)
            found.append(_visit(index, queries, fetch, lists[:, part], products[:, part], selector))
    run.check()
    scores = np.concatenate([pair[0] for pair in found], axis=1)
    numbers = np.concatenate([pair[1] for pair in found], axis=1)
    all_seen = bool((np.stack([pair[1][:, -1] for pair in found]) < 0).all())
    mirrored = np.broadcast_to(np.array([[sign < 0] for sign in signs]), numbers.shape)
    taken = numbers >= 0
    best = np.argsort(-scores[taken], kind="stable")[: fetch * len(signs)]
    all_seen = all_seen and int(taken.sum()) <= fetch * len(signs)
    return numbers[taken][best], mirrored[taken][best], all_seen


def _visit(
    index: Any, queries: Matrix, fetch: int, lists: Rows, products: Matrix, selector: Any
) -> tuple[Matrix, Rows]:
    """The best ``fetch`` of some lists: products and pair numbers, (queries, fetch).

    FAISS's own Python wrapper of this call takes no selector, so this is the call beneath it.
    """
    module = faiss()
    scores = np.empty((len(queries), fetch), dtype=np.float32)
    numbers = np.empty((len(queries), fetch), dtype=np.int64)
    arrays = [np.ascontiguousarray(lists), np.ascontiguousarray(products), scores, numbers]
    index.search_preassigned_c(
        len(queries),
        module.swig_ptr(queries),
        fetch,
        *[module.swig_ptr(array) for array in arrays],
        False,
        module.SearchParametersIVF(sel=selector, nprobe=lists.shape[1]),
    )
    return scores, numbers


def _lists_a_step(index: Any) -> int:
    """Lists visited between two looks at whether to stop, so that a cold disk allows it."""
    average = index.ntotal / index.nlist * (index.code_size + 8)
    return max(1, int(_STEP_BYTES / max(1.0, average)))


def _rows(numbers: Rows, mirrored: npt.NDArray[np.bool_], index: Any, n: int) -> Rows:
    if numbers.size and numbers.max() >= index.ntotal:
        raise FileError(
            f"the index is damaged: it names pair {numbers.max()} of {index.ntotal}",
            "gene-tui index build makes a new one",
        )
    i, j = pairs_of(numbers, n)
    return np.stack([np.where(mirrored, j, i), np.where(mirrored, i, j)], axis=1)


def _score(
    vectors: Matrix, rows: Rows, query: npt.NDArray[np.float64], wish: Wish
) -> tuple[Rows, Floats]:
    """Score in float64, leave out what the wish does not allow, best first, at most k."""
    if wish.candidates is not None:
        rows = rows[np.isin(rows, wish.candidates).all(axis=1)]
    if wish.cap is not None:
        rows = rows[_under_cap(vectors, rows, wish, wish.cap)]
    scores = pair_scores(vectors, rows[:, 0], rows[:, 1], query, sum=wish.sum)
    directed = np.isfinite(scores)
    rows, scores = rows[directed], scores[directed]
    best = order(scores, rows)
    if wish.per_gene is not None:
        best = _limited(rows, best, wish.per_gene, wish.k)
    best = best[: wish.k]
    return rows[best], scores[best]


def _limited(rows: Rows, best: Rows, limit: int, k: int) -> Rows:
    """The best answers of which no gene occurs more than ``limit`` times."""
    seen: Counter[int] = Counter()
    kept = []
    for place in best.tolist():
        pair = rows[place].tolist()
        if all(seen[row] < limit for row in pair):
            seen.update(pair)
            kept.append(place)
            if len(kept) == k:
                break
    return np.array(kept, dtype=np.int64)


def _under_cap(vectors: Matrix, rows: Rows, wish: Wish, cap: float) -> npt.NDArray[np.bool_]:
    """Pairs whose genes are not closer to the query's than the cap; see ``analogy.Limits``."""
    present = np.unique(np.append(rows.ravel(), [wish.a, wish.b]))
    norms = np.zeros(vectors.shape[0])
    norms[present] = lengths_of(vectors[present].astype(np.float64))

    def near(row: int, place: int) -> npt.NDArray[np.bool_]:
        close = cosines(vectors, norms, row, rows[:, place])
        return np.asarray(np.round(close, DIGITS) > cap)

    taken = near(wish.a, 0) | near(wish.b, 1)
    if wish.sum:  # C and D may change places
        taken |= near(wish.a, 1) | near(wish.b, 0)
    return ~taken
