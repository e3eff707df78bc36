"""Copying to where the person sits, and opening pages where there is a browser."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from gene_tui.errors import GeneTuiError, UsageError
from gene_tui.model.gene import Gene
from gene_tui.model.links import atlas_url, ensembl_url, ncbi_url
from gene_tui.model.result import Hit
from gene_tui.ui.controllers.asking import AnswerController, Asking
from gene_tui.ui.controllers.marking import Marking
from gene_tui.ui.desk import Desk, Doers
from gene_tui.ui.jobs import Ticket
from gene_tui.ui.rows import Rows

if TYPE_CHECKING:
    from gene_tui.ui.clipboard import Outcome
    from gene_tui.ui.screens.copy_menu import Copyable

#: Characters of what was copied that the notice repeats, so that it can be selected by hand.
_REPEATED = 120


class Copying(AnswerController):
    """Copies in the order asked for, in a thread: a hanging multiplexer must not hang the app."""

    def __init__(self, desk: Desk, asking: Asking, marking: Marking) -> None:
        super().__init__(desk, asking)
        self._marking = marking

    def actions(self) -> Doers:
        return {
            "copy-link": self.copy_link,
            "copy-menu": self.choose,
            "open-link": self.open_link,
        }

    def copy_link(self) -> None:
        """Copy the Protein Atlas links of the marked genes, or of the one under the cursor."""
        genes = self._genes()
        text = links(genes)
        if not genes:
            self.desk.say("there is no gene here to copy")
        elif not text:
            names = ", ".join(gene.shown for gene in genes[:3])
            self.desk.warn(f"{names}: no Ensembl ID, so no Protein Atlas page")
        else:
            self._copy(lambda: text)

    def choose(self) -> None:
        """A menu of what there is to copy."""
        from gene_tui.ui.screens.copy_menu import CopyMenu

        results = self.desk.results
        items = copyables(self._genes(), results.hit, self.asking.rows)
        if not items:
            self.desk.say("there is nothing here to copy")
            return

        def chosen(item: Copyable | None) -> None:
            if item is not None:
                self._copy(item.text)

        self.desk.open_dialog(CopyMenu(items), chosen)

    def open_link(self) -> None:
        """Show the gene's page in a browser."""
        gene = self.desk.results.gene
        url = atlas_url(gene) if gene else None
        if not url:
            self.desk.say("there is no page to open here")
            return
        found = url

        def done(opened: bool) -> None:
            copy = self.desk.keys.shown("copy-link")
            self.desk.say(found if opened else f"no browser here; {copy} copies {found}")

        self.jobs.queue("copy", lambda _: _open(found), done=done, failed=self._failed)

    def _genes(self) -> list[Gene]:
        marked = self._marking.basket.genes
        here = self.desk.results.gene
        return list(marked) or ([here] if here else [])

    def _copy(self, make: Callable[[], str]) -> None:
        send = self.desk.send_to_terminal

        def work(_: Ticket) -> tuple[Outcome, str]:
            from gene_tui.ui import clipboard

            text = make()
            plan = clipboard.plan(os.environ, len(text.encode("utf-8", "replace")))
            return clipboard.perform(plan, text, send), text

        self.jobs.queue("copy", work, done=self._copied, failed=self._failed)

    def _copied(self, answer: tuple[Outcome, str]) -> None:
        outcome, text = answer
        first, *rest = text.splitlines() or [""]
        more = f" (and {len(rest):,} more lines)" if rest else ""
        say = self.desk.say if outcome.ok else self.desk.warn
        say(f"{first[:_REPEATED]}{more} — {outcome.notice}")

    def _failed(self, error: GeneTuiError) -> None:
        self.desk.warn(f"{error.message}. {error.hint}")


def links(genes: Sequence[Gene], url: Callable[[Gene], str | None] = atlas_url) -> str:
    """One link a line, of the genes that have one."""
    return "\n".join(found for gene in genes if (found := url(gene)))


def copyables(genes: Sequence[Gene], hit: Hit | None, rows: Rows | None) -> list[Copyable]:
    """Everything there is to copy of some genes, of the hit under the cursor, of the table."""
    from gene_tui.ui.screens.copy_menu import Copyable

    many = "s" if len(genes) > 1 else ""
    texts = [
        ("l", f"Protein Atlas link{many}", links(genes)),
        ("e", f"Ensembl ID{many}", _lines(gene.id for gene in genes)),
        ("s", f"symbol{many}", _lines(gene.symbol for gene in genes)),
        ("b", f"row label{many}", _lines(gene.label for gene in genes)),
        ("E", f"Ensembl link{many}", links(genes, ensembl_url)),
        ("n", f"NCBI link{many}", links(genes, ncbi_url)),
    ]
    found = [
        Copyable(key, label, _given(text), text.removeprefix("https://").replace("\n", "  "))
        for key, label, text in texts
        if text
    ]
    if rows is not None and hit is not None:
        found.append(Copyable("r", "the row, tab-separated", lambda: _row(rows, hit)))
    if rows is not None and rows.result.hits:
        about = f"{len(rows.hits):,} rows"
        found.append(Copyable("t", "the table, tab-separated", lambda: _table(rows), about))
        found.append(Copyable("m", "the answer as Markdown", lambda: _markdown(rows), about))
    return found


def _given(text: str) -> Callable[[], str]:
    return lambda: text


def _lines(texts: Iterable[str]) -> str:
    return "\n".join(text for text in texts if text)


def _table(rows: Rows) -> str:
    from gene_tui.export.results import to_delimited
    from gene_tui.export.table import Cells

    result = replace(rows.result, hits=tuple(rows.hits))
    return to_delimited(result, "\t", cells=Cells(raw=True))


def _row(rows: Rows, hit: Hit) -> str:
    from gene_tui.export.results import to_delimited
    from gene_tui.export.table import Cells

    text = to_delimited(replace(rows.result, hits=(hit,)), "\t", cells=Cells(raw=True))
    return text.partition("\n")[2].removesuffix("\n")


def _markdown(rows: Rows) -> str:
    from gene_tui.export.results import to_markdown

    return to_markdown(replace(rows.result, hits=tuple(rows.hits)))


def _open(url: str) -> bool:
    """Open ``url`` where a browser with a window of its own is at hand; False where none is.

    A browser that runs in the terminal would draw over the app.
    """
    import webbrowser

    from gene_tui.terminal import detect

    terminal = detect(os.environ)
    if terminal.ssh or not terminal.display:
        return False
    try:
        browser = webbrowser.get()
    except webbrowser.Error:
        return False
    in_terminal = type(browser) is webbrowser.GenericBrowser
    if in_terminal and sys.platform.startswith("linux"):
        return False
    try:
        return browser.open(url)
    except OSError as error:
        raise UsageError(f"the browser did not start: {error}") from error
