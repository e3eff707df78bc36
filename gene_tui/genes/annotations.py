"""What is known about the rows of a space, gathered from annotation files.

Rows are joined to entries by the row's label where a file names labels, by Ensembl ID (without
version; a ``_PAR_Y`` copy is another gene), NCBI gene number or HGNC ID, or by symbol where the
labels are symbols: the approved symbol exactly, then a previous symbol, then an alias that means
one gene only and is no other gene's symbol.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from gene_tui.genes.annotation import Annotation, Annotations, Entries, split_names
from gene_tui.genes.annotation_files import read_annotations
from gene_tui.genes.gene_types import normal_type
from gene_tui.genes.human import HumanGenes
from gene_tui.genes.labels import LabelKind, label_kind
from gene_tui.model.gene import Genes
from gene_tui.model.links import ensembl_id

__all__ = ["Annotation", "Annotations", "annotate", "read_annotations"]

_TEXTS = ("symbol", "name", "type", "chromosome", "hgnc", "entrez", "description")
_LISTS = ("previous", "aliases")


def annotate(
    labels: Sequence[str],
    sources: Sequence[Annotations],
    columns: Mapping[str, Sequence[str]] | None = None,
    *,
    kind: LabelKind | None = None,
    human: HumanGenes | None = None,
    notes: list[str] | None = None,
) -> Genes:
    """The records of all rows, in order.

    For each field the first that knows it wins: the columns of the source file, then the
    annotation files in the order given. Where a later file has another symbol, that becomes an
    alias, so that it is still found.

    Args:
        labels: the rows' names.
        sources: annotation files, read.
        columns: text columns by name of ``model.gene.FIELDS``, each as long as ``labels``; lists
            joined by ``|``.
        kind: what the labels are, where that is known already.
        human: where the genes are human, all there are: an alias is not joined by where it is
            the symbol of a gene of these.
        notes: gets a sentence where labels were joined by previous symbol or alias.

    Raises:
        ValueError: a column has another length than ``labels``.
    """
    columns = columns or {}
    for name, values in columns.items():
        if len(values) != len(labels):
            raise ValueError(f"column {name} has {len(values)} values for {len(labels)} labels")
    rows = _Rows.of(labels, columns, kind or label_kind(labels))
    taken = set(rows.symbols) - {""}
    for source in sources:
        lookup = _Lookup(source.entries, taken, human)
        rows.add(lookup)
        if notes is not None:
            notes.extend(lookup.notes(source))
    return rows.genes()


@dataclass(slots=True)
class _Rows:
    """The records in the making, column by column, each n long.

    Attributes:
        symbols: what rows are joined by, which may be only a guess.
        texts: the columns of ``_TEXTS``. lists: those of ``_LISTS``.
        others: further symbols of a row, in the order found; most rows have none.
    """

    labels: Sequence[str]
    ids: list[str]
    symbols: list[str]
    texts: dict[str, Sequence[str]]
    lists: dict[str, Sequence[tuple[str, ...]]]
    others: dict[int, list[str]] = field(default_factory=dict)

    @classmethod
    def of(
        cls, labels: Sequence[str], columns: Mapping[str, Sequence[str]], kind: LabelKind
    ) -> _Rows:
        n = len(labels)
        ids = own = list(map(ensembl_id, labels))
        if given := columns.get("id"):
            ids = [known or ensembl_id(it) or it for known, it in zip(own, given, strict=True)]
        empty = [""] * n
        texts = {name: columns.get(name, empty) for name in _TEXTS}
        texts["type"] = list(map(normal_type, texts["type"]))
        symbols = list(texts["symbol"])
        if kind != "word":
            symbols = [
                symbol or ("" if known else label)
                for symbol, known, label in zip(symbols, own, labels, strict=True)
            ]
        lists: dict[str, Sequence[tuple[str, ...]]] = {
            name: list(map(split_names, columns.get(name, empty))) for name in _LISTS
        }
        return cls(labels, ids, symbols, texts, lists)

    def add(self, lookup: _Lookup) -> None:
        """Fill in what is still unknown."""
        places, merged = lookup.find(self)
        if not any(place >= 0 for place in places):
            return
        for row, (place, known) in enumerate(zip(places, self.ids, strict=True)):
            if place >= 0 and not known:
                self.ids[row] = lookup.own_id(place)

        def theirs(name: str, nothing: Any) -> list[Any]:
            """The source's column; its last place, which is also -1, is nobody's."""
            more = (getattr(entry, name) for entry in merged)
            return [*getattr(lookup.entries, name), *more, nothing]

        for name in _TEXTS:
            self.texts[name] = _filled(self.texts[name], theirs(name, ""), places)
        symbols = theirs("symbol", "")
        for row, (symbol, place) in enumerate(zip(self.texts["symbol"], places, strict=True)):
            if (other := symbols[place]) and other != symbol:
                self.others.setdefault(row, []).append(other)
        guessed = zip(self.texts["symbol"], self.symbols, strict=True)
        self.symbols = [symbol or guess for symbol, guess in guessed]
        for name in _LISTS:
            self.lists[name] = _filled(self.lists[name], theirs(name, ()), places)

    def genes(self) -> Genes:
        """The finished records; no name twice in a row."""
        previous, aliases = list(self.lists["previous"]), list(self.lists["aliases"])
        for row, others in self.others.items():
            aliases[row] = (*others, *aliases[row])
        named = zip(self.texts["symbol"], previous, aliases, strict=True)
        for row, (symbol, before, also) in enumerate(named):
            if (before or also) and len({"", symbol, *before, *also}) < (
                1 + bool(symbol) + len(before) + len(also)
            ):
                seen = {"", symbol}
                previous[row] = _fresh(before, seen)
                aliases[row] = _fresh(also, seen)
        return Genes(
            label=self.labels, id=self.ids, previous=previous, aliases=aliases, **self.texts
        )


def _filled(mine: Sequence[Any], theirs: Sequence[Any], places: Sequence[int]) -> list[Any]:
    """A column in which every gap is filled with what the source says of the row."""
    found = list(map(theirs.__getitem__, places))
    return [one or other for one, other in zip(mine, found, strict=True)] if any(mine) else found


def _fresh(names: Iterable[str], seen: set[str]) -> tuple[str, ...]:
    fresh = []
    for name in names:
        if name not in seen:
            seen.add(name)
            fresh.append(name)
    return tuple(fresh)


class _Lookup:
    """Finds what one source knows about rows; remembers by what other names it did."""

    def __init__(self, entries: Entries, taken: set[str], human: HumanGenes | None) -> None:
        self.entries = entries
        self.taken = taken
        self.human = human
        self._renamed: dict[str, list[str]] = {"previous symbol": [], "alias": []}

    def find(self, rows: _Rows) -> tuple[list[int], list[Annotation]]:
        """The place of the entry on each row, -1 where there is none, and entries merged of several
        for one ID, whose places come after the source's own."""
        entries, n = self.entries, len(self.entries)
        by_label, by_id = entries.by_label.first, entries.by_id
        merged: dict[str, int] = {}
        places = []
        numbers = zip(rows.texts["entrez"], rows.texts["hgnc"], strict=True)
        for label, known, symbol, numbered in zip(
            rows.labels, rows.ids, rows.symbols, numbers, strict=True
        ):
            if label in by_label:
                place = by_label[label]
            elif known in by_id.several:
                place = merged.setdefault(known, n + len(merged))
            elif known in by_id.first:
                place = by_id.first[known]
            else:
                place = self._by_number(known, numbered) if any(numbered) else -1
                if place < 0 and symbol:
                    place = self._by_symbol(known, symbol)
            places.append(place)
        return places, [
            _merged([entries[place] for place in by_id.several[known]]) for known in merged
        ]

    def own_id(self, place: int) -> str:
        """The Ensembl ID that means the entry at a place more than any other one: "" if there is
        none."""
        entries = self.entries
        for known in entries.ids[place]:
            claims = entries.by_id.several.get(known)
            if claims is None:
                return known
            best = max(claims, key=lambda it: (entries.approved[it], -len(entries.ids[it])))
            if best == place or entries[best] == entries[place]:
                return known
        return ""

    def notes(self, source: Annotations) -> list[str]:
        """What to say about the joins by other names."""
        said = []
        for how, renamed in self._renamed.items():
            if renamed:
                shown = ", ".join(renamed[:3]) + (", …" if len(renamed) > 3 else "")
                rows = f"{len(renamed):,} row{'s' if len(renamed) > 1 else ''}"
                said.append(
                    f"{rows} found in {source.title or source.path.name} by {how} ({shown})"
                )
        return said

    def _by_number(self, known: str, numbers: Iterable[str]) -> int:
        for number in filter(None, numbers):
            found = self.entries.by_number.all(number)
            if len(found) == 1 and not (known and self.entries.ids[found[0]]):
                return found[0]
        return -1

    def _by_symbol(self, known: str, symbol: str) -> int:
        found = self._by_approved(symbol)
        if found < 0:
            found = self._by_other_name(symbol)
        # An entry of another gene that goes by the same symbol says nothing about this one.
        return -1 if found >= 0 and known and self.entries.ids[found] else found

    def _by_approved(self, symbol: str) -> int:
        found = self.entries.by_symbol.all(symbol)
        if len(found) > 1:
            found = [place for place in found if self.entries.approved[place]] or found
        return found[0] if len(found) == 1 else -1

    def _by_other_name(self, symbol: str) -> int:
        """By previous symbol or alias, unless the gene meant is in the space under its own."""
        entries = self.entries
        if symbol in entries.by_symbol.first:
            return -1
        bearer = self.human.place_of_official(symbol) if self.human else None
        for how, names in zip(self._renamed, (entries.by_previous, entries.by_alias), strict=True):
            found = names.all(symbol)
            if self.human and bearer is not None:
                official = self.human.annotations.entries.symbol[bearer]
                found = [place for place in found if entries.symbol[place] == official]
            if len(found) == 1 and (own := entries.symbol[found[0]]) and own not in self.taken:
                self._renamed[how].append(f"{symbol} → {own}")
                return found[0]
            if found:
                return -1
        return -1


def _merged(entries: list[Annotation]) -> Annotation:
    """One entry for an ID that has several: the approved symbol wins, the others are aliases."""
    if len(entries) == 1:
        return entries[0]
    best, *rest = sorted(entries, key=lambda entry: not entry.approved)
    aliases = [*best.aliases]
    for entry in rest:
        aliases += [entry.symbol, *entry.aliases]
    previous = [name for entry in (best, *rest) for name in entry.previous]
    return best._replace(aliases=tuple(aliases), previous=tuple(previous))
