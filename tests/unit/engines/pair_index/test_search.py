"""Opening an index, asking it, measuring what it misses."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pytest

from gene_tui.engines.found import Found
from gene_tui.engines.pair_index.file import read_block
from gene_tui.engines.pair_index.index import PairIndex, measure_recall
from gene_tui.engines.pair_index.sidecar import sidecar_path
from gene_tui.errors import Cancelled, FileError, NoAnswer, UsageError
from gene_tui.run import Progress, Run
from tests.unit.engines.pair_index.cases import Matrix, brute_force, space, write_plain


@pytest.fixture(scope="module")
def vectors() -> Matrix:
    return space()


@pytest.fixture(scope="module")
def plain(vectors: Matrix, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As earlier scripts left it: one file, lists of uncompressed vectors, nothing beside."""
    return write_plain(vectors, tmp_path_factory.mktemp("plain") / "trained_index.faiss")


@pytest.fixture
def index(plain: Path, vectors: Matrix) -> PairIndex:
    return PairIndex.open(plain, vectors)


def test_a_plain_index_opens_mapped_and_says_what_it_is(index: PairIndex) -> None:
    import faiss

    assert index.info.kind == "IVF16,Flat"
    assert (index.info.d, index.info.ntotal, index.info.nlist) == (16, 1770, 16)
    assert (index.n, index.sum, index.resident) == (60, False, False)
    # Lists of this class are mapped; read into memory they are of another.
    assert isinstance(
        faiss.downcast_InvertedLists(index._index.invlists), faiss.OnDiskInvertedLists
    )


def test_all_lists_give_the_exact_answer(index: PairIndex, vectors: Matrix) -> None:
    for a, b in ((0, 1), (3, 20), (20, 3), (8, 5), (59, 9)):
        found = index.search(a, b, 12, nprobe=16)
        exact = brute_force(vectors, a, b, 12)
        assert np.array_equal(found.rows, exact.rows)
        assert np.abs(found.scores - exact.scores).max() < 1e-12
        assert not found.exact
        assert found.complete


def test_the_mirrored_question_has_the_mirrored_answer(index: PairIndex) -> None:
    there, back = index.search(0, 1, 10, nprobe=16), index.search(1, 0, 10, nprobe=16)
    assert np.array_equal(there.rows, back.rows[:, ::-1])


def test_fewer_lists_miss_answers_and_the_answer_says_what_is_known(index: PairIndex) -> None:
    found = index.search(0, 1, 10, nprobe=1)
    assert found.method == "FAISS IVF16,Flat, nprobe=1, float64 rescoring"
    assert "recall not measured" in found.notes[0]
    assert len(index.search(0, 1, 2000, nprobe=1).rows) < 1700
    assert "of the 2000 answers wanted" in index.search(0, 1, 2000, nprobe=1).notes[-1]


def test_equal_vectors_are_no_question_and_no_answer(index: PairIndex) -> None:
    with pytest.raises(NoAnswer):
        index.search(3, 7, 5)
    rows = index.search(0, 1, 4000, nprobe=16).rows
    assert len(rows) == 58 * 57 - 2  # all ordered pairs without A and B, but for 3 : 7 and 7 : 3
    assert not {(3, 7), (7, 3)} & set(map(tuple, rows.tolist()))


def test_candidates_cap_and_limit_are_those_of_a_full_search(
    index: PairIndex, vectors: Matrix
) -> None:
    everything = brute_force(vectors, 0, 1, 4000)
    lengths = np.linalg.norm(vectors.astype(np.float64), axis=1)
    cosines = (vectors.astype(np.float64) @ vectors.T) / np.maximum(
        np.outer(lengths, lengths), 1e-9
    )
    allowed = np.arange(10, 40)
    kept = [row for row in everything.rows.tolist() if set(row) <= set(allowed.tolist())]
    found = index.search(0, 1, 10, nprobe=16, candidates=allowed)
    assert found.rows.tolist() == kept[:10]
    kept = [
        row
        for row in everything.rows.tolist()
        if max(cosines[0, row[0]], cosines[1, row[1]]) <= 0.1
    ]
    assert index.search(0, 1, 10, nprobe=16, cap=0.1).rows.tolist() == kept[:10]
    limited = index.search(0, 1, 10, nprobe=16, per_gene=1).rows
    assert len(limited) == 10
    assert len(set(limited.ravel().tolist())) == 20
    assert limited[0].tolist() == everything.rows[0].tolist()


