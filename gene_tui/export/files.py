"""Where exports go: default names, and formats by extension."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from gene_tui.errors import UsageError

#: Formats by extension; the first extension of a format is its usual one.
FORMS = {
    ".md": "markdown",
    ".markdown": "markdown",
    ".csv": "csv",
    ".tsv": "tsv",
    ".txt": "tsv",
    ".json": "json",
    ".svg": "svg",
}
_FOLDER = "outputs"


def default_file(now: datetime, extension: str = ".md", folder: Path | None = None) -> Path:
    """``interactive_results_20260131_140500.md`` in the working folder, in ``outputs/`` where
    there is such a folder."""
    name = f"interactive_results_{now:%Y%m%d_%H%M%S}{extension}"
    here = folder or Path()
    return here / _FOLDER / name if (here / _FOLDER).is_dir() else here / name


def typed_file(text: str) -> Path:
    """The file a person means: ``~`` is the home folder.

    Raises:
        UsageError: nothing is typed, or it cannot be a file's name.
    """
    name = text.strip()
    if not name:
        raise UsageError("no file is named", "type one, as results.md")
    if "\0" in name:
        raise UsageError("a file's name cannot contain NUL", "type another")
    try:
        return Path(name).expanduser()
    except RuntimeError:
        raise UsageError(f"{name}: there is no such home folder", "type the whole path") from None


def form_of(file: Path) -> str:
    """The format that a file's extension asks for.

    Raises:
        UsageError: it asks for none of ours.
    """
    try:
        return FORMS[file.suffix.lower()]
    except KeyError:
        ends = file.suffix or "no extension"
        raise UsageError(
            f"{file.name}: {ends} is no format to export", "end it in .md .csv .tsv .json or .svg"
        ) from None
