"""Where files may go, and what may be read: folders of others, pipes, devices, revisions."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from gene_tui import paths
from gene_tui.errors import UsageError
from gene_tui.hub import PRODUCTS, plan
from tests.cli import run


@pytest.fixture
def common(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for temporary files, and a cache that cannot be written."""
    folder = tmp_path / "tmp"
    folder.mkdir()
    folder.chmod(0o1777)
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    monkeypatch.setattr(paths, "_can_hold", lambda _folder: False)
    return folder


def spare(common: Path) -> Path:
    return common / f"gene-tui-{os.getuid()}"


def test_the_spare_folder_is_the_users_alone(common: Path) -> None:
    before = os.umask(0)
    try:
        folder = paths.imported_dir()
    finally:
        os.umask(before)
    assert folder == spare(common) / "spaces"
    assert [stat.S_IMODE(place.stat().st_mode) for place in (folder, folder.parent)] == [0o700] * 2
    assert paths.imported_dir() == folder


@pytest.mark.parametrize("level", ["above", "inside"])
@pytest.mark.parametrize("way", ["open", "link", "of another", "file"])
def test_a_folder_somebody_else_may_have_made_is_not_used(
    common: Path, tmp_path: Path, level: str, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = spare(common)
    if level == "inside":
        place.mkdir(mode=0o700)
        place /= "spaces"
    if way == "link":
        (tmp_path / "trap").mkdir(mode=0o700)
        place.symlink_to(tmp_path / "trap")
    elif way == "file":
        place.write_text("")
    else:
        place.mkdir(mode=0o700)
        if way == "open":
            place.chmod(0o777)
        else:
            real = Path.lstat

            def others(path: Path) -> os.stat_result:
                it = list(real(path))
                if path == place:
                    it[4] += 1
                return os.stat_result(it)

            monkeypatch.setattr(Path, "lstat", others)
    assert paths.imported_dir() == paths.cache_dir() / "spaces"


def test_a_common_folder_in_which_others_can_rename_is_not_used(common: Path) -> None:
    common.chmod(0o777)
    assert paths.imported_dir() == paths.cache_dir() / "spaces"


@pytest.mark.parametrize(
    "revision",
    ["..", "../../x", "a/../../b", "/etc", "-x", "", " ", "a\0b", "a\nb", "~", "x" * 300],
)
def test_a_revision_cannot_leave_its_folder(tmp_path: Path, revision: str) -> None:
    model = next(product for product in PRODUCTS.values() if product.kind == "model")
    with pytest.raises(UsageError):
        plan(model, revision=revision, folder=tmp_path)


def test_revisions_keep_apart(tmp_path: Path) -> None:
    model = next(product for product in PRODUCTS.values() if product.kind == "model")
    names = ["main", "refs/pr/1", "refs/pr-1", "a-long-branch-name-1", "a-long-branch-name-2"]
    targets = [plan(model, revision=name, folder=tmp_path).files[0].target for name in names]
    assert len(set(targets)) == len(names)
    assert all(tmp_path in target.resolve().parents for target in targets)


# -- what is read -------------------------------------------------------------------------


def pipe_of(text: str) -> str:
    """What the shell makes of ``<(printf text)``."""
    out, into = os.pipe()
    os.write(into, text.encode())
    os.close(into)
    return f"/dev/fd/{out}"


@pytest.mark.parametrize("option", ["--within", "--index", "--annotations", "--gmt", "--genes"])
@pytest.mark.parametrize("path", ["/dev/zero", "/dev/random", "/dev/null", "/"])
def test_what_has_no_end_is_refused(tmp_path: Path, option: str, path: str) -> None:
    (tmp_path / "s.gmt").write_text("set\tabout\tHBA1\tHBA2\n")
    commands = {
        "--within": ["query", "HBA1"],
        "--index": ["query", "HBA1 : HBB"],
        "--annotations": ["import", str(tmp_path / "s.csv"), "--name", "x"],
        "--gmt": ["enrich", "--query", "HBA1"],
        "--genes": ["enrich", "--gmt", str(tmp_path / "s.gmt")],
    }
    (tmp_path / "s.csv").write_text("gene,a,b\nTP53,1,2\nEGFR,2,1\n")
    done = run(*commands[option], option, path)
    assert done.code == 3, done.err
    assert "internal" not in done.err and path in done.err


def test_pipes_are_read() -> None:
    done = run("query", "HBA1", "--within", pipe_of("HBA2\nHBB\n"), "--format", "tsv")
    assert done.code == 0 and len(done.out.splitlines()) == 3
    sets = pipe_of("set\tabout\tHBA1\tHBA2\tHBB\tHBD\tHBM\n")
    done = run("enrich", "--gmt", sets, "--genes", pipe_of("HBA1\nHBB\n"), "--min-size", "1")
    assert done.code == 0, done.err


def test_ctrl_c_ends_the_wait_for_a_silent_pipe(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    command = [sys.executable, "-m", "gene_tui", "query", "HBA1", "--within", str(pipe)]
    running = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    while not opened(running.pid, pipe):
        assert running.poll() is None
        time.sleep(0.02)
    running.send_signal(signal.SIGINT)
    _, said = running.communicate(timeout=60)
    assert running.returncode == 130 and "Traceback" not in said


def opened(process: int, file: Path) -> bool:
    for link in Path(f"/proc/{process}/fd").iterdir():
        try:
            if link.readlink() == file:
                return True
        except OSError:
            continue
    return False
