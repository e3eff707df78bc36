"""The private parts of Textual that the app stands on, all of them, and only here.

They were tested on Textual 8.2.8. Another version may lack one or mean something else by it:
``missing`` names those that are gone, and a test fails with what it says.
"""

from __future__ import annotations

import asyncio
import signal
from contextlib import suppress
from typing import IO, Any, Literal, NamedTuple, TextIO, cast

from rich.color import ColorSystem
from rich.console import Console, RenderableType
from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual import events, keys
from textual._compositor import ChopsUpdate, CompositorUpdate, LayoutUpdate
from textual.app import App
from textual.color import Color
from textual.content import Content
from textual.coordinate import Coordinate
from textual.dom import DOMNode
from textual.driver import Driver
from textual.drivers.linux_driver import LinuxDriver
from textual.geometry import Region, Size
from textual.reactive import Reactive
from textual.screen import UPDATE_PERIOD, Screen, ScreenResultType
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import DataTable, OptionList
from textual.widgets.data_table import RowKey

from gene_tui.ui.canvas import Canvas

#: The version that all of this was tested on.
TESTED = "8.2.8"
#: Where each part is, and its name.
PARTS: tuple[tuple[Any, str], ...] = (
    (keys, "_character_to_key"),
    (App, "_check_bindings"),
    (App, "_on_key"),
    (App, "_display"),
    (App, "_build_driver"),
    (LinuxDriver, "_sigcont_application"),
    (CompositorUpdate, "render_segments"),
    (Screen, "_on_timer_update"),
    (Screen, "_update_timer"),
    (Screen, "_update_focus_styles"),
    (Widget, "_forward_event"),
    (Content, "_wrap_and_format"),
    (DataTable, "_render_cell"),
    (DataTable, "_render_line_in_row"),
    (DataTable, "_get_row_style"),
    (DataTable, "_should_highlight"),
    (OptionList, "_move_page"),
    (ScrollView, "_scroll_update"),
)
#: What every app has of its own, by the names of its attributes.
OWN_PARTS = ("_driver", "_loop", "_running", "_batch_count", "_previous_cursor_position")


def missing(app: App[Any]) -> list[str]:
    """The parts that the Textual in use lacks, as "module.class.name".

    Args:
        app: any app, whose own parts are looked for.
    """
    gone = [f"{_path(owner)}.{name}" for owner, name in PARTS if not hasattr(owner, name)]
    return gone + [f"{_path(App)}.{name}" for name in OWN_PARTS if not hasattr(app, name)]


def _path(owner: Any) -> str:
    return f"{owner.__module__}.{owner.__name__}" if isinstance(owner, type) else owner.__name__


def key_name(character: str) -> str:
    """The key that types a character, as Textual names it: ``,`` is ``comma``."""
    return keys._character_to_key(character)


class _Written(CompositorUpdate):
    """An update of the screen as the characters to send."""

    def __init__(self, text: str) -> None:
        self._text = text

    def render_segments(self, console: Console) -> str:  # noqa: ARG002 - so it is called
        """The characters."""
        return self._text


def _put(canvas: Canvas, update: LayoutUpdate | ChopsUpdate, colours: ColorSystem) -> None:
    """Put what an update would write on a canvas, where it would write it."""

    def put(row: int, column: int, strip: Strip) -> int:
        """One strip; the column behind it."""
        pieces = [
            (text, Strip.render_ansi(style, colours) if style else "") for text, style, _ in strip
        ]
        canvas.put(row, column, pieces)
        return column + strip.cell_length

    if isinstance(update, LayoutUpdate):
        for row, strips in enumerate(update.strips, update.region.y):
            column = update.region.x
            for strip in strips:
                column = put(row, column, strip)
        return
    for row, first, last in update.spans:
        for end, (start, part) in zip(
            update.chop_ends[row], update.chops[row].items(), strict=False
        ):
            if part is not None and start <= last and end > first:
                put(row, start, part if end <= last else part.crop(0, last - start))


class Losable:
    """Output to a terminal that may go away; what is written then is dropped.

    Textual's thread that writes would end at the first such error, and the app wait for it for
    ever as soon as the queue between them is full.
    """

    def __init__(self, file: IO[str]) -> None:
        self._file = file

    def write(self, text: str) -> None:
        """Write a text, as far as there is a terminal."""
        with suppress(OSError, ValueError):
            self._file.write(text)

    def flush(self) -> None:
        """Send what was written."""
        with suppress(OSError, ValueError):
            self._file.flush()

    def fileno(self) -> int:
        """The terminal's number."""
        return self._file.fileno()

    def isatty(self) -> bool:
        """Whether it is a terminal."""
        return self._file.isatty()


