"""Choose what to write, in which format, and where."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Checkbox, Input, Label, RadioButton, RadioSet

from gene_tui.errors import GeneTuiError
from gene_tui.export.files import form_of, typed_file
from gene_tui.ui import format as show
from gene_tui.ui.widgets.cards import Card, error_card

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


class ExportScreen(ModalScreen[Export]):
    """Answers with an ``Export``.

    Args:
        file: the file to begin with. answers: how many the session has.
        drawn: whether pictures can be PNG files, not only text.
        before: what was chosen the last time, when that failed with ``error``.
    """

    BINDINGS: ClassVar = [Binding("escape", "dismiss", "close", show=False)]
    AUTO_FOCUS = "#file"
    DEFAULT_CSS = """
    ExportScreen .dialog { width: 78; padding: 0 1; }
    ExportScreen .line { height: 1; margin-top: 1; }
    ExportScreen .line Label { width: 10; color: $text-muted; }
    ExportScreen #file { width: 1fr; }
    ExportScreen RadioSet, ExportScreen RadioSet:focus {
        layout: horizontal; height: 1; width: 1fr; border: none; padding: 0; background: $surface;
    }
    ExportScreen RadioSet RadioButton, ExportScreen Checkbox {
        width: auto; height: 1; border: none; padding: 0 2 0 0; background: $surface;
    }
    ExportScreen RadioSet RadioButton.-selected { background: $surface; }
    ExportScreen RadioSet:focus RadioButton.-selected { text-style: bold underline; }
    ExportScreen Checkbox:focus { text-style: bold underline; }
    ExportScreen #reading { height: auto; min-height: 1; margin: 1 0; }
    ExportScreen #reading.-wrong { color: $error; }
    ExportScreen Card { display: none; margin: 0 0 1 0; padding: 0 1; }
    """

    def __init__(
        self,
        file: Path,
        answers: int,
        *,
        drawn: bool,
        before: Export | None = None,
        error: GeneTuiError | None = None,
    ) -> None:
        super().__init__()
        self._file = before.file if before else file
        self._answers = answers
        self._drawn = drawn
        self._before = before
        self._error = error

    def compose(self) -> ComposeResult:
        everything = bool(self._before and self._before.everything)
        pictures = self._before is None or self._before.pictures
        with Vertical(classes="dialog") as box:
            box.border_title = "Export"
            box.border_subtitle = "⏎ writes · Tab moves · space chooses · Esc closes"
            yield Card()
            with Horizontal(classes="line"):
                yield Label("file")
                yield Input(str(self._file), id="file", compact=True, select_on_focus=False)
            with Horizontal(classes="line"):
                yield Label("format")
                with RadioSet(id="form", compact=True):
                    for place, (_, name, _about) in enumerate(_FORMS):
                        yield RadioButton(name, place == self._place(), compact=True)
            with Horizontal(classes="line"):
                yield Label("what")
                with RadioSet(id="what", compact=True):
                    yield RadioButton("this answer", not everything, compact=True)
                    many = f"the whole session ({show.count(self._answers)})"
                    yield RadioButton(many, everything, compact=True)
            with Horizontal(classes="line"):
                yield Label("pictures")
                kind = "PNG files beside the report" if self._drawn else "as text in the report"
                yield Checkbox(kind, pictures, id="pictures", compact=True)
            yield Label(id="reading", markup=False)

    def on_mount(self) -> None:
        line = self.query_one("#file", Input)
        line.cursor_blink = False
        line.cursor_position = len(line.value)
        if self._error is not None:
            card = self.query_one(Card)
            card.tell(error_card(self._error, "Not written"))
            card.display = True
        self._read()

    # -- events ------------------------------------------------------------------------------

    @on(Input.Changed, "#file")
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        place = self._place(event.value)
        if place is not None:
            with self.prevent(RadioSet.Changed):
                button = self.query_one("#form", RadioSet).query(RadioButton)[place]
                button.value = True
        self._read()

    @on(RadioSet.Changed, "#form")
    def _formed(self, event: RadioSet.Changed) -> None:
        """Another format: the file's extension follows."""
        event.stop()
        line = self.query_one("#file", Input)
        path = Path(line.value.strip() or "export")
        extension = _FORMS[event.index][0]
        if path.name and self._place(line.value) != event.index:
            known = self._place(line.value) is not None
            line.value = str(path.with_suffix(extension) if known else f"{path}{extension}")
        self._read()

    @on(RadioSet.Changed, "#what")
    @on(Checkbox.Changed)
    def _chosen(self) -> None:
        self._read()

    @on(Input.Submitted, "#file")
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self._write()

    def key_enter(self) -> None:
        """Enter writes, wherever the focus is."""
        self._write()

    # -- inside ------------------------------------------------------------------------------

    def _place(self, text: str | None = None) -> int | None:
        """The format that a file's extension asks for; None for none of ours."""
        try:
            return _PLACES[form_of(Path(str(self._file) if text is None else text.strip()))]
        except GeneTuiError:
            return None

    def _export(self) -> Export:
        """What is chosen.

        Raises:
            UsageError: it cannot be written.
        """
        file = typed_file(self.query_one("#file", Input).value)
        form = form_of(file)
        everything = self.query_one("#what", RadioSet).pressed_index == 1 and form in _MANY
        pictures = self.query_one("#pictures", Checkbox).value and form == "markdown"
        return Export(file, form, everything, pictures)

    def _read(self) -> None:
        """Say what will be written, or what is wrong."""
        label = self.query_one("#reading", Label)
        try:
            export = self._export()
        except GeneTuiError as error:
            label.set_class(True, "-wrong")
            label.update(show.content(f"{error.message}; {error.hint}", 300))
            return
        label.set_class(False, "-wrong")
        told = _FORMS[_PLACES[export.form]][2]
        whole = self.query_one("#what", RadioSet).pressed_index == 1
        if export.form in _MANY:
            of = "all answers of this session" if export.everything else "this answer"
            told += f": {of}" if export.form == "markdown" else ""
            told = told.replace("the answer", of)
        elif whole:
            told += "; one answer only, choose Markdown or json for the whole session"
        self.query_one("#pictures").disabled = export.form != "markdown"
        where = show.safe(str(export.file.absolute().parent), 120)
        label.update(
            Content.assemble((f"{told}\n", ""), ("in ", "$text-muted"), (where, "$text-muted"))
        )

    def _write(self) -> None:
        try:
            self.dismiss(self._export())
        except GeneTuiError:
            self._read()
            self.query_one("#file").focus()
