"""The kernels are compiled ahead, by a process that can be stopped."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gene_tui.engines import analogy
from gene_tui.engines.analogy import compiled
from gene_tui.engines.analogy.engine import AnalogyEngine, Limits
from gene_tui.errors import Cancelled


def test_what_is_compiled_is_kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    monkeypatch.setattr(compiled, "are_kept", lambda: False)
    monkeypatch.setattr(compiled, "MODULES", ("tiles",))  # one of them takes seconds enough
    compiled.warm_up()
    assert list(tmp_path.rglob("tiles.*.nbi")) and list(tmp_path.rglob("tiles.*.nbc"))


def test_nothing_is_started_where_it_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    def popen(*_: Any, **__: Any) -> None:
        raise AssertionError

    monkeypatch.setattr(compiled, "are_kept", lambda: True)
    monkeypatch.setattr(compiled.subprocess, "Popen", popen)
    compiled.warm_up()


def test_kept_means_beside_the_source(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(compiled, "__file__", str(tmp_path / "compiled.py"))
    assert not compiled.are_kept()
    (tmp_path / "__pycache__").mkdir()
    for name in compiled.MODULES:
        assert not compiled.are_kept()
        (tmp_path / "__pycache__" / f"{name}.a-1.py311.nbi").write_text("")
    assert compiled.are_kept()


def test_it_stops_when_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    children = []
    popen = subprocess.Popen

    def watched(*arguments: Any, **options: Any) -> Any:
        children.append(popen(*arguments, **options))
        return children[-1]

    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    monkeypatch.setattr(compiled, "are_kept", lambda: False)
    monkeypatch.setattr(compiled.subprocess, "Popen", watched)
    with pytest.raises(Cancelled):
        compiled.warm_up(lambda: True)
    assert len(children) == 1 and children[0].returncode is not None


def test_numpy_answers_where_nothing_can_be_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiled, "_join", None)
    monkeypatch.delitem(sys.modules, "gene_tui.engines.analogy.join", raising=False)
    monkeypatch.delattr(analogy, "join", raising=False)
    monkeypatch.setitem(sys.modules, "numba", None)
    assert compiled.load() is None and compiled.loaded() is None
    engine = AnalogyEngine(np.random.default_rng(0).standard_normal((9, 4)).astype(np.float32))
    several = engine.best_pair_scores(np.array([[0, 1]]), Limits(1))
    assert several[0] == engine.pairs(0, 1, Limits(1)).scores[0]