def test_questions_it_cannot_answer(index: PairIndex) -> None:
    with pytest.raises(NoAnswer, match="same gene"):
        index.search(4, 4, 5)
    for arguments in ({"sum": True}, {"nprobe": 0}, {"per_gene": 0}):
        with pytest.raises(UsageError):
            index.search(0, 1, 5, **arguments)
    with pytest.raises(UsageError):
        index.search(0, 1, 0)


def test_an_index_of_sums_is_told_by_its_vectors(vectors: Matrix, tmp_path: Path) -> None:
    index = PairIndex.open(write_plain(vectors, tmp_path / "sums.faiss", sum=True), vectors)
    assert index.sum
    found, exact = (
        index.search(0, 1, 10, nprobe=16, sum=True),
        brute_force(vectors, 0, 1, 10, sum=True),
    )
    assert np.array_equal(found.rows, exact.rows)
    assert np.abs(found.scores - exact.scores).max() < 1e-12
    wide = vectors.astype(np.float64)
    lengths = np.maximum(np.linalg.norm(wide, axis=1), 1e-9)
    near = (wide[:2] @ wide.T / np.outer(lengths[:2], lengths)).max(axis=0)
    everything = brute_force(vectors, 0, 1, 4000, sum=True).rows
    kept = everything[(near[everything] <= 0.2).all(axis=1)]
    assert np.array_equal(index.search(0, 1, 10, nprobe=16, sum=True, cap=0.2).rows, kept[:10])


def test_the_index_of_the_first_rows_of_a_space(vectors: Matrix, tmp_path: Path) -> None:
    path = write_plain(vectors[:40], tmp_path / "first.faiss", "IVF4,Flat")
    index = PairIndex.open(path, vectors)
    assert index.n == 40
    found = index.search(0, 1, 5, nprobe=4)
    assert np.array_equal(found.rows, brute_force(vectors[:40], 0, 1, 5).rows)
    assert "the first 40 of 60 genes" in found.notes[1]
    with pytest.raises(UsageError, match="first 40 genes"):
        index.search(0, 50, 5)


def test_recall_is_measured_kept_and_said(plain: Path, vectors: Matrix) -> None:
    index = PairIndex.open(plain, vectors)

    def exact(a: int, b: int, k: int) -> Found:
        if (vectors[a] == vectors[b]).all():
            raise NoAnswer("equal")
        return brute_force(vectors, a, b, k)

    whole = measure_recall(index, exact, queries=8, k=5, nprobe=16, seed=1)
    one = measure_recall(index, exact, queries=8, k=5, nprobe=1, seed=1)
    assert whole == 1.0
    pairs = np.random.default_rng(1)
    asked = [pairs.choice(60, 2, replace=False) for _ in range(8)]
    hits = 0
    for a, b in asked:
        truth = set(map(tuple, brute_force(vectors, a, b, 5).rows.tolist()))
        hits += len(truth & set(map(tuple, index.search(a, b, 5, nprobe=1).rows.tolist())))
    assert one == pytest.approx(hits / 40)
    assert one < 1
    assert index.recall_at(3) is None
    again = PairIndex.open(plain, vectors)
    assert again.recall_at(1) == one
    assert f"recall ≈ {one:.2f}" in again.search(0, 1, 5, nprobe=1).notes[0]
    sidecar_path(plain).unlink()


