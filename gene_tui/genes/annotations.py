"""What is known about the rows of a space, gathered from annotation files.

Rows are joined to entries by the row's label where a file names labels, by Ensembl ID (without
version; a ``_PAR_Y`` copy is another gene), NCBI gene number or HGNC ID, or by symbol where the
labels are symbols: the approved symbol exactly, then a previous symbol, then an alias that means
one gene only and is no other gene's symbol.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

from gene_tui.genes.annotation import Annotation, Annotations, split_names
from gene_tui.genes.annotation_files import read_annotations
from gene_tui.genes.gene_types import normal_type
from gene_tui.genes.human import HumanEntries, HumanGenes
from gene_tui.genes.labels import LabelKind, label_kind
from gene_tui.model.gene import Gene
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
) -> list[Gene]:
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
    kind = kind or label_kind(labels)
    drafts = [
        _Draft.of(label, {name: values[row] for name, values in columns.items()}, kind)
        for row, label in enumerate(labels)
    ]
    symbols = {draft.symbol for draft in drafts if draft.symbol}
    for source in sources:
        lookup = _Lookup(source.entries, symbols, human)
        for draft in drafts:
            draft.add(lookup)
        if notes is not None:
            notes.extend(lookup.notes(source))
    return [draft.gene(row) for row, draft in enumerate(drafts)]


@dataclass(slots=True)
class _Draft:
    """A record in the making. ``symbol`` is what it is joined by, which may be only a guess."""

    label: str
    id: str
    symbol: str
    values: dict[str, str]
    lists: dict[str, tuple[str, ...]] = field(default_factory=dict)
    others: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, label: str, values: dict[str, str], kind: LabelKind) -> _Draft:
        known = ensembl_id(label) or ensembl_id(values.get("id", "")) or values.get("id", "")
        given = values.get("symbol", "")
        symbol = given or (label if kind != "word" and not ensembl_id(label) else "")
        texts = {name: value for name in _TEXTS if (value := values.get(name, ""))}
        if "type" in texts:
            texts["type"] = normal_type(texts["type"])
        lists = {name: found for name in _LISTS if (found := split_names(values.get(name, "")))}
        return cls(label, known, symbol, texts, lists)

    def add(self, lookup: _Lookup) -> None:
        """Fill in what is still unknown."""
        entry = lookup.find(self)
        if entry is None:
            return
        if not self.id:
            self.id = lookup.own_id(entry)
        for name in _TEXTS:
            value = getattr(entry, name)
            if value:
                self.values.setdefault(name, value)
        if entry.symbol and entry.symbol != self.values["symbol"]:
            self.others.append(entry.symbol)
        self.symbol = self.values.get("symbol", self.symbol)
        for name in _LISTS:
            if value := getattr(entry, name):
                self.lists.setdefault(name, value)

    def gene(self, row: int) -> Gene:
        """The finished record; no name twice."""
        seen = {"", self.values.get("symbol", "")}
        previous = _fresh(self.lists.get("previous", ()), seen)
        aliases = _fresh((*self.others, *self.lists.get("aliases", ())), seen)
        return Gene(row, self.label, self.id, previous=previous, aliases=aliases, **self.values)


def _fresh(names: Iterable[str], seen: set[str]) -> tuple[str, ...]:
    fresh = []
    for name in names:
        if name not in seen:
            seen.add(name)
            fresh.append(name)
    return tuple(fresh)


class _Index:
    """The places of the entries of one source, by everything that finds them."""

    def __init__(self, entries: Sequence[Annotation]) -> None:
        self.entries = entries
        self.by_label: dict[str, int] = {}
        self.by_id: dict[str, list[int]] = {}
        self.by_number: dict[str, list[int]] = {}
        self.by_symbol: dict[str, list[int]] = {}
        self.by_previous: dict[str, list[int]] = {}
        self.by_alias: dict[str, list[int]] = {}
        for place, entry in enumerate(entries):
            if entry.label:
                self.by_label.setdefault(entry.label, place)
            for known in entry.ids:
                self.by_id.setdefault(known, []).append(place)
            for number in filter(None, (entry.entrez, entry.hgnc)):
                self.by_number.setdefault(number, []).append(place)
            if entry.symbol:
                self.by_symbol.setdefault(entry.symbol, []).append(place)
            for name in set(entry.previous):
                self.by_previous.setdefault(name, []).append(place)
            for name in set(entry.aliases):
                self.by_alias.setdefault(name, []).append(place)

    def of(self, places: Sequence[int]) -> list[Annotation]:
        """The entries at places."""
        return [self.entries[place] for place in places]


#: The index of the human gene table is made once in a process.
_INDEXES: WeakKeyDictionary[HumanEntries, _Index] = WeakKeyDictionary()


def _index_of(entries: Sequence[Annotation]) -> _Index:
    if not isinstance(entries, HumanEntries):
        return _Index(entries)
    if entries not in _INDEXES:
        _INDEXES[entries] = _Index(entries)
    return _INDEXES[entries]


class _Lookup:
    """Finds what one source knows about rows; remembers by what other names it did."""

    def __init__(
        self, entries: Sequence[Annotation], taken: set[str], human: HumanGenes | None
    ) -> None:
        self.index = _index_of(entries)
        self.taken = taken
        self.human = human
        self._renamed: dict[str, list[str]] = {"previous symbol": [], "alias": []}

    def find(self, draft: _Draft) -> Annotation | None:
        """What this source knows about a row."""
        index = self.index
        if draft.label in index.by_label:
            return index.entries[index.by_label[draft.label]]
        if draft.id in index.by_id:
            return _merged(index.of(index.by_id[draft.id]))
        for number in (draft.values.get("entrez", ""), draft.values.get("hgnc", "")):
            numbered = index.of(index.by_number.get(number, []))
            if len(numbered) == 1 and not (draft.id and numbered[0].ids):
                return numbered[0]
        if not draft.symbol:
            return None
        found = self._by_approved(draft.symbol) or self._by_other_name(draft)
        # An entry of another gene that goes by the same symbol says nothing about this one.
        if found and draft.id and found.ids:
            return None
        return found

    def own_id(self, entry: Annotation) -> str:
        """The Ensembl ID that means this entry more than any other one: "" if there is none."""
        for known in entry.ids:
            claims = self.index.of(self.index.by_id[known])
            best = max(claims, key=lambda claim: (claim.approved, -len(claim.ids)))
            if best == entry:
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

    def _by_approved(self, symbol: str) -> Annotation | None:
        found = self.index.of(self.index.by_symbol.get(symbol, []))
        approved = [entry for entry in found if entry.approved] or found
        return approved[0] if len(approved) == 1 else None

    def _by_other_name(self, draft: _Draft) -> Annotation | None:
        """By previous symbol or alias, unless the gene meant is in the space under its own."""
        index = self.index
        if draft.symbol in index.by_symbol:
            return None
        bearer = self.human.official(draft.symbol) if self.human else None
        ways = (index.by_previous, index.by_alias)
        for how, names in zip(self._renamed, ways, strict=True):
            found = index.of(names.get(draft.symbol, []))
            if bearer is not None:
                found = [entry for entry in found if entry.symbol == bearer.symbol]
            if len(found) == 1 and found[0].symbol and found[0].symbol not in self.taken:
                self._renamed[how].append(f"{draft.symbol} → {found[0].symbol}")
                return found[0]
            if found:
                return None
        return None


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
