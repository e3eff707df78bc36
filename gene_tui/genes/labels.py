"""What the labels of a space are, and the names of genes inside labels that hold more than one.

Labels may be Ensembl IDs, symbols, HGNC IDs, NCBI gene numbers or UniProt accessions of human
proteins, or put together of the first four:
``ENSG00000141510|TP53``, ``TP53 (7157)``, ``GRCh38_TP53``, ``gene:ENSG00000141510``. One form is
found for all labels, by the places at which most of them hold something known, and said.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Literal

from gene_tui.genes.human import human_genes
from gene_tui.genes.known import HGNC_ID, is_mouse_symbol
from gene_tui.model.links import ensembl_id

LabelKind = Literal["ensembl", "symbol", "word"]
Species = Literal["human", "mouse", "other", ""]

_SYMBOL = re.compile(r"[A-Z][A-Za-z0-9]*([-._@/][A-Za-z0-9]*)*")
#: By the letters of Ensembl's gene IDs.
_SPECIES: Mapping[str, Species] = {"ENSG": "human", "ENSMUSG": "mouse"}
#: As many labels as it takes to tell what they are.
_SAMPLE = 2_000
#: What puts labels together, the most telling first.
_JOINTS = (r"\|", r"\s*\(|\)", r";", r",\s*", r":", r"\s+", r"/", r"_+")
#: UniProt's form of an accession.
_ACCESSION = re.compile(r"[OPQ][0-9][A-Z0-9]{3}[0-9]|[A-NR-Z][0-9](?:[A-Z][A-Z0-9]{2}[0-9]){1,2}")
#: Entry names of UniProt (``P53_HUMAN``) look like symbols and are none.
_UNIPROT = re.compile(r"[A-Z0-9]+_(HUMAN|MOUSE|RAT)")
_MOST_PARTS = 12
_PREFIX_END = re.compile(r"^.*[^A-Za-z0-9]")


@dataclass(frozen=True, slots=True)
class Labels:
    """What labels are.

    Attributes:
        kind: Ensembl IDs, symbols (also NCBI numbers and HGNC IDs, which mean one), or words.
        species: whose genes, as far as known; "" for words and where it cannot be told.
        columns: by name of ``model.gene.FIELDS`` what labels hold beside or instead of a plain
            Ensembl ID or symbol ("id", "symbol", "entrez", "hgnc"), each as long as the labels.
        note: one sentence on how they are read; "" where they are what they seem.
    """

    kind: LabelKind
    species: Species = ""
    columns: Mapping[str, Sequence[str]] = field(default_factory=dict)
    note: str = ""


def label_kind(labels: Sequence[str]) -> LabelKind:
    """Whether most labels are Ensembl IDs, else look like gene symbols, else are words.

    A symbol begins with a capital and is all capitals (``TAGLN``) or has a digit (``Hba1``,
    ``C1orf112``).
    """
    sample = _sample(labels)
    half = len(sample) / 2
    if sum(1 for label in sample if ensembl_id(label)) > half:
        return "ensembl"
    return "symbol" if sum(1 for label in sample if _is_symbol(label)) > half else "word"


def read_labels(
    labels: Sequence[str],
    columns: Mapping[str, Sequence[str]],
    numbers: Container[str] = frozenset(),
) -> Labels:
    """Tell what labels are; the human gene table is read only where they look like genes.

    Args:
        columns: what the source says beside the labels, by name of ``model.gene.FIELDS``.
        numbers: NCBI gene numbers that annotation files know, of whatever species.
    """
    kind = label_kind(labels)
    if kind == "ensembl":
        return Labels(kind, _species_of_ids(_sample(labels)))
    given = columns.get("id", ()), columns.get("symbol", ())
    if found := _numbers(labels, numbers) or _accessions(labels):
        return found
    if kind == "symbol" and _share(labels, human_genes().is_symbol) >= 0.5:
        return Labels(kind, "human")
    if composite := _composite(labels):
        return composite
    if any(map(any, given)):
        return Labels(kind, _species_of_genes(*given))
    if kind == "symbol" or _may_be_mouse(labels):
        species = _species_of_genes((), labels)
        return Labels("symbol" if species else kind, species)
    return Labels(kind)


def species_of(ids: Sequence[str], symbols: Sequence[str], labels: Sequence[str]) -> Species:
    """Whose genes a space holds, by what is known of some of its rows."""
    if any(ids) or any(symbols):
        return _species_of_genes(ids, symbols)
    kind = label_kind(labels)
    if kind == "ensembl":
        return _species_of_ids(labels)
    return "" if kind == "word" else _species_of_genes((), labels)


def _sample(labels: Sequence[str]) -> Sequence[str]:
    return labels[:: len(labels) // _SAMPLE + 1]


def _share(labels: Sequence[str], test: Callable[[str], object]) -> float:
    sample = _sample(labels)
    return sum(1 for label in sample if test(label)) / max(len(sample), 1)


def _is_symbol(label: str) -> bool:
    if len(label) < 2 or not _SYMBOL.fullmatch(label):
        return False
    return label.isupper() or any(character.isdigit() for character in label)


def _may_be_mouse(labels: Sequence[str]) -> bool:
    """Whether labels are written as mouse symbols are: capitalised, many with digits."""
    digits = _share(labels, lambda label: any(map(str.isdigit, label)))
    return _share(labels, _is_capitalised) > 0.8 and digits > 0.2


def _is_capitalised(label: str) -> bool:
    return len(label) > 1 and (label[0].isupper() or label[0].isdigit())


def _species_of_ids(ids: Sequence[str]) -> Species:
    found = [known for name in ids if (known := ensembl_id(name))]
    if not found:
        return ""
    prefix, count = Counter(re.sub(r"\d.*", "", known) for known in found).most_common(1)[0]
    if 2 * count <= len(found):
        return ""
    return _SPECIES.get(prefix, "other")


def _species_of_genes(ids: Sequence[str], symbols: Sequence[str]) -> Species:
    if species := _species_of_ids(_sample(ids)):
        return species
    filled = [symbol for symbol in _sample(symbols) if symbol]
    genes = human_genes()
    human = sum(map(genes.is_symbol, filled))
    mouse = sum(is_mouse_symbol(symbol, genes) for symbol in filled)
    if max(human, mouse) * 3 < len(filled) or not filled:
        return ""
    return "human" if human >= mouse else "mouse"


def are_bare_numbers(labels: Sequence[str]) -> bool:
    """Whether nearly all labels are whole numbers."""
    return _share(labels, _is_number) > 0.9


def _numbers(labels: Sequence[str], numbers: Container[str]) -> Labels | None:
    """NCBI gene numbers or HGNC IDs as labels."""
    if _share(labels, HGNC_ID.fullmatch) > 0.5:
        found = [label.upper() if HGNC_ID.fullmatch(label) else "" for label in labels]
        return Labels("symbol", "human", {"hgnc": found}, "labels are read as HGNC IDs")
    if not are_bare_numbers(labels) or _are_counted(labels):
        return None
    if _share(labels, lambda label: human_genes().is_entrez(_whole(label))) >= 0.8:
        species: Species = "human"
    elif _share(labels, lambda label: _whole(label) in numbers) >= 0.8:
        species = "other"
    else:
        return None
    found = [_whole(label) if _is_number(label) else "" for label in labels]
    return Labels("symbol", species, {"entrez": found}, "labels are read as NCBI gene numbers")


def _accessions(labels: Sequence[str]) -> Labels | None:
    """UniProt accessions of human proteins as labels."""
    if _share(labels, _ACCESSION.fullmatch) < 0.8:
        return None
    genes = human_genes()
    if _share(labels, genes.of_accession) < 0.5:
        return None
    made_by = [genes.of_accession(label) for label in labels]
    note = "labels are read as UniProt accessions"
    shared = [(label, makers) for label, makers in zip(labels, made_by, strict=True) if makers[1:]]
    if shared:
        label, makers = shared[0]
        note += (
            "; a protein that several genes make goes by the first of them alone "
            f"({len(shared):,} of these, such as {label}: "
            f"{', '.join(gene.symbol for gene in makers[:4])})"
        )
    found = [makers[0].hgnc if makers else "" for makers in made_by]
    return Labels("symbol", "human", {"hgnc": found}, note)


def _is_number(label: str) -> bool:
    return label.isascii() and _whole(label).isdigit()


def _whole(label: str) -> str:
    """``7157`` from ``7157.0``, as a table with gaps writes it."""
    return label.strip().removesuffix(".0")


def _are_counted(labels: Sequence[str]) -> bool:
    """Whether labels are row numbers: most of them one more than the one before."""
    values = [int(_whole(label)) for label in labels[:_SAMPLE] if _is_number(label)]
    steps = sum(1 for one, following in pairwise(values) if following == one + 1)
    return len(values) < 3 or 2 * steps > len(values)


@dataclass(frozen=True, slots=True)
class _Form:
    """How labels are cut into parts, and the place of each field."""

    joint: re.Pattern[str] | None
    prefix: str
    parts: int
    places: Mapping[str, int]

    def cut(self, label: str) -> list[str]:
        rest = label.removeprefix(self.prefix)
        if self.joint is None:
            return [rest.strip()]
        return [part.strip() for part in self.joint.split(rest, maxsplit=self.parts - 1)]


def _composite(labels: Sequence[str]) -> Labels | None:
    """The reading of labels that hold known genes among other things, if there is one."""
    sample = _sample(labels)
    if not sample or sum(map(bool, map(_UNIPROT.fullmatch, sample))) * 2 > len(sample):
        return None
    form = next((found for found in map(_placed, _forms(sample)) if found), None)
    if form is None:
        return None
    columns: dict[str, list[str]] = {name: [] for name in form.places}
    for label in labels:
        parts = form.cut(label)
        for name, place in form.places.items():
            part = parts[place].rstrip(")") if place < len(parts) else ""
            columns[name].append(_as_field(name, part))
    ids, symbols = columns.get("id", []), columns.get("symbol", [])
    fields = {"id": "Ensembl ID", "symbol": "symbol", "entrez": "NCBI number", "hgnc": "HGNC ID"}
    named = " and ".join(fields[name] for name in fields if name in form.places)
    note = f"labels such as {sample[0]} are read as holding {named}"
    return Labels("symbol", _species_of_genes(ids, symbols), columns, note)


def _forms(sample: Sequence[str]) -> list[tuple[_Form, Sequence[str]]]:
    """Ways to cut that fit most labels of a sample."""
    forms = []
    shared = _PREFIX_END.match(_common_beginning(sample))
    if shared:
        forms.append((_Form(None, shared[0], 1, {}), sample))
    for joint in map(re.compile, _JOINTS):
        lengths = Counter(len([p for p in joint.split(label) if p.strip()]) for label in sample)
        parts, count = lengths.most_common(1)[0]
        if 1 < parts <= _MOST_PARTS and 2 * count > len(sample):
            forms.append((_Form(joint, "", parts, {}), sample))
    return forms


def _common_beginning(texts: Sequence[str]) -> str:
    """What all of several texts begin with; "" for a single one."""
    first, last = min(texts), max(texts)
    same = next((i for i, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), None)
    return "" if len(texts) < 2 else first[:same]


def _placed(found: tuple[_Form, Sequence[str]]) -> _Form | None:
    """The form with the places of its fields; None where it holds no gene."""
    form, sample = found
    cut = [form.cut(label) for label in sample]
    places: dict[str, int] = {}
    numbers = None
    for place in range(form.parts):
        parts = [row[place].rstrip(")") if place < len(row) else "" for row in cut]
        count = len(parts)
        if sum(bool(ensembl_id(part)) for part in parts) * 10 >= count * 8:
            places.setdefault("id", place)
        elif sum(bool(HGNC_ID.fullmatch(part)) for part in parts) * 10 >= count * 8:
            places.setdefault("hgnc", place)
        elif sum(map(_is_number, parts)) * 10 >= count * 8:
            numbers = place if numbers is None else numbers
        # Only varied text that looks like symbols is worth reading the table for.
        elif (4 * len(set(parts)) > count or count < 8) and _are_genes(parts):
            places.setdefault("symbol", place)
    if not places:
        return None
    if numbers is not None and _are_numbers_of(places, numbers, cut):
        places["entrez"] = numbers
    return _Form(form.joint, form.prefix, form.parts, places)


def _are_numbers_of(places: Mapping[str, int], numbers: int, cut: Sequence[list[str]]) -> bool:
    """Whether most numbers are NCBI's for the genes that other parts name: no ranks, no lengths."""
    genes = human_genes()
    said = hits = 0
    for row in cut:
        part = {name: row[at].rstrip(")") for name, at in places.items() if at < len(row)}
        gene = next(
            filter(None, map(genes.of_id, filter(None, map(part.get, ("id", "hgnc"))))), None
        )
        gene = gene or genes.official(part.get("symbol", ""))
        if gene and gene.entrez and numbers < len(row):
            said += 1
            hits += gene.entrez == _whole(row[numbers].rstrip(")"))
    return 2 * hits > said


def _are_genes(parts: Sequence[str]) -> bool:
    """Whether most parts are symbols that are known."""
    if 10 * sum(map(_is_capitalised, parts)) < 8 * len(parts):
        return False
    genes = human_genes()
    found = sum(genes.is_symbol(part) or is_mouse_symbol(part, genes) for part in parts)
    return 2 * found > len(parts)


def _as_field(name: str, part: str) -> str:
    if name == "id":
        return ensembl_id(part)
    if name == "hgnc":
        return part.upper() if HGNC_ID.fullmatch(part) else ""
    if name == "entrez":
        return _whole(part) if _is_number(part) else ""
    return "" if part in ("?", "-", "NA", "nan") else part
