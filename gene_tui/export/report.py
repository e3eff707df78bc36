"""Markdown reports with pictures: one answer or many, PNG files beside the document."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from gene_tui.export import figures
from gene_tui.export.results import session_markdown, to_markdown
from gene_tui.files import AlreadyThere, write
from gene_tui.model.result import Distribution, Result
from gene_tui.pictures.picture import Picture
from gene_tui.run import QUIET, Progress, Run, silent


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
        summary: see ``markdown.to_markdown``; of a single answer.
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
            if figures.can_draw():
                drawn = figures.write_figures(
                    some,
                    file.parent,
                    stem,
                    replace=replace,
                    run=Run(silent if len(pictures) > 1 else run.report, run.cancelled),
                )
            made += drawn
            lines.append(figures.to_markdown(some, drawn, file.parent))
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
