"""What an index of all pairs holds, and what building it takes.

Pair (i, j), i < j, of n rows has the number it gets when the upper triangle is read row by
row: (0,1), (0,2) … (0,n-1), (1,2) … Its vector is the unit offset (V_i - V_j)/|V_i - V_j|, or
in an index of sums (V_i + V_j)/|V_i + V_j|; zeros where that has no direction. The kind asked
for is checked against rows, memory and disk before anything is built.
"""

from __future__ import annotations

import math
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from gene_tui.arrays import Matrix, Rows
from gene_tui.errors import FileError, UsageError


def pair_count(n: int) -> int:
    """n(n-1)/2."""
    return n * (n - 1) // 2


def rows_of(count: int) -> int | None:
    """The n with n(n-1)/2 = count, at least 2; None where no n has."""
    if count < 1:
        return None
    n = (1 + math.isqrt(1 + 8 * count)) // 2
    return n if pair_count(n) == count else None


def row_starts(n: int) -> Rows:
    """(n,) int64: the number of the first pair of each row; the last row has none."""
    i: Rows = np.arange(n, dtype=np.int64)
    starts: Rows = i * n - i * (i + 1) // 2
    return starts


def pair_numbers(i: Rows | int, j: Rows | int, n: int) -> Rows:
    """Numbers of the pairs (i, j), i < j; either may be one row for all."""
    first, second = np.asarray(i, dtype=np.int64), np.asarray(j, dtype=np.int64)
    numbers: Rows = first * n - first * (first + 1) // 2 + (second - first - 1)
    return numbers


def pairs_of(numbers: Rows, n: int) -> tuple[Rows, Rows]:
    """Rows (i, j), i < j, of pair numbers. Exact: by bisection, without a square root."""
    numbers = np.asarray(numbers, dtype=np.int64)
    starts = row_starts(n)[: n - 1]
    i = np.searchsorted(starts, numbers, side="right").astype(np.int64) - 1
    return i, numbers - starts[i] + i + 1


def numbers_touching(row: int, n: int) -> Rows:
    """Numbers of the n-1 pairs that contain ``row``."""
    below = np.arange(row, dtype=np.int64)
    above = np.arange(row + 1, n, dtype=np.int64)
    return np.concatenate([pair_numbers(below, row, n), pair_numbers(row, above, n)])


def offsets(vectors: Matrix, i: Rows, j: Rows, *, sum: bool) -> npt.NDArray[np.float64]:
    """V_i - V_j, or V_i + V_j, in float64: (m, d)."""
    left, right = vectors[i].astype(np.float64), vectors[j].astype(np.float64)
    return left + right if sum else left - right


