"""A choice of a few on one line: ``● this  ○ that``; plain to see without colours as well."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import Binding
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.style import Style
from textual.widget import Widget


class ChoiceLine(Widget, can_focus=True):
    """One of several words; arrows or space choose another, as does a click."""

    BINDINGS: ClassVar = [
        Binding("right,l,down,j,space", "turn(1)", "next", show=False),
        Binding("left,h,up,k", "turn(-1)", "previous", show=False),
    ]
    DEFAULT_CSS = """
    ChoiceLine {
        height: 1; width: 1fr; link-style: none; link-background: $surface;
        link-color: $foreground; link-background-hover: $panel; link-color-hover: $primary;
        link-style-hover: underline;
    }
    """

    class Chosen(Message):
        """Another one was chosen."""

        def __init__(self, line: ChoiceLine) -> None:
            super().__init__()
            self.line = line

        @property
        def control(self) -> ChoiceLine:
            """The line, for ``@on`` with a selector."""
            return self.line

    chosen: reactive[int] = reactive(0, init=False)

    def __init__(self, words: Sequence[str], chosen: int = 0, *, id: str) -> None:
        super().__init__(id=id)
        self.words = tuple(words)
        self.set_reactive(ChoiceLine.chosen, chosen)

    def render(self) -> Content:
        parts = []
        for place, word in enumerate(self.words):
            on = place == self.chosen
            style = ("bold reverse" if self.has_focus else "bold $primary") if on else ""
            text = Content.styled(f"{'●' if on else '○'} {word}", style)
            parts.append(text.stylize(Style.from_meta({"@click": f"choose({place})"})))
        return Content("   ").join(parts)

    def action_turn(self, by: int) -> None:
        """The next word; the first after the last."""
        self.action_choose((self.chosen + by) % len(self.words))

    def action_choose(self, place: int) -> None:
        """One word."""
        if place != self.chosen and not self.disabled:
            self.chosen = place
            self.post_message(self.Chosen(self))
