"""The hits, one a row; the cursor is on one gene of one hit."""

from __future__ import annotations

from typing import ClassVar, Self

from rich.color import Color
from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.coordinate import Coordinate
from textual.geometry import Region
from textual.message import Message
from textual.widget import Widget
from textual.widgets import DataTable, Input

from gene_tui.export import wording
from gene_tui.model.gene import Gene
from gene_tui.model.result import Hit
from gene_tui.text import width
from gene_tui.ui import format as show
from gene_tui.ui.actions import bindings
from gene_tui.ui.rows import HitColumn, Paint, Rows, border, cell, columns, heading, subtitle
from gene_tui.ui.textual_parts import PlainCellTable
from gene_tui.ui.widgets.cards import Card, CardText
from gene_tui.ui.widgets.line import FilterChanged, FilterLine

_LEAST_WIDTH = 30
#: In a terminal of fewer columns one other space is shown, in the place of the names.
_NARROW = 100


class ResultsTable(PlainCellTable, inherit_bindings=False):
    """The table. Its keys beyond moving are the registry's ("results" pane)."""

    COMPONENT_CLASSES = DataTable.COMPONENT_CLASSES | {
        "results--muted",
        "results--bar",
        "results--mark",
    }
    BINDINGS: ClassVar = [
        *(entry for entry in DataTable.BINDINGS if getattr(entry, "key", "") != "enter"),
        *bindings("results"),
    ]

    def __init__(self) -> None:
        super().__init__(id="table", cursor_type="cell", zebra_stripes=True)

    @property
    def paint(self) -> Paint:
        """The theme's colours for cells."""
        muted, bar, mark = (
            self.get_component_rich_style(f"results--{name}", partial=True)
            for name in ("muted", "bar", "mark")
        )
        return Paint(_name(muted.color) or "dim", _name(bar.color), f"bold {_name(mark.color)}")

    def drawn(self, cell: Text, cells: int) -> str | None:
        """A plain cell needs no layout."""
        return cell.drawn(cells) if isinstance(cell, show.CellText) else None


class Framed(Widget):
    """A widget with a border, whose words change without what it frames being sent to the
    terminal again: over a slow line a pane is thousands of bytes, an edge a few."""

    _edge: Region | None = None

    def refresh(
        self,
        *regions: Region,
        repaint: bool = True,
        layout: bool = False,
        recompose: bool = False,
    ) -> Self:
        """As usual, but only the edge while its words are set."""
        if self._edge is not None and not regions:
            regions = (self._edge,)
        super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)
        return self

    def put_subtitle(self, text: Content) -> None:
        """Set the words in the lower border."""
        lowest = Region(0, self.outer_size.height - 1, self.outer_size.width, 1)
        # Regions are counted from where the content begins.
        self._edge = lowest.translate(-self.content_offset)
        self.border_subtitle = text
        self._edge = None


