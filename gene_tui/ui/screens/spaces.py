"""Choose another space: those there are, the atlas, or a file's name."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual.binding import Binding
from textual.content import Content
from textual.widgets import Input

from gene_tui.ui import format as show
from gene_tui.ui.screens.pick_dialog import PickDialog

#: Cells of what a space is: beside its name and a scroll bar it fits at 80 columns.
_ABOUT = 36


@dataclass(frozen=True, slots=True)
class SpaceOffer:
    """A space to choose: what opens it, its name, what it is."""

    spec: str
    name: str
    about: str
    broken: bool = False


class SpacePicker(PickDialog[SpaceOffer, str]):
    """Answers with what opens the space that was chosen.

    Args:
        offers: the spaces there are. marked: the names of those that are open.
        title: what for. does: what Enter does.
    """

    BINDINGS: ClassVar = [
        Binding("escape", "dismiss", "close", show=False),
        Binding("down", "down", "list", show=False),
    ]

    def __init__(
        self,
        offers: Sequence[SpaceOffer],
        marked: Collection[str],
        title: str = "Open a space",
        does: str = "opens",
    ) -> None:
        hints = f"type to narrow, or a file's name · ⏎ {does} · Esc closes"
        what = "a name, a space folder or a source file"
        super().__init__(title, hints, offers, placeholder=what)
        self._marked = marked

    def line(self, entry: SpaceOffer) -> Content:
        """Its name and what it is."""
        here = "● " if entry.name in self._marked else "  "
        name = show.safe(entry.name, 30)
        style = "$error" if entry.broken else "$text-muted"
        return Content.assemble(
            (here, "$success"), (f"{name:<31}", "bold"), (show.safe(entry.about, _ABOUT), style)
        )

    def answer(self, entry: SpaceOffer) -> str:
        """What opens it."""
        return entry.spec

    def fitting(self, text: str) -> Sequence[SpaceOffer]:
        """Those whose names have all the words."""
        wanted = text.casefold().split()
        return [one for one in self.entries if all(word in one.name.casefold() for word in wanted)]

    def on_mount(self) -> None:
        self.fill()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Open the chosen space, or the file that is typed."""
        event.stop()
        typed = event.value.strip()
        entry = self.under_cursor
        if entry is not None and "/" not in typed:
            self.dismiss(entry.spec)
        elif typed:
            self.dismiss(typed)

    def action_down(self) -> None:
        """From the line into the list."""
        self.listed.focus()
