"""Files that appear whole or not at all, and pictures in reports."""

from __future__ import annotations

import errno
import os
import re
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from gene_tui.errors import Cancelled, FileError, UsageError
from gene_tui.export import documents
from gene_tui.export.documents import write_report
from gene_tui.export.figures_text import as_text
from gene_tui.export.files import default_file, form_of, stem, typed_file
from gene_tui.files import AlreadyThere, write
from gene_tui.pictures.picture import (
    HIT,
    IDEAL,
    QUERY,
    Heatmap,
    Histogram,
    Mark,
    Parallelogram,
    Picture,
    Point,
    Scatter,
)
from gene_tui.run import Run
from tests.unit.results import HOSTILE, nearest

NOW = datetime(2026, 1, 31, 14, 5, 9)
PNG = b"\x89PNG\r\n\x1a\n"


def album(name: str = "HBA2") -> list[Picture]:
    """One picture of each kind, with a name in every place that takes one."""
    corners = tuple(
        Point(f"{letter} {name}", x, y, role)
        for letter, x, y, role in zip(
            "ABCD", (0, 0, 3, 3), (1, 0, 1, 0), (QUERY, QUERY, HIT, HIT), strict=True
        )
    )
    assert len(corners) == 4
    return [
        Histogram(
            "Background",
            f"Cosine of {name}.",
            "cosine",
            (-0.5, 0.0, 0.5, 1.0),
            (10, 40, 0),
            (Mark(name, 0.9), Mark("HBB", 0.2)),
        ),
        Parallelogram("Parallelogram", name, corners, Point("exact D", 3.1, 0.1, IDEAL)),
        Heatmap("Offsets", name, (name, "B"), ((1.0, -0.5), (-0.5, 1.0))),
        Scatter("Map", name, ("one", "two"), (Point(name, 1, 1, HIT),), ((0.0, 0.0), (2.0, 2.0))),
        Scatter("Close-up", name, ("one", "two"), (Point(name, 1, 1, QUERY),)),
    ]


# -- where and in which format -----------------------------------------------------------------


def test_exports_go_to_the_working_folder_or_to_its_outputs(tmp_path: Path) -> None:
    assert default_file("CD3D : CD19", folder=tmp_path) == tmp_path / "CD3D_CD19.md"
    outputs = tmp_path / "outputs"
    outputs.mkdir()
    assert default_file("CD3D : CD19", ".csv", tmp_path) == outputs / "CD3D_CD19.csv"
    assert not default_file("CD3D : CD19").is_absolute()


def test_a_name_that_is_taken_gets_a_number(tmp_path: Path) -> None:
    for name in ("HBA1.md", "HBA1_2.md", "HBA1_3.md"):
        file = default_file("HBA1", folder=tmp_path)
        assert file.name == name
        file.touch()
    (tmp_path / "HBB.md").symlink_to(tmp_path / "nowhere")
    assert default_file("HBB", folder=tmp_path).name == "HBB_2.md"


@pytest.mark.parametrize(
    ("question", "name"),
    [
        ("HBA1", "HBA1"),
        ("CD3D : CD19 :: CD3G : ?", "CD3D_CD19_CD3G"),
        ("MS4A1 - CD19 + 2*CD3E", "MS4A1_minus_CD19_plus_2CD3E"),
        ("HLA-A, HLA-B, @sets/x.gmt", "HLA-A_HLA-B_setsx.gmt"),
        ('"../../etc/passwd"', "etcpasswd"),
        ('"a\\u{1b}[31m/b"', "au1b31mb"),
        ("? : ?", "answer"),
        (", ".join(["GENE"] * 30), "_".join(["GENE"] * 12) + "_and_18_more"),
        ("x" * 300, "x" * 60),
    ],
)
def test_a_files_name_says_what_it_holds(question: str, name: str) -> None:
    assert stem(question) == name


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("a.md", "markdown"),
        ("a.b.CSV", "csv"),
        ("a.tsv", "tsv"),
        ("a.json", "json"),
        ("a.svg", "svg"),
    ],
)
def test_the_format_follows_from_the_extension(name: str, form: str) -> None:
    assert form_of(Path(name)) == form


@pytest.mark.parametrize("name", ["results", "results.docx", ".md", "a."])
def test_other_extensions_are_named_in_the_error(name: str) -> None:
    with pytest.raises(UsageError, match="no format to export") as caught:
        form_of(Path(name))
    assert ".md .csv .tsv .json" in caught.value.hint