def test_notes_written_for_another_file_are_not_believed(vectors: Matrix, tmp_path: Path) -> None:
    path = write_plain(vectors, tmp_path / "a.faiss")
    index = PairIndex.open(path, vectors)
    measure_recall(index, lambda a, b, k: brute_force(vectors, a, b, k), queries=2, k=2)
    assert PairIndex.open(path, vectors).recall is not None
    write_plain(vectors, path, "IVF8,Flat")
    assert PairIndex.open(path, vectors).recall is None
    sidecar_path(path).write_text("{")
    with pytest.raises(FileError, match="notes"):
        PairIndex.open(path, vectors)


def test_a_resident_load_reports_every_byte(plain: Path, vectors: Matrix) -> None:
    seen: list[Progress] = []
    index = PairIndex.open(plain, vectors, resident=True, run=Run(seen.append))
    done = [step.done for step in seen if step.unit == "B"]
    assert done == sorted(done)
    assert done[-1] == plain.stat().st_size == seen[-1].total
    assert index.resident
    expected = PairIndex.open(plain, vectors).search(0, 1, 10)
    assert np.array_equal(index.search(0, 1, 10).rows, expected.rows)


def test_a_slow_resident_load_stops_within_a_fifth_of_a_second(
    plain: Path, vectors: Matrix
) -> None:
    stop = threading.Event()
    reading = threading.Event()
    outcome: list[object] = []

    def slow(file: BinaryIO, size: int) -> bytes:
        block = read_block(file, min(size, 512))
        time.sleep(0.05)
        return block

    def load() -> None:
        try:
            PairIndex.open(
                plain,
                vectors,
                resident=True,
                read=slow,
                run=Run(lambda step: reading.set() if step.unit == "B" else None, stop.is_set),
            )
        except Cancelled:
            outcome.append(time.perf_counter())

    thread = threading.Thread(target=load)
    thread.start()
    assert reading.wait(20)
    start = time.perf_counter()
    stop.set()
    thread.join(5)
    assert len(outcome) == 1
    assert float(str(outcome[0])) - start < 0.2
    assert PairIndex.open(plain, vectors, resident=True).n == 60


def test_memory_that_is_not_there_is_said_before_reading(
    plain: Path, vectors: Matrix, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gene_tui.engines.pair_index.file._available", lambda: 1000)
    with pytest.raises(FileError, match="memory"):
        PairIndex.open(plain, vectors, resident=True)


@pytest.mark.real_data
def test_an_index_of_earlier_scripts_over_real_genes(real_data: Path, tmp_path: Path) -> None:
    file = real_data / "seed_layout" / "geneformer" / "gene_embeddings_ordered_brain.npz"
    with np.load(file) as data:
        genes = np.ascontiguousarray(data["embeddings"][:500], dtype=np.float32)
    path = write_plain(genes, tmp_path / "trained_index.faiss", "IVF128,Flat")
    index = PairIndex.open(path, genes)
    assert index.info.ntotal == 500 * 499 // 2

    wide = genes.astype(np.float64)
    offsets = wide[:, None] - wide[None]
    lengths = np.linalg.norm(offsets, axis=2)

    def exact(a: int, b: int, k: int) -> Found:
        scores = offsets @ (offsets[a, b] / lengths[a, b])
        scores = np.divide(scores, lengths, out=np.full_like(scores, -2), where=lengths > 0)
        scores[[a, b]] = scores[:, [a, b]] = -2
        best = np.argsort(-scores, axis=None, kind="stable")[:k]
        rows = np.stack(np.unravel_index(best, scores.shape), axis=1)
        return Found(rows, scores.ravel()[best])

    found, truth = index.search(10, 20, 20, nprobe=128), exact(10, 20, 20)
    assert np.abs(found.scores - truth.scores).max() < 1e-9
    assert measure_recall(index, exact, queries=5, nprobe=128) == 1.0
    recall = measure_recall(index, exact, queries=10)
    assert 0.1 < recall <= 1
    assert f"recall ≈ {recall:.2f}" in index.search(10, 20, 5).notes[0]
