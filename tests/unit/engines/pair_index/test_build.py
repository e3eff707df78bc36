"""Building: the right vectors in the right number, whatever happens on the way."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections import namedtuple
from pathlib import Path

import faiss
import numpy as np
import pytest

from gene_tui.engines.pair_index.build import build
from gene_tui.engines.pair_index.index import PairIndex
from gene_tui.engines.pair_index.plan import budget, plan
from gene_tui.engines.pair_index.sidecar import read_sidecar
from gene_tui.errors import Cancelled, FileError, UsageError
from gene_tui.run import Progress, Run
from tests.unit.engines.pair_index.cases import Matrix, brute_force, space, stored_offsets

MEMORY = 1 << 30


@pytest.fixture(scope="module")
def vectors() -> Matrix:
    return space(n=70)


def stored(path: Path) -> tuple[list[int], Matrix]:
    """Numbers and decoded vectors of a file, in the order of the numbers, read by FAISS alone."""
    index = faiss.read_index(str(path))
    if isinstance(index, faiss.IndexFlat):
        return list(range(index.ntotal)), index.reconstruct_n(0, index.ntotal)
    lists, width = index.invlists, index.coarse_code_size()
    numbers, codes = [], []
    for number in range(index.nlist):
        size = lists.list_size(number)
        if not size:
            continue
        numbers.append(faiss.rev_swig_ptr(lists.get_ids(number), size).copy())
        own = faiss.rev_swig_ptr(lists.get_codes(number), size * index.code_size)
        head = np.frombuffer(number.to_bytes(width, "little"), dtype=np.uint8)
        codes.append(np.hstack([np.tile(head, (size, 1)), own.reshape(size, -1)]))
    order = np.argsort(np.concatenate(numbers))
    return np.concatenate(numbers)[order].tolist(), index.sa_decode(np.vstack(codes))[order]


@pytest.mark.parametrize("sum", [False, True])
@pytest.mark.parametrize(
    ("factory", "error"),
    [("Flat", 1e-6), ("IVF16,Flat", 1e-6), ("IVF16,SQfp16", 1e-3), ("IVF16,SQ8", 0.02)],
)
def test_every_pair_is_stored_once_as_its_unit_offset(
    factory: str, error: float, sum: bool, vectors: Matrix, tmp_path: Path
) -> None:
    path = tmp_path / "pairs.faiss"
    built = build(vectors, path, factory=factory, sum=sum, memory=MEMORY)
    numbers, rows = stored(path)
    assert numbers == list(range(70 * 69 // 2))
    assert np.abs(rows - stored_offsets(vectors, sum=sum)).max() < error
    assert built.info.kind == factory
    assert sorted(file.name for file in tmp_path.iterdir()) == ["pairs.faiss", "pairs.faiss.json"]


@pytest.mark.parametrize(("factory", "sum"), [("Flat", False), ("IVF16,Flat", True)])
def test_a_search_of_all_of_it_equals_brute_force(
    factory: str, sum: bool, vectors: Matrix, tmp_path: Path
) -> None:
    build(vectors, tmp_path / "pairs.faiss", factory=factory, sum=sum, memory=MEMORY)
    index = PairIndex.open(tmp_path / "pairs.faiss", vectors)
    for a, b in ((0, 1), (3, 8), (69, 5)):
        found = index.search(a, b, 15, sum=sum, nprobe=16)
        exact = brute_force(vectors, a, b, 15, sum=sum)
        assert np.array_equal(found.rows, exact.rows)
        assert np.abs(found.scores - exact.scores).max() < 1e-12


def test_pairs_are_in_the_list_of_the_nearest_centre(vectors: Matrix, tmp_path: Path) -> None:
    """Also those of nearly equal rows, far from the origin."""
    far = (vectors + 100 * np.ones(16, dtype=np.float32)).astype(np.float32)
    build(far, tmp_path / "pairs.faiss", factory="IVF16,Flat", memory=MEMORY)
    index = faiss.read_index(str(tmp_path / "pairs.faiss"))
    rows = stored_offsets(far)
    scores = rows @ index.quantizer.reconstruct_n(0, 16).T
    for number in range(16):
        size = index.invlists.list_size(number)
        members = faiss.rev_swig_ptr(index.invlists.get_ids(number), size).copy()
        assert (scores[members].max(axis=1) - scores[members, number]).max() < 1e-3


def test_product_quantized_codes_are_close_and_found(tmp_path: Path) -> None:
    vectors = space(n=120)
    built = build(vectors, tmp_path / "pairs.faiss", factory="IVF4096,PQ4", memory=MEMORY)
    assert built.info.kind == "IVF178,PQ4"
    assert built.notes == ("7,140 pairs train 178 lists, not 4096",)
    numbers, rows = stored(tmp_path / "pairs.faiss")
    own = stored_offsets(vectors)
    directed = own.any(axis=1)
    lengths = np.linalg.norm(rows, axis=1)
    assert numbers == list(range(7140))
    assert ((rows * own).sum(axis=1) / lengths)[directed].mean() > 0.85
    index = PairIndex.open(tmp_path / "pairs.faiss", vectors)
    found, exact = index.search(0, 1, 10, nprobe=178), brute_force(vectors, 0, 1, 10)
    assert np.array_equal(found.rows, exact.rows)


def test_only_the_first_rows(vectors: Matrix, tmp_path: Path) -> None:
    path = tmp_path / "first.faiss"
    built = build(vectors, path, n_truncate=30, factory="Flat", memory=MEMORY)
    assert built.info.ntotal == 30 * 29 // 2
    assert PairIndex.open(path, vectors).n == 30
    sidecar = read_sidecar(path)
    assert (sidecar.genes, sidecar.dims, sidecar.sum, sidecar.factory) == (30, 16, False, "Flat")
    changed = vectors.copy()
    changed[12, 3] += 1
    with pytest.raises(FileError, match="other vectors"):
        PairIndex.open(path, changed)


@pytest.mark.parametrize("size", [1e-38, 1e38])
def test_sizes_at_the_ends_of_float32(size: float, tmp_path: Path) -> None:
    vectors = (space(n=40) / 4 * np.float32(size)).astype(np.float32)
    path = tmp_path / "pairs.faiss"
    build(vectors, path, factory="IVF16,Flat", memory=MEMORY)
    numbers, rows = stored(path)
    assert numbers == list(range(40 * 39 // 2))
    i, j = np.triu_indices(40, 1)
    own = vectors[i].astype(np.float64) - vectors[j]
    lengths = np.linalg.norm(own, axis=1, keepdims=True)
    assert np.abs(rows - own / np.where(lengths > 0, lengths, 1)).max() < 1e-6
    found = PairIndex.open(path, vectors).search(0, 1, 10, nprobe=16)
    assert np.array_equal(found.rows, brute_force(vectors, 0, 1, 10).rows)
    index = faiss.read_index(str(path))
    assert max(index.invlists.list_size(number) for number in range(16)) < 200


@pytest.mark.parametrize("n", [2, 3, 4])
def test_tiny_spaces(n: int, tmp_path: Path) -> None:
    vectors = np.random.default_rng(0).standard_normal((n, 4)).astype(np.float32)
    for factory in ("Flat", "IVF4096,Flat"):
        path = tmp_path / f"{factory}.faiss"
        assert build(vectors, path, factory=factory, memory=MEMORY).info.ntotal == n * (n - 1) // 2
        index = PairIndex.open(path, vectors)
        assert len(index.search(0, 1, 5).rows) == (2 if n == 4 else 0)


def test_what_is_no_plan() -> None:
    for factory in ("", "PQ32", "HNSW32", "IVF0,Flat", "IVF4096,PQ32x4", "OPQ8,IVF16,PQ8"):
        with pytest.raises(UsageError):
            plan(1000, 64, factory)
    with pytest.raises(UsageError) as caught:
        plan(1000, 100, "IVF4096,PQ32")
    assert "PQ25" in caught.value.hint
    with pytest.raises(UsageError, match="too few for PQ"):
        plan(20, 64, "IVF4096,PQ32")
    with pytest.raises(UsageError, match="no pairs"):
        plan(1, 64, "Flat")


def test_what_cannot_be_built_leaves_nothing(vectors: Matrix, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="equal"):
        build(np.ones((30, 4), dtype=np.float32), tmp_path / "a.faiss", factory="IVF4,Flat")
    with pytest.raises(FileError, match="cannot be made"):
        build(vectors, tmp_path / "missing" / "a.faiss", factory="Flat")
    with pytest.raises(Cancelled):
        build(vectors, tmp_path / "a.faiss", factory="IVF4,Flat", run=Run(cancelled=lambda: True))
    assert not list(tmp_path.iterdir())


def test_memory_and_disk_are_asked_before_starting(
    vectors: Matrix, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    large = plan(20_829, 256, "IVF4096,PQ32")
    with pytest.raises(UsageError, match="too little"):
        budget(large, 300 << 20, 2)
    share = budget(large, 8 << 30, 2)
    assert share.sample >= 40 * 4096
    assert share.group >= 1 << 20
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(10**6, 10**6, 1000))
    with pytest.raises(FileError, match="are free"):
        build(vectors, tmp_path / "pairs.faiss", factory="Flat", memory=MEMORY)
    assert not (tmp_path / "pairs.faiss").exists()


def test_a_name_already_taken(vectors: Matrix, tmp_path: Path) -> None:
    path = tmp_path / "pairs.faiss"
    path.write_text("mine")
    with pytest.raises(UsageError, match="exists"):
        build(vectors, path, factory="Flat", memory=MEMORY)
    assert path.read_text() == "mine"
    build(vectors, path, factory="Flat", memory=MEMORY, overwrite=True)
    assert PairIndex.open(path, vectors).n == 70


def test_a_build_killed_before_anything_was_done_is_in_nobodys_way(
    vectors: Matrix, tmp_path: Path
) -> None:
    path = tmp_path / "pairs.faiss"
    with pytest.raises(Cancelled):
        build(vectors, path, factory="IVF16,Flat", memory=MEMORY, run=Run(cancelled=lambda: True))
    shop = tmp_path / "pairs.faiss.partial"
    assert not shop.exists()
    shop.mkdir()
    plan = shop / "plan.json"
    plan.write_text(json.dumps({"name": "of somebody else"}))
    with pytest.raises(FileError, match="other vectors or options"):
        build(vectors, path, factory="IVF16,Flat", memory=MEMORY)
    assert json.loads(plan.read_text()) == {"name": "of somebody else"}
    identity = dict.fromkeys(("genes", "dims", "pairs", "sum", "factory", "seed", "fingerprint"), 0)
    plan.write_text(json.dumps(identity))
    build(vectors, path, factory="IVF16,Flat", memory=MEMORY)
    assert stored(path)[0] == list(range(70 * 69 // 2))


def test_a_stopped_build_goes_on_and_another_does_not_mix_with_it(
    vectors: Matrix, tmp_path: Path
) -> None:
    path = tmp_path / "pairs.faiss"
    stages: list[str] = []
    with pytest.raises(Cancelled):
        build(
            vectors,
            path,
            factory="IVF16,Flat",
            memory=MEMORY,
            run=Run(
                lambda step: stages.append(step.stage), lambda: "finding each pair's list" in stages
            ),
        )
    assert not path.exists()
    with pytest.raises(FileError, match="other vectors or options"):
        build(vectors, path, factory="IVF8,Flat", memory=MEMORY)
    with pytest.raises(FileError, match="other vectors or options"):
        build(vectors + 1, path, factory="IVF16,Flat", memory=MEMORY)
    stages.clear()
    build(
        vectors,
        path,
        factory="IVF16,Flat",
        memory=MEMORY,
        run=Run(lambda s: stages.append(s.stage)),
    )
    assert "finding lists" not in stages  # the training was kept
    assert stored(path)[0] == list(range(70 * 69 // 2))


def test_damaged_leftovers_are_said_not_used(vectors: Matrix, tmp_path: Path) -> None:
    path, shop = tmp_path / "pairs.faiss", tmp_path / "pairs.faiss.partial"

    def stop_when_coding() -> None:
        stages: list[str] = []
        with pytest.raises(Cancelled):
            build(
                vectors,
                path,
                factory="IVF16,Flat",
                memory=MEMORY,
                run=Run(lambda step: stages.append(step.stage), lambda: "coding pairs" in stages),
            )

    for name, content in (
        ("state.json", b"{"),
        ("state.json", b'{"stage": "codes", "done": 99999}'),
        ("lists.i32", b"\xff" * 40),
        ("trained.faiss", b"IwFl"),
        ("plan.json", b"[]"),
    ):
        shutil.rmtree(shop, ignore_errors=True)
        stop_when_coding()
        (shop / name).write_bytes(content)
        with pytest.raises(FileError):
            build(vectors, path, factory="IVF16,Flat", memory=MEMORY)
        assert not path.exists()


_SLOW_BUILD = """
import sys, time
from pathlib import Path
import numpy as np
from gene_tui.engines.pair_index import build as pair_index_build
from gene_tui.engines.pair_index import plan as pair_index_plan
from gene_tui.engines.pair_index import workshop as pair_index_workshop
from gene_tui.run import Run
pair_index_workshop.CHECKPOINT_SECONDS = 0.0
small = pair_index_plan.Budget(sample=2000, tile=16, group=500)
pair_index_build.budget = lambda *_: small
def report(step):
    print(step.stage, step.done, flush=True)
    if step.stage == sys.argv[3]:
        time.sleep(0.05)
