"""What to ask, then the keys, those of the focused pane first, and what figures mean."""

from __future__ import annotations

from collections.abc import Callable
from textwrap import wrap
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from gene_tui.export.wording import FIGURES
from gene_tui.model.query import SHAPES
from gene_tui.ui.actions import ACTIONS, GROUPS, Action, Keys, key_shown
from gene_tui.ui.screens.dialog import Dialog

_PANES = {
    "query": "In the query line",
    "results": "In the results",
    "history": "In the history",
    "details": "In the details",
}
_LANGUAGE = (
    *((shape.typed, shape.briefly or shape.asks) for shape in SHAPES),
    ('"New York"', "quotes for names with spaces, a lone : ~ + - ? or a comma at the end"),
)


class Help(Dialog[None]):
    """One page to scroll."""

    BINDINGS: ClassVar = [
        Binding("escape,q,question_mark,f1", "dismiss", "close", show=False),
        Binding("j", "scroll(1)", "down", show=False),
        Binding("k", "scroll(-1)", "up", show=False),
    ]

    def __init__(self, keys: Keys, pane: str, can: Callable[[str], bool]) -> None:
        super().__init__()
        self._keys = keys
        self._pane = pane
        self._can = can
        self._drawn_for = 0

    def compose(self) -> ComposeResult:
        with self.box("Help", "↑↓ scroll · Esc closes"), VerticalScroll():
            # What is in it from the first is drawn once.
            self._drawn_for = self._room()
            yield Static(self._page(self._drawn_for))

    def on_mount(self) -> None:
        self.query_one(VerticalScroll).focus()

    def on_resize(self) -> None:
        """Help texts are wrapped to the width."""
        if self._drawn_for != self._room():
            self._drawn_for = self._room()
            self.query_one(Static).update(self._page(self._drawn_for))

    def _room(self) -> int:
        """Cells a line of text may take."""
        return max(20, min(76, self.app.size.width * 96 // 100) - 6)

    def action_scroll(self, by: int) -> None:
        """Scroll a line."""
        self.query_one(VerticalScroll).scroll_relative(y=by, animate=False)

    def _page(self, room: int) -> Content:
        parts = [Content.styled("What to ask", "bold $accent")]
        parts += [_row(typed, told, 20, room) for typed, told in _LANGUAGE]
        parts.append(Content(""))
        order = [self._pane, *(name for name in _PANES if name != self._pane)]
        first = [action for action in ACTIONS if action.pane == order[0]]
        parts += self._part(_PANES[order[0]], first, room)
        for group in GROUPS:
            parts += self._part(
                group, [a for a in ACTIONS if a.group == group and not a.pane], room
            )
        for pane in order[1:]:
            parts += self._part(_PANES[pane], [a for a in ACTIONS if a.pane == pane], room)
        parts.append(Content.styled("What a hit is worth", "bold $accent"))
        parts += [_row(name, meaning, 20, room) for name, meaning in FIGURES]
        return Content("\n").join(parts)

    def _part(self, title: str, actions: list[Action], room: int) -> list[Content]:
        rows = [
            _row(" ".join(map(key_shown, self._keys.of(action.id))), action.help, 11, room)
            for action in actions
            if self._keys.of(action.id) and self._can(action.id)
        ]
        return [Content.styled(title, "bold $accent"), *rows, Content("")] if rows else []


def _row(left: str, right: str, width: int, room: int) -> Content:
    """A key and its help, which is wrapped beside it."""
    lines = wrap(right, max(12, room - width - 3))
    hanging = f"\n{'':<{width + 3}}".join(lines)
    return Content.assemble((f"  {left:<{width}} ", "bold $primary"), hanging)
