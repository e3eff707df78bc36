"""Pickles are read as data: plain values come out right, everything else is refused."""

from __future__ import annotations

import bz2
import collections
import gzip
import lzma
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gene_tui.errors import Cancelled, FileError
from gene_tui.run import Run
from gene_tui.spaces.importers.checkpoint import read_tokens
from gene_tui.spaces.importers.pickle_machine import expanded, numbers_of
from gene_tui.spaces.importers.pickle_names import NUMPY, ORDERED, StoredArray
from gene_tui.spaces.importers.safe_pickle import load
from gene_tui.spaces.importing import Recipe, import_space

from .checkpoints import named
from .sources import cut, names, numbers, refused, whole

HERE = Path("x.pkl")


def plain(value: Any) -> Any:
    """A value as Python's own machine would have made it."""
    if isinstance(value, list):
        return [plain(item) for item in expanded(value)]
    if isinstance(value, tuple):
        return tuple(plain(item) for item in value)
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return value.array.tolist() if isinstance(value, StoredArray) else value


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**80), 2**80)
    | st.floats(width=32, allow_nan=False)
    | st.text(st.characters(exclude_categories=["Cs"]))
    | st.binary(),
    lambda inner: (
        st.lists(inner)
        | st.tuples(inner, inner)
        | st.lists(st.floats(width=32, allow_nan=False), min_size=15, max_size=40)
        | st.dictionaries(st.text(max_size=4), inner)
    ),
    max_leaves=30,
)


@given(VALUES, st.integers(1, 5))
def test_plain_data_as_pythons_own_machine_reads_it(value: Any, protocol: int) -> None:
    data = pickle.dumps(value, protocol=protocol)
    assert plain(load(HERE, data, NUMPY)) == value


@pytest.mark.parametrize("protocol", range(2, 6))
@pytest.mark.parametrize("dtype", ["<i2", ">f8", "<f4", "|u1", "<U3", "|S4", "?"])
def test_arrays_and_numbers_of_numpy(protocol: int, dtype: str) -> None:
    array = np.array([[1, 0, 2], [3, 4, 5]]).astype(dtype)
    for value in (array, np.asfortranarray(array), array[0], array[:, 1], array[:0]):
        read = load(HERE, pickle.dumps(value, protocol=protocol), NUMPY)
        assert isinstance(read.array, np.ndarray)
        np.testing.assert_array_equal(read.array, value)
    if array.dtype.kind in "iuf":
        assert load(HERE, pickle.dumps(array[1, 2], protocol=protocol), NUMPY) == 5


def test_objects_in_an_array_and_ordered_dictionaries() -> None:
    value = collections.OrderedDict(a=np.array(["x", None, 2.5], dtype=object))
    read = load(HERE, pickle.dumps(value), {**NUMPY, **ORDERED})
    assert list(read) == ["a"]
    assert read["a"].array == ["x", None, 2.5]


def test_long_lists_of_numbers_stay_numbers() -> None:
    value = numbers(1, 2500).astype(float)[0].tolist()
    read = load(HERE, pickle.dumps([*value, 3, 0.5]), {})
    assert len(read) < 100
    np.testing.assert_array_equal(numbers_of(read), np.array([*value, 3, 0.5], np.float32))
    shared = [value, value]
    read = load(HERE, pickle.dumps(shared), {})
    assert read[0] is read[1]
    assert numbers_of(["x"]) is None
    assert numbers_of("x") is None
    assert numbers_of([True]) is None


