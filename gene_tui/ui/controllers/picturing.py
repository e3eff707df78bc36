"""Pictures of the answer shown."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from textual.content import Content

from gene_tui.errors import Cancelled, GeneTuiError
from gene_tui.pictures.picture import Heatmap, Picture
from gene_tui.ui.controllers.asking import AnswerController
from gene_tui.ui.desk import Doers
from gene_tui.ui.jobs import Ticket

if TYPE_CHECKING:
    from gene_tui.ui.screens.picture import Album
    from gene_tui.ui.widgets.picture_plot import Colours


class Picturing(AnswerController):
    """Computes pictures and has them drawn, each in a job."""

    def actions(self) -> Doers:
        return {"picture": self.open}

    def open(self) -> None:
        """Show pictures of the answer."""
        from gene_tui.ui.screens.picture import PictureScreen

        here, session = self.asking.settled, self.session
        if here is None or session is None:
            self.desk.say("there is no answer to draw yet")
            return
        result, hit = here.result, self.desk.results.hit
        chosen = hit.rank - 1 if hit else 0
        view = PictureScreen(result.canonical, self._draw)
        view.when_closed = self._close
        self.desk.open_dialog(view)

        def work(ticket: Ticket) -> Album:
            from gene_tui.pictures.pictures import parallelograms, pictures
            from gene_tui.ui.screens.picture import Album

            made = pictures(session.engines, result, hit=chosen, run=ticket.run)
            return Album(made, tuple(parallelograms(session.engines, result)), chosen)

        def failed(error: GeneTuiError) -> None:
            if not isinstance(error, Cancelled):
                view.fail(error)

        self.jobs.start("picture", work, done=view.put, failed=failed)

    def _draw(
        self,
        picture: Picture,
        width: int,
        height: int,
        colours: Colours,
        done: Callable[[Content], None],
        failed: Callable[[GeneTuiError], None],
    ) -> None:
        assert not isinstance(picture, Heatmap)

        def work(_: Ticket) -> Content:
            from gene_tui.ui.widgets.picture_plot import plot

            return plot(picture, width, height, colours)

        self.jobs.start("drawing", work, done=done, failed=failed)

    def _close(self) -> None:
        self.jobs.drop("picture")
        self.jobs.drop("drawing")
