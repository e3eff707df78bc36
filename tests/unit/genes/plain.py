"""Annotating and indexing written plainly, one gene after the other: what the fast ways must
give."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gene_tui.genes.annotation import Annotation, split_names
from gene_tui.genes.escaping import escape
from gene_tui.genes.gene_types import normal_type
from gene_tui.genes.human import HumanGenes
from gene_tui.genes.names import NameKind
from gene_tui.model.gene import FIELDS, Gene
from gene_tui.model.links import ensembl_id

TEXTS = ("symbol", "name", "type", "chromosome", "hgnc", "entrez", "description")
Said = list[tuple[str, str, str]]


def annotated(
    labels: Sequence[str],
    sources: Sequence[Sequence[Annotation]],
    columns: Mapping[str, Sequence[str]],
    kind: str,
    human: HumanGenes | None,
) -> tuple[list[Gene], Said]:
    """The records, and (way, name, symbol) of those found by another name, in order."""
    drafts = []
    for row, label in enumerate(labels):
        given = {name: values[row] for name, values in columns.items()}
        facts = {name: given.get(name, "") for name in TEXTS}
        facts["type"] = normal_type(facts["type"])
        guess = label if kind != "word" and not ensembl_id(label) else ""
        drafts.append(
            {
                "label": label,
                "id": ensembl_id(label) or ensembl_id(given.get("id", "")) or given.get("id", ""),
                "by": facts["symbol"] or guess,
                "others": [],
                "previous": split_names(given.get("previous", "")),
                "aliases": split_names(given.get("aliases", "")),
                **facts,
            }
        )
    taken = {draft["by"] for draft in drafts}
    said: Said = []
    for entries in sources:
        for draft in drafts:
            found = _found(draft, entries, taken, human, said)
            if found is None:
                continue
            draft["id"] = draft["id"] or _own_id(found, entries)
            for name in (*TEXTS, "previous", "aliases"):
                draft[name] = draft[name] or getattr(found, name)
            if found.symbol and found.symbol != draft["symbol"]:
                draft["others"].append(found.symbol)
            draft["by"] = draft["symbol"] or draft["by"]
    genes = []
    for row, draft in enumerate(drafts):
        seen = ["", draft["symbol"]]
        lists = []
        for names in (draft["previous"], (*draft["others"], *draft["aliases"])):
            lists.append(tuple(n for n in dict.fromkeys(names) if n not in seen))
            seen += lists[-1]
        facts = {name: draft[name] for name in TEXTS}
        genes.append(
            Gene(row, draft["label"], draft["id"], previous=lists[0], aliases=lists[1], **facts)
        )
    return genes, said


def _found(
    draft: Mapping[str, str],
    entries: Sequence[Annotation],
    taken: set[str],
    human: HumanGenes | None,
    said: Said,
) -> Annotation | None:
    label, known, by = draft["label"], draft["id"], draft["by"]
    for entry in entries:
        if entry.label and entry.label == label:
            return entry
    if same := [entry for entry in entries if known and known in entry.ids]:
        return _merged(same)
    for number in filter(None, (draft["entrez"], draft["hgnc"])):
        same = [entry for entry in entries if number in (entry.entrez, entry.hgnc)]
        if len(same) == 1 and not (known and same[0].ids):
            return same[0]
    found = _by_name(by, entries, taken, human, said) if by else None
    return None if found and known and found.ids else found


def _by_name(
    by: str,
    entries: Sequence[Annotation],
    taken: set[str],
    human: HumanGenes | None,
    said: Said,
) -> Annotation | None:
    if same := [entry for entry in entries if entry.symbol == by]:
        approved = [entry for entry in same if entry.approved] or same
        return approved[0] if len(approved) == 1 else None
    bearer = human.official(by) if human else None
    for way, field in (("previous symbol", "previous"), ("alias", "aliases")):
        same = [entry for entry in entries if by in getattr(entry, field)]
        if bearer:
            same = [entry for entry in same if entry.symbol == bearer.symbol]
        if len(same) == 1 and same[0].symbol and same[0].symbol not in taken:
            said.append((way, by, same[0].symbol))
            return same[0]
        if same:
            return None
    return None


def _merged(same: Sequence[Annotation]) -> Annotation:
    best, *rest = sorted(same, key=lambda entry: not entry.approved)
    aliases = [*best.aliases, *(n for entry in rest for n in (entry.symbol, *entry.aliases))]
    previous = [n for entry in (best, *rest) for n in entry.previous]
    return best._replace(aliases=tuple(aliases), previous=tuple(previous))


def _own_id(found: Annotation, entries: Sequence[Annotation]) -> str:
    for known in found.ids:
        claims = [entry for entry in entries if known in entry.ids]
        if max(claims, key=lambda entry: (entry.approved, -len(entry.ids))) == found:
            return known
    return ""


def lines(genes: Sequence[Gene]) -> bytes:
    """What ``genes.tsv`` holds."""
    said = ["\t".join(FIELDS)]
    for gene in genes:
        cells = []
        for field in FIELDS:
            it = getattr(gene, field)
            many = isinstance(it, tuple)
            names = "|".join(escape(name).replace("|", "\\x7c") for name in it if name)
            cells.append(names if many else escape(it))
        said.append("\t".join(cells))
    return "".join(line + "\n" for line in said).encode()


def names(genes: Sequence[Gene]) -> list[tuple[bytes, int, int]]:
    """What the name index holds: each name as bytes, its kind and its row, in order."""
    found: dict[tuple[bytes, int], int] = {}
    for row, gene in enumerate(genes):
        kinds = ([gene.label], [gene.id], [gene.symbol], gene.previous, gene.aliases)
        for kind, called in zip(NameKind, kinds, strict=True):
            for name in called:
                key = escape(name.casefold()).encode()
                if key or kind == NameKind.LABEL:
                    found.setdefault((key, row), kind)
    return sorted((key, kind, row) for (key, row), kind in found.items())