@pytest.mark.parametrize(
    "name",
    [
        "os.system",
        "posix.system",
        "builtins.eval",
        "builtins.getattr",
        "subprocess.Popen",
        "pathlib.Path",
        "numpy.load",
        "numpy.core.multiarray.fromfile",
        "torch.load",
        "torch.storage._load_from_bytes",
    ],
)
@pytest.mark.parametrize("protocol", [0, 2, 4])
def test_any_other_name_is_refused_by_name(tmp_path: Path, name: str, protocol: int) -> None:
    path = tmp_path / "x.pkl"
    trap = tmp_path / "sprung"

    class Trap:
        def __reduce__(self) -> Any:
            return function, (f"touch {trap}",)

    with named(name) if "." in name.partition(".")[2] or name[:5] == "torch" else named() as made:
        if made:
            function = made[name]
        else:
            module, _, attribute = name.rpartition(".")
            function = getattr(__import__(module), attribute)
        data = pickle.dumps({"A": [1.0], "B": Trap()}, protocol=protocol)
    path.write_bytes(data)
    error = refused(path, "is not allowed", format="pickle")
    assert f".{function.__name__}'" in error.message
    assert not trap.exists()


def test_what_only_looks_allowed() -> None:
    for data in (
        b"cnumpy\ndtype.x\n.",
        b"cnumpy.core.multiarray\nscalar\n(I1\nI2\ntR.",  # a number of no type
        b"cnumpy\ndtype\n(S'O'\nI0\nI1\ntR(I3\nS'>'\nNNNI-1\nI-1\nI0\ntb\x85cnumpy.core.multiarray\n"
        b"scalar\nR.",
        b"cnumpy\ndtype\n(S'i4,O'\ntR.",
        b"cnumpy\ndtype\n(S'V1000000000'\ntR.",
        b"(ios\nsystem\n.",  # INST
        b"(cos\nsystem\no.",  # OBJ
        b"\x80\x02\x82\x01.",  # EXT1
        b"I1\n(tR.",  # a call of a number
        b"}(]I1\nd.",  # a list as a name
        b"]\x85}(h\x00s.",
        b"Pabc\n.",
        b"\x80\x02X\x01\x00\x00\x00aQ.",
        b"N}b.",
        b"(((.",
        b"a.",
        b".",
        b"",
    ):
        with pytest.raises(FileError, match=r"x\.pkl"):
            load(HERE, data, NUMPY)


