"""Files that are not what they should be: refused, and never the end of the process."""

from __future__ import annotations

import shutil
import struct
from pathlib import Path

import faiss
import numpy as np
import pytest

from gene_tui.engines.pair_index import file as pair_index_check
from gene_tui.engines.pair_index.file import check_file, inspect
from gene_tui.engines.pair_index.index import PairIndex
from gene_tui.errors import Cancelled, FileError
from gene_tui.run import Run
from tests.unit.engines.pair_index.cases import Matrix, space, write_plain


@pytest.fixture(scope="module")
def vectors() -> Matrix:
    return space()


@pytest.fixture(scope="module")
def sound(vectors: Matrix, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_plain(vectors, tmp_path_factory.mktemp("sound") / "pairs.faiss")


def refused(path: Path, vectors: Matrix) -> str:
    with pytest.raises(FileError) as caught:
        PairIndex.open(path, vectors)
    assert caught.value.exit_code == 3
    assert str(path) in caught.value.message
    assert "\n" not in caught.value.message
    assert caught.value.hint
    return caught.value.message


def test_a_sound_file_is_described(sound: Path) -> None:
    info = check_file(sound)
    assert (info.kind, info.d, info.ntotal) == ("IVF16,Flat", 16, 1770)
    assert (info.nlist, info.nprobe, info.code_size) == (16, 1, 64)
    assert info.bytes == sound.stat().st_size


def test_files_that_are_no_index(tmp_path: Path, vectors: Matrix) -> None:
    assert "no such file" in refused(tmp_path / "missing.faiss", vectors)
    assert "is no file" in refused(tmp_path, vectors)
    for name, content in (("empty", b""), ("text", b"IwFl"), ("random", bytes(range(256)) * 9)):
        path = tmp_path / name
        path.write_bytes(content)
        refused(path, vectors)
    np.save(tmp_path / "array.npy", vectors)
    assert "not a FAISS index" in refused(tmp_path / "array.npy", vectors)


@pytest.mark.parametrize("share", [0.02, 0.1, 0.5, 0.999])
def test_a_cut_file(share: float, sound: Path, tmp_path: Path, vectors: Matrix) -> None:
    path = tmp_path / "cut.faiss"
    content = sound.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    assert "damaged" in refused(path, vectors)


def test_a_file_with_something_behind_it(sound: Path, tmp_path: Path, vectors: Matrix) -> None:
    path = tmp_path / "long.faiss"
    path.write_bytes(sound.read_bytes() + b"more")
    assert "4 bytes too many" in refused(path, vectors)


def test_cut_and_shuffled_flat_index(tmp_path: Path, vectors: Matrix) -> None:
    path = write_plain(vectors, tmp_path / "flat.faiss", "Flat")
    assert PairIndex.open(path, vectors).info.kind == "Flat"
    assert "own offsets" in refused(path, vectors[::-1].copy())
    path.write_bytes(path.read_bytes()[:-64])
    assert "damaged" in refused(path, vectors)


@pytest.mark.parametrize("factory", ["IVF16,Flat", "IVF4,PQ4", "IVF16,SQ8"])
def test_the_pairs_of_the_same_genes_in_another_order(
    factory: str, tmp_path: Path, vectors: Matrix
) -> None:
    plain = f"{factory}np" if "PQ" in factory else factory  # np: without slow extras
    path = write_plain(vectors, tmp_path / "pairs.faiss", plain)
    assert PairIndex.open(path, vectors).info.kind == factory
    shuffled = vectors[np.random.default_rng(5).permutation(len(vectors))]
    assert "own offsets" in refused(path, shuffled)


def test_another_dimension_and_another_count(sound: Path, tmp_path: Path, vectors: Matrix) -> None:
    assert "16 dimensions, the space has 8" in refused(sound, vectors[:, :8].copy())
    assert "pairs of 60 genes, the space has 50" in refused(sound, vectors[:50])
    index = faiss.index_factory(16, "IVF4,Flat", faiss.METRIC_INNER_PRODUCT)
    index.train(vectors)
    index.add(vectors[:50])
    faiss.write_index(index, str(tmp_path / "count.faiss"))
    assert "50 vectors, not n(n-1)/2" in refused(tmp_path / "count.faiss", vectors)


def test_kinds_of_index_that_are_not_searched(tmp_path: Path, vectors: Matrix) -> None:
    path = write_plain(vectors, tmp_path / "l2.faiss", "IVF8,Flat", metric=faiss.METRIC_L2)
    assert "metric" in refused(path, vectors)
    write_plain(vectors, path, "HNSW8")
    assert "not searched here" in refused(path, vectors)
    index = faiss.index_factory(16, "IVF4,Flat", faiss.METRIC_INNER_PRODUCT)
    index.train(vectors)
    faiss.write_index(index, str(path))  # without a vector
    assert "0 vectors" in refused(path, vectors)


def _lists_at(content: bytes) -> int:
    return content.index(b"ilar")


def _patched(content: bytes, offset: int, form: str, value: int) -> bytes:
    data = struct.pack(form, value)
    return content[:offset] + data + content[offset + len(data) :]


def test_hostile_heads(sound: Path, tmp_path: Path, vectors: Matrix) -> None:
    """Numbers that make a trusting reader allocate, loop, or read where nothing is."""
    content = sound.read_bytes()
    lists = _lists_at(content)
    sizes = lists + 4 + 8 + 8 + 4 + 8
    hostile = {
        "dimension": _patched(content, 4, "<i", 1 << 30),
        "negative dimension": _patched(content, 4, "<i", -16),
        "count": _patched(content, 8, "<q", 1 << 60),
        "negative count": _patched(content, 8, "<q", -5),
        "number of lists": _patched(content, lists + 4, "<Q", 1 << 40),
        "code size": _patched(content, lists + 12, "<Q", 1 << 62),
        "list size": _patched(content, sizes, "<Q", 1 << 61),
        "wrapping list size": _patched(content, sizes, "<Q", (1 << 64) - 1000),
        "size moved": _patched(
            content, sizes, "<Q", struct.unpack_from("<Q", content, sizes)[0] + 7
        ),
        "lists elsewhere": content[:lists] + b"ilod" + content[lists + 4 :],
    }
    for name, data in hostile.items():
        path = tmp_path / f"{name}.faiss"
        path.write_bytes(data)
        assert "damaged" in refused(path, vectors), name


def test_hostile_numbers_in_the_lists(sound: Path, tmp_path: Path, vectors: Matrix) -> None:
    content = bytearray(sound.read_bytes())
    lists = _lists_at(bytes(content))
    first = struct.unpack_from("<Q", content, lists + 32)[0]
    ids = lists + 32 + 16 * 8 + first * 64
    for at in range(ids, ids + first * 8, 8):
        struct.pack_into("<q", content, at, 1 << 50)
    path = tmp_path / "numbers.faiss"
    path.write_bytes(content)
    assert "damaged" in refused(path, vectors)


def test_flipped_bytes_never_take_the_reader_down(sound: Path, tmp_path: Path) -> None:
    content = sound.read_bytes()
    head = _lists_at(content) + 32 + 16 * 8
    rng = np.random.default_rng(0)
    path = tmp_path / "flipped.faiss"
    for _ in range(8):
        data = bytearray(content)
        for at in rng.integers(4, head, 4):
            data[at] = rng.integers(256)
        path.write_bytes(data)
        try:
            info = check_file(path)
        except FileError:
            continue
        assert info.bytes == len(content)  # only centres were hit


def test_a_reader_that_dies_or_hangs(
    sound: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = tmp_path / "python"
    monkeypatch.setattr(pair_index_check.sys, "executable", str(script))
    script.write_text("#!/bin/sh\nkill -SEGV $$\n")
    script.chmod(0o755)
    with pytest.raises(FileError, match="signal 11"):
        check_file(sound)
    script.write_text("#!/bin/sh\nexec sleep 60\n")
    with pytest.raises(Cancelled):
        check_file(sound, run=Run(cancelled=lambda: True))
    monkeypatch.setattr(pair_index_check, "SECONDS", 0.2)
    with pytest.raises(FileError, match="took over"):
        check_file(sound)


def test_a_file_named_like_a_module_is_not_imported(
    sound: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "faiss.py").write_text("raise SystemExit(9)")
    shutil.copy(sound, tmp_path / "here.faiss")
    monkeypatch.chdir(tmp_path)
    assert check_file(Path("here.faiss")).ntotal == 1770


def test_in_the_child_a_damaged_file_is_an_error_too(sound: Path, tmp_path: Path) -> None:
    path = tmp_path / "cut.faiss"
    path.write_bytes(sound.read_bytes()[:-1])
    with pytest.raises((RuntimeError, pair_index_check._Unsound)):
        inspect(path)
