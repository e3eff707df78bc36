"""The exact nearest neighbours of many genes among many, in bounded memory.

Tiles of float32 products give each gene somewhat more candidates than asked for. Where the
best score left out lies further below the k-th than both can be wrong, the k best are among
the candidates, and scoring those in float64 settles it; elsewhere (near-duplicates, ties) the
gene is searched by itself.
"""

from __future__ import annotations

import numpy as np

from gene_tui.arrays import Floats, Floats32, Rows
from gene_tui.engines.exact import gamma
from gene_tui.engines.pool import run_blocks
from gene_tui.engines.similarity import Similarity
from gene_tui.run import QUIET, Progress, Run

#: Genes asked at a time, and columns of a tile: 16 MB of scores a thread.
_ASKED = 512
_TILE = 8192
#: Candidates kept beyond k.
_SPARE = 16
#: Scores are compared to 12 digits.
_TIE = 1e-11
#: Genes scored in float64 at a time.
_EXACT = 32


def nearest_lists(
    engine: Similarity,
    rows: Rows,
    asked: Rows,
    k: int,
    *,
    stage: str = "nearest genes",
    run: Run = QUIET,
) -> Rows:
    """The k nearest of ``rows`` to some of them, best first.

    Args:
        engine: of the space. Rows without a direction must not be asked by cosine.
        rows: (m,) rows that may be neighbours, each once.
        asked: (q,) places in ``rows`` of the genes whose neighbours are wanted.
        k: less than m; a gene is no neighbour of its own.

    Returns:
        (q, k) places in ``rows``. Of equal scores (to 12 digits) the lower place comes first,
        so the order of ``rows`` decides ties.

    Raises:
        Cancelled: the user stopped it.
    """
    lists = np.empty((len(asked), k), dtype=np.int64)

    def work(start: int) -> int:
        part = asked[start : start + _ASKED]
        lists[start : start + _ASKED] = _block(engine, rows, part, k)
        return len(part)

    done = 0
    for finished in run_blocks(work, range(0, len(asked), _ASKED), cancelled=run.cancelled):
        done += finished
        run.report(Progress(stage, done, len(asked)))
    return lists


def _block(engine: Similarity, rows: Rows, part: Rows, k: int) -> Rows:
    width = min(k + _SPARE, len(rows) - 1)
    keys, places = _candidates(engine, rows, part, width)
    lists = np.empty((len(part), k), dtype=np.int64)
    if width == len(rows) - 1:
        sure = np.ones(len(part), dtype=np.bool_)
    else:
        ordered = -np.sort(-keys.astype(np.float64), axis=1)
        gap = ordered[:, k - 1] - ordered[:, -1]
        sure = gap > 2.0 * _slack(engine, rows, part) + _TIE * (1.0 + np.abs(ordered[:, k - 1]))
    for start in range(0, int(sure.sum()), _EXACT):
        some = np.flatnonzero(sure)[start : start + _EXACT]
        exact = _exact(engine, rows[part[some]], rows[places[some]])
        best = np.lexsort((places[some], -np.round(exact, 12)), axis=1)[:, :k]
        lists[some] = np.take_along_axis(places[some], best, axis=1)
    for one in np.flatnonzero(~sure):
        lists[one] = _alone(engine, rows, int(part[one]), k)
    return lists


