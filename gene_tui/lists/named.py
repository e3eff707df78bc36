"""What ``@NAME`` means: a file of names or of pairs, a saved list, or a gene set of the files in
use."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

from gene_tui import files
from gene_tui.errors import AmbiguousGene, FileError, NoAnswer
from gene_tui.genes.name_lists import parse_names, parse_pairs
from gene_tui.lists.gmt import GeneSet, in_the_box, read_gmt
from gene_tui.lists.saved import load_list, saved_names
from gene_tui.model.naming import quote_list
from gene_tui.run import QUIET, Run
from gene_tui.text import clip

#: More names than any space has rows.
MOST = 1_000_000
#: ``x.txt`` is a file, ``R-HSA-9.2`` and ``v1.5`` are none.
_FILE_ENDING = re.compile(r"[.][A-Za-z][A-Za-z0-9]{0,4}$")
_HINT = "give a text file, a name a line"
_PAIRS_HINT = "give a text file of two columns, a pair a line"


@dataclass(frozen=True, slots=True)
class NamedList:
    """A list as it was found.

    Attributes:
        name: as it is typed, with its ``@``. origin: what it is, in words. names: what its genes
            are called there, perhaps repeated. notes: how it was read.
    """

    name: str
    origin: str
    names: tuple[str, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NamedPairs:
    """Pairs of a file.

    Attributes:
        name: of the file, as it is typed, with its ``@``. pairs: what their genes are called
            there, perhaps repeated. notes: how they were read.
    """

    name: str
    pairs: tuple[tuple[str, str], ...]
    notes: tuple[str, ...] = ()


@dataclass(slots=True)
class Lists:
    """The lists that can be asked for by name.

    Attributes:
        gene_sets: GMT files in use, those in the box unless others are named; read when a name
            may be one of theirs.
    """

    gene_sets: tuple[Path, ...] = field(default_factory=lambda: (in_the_box(),))
    _read: tuple[tuple[Path, ...], list[GeneSet]] = field(default=((), []), repr=False)

    def find(self, name: str, run: Run = QUIET) -> NamedList:
        """The list that ``@name`` means.

        Args:
            name: without the ``@``: ``x.txt``, ``./x``, ``list:x``, ``set:x``, ``x``.

        Raises:
            FileError: its file is missing, or not text.
            AmbiguousGene: more than one thing is called so; the hint has the spellings.
            NoAnswer: nothing is; or it is a file of gene sets.
            Cancelled: the user stopped it.
        """
        meant = self._meant(name, run)
        if meant.startswith("list:"):
            return _of_saved(meant.removeprefix("list:")) or self._nothing(name, run)
        if meant.startswith("set:"):
            return self._of_sets(meant.removeprefix("set:"), run) or self._nothing(name, run)
        try:
            return _of_file(name, run)
        except FileError as error:
            if _is_there(name) or not _called(name, self.sets(run)):
                raise
            hint = f"the gene set is {clip(quote_list('set:' + name), 80)}"
            raise FileError(error.message, hint) from None

    def pairs(self, name: str, run: Run = QUIET) -> NamedPairs:
        """The pairs that ``@name`` means before ``::``; only a file can hold them.

        Raises:
            FileError: the file is missing, not text, or does not hold pairs.
            AmbiguousGene, NoAnswer: see ``find``; also, it is a list of genes.
            Cancelled: the user stopped it.
        """
        meant = self._meant(name, run)
        if meant.startswith(("list:", "set:")):
            self.find(name, run)
            what = "saved list" if meant.startswith("list:") else "gene set"
            raise NoAnswer(
                f"{clip(quote_list(name), 60)} is a {what} of genes, and a relation needs pairs",
                "a file of two columns, as @pairs.tsv :: ? : ?",
            )
        return _pairs_of_file(name, run)

    def _meant(self, name: str, run: Run) -> str:
        """The one thing a name means: ``list:x``, ``set:x``, or, as it is, a file's name."""
        if "/" in name or name.startswith(("list:", "set:")):
            return name
        is_file = _FILE_ENDING.search(name) is not None
        fits = {f"./{name}": _is_there(name)} if is_file else {}
        fits[f"list:{name}"] = load_list(name) is not None
        fits[f"set:{name}"] = bool(_called(name, self.sets(run)))
        ways = [way for way, fit in fits.items() if fit]
        if len(ways) > 1:
            spelled = " or ".join(map(quote_list, ways))
            raise AmbiguousGene(
                name, f"{clip(quote_list(name), 60)} could mean several lists", f"type {spelled}"
            )
        if is_file and ways in ([], [f"./{name}"]):
            return name
        return ways[0] if ways else self._nothing(name, run)

    def like(self, word: str, limit: int, run: Run = QUIET) -> list[tuple[str, str]]:
        """Lists whose name begins with a word, or has it in it: how each is typed, without the
        ``@``, and what it is; saved ones first.

        Args:
            word: without the ``@``, perhaps with ``list:`` or ``set:`` before it.

        Raises:
            FileError: the gene sets in use cannot be read.
            Cancelled: the user stopped it.
        """
        kind, _, bare = (
            word.rpartition(":") if word.startswith(("list:", "set:")) else ("", "", word)
        )
        sought = bare.casefold()
        saved = [] if kind == "set" else saved_names()
        sets = [] if kind == "list" else self.sets(run)
        ways = [(f"list:{one}" if kind else one, one, "saved list") for one in saved]
        for one in sets:
            clash = kind or one.name in saved
            about = f"gene set of {len(one.genes):,}, {one.collection}"
            ways.append((f"set:{one.name}" if clash else one.name, one.name, about))
        found = [
            (name.casefold().find(sought), typed, about)
            for typed, name, about in ways
            if sought in name.casefold()
        ]
        found.sort(key=lambda one: one[0] > 0)
        return [(typed, about) for _, typed, about in found[:limit]]

    def sets(self, run: Run = QUIET) -> list[GeneSet]:
        """The gene sets in use, read once.

        Raises:
            FileError: a file of them cannot be read.
            Cancelled: the user stopped it.
        """
        if self._read[0] != self.gene_sets:
            found = [one for file in self.gene_sets for one in read_gmt(file, run=run)]
            self._read = (self.gene_sets, found)
        return self._read[1]

    def _of_sets(self, name: str, run: Run) -> NamedList | None:
        found = _called(name, self.sets(run))
        if not found:
            return None
        if len({one.genes for one in found}) > 1:
            told = ", ".join(
                clip(f"{one.name} ({one.about or one.collection})") for one in found[:3]
            )
            raise AmbiguousGene(
                name,
                f"{len(found):,} gene sets are called {clip(name, 60)}: {told}",
                "ask by ID, or use one file of gene sets",
            )
        one = found[0]
        return NamedList(
            quote_list(name),
            f"gene set {clip(one.title, 80)} of {clip(one.collection, 40)}",
            one.genes,
        )

    def _nothing(self, name: str, run: Run) -> NoReturn:
        """Raise that there is no such list."""
        kind, _, bare = (
            name.rpartition(":") if name.startswith(("list:", "set:")) else ("", "", name)
        )
        known = [] if kind == "set" else saved_names()
        known += [] if kind == "list" else [one.name for one in self.sets(run)]
        if near := difflib.get_close_matches(bare, known, 3):
            hint = "close to it: " + ", ".join(clip(quote_list(one), 60) for one in near)
        elif not kind and _is_there(bare):
            hint = f"the file is {clip(quote_list('./' + bare), 80)}"
        elif kind == "list":
            hint = "a file is typed with its ending or a slash, as @./x"
        else:
            sets = ", ".join(clip(file.name, 40) for file in self.gene_sets)
            hint = f"gene sets are those of {sets}; --gmt FILE takes others; a file is typed @./x"
        what = {"list": "saved list", "set": "gene set"}.get(kind, "saved list or gene set")
        raise NoAnswer(f"no {what} is called {clip(bare, 60) or 'nothing'}", hint)


