"""The private parts of Textual that the app stands on, all of them, and only here.

They were tested on Textual 8.2.8. Another version may lack one or mean something else by it:
``missing`` names those that are gone, and a test fails with what it says.
"""

from __future__ import annotations

import signal
from contextlib import suppress
from typing import Any, Literal

from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual import events, keys
from textual.app import App
from textual.content import Content
from textual.coordinate import Coordinate
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.widget import Widget
from textual.widgets import DataTable, OptionList

#: The version that all of this was tested on.
TESTED = "8.2.8"
#: Where each part is, and its name.
PARTS: tuple[tuple[Any, str], ...] = (
    (keys, "_character_to_key"),
    (App, "_check_bindings"),
    (App, "_on_key"),
    (Widget, "_forward_event"),
    (Content, "_wrap_and_format"),
    (DataTable, "_render_cell"),
    (OptionList, "_move_page"),
    (ScrollView, "_scroll_update"),
)
#: What every app has of its own, by the names of its attributes.
OWN_PARTS = ("_driver", "_loop")


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


class DirectApp(App[int]):
    """An app that is asked what a key means before its widgets see it, and that reaches the
    terminal and the event loop."""

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
