"""The file of an index, and how its vectors get into it: the second pass over all pairs.

FAISS writes an IVF index as a head (sizes, centres, codebooks), then "ilar", the number of
lists, the code size and every list's size, then list after list its codes and its numbers.
Once the lists' sizes are known, so is the place of every vector. A flat index is a head and
the vectors in order.
"""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from gene_tui.engines.pair_index_faiss import faiss
from gene_tui.engines.pair_index_numbers import Int, pairs_of, unit_offsets
from gene_tui.engines.pair_index_plan import Plan
from gene_tui.engines.pair_index_workshop import Job, open_for_update, write_at
from gene_tui.engines.pool import run_blocks
from gene_tui.errors import FileError
from gene_tui.progress import Progress, check

#: Pairs coded by one task.
_CHUNK = 4096

Codes = npt.NDArray[np.uint8]
Lists = npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class _Layout:
    """Where things are in the file.

    Attributes:
        head: what stands before the vectors.
        sizes: vectors of each list (of the only one, in a flat index).
        begins: where in the file each list begins.
        total: bytes of the whole file.
    """

    head: bytes
    sizes: Int
    begins: Int
    total: int


def write_codes(job: Job, index: Any) -> None:
    """Lay the file out at its full size, then code the pairs and put them in place.

    Args:
        index: trained and without vectors; it loses its own (empty) lists.

    Raises:
        Cancelled: within a group of pairs; finished groups are remembered.
        FileError: the list numbers are damaged, or FAISS writes another form of file.
    """
    plan, shop = job.plan, job.shop
    layout = _lay_out(index, plan, _list_sizes(job, plan.pairs))
    with open_for_update(shop.index) as file:
        if shop.index.stat().st_size != layout.total:
            shop.done = 0
            os.truncate(file.fileno(), layout.total)
        write_at(file, np.frombuffer(layout.head, dtype=np.uint8), 0)
        cursor = _list_sizes(job, shop.done)
        for start in range(shop.done, plan.pairs, job.budget.group):
            end = min(start + job.budget.group, plan.pairs)
            lists = shop.read_lists(start, end) if plan.nlist else None
            codes = _codes(job, index, start, end, lists)
            if lists is None:
                write_at(file, codes, len(layout.head) + start * plan.code_size)
            else:
                _scatter(file, codes, lists, start, cursor, layout)
            shop.advance("codes", end, file)
        shop.advance("codes", plan.pairs, file, now=True)


def _lay_out(index: Any, plan: Plan, sizes: Int) -> _Layout:
    head = _head(index, plan, sizes)
    per_pair = plan.code_size + (8 if plan.nlist else 0)
    ends = len(head) + np.cumsum(sizes) * per_pair
    return _Layout(head, sizes, ends - sizes * per_pair, len(head) + plan.pairs * per_pair)


def _head(index: Any, plan: Plan, sizes: Int) -> bytes:
    """What FAISS writes before the vectors, with the lists' sizes put in."""
    module = faiss()
    index.ntotal = plan.pairs
    if not plan.nlist:
        # An empty flat index ends with the number of its floats, none.
        raw = module.serialize_index(index).tobytes()
        _expect(raw, struct.pack("<Q", 0))
        return bytes(raw[:-8]) + struct.pack("<Q", plan.pairs * plan.d)
    index.own_invlists = False
    index.invlists = None
    raw = module.serialize_index(index).tobytes()
    _expect(raw, b"il00")  # its mark for "no lists here"
    counts = struct.pack("<QQ4sQ", plan.nlist, plan.code_size, b"full", plan.nlist)
    return bytes(raw[:-4]) + b"ilar" + counts + sizes.astype("<u8").tobytes()


def _expect(raw: bytes, end: bytes) -> None:
    if not raw.endswith(end):
        raise FileError(
            f"FAISS {faiss().__version__} writes indexes in a form that is not known here",
            "install an earlier faiss-cpu",
        )


def _list_sizes(job: Job, count: int) -> Int:
    """How many of the first ``count`` pairs each list holds; one "list" in a flat index."""
    if not job.plan.nlist:
        return np.array([count], dtype=np.int64)
    damaged = FileError(f"{job.shop.lists} is damaged", f"delete {job.shop.folder} to start over")
    sizes = np.zeros(job.plan.nlist, dtype=np.int64)
    for start in range(0, count, 1 << 22):
        check(job.cancelled)
        lists = job.shop.read_lists(start, min(start + (1 << 22), count))
        if lists.size and not (lists.min() >= 0 and lists.max() < sizes.size):
            raise damaged
        sizes += np.bincount(lists, minlength=sizes.size)
    if int(sizes.sum()) != count:
        raise damaged
    return sizes


def _codes(job: Job, index: Any, start: int, end: int, lists: Lists | None) -> Codes:
    """Codes of pairs start to end: (end - start, code size); float32 without lists."""
    module = faiss()
    codes = np.empty((end - start, job.plan.code_size), dtype=np.uint8)

    def work(low: int) -> int:
        module.omp_set_num_threads(1)  # the pool's threads share the work already
        high = min(low + _CHUNK, end)
        i, j = pairs_of(np.arange(low, high), job.plan.n)
        rows = unit_offsets(job.vectors, i, j, sum=job.sum)
        part = codes[low - start : high - start]
        if lists is None:
            part[:] = rows.view(np.uint8)
        else:
            numbers = lists[low - start : high - start].astype(np.int64)
            pointers = [module.swig_ptr(array) for array in (rows, numbers, part)]
            index.encode_vectors(high - low, *pointers)
        return high - low

    done = start
    for count in run_blocks(work, range(start, end, _CHUNK), cancelled=job.cancelled):
        done += count
        job.report(Progress("coding pairs", done, job.plan.pairs))
    return codes


def _scatter(
    file: BinaryIO, codes: Codes, lists: Lists, start: int, cursor: Int, layout: _Layout
) -> None:
    """Put one group's codes and numbers where their lists are; ``cursor`` moves on."""
    size = codes.shape[1]
    order = np.argsort(lists, kind="stable")
    present, first = np.unique(lists[order], return_index=True)
    bounds = [*first.tolist(), lists.size]
    for place, number in enumerate(present.tolist()):
        members = order[bounds[place] : bounds[place + 1]]
        at, begin = int(cursor[number]), int(layout.begins[number])
        write_at(file, codes[members], begin + at * size)
        write_at(file, members + start, begin + int(layout.sizes[number]) * size + at * 8)
        cursor[number] += members.size
