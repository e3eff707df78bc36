"""Markdown documents with pictures: PNG files beside them, text where there is no matplotlib."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import quote

from gene_tui.export.figures_text import as_text
from gene_tui.export.results import session_markdown, to_markdown
from gene_tui.files import AlreadyThere, write
from gene_tui.model.result import Distribution, Result
from gene_tui.pictures.picture import Picture
from gene_tui.run import QUIET, Progress, Run, silent
from gene_tui.text import escape


def write_report(
    results: Sequence[Result],
    file: Path,
    *,
    title: str = "",
    summary: Distribution | None = None,
    pictures: Sequence[Sequence[Picture]] = (),
    replace: bool = False,
    run: Run = QUIET,
) -> list[Path]:
    """Write a report and its pictures; the files made, the report first.

    Args:
        title: heads a report of several answers; "" for a report of the first one alone.
        summary: see ``to_markdown``; of a single answer.
        pictures: of each answer; as text in the report where there is no matplotlib.
        replace: take the place of a report that is there, and of its pictures.

    Raises:
        AlreadyThere: there is such a report, and ``replace`` is False.
        FileError: a file cannot be written.
        Cancelled: the user stopped it. After any of these no picture stays behind.
    """
    if not replace and file.exists():  # before the work, not only at its end
        raise AlreadyThere(file)
    made: list[Path] = []
    lines: list[list[str]] = []
    try:
        for number, some in enumerate(pictures, start=1):
            run.check()
            if len(pictures) > 1:
                run.report(Progress("drawing pictures", number, len(pictures)))
            stem = f"{file.stem}-{number}" if len(pictures) > 1 else file.stem
            drawn = []
            if can_draw():
                drawn = write_figures(
                    some,
                    file.parent,
                    stem,
                    replace=replace,
                    run=Run(silent if len(pictures) > 1 else run.report, run.cancelled),
                )
            made += drawn
            lines.append(figure_lines(some, drawn, file.parent))
        if title:
            text = session_markdown(results, title, pictures=lines)
        else:
            text = to_markdown(results[0], summary=summary, pictures=lines[0] if lines else ())
        run.check()
        return [write(file, text, replace=replace), *made]
    except BaseException:
        for picture in made:
            picture.unlink(missing_ok=True)
        raise


def can_draw() -> bool:
    """Whether PNG files can be made: matplotlib (the extra ``plots``) is installed."""
    return importlib.util.find_spec("matplotlib") is not None


def write_figures(
    pictures: Sequence[Picture], folder: Path, stem: str, *, replace: bool = False, run: Run = QUIET
) -> list[Path]:
    """Draw pictures as PNG files, ``STEM-background.png`` and so on; a file for each.

    Args:
        folder: where they go. stem: what their names begin with; the report's, as a rule.
        replace: take the place of files of the same name; without it others are numbered.

    Raises:
        FileError: a file cannot be written; those before it are taken away again.
        ImportError: there is no matplotlib; see ``can_draw``.
        Cancelled: the same.
    """
    from gene_tui.export.figures_png import draw

    made: list[Path] = []
    try:
        for number, picture in enumerate(pictures, start=1):
            run.check()
            run.report(Progress("drawing pictures", number, len(pictures)))
            name = f"{stem}-{_slug(picture.title)}"
            made.append(_write(folder, name, draw(picture), replace))
    except BaseException:
        for file in made:
            file.unlink(missing_ok=True)
        raise
    return made


def figure_lines(pictures: Sequence[Picture], files: Sequence[Path], folder: Path) -> list[str]:
    """Lines of Markdown that show pictures, for a report that lies in ``folder``.

    Args:
        files: the PNG of each picture, linked relative to the report; none of them to show
            the pictures as text.
    """
    lines: list[str] = []
    for place, picture in enumerate(pictures):
        lines += [f"**{escape(picture.title)}.** {escape(picture.about)}", ""]
        if files:
            link = quote(os.path.relpath(files[place], os.path.realpath(folder)))
            lines += [f"![{escape(picture.title)}]({link})", ""]
        else:
            lines += ["```text", *map(_unfenced, as_text(picture)), "```", ""]
    return lines


def _write(folder: Path, name: str, data: bytes, replace: bool) -> Path:
    for file in _free_names(folder, name):
        try:
            return write(file, data, replace=replace)
        except AlreadyThere:
            continue
    raise AssertionError("names never end")


def _free_names(folder: Path, name: str) -> Iterator[Path]:
    yield folder / f"{name}.png"
    number = 2
    while True:
        yield folder / f"{name}-{number}.png"
        number += 1


def _slug(title: str) -> str:
    return "".join(char if char.isalnum() else "-" for char in title.lower())


def _unfenced(line: str) -> str:
    """A line that cannot end the block it stands in, whatever a gene is called."""
    return line.replace("```", "'''")
