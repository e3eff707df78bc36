"""The line that everything is typed in: queries, filters, names of files, what is sought."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input

from gene_tui.ui.textual_parts import Steady


class Line(Steady, Input):
    """A line of text.

    Textual hands letters to the line and editing keys to whatever encloses it, one after the
    other: of keys that arrive together the letters would come first. So the app asks the line
    for every key (``take``), and does what is bound to it at once where the line lets it go.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        # As in a shell; Textual deletes the word to the right.
        Binding("ctrl+backspace,alt+backspace", "delete_left_word", "delete a word", show=False),
    ]

    class Cut(Message):
        """More was pasted than one line holds."""

        def __init__(self, dropped: int) -> None:
            super().__init__()
            self.dropped = dropped

    def __init__(
        self, value: str | None = None, *, placeholder: str = "", id: str | None = None
    ) -> None:
        super().__init__(value, placeholder, id=id, compact=True, select_on_focus=False)
        self.cursor_blink = False

    def take(self, event: events.Key) -> bool:
        """Do what a key means in the text itself; False where it is bound to something else."""
        if not event.is_printable or event.character is None:
            return False
        self.write(event.character)
        return True

    def write(self, text: str) -> None:
        """Put a text in the place of what is selected, or at the cursor."""
        self.replace(text, *self.selection)

    def put(self, text: str, cursor: int | None = None) -> None:
        """Replace all of it; the cursor goes to the end unless told otherwise."""
        self.value = text
        self.cursor_position = len(text) if cursor is None else cursor

    def on_paste(self, event: events.Paste) -> None:
        """Where the app did not ask the line."""
        event.stop()
        event.prevent_default()
        self.paste(event.text)

    def paste(self, text: str) -> bool:
        """Take what was pasted: the first line with anything in it. What is dropped is said."""
        lines = [line.strip() for line in text.splitlines() if line.strip()]
        if lines:
            self.write(lines[0])
        if len(lines) > 1:
            self.post_message(self.Cut(len(lines) - 1))
        return True


class FilterChanged(Message):
    """The words a pane's filter looks for changed; ``done`` when they were confirmed."""

    def __init__(self, pane: Widget, text: str, done: bool = False) -> None:
        super().__init__()
        self.pane = pane
        self.text = text
        self.done = done

    @property
    def control(self) -> Widget:
        """The pane, for ``@on`` with a selector."""
        return self.pane


class FilterLine(Line):
    """The line of a pane that narrows what the pane lists.

    Args:
        leave: gives the focus to what is listed, at once: Enter does that.
    """

    def __init__(self, *, placeholder: str, id: str, leave: Callable[[], None]) -> None:
        super().__init__(placeholder=placeholder, id=id)
        self._leave = leave

    async def action_submit(self) -> None:
        """Say so, and leave, for the keys that follow."""
        await super().action_submit()
        self._leave()
