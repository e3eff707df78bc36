"""Mapped arrays give their memory back and stay what they are."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from gene_tui.arrays import let_go, mapped


def _resident(path: Path) -> int:
    """KB of a mapped file that this process holds."""
    total, here = 0, False
    for line in Path("/proc/self/smaps").read_text().splitlines():
        if line.split()[0].count("-") == 1 and not line.split()[0].endswith(":"):
            here = line.endswith(str(path))
        elif here and line.startswith("Rss:"):
            total += int(line.split()[1])
    return total


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux says what is resident")
@pytest.mark.parametrize("part", [slice(None), slice(500, None)])
def test_what_is_let_go_takes_no_memory_and_is_there_again(tmp_path: Path, part: slice) -> None:
    values = np.random.default_rng(0).standard_normal((4000, 64))
    np.save(tmp_path / "some.npy", values)
    array = mapped(tmp_path / "some.npy")
    array.sum()
    assert _resident(tmp_path / "some.npy") > 1000
    let_go(array[part].view(np.ndarray))
    assert _resident(tmp_path / "some.npy") == 0
    np.testing.assert_array_equal(array, values)


def test_what_may_have_changed_is_kept(tmp_path: Path) -> None:
    np.save(tmp_path / "some.npy", np.zeros(5000))
    for mode in ("c", "r+"):
        array = np.load(tmp_path / "some.npy", mmap_mode=mode)
        array += 1
        let_go(array)
        still = array[10:]
        still.flags.writeable = False
        let_go(still)
        assert array.min() == 1
    plain = np.arange(5)
    let_go(plain)
    let_go(plain[1:])
    assert plain.tolist() == [0, 1, 2, 3, 4]
