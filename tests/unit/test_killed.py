"""Commands killed at any moment: nothing acknowledged is lost, nothing half made is seen.

``GENE_TUI_TRIES`` sets how many of each are killed.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from gene_tui import paths
from gene_tui.session import open_space
from gene_tui.spaces import store
from tests.cli import run

TRIES = int(os.environ.get("GENE_TUI_TRIES", "3"))


def source(folder: Path, rows: int) -> Path:
    rng = np.random.default_rng(rows)
    file = folder / f"rows-{rows}.npz"
    vectors = rng.standard_normal((rows, 64)).astype(np.float32)
    np.savez(file, embeddings=vectors, genes=np.array([f"g{i}" for i in range(rows)]))
    return file


def kill(command: list[str], dice: random.Random, share: float) -> int | None:
    """Kill a command within ``share`` seconds of its start; its exit code if it was quicker."""
    running = subprocess.Popen(
        [sys.executable, "-m", "gene_tui", *command],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    time.sleep(dice.random() * share)
    code = running.poll()
    running.send_signal(signal.SIGKILL)
    running.wait()
    return code


@pytest.mark.parametrize("seed", range(TRIES))
def test_a_killed_import_leaves_the_old_space_or_the_new(tmp_path: Path, seed: int) -> None:
    old, new = source(tmp_path, 300), source(tmp_path, 2000)
    assert run("import", str(old), "--name", "s", "--no-derive").code == 0
    command = ["import", str(new), "--name", "s", "--no-derive", "--replace"]
    code = kill(command, random.Random(seed), 1.3)
    space = open_space("s").space
    assert space.n == (2000 if code == 0 else space.n) and space.n in (300, 2000)
    assert not store.verify(space.folder).damaged
    assert [entry.name for entry in paths.spaces_dir().iterdir() if entry.name[0] != "."] == ["s"]
    assert run(*command).code == 0 and open_space("s").space.n == 2000


@pytest.mark.parametrize("seed", range(TRIES))
def test_a_killed_derive_leaves_only_whole_arrays(tmp_path: Path, seed: int) -> None:
    assert run("import", str(source(tmp_path, 600)), "--name", "s", "--no-derive").code == 0
    asked = open_space("s").query("g1 : g2", k=5).hits
    kill(["derive", "s"], random.Random(seed), 3.0)
    space = open_space("s").space
    assert all(space.derived.names().values())
    hits = open_space("s").query("g1 : g2", k=5).hits
    assert [(hit.genes, hit.score) for hit in hits] == [(hit.genes, hit.score) for hit in asked]
    assert run("derive", "s").code == 0
    assert not store.verify(space.folder).damaged


@pytest.mark.parametrize("seed", range(TRIES))
def test_a_killed_export_leaves_the_old_file_or_the_new(tmp_path: Path, seed: int) -> None:
    assert run("import", str(source(tmp_path, 600)), "--name", "s", "--no-derive").code == 0
    out = tmp_path / "out" / "answer.tsv"
    out.parent.mkdir()
    out.write_text("old\n")
    command = ["query", "g1", "-k", "500", "-s", "s", "--format", "tsv", "-o", str(out)]
    code = kill(command, random.Random(seed), 1.5)
    text = out.read_text()
    assert (text == "old\n" and code != 0) or (len(text.splitlines()) == 501 and text[-1] == "\n")