def unit(rows: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Rows at length 1; zero rows stay zero.

    The square of the smallest float32 difference is far from vanishing in float64, so a row's
    length is zero only where the row is.
    """
    lengths = np.sqrt(np.einsum("ij,ij->i", rows, rows))[:, None]
    return np.asarray(rows / np.where(lengths > 0, lengths, 1.0), dtype=np.float64)


def unit_offsets(vectors: Matrix, i: Rows, j: Rows, *, sum: bool) -> Matrix:
    """What the index stores for the pairs (i, j): (m, d) float32."""
    return unit(offsets(vectors, i, j, sum=sum)).astype(np.float32)


#: Training vectors a list that FAISS asks for.
TRAINING_PAIRS_A_LIST = 40
#: The interpreter with numpy and FAISS, before any work.
BASE_MEMORY = 200 << 20

_FACTORY = re.compile(r"(?:IVF(\d+),)?(Flat|SQ8|SQ6|SQ4|SQfp16|PQ(\d+)(?:x8)?)")


def lists_visited(nlist: int) -> int:
    """How many lists a query visits unless asked otherwise: 1 in 64, and at least 8."""
    return min(nlist, max(8, round(nlist / 64)))


@dataclass(frozen=True, slots=True)
class IndexPlan:
    """An index to build.

    Attributes:
        n, d: rows whose pairs it holds, dimensions.
        factory: FAISS's name for it, with as many lists as the pairs can train.
        nlist: lists, 0 for a flat index.
        code_size: bytes a stored vector.
        notes: what was changed of what was asked for.
    """

    n: int
    d: int
    factory: str
    nlist: int
    code_size: int
    notes: tuple[str, ...] = ()

    @property
    def pairs(self) -> int:
        """n(n-1)/2."""
        return pair_count(self.n)

    @property
    def bytes(self) -> int:
        """Size of the finished file, but for its head."""
        per_pair = self.code_size + (8 if self.nlist else 0)
        return self.pairs * per_pair + self.nlist * (4 * self.d + 8)

    @property
    def nprobe(self) -> int:
        """Lists visited unless asked otherwise; stored in the file."""
        return lists_visited(self.nlist)


def plan(n: int, d: int, factory: str) -> IndexPlan:
    """Read a factory string for all pairs of n rows of d dimensions.

    Raises:
        UsageError: it is none that is built here, or does not fit n or d.
    """
    match = _FACTORY.fullmatch(factory.replace(" ", ""))
    if not match or (match[1] is None and match[2] != "Flat"):
        raise UsageError(
            f"--factory {factory!r} is not a kind of pair index",
            "use Flat, or IVF and a number of lists, then Flat, SQ8, SQfp16 or PQ and a number "
            "of bytes: IVF4096,PQ32",
        )
    if n < 2:
        raise UsageError(f"{n} gene has no pairs to index", "an index needs at least 2 genes")
    code, subvectors = match[2].removesuffix("x8"), match[3]
    if match[1] is None:
        return IndexPlan(n, d, "Flat", 0, 4 * d)
    wanted = int(match[1])
    if not 1 <= wanted <= 1 << 20:
        raise UsageError(f"--factory {factory!r}: an index has 1 to 1048576 lists")
    nlist = max(1, min(wanted, pair_count(n) // TRAINING_PAIRS_A_LIST))
    notes: tuple[str, ...] = ()
    if nlist < wanted:
        notes = (f"{pair_count(n):,} pairs train {nlist} lists, not {wanted}",)
    if subvectors:
        _check_pq(n, d, int(subvectors), factory)
    return IndexPlan(n, d, f"IVF{nlist},{code}", nlist, _code_size(code, d, subvectors), notes)


def _check_pq(n: int, d: int, subvectors: int, factory: str) -> None:
    if subvectors < 1 or d % subvectors:
        fitting = max(part for part in range(1, max(2, subvectors + 1)) if d % part == 0)
        raise UsageError(
            f"--factory {factory!r}: PQ{subvectors} does not divide {d} dimensions",
            f"PQ{fitting} does",
        )
    if pair_count(n) < 256:
        raise UsageError(
            f"--factory {factory!r}: {pair_count(n)} pairs are too few for PQ, it needs 256",
            "use Flat",
        )


def _code_size(code: str, d: int, subvectors: str | None) -> int:
    if subvectors:
        return int(subvectors)
    sizes = {"Flat": 4 * d, "SQ8": d, "SQfp16": 2 * d}
    return sizes.get(code, (6 * d + 7) // 8 if code == "SQ6" else (d + 1) // 2)


@dataclass(frozen=True, slots=True)
class Budget:
    """How the memory allowed is spent.

    Attributes:
        sample: training pairs. tile: rows whose pairs are given to lists at once.
        group: pairs coded and written at once.
    """

    sample: int
    tile: int
    group: int


def budget(plan: IndexPlan, memory: int, threads: int) -> Budget:
    """Divide ``memory`` bytes.

    Raises:
        UsageError: it is too little for this index.
    """
    # Centres (float32, once more in FAISS, sums in float64), lists' counts and cursors.
    fixed = BASE_MEMORY + plan.nlist * (20 * plan.d + 64) + threads * (96 << 20)
    row = plan.n * 4  # list numbers of one row's pairs
    pair = 2 * plan.code_size + 64
    least = min(plan.pairs, TRAINING_PAIRS_A_LIST * plan.nlist)
    sample_bytes = 4 * plan.d + 16
    tiles = 4 * threads * row  # tiles being filled, and waiting to be written
    need = fixed + max(least * sample_bytes, 16 * tiles, min(plan.pairs, 1 << 16) * pair)
    if memory < need:
        raise UsageError(
            f"--memory {_size(memory)} is too little for {plan.factory} over {plan.n:,} genes: "
            f"it takes {_size(need)}",
            "allow more, or ask for fewer lists or shorter codes",
        )
    free = memory - fixed
    most = max(least, 64 * plan.nlist, 1 << 16 if plan.nlist else 0)
    return Budget(
        sample=min(plan.pairs, most, max(least, free // 2 // sample_bytes)),
        tile=max(16, min(256, free // 2 // tiles)),
        group=max(1, min(plan.pairs, 1 << 21, free // 2 // pair)),
    )


def check_disk(plan: IndexPlan, folder: Path, have: int) -> None:
    """Refuse what the disk cannot hold; ``have`` bytes of it are already written.

    Raises:
        FileError: there is too little room.
    """
    need = plan.bytes + (4 * plan.pairs if plan.nlist else 0) - have
    free = shutil.disk_usage(folder).free
    if need > free:
        raise FileError(
            f"{plan.factory} over {plan.n:,} genes takes {_size(need)} in {folder}, "
            f"{_size(free)} are free",
            "use --truncate, shorter codes (IVF4096,PQ32), or another disk",
        )


def _size(count: int) -> str:
    """Bytes for people: 3.2 GB."""
    if count < 1_000_000_000:
        return f"{count / 1e6:.0f} MB"
    return f"{count / 1e9:,.1f} GB"
