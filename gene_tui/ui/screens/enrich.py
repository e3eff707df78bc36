"""Gene sets: which file and which list, and the table of what the list is rich in."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.widgets import Input, Label

from gene_tui.errors import GeneTuiError, UsageError
from gene_tui.ui import format as show
from gene_tui.ui.screens.dialog import Dialog
from gene_tui.ui.screens.tables import MOST_ROWS, Column, Page
from gene_tui.ui.widgets.choice_line import ChoiceLine
from gene_tui.ui.widgets.file_line import FileLine, Trouble

if TYPE_CHECKING:
    from gene_tui.enrich import Enrichment, SetResult

#: Sets with a larger q are shown dim.
MOST_Q = 0.05


@dataclass(frozen=True, slots=True)
class SetsAsked:
    """What to test: the sets of a file, and the marked genes or the hits."""

    file: Path
    marked: bool = False


class EnrichDialog(Dialog[SetsAsked]):
    """Answers with what to test.

    Args:
        file: to begin with. hits, marked: how many genes there are of each, not both 0.
        from_marked: the marked genes were chosen before. error: what went wrong with that.
    """

    BINDINGS: ClassVar = [
        Binding("escape", "dismiss", "close", show=False),
        Binding("enter", "test", "test", show=False),
    ]
    AUTO_FOCUS = "#file"
    DEFAULT_CSS = """
    EnrichDialog .dialog { width: 78; padding: 0 1; }
    EnrichDialog .line { height: 1; margin-top: 1; }
    EnrichDialog .line Label { width: 10; color: $text-muted; }
    EnrichDialog #file { width: 1fr; }
    EnrichDialog #reading { height: auto; min-height: 1; margin: 1 0; color: $text-muted; }
    EnrichDialog #reading.-wrong { color: $error; }
    """

    def __init__(
        self,
        file: str,
        hits: int,
        marked: int,
        *,
        from_marked: bool = False,
        error: GeneTuiError | None = None,
    ) -> None:
        super().__init__()
        self._file = file
        lists = ((False, hits, "the genes of the answer"), (True, marked, "the marked genes"))
        self._lists = [(of, f"{told} ({show.count(genes)})") for of, genes, told in lists if genes]
        self._first = next((n for n, (of, _) in enumerate(self._lists) if of == from_marked), 0)
        self._error = error

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog") as box:
            box.border_title = "Enrich in gene sets"
            box.border_subtitle = "⏎ tests · Tab moves · ←→ chooses · Esc closes"
            yield Trouble(self._error, "Not tested")
            with Horizontal(classes="line"):
                yield Label("GMT file")
                yield FileLine(self._file, placeholder="sets.gmt or sets.gmt.gz on this machine")
            with Horizontal(classes="line"):
                yield Label("list")
                yield ChoiceLine([told for _, told in self._lists], self._first, id="list")
            yield Label(
                "Nothing is sent anywhere: the sets come from the file.", id="reading", markup=False
            )

    @on(Input.Submitted, "#file")
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.query_one(FileLine).put(event.value)  # without what was typed behind the key
        self.action_test()

    def action_test(self) -> None:
        """Close with what is chosen, if a file is named."""
        try:
            file = _gmt(self.query_one(FileLine).value)
        except GeneTuiError as error:
            label = self.query_one("#reading", Label)
            label.set_class(True, "-wrong")
            label.update(show.content(f"{error.message}; {error.hint}", 800))
            self.query_one("#file").focus()
            return
        chosen, _ = self._lists[self.query_one("#list", ChoiceLine).chosen]
        self.dismiss(SetsAsked(file, chosen))


def enrich_page(found: Enrichment) -> Page:
    """The sets with any gene of the list, least q first."""
    from gene_tui.enrich.set_table import header, p_text

    hits = found.best()
    rows = hits[:MOST_ROWS]
    head = tuple(header(found, MOST_Q))
    if len(hits) > len(rows):
        head = (*head, f"the first {len(rows)} of {show.count(len(hits))} sets with an overlap")
    columns = (
        Column("set", most=34),
        Column("q", number=True),
        Column("genes", number=True),
        Column("ratio", number=True),
        Column("which", most=60),
        Column("expected", number=True),
        Column("p", number=True),
        Column("collection", most=24),
    )
    cells = tuple(
        (
            one.title,
            show.share(one.q),
            f"{one.overlap}/{one.size}",
            f"{one.ratio:.1f}",
            _genes(one, " "),
            show.share(one.expected),
            show.share(one.p) if one.p > 1e-300 else p_text(one),
            one.collection,
        )
        for one in rows
    )
    about = tuple(f"{one.name}: {_genes(one, ', ')}. {one.about}" for one in rows)
    passing = sum(one.q <= MOST_Q for one in rows)
    empty = "no gene of the list is in any of the sets tested"
    return Page("gene sets", head, columns, cells, about, passing=passing, empty=empty)


def _genes(found: SetResult, between: str) -> str:
    return between.join(gene.shown for gene in found.genes)


def _gmt(text: str) -> Path:
    """The file a person means.

    Raises:
        UsageError: it cannot be a file's name, or it is an address.
    """
    from gene_tui.export.files import typed_file

    if "://" in text:
        raise UsageError(
            f"{text.strip()} is an address", "fetch the sets yourself and name the file"
        )
    if not text.strip():
        raise UsageError("no file is named", "type the GMT file's, as hallmark.gmt")
    return typed_file(text)