@pytest.mark.parametrize(
    "data",
    [
        b"\x8e" + (1 << 62).to_bytes(8, "little"),  # a string of 4 exabytes
        b"X" + b"\xff\xff\xff\xff",
        b"\x8b" + b"\xff\xff\xff\x7f",
        b"Nr\xff\xff\xff\x7f",  # a memo of 2 billion entries
        b"N" + b"p" + b"9" * 5000 + b"\n",
        b"I" + b"9" * 60000 + b"\n.",
        b"(" * 100_000,
        b")" + b"\x85" * 200_000 + b"}(" + b"h\x00Nu.",
        b"]q\x00" + b"h\x00a" * 100_000 + b".",
    ],
)
def test_bombs_do_not_go_off(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "x.pkl"
    path.write_bytes(b"\x80\x02" + data)
    refused(path, "x.pkl")


def test_stopping() -> None:
    with pytest.raises(Cancelled):
        load(HERE, pickle.dumps([1]), {}, run=Run(cancelled=lambda: True))


# Dictionaries of vectors


@pytest.mark.parametrize("protocol", range(1, 6))
@pytest.mark.parametrize("kind", ["list", "tuple", "float32", "float64", "mixed"])
def test_reads_genept(tmp_path: Path, protocol: int, kind: str) -> None:
    vectors = np.round(numbers(30, 1100), 3)
    vectors[4] = 0
    rows: list[Any] = [row.tolist() for row in vectors.astype(np.float64)]
    if kind == "tuple":
        rows = [tuple(row) for row in rows]
    elif kind == "mixed":
        rows = [[int(row[0]), *row[1:]] for row in rows]
        vectors[:, 0] = np.trunc(vectors[:, 0])
    elif kind != "list":
        rows = [np.array(row, dtype=kind) for row in rows]
    path = tmp_path / "GenePT.pickle"
    path.write_bytes(pickle.dumps(dict(zip(names(30), rows, strict=True)), protocol=protocol))
    read = whole(path, format="pickle" if protocol == 1 else None)
    assert read.source.format == "pickle"
    assert read.labels == names(30)
    np.testing.assert_array_equal(read.vectors, vectors)


def test_broken_dictionaries_of_vectors(tmp_path: Path) -> None:
    path = tmp_path / "x.pickle"
    rows = {name: row.tolist() for name, row in zip(names(40), numbers(40, 50), strict=True)}
    path.write_bytes(pickle.dumps(rows))
    for keep in (0.02, 0.5, -1):
        refused(cut(path, keep), "cut short or damaged")
    for value, match in [
        (rows | {key: [1.0, 2.0] for key in "XYZ"}, "'X' has 2 numbers, most names have 50"),
        (rows | dict.fromkeys("XYZ", "text"), "'X': no vector of numbers"),
        (rows | {key: [1.0, "2"] for key in "XYZ"}, "'X': no vector of numbers"),
        (rows | dict.fromkeys("XYZ", np.zeros((2, 2))), "'X': several vectors"),
        ({"X": np.zeros((2, 2)), "Y": np.zeros((3, 2))}, "'X' has several vectors, as for each"),
        ({"X": []}, "'X' has no vector"),
        ({}, "no dictionary"),
        ([1.0, 2.0], "no dictionary"),
        ({f"G{i}": rows["GENE-0A"] for i in range(900)}, "again and again"),
    ]:
        path.write_bytes(pickle.dumps(value))
        refused(path, match)


@pytest.mark.parametrize(
    ("name", "entry", "reason"),
    [
        ("X", [], "no vector of numbers"),
        ("X", None, "no vector of numbers"),
        ("X", "text", "no vector of numbers"),
        ("X", [1.0, "2"], "no vector of numbers"),
        ("X", [1.0, 2.0], "another number of dimensions"),
        ("X", np.zeros((2, 50)), "several vectors, not one"),
        (float("nan"), [1.0] * 50, "no name"),
        (None, [1.0] * 50, "no name"),
        ("", [1.0] * 50, "no name"),
        ("X", [float("nan")] * 50, "NaN or infinite values"),
    ],
)
def test_one_bad_entry_is_dropped_and_counted(
    tmp_path: Path, name: object, entry: object, reason: str
) -> None:
    rows = dict(zip(names(40), numbers(40, 50), strict=True))
    path = tmp_path / "x.pkl"
    path.write_bytes(pickle.dumps({name: entry} | rows))
    space = import_space(Recipe(path), tmp_path / "space", name="space")
    assert (space.n, space.d) == (40, 50)
    np.testing.assert_array_equal(space.vectors, numbers(40, 50))
    assert [(one["reason"], one["count"]) for one in space.manifest.dropped] == [(reason, 1)]


@pytest.mark.parametrize("form", ["1 × d array", "1 × d list", "d array", "tuple"])
@pytest.mark.parametrize("protocol", range(6))
def test_one_row_of_numbers_is_a_vector(tmp_path: Path, form: str, protocol: int) -> None:
    make = {
        "1 × d array": lambda row: row[None, :],
        "1 × d list": lambda row: [row.tolist()],
        "d array": lambda row: row,
        "tuple": lambda row: tuple(row.tolist()),
    }[form]
    rows = {name: make(row) for name, row in zip(names(9), numbers(9, 40), strict=True)}
    path = tmp_path / "x.pkl"
    path.write_bytes(pickle.dumps(rows, protocol=protocol))
    read = whole(path)
    assert read.labels == names(9)
    np.testing.assert_array_equal(read.vectors, numbers(9, 40))


@pytest.mark.parametrize("key", [int, np.int64, float, str, str.encode], ids=lambda key: str(key))
def test_keys_of_any_kind_are_names(tmp_path: Path, key: Callable[..., object]) -> None:
    given = {key(str(7157 + n)) if key is not str.encode else str(7157 + n).encode(): row.tolist()
             for n, row in enumerate(numbers(9, 4))}  # fmt: skip
    path = tmp_path / "x.pkl"
    path.write_bytes(pickle.dumps(given))
    assert whole(path).labels == [str(7157 + n) for n in range(9)]


@pytest.mark.parametrize(
    ("name", "label"),
    [(b"'HBA1'", "HBA1"), (b"'caf\\xe9'", "café"), (b"'caf\\xc3\\xa9'", "café"),
     (b"'caf\xe9'", "café"), (b'"5\'-nt"', "5'-nt"), (b"'a\\'b'", "a'b"),
     (b"'a\\\\b'", "a\\b")],
)  # fmt: skip
def test_pickles_of_python_2(tmp_path: Path, name: bytes, label: str) -> None:
    path = tmp_path / "x.pkl"
    entry = b"(lp2\nF0.1\naF0.25\naF-3\nas"
    path.write_bytes(b"(dp0\nS" + name + b"\np1\n" + entry + b"S'HBB'\np3\n" + entry + b".")
    read = whole(path)
    assert read.labels == [label, "HBB"]
    np.testing.assert_array_equal(read.vectors, np.float32([[0.1, 0.25, -3]] * 2))


def test_arrays_of_python_2(tmp_path: Path) -> None:
    """Their bytes are text with escapes."""
    row = numbers(1, 6)[0]
    escaped = "".join(f"\\x{byte:02x}" for byte in row.tobytes()).encode()
    path = tmp_path / "x.pkl"
    path.write_bytes(
        b"(dp0\nS'HBB'\np1\ncnumpy.core.multiarray\n_reconstruct\np2\n"
        b"(cnumpy\nndarray\np3\n(I0\ntp4\nS'b'\np5\ntp6\nRp7\n"
        b"(I1\n(I6\ntp8\ncnumpy\ndtype\np9\n(S'f4'\np10\nI0\nI1\ntp11\nRp12\n"
        b"(I3\nS'<'\np13\nNNNI-1\nI-1\nI0\ntp14\nbI00\nS'" + escaped + b"'\np15\ntp16\nbs."
    )
    read = whole(path)
    assert read.labels == ["HBB"]
    np.testing.assert_array_equal(read.vectors[0], row)


@pytest.mark.parametrize("packer", [gzip.compress, bz2.compress, lzma.compress])
def test_packed_pickles(tmp_path: Path, packer: Callable[[bytes], bytes]) -> None:
    rows = dict(zip(names(40), numbers(40, 50), strict=True))
    path = tmp_path / "x.pkl.packed"
    path.write_bytes(packer(pickle.dumps(rows)))
    assert whole(path).labels == names(40)


# Dictionaries of tokens


@pytest.mark.real_data
def test_reads_geneformers_dictionaries(real_data: Path) -> None:
    first = read_tokens(real_data / "formats/geneformer_v1_token_dictionary.pkl")
    assert len(first) == 25_426
    assert list(first.items())[:3] == [("<pad>", 0), ("<mask>", 1), ("ENSG00000000003", 2)]
    assert sorted(first.values()) == list(range(25_426))
    second = read_tokens(real_data / "formats/geneformer_v2_token_dictionary_gc104M.pkl")
    assert len(second) == 20_275
    assert second["<eos>"] == 3
    assert sorted(second.values()) == list(range(20_275))


@pytest.mark.real_data
def test_a_dictionary_of_tokens_is_no_source(real_data: Path) -> None:
    path = real_data / "formats/geneformer_v1_token_dictionary.pkl"
    error = refused(path, "one number for '<pad>', not a vector")
    assert "model's folder" in error.hint


def test_broken_dictionaries_of_tokens(tmp_path: Path) -> None:
    path = tmp_path / "x.pkl"
    for value, match in [
        ({"A": 0.5}, "no dictionary of tokens and whole numbers"),
        ({1: 0}, "no dictionary of tokens and whole numbers"),
        ({}, "no dictionary of tokens"),
        (["A"], "no dictionary of tokens"),
    ]:
        path.write_bytes(pickle.dumps(value))
        with pytest.raises(FileError, match=match):
            read_tokens(path)
    with pytest.raises(FileError, match="no such file"):
        read_tokens(tmp_path / "none.pkl")
