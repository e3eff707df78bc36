"""Writing a file whole or not at all, and reading what a stranger names."""

from __future__ import annotations

import ast
import errno
import os
import stat
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from gene_tui import files
from gene_tui.errors import Cancelled, FileError

PACKAGE = Path(files.__file__).parent


@pytest.fixture(autouse=True)
def umask() -> Iterator[None]:
    before = os.umask(0o027)
    yield
    os.umask(before)


def mode(file: Path) -> int:
    return stat.S_IMODE(file.stat().st_mode)


# -- writing ------------------------------------------------------------------------------


def test_a_file_appears_whole_with_the_usual_mode(tmp_path: Path) -> None:
    file = tmp_path / "a.tsv"
    with files.replacing(file) as handle:
        handle.write(b"half")
        handle.flush()
        assert not file.exists()
        handle.write(b" whole")
    assert file.read_bytes() == b"half whole"
    assert mode(file) == 0o640
    assert [each.name for each in tmp_path.iterdir()] == ["a.tsv"]


def test_a_private_file_stays_private(tmp_path: Path) -> None:
    file = tmp_path / "a.tsv"
    file.write_text("old")
    file.chmod(0o600)
    files.write(file, "new")
    assert (file.read_text(), mode(file)) == ("new", 0o600)


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "far").mkdir()
    (tmp_path / "far" / "real.tsv").write_text("old")
    link = tmp_path / "link.tsv"
    link.symlink_to(Path("far") / "real.tsv")
    assert files.write(link, "new") == (tmp_path / "far" / "real.tsv").resolve()
    assert link.is_symlink() and (tmp_path / "far" / "real.tsv").read_text() == "new"
    dangling = tmp_path / "dangling.tsv"
    dangling.symlink_to(tmp_path / "far" / "later.tsv")
    files.write(dangling, "first")
    assert dangling.is_symlink() and (tmp_path / "far" / "later.tsv").read_text() == "first"


def test_a_named_pipe_is_written_through(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    got: list[bytes] = []
    reader = threading.Thread(target=lambda: got.append(pipe.read_bytes()))
    reader.start()
    files.write(pipe, "through")
    reader.join()
    assert got == [b"through"] and stat.S_ISFIFO(pipe.stat().st_mode)
    assert [each.name for each in tmp_path.iterdir()] == ["pipe"]


def test_devices_are_written_through() -> None:
    files.write(Path("/dev/null"), "gone")
    assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)
    with pytest.raises(FileError, match="No space left"):
        files.write(Path("/dev/full"), "never")


def test_what_the_shell_appends_to_keeps_what_it_had(tmp_path: Path) -> None:
    log = tmp_path / "log.txt"
    log.write_text("before\n")
    descriptor = os.open(log, os.O_WRONLY | os.O_APPEND)
    files.write(Path(f"/dev/fd/{descriptor}"), "after\n")
    os.close(descriptor)
    assert log.read_text() == "before\nafter\n"


@pytest.mark.parametrize("name", ["x" * 255, "é" * 127, "字" * 85])
def test_names_as_long_as_the_disk_allows(tmp_path: Path, name: str) -> None:
    files.write(tmp_path / name, "long")
    files.write(tmp_path / name, "again")
    assert (tmp_path / name).read_text() == "again"


@pytest.mark.parametrize(
    ("name", "said"),
    [("x" * 256, "name too long"), ("no/file", "no folder"), (".", "is a folder")],
)
def test_names_that_cannot_be(tmp_path: Path, name: str, said: str) -> None:
    with pytest.raises(FileError) as caught:
        files.write(tmp_path / name, "never")
    assert said in f"{caught.value.message} {caught.value.hint}".lower()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("error", [ValueError("ours"), KeyboardInterrupt(), OSError(28, "full")])
def test_an_error_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, error: BaseException
) -> None:
    file = tmp_path / "a.tsv"
    file.write_text("old")
    with pytest.raises((type(error), FileError)), files.replacing(file) as handle:
        handle.write(b"new")
        raise error
    assert file.read_text() == "old"
    assert [each.name for each in tmp_path.iterdir()] == ["a.tsv"]