class DirectApp(App[int]):
    """An app that is asked what a key means before its widgets see it, and that reaches the
    terminal and the event loop. It sends the terminal only what changes there."""

    #: Textual marks text under the mouse for a key that stops queries here; terminals mark it
    #: themselves while Shift is held. And Textual fails where the text was just taken away.
    ALLOW_SELECT = False

    def __init__(self) -> None:
        super().__init__()
        self._canvas = Canvas()

    def action_repaint(self) -> None:
        """Send the whole screen, whatever the terminal shows."""
        self._canvas.forget()
        self.refresh()

    def _build_driver(
        self, headless: bool, inline: bool, mouse: bool, size: tuple[int, int] | None
    ) -> Driver:
        """The connection to the terminal, which may be lost."""
        driver = super()._build_driver(headless, inline, mouse, size)
        if isinstance(driver, LinuxDriver):
            driver._file = cast(Any, Losable(cast(TextIO, driver._file)))

            def go_on(*_: object) -> None:
                """A lost terminal wakes its programs too: only one that slept starts again."""
                if driver._must_signal_resume:
                    driver._sigcont_application()

            signal.signal(signal.SIGCONT, go_on)
        return driver

    async def on_event(self, event: events.Event) -> None:
        """A terminal whose size is told anew may show anything: it moved what was there, or
        something else had it."""
        if isinstance(event, events.Resize):
            self.action_repaint()
        await super().on_event(event)

    def _display(self, screen: Screen[Any], renderable: RenderableType | None) -> None:
        """Send what changes; nothing at all where nothing does."""
        written = self._running and not self._batch_count and not self.is_headless
        if written and isinstance(renderable, LayoutUpdate | ChopsUpdate):
            self._canvas.begin(*self.size)
            colours = self.console._color_system or ColorSystem.TRUECOLOR
            _put(self._canvas, renderable, colours)
            text = self._canvas.changes()
            place = self.screen.outer_size.clamp_offset(self.cursor_position)
            if text or place != self._previous_cursor_position:
                super()._display(screen, cast(RenderableType, _Written(text)))
            else:
                self.post_display_hook()
        else:
            super()._display(screen, renderable)

    async def do_bound(self, key: str, *, priority: bool = False) -> bool:
        """Do what is bound to a key; False where nothing is."""
        return await self._check_bindings(key, priority=priority)

    def forward(self, event: events.Event) -> None:
        """Hand an event to the widget with the focus, or to the screen."""
        (self.focused or self.screen)._forward_event(event)

    def send_to_terminal(self, text: str) -> None:
        """Hand characters to the terminal as they are, whole; from any thread."""
        if self._driver is not None:
            self._driver.write(text)
            self._driver.flush()

    def exit_on(self, name: str, code: int) -> None:
        """End with an exit code at a signal, where there is such a signal and a loop of ours."""
        if self._loop is None:
            return
        with suppress(AttributeError, ValueError, RuntimeError, NotImplementedError):
            self._loop.add_signal_handler(getattr(signal, name), self.exit, code)

    async def _on_key(self, event: events.Key) -> None:
        """What is bound to the key was done before the widgets saw it."""
        event.prevent_default()


#: Seconds from which on a turn of the event loop is long; turns that a frame waits at most.
_LONG_TURN = 0.001
_MOST_TURNS = 5


class CalmScreen(Screen[ScreenResultType]):
    """A screen that styles and draws only what the focus changes, which goes to the table with
    each answer, and draws in turns of the event loop of their own."""

    #: The widgets that show who has the focus draw it: Textual would draw the whole screen.
    focused: Reactive[Widget | None] = Reactive(None, repaint=False)

    _frames: Timer | None = None

    @property
    def _update_timer(self) -> Timer:
        """When frames are drawn, as often as in any screen."""
        if self._frames is None:
            self._frames = self.set_interval(UPDATE_PERIOD, self._draw, pause=True)
        return self._frames

    async def _draw(self) -> None:
        """Draw what has changed. First keys and whatever else waits have a turn, and one more
        after a long one: what takes an answer and what draws it would follow at once."""
        clock = asyncio.get_running_loop().time
        for _ in range(_MOST_TURNS):
            began = clock()
            await asyncio.sleep(0)
            if clock() - began < _LONG_TURN:
                break
        self._on_timer_update()

    def _update_focus_styles(
        self, focused: Widget | None = None, blurred: Widget | None = None
    ) -> None:
        """Style anew what has rules about a focus within: Textual would style all that is in the
        same pane, most of it tables and lines with a dozen styles each."""
        styled: set[DOMNode] = set()
        for widget in (focused, blurred):
            nodes = () if widget is None else reversed(widget.ancestors_with_self)
            highest = next((node for node in nodes if node._has_focus_within), None)
            if highest is not None:
                inner = highest.walk_children(with_self=True)
                styled.update(node for node in inner if node._has_focus_within)
        if styled:
            self.app.stylesheet.update_nodes(styled, animate=True)


class BreakingContent(Content):
    """Content that says itself where lines break, beside those that Textual breaks."""

    __slots__ = ()

    def breaks(self, width: int) -> list[int]:
        """Characters before which a line of ``width`` cells is to break; for subclasses."""
        raise NotImplementedError

    def _wrap_and_format(self, width: int, *given: Any, **named: Any) -> list[Any]:
        cuts = self.breaks(width)
        whole = Content("\n").join(self.divide(cuts)) if cuts else self
        return Content._wrap_and_format(whole, width, *given, **named)


