"""Whatever a file holds, an importer reads it or refuses it in one line: nothing else.

Random bytes rarely get past the first check of a format, so most examples are sound files
with a few bytes changed, cut out, doubled or torn off.
"""

from __future__ import annotations

import gzip
import tempfile
import zipfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gene_tui.errors import FileError, GeneTuiError
from gene_tui.spaces.importers import FORMATS, open_source

from .sources import names, numbers

BOUNDED = settings(
    max_examples=60,
    deadline=10_000,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
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
}


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
    assert source.dims == 3


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

    @settings(BOUNDED, max_examples=40)
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