def _candidates(engine: Similarity, rows: Rows, part: Rows, width: int) -> tuple[Floats32, Rows]:
    """The ``width`` places of best key for each gene, in no order, and their keys."""
    keys = np.full((len(part), width), -np.inf, dtype=np.float32)
    places = np.full((len(part), width), -1, dtype=np.int64)
    for start in range(0, len(rows), _TILE):
        tile = _keys(engine, rows[part], rows[start : start + _TILE])
        here = np.flatnonzero((part >= start) & (part < start + tile.shape[1]))
        tile[here, part[here] - start] = -np.inf
        if start == 0 and tile.shape[1] > width:
            # Nothing is known yet that would tell the promising from the rest.
            found = np.argpartition(tile, tile.shape[1] - width, axis=1)[:, -width:]
            more = np.take_along_axis(tile, found, axis=1)
        else:
            more, found = _promising(tile, keys.min(axis=1))
        keys = np.concatenate([keys, more], axis=1)
        places = np.concatenate([places, found + start], axis=1)
        if keys.shape[1] > width:
            top = np.argpartition(keys, keys.shape[1] - width, axis=1)[:, -width:]
            keys = np.take_along_axis(keys, top, axis=1)
            places = np.take_along_axis(places, top, axis=1)
    return keys, places


def _promising(tile: Floats32, least: Floats32) -> tuple[Floats32, Rows]:
    """What of a tile exceeds each row's least wanted key, and its columns.

    That is little, so collecting it costs far less than partitioning the tile. Rows with fewer
    such columns than others are filled up with -inf.
    """
    lines, columns = np.nonzero(tile > least[:, None])
    counts = np.bincount(lines, minlength=len(tile))
    ends = np.cumsum(counts)
    at = np.arange(len(lines)) - np.repeat(ends - counts, counts)
    keys = np.full((len(tile), int(counts.max(initial=0))), -np.inf, dtype=np.float32)
    found = np.zeros(keys.shape, dtype=np.int64)
    keys[lines, at] = tile[lines, columns]
    found[lines, at] = columns
    return keys, found


def _keys(engine: Similarity, asked: Rows, others: Rows) -> Floats32:
    """What orders ``others`` for each gene asked, (q, t) float32: the cosine, or
    2 x·y − |y|², which is |x|² minus the squared distance."""
    if engine.metric == "cosine":
        return engine.tile_scores(asked, others)
    product = engine.vectors[asked] @ engine.vectors[others].T
    product *= 2.0
    product -= (engine.norms[others] ** 2).astype(np.float32)
    return np.asarray(product, dtype=np.float32)


def _slack(engine: Similarity, rows: Rows, part: Rows) -> Floats:
    """How wrong each asked gene's keys may be, (q,)."""
    error = gamma(engine.vectors.shape[1])
    if engine.metric == "cosine":
        return np.full(len(part), error + 2.0**-22)
    # 2 x·y of float32, |y|² rounded to float32, and their difference rounded
    own, largest = engine.norms[rows[part]], float(engine.norms[rows].max())
    return np.asarray(2.0 * error * own * largest + 2.0**-23 * (own + largest) ** 2)


def _exact(engine: Similarity, asked: Rows, others: Rows) -> Floats:
    """Float64 scores, (q, w), of (q,) rows against (q, w) others."""
    x = engine.vectors[asked].astype(np.float64)
    y = engine.vectors[others].astype(np.float64)
    if engine.metric == "cosine":
        scores = np.einsum("qd,qwd->qw", x, y)
        scores /= engine.norms[asked][:, None] * engine.norms[others]
        return np.asarray(np.clip(scores, -1.0, 1.0))
    return np.asarray(-np.linalg.norm(y - x[:, None, :], axis=2))


def _alone(engine: Similarity, rows: Rows, place: int, k: int) -> Rows:
    """The k nearest places of one gene, whatever ties there are."""
    query = engine.vectors[rows[place]].astype(np.float64)
    scores, error = engine.approximate(query)
    scores = scores[rows]
    wrong = error if isinstance(error, float) else error[rows]
    scores[place] = -np.inf
    lower = scores - wrong
    least = np.partition(lower, len(lower) - k)[len(lower) - k]
    tie = _TIE * (1.0 + abs(least))
    reach = np.flatnonzero(np.isfinite(scores) & (scores + wrong >= least - tie))
    exact = engine.exact(query, rows[reach])
    return np.asarray(reach[np.lexsort((reach, -np.round(exact, 12)))[:k]])
