"""Text to scroll that repaints only the lines that changed: over SSH every line costs."""

from __future__ import annotations

from textual.content import Content
from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.visual import Visual

from gene_tui.ui.textual_parts import set_scrolled_size

#: Empty cells left and right of the text.
MARGIN = 1


class TextPage(ScrollView, can_focus=True):
    """Shows one ``Content``, wrapped to the width. Clicks on ``@click`` meta act on it."""

    def __init__(self, *, id: str, classes: str = "") -> None:
        super().__init__(id=id, classes=classes)
        self._strips: list[Strip] = []

    @property
    def room(self) -> int:
        """Cells a line of text may take."""
        return max(12, self.scrollable_content_region.width - 2 * MARGIN)

    def put_text(self, content: Content) -> None:
        """Show another text, from its beginning."""
        old, height = self._strips, self.scrollable_content_region.height
        self._strips = Visual.to_strips(self, content, self.room, None, self.visual_style, pad=True)
        moved = self.scroll_offset.y > 0
        # At least what is in sight, and without Textual's new layout: both would repaint all of
        # it, and what is around.
        size = Size(self.room + 2 * MARGIN, max(height, len(self._strips)))
        if size != self.virtual_size:
            self.set_reactive(TextPage.virtual_size, size)
            set_scrolled_size(self, size)
        if moved:
            self.scroll_home(animate=False)
            self.refresh()
            return
        for y in range(min(height, max(len(old), len(self._strips)))):
            if old[y : y + 1] != self._strips[y : y + 1]:
                self.refresh(Region(0, y, self.scrollable_content_region.width, 1))

    def render_line(self, y: int) -> Strip:
        """One line of what is in sight."""
        line = y + self.scroll_offset.y
        width = self.scrollable_content_region.width
        style = self.rich_style
        if line >= len(self._strips):
            return Strip.blank(width, style)
        blank = Strip.blank(MARGIN, style)
        return Strip.join([blank, self._strips[line], blank]).adjust_cell_length(width, style)

    def notify_style_update(self) -> None:
        """Another theme: the strips have the old colours."""
        super().notify_style_update()
        self.restyle()

    def restyle(self) -> None:
        """Put the text again; for subclasses."""