def test_what_is_typed_may_begin_with_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/ada")
    assert typed_file("  ~/results.md ") == Path("/home/ada/results.md")
    for text in ("", "   ", "a\0b.md", "~nobody-has-this-name/x.md"):
        with pytest.raises(UsageError):
            typed_file(text)


# -- writing -----------------------------------------------------------------------------------


def test_no_file_is_lost_unless_that_was_agreed(tmp_path: Path) -> None:
    file = tmp_path / "a.md"
    file.write_text("precious")
    with pytest.raises(AlreadyThere, match="exists already"):
        write(file, "new", replace=False)
    assert file.read_text() == "precious"
    write(file, "new", replace=True)
    assert file.read_text() == "new"
    assert list(tmp_path.iterdir()) == [file]


def test_a_file_that_appears_meanwhile_is_not_lost_either(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "a.md"
    real = os.fsync

    def slow(descriptor: int) -> None:
        file.write_text("precious")
        real(descriptor)

    monkeypatch.setattr(os, "fsync", slow)
    with pytest.raises(AlreadyThere):
        write(file, "new", replace=False)
    assert file.read_text() == "precious"
    assert list(tmp_path.iterdir()) == [file]


def test_without_hard_links_the_file_is_renamed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(errno.EPERM, "no links here")

    monkeypatch.setattr(os, "link", refuse)
    write(tmp_path / "a.md", "new", replace=False)
    assert (tmp_path / "a.md").read_text() == "new"
    with pytest.raises(AlreadyThere):
        write(tmp_path / "a.md", "newer", replace=False)
    assert [path.name for path in tmp_path.iterdir()] == ["a.md"]


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("nowhere/a.md", "there is no folder"),
        ("file/a.md", "not a folder"),
        ("folder", "it is a folder"),
        ("x" * 300 + ".md", "shorter name"),
    ],
)
def test_a_place_that_cannot_be_written_is_named(tmp_path: Path, name: str, hint: str) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "folder").mkdir()
    with pytest.raises(FileError, match="cannot be written") as caught:
        write(tmp_path / name, "new")
    assert hint in caught.value.hint
    assert str(tmp_path / name) in caught.value.message


