"""Writing answers to files."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from gene_tui.errors import Cancelled, GeneTuiError
from gene_tui.export.files import default_file
from gene_tui.files import AlreadyThere
from gene_tui.model.result import Result
from gene_tui.ui import format as show
from gene_tui.ui.controllers.asking import AnswerController, Asking
from gene_tui.ui.desk import Desk, Doers
from gene_tui.ui.jobs import Ticket

if TYPE_CHECKING:
    from gene_tui.pictures.picture import Picture
    from gene_tui.session import Session
    from gene_tui.ui.screens.export import Export

#: Answers of a session that a report can hold, the latest ones.
MOST = 1000
#: Pictures of each answer in a report on many.
_FEW = 2


class Exporting(AnswerController):
    """Owns the answers of this sitting, in the order they were first shown."""

    def __init__(self, desk: Desk, asking: Asking) -> None:
        super().__init__(desk, asking)
        self.answers: list[Result] = []

    def actions(self) -> Doers:
        return {"export": self.choose}

    def answered(self, result: Result) -> None:
        """An answer is shown; walking back to it does not make it a new one."""
        if not any(result is known for known in self.answers):
            self.answers = [*self.answers, result][-MOST:]

    def choose(self, before: Export | None = None, error: GeneTuiError | None = None) -> None:
        """Ask what to write and where.

        Args:
            before: what was chosen before, when that failed with ``error``.
        """
        from gene_tui.export.documents import can_draw
        from gene_tui.ui.screens.export import ExportScreen

        here = self.asking.trail.here
        if here is None:
            self.desk.say("there is no answer to export yet")
            return
        view = ExportScreen(
            default_file(here.result.canonical),
            default_file(f"session_{datetime.now():%Y%m%d_%H%M}"),
            len(self.answers),
            drawn=can_draw(),
            before=before,
            error=error,
        )
        self.desk.open_dialog(view, self._chosen)

    def _chosen(self, export: Export | None) -> None:
        if export is None:
            return
        if export.form == "svg":
            # Once the dialog is gone from the screen.
            self.desk.call_after_refresh(self._write, export)
        else:
            self._write(export)

    def _write(self, export: Export, replace: bool = False) -> None:
        here, session = self.asking.trail.here, self.session
        if here is None:
            return
        app = self.desk.app
        picture = app.export_screenshot(title="gene-tui") if export.form == "svg" else ""
        results = tuple(self.answers) if export.everything else (here.result,)

        def work(ticket: Ticket) -> list[Path]:
            if export.form == "svg":
                from gene_tui.files import write

                return [write(export.file, picture, replace=replace)]
            return write_export(export, results, session, replace, ticket)

        def failed(error: GeneTuiError) -> None:
            self.desk.show_status()
            if isinstance(error, AlreadyThere):
                self._ask(export, error)
            elif isinstance(error, Cancelled):
                self.desk.say("the export was stopped; nothing was written")
            else:
                self.choose(export, error)

        self.jobs.start(
            "export",
            work,
            done=self._done,
            failed=failed,
            progress=lambda _: self.desk.show_status(),
            label="exporting",
        )
        self.desk.show_status()

    def _ask(self, export: Export, error: AlreadyThere) -> None:
        def agreed(yes: bool | None) -> None:
            if yes:
                self._write(export, replace=True)
            else:
                self.choose(export)

        name = show.safe(str(error.file), 200)
        self.desk.confirm("Export", f"{name} exists already. Replace it?", "Replace", agreed)

    def _done(self, files: list[Path]) -> None:
        self.desk.show_status()
        more = len(files) - 1
        beside = f" and {more} picture{'s' if more > 1 else ''} beside it" if more else ""
        self.desk.say(f"written: {files[0]}{beside}")


def write_export(
    export: Export, results: tuple[Result, ...], session: Session | None, replace: bool, job: Ticket
) -> list[Path]:
    """In a job's thread: write answers; the files made."""
    from gene_tui.files import write

    if export.form == "json":
        import json

        form = [result.to_json() for result in results] if export.everything else None
        text = json.dumps(form or results[0].to_json(), indent=2, allow_nan=False)
        return [write(export.file, f"{text}\n", replace=replace)]
    if export.form in ("csv", "tsv"):
        from gene_tui.export.results import to_delimited

        sep = "," if export.form == "csv" else "\t"
        return [write(export.file, to_delimited(results[0], sep), replace=replace)]
    from gene_tui.export.documents import write_report

    if not replace and export.file.exists():
        raise AlreadyThere(export.file)
    drawn: list[tuple[Picture, ...]] = []
    if export.pictures and session is not None:
        most = _FEW if export.everything else None
        drawn = [_pictures(session, result, job)[:most] for result in results]
    summary = None
    mine = session is not None and results[0].space.fingerprint == session.space.fingerprint
    if session is not None and mine and not export.everything:
        summary = session.distribution(results[0], run=job.run)
    return write_report(
        results,
        export.file,
        title="gene-tui session" if export.everything else "",
        summary=summary,
        pictures=drawn,
        replace=replace,
        run=job.run,
    )


def _pictures(session: Session, result: Result, job: Ticket) -> tuple[Picture, ...]:
    """The pictures of an answer; none for one of another space, or one without hits."""
    from gene_tui.errors import QueryError, UsageError
    from gene_tui.pictures.pictures import pictures

    try:
        return pictures(session.engines, result, run=job.run)
    except (QueryError, UsageError):
        return ()
