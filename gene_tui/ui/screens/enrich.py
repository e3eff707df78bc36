"""Gene sets: which file and which list, and the table of what the list is rich in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from textual.app import ComposeResult

from gene_tui.errors import GeneTuiError, UsageError
from gene_tui.export.table import Column, Table
from gene_tui.ui import format as show
from gene_tui.ui.screens.file_dialog import FileDialog, FileLine, named
from gene_tui.ui.screens.tables import MOST_ROWS, Page
from gene_tui.ui.widgets.choice_line import ChoiceLine

if TYPE_CHECKING:
    from gene_tui.enrich import Enrichment, SetResult

#: Sets with a larger q are shown dim.
MOST_Q = 0.05


#: Which genes: those of the answer's hits, the members of the list asked about, the marked ones.
Tested = Literal["members", "hits", "marked"]
_TOLD: Mapping[Tested, str] = {
    "members": "the list",
    "hits": "the answer",
    "marked": "the marked genes",
}


@dataclass(frozen=True, slots=True)
class SetsAsked:
    """What to test: the sets of a file (None: those in use), and which genes."""

    file: Path | None
    of: Tested = "hits"


class EnrichDialog(FileDialog[SetsAsked]):
    """Answers with what to test.

    Args:
        file: to begin with. genes: how many there are of each, not all 0.
        of: which were chosen before. error: what went wrong with that.
    """

    DEFAULT_CSS = "EnrichDialog #reading { color: $text-muted; }"

    def __init__(
        self,
        file: str,
        genes: Mapping[Tested, int],
        *,
        of: Tested | None = None,
        error: GeneTuiError | None = None,
    ) -> None:
        super().__init__(
            "Enrich in gene sets",
            "⏎ tests · Tab moves · ←→ chooses · Esc closes",
            "Nothing is sent anywhere: the sets are Reactome's in the box, or a file's.",
            error,
            "Not tested",
        )
        self._file = file
        self._lists = [(one, told) for one, told in _TOLD.items() if genes.get(one)]
        self._counts = genes
        self._first = next((n for n, (one, _) in enumerate(self._lists) if one == of), 0)

    def lines(self) -> ComposeResult:
        told = "empty for the sets in use, or sets.gmt on this machine"
        yield from named("GMT file", FileLine(self._file, placeholder=told))
        words = [f"{told} ({show.count(self._counts[one])})" for one, told in self._lists]
        yield from named("list", ChoiceLine(words, self._first, id="list"))

    def chosen(self) -> SetsAsked:
        """The file and the list."""
        file = _gmt(self.file)
        of, _ = self._lists[self.query_one("#list", ChoiceLine).chosen]
        return SetsAsked(file, of)


def enrich_page(found: Enrichment) -> Page:
    """The sets with any gene of the list, least q first."""
    from gene_tui.enrich.set_table import header

    hits = found.best()
    rows = hits[:MOST_ROWS]
    head = tuple(header(found, MOST_Q))
    if len(hits) > len(rows):
        head = (*head, f"the first {len(rows)} of {show.count(len(hits))} sets with an overlap")
    which = [" ".join(_genes(one)) for one in rows]
    expected = [one.expected for one in rows]
    table = Table(
        [
            Column("set", [one.title for one in rows], most=34),
            Column("q", [_chance(one.log10_q) for one in rows], right=True),
            Column("genes", [f"{one.overlap}/{one.size}" for one in rows], right=True),
            Column("ratio", [one.ratio for one in rows], ".1f", right=True),
            Column("which", which, most=60),
            Column("expected", expected, show.share, right=True),
            Column("p", [_chance(one.log10_p) for one in rows], right=True),
            Column("collection", [one.collection for one in rows], most=24),
        ]
    )
    about = tuple(f"{one.name}: {', '.join(_genes(one))}. {one.about}" for one in rows)
    passing = sum(one.q <= MOST_Q for one in rows)
    empty = "no gene of the list is in any of the sets tested"
    return Page("gene sets", head, table, about, passing=passing, empty=empty)


def _chance(log10: float) -> str:
    """A probability as this screen shows shares, also where it is too small for a float."""
    from gene_tui.enrich.set_table import chance

    return show.share(10.0**log10) if log10 > -300.0 else chance(log10)


def _genes(found: SetResult) -> list[str]:
    return [gene.shown for gene in found.genes]


def _gmt(text: str) -> Path | None:
    """The file a person means; None for the sets in use.

    Raises:
        UsageError: it cannot be a file's name, or it is an address.
    """
    from gene_tui.export.files import typed_file

    if "://" in text:
        raise UsageError(
            f"{text.strip()} is an address", "fetch the sets yourself and name the file"
        )
    if not text.strip():
        return None
    return typed_file(text)