def test_a_full_disk_is_said_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(FileError, match="No space left") as caught:
        files.write(tmp_path / "a.tsv", "new")
    assert "full" in caught.value.hint
    assert list(tmp_path.iterdir()) == []


def test_an_error_about_another_file_stays_what_it_is(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), files.replacing(tmp_path / "a.tsv"):
        (tmp_path / "other").read_bytes()


def test_without_leave_nothing_is_replaced(tmp_path: Path) -> None:
    file = tmp_path / "a.tsv"
    with pytest.raises(files.AlreadyThere), files.replacing(file, replace=False) as handle:
        handle.write(b"new")
        file.write_text("somebody was faster")
    assert file.read_text() == "somebody was faster"
    with pytest.raises(files.AlreadyThere):
        files.write(file, "new", replace=False)
    assert [each.name for each in tmp_path.iterdir()] == ["a.tsv"]


#: Modules that may rename: whole folders, a damaged history moved aside.
_FOLDERS = {"spaces/store.py", "history/file.py"}
_MAKERS = {"mkstemp", "NamedTemporaryFile", "renames"}


def test_nobody_else_replaces_files() -> None:
    found = []
    for file in PACKAGE.rglob("*.py"):
        name = file.relative_to(PACKAGE).as_posix()
        if name == "files.py":
            continue
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                continue
            of, called = node.func.value, node.func.attr
            if isinstance(of, ast.Name) and of.id == "dataclasses":
                continue
            by_os = isinstance(of, ast.Name) and of.id == "os"
            # str.replace takes two; a dataclass's replace is no method of anything.
            renames = called in ("replace", "rename") and (by_os or len(node.args) == 1)
            if (
                (renames and name not in _FOLDERS)
                or called in _MAKERS
                or (by_os and called == "link")
            ):
                found.append(f"{name}:{node.lineno}: {called}")
    assert found == []


# -- reading ------------------------------------------------------------------------------


def filled(body: bytes) -> Path:
    """A pipe as the shell makes one of ``<(command)``; its writer may still be writing."""
    out, into = os.pipe()

    def write() -> None:
        with os.fdopen(into, "wb") as handle:
            handle.write(body)

    threading.Thread(target=write, daemon=True).start()
    return Path(f"/dev/fd/{out}")


def test_files_and_pipes_are_read(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"file")
    assert files.read(tmp_path / "a") == b"file"
    assert files.read(filled(b"pipe" * 100_000)) == b"pipe" * 100_000
    assert files.read(filled(b"")) == b""
    with files.reading(filled(b"sought")) as handle:
        assert (handle.read(3), handle.seek(0), handle.read()) == (b"sou", 0, b"sought")


@pytest.mark.parametrize("path", ["/dev/zero", "/dev/null", "/dev/tty", "/dev/random"])
def test_devices_are_refused(path: str) -> None:
    with pytest.raises(FileError):
        files.read(Path(path))


def test_folders_and_what_is_not_there_are_refused(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="is a folder"):
        files.read(tmp_path)
    with pytest.raises(FileError, match="No such file"):
        files.read(tmp_path / "none")
    with pytest.raises(FileError, match="no such home"):
        files.read(Path("~nobody-of-that-name/x"))
    with pytest.raises(FileError, match="null"):
        files.read(Path("a\0b"))


def test_what_is_too_large_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "sparse").touch()
    os.truncate(tmp_path / "sparse", 1 << 40)
    with pytest.raises(FileError, match="larger than 64 MB"):
        files.read(tmp_path / "sparse")
    monkeypatch.setattr(files, "LARGEST", 1 << 20)
    with pytest.raises(FileError, match="sends more than 1 MB"):
        files.read(filled(b"x" * (1 << 20) + b"y"))


def test_a_silent_pipe_can_be_given_up(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    looks: list[int] = []
    with pytest.raises(Cancelled):
        files.read(pipe, cancelled=lambda: bool(looks.append(1)) or len(looks) > 2)
    with pytest.raises(FileError, match="is a pipe"), files.reading(pipe, pipes=False):
        pass
