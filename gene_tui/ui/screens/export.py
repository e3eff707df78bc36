"""Choose what to write, in which format, and where."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from textual import on
from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Input, Label

from gene_tui.errors import GeneTuiError
from gene_tui.export.files import form_of, typed_file
from gene_tui.ui import format as show
from gene_tui.ui.screens.file_dialog import FileDialog, FileLine, named
from gene_tui.ui.widgets.choice_line import ChoiceLine

#: (extension, what it is called, what is written)
_FORMS = (
    (".md", "Markdown", "a Markdown report with tables and links"),
    (".csv", "csv", "the hits as a table, comma-separated"),
    (".tsv", "tsv", "the hits as a table, tab-separated"),
    (".json", "json", "everything about the answer, as JSON"),
    (".svg", "SVG", "a picture of this screen, as SVG"),
)
_PLACES = {"markdown": 0, "csv": 1, "tsv": 2, "json": 3, "svg": 4}
#: Formats that can hold several answers.
_MANY = ("markdown", "json")


@dataclass(frozen=True, slots=True)
class Export:
    """What to write.

    Attributes:
        file: as typed. form: "markdown", "csv", "tsv", "json" or "svg".
        everything: all answers of the session, not only the one shown.
        pictures: with pictures; Markdown only.
    """

    file: Path
    form: str
    everything: bool = False
    pictures: bool = False


class ExportScreen(FileDialog[Export]):
    """Answers with an ``Export``.

    Args:
        file, session_file: what to call the answer's file, and the whole session's.
        answers: how many the session has.
        drawn: whether pictures can be PNG files, not only text.
        before: what was chosen the last time, when that failed with ``error``.
    """

    def __init__(
        self,
        file: Path,
        session_file: Path,
        answers: int,
        *,
        drawn: bool,
        before: Export | None = None,
        error: GeneTuiError | None = None,
    ) -> None:
        hints = "⏎ writes · Tab moves · ←→ chooses · Esc closes"
        super().__init__("Export", hints, "", error, "Not written")
        self._file = before.file if before else file
        self._offered = (file, session_file)
        self._answers = answers
        self._drawn = drawn
        self._before = before

    def lines(self) -> ComposeResult:
        everything = bool(self._before and self._before.everything)
        pictures = self._before is None or self._before.pictures
        many = f"the whole session ({show.count(self._answers)})"
        drawn = "PNG files beside the report" if self._drawn else "as text in the report"
        forms = [name for _, name, _ in _FORMS]
        yield from named("file", FileLine(str(self._file)))
        yield from named("format", ChoiceLine(forms, self._place() or 0, id="form"))
        yield from named("what", ChoiceLine(("this answer", many), int(everything), id="what"))
        yield from named("pictures", ChoiceLine((drawn, "none"), int(not pictures), id="pictures"))

    def on_mount(self) -> None:
        self._read()

    # -- events ------------------------------------------------------------------------------

    @on(Input.Changed, "#file")
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        place = self._place(event.value)
        if place is not None:
            self.query_one("#form", ChoiceLine).chosen = place
        self._read()

    @on(ChoiceLine.Chosen, "#form")
    def _formed(self, event: ChoiceLine.Chosen) -> None:
        """Another format: the file's extension follows."""
        line = self.query_one(FileLine)
        text = line.value.strip()
        if self._place(text) is not None:
            text = text[: -len(Path(text).suffix)]
        line.value = f"{text}{_FORMS[event.line.chosen][0]}"

    @on(ChoiceLine.Chosen, "#what")
    def _widened(self) -> None:
        """The name says what the file holds, unless another was typed."""
        line = self.query_one(FileLine)
        present = Path(line.value.strip())
        if present.name and present.with_suffix("") in [
            one.with_suffix("") for one in self._offered
        ]:
            line.value = str(self._offered[self._whole].with_suffix(present.suffix))

    @on(ChoiceLine.Chosen)
    def _turned(self) -> None:
        self._read()

    # -- inside ------------------------------------------------------------------------------

    def _place(self, text: str | None = None) -> int | None:
        """The format that a file's extension asks for; None for none of ours."""
        try:
            return _PLACES[form_of(Path(str(self._file) if text is None else text.strip()))]
        except GeneTuiError:
            return None

    @property
    def _whole(self) -> bool:
        return self.query_one("#what", ChoiceLine).chosen == 1

    def chosen(self) -> Export:
        """What is chosen.

        Raises:
            UsageError: it cannot be written.
        """
        file = typed_file(self.file)
        form = form_of(file)
        everything = self._whole and form in _MANY
        pictures = self.query_one("#pictures", ChoiceLine).chosen == 0 and form == "markdown"
        return Export(file, form, everything, pictures)

    def _read(self) -> None:
        """Say what will be written, or what is wrong."""
        label = self.query_one("#reading", Label)
        try:
            export = self.chosen()
        except GeneTuiError as error:
            self.complain(error)
            return
        label.set_class(False, "-wrong")
        told = _FORMS[_PLACES[export.form]][2]
        if export.form in _MANY:
            of = "all answers of this session" if export.everything else "this answer"
            told += f": {of}" if export.form == "markdown" else ""
            told = told.replace("the answer", of)
        elif self._whole:
            told += "; one answer only, choose Markdown or json for the whole session"
        self.query_one("#pictures").disabled = export.form != "markdown"
        where = show.safe(_folder(export.file), 600)
        label.update(show.Prose.of(Content.assemble(f"{told}\n", (f"in {where}", "$text-muted"))))


def _folder(file: Path) -> str:
    """The whole path of a file's folder, as far as it is known."""
    try:
        return str(file.absolute().parent)
    except OSError:  # the working folder is gone
        return str(file.parent)
