"""Which genes may fill a ``?``: a list of names, or all genes of a type."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from gene_tui import files
from gene_tui.errors import FileError, NoAnswer
from gene_tui.genes.name_lists import NameList, parse_names
from gene_tui.genes.resolver import Resolver
from gene_tui.progress import IsCancelled, never
from gene_tui.query.result import Options
from gene_tui.spaces.space import Space


def read_names(
    within: str | Path | Iterable[str], cancelled: IsCancelled = never
) -> tuple[NameList, str]:
    """Names of a candidate list and where they come from.

    Args:
        within: a file of names (``genes.name_lists``), or the names themselves.

    Raises:
        FileError: the file cannot be read.
        Cancelled: the user stopped it while a pipe was silent.
    """
    if not isinstance(within, str | Path):
        return NameList(tuple(within)), "list"
    hint = "give a text file, a name a line"
    body = files.read(Path(within), hint=hint, cancelled=cancelled)
    try:
        return parse_names(body.decode("utf-8-sig")), str(within)
    except UnicodeDecodeError:
        raise FileError(f"{within} cannot be read: it is not UTF-8 text", hint) from None


class Limits:
    """Turns limits into row numbers; remembers the types of a space once read."""

    def __init__(self, space: Space) -> None:
        self._space = space
        self._types: list[str] | None = None

    def apply(
        self,
        options: Options,
        within: str | Path | Iterable[str] | None,
        resolver: Resolver,
        cancelled: IsCancelled = never,
    ) -> tuple[Options, list[str]]:
        """Options with their candidate rows filled in, and what to note about them.

        Raises:
            FileError: the candidate file cannot be read.
            NoAnswer: no candidate is known, or no gene is of the type.
        """
        notes: list[str] = []
        if within is not None:
            listed, origin = read_names(within, cancelled)
            names = listed.names
            notes += listed.notes
            rows, unknown = self.named(names, resolver)
            options = replace(options, within=origin, candidates=tuple(rows))
            if unknown:
                shown = ", ".join(unknown[:5]) + (" …" if len(unknown) > 5 else "")
                notes.append(
                    f"{len(unknown)} of {len(names)} candidates are not known or ambiguous: {shown}"
                )
        if options.type is not None:
            options = replace(options, candidates=self.of_type(options))
        return options, notes

    def named(self, names: Sequence[str], resolver: Resolver) -> tuple[list[int], list[str]]:
        """Rows the names mean, sorted, and the names that mean none or several.

        Raises:
            NoAnswer: none is known.
        """
        rows, unknown = set(), []
        for name in names:
            resolution = resolver.find(name)
            if resolution is None:
                unknown.append(name)
            else:
                rows.add(resolution.row)
        if not rows:
            raise NoAnswer(
                f"none of the {len(names)} candidates is a gene of {self._space.name}",
                "the list holds a name a line: symbols, Ensembl IDs or labels",
            )
        return sorted(rows), unknown

    def of_type(self, options: Options) -> tuple[int, ...]:
        """Rows of ``options.type``, within ``options.candidates`` where those are given.

        Raises:
            NoAnswer: the space knows no types, or none such.
        """
        if self._types is None:
            self._types = self._space.column("type")
        wanted = options.type
        rows = tuple(row for row, kind in enumerate(self._types) if kind == wanted)
        if not rows:
            known = Counter(kind for kind in self._types if kind)
            if not known:
                raise NoAnswer(
                    f"{self._space.name} does not say what type its genes are",
                    "import it again with --annotations FILE",
                )
            listed = ", ".join(f"{kind} ({count:,})" for kind, count in known.most_common(8))
            raise NoAnswer(f"no gene is of type {wanted!r}", f"there are: {listed}")
        if options.candidates is not None:
            allowed = set(options.candidates)
            rows = tuple(row for row in rows if row in allowed)
        return rows