class Steady:
    """A view that scrolls: what is in it may grow without a new layout of the whole screen, which
    also draws every scroll bar there is. Its own size must not depend on what is in it."""

    virtual_size: Reactive[Size] = Reactive(Size(0, 0), layout=False)

    def watch_virtual_size(self, size: Size) -> None:
        """Scroll bars that come or go do lay the screen out."""
        assert isinstance(self, ScrollView)
        if self.is_mounted:
            self._scroll_update(size)


class _Look(NamedTuple):
    """Styles of the cells of a row, by what their texts say of their own ("" where that is
    nothing), and of the room right of them."""

    styles: dict[str, Style]
    beyond: Style


class _Drawing(NamedTuple):
    """What is looked up once where lines of a table are drawn.

    Attributes:
        style: the table's own. widths: of its columns. room: cells right of them. by_columns: the
            cursor is on a whole column. looks: of rows, by their kind.
    """

    style: Style
    widths: list[int]
    room: int
    by_columns: bool
    looks: dict[str, _Look]


class PlainCellTable(Steady, DataTable[Text]):
    """A table of one line a row, without labels or fixed columns, drawn in a third of the time.

    A new answer draws some 230 cells on the event loop's thread, in one go: a plain cell is drawn
    without rich's layout, and what the styles come to is looked up once, not for every row.
    """

    _drawing: _Drawing | None = None

    def drawn(self, cell: Text, cells: int) -> str | None:
        """A cell's text, so many cells wide; None leaves it to rich. For subclasses."""
        raise NotImplementedError

    def render_lines(self, crop: Region) -> list[Strip]:
        """Some of its lines."""
        self._drawing = self._looked_up()
        try:
            return super().render_lines(crop)
        finally:
            self._drawing = None

    @property
    def rich_style(self) -> Style:
        """Its own style."""
        return self._drawing.style if self._drawing else super().rich_style

    def _looked_up(self) -> _Drawing:
        widths = [column.get_render_width(self) for column in self.ordered_columns]
        room = max(0, self.size.width - sum(widths))
        return _Drawing(super().rich_style, widths, room, self.cursor_type == "column", {})

    def _look(self, row: int, base_style: Style, looks: dict[str, _Look]) -> _Look:
        """What a row's styles come to."""
        kind = "header" if row < 0 else "odd" if row % 2 else "even"
        if kind not in looks:
            style = self._get_row_style(row, base_style)
            ground = style.bgcolor
            if ground is not None:
                faded = Color.from_rich_color(ground).blend(self.background_colors[1], factor=0.25)
                ground = faded.rich_color
            looks[kind] = _Look({"": style}, Style.from_color(style.color, ground))
        return looks[kind]

    def _render_line_in_row(
        self,
        row_key: RowKey,
        line_no: int,
        base_style: Style,
        cursor_location: Coordinate,
        hover_location: Coordinate,
    ) -> tuple[list[list[Segment]], list[list[Segment]]]:
        drawing = self._drawing or self._looked_up()
        row = self._row_locations.get(row_key) if row_key in self._row_locations else None
        index = -1 if row is None else row
        styles, beyond = self._look(index, base_style, drawing.looks)
        cells = None if row is None else self.get_row(row_key)
        # The cursor and the pointer are on cells; only a column of theirs is in all rows.
        pointed = drawing.by_columns or index in (cursor_location.row, hover_location.row)
        gap, padding = " " * self.cell_padding, 2 * self.cell_padding
        segments = []
        for column, width in enumerate(drawing.widths):
            cursor = hover = False
            if pointed:
                place = Coordinate(index, column)
                cursor = self._should_highlight(cursor_location, place, self.cursor_type)
                hover = self._should_highlight(hover_location, place, self.cursor_type)
            text = None
            if cells is not None and not (cursor or hover):
                text = self.drawn(cells[column], width - padding)
            if cells is None or text is None:
                drawn = self._render_cell(index, column, styles[""], width, cursor, hover)
                segments.append(drawn[line_no])
                continue
            look = str(cells[column].style)
            if look not in styles:
                styles[look] = styles[""] + self.app.console.get_style(look)
            meta = Style.from_meta({"row": index, "column": column})
            segments.append([Segment(f"{gap}{text}{gap}", styles[look] + meta)])
        meta = Style.from_meta({"row": index, "column": 0, "out_of_bounds": True})
        segments.append([Segment(" " * drawing.room, beyond + meta)])
        return [], segments


class PickList(OptionList):
    """Textual's list without the errors it raises where keys and clicks are quicker than it."""

    def _move_page(self, direction: Literal[-1, 1]) -> None:
        # How long a page is, is not known before the list was laid out.
        if self.scrollable_content_region:
            super()._move_page(direction)

    def on_click(self, event: events.Click) -> None:
        """A click on what was drawn there, but is no longer in the list, means nothing."""
        at = event.style.meta.get("option")
        if at is not None and at >= self.option_count:
            event.prevent_default()


def set_scrolled_size(view: ScrollView, size: Size) -> None:
    """Tell scroll bars how large what they scroll is, without a new layout."""
    view._scroll_update(size)