pair_index_build.build(np.load(sys.argv[1]), Path(sys.argv[2]),
    factory="IVF16,Flat", run=Run(report))
"""


def _start(vectors: Path, path: Path, slow: str) -> subprocess.Popen[str]:
    arguments = [sys.executable, "-c", _SLOW_BUILD, str(vectors), str(path), slow]
    return subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True)


def _kept(file: Path) -> int:
    """Pairs of the present stage that a build has put down as finished."""
    return int(json.loads(file.read_text())["done"]) if file.exists() else 0


def test_killed_twice_it_ends_as_if_never_killed(tmp_path: Path) -> None:
    vectors = space(n=150)
    np.save(tmp_path / "vectors.npy", vectors)
    path, straight = tmp_path / "killed.faiss", tmp_path / "straight.faiss"
    for stage in ("finding each pair's list", "coding pairs"):
        child = _start(tmp_path / "vectors.npy", path, stage)
        assert child.stdout
        kept = tmp_path / "killed.faiss.partial" / "state.json"
        for line in child.stdout:
            # Progress is told before it is kept: wait for what the next build will find.
            if line.startswith(stage) and _kept(kept) > 0:
                os.kill(child.pid, signal.SIGKILL)
                break
        child.stdout.close()
        assert child.wait() == -signal.SIGKILL
        state = json.loads(kept.read_text())
        assert 0 < state["done"] < 150 * 149 // 2
        assert not path.exists()
    for target in (path, straight):
        child = _start(tmp_path / "vectors.npy", target, "")
        said = child.communicate(timeout=60)[0]
        assert child.returncode == 0
        assert ("finding lists" in said) == (target == straight)
    assert path.read_bytes() == straight.read_bytes()
    numbers, rows = stored(path)
    assert numbers == list(range(150 * 149 // 2))
    assert np.abs(rows - stored_offsets(vectors)).max() < 1e-6


def test_two_builds_of_one_file_do_not_meet(vectors: Matrix, tmp_path: Path) -> None:
    np.save(tmp_path / "vectors.npy", vectors)
    child = _start(tmp_path / "vectors.npy", tmp_path / "pairs.faiss", "coding pairs")
    try:
        assert child.stdout
        for line in child.stdout:
            if line.startswith("coding"):
                break
        with pytest.raises(UsageError, match="another process"):
            build(vectors, tmp_path / "pairs.faiss", factory="IVF16,Flat", memory=MEMORY)
    finally:
        child.kill()
        child.communicate()


def test_cancelling_is_quick_and_progress_complete(vectors: Matrix, tmp_path: Path) -> None:
    seen: list[Progress] = []
    build(vectors, tmp_path / "a.faiss", factory="IVF16,SQ8", memory=MEMORY, run=Run(seen.append))
    for stage in ("finding lists", "finding each pair's list", "coding pairs"):
        steps = [step for step in seen if step.stage == stage]
        assert steps[-1].done == steps[-1].total > 0
    start = time.perf_counter()
    with pytest.raises(Cancelled):
        build(vectors, tmp_path / "b.faiss", factory="IVF16,SQ8", run=Run(cancelled=lambda: True))
    assert time.perf_counter() - start < 1.0
