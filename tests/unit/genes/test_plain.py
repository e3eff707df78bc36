"""Tables joined, written and indexed by columns are those made one gene after the other."""

from __future__ import annotations

import gzip
import random
from pathlib import Path

import pytest

from gene_tui.genes import names
from gene_tui.genes.annotation import Annotation, Annotations, Entries
from gene_tui.genes.annotations import annotate
from gene_tui.genes.human import COLUMNS, HumanGenes
from gene_tui.genes.labels import LabelKind
from gene_tui.genes.names import NameIndex
from gene_tui.genes.table import GeneTable
from gene_tui.model.gene import Gene, Genes
from tests.unit.genes import plain

IDS = [f"ENSG{number:011d}" for number in range(8)]
#: Few, so that they meet: symbols of man and mouse in any case, words, odd characters.
NAMES = [
    "GNA1", "GNB1", "gna1", "Gna1", "GNC1", "LOC55", "SEPT2", "HLA-A", "king", "ẞ", "ß", "SS", "ΑΣ",
    "ας", "İ", "a|b", "x\\y", "tab\there", "line\nend", "é", "e\u0301", "\u2028", "\x85", "\xa0",
    "K\u212a", "😀", "\ud800", "A~withdrawn", " spaced ", "NA",
]  # fmt: skip


class Nasty:
    """Tables and rows of few names, so that all ways to be found and to be in doubt come up."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def name(self, share: float = 0.8) -> str:
        return self.random.choice(NAMES) if self.random.random() < share else ""

    def some(self) -> tuple[str, ...]:
        return tuple(self.name(0.95) for _ in range(self.random.choice((0, 0, 1, 2, 3))))

    def number(self, share: float = 0.4) -> str:
        return str(self.random.randrange(1, 9)) if self.random.random() < share else ""

    def ids(self) -> tuple[str, ...]:
        return tuple(self.random.sample(IDS, self.random.choice((0, 0, 1, 1, 2))))

    def entry(self) -> Annotation:
        hgnc = self.number()
        return Annotation(
            self.name(0.1),
            self.ids(),
            self.name(),
            self.name(0.5),
            self.random.choice(["", "ncRNA", "pseudo"]),
            self.number(),
            tuple(filter(None, self.some())),
            tuple(filter(None, self.some())),
            f"HGNC:{hgnc}" if hgnc else "",
            self.number(),
            self.name(0.3),
            self.random.random() < 0.7,
        )

    def label(self) -> str:
        known = self.random.choice(IDS)
        forms = [known, f"{known}.7", known.lower(), f"{known}_PAR_Y", f" {known} "]
        return self.random.choice([self.name(1), self.name(1), self.random.choice(forms)])

    def column(self, field: str) -> str:
        if field == "id":
            return self.random.choice(["", "junk", self.random.choice(IDS), f"{IDS[0]}.3"])
        if field in ("previous", "aliases"):
            return self.random.choice(["", "GNA1|GNB1|GNA1", "x; y", "NA", "king, SS"])
        if field == "type":
            return self.random.choice(["", "protein_coding", "lincRNA", "odd type"])
        if field == "hgnc":
            return self.random.choice(["", "HGNC:3", "HGNC:4"])
        return self.number(0.3) if field == "entrez" else self.name(0.4)


@pytest.fixture
def human(tmp_path: Path) -> HumanGenes:
    """Three genes whose symbols others have as aliases."""
    rows = [
        [symbol, known, "a name", "ncRNA", "7", "", "", "", str(number), ncbi, ""]
        for number, (symbol, known, ncbi) in enumerate(
            [("GNA1", IDS[0], "GNX1"), ("SS", "", ""), ("HLA-A", IDS[3], "")], 1
        )
    ]
    text = "".join("\t".join(row) + "\n" for row in [list(COLUMNS), *rows])
    (tmp_path / "human.gz").write_bytes(gzip.compress(text.encode()))
    return HumanGenes(tmp_path / "human.gz")


@pytest.mark.parametrize("kind", ["ensembl", "symbol", "word"])
def test_annotated_by_columns(kind: LabelKind, human: HumanGenes, tmp_path: Path) -> None:
    for seed in range(60):
        nasty = Nasty(seed)
        labels = [nasty.label() for _ in range(nasty.random.choice((0, 1, 12, 30)))]
        sizes = nasty.random.choices((0, 1, 8, 25), k=nasty.random.choice((0, 1, 2, 3)))
        tables = [[nasty.entry() for _ in range(size)] for size in sizes]
        fields = ("id", "symbol", "name", "type", "previous", "aliases", "hgnc", "entrez")
        chosen = [field for field in fields if nasty.random.random() < 0.4]
        columns = {field: [nasty.column(field) for _ in labels] for field in chosen}
        known = nasty.random.choice((None, human))
        if known and nasty.random.random() < 0.5:
            tables.append(list(known.annotations.entries))
        sources = [
            Annotations(Path(f"{place}.tsv"), "columns", Entries.of(table))
            for place, table in enumerate(tables)
        ]
        notes: list[str] = []
        genes = annotate(labels, sources, columns, kind=kind, human=known, notes=notes)
        wanted, said = plain.annotated(labels, tables, columns, kind, known)
        assert list(genes) == wanted, seed
        assert [genes[row] for row in range(len(genes))] == wanted
        assert sum(int(note.partition(" ")[0]) for note in notes) == len(said)
        for way, name, symbol in said[:1]:
            assert any(f"by {way} ({name} → {symbol}" in note for note in notes), (seed, notes)
        check_files(tmp_path / f"{kind}-{seed}", genes)


def check_files(folder: Path, genes: Genes) -> None:
    """The files of some records, byte by byte."""
    assert GeneTable.write(folder, genes) == len(genes)
    lines = plain.lines(list(genes))
    assert (folder / "genes.tsv").read_bytes() == lines
    table = GeneTable.open(folder)
    ends = [0, *(place + 1 for place, byte in enumerate(lines) if byte == 10)][1:]
    assert table.offsets.tolist() == ends
    wanted = plain.names(list(genes))
    assert NameIndex.write(folder, genes) == len(wanted)
    assert (folder / "index/names.txt").read_bytes() == b"".join(
        name + b"\n" for name, _, _ in wanted
    )
    index = NameIndex.open(folder, len(genes))
    found = zip(index.kinds.tolist(), index.rows.tolist(), strict=True)
    assert list(found) == [(kind, row) for _, kind, row in wanted]


def test_records_of_empty_names(tmp_path: Path) -> None:
    genes = [Gene(0, "", previous=("", "a")), Gene(1, "b", aliases=("", "")), Gene(2, "B", "b")]
    check_files(tmp_path, Genes.of(genes))


def test_names_too_wide_for_an_array(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(names, "_ROOM", 0)
    check_files(tmp_path, Genes.of(Gene(row, name) for row, name in enumerate([*NAMES, "", "a"])))


def test_a_long_table_with_one_odd_row(tmp_path: Path) -> None:
    """Rows are written thousands at a time, escaped or not."""
    genes = [Gene(row, f"w{row}", name="α", aliases=(f"A{row}", "B")) for row in range(5000)]
    genes[3000] = Gene(3000, "tab\there", aliases=("a|b", "x\\y"))
    check_files(tmp_path, Genes.of(genes))
