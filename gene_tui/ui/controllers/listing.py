"""Lists: what is pasted, marked genes that are saved under a name, groups of a list."""

from __future__ import annotations

from pathlib import Path

from gene_tui.errors import GeneTuiError
from gene_tui.files import AlreadyThere
from gene_tui.lists.saved import save_list
from gene_tui.model.naming import quote_list
from gene_tui.ui.controllers.asking import AnswerController, Asking
from gene_tui.ui.controllers.marking import Marking
from gene_tui.ui.desk import Desk, Doers
from gene_tui.ui.jobs import Ticket

#: The list that holds the last long paste.
PASTED = "pasted"


class Listing(AnswerController):
    """Owns the name a list was saved under last."""

    def __init__(self, desk: Desk, asking: Asking, marking: Marking) -> None:
        super().__init__(desk, asking)
        self._marking = marking
        self._last = ""

    def actions(self) -> Doers:
        return {"save-list": self.choose, "ask-group": self.choose_group}

    def pasted(self, names: tuple[str, ...]) -> None:
        """More names were pasted than the line has room for: it gets their list's name."""
        line = self.desk.query_line

        def work(_ticket: Ticket) -> Path:
            return save_list(PASTED, names, replace=True)

        def done(_file: Path) -> None:
            line.write(quote_list(PASTED))
            self.desk.warn(f"{len(names):,} names were pasted as the list @{PASTED}: ⏎ asks it")

        def failed(error: GeneTuiError) -> None:
            self.desk.warn(f"the names were not pasted: {error.message}")

        self.jobs.start("list", work, done=done, failed=failed)

    def choose(self, error: GeneTuiError | None = None) -> None:
        """Ask for the name.

        Args:
            error: what went wrong with the last one.
        """
        from gene_tui.ui.screens.save_list import SaveList

        marked = self._marking.basket.genes
        if not marked:
            self.desk.say("no gene is marked yet: mark genes, then save them as a list")
            return
        self.desk.open_dialog(SaveList(len(marked), self._last, error), self._save)

    def choose_group(self) -> None:
        """Ask which group of the list that was answered is to be asked for itself."""
        from gene_tui.ui.screens.group_picker import GroupOffer, GroupPicker

        here = self.asking.settled
        if here is None or not here.result.groups:
            self.desk.say("this answer is not that of a list that falls apart into groups")
            return
        name_of = self.asking.loader.name_of
        offers = [
            GroupOffer(len(group), ", ".join(map(name_of, group))) for group in here.result.groups
        ]
        self.desk.open_dialog(GroupPicker(offers), self._ask)

    def _ask(self, text: str | None) -> None:
        if text is not None:
            self.asking.ask(text)

    def _save(self, name: str | None, *, replace: bool = False) -> None:
        if name is None:
            return
        self._last = name
        labels = tuple(gene.label for gene in self._marking.basket.genes)
        typed = quote_list(name)

        def work(_ticket: Ticket) -> Path:
            return save_list(name, labels, replace=replace)

        def failed(error: GeneTuiError) -> None:
            if not isinstance(error, AlreadyThere):
                self.choose(error)
                return
            self.desk.confirm(
                "Replace",
                f"There is a list {typed} already.",
                "Replace",
                lambda yes: self._save(name, replace=True) if yes else None,
            )

        self.jobs.start(
            "list",
            work,
            done=lambda _: self.desk.say(f"saved: ask for it as {typed}"),
            failed=failed,
        )
