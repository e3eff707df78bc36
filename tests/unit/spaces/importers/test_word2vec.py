"""word2vec text and binary, fastText and GloVe."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest
from gensim.models import KeyedVectors

from gene_tui.errors import Cancelled, FileError, UsageError
from gene_tui.run import Progress, Run
from gene_tui.spaces.importers import open_source
from gene_tui.spaces.importers.text import Lines, parse_rows
from gene_tui.spaces.importing import Recipe, import_space

from .sources import cut, names, numbers, refused, whole


def _gensim(n: int = 40, d: int = 7, labels: list[str] | None = None) -> KeyedVectors:
    peer = KeyedVectors(d)
    peer.add_vectors(labels or names(n), numbers(n, d))
    return peer


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("name", "binary", "format"),
    [
        ("high_precision.kv.txt", False, "word2vec-text"),
        ("high_precision.kv.bin", True, "word2vec-binary"),
        ("euclidean_vectors.bin", True, "word2vec-binary"),
        ("lee_fasttext.vec", False, "word2vec-text"),
        ("genevector_tica.vec", False, "word2vec-text"),
    ],
)
def test_reads_real_files_as_gensim_does(
    real_data: Path, name: str, binary: bool, format: str
) -> None:
    path = real_data / "formats" / name
    peer = KeyedVectors.load_word2vec_format(path, binary=binary)
    read = whole(path)
    assert read.source.format == format
    assert read.labels == peer.index_to_key
    np.testing.assert_array_equal(read.vectors, peer.vectors)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # gensim's handle
@pytest.mark.real_data
def test_reads_real_glove_as_gensim_does(real_data: Path) -> None:
    path = real_data / "formats/test_glove.txt"
    peer = KeyedVectors.load_word2vec_format(path, no_header=True)
    read = whole(path)
    assert read.source.format == "glove"
    assert read.labels == peer.index_to_key
    np.testing.assert_array_equal(read.vectors, peer.vectors)


@pytest.mark.parametrize("binary", [False, True])
@pytest.mark.parametrize("name", ["x.txt", "x.bin", "x.vec.gz", "x"])
def test_reads_what_gensim_writes_whatever_its_name(
    tmp_path: Path, binary: bool, name: str
) -> None:
    peer = _gensim(labels=[f"w{i}ü" for i in range(40)])
    peer.save_word2vec_format(str(tmp_path / name), binary=binary)
    read = whole(tmp_path / name)
    assert read.source.format == ("word2vec-binary" if binary else "word2vec-text")
    assert read.labels == peer.index_to_key
    np.testing.assert_array_equal(read.vectors, peer.vectors)


def test_the_original_program_ends_each_vector_with_a_line(tmp_path: Path) -> None:
    path = tmp_path / "x.bin"
    table = numbers(3, 5)
    rows = b"".join(b"g%d " % i + row.tobytes() + b"\n" for i, row in enumerate(table))
    path.write_bytes(b"3 5\n" + rows)
    read = whole(path)
    assert read.labels == ["g0", "g1", "g2"]
    np.testing.assert_array_equal(read.vectors, table)


@pytest.mark.parametrize("binary", [False, True])
def test_many_blocks_with_progress(tmp_path: Path, binary: bool) -> None:
    path = tmp_path / "x"
    peer = _gensim(6000, 300)
    peer.save_word2vec_format(str(path), binary=binary)
    seen: list[Progress] = []
    read = whole(path, run=Run(seen.append))
    np.testing.assert_allclose(read.vectors, peer.vectors, rtol=1e-6)
    assert read.labels == peer.index_to_key
    assert len(seen) >= 2
    assert seen[-1].done == seen[-1].total == path.stat().st_size
    assert seen[-1].unit == "B"


def test_no_header_is_glove_with_tabs_and_blanks(tmp_path: Path) -> None:
    path = tmp_path / "gene2vec.txt"
    path.write_text("TP53\t0.5 -1 2e-3 \nBRCA1\t1 2 3 \n\nMYC\tnan inf -4 \n")
    read = whole(path)
    assert read.source.format == "glove"
    assert read.labels == ["TP53", "BRCA1", "MYC"]
    np.testing.assert_array_equal(
        read.vectors, np.array([[0.5, -1, 2e-3], [1, 2, 3], [np.nan, np.inf, -4]], np.float32)
    )


def test_names_with_blanks_and_odd_bytes(tmp_path: Path) -> None:
    path = tmp_path / "x.txt"
    path.write_bytes(
        b"the 1 2 3\nat name@x.org 4 5 6\n. . . 7 8 9\nNew\xc2\xa0York 1 1 1\ncaf\xe9 2 2 2\n"
        b"\xe2\x80\xa8 3 3 3\n"
    )
    read = whole(path)
    assert read.labels == ["the", "at name@x.org", ". . .", "New\xa0York", "café", "\u2028"]
    assert read.vectors[2].tolist() == [7, 8, 9]
    assert "1 names are not valid UTF-8" in read.notes


def test_crlf_bom_and_surplus_blanks(tmp_path: Path) -> None:
    path = tmp_path / "x.vec"
    path.write_bytes(b"\xef\xbb\xbf2 2\r\nA  1   2\r\nB 3 4 \t\r\n\r\n")
    read = whole(path)
    assert read.labels == ["A", "B"]
    assert read.vectors.tolist() == [[1, 2], [3, 4]]


@pytest.mark.parametrize("line", ["A 1-2", "A 1", "A 1 2 3", "A 1 x", "A 1 1_0", "A 0x1 2", "A"])
def test_nothing_ambiguous_reaches_the_fast_parser(line: str) -> None:
    text = ["B 5 6", line, "C 7 8"]
    with pytest.raises(FileError, match="line 8"):
        parse_rows(_somewhere(), Lines(7, b"\n".join(row.encode() for row in text)), 2)


def _somewhere() -> Path:
    return Path("x.txt")


def test_a_name_is_not_stretched_over_numbers(tmp_path: Path) -> None:
    path = tmp_path / "x.vec"
    path.write_text("2 2\nA 1 2\nB 3 4 5\n")
    refused(path, "line 3 has 3 numbers instead of 2")


@pytest.mark.parametrize("binary", [False, True])
@pytest.mark.parametrize("keep", [0.3, 0.9, -3])
def test_truncated(tmp_path: Path, binary: bool, keep: float | int) -> None:
    path = tmp_path / "x.vec"
    _gensim().save_word2vec_format(str(path), binary=binary)
    if not binary and keep == -3:
        keep = -len(path.read_bytes().split()[-1]) - 2
    refused(cut(path, keep), "announces|instead of|numbers")


TOKENS = ["my name", "a b", "New York City", "x y z w", "abc defg", "A BCD", "β globin", "of the"]


@pytest.mark.parametrize("lines", [False, True], ids=["as gensim", "as the original program"])
@pytest.mark.parametrize("d", [6, 7, 16, 100, 300])
@pytest.mark.parametrize("token", TOKENS)
def test_blanks_in_names_of_binary_files(tmp_path: Path, token: str, d: int, lines: bool) -> None:
    """Names may hold blanks: read whole, wherever they stand, never at the cost of a neighbour."""
    for place in (0, 5, 11):
        labels = [token if n == place else f"HLA-{n}A" for n in range(12)]
        rows = numbers(12, d, seed=place)
        parts = [f"12 {d}\n".encode()]
        for label, row in zip(labels, rows, strict=True):
            parts.append(label.encode() + b" " + row.tobytes() + (b"\n" if lines else b""))
        (tmp_path / "x.bin").write_bytes(b"".join(parts))
        read = whole(tmp_path / "x.bin")
        assert read.labels == labels
        np.testing.assert_array_equal(read.vectors, rows)
        assert "1 names hold blanks" in read.notes


def test_a_name_that_may_end_in_two_places_is_refused(tmp_path: Path) -> None:
    """After "X" and after "X ab" stand two numbers as good as any: bytes made for this."""
    row = b"X ab " + b"\x3f\x00\x80\x3f" + b"\x3fAB\x3f"
    (tmp_path / "x.bin").write_bytes(b"6 2\n" + row * 6)
    refused(tmp_path / "x.bin", "row 1 may have a name with or without a blank in it")


@pytest.mark.parametrize("form", ["word2vec", "glove"])
def test_a_blank_name_in_text_is_dropped_and_counted(tmp_path: Path, form: str) -> None:
    rows = [f"GENE{n} {n}.5 1 2" for n in range(8)]
    rows[3] = " 0.25 1 2"
    header = ["8 3"] if form == "word2vec" else []
    (tmp_path / "x.vec").write_text("\n".join(header + rows) + "\n")
    space = import_space(Recipe(tmp_path / "x.vec"), tmp_path / "space", name="space")
    assert space.n == 7
    assert [(one["reason"], one["count"]) for one in space.manifest.dropped] == [("no label", 1)]


def test_truncating_reads_what_a_wrong_first_line_denies(tmp_path: Path) -> None:
    rows = [f"GENE{n} {n}.5 1 2" for n in range(9)]
    (tmp_path / "x.vec").write_text("\n".join(["5 3", *rows]) + "\n")
    refused(tmp_path / "x.vec", "announces 5 rows, the file has at least 9")
    for count in (3, 5, 9):
        recipe = Recipe(tmp_path / "x.vec", truncate=count)
        space = import_space(recipe, tmp_path / f"space{count}", name="space")
        assert space.n == count


@pytest.mark.parametrize("binary", [False, True])
def test_truncated_gz(tmp_path: Path, binary: bool) -> None:
    path = tmp_path / "x.vec.gz"
    _gensim().save_word2vec_format(str(path), binary=binary)
    refused(cut(path, 0.9), "packed data is cut short or damaged")
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0xFF
    path.write_bytes(data)
    refused(path, "damaged|number|announces|text")


@pytest.mark.parametrize("binary", [False, True])
@pytest.mark.parametrize("announced", ["41 7", "39 7"])
def test_wrong_count(tmp_path: Path, binary: bool, announced: str) -> None:
    path = tmp_path / "x"
    _gensim().save_word2vec_format(str(path), binary=binary)
    path.write_bytes(path.read_bytes().replace(b"40 7", announced.encode(), 1))
    refused(path, f"line 1 announces {announced[:2]} rows")


@pytest.mark.parametrize("binary", [False, True])
@pytest.mark.parametrize("announced", ["999999999999 7", "40 999999999999", "0 7", "40 0"])
def test_impossible_counts(tmp_path: Path, binary: bool, announced: str) -> None:
    path = tmp_path / "x"
    _gensim().save_word2vec_format(str(path), binary=binary)
    path.write_bytes(path.read_bytes().replace(b"40 7", announced.encode(), 1))
    refused(path, "line 1 announces")


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("2 3\nA 1 2 3\nB 4 5 x\n", "line 3: 'x' is not a number"),
        ("2 3\nA 1 2 3\nB 4 5\n", "line 3 has 2 numbers instead of 3"),
        ("2 3\nA 1 2 3\nB\n", "line 3 has 0 numbers instead of 3"),
        ("2 3\nA 1 2 3\n1 2 3\n", "line 3 has 2 numbers instead of 3"),
    ],
)
def test_wrong_rows_of_text(tmp_path: Path, text: str, match: str) -> None:
    path = tmp_path / "x.vec"
    path.write_text(text)
    refused(path, match)


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("A 1 2 3\nB 4 5 6\nC 7 8\n", "line 3 has 2 numbers instead of 3"),
        ("A 1 2 3\nB 4 5 6\nC 7 8 9 10\n", "line 3 has 4 numbers instead of 3"),
        ("A 1 2 3\nB 4 5 6\nC 7 zz 9\n", "line 3: 'zz' is not a number"),
    ],
)
def test_wrong_rows_of_glove(tmp_path: Path, text: str, match: str) -> None:
    path = tmp_path / "x.txt"
    path.write_text(text)
    refused(path, match)


def test_binary_out_of_step(tmp_path: Path) -> None:
    path = tmp_path / "x.bin"
    halves = np.full((3000, 7), 0.1, np.float16)
    rows = b"".join(b"g%d " % i + row.tobytes() for i, row in enumerate(halves))
    path.write_bytes(b"3000 2\n" + rows)
    refused(path, "x.bin")
    path.write_bytes(b"30 2\n\x01" + b"x" * 9000)
    refused(path, "row 1 has no name")


def test_format_given_and_not_fitting(tmp_path: Path) -> None:
    path = tmp_path / "x.txt"
    path.write_text("A 1 2 3\nB 4 5 6\n")
    error = refused(path, "line 1 is not 'rows dimensions'", format="word2vec-text")
    assert "glove" in error.hint
    refused(path, "line 1 is not", format="word2vec-binary")
    refused(path, "no npz", format="npz")
    with pytest.raises(UsageError, match="no source format 'word3vec'") as caught:
        open_source(path, format="word3vec")
    assert "word2vec-text" in caught.value.hint


def test_not_recognised_lists_the_formats(tmp_path: Path) -> None:
    path = tmp_path / "x.dat"
    path.write_text("Dear all,\nplease find attached\n")
    error = refused(path, "not recognised")
    assert "npz, npy, word2vec-text" in error.hint
    path.write_bytes(b"")
    refused(path, "empty")
    refused(tmp_path, "no source of embeddings")


def test_stopping_between_blocks(tmp_path: Path) -> None:
    path = tmp_path / "x.vec"
    _gensim(3000, 300).save_word2vec_format(str(path))
    asked = 0

    def stop() -> bool:
        nonlocal asked
        asked += 1
        return asked > 1

    with pytest.raises(Cancelled):
        list(open_source(path, run=Run(cancelled=stop)).blocks)


def test_a_line_without_end_is_not_kept_in_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gene_tui.spaces.importers.text.LINE_BYTES", 1 << 20)
    path = tmp_path / "x.txt.gz"
    with gzip.open(path, "wb") as handle:
        handle.write(b"A 1 2\nB 3 4\n" + b"5" * (6 << 20))
    refused(path, "line 3 is longer than")
