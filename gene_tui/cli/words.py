"""What options and arguments of the command line take: spaces and questions.

Each knows how it is completed: names of spaces from their folders, genes from the sorted names of
the space that would be asked, if that is made already. Completing makes nothing and complains of
nothing.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gene_tui.errors import FileError, GeneTuiError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from click.shell_completion import CompletionItem

#: ``atlas.NAME``, which would bring numpy.
_BOX = "atlas"
#: A shell asks before it shows so many; beyond that nobody looks.
_MOST = 5_000


class _Completed(click.ParamType[str]):
    """A text that is completed by the values that ``find`` gives; where there are none, by file
    names, if it may be a file."""

    def __init__(
        self, name: str, find: Callable[[click.Context, str], list[str]], *, is_file: bool
    ) -> None:
        self.name = name
        self._find = find
        self._is_file = is_file

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem[Any]]:
        """The values that may be meant."""
        del param
        from click.shell_completion import CompletionItem

        try:
            found = self._find(ctx, incomplete)
        except (GeneTuiError, OSError, ValueError):
            found = []
        items = [CompletionItem(text) for text in found]
        return items or ([CompletionItem(incomplete, type="file")] if self._is_file else [])


class _File(click.Path):
    """A file or a folder by its name, which is not empty."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The path.

        Raises:
            UsageError: the name is empty.
        """
        if not str(value).strip():
            option = "" if param is None else param.get_error_hint(ctx).strip("'") + ": "
            raise UsageError(f"{option}the name of a file is empty", "name one, or leave it out")
        return super().convert(value, param, ctx)


class _Output(_File):
    """A file to write, in a folder that is there."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The path.

        Raises:
            UsageError: the name is empty. FileError: it is in no folder.
        """
        path = super().convert(value, param, ctx)
        if not path.parent.is_dir():
            raise FileError(
                f"{path} cannot be written: there is no folder {path.parent}",
                "make the folder first, or name another file",
            )
        return path


def check_files(files: tuple[Path, ...], what: str) -> None:
    """Refuse folders and names of nothing before work begins that needs the files.

    Args:
        what: they should be, for the hint.

    Raises:
        FileError: naming the first.
    """
    for file in files:
        if not file.exists() or file.is_dir():
            wrong = "is a folder, not a file" if file.is_dir() else "is not there"
            raise FileError(f"{file} {wrong}", f"give {what}")


def spaces_like(_ctx: click.Context, text: str) -> list[str]:
    """Names of spaces that begin with ``text``, by their folders alone."""
    from gene_tui import paths

    folder = paths.spaces_dir()
    children = folder.iterdir() if folder.is_dir() else ()
    own = [child.name for child in children if (child / "manifest.json").is_file()]
    return sorted(name for name in [_BOX, *own] if name.startswith(text))


def questions_like(ctx: click.Context, text: str) -> list[str]:
    """``text`` with its last name completed in every way that is a gene's."""
    from gene_tui.language.tokens import token_at
    from gene_tui.model.naming import quote

    start, end, word = token_at(text, len(text))
    if not word or end < len(text):
        return []
    return [text[:start] + name for name in _genes_like(ctx, word) if quote(name) == name]


def _genes_like(ctx: click.Context, text: str) -> list[str]:
    """What genes are called that begins with ``text``: symbols and words, or else IDs and other
    names; none where that is too many."""
    from gene_tui.genes.names import NameIndex, NameKind
    from gene_tui.genes.spelling import as_written
    from gene_tui.genes.table import GeneTable

    folder = _folder(ctx)
    if folder is None:
        return []
    names, table = NameIndex.open(folder), GeneTable.open(folder)
    start, stop = names.prefix_range(text)
    if stop - start > _MOST:
        return []
    symbols: set[str] = set()
    others: set[str] = set()
    for place in range(start, stop):
        row, kind = int(names.rows[place]), names.kinds[place]
        gene = table.gene(row)
        name = as_written(gene, names.key(place))
        best = kind == NameKind.SYMBOL or (kind == NameKind.LABEL and gene.shown == gene.label)
        (symbols if best else others).add(name)
    return sorted(symbols or others)


def _folder(ctx: click.Context) -> Path | None:
    """The folder of the space that a command with these options would open."""
    from gene_tui.spaces import catalog

    chain: list[click.Context] = [ctx]
    while chain[-1].parent is not None:
        chain.append(chain[-1].parent)
    named = (one.params.get(name) for one in chain for name in ("space", "place", "space_a"))
    spec, _ = catalog.chosen(next((text for text in named if text), None))
    return catalog.made(spec)


FILE = _File(path_type=Path)
FOLDER = _File(path_type=Path, file_okay=False)
OUTPUT = _Output(path_type=Path, dir_okay=False)
THREADS = click.IntRange(1, 1024)
#: What ``check_files`` says of ``--gmt``.
GENE_SETS = "gene sets as a GMT file: a set a line, name, description and genes between tabs"
#: A space: a name, a folder, a source file.
SPACE = _Completed("space", spaces_like, is_file=True)
#: A query, or a word of it.
QUESTION = _Completed("text", questions_like, is_file=False)
