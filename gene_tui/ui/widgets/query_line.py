"""The line a query is typed in, with its reading below: what it asks, or what is wrong where."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from rich.highlighter import Highlighter
from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.reactive import reactive
from textual.widgets import Input, Label

from gene_tui.errors import GeneTuiError
from gene_tui.language.parser import parse
from gene_tui.model.naming import OPERATORS, quote
from gene_tui.model.query import Kind
from gene_tui.text import harmful
from gene_tui.ui import format as show
from gene_tui.ui.actions import bindings
from gene_tui.ui.widgets.line import Line

#: Names of a paste that stand in the line; more of them become a list of their own.
MOST_PASTED = 100


@dataclass(frozen=True, slots=True)
class LineReading:
    """How the typed text is understood.

    Attributes:
        text: in words. tone: "", "right", "wrong" or "busy".
        wrong_at: the character at which it goes wrong; None where all is well.
    """

    text: str = ""
    tone: str = ""
    wrong_at: int | None = None


class QueryLine(Line, inherit_bindings=False):
    """The line itself. Its keys beyond editing are the registry's ("query" pane).

    Attributes:
        leading: keys that lead to the line from elsewhere.
        fresh: it was gone to, and nothing was pressed since.
        intercept: is asked for every key first, while one seeks earlier queries.
    """

    COMPONENT_CLASSES = Input.COMPONENT_CLASSES | {
        "query--operator",
        "query--slot",
        "query--wrong",
    }
    BINDINGS: ClassVar = [
        *(
            entry
            for entry in (*Input.BINDINGS, *Line.BINDINGS)
            if getattr(entry, "action", "") not in ("submit",)
        ),
        *bindings("query"),
    ]

    class Edited(Message):
        """The text changed or the cursor moved; a key may do both and send two of these."""

    class Listed(Message):
        """Names were pasted as a list; where they are ``many`` they do not stand in the line."""

        def __init__(self, names: tuple[str, ...], many: bool) -> None:
            super().__init__()
            self.names = names
            self.many = many

    wrong_at: reactive[int | None] = reactive(None)

    def __init__(self) -> None:
        super().__init__(
            placeholder="a gene, or A : B, A - B + C, A ~ B … · Esc leaves · F1 helps", id="query"
        )
        self.highlighter = _Colours(self)
        self.leading: tuple[str, ...] = ()
        self.fresh = True
        self.intercept: Callable[[events.Key], bool] | None = None

    def take(self, event: events.Key) -> bool:
        """The key that focuses the line is not typed into it when pressed again at once."""
        fresh, self.fresh = self.fresh, False
        if self.intercept is not None and self.intercept(event):
            return True
        return (fresh and event.key in self.leading) or super().take(event)

    def paste(self, text: str) -> bool:
        """Several names, one a line, become a list; other lines are left out as everywhere, but
        for the first."""
        names = pasted_names(text)
        if len(names) < 2:
            return super().paste(text)
        many = len(names) > MOST_PASTED
        if not many:
            self.write(", ".join(map(quote, names)))
        self.post_message(self.Listed(tuple(names), many))
        return True

    def on_blur(self) -> None:
        """What is typed next is typed elsewhere."""
        self.fresh = False

    def watch_value(self) -> None:
        """Tell the screen."""
        self.post_message(self.Edited())

    def watch_selection(self) -> None:
        """Tell the screen."""
        self.post_message(self.Edited())


def pasted_names(text: str) -> list[str]:
    """The names of a list, one a line, each once: a column of a table or of a text file. Empty
    where some line is no name, or there is only one line."""
    lines = [line.strip() for line in text.splitlines()]
    lines = [line for line in lines if line and not line.startswith("#")]
    if len(lines) < 2:
        return []
    names = [line.split("\t")[0].strip(" ,;") for line in lines]
    for name in names:
        try:
            query = parse(quote(name) if " " not in name else name)
        except GeneTuiError:
            return []
        if query.kind is not Kind.NEAREST or len(query.names) != 1:
            return []
    return list(dict.fromkeys(name.strip('"') for name in names))


class QueryBox(Vertical):
    """The line in its frame."""

    reading: reactive[LineReading] = reactive(LineReading(), always_update=False)

    def compose(self) -> ComposeResult:
        yield Label("❯", id="prompt")
        yield QueryLine()

    def on_mount(self) -> None:
        self.border_title = "Query"

    def watch_reading(self, reading: LineReading) -> None:
        """Show it on the lower border."""
        style = {"wrong": "$error", "right": "$secondary", "busy": "$accent"}.get(reading.tone, "")
        room = max(20, self.size.width - 6)
        self.border_subtitle = show.content(reading.text, room, style)
        if self.is_mounted:
            self.query_one(QueryLine).wrong_at = reading.wrong_at

    def on_resize(self) -> None:
        """What was cut may fit now."""
        self.watch_reading(self.reading)


class _Colours(Highlighter):
    """Colours operators, ``?`` and the place of an error; makes the text harmless to show."""

    def __init__(self, line: QueryLine) -> None:
        self._line = line

    def highlight(self, text: Text) -> None:
        plain = text.plain
        if not plain.isprintable():
            # One for one, so that the cursor is drawn at the right column.
            text.plain = "".join("�" if harmful(char) else char for char in plain)
        at = 0
        for word in plain.split(" "):
            if word in OPERATORS:
                style = self._line.get_component_rich_style("query--operator")
                text.stylize(style, at, at + len(word))
            elif word == "?":
                style = self._line.get_component_rich_style("query--slot")
                text.stylize(style, at, at + 1)
            at += len(word) + 1
        wrong = self._line.wrong_at
        if wrong is not None:
            end = plain.find(" ", wrong)
            style = self._line.get_component_rich_style("query--wrong")
            text.stylize(style, wrong, end if end > wrong else len(plain))
