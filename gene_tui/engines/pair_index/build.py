"""Building an index of all pairs in bounded memory, in blocks, so that a killed build goes on.

1. Train: cluster a sample of unit offsets into lists, then the codes (pair_index_train.py).
2. Lists: find for each pair the list whose centre its offset has the largest product with, and
   write the list numbers down. The product of V_i - V_j with a centre is a difference of two
   numbers known per row, so this costs one subtraction a list instead of one product.
3. Codes: the lists' sizes are now known, hence where in the finished file every vector goes.
   The file is laid out at its full size, and each group of pairs is coded and put in place.

Both passes write what depends on the pair alone to places that depend on the pair alone, so
doing a block twice is harmless: going on after a kill only needs the number of pairs done.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from gene_tui.arrays import Matrix
from gene_tui.engines.pair_index.file import IndexInfo, check_file, faiss
from gene_tui.engines.pair_index.passes import find_lists, sample_pairs, train, write_codes
from gene_tui.engines.pair_index.plan import IndexPlan, budget, check_disk, plan
from gene_tui.engines.pair_index.sidecar import Sidecar, fingerprint, write_sidecar
from gene_tui.engines.pair_index.workshop import BuildJob, close_down, open_workshop
from gene_tui.engines.pool import threads
from gene_tui.errors import FileError, UsageError
from gene_tui.files import put
from gene_tui.run import QUIET, Progress, Run

DEFAULT_FACTORY = "IVF4096,PQ32"


@dataclass(frozen=True, slots=True)
class Built:
    """A finished index.

    Attributes:
        info: what the file holds, as read back from it.
        notes: what was done otherwise than asked for. resumed: an earlier build was gone on with.
    """

    info: IndexInfo
    notes: tuple[str, ...] = ()
    resumed: bool = False


def build(
    vectors: Matrix,
    path: Path,
    *,
    n_truncate: int | None = None,
    sum: bool = False,
    factory: str = DEFAULT_FACTORY,
    memory: int = 8 << 30,
    seed: int = 0,
    overwrite: bool = False,
    run: Run = QUIET,
) -> Built:
    """Build the index of all pairs of rows, or go on where a killed or stopped build was.

    Args:
        vectors: (n, d) float32, mapped or not. n_truncate: only the first rows.
        path: where the index goes; a folder ``path.partial`` stands beside it meanwhile.
        sum: index V_i + V_j instead of V_i - V_j.
        factory: Flat, or IVF and a number of lists, then Flat, SQ8, SQfp16, PQ32 …
        memory: bytes the process may use. seed: of the training sample.
        overwrite: put it in the place of an existing file.

    Raises:
        UsageError: options that do not fit the rows or each other; the name is taken.
        FileError: too little room, or the folder cannot be written.
        Cancelled: what is done is kept; the same call goes on from there.
    """
    path = Path(path)
    if path.exists() and not overwrite:
        raise UsageError(f"{path} exists already", "choose another --out, or delete it")
    vectors = vectors[:n_truncate]
    wanted = plan(vectors.shape[0], vectors.shape[1], factory)
    share = budget(wanted, memory, threads())
    marks = fingerprint(vectors)
    identity = {
        "genes": wanted.n,
        "dims": wanted.d,
        "pairs": wanted.pairs,
        "sum": sum,
        "factory": wanted.factory,
        "seed": seed,
        "fingerprint": marks,
    }
    try:
        with open_workshop(path, identity) as shop:
            check_disk(wanted, shop.folder, shop.written())
            resumed = shop.done > 0 or shop.stage == "codes"
            job = BuildJob(vectors, wanted, share, sum, shop, run)
            _work(job, seed)
            info = check_file(shop.index, run=run)
            sidecar = Sidecar(info.bytes, wanted.n, wanted.d, sum, wanted.factory, marks, seed)
            write_sidecar(path, sidecar)
            put(shop.index, path)
            close_down(shop)
    except OSError as error:
        raise FileError(
            f"{path} cannot be written: {error.strerror or error}",
            "make room, then give the same command again: it goes on where it stopped",
        ) from error
    return Built(replace(info, path=path), wanted.notes, resumed)


def _work(job: BuildJob, seed: int) -> None:
    """The three steps, each skipped where an earlier build finished it."""
    index = _trained(job, seed)
    if job.shop.stage == "lists" and job.plan.nlist:
        find_lists(job, _centres(index, job.plan))
    write_codes(job, index)


def _trained(job: BuildJob, seed: int) -> Any:
    module, file = faiss(), job.shop.trained
    if file.exists():
        try:
            index = module.read_index(os.fspath(file))
        except RuntimeError as error:
            raise FileError(
                f"{file} is damaged", f"delete {job.shop.folder} to start over"
            ) from error
        return index
    sample = np.empty((0, job.plan.d), dtype=np.float32)
    if job.plan.nlist:
        job.run.report(Progress("drawing pairs to train on"))
        sample = sample_pairs(
            job.vectors, job.budget.sample, sum=job.sum, seed=seed, cancelled=job.run.cancelled
        )
    index = train(job.plan, sample, seed=seed, run=job.run)
    temporary = file.with_suffix(".new")
    try:
        module.write_index(index, os.fspath(temporary))
    except RuntimeError as error:  # what FAISS raises for every error of the disk
        temporary.unlink(missing_ok=True)
        why = "No space left on device" if "space" in str(error) else "the disk does not take it"
        raise FileError(
            f"{temporary} cannot be written: {why}",
            "make room, then give the same command again: it goes on where it stopped",
        ) from error
    put(temporary, file)
    return index


def _centres(index: Any, plan: IndexPlan) -> Matrix:
    centres: Matrix = index.quantizer.reconstruct_n(0, plan.nlist)
    return centres
