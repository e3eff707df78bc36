"""What belongs to the program as a whole: help, palette, colours, spaces, leaving."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gene_tui.errors import GeneTuiError
from gene_tui.ui import format as show
from gene_tui.ui.actions import ACTIONS
from gene_tui.ui.controllers.loading import Loading
from gene_tui.ui.desk import Controller, Desk, Doers
from gene_tui.ui.jobs import Ticket
from gene_tui.ui.themes import THEMES

if TYPE_CHECKING:
    from gene_tui.doctor import Finding
    from gene_tui.ui.screens.spaces import SpaceOffer


class Program(Controller):
    """Owns nothing but the dialogs it opens."""

    def __init__(self, desk: Desk, loader: Loading) -> None:
        super().__init__(desk)
        self._loader = loader

    def actions(self) -> Doers:
        return {
            "space": self.pick_space,
            "help": self.help,
            "doctor": self.examine,
            "palette": self.find_action,
            "redraw": self.desk.redraw,
            "theme": self.pick_theme,
            "quit": lambda: self.desk.app.exit(0),
        }

    def help(self) -> None:
        """The keys, those of the focused pane first."""
        from gene_tui.ui.screens.help import Help

        desk = self.desk
        desk.open_dialog(Help(desk.keys, desk.pane, desk.can))

    def find_action(self) -> None:
        """Everything there is to do, by its name."""
        from gene_tui.ui.screens.palette import Palette, PaletteEntry

        desk = self.desk
        entries = [
            PaletteEntry(action.id, action.verb, desk.keys.shown(action.id), action.help)
            for action in ACTIONS
            if action.verb and desk.can(action.id)
        ]

        def chosen(name: str | None) -> None:
            if name is not None:
                desk.do(name)

        desk.open_dialog(Palette("Palette", entries), chosen)

    def pick_theme(self) -> None:
        """The colours there are."""
        from gene_tui.ui.screens.palette import Palette, PaletteEntry

        app = self.desk.app
        ours = {theme.name for theme in THEMES}
        names = sorted(app.available_themes, key=lambda name: (name not in ours, name))
        entries = [PaletteEntry(name, name) for name in names]

        def chosen(name: str | None) -> None:
            if name is not None:
                app.theme = name

        self.desk.open_dialog(Palette("Colours", entries, app.theme), chosen)

    def examine(self) -> None:
        """Look at terminal and machine; that may wait for a multiplexer."""
        size = (self.desk.app.size.width, self.desk.app.size.height)

        def work(_: Ticket) -> list[Finding]:
            from gene_tui.doctor import diagnose

            return diagnose(size=size)

        def done(findings: list[Finding]) -> None:
            from gene_tui.ui.screens.doctor import DoctorScreen

            self.desk.open_dialog(DoctorScreen(findings))

        self.jobs.start("doctor", work, done=done, failed=self._unlisted)

    def pick_space(self) -> None:
        """List the spaces there are and open the one chosen."""
        self.jobs.start("spaces", space_offers, done=self._pick, failed=self._unlisted)

    def _pick(self, offers: list[SpaceOffer]) -> None:
        from gene_tui.ui.screens.spaces import SpacePicker

        session = self._loader.session
        marked = {session.space.name} if session else ()

        def chosen(spec: str | None) -> None:
            if spec is not None:
                self._loader.open(spec)

        self.desk.open_dialog(SpacePicker(offers, marked), chosen)

    def _unlisted(self, error: GeneTuiError) -> None:
        self.desk.warn(f"{error.message}. {error.hint}")


def space_offers(_: Ticket) -> list[SpaceOffer]:
    """The spaces there are. In a job's thread: reading the manifests may wait for the disk."""
    from gene_tui.spaces import atlas, catalog
    from gene_tui.ui.screens.spaces import SpaceOffer

    offers = []
    for entry in catalog.entries():
        if entry.manifest is None:
            offers.append(SpaceOffer(entry.name, entry.name, entry.problem, broken=True))
            continue
        size = f"{show.count(entry.manifest.genes)} × {show.count(entry.manifest.dims)}"
        offers.append(SpaceOffer(entry.name, entry.name, size))
    return [*offers, SpaceOffer(atlas.NAME, atlas.NAME, atlas.TITLE)]
