"""Disks that take no more, spaces that go away: one line, the exit code, nothing half made."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from gene_tui import files, paths
from gene_tui.errors import FileError
from gene_tui.session import open_space
from gene_tui.spaces import store
from tests.cli import run

LIMIT = 60_000


@pytest.fixture
def source(tmp_path: Path) -> Path:
    rng = np.random.default_rng(0)
    file = tmp_path / "tiny.npz"
    rows = rng.standard_normal((900, 40)).astype(np.float32)
    np.savez(file, embeddings=rows, genes=np.array([f"g{i}" for i in range(len(rows))]))
    return file


def limited(*arguments: str, most: int = LIMIT) -> subprocess.CompletedProcess[str]:
    """A command that may make no file larger than ``most``, as on a disk nearly full."""
    # What numba keeps of its compiling must not count.
    env = os.environ | {"NUMBA_DISABLE_JIT": "1"}
    return subprocess.run(
        [sys.executable, "-m", "gene_tui", *arguments],
        env=env,
        capture_output=True,
        text=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (most, most)),
    )


def check_said(done: subprocess.CompletedProcess[str]) -> None:
    assert done.returncode == 3, done.stderr
    assert "cannot be written" in done.stderr
    assert "Traceback" not in done.stderr and "damaged" not in done.stderr
    assert "prepared:" not in done.stderr
    assert "internal error" not in done.stderr and "hint:" in done.stderr


def test_an_import_that_does_not_fit_leaves_nothing(source: Path) -> None:
    check_said(limited("import", str(source), "--name", "s"))
    assert list(paths.spaces_dir().iterdir()) == []


def test_a_replacement_that_does_not_fit_leaves_the_old(source: Path) -> None:
    assert run("import", str(source), "--name", "s", "--no-derive", "--truncate", "50").code == 0
    check_said(limited("import", str(source), "--name", "s", "--replace"))
    assert open_space("s").space.n == 50
    assert [child.name for child in paths.spaces_dir().iterdir()] == ["s"]


def test_what_could_not_be_kept_is_not_called_prepared(source: Path) -> None:
    assert run("import", str(source), "--name", "s", "--no-derive").code == 0
    check_said(limited("derive", "s"))
    assert open_space("s").space.derived.names() == {} or all(
        open_space("s").space.derived.names().values()
    )
    done = run("derive", "s")
    assert done.code == 0 and "prepared:" in done.err


def test_an_index_that_does_not_fit_can_be_gone_on_with(source: Path, tmp_path: Path) -> None:
    assert run("import", str(source), "--name", "s", "--no-derive").code == 0
    out = tmp_path / "s.faiss"
    command = ("index", "build", "s", "--out", str(out), "--truncate", "60")
    check_said(limited(*command, "--factory", "IVF8,Flat"))
    assert not out.exists()
    assert run(*command, "--factory", "IVF8,Flat").code == 0
    assert run("index", "info", str(out)).code == 0


def test_an_answer_that_does_not_fit_leaves_the_old_file(source: Path, tmp_path: Path) -> None:
    out = tmp_path / "answer.tsv"
    out.write_text("old")
    run("query", "g1", "--space", str(source))
    done = limited(
        "query", "g1", "-k", "800", "-s", str(source), "-o", str(out), "--format=tsv", most=9000
    )
    check_said(done)
    assert out.read_text() == "old"
    assert [each.name for each in tmp_path.iterdir() if each.name.startswith(".")] == []


def test_a_session_goes_on_without_its_folder(source: Path) -> None:
    assert run("import", str(source), "--name", "s", "--no-derive").code == 0
    session = open_space("s")
    before = session.query("g1").hits
    assert run("remove", "s").code == 0
    assert session.query("g1").hits == before
    assert session.query("g1 : g2", k=3).hits
    assert session.query("g1", truncate=50).hits
    session.prepare()
    assert not (paths.spaces_dir() / "s").exists()
    with pytest.raises(FileError, match="no space called s"):
        open_space("s")


def test_settings_not_understood_are_said_once(source: Path) -> None:
    file = paths.config_file()
    file.parent.mkdir(parents=True)
    file.write_text('threads = "many"\ncolour = "red"\n')
    done = run("query", "g1", "-k", "1", "--space", str(source))
    assert done.code == 0
    assert done.err.count("threads takes") == 1 and done.err.count("colour is no setting") == 1
    assert run("spaces").err.count("colour is no setting") == 1


@pytest.mark.parametrize("moment", ["manifest.json", "checksums", "exchange"])
def test_an_import_stopped_by_the_disk_at_its_end_leaves_the_old(
    source: Path, moment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run("import", str(source), "--name", "s", "--no-derive", "--truncate", "50").code == 0

    def full(*_: object, **__: object) -> None:
        raise OSError(28, os.strerror(28))

    owner, name = {
        "manifest.json": (files, "_fresh"),
        "checksums": (store, "checksum"),
        "exchange": (store, "_exchange"),
    }[moment]
    monkeypatch.setattr(owner, name, full)
    done = run("import", str(source), "--name", "s", "--no-derive", "--replace")
    monkeypatch.undo()
    assert done.code == 3 and "disk is full" in done.err, done.err
    assert open_space("s").space.n == 50
    assert [child.name for child in paths.spaces_dir().iterdir()] == ["s"]
