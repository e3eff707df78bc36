"""Browsing what ``gene-tui scan`` found in a whole space."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from gene_tui.errors import Cancelled, GeneTuiError, UsageError
from gene_tui.ui.controllers.asking import AnswerController, Asking
from gene_tui.ui.desk import Desk, Doers
from gene_tui.ui.jobs import Ticket

if TYPE_CHECKING:
    from gene_tui.model.result import Result

_ABOUT = (
    "The table that gene-tui scan wrote, analogies.tsv in its folder: "
    "the best analogies of a whole space."
)


class Scanning(AnswerController):
    """Owns the last file that was asked for."""

    def __init__(self, desk: Desk, asking: Asking) -> None:
        super().__init__(desk, asking)
        self._last = ""

    def actions(self) -> Doers:
        return {"open-scan": self.choose}

    def choose(self, error: GeneTuiError | None = None) -> None:
        """Ask for the table.

        Args:
            error: what went wrong with the last one.
        """
        from gene_tui.ui.screens.file_dialog import OpenFile

        if self.session is None:
            self.desk.say("there is no open space to browse a scan with yet")
            return
        view = OpenFile("Browse a scan", _ABOUT, self._last, _table, error)
        self.desk.open_dialog(view, self._chosen)

    def _chosen(self, file: Path | None) -> None:
        session = self.session
        if file is None or session is None:
            return
        self._last = str(file)

        def work(ticket: Ticket) -> Result:
            from gene_tui.scan.table import FILE, read_table

            table = file / FILE if file.is_dir() else file
            return read_table(table, session, cancelled=ticket.cancelled)

        def failed(error: GeneTuiError) -> None:
            self.desk.show_status()
            if not isinstance(error, Cancelled):
                self.choose(error)

        def done(result: Result) -> None:
            self.desk.show_status()
            if self.session is not session:
                self.desk.say("another space was opened; browse the scan again")
                return
            self.asking.show(result)
            self.desk.keep(result)

        self.jobs.start("scan", work, done=done, failed=failed, label="reading the scan")
        self.desk.show_status()


def _table(text: str) -> Path:
    """The file or folder a person means.

    Raises:
        UsageError: it cannot be a file's name.
    """
    from gene_tui.export.files import typed_file

    if not text.strip():
        raise UsageError("no file is named", "type the table's, as scan-brain/analogies.tsv")
    return typed_file(text)
