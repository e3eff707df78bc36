"""The palette: every action of the registry, by its verb."""

from __future__ import annotations

from functools import partial

from textual.command import DiscoveryHit, Hit, Hits, Provider

from gene_tui.ui.actions import ACTIONS, Action
from gene_tui.ui.screens.main import MainScreen


class Verbs(Provider):
    """Finds actions."""

    def _verbs(self) -> list[tuple[str, Action]]:
        screen = self.screen
        if not isinstance(screen, MainScreen):
            return []
        known = [action for action in ACTIONS if action.verb and screen.can(action.id)]
        return [(self._text(screen, action), action) for action in known]

    def _text(self, screen: MainScreen, action: Action) -> str:
        key = screen.keys.shown(action.id)
        return f"{action.verb}  ({key})" if key else action.verb

    async def discover(self) -> Hits:
        """All of them, before anything is typed."""
        for text, action in self._verbs():
            yield DiscoveryHit(text, partial(self._do, action.id), help=action.help)

    async def search(self, query: str) -> Hits:
        """Those that match."""
        matcher = self.matcher(query)
        for text, action in self._verbs():
            score = matcher.match(f"{text} {action.help}")
            if score > 0:
                shown = matcher.highlight(text)
                yield Hit(score, shown, partial(self._do, action.id), help=action.help)

    def _do(self, name: str) -> None:
        screen = self.screen
        assert isinstance(screen, MainScreen)
        screen.action_do(name)
