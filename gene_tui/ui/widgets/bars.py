"""The top line, what is open and what runs, and the bottom line, the keys of the pane."""

from __future__ import annotations

from dataclasses import dataclass

from textual.content import Content
from textual.reactive import reactive
from textual.style import Style
from textual.widget import Widget

from gene_tui.run import Progress, roughly
from gene_tui.ui import format as show

_BAR = 8
_TITLE = " gene-tui "
#: Cells right of the space's name from which on a stage is told in full, with a bar.
_WIDE = 70
#: (action, key, label)
Hint = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Status:
    """What the line says.

    Attributes:
        space: the open space's name; "" while there is none.
        genes, dims: its size.
        parts: how it is searched: metric, transforms, engine.
        state: what goes on: "ready", or what runs.
        progress: how far that is. left: seconds it goes on, where that can be told.
        stoppable: whether Esc stops it.
        tone: "" at rest, "busy" while something runs, "wrong" after a failure.
    """

    space: str = ""
    genes: int = 0
    dims: int = 0
    parts: tuple[str, ...] = ()
    state: str = ""
    progress: Progress | None = None
    left: float | None = None
    stoppable: bool = False
    tone: str = ""


def amount(progress: Progress) -> str:
    """``1,200/5,000``, ``1.2/3.4 GB`` or "" where nothing is counted yet."""
    number = show.size if progress.unit == "B" else show.count
    if progress.total:
        return f"{number(progress.done)}/{number(progress.total)}"
    return number(progress.done) if progress.done else ""


def bar(progress: Progress) -> str:
    """A bar of eight cells; "" where the end is not known."""
    if not progress.total:
        return ""
    full = round(_BAR * min(1.0, progress.done / progress.total))
    return "━" * full + "┄" * (_BAR - full)


#: Cells that what runs has at least.
_LEAST_STATE = 9


class StatusBar(Widget):
    """Which space is open, how it is searched and what runs; as much of it as fits."""

    status: reactive[Status] = reactive(Status(), always_update=False)

    def render(self) -> Content:
        name = show.safe(self.status.space, 28)
        # How the space is searched stays in sight while something runs.
        parts = sum(len(show.safe(part, 24)) + 3 for part in self.status.parts)
        right = self._right(self.size.width - len(_TITLE) - len(name) - parts - 2)
        left = self._left(name, self.size.width - right.cell_length - 1)
        gap = " " * max(1, self.size.width - left.cell_length - right.cell_length)
        return Content.assemble(left, gap, right)

    def _left(self, name: str, room: int) -> Content:
        status = self.status
        line = Content.assemble((_TITLE, "bold $primary"))
        if not name:
            return line
        size = f"{show.count(status.genes)} genes × {show.count(status.dims)}"
        for details in ((size, *status.parts), status.parts, status.parts[:1], ()):
            text = f" {name}" + "".join(f" · {show.safe(part, 24)}" for part in details)
            if len(text) + line.cell_length <= room:
                break
        split = len(name) + 1
        return Content.assemble(line, (text[:split], "bold"), (text[split:], "$text-muted"))

    def _right(self, room: int) -> Content:
        status = self.status
        colour = {"busy": "$accent", "wrong": "$error"}.get(status.tone, "$success")
        state = status.state
        words: list[tuple[str, str]] = []
        if status.progress is not None:
            if room >= _WIDE:
                state = status.progress.stage or state
                words.append((bar(status.progress), colour))
            words.append((amount(status.progress), "$text-muted"))
        if status.left is not None:
            words.append((f"{roughly(status.left)} left", "$text-muted"))
        if status.stoppable:
            words.append(("Esc stops", "$text-muted"))
        while len(words) > 1 and sum(len(text) + 1 for text, _ in words) > room - _LEAST_STATE:
            del words[-2]  # the time left, then how much is done; that Esc stops it stays
        used = sum(len(text) + 1 for text, _ in words if text)
        spaced: list[str | tuple[str, str]] = []
        for text, style in ((show.safe(state, max(8, room - used - 1)), colour), *words):
            if text:
                spaced += [(text, style), " "]
        return Content.assemble(*spaced)


class KeyHints(Widget):
    """Keys of the focused pane, as many as fit; each can be clicked. The last two always stay."""

    hints: reactive[tuple[Hint, ...]] = reactive((), always_update=False)

    def render(self) -> Content:
        room = self.size.width - 1
        kept: list[Hint] = []
        last = self.hints[-2:]
        used = sum(_width(hint) for hint in last)
        for hint in self.hints[:-2]:
            used += _width(hint)
            if used > room:
                break
            kept.append(hint)
        parts: list[Content | str] = [" "]
        for action, key, label in (*kept, *last):
            click = Style.from_meta({"@click": f"screen.click('{action}')"})
            shown = Content.assemble((key, "bold $primary"), (f" {label}", "$text-muted"))
            parts += [shown.stylize(click), "  "]
        return Content.assemble(*parts)


def _width(hint: Hint) -> int:
    return len(hint[1]) + len(hint[2]) + 3
