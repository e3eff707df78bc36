"""What is known about the rows of a space, gathered from annotation files.

Rows are joined to entries by the row's label where a file names labels, by Ensembl ID (without
version; a ``_PAR_Y`` copy is another gene), NCBI gene number or HGNC ID, or by symbol where the
labels are symbols: the approved symbol exactly, then a previous symbol, then an alias that means
one gene only and is no other gene's symbol.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from gene_tui.genes.annotation import Annotation, Annotations, split_names
from gene_tui.genes.annotation_files import read_annotations
from gene_tui.genes.gene import Gene
from gene_tui.genes.gene_types import normal_type
from gene_tui.genes.human import HumanGenes
from gene_tui.genes.labels import LabelKind, label_kind
from gene_tui.genes.links import ensembl_id

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
        columns: text columns by name of ``gene.FIELDS``, each as long as ``labels``; lists
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


class _Lookup:
    """The entries of one source, by everything that finds them."""

    def __init__(
        self, entries: Sequence[Annotation], taken: set[str], human: HumanGenes | None
    ) -> None:
        self.by_label: dict[str, Annotation] = {}
        self.by_id: dict[str, list[Annotation]] = {}
        self.by_number: dict[str, list[Annotation]] = {}
        self.by_symbol: dict[str, list[Annotation]] = {}
        self.entries = entries
        self.taken = taken
        self.human = human
        self._secondary: tuple[dict[str, list[Annotation]], ...] | None = None
        self._renamed: dict[str, list[str]] = {"previous symbol": [], "alias": []}
        for entry in entries:
            if entry.label:
                self.by_label.setdefault(entry.label, entry)
            for known in entry.ids:
                self.by_id.setdefault(known, []).append(entry)
            for number in filter(None, (entry.entrez, entry.hgnc)):
                self.by_number.setdefault(number, []).append(entry)
            if entry.symbol:
                self.by_symbol.setdefault(entry.symbol, []).append(entry)

    def find(self, draft: _Draft) -> Annotation | None:
        """What this source knows about a row."""
        if draft.label in self.by_label:
            return self.by_label[draft.label]
        if draft.id in self.by_id:
            return _merged(self.by_id[draft.id])
        for field_ in ("entrez", "hgnc"):
            found_by_number = self.by_number.get(draft.values.get(field_, ""), [])
            if len(found_by_number) == 1 and not (draft.id and found_by_number[0].ids):
                return found_by_number[0]
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
            claims = self.by_id[known]
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
        found = self.by_symbol.get(symbol, [])
        approved = [entry for entry in found if entry.approved] or found
        return approved[0] if len(approved) == 1 else None

    def _by_other_name(self, draft: _Draft) -> Annotation | None:
        """By previous symbol or alias, unless the gene meant is in the space under its own."""
        if draft.symbol in self.by_symbol:
            return None
        bearer = self.human.official(draft.symbol) if self.human else None
        if self._secondary is None:
            self._secondary = (
                _by_names((entry.previous, entry) for entry in self.entries),
                _by_names((entry.aliases, entry) for entry in self.entries),
            )
        for how, names in zip(self._renamed, self._secondary, strict=True):
            found = names.get(draft.symbol, [])
            if bearer is not None:
                found = [entry for entry in found if entry.symbol == bearer.symbol]
            if len(found) == 1 and found[0].symbol and found[0].symbol not in self.taken:
                self._renamed[how].append(f"{draft.symbol} → {found[0].symbol}")
                return found[0]
            if found:
                return None
        return None


def _by_names(
    entries: Iterable[tuple[tuple[str, ...], Annotation]],
) -> dict[str, list[Annotation]]:
    found: dict[str, list[Annotation]] = {}
    for names, entry in entries:
        for name in set(names):
            found.setdefault(name, []).append(entry)
    return found


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