class ResultsPane(Framed, Vertical):
    """The table, or a card where there is none, and the filter below."""

    class GeneChosen(Message):
        """The cursor is on a gene of a hit; both None where there are no hits."""

        def __init__(self, gene: Gene | None, hit: Hit | None, row: int, column: int) -> None:
            super().__init__()
            self.gene = gene
            self.hit = hit
            self.row = row
            self.column = column

    class CellPicked(Message):
        """A gene was clicked that the cursor was on already."""

    class HeaderPicked(Message):
        """A column's heading was clicked."""

        def __init__(self, key: str) -> None:
            super().__init__()
            self.key = key

    def __init__(self) -> None:
        super().__init__(id="results", classes="pane")
        self.rows: Rows | None = None
        self._columns: list[HitColumn] = []
        self._marked: frozenset[str] = frozenset()
        self._quiet = False
        self._open_space = ""

    def compose(self) -> ComposeResult:
        yield ResultsTable()
        yield Card(id="card")
        yield FilterLine(
            placeholder="words in a symbol, name or type", id="filter", leave=self.focus_table
        )

    def on_mount(self) -> None:
        self.border_title = "Results"
        self.query_one(Card).can_focus = True
        self.query_one(FilterLine).display = False
        self.query_one(ResultsTable).display = False

    # -- what is shown -----------------------------------------------------------------------

    def show_card(self, card: CardText) -> None:
        """Show a card in place of the table."""
        self.query_one(ResultsTable).display = False
        box = self.query_one(Card)
        box.show_card(card)
        box.display = True
        self.border_title = "Results"
        self.border_subtitle = ""

    def put(self, rows: Rows, cursor: tuple[int, int] | None = None) -> None:
        """Show rows; the cursor goes to (row, column), or stays where it is."""
        table = self.query_one(ResultsTable)
        at = cursor or (table.cursor_row, table.cursor_column)
        self.rows = rows
        self.query_one(Card).display = False
        table.display = True
        with self.app.batch_update():
            self._quiet = True
            self._fill(table)
            self._quiet = False
            row = min(max(at[0], 0), max(0, table.row_count - 1))
            column = min(max(at[1], 0), max(0, len(self._columns) - 1))
            table.move_cursor(row=row, column=column, animate=False)
        self._entitle()
        self._announce()

    def opened(self, fingerprint: str) -> None:
        """Another space is open, or the first: an answer of a different one names its own."""
        self._open_space = fingerprint
        if self.rows is not None and self.query_one(ResultsTable).display:
            self._entitle()

    def _entitle(self) -> None:
        assert self.rows is not None
        elsewhere = (
            bool(self._open_space) and self.rows.result.space.fingerprint != self._open_space
        )
        room = max(20, self.size.width - 6)
        self.border_title = show.content(border(self.rows, room, elsewhere), room)

    def mark(self, marked: frozenset[str]) -> None:
        """Redraw the rows whose genes were marked or unmarked."""
        changed, self._marked = marked ^ self._marked, marked
        if self.rows is None:
            return
        table = self.query_one(ResultsTable)
        paint = table.paint
        for place, hit in enumerate(self.rows.shown):
            genes = self.rows.genes(hit)
            for index, column in enumerate(self._columns):
                if column.key.startswith("gene") and genes[column.slot or 0].label in changed:
                    text = cell(self.rows, hit, column, marked, paint)
                    table.update_cell_at(Coordinate(place, index), text)

    def note(self, text: str) -> None:
        """A line on the lower border, in place of what stood beside the query."""
        room = max(10, self.size.width - 6)
        usual = ""
        if self.rows and not text:
            usual = subtitle(self.rows.result)
            legend = wording.legend(self.rows.result, room - (width(usual) + 3 if usual else 0))
            usual = " · ".join(part for part in (usual, legend) if part)
        self.put_subtitle(show.content(text or usual, room))

    # -- where the cursor is -----------------------------------------------------------------

    @property
    def has_rows(self) -> bool:
        """Whether the table (and not a card) is shown, with at least one hit."""
        table = self.query_one(ResultsTable)
        return bool(table.display and table.row_count)

    @property
    def hit(self) -> Hit | None:
        """The hit under the cursor."""
        if self.rows is None or not self.has_rows:
            return None
        shown = self.rows.shown
        row = self.query_one(ResultsTable).cursor_row
        return shown[row] if row < len(shown) else None

    @property
    def gene(self) -> Gene | None:
        """The gene under the cursor: of a number's row, the gene to its left."""
        hit = self.hit
        if hit is None or self.rows is None:
            return None
        genes = self.rows.genes(hit)
        at = min(self.query_one(ResultsTable).cursor_column, len(self._columns) - 1)
        slots = [column.slot for column in self._columns[: at + 1] if column.slot is not None]
        return genes[slots[-1] if slots else 0] if genes else None

    @property
    def sort_key(self) -> str:
        """The key of the column the cursor is in."""
        at = self.query_one(ResultsTable).cursor_column
        return self._columns[at].key if at < len(self._columns) else "rank"

    def move(self, way: str) -> None:
        """Move the cursor: "left", "down", "up", "right", "top" or "bottom"."""
        table = self.query_one(ResultsTable)
        if way in ("top", "bottom"):
            table.move_cursor(row=0 if way == "top" else table.row_count - 1, animate=False)
        else:
            getattr(table, f"action_cursor_{way}")()

    # -- the filter --------------------------------------------------------------------------

    def open_filter(self) -> None:
        """Show the filter's line and go there."""
        line = self.query_one(FilterLine)
        line.display = True
        self.screen.set_focus(line)  # at once, for the keys that follow

    def close_filter(self) -> bool:
        """Empty and hide the filter; False if it was not open."""
        line = self.query_one(FilterLine)
        if not line.display:
            return False
        had_focus = line.has_focus
        line.value = ""
        line.display = False
        if had_focus:
            self.focus_table()
        return True

    def show_filter(self, text: str) -> None:
        """Set the filter's text as part of going back to an answer."""
        line = self.query_one(FilterLine)
        with self.prevent(Input.Changed):
            line.value = text
        line.display = bool(text) or line.has_focus

    def focus_table(self) -> None:
        """Give the focus to the table, or to the card in its place; at once, for the keys that
        follow."""
        table = self.query_one(ResultsTable)
        self.screen.set_focus(table if table.display else self.query_one(Card))

    # -- events ------------------------------------------------------------------------------

    def on_data_table_cell_highlighted(self, event: DataTable.CellHighlighted) -> None:
        event.stop()
        if not self._quiet:
            self._announce()

    def on_data_table_cell_selected(self, event: DataTable.CellSelected) -> None:
        event.stop()
        self.post_message(self.CellPicked())

    def on_data_table_header_selected(self, event: DataTable.HeaderSelected) -> None:
        event.stop()
        self.post_message(self.HeaderPicked(self._columns[event.column_index].key))

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self.post_message(FilterChanged(self, event.value))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.post_message(FilterChanged(self, event.value, done=True))

    def on_resize(self, _: events.Resize) -> None:
        """Other columns may fit now."""
        if self.rows is None or not self.query_one(ResultsTable).display:
            return
        self._entitle()
        if self._fitting(self.rows) != self._columns:
            self.put(self.rows)

    # -- inside ------------------------------------------------------------------------------

    def _announce(self) -> None:
        table = self.query_one(ResultsTable)
        self.post_message(
            self.GeneChosen(self.gene, self.hit, table.cursor_row, table.cursor_column)
        )

    def _room(self) -> int:
        # Two cells for the scroll bar, which may come and go with the number of rows.
        return max(_LEAST_WIDTH, self.content_size.width - 2)

    def _fitting(self, rows: Rows) -> list[HitColumn]:
        return columns(rows, self._room(), narrow=self.app.size.width < _NARROW)

    def _fill(self, table: ResultsTable) -> None:
        assert self.rows is not None
        table.clear(columns=True)
        self._columns = self._fitting(self.rows)
        for column in self._columns:
            table.add_column(heading(self.rows, column), width=column.width, key=column.key)
        paint = table.paint
        for hit in self.rows.shown:
            cells = [cell(self.rows, hit, column, self._marked, paint) for column in self._columns]
            table.add_row(*cells)


def _name(colour: Color | None) -> str:
    """A rich colour as styles spell it."""
    return colour.name if colour else ""