@pytest.mark.parametrize(
    ("number", "hint"), [(errno.ENOSPC, "disk is full"), (errno.EROFS, "may write to")]
)
def test_a_full_or_read_only_disk_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, hint: str
) -> None:
    def fail(_: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(FileError) as caught:
        write(tmp_path / "a.md", "new", replace=False)
    assert hint in caught.value.hint
    assert list(tmp_path.iterdir()) == []


# -- figures -----------------------------------------------------------------------------------


def test_every_picture_becomes_a_png(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    files = documents.write_figures(album(), tmp_path, "report")
    names = ["background", "parallelogram", "offsets", "map", "close-up"]
    assert [file.name for file in files] == [f"report-{name}.png" for name in names]
    assert all(file.read_bytes().startswith(PNG) for file in files)
    # Not five times the same, and each more than an empty field.
    assert len({file.read_bytes() for file in files}) == 5
    assert all(file.stat().st_size > 5000 for file in files)


def test_pngs_of_others_are_not_overwritten(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    taken = tmp_path / "r-background.png"
    taken.write_text("precious")
    (file,) = documents.write_figures(album()[:1], tmp_path, "r")
    assert file.name == "r-background-2.png"
    assert taken.read_text() == "precious"
    (file,) = documents.write_figures(album()[:1], tmp_path, "r", replace=True)
    assert file == taken
    assert taken.read_bytes().startswith(PNG)


def test_stopping_leaves_no_png(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    asked = iter([False, False, True])
    with pytest.raises(Cancelled):
        documents.write_figures(album(), tmp_path, "r", run=Run(cancelled=lambda: next(asked)))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", HOSTILE)
def test_whatever_a_gene_is_called_text_stays_harmless(name: str) -> None:
    for picture in album(name):
        lines = as_text(picture)
        assert lines
        for line in lines:
            assert len(line) < 200
            assert not re.search(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", line)


def test_whatever_a_gene_is_called_it_can_be_drawn() -> None:
    """Warnings are errors here: no missing letter, no formula where a name holds a $."""
    pytest.importorskip("matplotlib")
    from gene_tui.export.figures_png import draw

    points = [Point(name, float(at), at % 7, HIT) for at, name in enumerate(HOSTILE)]
    marks = [Mark(name, at / 100) for at, name in enumerate(HOSTILE)]
    scatter = Scatter("Map", "", ("$x^2$", "y"), tuple(points))
    for start in range(0, len(marks), 5):
        part = tuple(marks[start : start + 5])
        assert draw(Histogram("B", "", "x", (0.0, 0.5, 1.0), (3, 4), part)).startswith(PNG)
    assert draw(scatter).startswith(PNG)


def test_a_histogram_in_text_shows_counts_and_hits() -> None:
    lines = as_text(album()[0])
    assert len(lines) == 3
    assert re.fullmatch(r"-0\.500 to +0\.000 +█{10} +10", lines[0])
    assert re.search(r"█{40} +40 +◀ HBB$", lines[1])
    assert lines[2].endswith("0  ◀ HBA2")


def test_a_heatmap_in_text_shows_hundredths() -> None:
    lines = as_text(album()[2])
    assert lines[1].split() == ["1", "HBA2", "100", "-50"]
    assert lines[2].split() == ["2", "B", "-50", "100"]


def test_points_in_text_lie_where_they_lie() -> None:
    lines = as_text(album()[1])
    top = next(line for line in lines if line.strip())
    assert top.index("1") < top.index("3")
    assert "1 A HBA2" in "\n".join(lines)


# -- reports -----------------------------------------------------------------------------------


def links(text: str) -> list[str]:
    return re.findall(r"^!\[[^\]]*\]\(([^)]*)\)$", text, re.MULTILINE)


def test_a_report_links_its_pictures_relative_to_itself(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    file = tmp_path / "my report.md"
    made = write_report([nearest()], file, pictures=[album()[:2]])
    assert made[0] == file
    text = file.read_text()
    assert text.startswith("# HBA1\n")
    assert links(text) == ["my%20report-background.png", "my%20report-parallelogram.png"]
    assert {path.name for path in tmp_path.iterdir()} == {path.name for path in made}
    moved = tmp_path.rename(tmp_path.with_name("moved"))
    assert all((moved / link.replace("%20", " ")).is_file() for link in links(text))


def test_a_report_on_a_session_has_each_answers_pictures_in_its_section(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    file = tmp_path / "s.md"
    write_report(
        [nearest(), nearest()], file, title="Session", pictures=[album()[:1], album()[2:3]]
    )
    first, second = file.read_text().split("\n## 2. ")
    assert first.startswith("# Session\n")
    assert links(first) == ["s-1-background.png"]
    assert links(second) == ["s-2-offsets.png"]


def test_without_matplotlib_pictures_are_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(documents, "can_draw", lambda: False)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    made = write_report([nearest()], tmp_path / "r.md", pictures=[album("a```b")])
    assert made == [tmp_path / "r.md"]
    text = made[0].read_text()
    assert "█" in text
    assert text.count("```") % 2 == 0
    assert text.count("\n```text\n") == 5
    assert not links(text)


def test_a_report_that_is_there_stays_and_no_picture_is_drawn(tmp_path: Path) -> None:
    file = tmp_path / "r.md"
    file.write_text("precious")
    with pytest.raises(AlreadyThere):
        write_report([nearest()], file, pictures=[album()])
    assert file.read_text() == "precious"
    assert list(tmp_path.iterdir()) == [file]


def test_pictures_of_a_report_that_cannot_be_written_are_taken_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("matplotlib")
    write = documents.write

    def fail(file: Path, *of: Any, **how: Any) -> Path:
        if file.suffix == ".md":
            raise FileError(f"{file} cannot be written", "")
        return write(file, *of, **how)

    monkeypatch.setattr(documents, "write", fail)
    with pytest.raises(FileError):
        write_report([nearest()], tmp_path / "r.md", pictures=[album()[:2]])
    assert list(tmp_path.iterdir()) == []


def test_drawing_is_not_imported_before_it_is_wanted() -> None:
    import subprocess

    code = (
        "import sys; import gene_tui.export.documents;"
        "print([m for m in ('matplotlib', 'numpy', 'textual') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_many_things_are_compared_by_shades() -> None:
    names = tuple(f"GENE{place}" for place in range(30))
    row = (1.0, 0.5, 0.0, -0.5, *[0.25] * 26)
    lines = as_text(Heatmap("Members", "", names, (row,) * 30))
    assert lines[0] == "GENE0  █▒ -" + "░" * 26
    assert len(lines) == 32 and max(map(len, lines)) <= 100
    assert lines[-1].startswith("-- below 0   ░░ 0.2")
