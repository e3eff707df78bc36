"""Dialogs that ask for a file, and the plainest of them, which asks for nothing else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal
from textual.screen import ScreenResultType
from textual.widget import Widget
from textual.widgets import Input, Label

from gene_tui.errors import GeneTuiError
from gene_tui.ui import format as show
from gene_tui.ui.screens.dialog import Dialog
from gene_tui.ui.widgets.cards import Card, error_card
from gene_tui.ui.widgets.line import Line


class FileLine(Line):
    """A file's name; what one begins with stays, the cursor behind it."""

    def __init__(self, file: str, *, placeholder: str = "") -> None:
        super().__init__(file, placeholder=placeholder, id="file")

    def on_mount(self) -> None:
        """Behind the name, where its ending can be changed."""
        self.cursor_position = len(self.value)


class Trouble(Card):
    """The card of what went wrong the last time; not there where nothing did."""

    DEFAULT_CSS = "Trouble { display: none; }"

    def __init__(self, error: GeneTuiError | None, title: str) -> None:
        super().__init__()
        self._error = error
        self._title = title

    def on_mount(self) -> None:
        """Show it, if there is anything."""
        if self._error is not None:
            self.show_card(error_card(self._error, self._title))
            self.display = True


class FileDialog(Dialog[ScreenResultType]):
    """Asks for a file, and for what its ``lines`` hold beside it.

    Args:
        title: in the border. hints: what keys do. about: below the lines, to begin with.
        error: what went wrong with the last file. trouble: in three words.
    """

    BINDINGS: ClassVar = [
        Binding("escape", "dismiss", "close", show=False),
        Binding("enter", "accept", "accept", show=False),
    ]
    AUTO_FOCUS = "#file"
    DEFAULT_CSS = """
    FileDialog .dialog { width: 78; padding: 0 1; }
    FileDialog .line { height: 1; margin-top: 1; }
    FileDialog .line Label { width: 10; color: $text-muted; }
    FileDialog .line #file { width: 1fr; }
    FileDialog #reading { width: 100%; height: auto; min-height: 1; margin: 1 0; }
    FileDialog #reading.-wrong { color: $error; }
    """

    def __init__(
        self, title: str, hints: str, about: str, error: GeneTuiError | None, trouble: str
    ) -> None:
        super().__init__()
        self._title = title
        self._hints = hints
        self._about = about
        self._error = error
        self._trouble = trouble

    def lines(self) -> ComposeResult:
        """The ``FileLine`` and what else is asked; for subclasses."""
        raise NotImplementedError

    def chosen(self) -> ScreenResultType:
        """What is asked for; for subclasses.

        Raises:
            GeneTuiError: it cannot be meant so.
        """
        raise NotImplementedError

    def compose(self) -> ComposeResult:
        with self.box(self._title, self._hints):
            yield Trouble(self._error, self._trouble)
            yield from self.lines()
            yield Label(show.content(self._about, 300), id="reading", markup=False)

    @property
    def file(self) -> str:
        """The file as typed."""
        return self.query_one(FileLine).value

    @on(Input.Submitted, "#file")
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.query_one(FileLine).put(event.value)  # without what was typed behind the key
        self.action_accept()

    def action_accept(self) -> None:
        """Close with what is chosen, or say what is wrong with it."""
        try:
            self.dismiss(self.chosen())
        except GeneTuiError as error:
            self.complain(error)
            self.query_one(FileLine).focus()

    def complain(self, error: GeneTuiError) -> None:
        """Say what is wrong below the lines."""
        label = self.query_one("#reading", Label)
        label.set_class(True, "-wrong")
        label.update(show.content(f"{error.message}; {error.hint}".strip("; "), 800))


def named(name: str, widget: Widget) -> ComposeResult:
    """A line of a dialog: what it is, and where it is chosen."""
    with Horizontal(classes="line"):
        yield Label(name)
        yield widget


class OpenFile(FileDialog[Path]):
    """Answers with the file's name; whether there is one is for others to find out.

    Args:
        title: in the border. about: what files are meant, and where they come from.
        file: to begin with. read: makes a path of what is typed, or says what is wrong with it.
        error: what went wrong with the last one.
    """

    DEFAULT_CSS = """
    OpenFile #file { margin-top: 1; }
    OpenFile #reading { color: $text-muted; }
    """

    def __init__(
        self,
        title: str,
        about: str,
        file: str,
        read: Callable[[str], Path],
        error: GeneTuiError | None = None,
    ) -> None:
        super().__init__(title, "⏎ opens · Esc closes", about, error, "Not opened")
        self._file = file
        self._read = read

    def lines(self) -> ComposeResult:
        yield FileLine(self._file)

    def chosen(self) -> Path:
        """The path of what is typed."""
        return self._read(self.file)
