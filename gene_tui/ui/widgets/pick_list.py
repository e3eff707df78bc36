"""A list to pick from, sound also before it was drawn and after it was changed."""

from __future__ import annotations

from typing import Literal

from textual import events
from textual.widgets import OptionList


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
