"""Any vectors, in any container, changed in any way people change files: read right or refused.

``GENE_TUI_TRIES`` sets how many seeded cases are tried.
"""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import os
import pickle
import random
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import numpy.typing as npt
import pytest
from safetensors.numpy import save_file

from gene_tui.errors import FileError
from gene_tui.spaces.importing import Recipe, import_space

from . import checkpoints

TRIES = int(os.environ.get("GENE_TUI_TRIES", "60"))
SYMBOLS = [
    "TP53",
    "BRCA1",
    "EGFR",
    "MYC",
    "KRAS",
    "PTEN",
    "HBA1",
    "HBB",
    "ACTA2",
    "NKX2-1",
    "HLA-A",
    "HLA-B",
    "MT-CO1",
    "C1orf112",
]

Rows = dict[Any, Any]


def _rows(chance: random.Random) -> dict[str, npt.NDArray[np.float32]]:
    n, d = chance.randint(6, 40), chance.choice([6, 7, 12, 50])
    names = list(dict.fromkeys(f"{s}{'' if k == 0 else k}" for k in range(4) for s in SYMBOLS))
    numbers = np.random.default_rng(chance.randrange(1 << 30)).normal(size=(n, d))
    return dict(zip(names[:n], (numbers * chance.choice([1, 100, 1e-3])).astype("f4"), strict=True))


# How a container is changed: entries, then bytes.


def _shuffled(rows: Rows, chance: random.Random) -> Rows:
    names = list(rows)
    chance.shuffle(names)
    return {name: rows[name] for name in names}


def _with_blank(rows: Rows, chance: random.Random) -> Rows:
    old = chance.choice(list(rows))
    new = chance.choice(["my name", "a b c", "New York", "β globin", f"{old} human"])
    return {new if name == old else name: row for name, row in rows.items()}


def _with_bad(rows: Rows, chance: random.Random) -> Rows:
    d = len(next(iter(rows.values())))
    bad: Any = chance.choice([np.full(d, np.nan, "f4"), np.zeros(d, "f4"), np.zeros(0, "f4")])
    return {"BADONE": bad, **rows} if chance.random() < 0.5 else {**rows, "BADONE": bad}


def _as_one_row(rows: Rows, _: random.Random) -> Rows:
    return {name: row[None] for name, row in rows.items()}


def _same(rows: Rows, _: random.Random) -> Rows:
    return rows


CHANGES = (_same, _same, _shuffled, _with_blank, _with_bad, _as_one_row)


def _text(rows: Rows, header: bool, chance: random.Random) -> bytes:
    lines = [f"{len(rows)} {_width(rows)}"] if header else []
    lines += [f"{name} " + " ".join(map(repr, row.ravel().tolist())) for name, row in rows.items()]
    if chance.random() < 0.2:
        lines = [line + " " for line in lines]
    if chance.random() < 0.2 and header:
        lines[0] = f"{len(rows) + chance.choice([-2, -1, 1])} {_width(rows)}"
    end = chance.choice(["\n", "\r\n"])
    text = end.join(lines) + chance.choice(["", end, end + end])
    return text.encode(chance.choice(["utf-8", "utf-8", "utf-8-sig", "utf-16"]))


def _width(rows: Rows) -> int:
    return max(row.size for row in rows.values())


def _binary(rows: Rows, chance: random.Random) -> bytes:
    end = chance.choice([b"", b"\n"])
    parts = [f"{len(rows)} {_width(rows)}\n".encode()]
    parts += [n.encode() + b" " + row.astype("<f4").tobytes() + end for n, row in rows.items()]
    data = b"".join(parts)
    return data[: -chance.randint(1, 30)] if chance.random() < 0.1 else data


def _npz(rows: Rows, chance: random.Random) -> bytes:
    box = io.BytesIO()
    names: Any = np.array(list(rows), dtype=chance.choice([object, str]))
    if chance.random() < 0.3:
        names = np.array({name: at for at, name in enumerate(rows)}, dtype=object)
    matrix = np.stack([row.ravel() for row in rows.values()])
    if chance.random() < 0.3:
        matrix = np.asfortranarray(matrix.astype("f8"))
    chance.choice([np.savez, np.savez_compressed])(box, embeddings=matrix, genes=names)
    return box.getvalue()


