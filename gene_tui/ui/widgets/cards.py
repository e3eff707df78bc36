"""A card in the middle of a pane: what goes wrong, what is going on, what one may do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from textual.content import Content
from textual.widgets import Static

from gene_tui.errors import GeneTuiError, QuerySyntaxError
from gene_tui.ui import format as show


@dataclass(frozen=True, slots=True)
class CardText:
    """What a card says.

    Attributes:
        title: in the border. message: what is the case. hint: what to do.
        tone: "wrong", "busy" or "" for plain news.
        lines: more, one a line: (key or example, what it means).
    """

    title: str
    message: str
    hint: str = ""
    tone: str = ""
    lines: tuple[tuple[str, str], ...] = ()


def error_card(error: GeneTuiError, title: str = "No answer") -> CardText:
    """The card of a failure."""
    message = error.message
    if isinstance(error, QuerySyntaxError):
        message = f"at character {error.position + 1}: {error.detail}"
    return CardText(title, message, error.hint, "wrong")


class Card(Static):
    """Shows a ``CardText``."""

    def show_card(self, card: CardText) -> None:
        """Show another text."""
        self.border_title = show.content(card.title, 60)
        self.set_class(card.tone == "wrong", "-wrong")
        self.set_class(card.tone == "busy", "-busy")
        self.update(_body(card))


def _body(card: CardText) -> Content:
    parts: list[Content] = [show.content(card.message, 800)]
    if card.hint:
        parts += [Content(""), Content.assemble(("→ ", "$accent"), show.safe(card.hint, 800))]
    if card.lines:
        parts += [Content(""), *_table(card.lines)]
    return show.Prose.of(Content("\n").join(parts))


def _table(lines: Sequence[tuple[str, str]]) -> list[Content]:
    width = max(len(left) for left, _ in lines) + 3
    return [
        Content.assemble((f"{left:<{width}}", "bold $primary"), (right, "$text-muted"))
        for left, right in lines
    ]
