"""The bottom line: keys of the focused pane, as many as fit; each can be clicked."""

from __future__ import annotations

from textual.content import Content
from textual.reactive import reactive
from textual.style import Style
from textual.widget import Widget

#: (action, key, label)
Hint = tuple[str, str, str]


class KeyHints(Widget):
    """One line of ``key label`` pairs. The last hint given always stays."""

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