def _boxed(rows: Rows, _: random.Random) -> bytes:
    box = io.BytesIO()
    np.save(box, np.array(rows, dtype=object), allow_pickle=True)
    return box.getvalue()


def _pickled(rows: Rows, chance: random.Random) -> bytes:
    as_lists = chance.random() < 0.5
    keys: Callable[[str], Any] = chance.choice([str, str, str.encode])
    value = {keys(name): row.tolist() if as_lists else row for name, row in rows.items()}
    return pickle.dumps(value, protocol=chance.randint(0, 5))


def _json(rows: Rows, chance: random.Random) -> bytes:
    value = {name: row.astype("f8").tolist() for name, row in rows.items()}
    text = json.dumps(value, indent=chance.choice([None, 1]), ensure_ascii=chance.random() < 0.5)
    return text.encode(chance.choice(["utf-8", "utf-16"]))


def _hdf5(rows: Rows, chance: random.Random) -> bytes:
    box = io.BytesIO()
    with h5py.File(box, "w") as file:
        if chance.random() < 0.3:
            file["vectors"] = np.stack([row.ravel() for row in rows.values()])
            file["genes"] = [name.encode() for name in rows]
        else:
            for name, row in rows.items():
                file[chance.choice(["", "e/"]) * 0 + name] = row
    return box.getvalue()


CONTAINERS: dict[str, tuple[str, Callable[[Rows, random.Random], bytes], bool]] = {
    "word2vec text": ("x.vec", lambda rows, chance: _text(rows, True, chance), True),
    "glove": ("x.txt", lambda rows, chance: _text(rows, False, chance), True),
    "word2vec binary": ("x.bin", _binary, True),
    "npz": ("x.npz", _npz, False),
    "npy": ("x.npy", _boxed, False),
    "pickle": ("x.pkl", _pickled, True),
    "json": ("x.json", _json, True),
    "hdf5": ("x.h5", _hdf5, False),
}
PACKERS: dict[str, Callable[[str, bytes], bytes]] = {
    ".gz": lambda _, data: gzip.compress(data, 1),
    ".bz2": lambda _, data: bz2.compress(data, 1),
    ".xz": lambda _, data: lzma.compress(data, preset=0),
    ".zip": lambda name, data: _zipped(name, data),
}


def _zipped(name: str, data: bytes) -> bytes:
    box = io.BytesIO()
    with zipfile.ZipFile(box, "w") as archive:
        archive.writestr(name, data)
    return box.getvalue()


def _write(folder: Path, rows: Rows, chance: random.Random) -> Path:
    """The rows in some container; returns its path."""
    kind = chance.choice([*CONTAINERS, "torch", "safetensors"])
    if kind == "torch":
        stored = {name: checkpoints.Stored(row) for name, row in rows.items()}
        content: Any = {"embeddings": stored} if chance.random() < 0.5 else stored
        return checkpoints.save(folder / "x.pt", content)
    if kind == "safetensors":
        save_file(
            {name: np.ascontiguousarray(row) for name, row in rows.items()},
            folder / "x.safetensors",
        )
        return folder / "x.safetensors"
    name, make, packs = CONTAINERS[kind]
    data = make(rows, chance)
    if packs and chance.random() < 0.4:
        ending = chance.choice(list(PACKERS))
        name, data = name + ending, PACKERS[ending](name, data)
    (folder / name).write_bytes(data)
    return folder / name


@pytest.mark.parametrize("seed", range(TRIES))
def test_read_right_or_refused(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    rows = _rows(chance)
    changed = chance.choice(CHANGES)(rows, chance)
    try:
        path = _write(tmp_path, changed, chance)
    except ValueError:
        pytest.skip("the container cannot hold such entries")
    try:
        space = import_space(Recipe(path), tmp_path / "space", name="space")
    except FileError as error:
        assert "\n" not in error.message and str(path.name) in error.message
        return
    wanted = {name: row.ravel() for name, row in changed.items() if name != "BADONE"}
    found = {space.gene(row).label: space.vectors[row] for row in range(space.n)}
    said = [entry["count"] for entry in space.manifest.dropped]
    assert sorted(found) == sorted(wanted), (path.name, space.manifest.notes, said)
    for name, row in wanted.items():
        np.testing.assert_allclose(found[name], row, rtol=1e-6, err_msg=f"{path.name}: {name}")
    assert sum(said) == len(changed) - len(wanted)