def _of_file(name: str, run: Run) -> NamedList:
    if name.casefold().endswith((".gmt", ".gmt.gz")):
        raise NoAnswer(
            f"{clip(quote_list(name), 60)} is a file of gene sets, not one list",
            f"give it as --gmt {clip(name, 60)} or as the setting gene_sets, then ask a set: @NAME",
        )
    found = parse_names(_text(name, _HINT, run))
    if len(found.names) > MOST:
        raise FileError(f"{name} holds more than {MOST:,} names", _HINT)
    if not found.names:
        raise FileError(f"{name} holds no name", _HINT)
    return NamedList(quote_list(name), "file", found.names, found.notes)


def _pairs_of_file(name: str, run: Run) -> NamedPairs:
    text = _text(name, _PAIRS_HINT, run)
    found = parse_pairs(text)
    if len(found.pairs) > MOST:
        raise FileError(f"{name} holds more than {MOST:,} pairs", _PAIRS_HINT)
    if not found.pairs:
        what = "one column, and pairs take two" if text.strip() else "no pair"
        raise FileError(f"{name} holds {what}", _PAIRS_HINT)
    return NamedPairs(quote_list(name), found.pairs, found.notes)


def _text(name: str, hint: str, run: Run) -> str:
    """What a file holds, as text."""
    body = files.read(Path(name), hint=hint, cancelled=run.cancelled)
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise FileError(
            f"{name} cannot be read: it is not UTF-8 text", f"{hint}, saved as UTF-8"
        ) from None
    if "\0" in text:
        raise FileError(f"{name} cannot be read: it is not text", hint)
    return text


def _is_there(name: str) -> bool:
    try:
        return Path(name).exists()
    except (OSError, ValueError):  # a name that no file can have
        return False


def _of_saved(name: str) -> NamedList | None:
    labels = load_list(name)
    return None if labels is None else NamedList(quote_list(name), "saved list", labels)


def _called(name: str, sets: Iterable[GeneSet]) -> Sequence[GeneSet]:
    """The sets of that name or ID; case decides where it can."""
    sought = name.casefold()
    found = [one for one in sets if sought in (one.name.casefold(), one.about.casefold())]
    exact = [one for one in found if name in (one.name, one.about)]
    return exact or found
