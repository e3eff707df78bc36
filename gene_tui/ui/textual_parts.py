"""The private parts of Textual that the app stands on, all of them, and only here.

They were tested on Textual 8.2.8. Another version may lack one or mean something else by it:
``missing`` names those that are gone, and a test fails with what it says.
"""

from __future__ import annotations

import signal
from contextlib import suppress
from typing import Any, Literal, cast

from rich.color import ColorSystem
from rich.console import Console, RenderableType
from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual import events, keys
from textual._compositor import ChopsUpdate, CompositorUpdate, LayoutUpdate
from textual.app import App
from textual.content import Content
from textual.coordinate import Coordinate
from textual.geometry import Size
from textual.screen import Screen
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import DataTable, OptionList

from gene_tui.ui.canvas import Canvas

#: The version that all of this was tested on.
TESTED = "8.2.8"
#: Where each part is, and its name.
PARTS: tuple[tuple[Any, str], ...] = (
    (keys, "_character_to_key"),
    (App, "_check_bindings"),
    (App, "_on_key"),
    (App, "_display"),
    (CompositorUpdate, "render_segments"),
    (Widget, "_forward_event"),
    (Content, "_wrap_and_format"),
    (DataTable, "_render_cell"),
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


class DirectApp(App[int]):
    """An app that is asked what a key means before its widgets see it, and that reaches the
    terminal and the event loop. It sends the terminal only what changes there."""

    def __init__(self) -> None:
        super().__init__()
        self._canvas = Canvas()

    def action_repaint(self) -> None:
        """Send the whole screen, whatever the terminal shows."""
        self._canvas.forget()
        self.refresh()

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


class PlainCellTable(DataTable[Text]):
    """Draws a plain cell without rich's layout, which takes ten times as long.

    A new answer draws some 230 cells on the event loop's thread, in one go.
    """

    def drawn(self, cell: Text, cells: int) -> str | None:
        """A cell's text, so many cells wide; None leaves it to rich. For subclasses."""
        raise NotImplementedError

    def _render_cell(
        self,
        row_index: int,
        column_index: int,
        base_style: Style,
        width: int,
        cursor: bool = False,
        hover: bool = False,
    ) -> list[list[Segment]]:
        if row_index >= 0 and column_index >= 0 and not (cursor or hover):
            cell = self.get_cell_at(Coordinate(row_index, column_index))
            drawn = self.drawn(cell, width - 2 * self.cell_padding)
            if drawn is not None:
                gap = " " * self.cell_padding
                place = Style.from_meta({"row": row_index, "column": column_index})
                style = base_style + place + self.app.console.get_style(cell.style)
                return [[Segment(f"{gap}{drawn}{gap}", style)]]
        return super()._render_cell(row_index, column_index, base_style, width, cursor, hover)


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
