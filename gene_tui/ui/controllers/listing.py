"""Lists: what is pasted, marked genes that are saved under a name, groups of a list."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from gene_tui.errors import FileError, GeneTuiError
from gene_tui.files import AlreadyThere
from gene_tui.lists.saved import delete_list, load_list, rename_list, save_list, saved_names
from gene_tui.model.naming import quote_list
from gene_tui.ui.controllers.asking import AnswerController, Asking
from gene_tui.ui.controllers.marking import Marking
from gene_tui.ui.desk import Desk, Doers
from gene_tui.ui.jobs import Ticket

if TYPE_CHECKING:
    from gene_tui.session import Session
    from gene_tui.ui.screens.saved_lists import ListChosen, SavedOffer

#: The list that holds the last long paste.
PASTED = "pasted"
#: Genes of a saved list that are shown.
_FIRST = 12


class Listing(AnswerController):
    """Owns the name a list was saved under last."""

    def __init__(self, desk: Desk, asking: Asking, marking: Marking) -> None:
        super().__init__(desk, asking)
        self._marking = marking
        self._last = ""
        self._deleted: list[tuple[str, tuple[str, ...]]] = []

    def actions(self) -> Doers:
        return {
            "save-list": self.choose,
            "grow-list": self.grow,
            "saved-lists": self.browse,
            "ask-group": self.choose_group,
        }

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

        count, marked = len(self._labels()), self._marking.basket.genes
        if not count:
            self.desk.say("no gene is marked yet: mark genes, then save them as a list")
            return
        noun = "gene" if count == 1 else "genes"
        what = f"{count:,} marked {noun}" if marked else f"the {count:,} genes of this list"
        title = f"Save {what} as a list"
        self.desk.open_dialog(SaveList(title, "saves", self._last, error), self._save)

    def grow(self) -> None:
        """Ask for the list that was asked about and the marked genes together."""
        here, marked = self.asking.settled, self._marking.basket.genes
        if here is None or not here.result.members:
            self.desk.say("this answer is not that of a list, which marked genes could join")
            return
        known = {member.gene.label for member in here.result.members}
        joining = [gene for gene in marked if gene.label not in known]
        if not joining:
            self.desk.say("no other gene is marked yet: mark genes, then they join the list")
            return
        names = map(self.asking.loader.name_of, joining)
        self.asking.ask(", ".join([here.result.canonical, *names]))
        self._marking.clear()

    def _labels(self) -> tuple[str, ...]:
        """Of the marked genes; without any, of the members of the list that was asked about."""
        here, marked = self.asking.settled, self._marking.basket.genes
        if marked or here is None:
            return tuple(gene.label for gene in marked)
        return tuple(member.gene.label for member in here.result.members)

    def browse(self, at: int = 0) -> None:
        """Show the saved lists, to ask, rename or delete one.

        Args:
            at: the place where the cursor goes.
        """
        deleted = self._deleted[-1][0] if self._deleted else ""

        def done(offers: list[SavedOffer]) -> None:
            from gene_tui.ui.screens.saved_lists import SavedLists

            if not offers and not deleted:
                key = self.desk.keys.shown("save-list")
                self.desk.say(f"no list is saved yet: mark genes, then {key} saves them as one")
                return
            self.desk.open_dialog(SavedLists(offers, at, deleted), self._chosen)

        session = self.session
        self.jobs.start("list", lambda _: saved_offers(session), done=done, failed=self._warn)

    def _chosen(self, chosen: ListChosen | None) -> None:
        if chosen is None:
            return
        if chosen.deed == "ask":
            self.asking.ask(quote_list(chosen.name))
        elif chosen.deed == "rename":
            self._choose_name(chosen)
        elif chosen.deed == "delete":
            self._delete(chosen)
        else:
            self._undo(chosen)

    def _delete(self, chosen: ListChosen) -> None:
        name = chosen.name

        def work(_ticket: Ticket) -> tuple[tuple[str, ...], bool]:
            labels = () if chosen.damaged else load_list(name) or ()
            return labels, delete_list(name)

        def done(deleted: tuple[tuple[str, ...], bool]) -> None:
            labels, gone = deleted
            if not gone:
                self.desk.warn(f"{quote_list(name)} cannot be deleted")
            elif labels:
                self._deleted.append((name, labels))
                self.desk.say(f"{quote_list(name)} is deleted; u brings it back")
            self.browse(chosen.at)

        def confirmed(yes: bool | None) -> None:
            if yes:
                self.jobs.start("list", work, done=done, failed=self._warn)
            else:
                self.browse(chosen.at)

        if chosen.damaged:
            question = (
                f"{quote_list(name)} cannot be read, so it could not be brought back. Delete?"
            )
            self.desk.confirm("Delete a damaged list", question, "Delete", confirmed)
        else:
            confirmed(True)

    def _undo(self, chosen: ListChosen) -> None:
        name, labels = self._deleted[-1]

        def done(_file: Path) -> None:
            self._deleted.pop()
            self.desk.say(f"{quote_list(name)} is back")
            self.browse(chosen.at)

        def failed(error: GeneTuiError) -> None:
            self._warn(error)
            self.browse(chosen.at)

        self.jobs.start("list", lambda _: save_list(name, labels), done=done, failed=failed)

    def _choose_name(self, chosen: ListChosen, error: GeneTuiError | None = None) -> None:
        from gene_tui.ui.screens.save_list import SaveList

        def named(other: str | None) -> None:
            if other is not None:
                self._rename(chosen, other)
            else:
                self.browse(chosen.at)

        title = f"Rename {quote_list(chosen.name)}"
        self.desk.open_dialog(SaveList(title, "renames", chosen.name, error), named)

    def _rename(self, chosen: ListChosen, other: str) -> None:
        def failed(error: GeneTuiError) -> None:
            self._choose_name(chosen, error)

        self.jobs.start(
            "list",
            lambda _: rename_list(chosen.name, other),
            done=lambda _: self.browse(chosen.at),
            failed=failed,
        )

    def _warn(self, error: GeneTuiError) -> None:
        self.desk.warn(f"{error.message}. {error.hint}")

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
        labels = self._labels()
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


def saved_offers(session: Session | None) -> list[SavedOffer]:
    """The saved lists. In a job's thread: each is a file.

    Args:
        session: knows what the first genes are called.
    """
    from gene_tui.ui.screens.saved_lists import SavedOffer

    def called(label: str) -> str:
        found = session.resolver.find(label) if session else None
        return session.space.gene(found.row).shown if session and found else label

    offers = []
    for name in saved_names():
        try:
            labels = load_list(name) or ()
            offers.append(SavedOffer(name, len(labels), tuple(map(called, labels[:_FIRST]))))
        except FileError as error:
            offers.append(SavedOffer(name, problem=error.message))
    return offers
