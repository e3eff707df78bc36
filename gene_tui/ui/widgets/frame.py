"""Frames whose words change without what they frame being sent to the terminal again."""

from __future__ import annotations

from typing import Self

from textual.content import Content
from textual.geometry import Region
from textual.widget import Widget


class Framed(Widget):
    """A widget with a border. Over a slow line a pane is thousands of bytes, an edge a few."""

    _edge: Region | None = None

    def refresh(
        self,
        *regions: Region,
        repaint: bool = True,
        layout: bool = False,
        recompose: bool = False,
    ) -> Self:
        """As usual, but only the edge while its words are set."""
        if self._edge is not None and not regions:
            regions = (self._edge,)
        super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)
        return self

    def put_subtitle(self, text: Content) -> None:
        """Set the words in the lower border."""
        lowest = Region(0, self.outer_size.height - 1, self.outer_size.width, 1)
        # Regions are counted from where the content begins.
        self._edge = lowest.translate(-self.content_offset)
        self.border_subtitle = text
        self._edge = None
