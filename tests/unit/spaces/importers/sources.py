"""What the importers' tests share: reading a source whole, and expecting it to be refused."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from gene_tui.errors import FileError
from gene_tui.spaces.importers import open_source
from gene_tui.spaces.source import Source


@dataclass
class Whole:
    """A source read to its end."""

    source: Source
    labels: list[str]
    vectors: npt.NDArray[np.float32]
    columns: dict[str, list[str]]

    @property
    def notes(self) -> str:
        return "\n".join(self.source.notes)


def whole(path: Path, **options: Any) -> Whole:
    """Recognise ``path``, read all of it, and hold every block to what Block promises."""
    source = open_source(path, format=options.pop("format", None), **options)
    labels: list[str] = []
    columns: dict[str, list[str]] = {}
    parts = []
    for block in source.blocks:
        assert block.vectors.dtype == np.float32
        assert block.vectors.shape == (len(block.labels), source.dims)
        assert all(type(label) is str for label in block.labels)
        for name, values in block.columns.items():
            assert len(values) == len(block.labels)
            columns.setdefault(name, []).extend(values)
        labels += block.labels
        parts.append(block.vectors)
    assert source.rows in (0, len(labels))
    assert all(file.exists() for file in source.files)
    return Whole(source, labels, np.concatenate(parts), columns)


def refused(path: Path, match: str, **options: Any) -> FileError:
    """Reading ``path`` must fail with one line that names the file and matches ``match``."""
    with pytest.raises(FileError, match=match) as caught:
        whole(path, **options)
    error = caught.value
    assert path.name in error.message
    assert "\n" not in error.message
    assert error.exit_code == 3
    return error


def cut(path: Path, keep: float | int) -> Path:
    """A copy of ``path`` that ends early: after a share of its bytes, or before the last few."""
    data = path.read_bytes()
    size = int(len(data) * keep) if isinstance(keep, float) else len(data) + keep
    other = path.with_name(f"cut_{path.name}")
    other.write_bytes(data[:size])
    return other


def names(n: int) -> list[str]:
    return [f"GENE-{i}A" for i in range(n)]


def numbers(n: int, d: int, seed: int = 7) -> npt.NDArray[np.float32]:
    return np.random.default_rng(seed).normal(size=(n, d)).astype(np.float32)
