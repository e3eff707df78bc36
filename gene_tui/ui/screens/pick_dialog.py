"""Dialogs that list what there is to pick."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Generic, TypeVar

from textual.app import ComposeResult
from textual.content import Content
from textual.screen import ScreenResultType
from textual.widgets import Input, OptionList
from textual.widgets.option_list import Option

from gene_tui.ui.screens.dialog import Dialog
from gene_tui.ui.textual_parts import PickList
from gene_tui.ui.widgets.line import Line

Entry = TypeVar("Entry")


class PickDialog(Dialog[ScreenResultType], Generic[Entry, ScreenResultType]):
    """Answers with what was picked of a list, which a line above may narrow.

    Args:
        title: in the border. hints: what keys do. entries: what there is.
        placeholder: what the line is for; "" for a list without one.

    Attributes:
        shown: the entries listed now.
    """

    def __init__(
        self, title: str, hints: str, entries: Sequence[Entry], *, placeholder: str = ""
    ) -> None:
        super().__init__()
        self._title = title
        self._hints = hints
        self._placeholder = placeholder
        self.entries = tuple(entries)
        self.shown = self.entries

    def line(self, entry: Entry) -> Content:
        """An entry as listed; for subclasses."""
        raise NotImplementedError

    def answer(self, entry: Entry) -> ScreenResultType:
        """What the dialog answers where an entry is picked; for subclasses."""
        raise NotImplementedError

    def fitting(self, text: str) -> Sequence[Entry]:  # noqa: ARG002 - for subclasses
        """The entries that fit what is typed; for subclasses."""
        return self.entries

    def below(self) -> ComposeResult:
        """What stands below the list; for subclasses."""
        yield from ()

    def compose(self) -> ComposeResult:
        with self.box(self._title, self._hints):
            if self._placeholder:
                yield Line(placeholder=self._placeholder)
            yield PickList(markup=False)
            yield from self.below()

    @property
    def listed(self) -> PickList:
        """The list."""
        return self.query_one(PickList)

    @property
    def under_cursor(self) -> Entry | None:
        """The entry under the cursor."""
        at = self.listed.highlighted
        return self.shown[at] if at is not None and at < len(self.shown) else None

    def fill(self) -> None:
        """List ``shown``; the cursor goes to the first."""
        listed = self.listed
        listed.clear_options()
        places = {id(entry): str(place) for place, entry in enumerate(self.entries)}
        listed.add_options([Option(self.line(one), id=places[id(one)]) for one in self.shown])
        listed.highlighted = 0 if self.shown else None

    def action_move(self, by: int) -> None:
        """Move the cursor."""
        if by > 0:
            self.listed.action_cursor_down()
        else:
            self.listed.action_cursor_up()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Show what fits."""
        event.stop()
        self.shown = tuple(self.fitting(event.value))
        self.fill()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Take what was clicked, even if other entries are shown by now."""
        event.stop()
        self.dismiss(self.answer(self.entries[int(event.option_id or 0)]))
