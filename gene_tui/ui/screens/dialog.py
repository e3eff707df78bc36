"""What closes, closes once, however many keys come in the same breath.

Over a slow line several keys arrive together and are on their way to a screen before the first
of them closes it. Textual would then close the screen below, or give up where there is none.
"""

from __future__ import annotations

from textual import on
from textual.await_complete import AwaitComplete
from textual.command import CommandPalette
from textual.screen import ModalScreen, Screen, ScreenResultType
from textual.widgets import Input, OptionList


class Dialog(ModalScreen[ScreenResultType]):
    """A screen on top of others that answers at most once."""

    def dismiss(self, result: ScreenResultType | None = None) -> AwaitComplete:
        """Close with an answer; nothing if it is closed already."""
        return super().dismiss(result) if _on_top(self) else AwaitComplete()


class Palette(CommandPalette):
    """Textual's command palette, which does at most one thing."""

    def dismiss(self, result: None = None) -> AwaitComplete:
        """Close; nothing if it is closed already."""
        return super().dismiss(result) if _on_top(self) else AwaitComplete()

    @on(Input.Submitted)
    @on(OptionList.OptionSelected)
    def _once(self, event: Input.Submitted | OptionList.OptionSelected) -> None:
        """Before the palette itself hears it."""
        if not _on_top(self):
            event.prevent_default()


def _on_top(screen: Screen[ScreenResultType]) -> bool:
    return screen.app.screen is screen
