"""Writing a file whole or not at all, and reading what a stranger names."""

from __future__ import annotations

import ast
import errno
import os
import re
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


#: Modules that write or rename by themselves: which calls, and why they may.
_OWN_WAYS = {
    # A folder in the making has another name; the whole folder is renamed when it is complete.
    "spaces/store.py": {"open", "rename", "mkdtemp"},
    "genes/names.py": {"write_bytes", "save"},
    "genes/table.py": {"open", "save"},
    # A damaged file is moved aside, to a name nothing has; a new one is SQLite's to fill.
    "history/file.py": {"open", "rename"},
    # Into what `files.replacing` opened, or into memory.
    "scan/checkpoint.py": {"savez"},
    "export/figures_png.py": {"savefig"},
    # An index in the making grows at any place of it, for hours; `files.put` names it at the end.
    "engines/pair_index/workshop.py": {"open", "fdopen"},
    "engines/pair_index/passes.py": {"truncate"},
    "engines/pair_index/build.py": {"write_index"},
    # A download is added to where it was cut off; `files.put` names it at the end.
    "hub/transfer.py": {"open", "truncate"},
    # Standard output, when its reader went away.
    "cli/__init__.py": {"open"},
}
_WRITERS = {
    *("write_text", "write_bytes", "touch", "save", "savez", "savez_compressed", "savetxt"),
    *("tofile", "to_csv", "to_parquet", "savefig", "write_index", "open_memmap"),
    *("mkstemp", "mkdtemp", "NamedTemporaryFile", "truncate"),
    *("rename", "renames", "link", "symlink", "hardlink_to", "symlink_to", "link_to"),
    *("move", "copyfile", "copy2", "copytree", "copyfileobj"),
}
#: Modules of which nothing is imported by its name alone, so that calls can be told.
_MODULES = {"os", "shutil", "tempfile", "io"}


def writing(source: str) -> list[tuple[int, str]]:
    """(line, call) of what writes, renames or links files, as far as its text tells."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.module in _MODULES:
            names = [name.name for name in node.names]
            found += [(node.lineno, name) for name in names if name in {*_WRITERS, "replace"}]
        if not isinstance(node, ast.Call):
            continue
        of = node.func.value if isinstance(node.func, ast.Attribute) else None
        module = of.id if isinstance(of, ast.Name) else ""
        called = getattr(node.func, "attr", getattr(node.func, "id", ""))
        given = [*node.args, *(each.value for each in node.keywords if each.arg == "mode")]
        if called in ("open", "fdopen"):
            modes = [str(each.value) for each in given if isinstance(each, ast.Constant)]
            flags = ast.unparse(node) if module == "os" else ""
            writes = any(re.fullmatch(r"[rwaxbt+]*[wax+][rwaxbt+]*", mode) for mode in modes)
            writes |= re.search(r"O_(WRONLY|RDWR|CREAT|TRUNC|APPEND)", flags) is not None
        elif called == "replace":
            # str.replace takes two; a dataclass's is a function.
            writes = module == "os" or (
                of is not None and module not in ("dataclasses", "text") and len(node.args) == 1
            )
        elif called in ("move", "copy", "link"):  # which much else is called too
            writes = module in ("os", "shutil")
        elif called == "save":
            writes = bool(node.args)  # the methods of ours take none
        elif called == "memmap":
            writes = any(
                isinstance(each, ast.Constant) and each.value in ("w+", "r+") for each in given
            )
        else:
            writes = called in _WRITERS
        if writes:
            found.append((node.lineno, called))
    return found


def test_nobody_else_writes_or_replaces_files() -> None:
    found: dict[str, set[str]] = {}
    wrong = []
    for file in PACKAGE.rglob("*.py"):
        name = file.relative_to(PACKAGE).as_posix()
        if name == "files.py":
            continue
        for line, called in writing(file.read_text(encoding="utf-8")):
            found.setdefault(name, set()).add(called)
            if called not in _OWN_WAYS.get(name, ()):
                wrong.append(f"{name}:{line}: {called}")
    assert wrong == []
    assert found == _OWN_WAYS, "an exception nobody needs"


@pytest.mark.parametrize(
    "offender",
    [
        "os.replace(a, b)",
        "os.rename(a, b)",
        "os.link(a, b)",
        "a.rename(b)",
        "a.parent.replace(b)",
        "Path(a).hardlink_to(b)",
        "shutil.move(a, b)",
        "shutil.copyfile(a, b)",
        "from os import replace",
        "from shutil import move",
        'open(a, "w")',
        'open(a, mode="ab")',
        'a.open("wb")',
        'a.open("r+b", buffering=0)',
        'gzip.open(a, "wt")',
        "os.open(a, os.O_WRONLY | os.O_CREAT)",
        'os.fdopen(descriptor, "wb")',
        'a.write_text("b")',
        'a.write_bytes(b"b")',
        "np.save(a, b)",
        'np.memmap(a, mode="w+")',
        'b.tofile("a")',
        "tempfile.NamedTemporaryFile()",
    ],
)
def test_who_writes_is_seen(offender: str) -> None:
    ((line, _),) = writing(f"def planted():\n    {offender}")
    assert line == 2


@pytest.mark.parametrize(
    "harmless",
    [
        "open(a)",
        'a.open("rb")',
        "os.open(a, os.O_RDONLY)",
        'a.replace("b", "c")',
        "replace(a, b=c)",
        "dataclasses.replace(a, b=c)",
        "history.save()",
        "results.move(1)",
        "array.copy()",
        "gene.link(url)",
    ],
)
def test_who_does_not_write_is_left_alone(harmless: str) -> None:
    assert writing(harmless) == []


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
