"""Where exports go: default names, and formats by extension."""

from __future__ import annotations

import os
import re
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
#: Characters of a question that a file's name holds, at most.
_LONGEST = 60
#: Operators that tell questions of the same genes apart.
_SPELLED = {"-": "minus", "+": "plus"}


def default_file(question: str, extension: str = ".md", folder: Path | None = None) -> Path:
    """``CD3D_CD19.md`` for ``CD3D : CD19``, in the working folder or in ``outputs/`` where there is
    such a folder; ``CD3D_CD19_2.md`` where there is one of that name already.

    Args:
        question: the canonical query, or what else the file holds.
    """
    here = folder or Path()
    here = here / _FOLDER if (here / _FOLDER).is_dir() else here
    name = stem(question)
    tries = (here / f"{name}{at}{extension}" for at in ("", *(f"_{n}" for n in range(2, 1000))))
    return next((file for file in tries if not os.path.lexists(file)), here / f"{name}{extension}")


def stem(question: str) -> str:
    """What a query asks, as a file's name without its extension: ``MS4A1_minus_CD19_plus_CD3E``."""
    words = []
    for token in question.split():
        word = _SPELLED.get(token) or re.sub(r"[^\w.-]+", "", token).strip("._-")
        if word:
            words.append(word[:_LONGEST])
    kept = len(words)
    while kept > 1 and len("_".join(words[:kept])) > _LONGEST:
        kept -= 1
    more = [f"and_{len(words) - kept:,}_more".replace(",", "")] if kept < len(words) else []
    return "_".join([*words[:kept], *more]) or "answer"


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
