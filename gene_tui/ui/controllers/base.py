"""What controllers share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gene_tui.ui.screens.main import MainScreen

Doers = Mapping[str, Callable[[], None]]


class Controller:
    """One subject of the main screen. It owns its state and starts its jobs; the screen hands
    it actions and the widgets' messages."""

    def __init__(self, screen: MainScreen) -> None:
        self.screen = screen
        self.jobs = screen.jobs

    def actions(self) -> Doers:
        """What it does, by the registry's ids."""
        return {}
