"""Whatever a file holds, an importer reads it or refuses it in one line: nothing else.

Random bytes rarely get past the first check of a format, so most examples are sound files
with a few bytes changed, cut out, doubled or torn off.
"""

from __future__ import annotations

import contextlib
import gzip
import json
import pickle
import resource
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from functools import cache
from io import BytesIO
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gene_tui.errors import FileError, GeneTuiError
from gene_tui.spaces.importers import FORMATS, open_source
from gene_tui.spaces.importers.pickle_names import NUMPY, ORDERED, SETS
from gene_tui.spaces.importers.safe_pickle import _STEPS, load

from . import checkpoints
from .checkpoints import Stored
from .sources import names, numbers

BOUNDED = settings(
    max_examples=45,
    deadline=60_000,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
#: No example may take more memory than this, whatever it announces.
MOST_MEMORY = 1 << 30
SUFFIXES = sorted({ending for entry in FORMATS.values() for ending in entry.suffixes})


def survive(path: Path, format: str | None = None) -> None:
    """Reading ends, in rows as promised or in one of our errors."""
    for entry in FORMATS.values():
        assert 0 <= entry.probe(path) <= 1
    try:
        source = open_source(path, format=format)
        for block in source.blocks:
            assert block.vectors.shape == (len(block.labels), source.dims)
            assert block.vectors.dtype == np.float32
            "".join(block.labels).encode()
    except GeneTuiError as error:
        assert "\n" not in error.message
        assert "fit in memory" not in error.message
        assert isinstance(error, FileError)


def _text(path: Path) -> None:
    table = pd.DataFrame(numbers(8, 3), index=names(8), columns=["a", "b", "c"])
    table.to_csv(path, sep="\t" if path.suffix == ".tsv" else ",")


def _json(path: Path) -> None:
    rows = ", ".join(f'"{name}": [1.5, -2e3, {i}]' for i, name in enumerate(names(8)))
    path.write_text("{" + rows + "}")


def _lines(path: Path) -> None:
    header = "" if path.suffix == ".glove" else "8 3\n"
    path.write_text(header + "".join(f"{name} 1.5 -2e3 {i}\n" for i, name in enumerate(names(8))))


def _binary(path: Path) -> None:
    rows = zip(names(8), numbers(8, 3), strict=True)
    path.write_bytes(b"8 3\n" + b"".join(f"{n} ".encode() + row.tobytes() for n, row in rows))


def _packed(path: Path) -> None:
    _lines(path)
    path.write_bytes(gzip.compress(path.read_bytes()))


def _npz(path: Path) -> None:
    np.savez_compressed(path, embeddings=numbers(8, 3), genes=names(8), symbols=names(8))


def _npy(path: Path) -> None:
    np.save(path, numbers(8, 3))
    path.with_suffix(".txt").write_text("\n".join(names(8)))


def _parquet(path: Path) -> None:
    pd.DataFrame(numbers(8, 3), index=names(8), columns=["a", "b", "c"]).to_parquet(path)


def _h5ad(path: Path) -> None:
    import h5py

    with h5py.File(path, "w") as file:
        file["varm/emb"] = numbers(8, 3)
        file["var/_index"] = np.array(names(8), dtype="S")


def _pickle(path: Path) -> None:
    rows = zip(names(8), numbers(8, 24).astype(float).tolist(), strict=True)
    path.write_bytes(pickle.dumps(dict(rows), protocol=4))


def _arrays(path: Path) -> None:
    rows = dict(zip(names(8), numbers(8, 3), strict=True))
    path.write_bytes(pickle.dumps(rows, protocol=2))


def _gensim(path: Path) -> None:
    from gensim.models import KeyedVectors

    vectors = KeyedVectors(3)
    vectors.add_vectors(names(8), numbers(8, 3))
    vectors.save(str(path))


def _tokens(path: Path) -> None:
    labels = {name: np.int16(row) for row, name in enumerate(names(8))}
    path.with_name("token_dictionary.pkl").write_bytes(pickle.dumps(labels))


def _safetensors(path: Path) -> None:
    from safetensors.numpy import save_file

    save_file({"word_embeddings.weight": numbers(8, 3), "x": numbers(1, 2)}, path)
    _tokens(path)


def _geneformer(path: Path) -> None:
    checkpoints.save(path, {"a.word_embeddings.weight": Stored(numbers(8, 3))})
    _tokens(path)


def _scgpt(path: Path) -> None:
    parts = {"weight": numbers(8, 3), "x": numbers(1, 3)}
    checkpoints.save(path, {f"encoder.embedding.{k}": Stored(v) for k, v in parts.items()})
    vocabulary = {name: row for row, name in enumerate(names(8))}
    path.with_name("vocab.json").write_text(json.dumps(vocabulary))
    path.with_name("args.json").write_text('{"embsize": 3}')


def _by_name(path: Path) -> None:
    rows = zip(names(8), numbers(8, 3), strict=True)
    checkpoints.save(path, {name: Stored(row) for name, row in rows})


SOUND: dict[str, Callable[[Path], None]] = {
    "x.csv": _text,
    "x.tsv": _text,
    "x.json": _json,
    "x.vec": _lines,
    "x.glove": _lines,
    "x.bin": _binary,
    "x.vec.gz": _packed,
    "x.npz": _npz,
    "x.npy": _npy,
    "x.parquet": _parquet,
    "x.h5ad": _h5ad,
    "x.pickle": _pickle,
    "arrays.pkl": _arrays,
    "x.kv": _gensim,
    "model.safetensors": _safetensors,
    "pytorch_model.bin": _geneformer,
    "best_model.pt": _scgpt,
    "by_name.pt": _by_name,
}


@pytest.fixture(autouse=True)
def _bounded_memory() -> Iterator[None]:
    """A test whose files make an importer use more than ``MOST_MEMORY`` fails."""
    before = _peak()
    yield
    assert _peak() - before < MOST_MEMORY


def _peak() -> int:
    """The most memory this process has used so far, in bytes."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


@cache
def sound(name: str) -> dict[str, bytes]:
    """The files of a sound source of that name."""
    with tempfile.TemporaryDirectory() as folder:
        SOUND[name](Path(folder) / name)
        return {file.name: file.read_bytes() for file in Path(folder).iterdir()}


@st.composite
def damage(draw: st.DrawFn, data: bytes) -> bytes:
    """The same bytes with one to four changes."""
    changed = bytearray(data)
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, max(0, len(changed) - 1)))
        length = draw(st.integers(0, 8))
        kind = draw(st.sampled_from(["set", "cut", "insert", "double", "tear"]))
        if kind == "set":
            changed[at : at + length] = draw(st.binary(min_size=length, max_size=length))
        elif kind == "cut":
            del changed[at : at + length]
        elif kind == "insert":
            changed[at:at] = draw(st.binary(max_size=8))
        elif kind == "double":
            changed[at:at] = changed[at : at + 8 * length]
        else:
            del changed[at:]
    return bytes(changed)


@pytest.mark.parametrize("name", SOUND)
def test_the_sound_file_is_read(name: str, tmp_path: Path) -> None:
    for file, data in sound(name).items():
        (tmp_path / file).write_bytes(data)
    source = open_source(tmp_path / name)
    assert sum(len(block.labels) for block in source.blocks) == 8
    assert source.dims in (3, 24)


@pytest.mark.parametrize("name", SOUND)
def test_damaged_files(name: str) -> None:
    @BOUNDED
    @given(damage(sound(name)[name]))
    def check(data: bytes) -> None:
        with tempfile.TemporaryDirectory() as folder:
            for file, content in sound(name).items():
                (Path(folder) / file).write_bytes(content)
            (Path(folder) / name).write_bytes(data)
            survive(Path(folder) / name)

    check()


@pytest.mark.parametrize("suffix", [*SUFFIXES, ".txt", ".gz", ""])
def test_random_bytes_under_every_ending(suffix: str) -> None:
    lines = st.text("0123456789.-+eE nan,\t\n\"'[]{}:;A", max_size=200).map(str.encode)

    @settings(BOUNDED, max_examples=30)
    @given(st.one_of(st.binary(max_size=200), lines))
    def check(data: bytes) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"x{suffix}"
            path.write_bytes(data)
            survive(path)

    check()


@pytest.mark.parametrize("format", FORMATS)
def test_every_file_as_every_format(format: str) -> None:
    for name in SOUND:
        with tempfile.TemporaryDirectory() as folder:
            for file, content in sound(name).items():
                (Path(folder) / file).write_bytes(content)
            survive(Path(folder) / name, format)


COMPANIONS = [
    ("model.safetensors", "token_dictionary.pkl"),
    ("best_model.pt", "vocab.json"),
    ("best_model.pt", "args.json"),
    ("x.npy", "x.txt"),
]


@pytest.mark.parametrize(("name", "beside"), COMPANIONS)
def test_damaged_files_beside_the_main_one(name: str, beside: str) -> None:
    @BOUNDED
    @given(damage(sound(name)[beside]))
    def check(data: bytes) -> None:
        with tempfile.TemporaryDirectory() as folder:
            for file, content in sound(name).items():
                (Path(folder) / file).write_bytes(data if file == beside else content)
            survive(Path(folder) / name)

    check()


def test_damaged_pickles_inside_a_checkpoint() -> None:
    files = sound("pytorch_model.bin")
    with zipfile.ZipFile(BytesIO(files["pytorch_model.bin"])) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}

    @BOUNDED
    @given(damage(members["archive/data.pkl"]))
    def check(data: bytes) -> None:
        with tempfile.TemporaryDirectory() as folder:
            for file, content in files.items():
                (Path(folder) / file).write_bytes(content)
            path = Path(folder) / "pytorch_model.bin"
            with zipfile.ZipFile(path, "w") as archive:
                for member, content in {**members, "archive/data.pkl": data}.items():
                    archive.writestr(member, content)
            survive(path)
            survive(path, "geneformer")

    check()


@settings(BOUNDED, max_examples=150)
@given(st.lists(st.sampled_from(sorted(_STEPS)), max_size=60), st.binary(max_size=40))
def test_random_programs(codes: list[int], tail: bytes) -> None:
    program = b"".join(
        bytes([code]) + tail[index % 7 : index % 3] for index, code in enumerate(codes)
    )
    with contextlib.suppress(FileError):
        load(Path("x.pkl"), program + tail, {**NUMPY, **ORDERED, **SETS})


def test_damaged_arrays_inside_an_archive() -> None:
    @BOUNDED
    @given(damage(sound("x.npy")["x.npy"]))
    def check(data: bytes) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "x.npz"
            with zipfile.ZipFile(path, "w") as archive:
                archive.writestr("embeddings.npy", data)
                archive.writestr("genes.npy", sound("x.npy")["x.npy"])
            survive(path)
            survive(path, "npz")

    check()
