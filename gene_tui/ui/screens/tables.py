"""What a job found, as tables on a screen of its own: one at a time, a tab for each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.style import Style
from textual.widgets import DataTable, Label, Static

from gene_tui.errors import GeneTuiError
from gene_tui.export.table import Table
from gene_tui.run import Progress
from gene_tui.ui import format as show
from gene_tui.ui.screens.dialog import Dialog
from gene_tui.ui.widgets.bars import amount, bar
from gene_tui.ui.widgets.cards import Card, CardText, error_card

#: Rows a table shows.
MOST_ROWS = 200
#: Lines below the table, on the row under the cursor.
_ABOUT_LINES = 3


@dataclass(frozen=True, slots=True)
class Page:
    """One table. Texts may come from anywhere; they are made harmless when shown.

    Attributes:
        title: of its tab. head: lines above the table. table: the table itself.
        about: what is said of each row while the cursor is on it.
        passing: how many rows are shown as usual, those after them dim; None for all.
        empty: what is said where there are no rows.
    """

    title: str
    head: tuple[str, ...]
    table: Table
    about: tuple[str, ...]
    passing: int | None = None
    empty: str = ""


class TableScreen(Dialog[None]):
    """Shows how far the work is, then its ``Page``s, or why there are none.

    Args:
        title: in the border. stop: asks the work to stop.
    """

    BINDINGS: ClassVar = [
        Binding("escape,q", "leave", "stop or close", show=False),
        Binding("tab", "turn(1)", "next", show=False),
        Binding("shift+tab", "turn(-1)", "previous", show=False),
        Binding("j", "cursor('down')", "down", show=False),
        Binding("k", "cursor('up')", "up", show=False),
        Binding("h", "cursor('left')", "left", show=False),
        Binding("l", "cursor('right')", "right", show=False),
        Binding("g", "cursor('top')", "first", show=False),
        Binding("G", "cursor('bottom')", "last", show=False),
        *(Binding(str(n), f"go({n - 1})", f"table {n}", show=False) for n in range(1, 10)),
    ]
    AUTO_FOCUS = "DataTable"
    DEFAULT_CSS = """
    TableScreen { align: center middle; }
    TableScreen #frame {
        width: 100%; height: 100%; padding: 0 1; background: $surface; border: round $primary;
        border-title-color: $primary; border-title-style: bold; border-subtitle-color: $text-muted;
    }
    TableScreen #tabs {
        height: 1; width: 1fr; link-style: none; link-background: $surface;
        link-color: $foreground; link-background-hover: $panel; link-color-hover: $primary;
        link-style-hover: underline;
    }
    TableScreen #head { height: auto; max-height: 40%; width: 1fr; color: $text-muted; }
    TableScreen DataTable, TableScreen DataTable:focus {
        height: 1fr; margin-top: 1; background: $surface; background-tint: transparent;
        scrollbar-size: 1 1;
    }
    TableScreen DataTable > .datatable--header, TableScreen DataTable:focus > .datatable--header {
        background: $surface; background-tint: transparent; color: $text-muted; text-style: bold;
    }
    TableScreen DataTable > .datatable--even-row, TableScreen DataTable > .datatable--odd-row {
        background: $surface;
    }
    TableScreen #about { height: 3; width: 1fr; color: $text-muted; }
    """

    def __init__(self, title: str, stop: Callable[[], object]) -> None:
        super().__init__()
        self._title = title
        self._stop = stop
        self._pages: tuple[Page, ...] = ()
        self._at = 0
        self._busy = True
        self._drawn = False
        self._state = "Esc stops"
        self._card = CardText(title, "beginning …", "Esc stops", tone="busy")

    def compose(self) -> ComposeResult:
        with Vertical(id="frame") as box:
            box.border_title = show.content(self._title, 70)
            yield Card(id="trouble")
            yield Static(id="tabs")
            yield Static(id="head", markup=False)
            yield DataTable(cursor_type="row")
            yield Label(id="about", markup=False)

    def on_mount(self) -> None:
        # What was found, or why nothing was, may be known before the screen is there. (Textual
        # calls a screen mounted only after this.)
        self._drawn = True
        self._show()

    # -- what is shown -----------------------------------------------------------------------

    @property
    def page(self) -> Page | None:
        """The one shown."""
        return self._pages[self._at] if self._pages else None

    def show_progress(self, progress: Progress) -> None:
        """Say how far the work is."""
        if not self._busy:
            return
        counted = " ".join(part for part in (bar(progress), amount(progress)) if part)
        if self._pages:
            self._state = f"{show.safe(progress.stage, 40)} {counted} · Esc stops"
            self._hint()
        else:
            message = f"{progress.stage} …  {counted}".rstrip()
            self._show_card(CardText(self._title, message, "Esc stops", tone="busy"))

    def put(self, pages: Sequence[Page], *, complete: bool = True) -> None:
        """Show tables; the one looked at stays. Incomplete: the work goes on."""
        first = not self._pages
        self._pages = tuple(pages)
        self._busy = not complete
        if complete:
            self._state = ""
        if first:
            self._show()
        elif self._drawn:
            self._show_tabs()

    def fail(self, error: GeneTuiError, title: str) -> None:
        """Say what went wrong; what was found before stays."""
        self._busy = False
        if self._pages:
            self._state = show.safe(error.message, 60)
            self._hint()
        else:
            self._show_card(error_card(error, title))

    # -- actions -----------------------------------------------------------------------------

    def action_leave(self) -> None:
        """Stop what runs behind a table; else close, which stops it as well."""
        if self._busy and self._pages:
            self._stop()
        else:
            self.dismiss()

    def action_turn(self, by: int) -> None:
        """The next tab; the first after the last."""
        if self._pages:
            self.action_go((self._at + by) % len(self._pages))

    def action_go(self, at: int) -> None:
        """One tab."""
        if at < len(self._pages) and at != self._at:
            self._at = at
            self._show()

    def action_cursor(self, where: str) -> None:
        """Move the table's cursor."""
        table = self.query_one(DataTable)
        if where in ("top", "bottom"):
            table.move_cursor(row=0 if where == "top" else table.row_count - 1)
        else:
            getattr(table, f"action_cursor_{where}")()

    @on(DataTable.RowHighlighted)
    def _moved(self, event: DataTable.RowHighlighted) -> None:
        event.stop()
        self._show_about(event.cursor_row)

    def on_resize(self, _: events.Resize) -> None:
        """As much of a row's text as fits now."""
        self._show_about(self.query_one(DataTable).cursor_row)

    # -- inside ------------------------------------------------------------------------------

    def _show(self) -> None:
        if not self._drawn:
            return
        page = self.page
        if page is None:
            self._show_card(self._card)
            return
        self._show_table(found=True)
        self._show_tabs()
        columns, rows = page.table.columns, page.table.rows()
        lines = [*page.head, *([] if rows else [page.empty])]
        self.query_one("#head", Static).update(
            Content("\n").join(show.content(line, 400) for line in lines)
        )
        table = self.query_one(DataTable)
        table.clear(columns=True)
        for column in columns:
            table.add_column(show.cell(column.title, column.most, right=column.right))
        for at, row in enumerate(rows):
            weak = page.passing is not None and at >= page.passing
            table.add_row(
                *(
                    show.cell(text, column.most, "dim" if weak else "", right=column.right)
                    for text, column in zip(row, columns, strict=True)
                )
            )
        table.scroll_home(animate=False)
        table.focus()
        self._show_about(0)

    def _show_tabs(self) -> None:
        several = len(self._pages) > 1
        parts = []
        for place, page in enumerate(self._pages):
            label = Content.styled(
                f" {place + 1} {show.safe(page.title, 30)} ",
                "bold reverse" if place == self._at else "",
            )
            parts.append(label.stylize(Style.from_meta({"@click": f"screen.go({place})"})))
        tabs = self.query_one("#tabs", Static)
        tabs.display = several
        tabs.update(Content(" ").join(parts))
        self._hint()

    def _show_about(self, row: int) -> None:
        page = self.page
        text = page.about[row] if page and row < len(page.about) else ""
        label = self.query_one("#about", Label)
        room = max(20, label.size.width or self.app.size.width - 4)
        label.update(show.content(text, _ABOUT_LINES * (room - 8)))

    def _hint(self) -> None:
        if self._drawn:
            tabs = ("Tab another table",) if len(self._pages) > 1 else ()
            filled = self.page is not None and self.page.table.columns[0].values
            moves = (*tabs, "↑↓ row", "←→ scroll") if filled else tabs
            words = (self._state, *moves, "" if self._busy else "Esc closes")
            self.query_one("#frame").border_subtitle = Content(" · ".join(filter(None, words)))

    def _show_card(self, card: CardText) -> None:
        self._card = card
        if self._drawn:
            self._show_table(found=False)
            self.query_one(Card).show_card(card)
            closes = "Esc stops" if self._busy else "Esc closes"
            self.query_one("#frame").border_subtitle = closes

    def _show_table(self, *, found: bool) -> None:
        self.query_one(Card).display = not found
        for name in ("#tabs", "#head", "DataTable", "#about"):
            self.query_one(name).display = found
