"""The space that tests are done on: true facts, and sensible answers to plain questions."""

from __future__ import annotations

import gzip
import hashlib
import subprocess
import sys
from collections import Counter
from itertools import permutations
from pathlib import Path

import numpy as np
import pytest

from gene_tui import paths
from gene_tui.arrays import Floats
from tests import demonstration as demo
from tests.demonstration import DemoGene, demo_genes, demo_source, demo_vectors

ROOT = Path(__file__).parents[2]


class Brute:
    """Answers by float64 brute force over all rows, or all ordered pairs of rows."""

    def __init__(self) -> None:
        (block,) = demo_source().blocks
        self.labels = list(block.labels)
        self.vectors = block.vectors.astype(np.float64)
        self.unit = self.vectors / np.linalg.norm(self.vectors, axis=1, keepdims=True)
        aliases = zip(self.labels, block.columns["aliases"], strict=True)
        self.symbol = {label: label for label in self.labels}
        self.symbol |= {alias: label for label, alias in aliases if alias}
        squares = (self.vectors**2).sum(axis=1)
        gram = squares[:, None] + squares - 2 * self.vectors @ self.vectors.T
        self.distance = np.sqrt(np.maximum(gram, 0))
        np.fill_diagonal(self.distance, np.inf)

    def row(self, name: str) -> int:
        return self.labels.index(self.symbol[name])

    def nearest(self, name: str, k: int) -> list[str]:
        row = self.row(name)
        return self._best(self.unit @ self.unit[row], (row,), k)

    def add(self, a: str, b: str, c: str, k: int) -> list[str]:
        """D of A : B :: C : D by 3CosAdd."""
        rows = tuple(self.row(name) for name in (a, b, c))
        target = self.unit[rows[1]] - self.unit[rows[0]] + self.unit[rows[2]]
        return self._best(self.unit @ target, rows, k)

    def pairs(self, a: str, b: str, k: int) -> list[tuple[str, str]]:
        """C, D of A : B :: ? : ? by cos(A−B, C−D)."""
        rows = [self.row(a), self.row(b)]
        direction = self.vectors[rows[0]] - self.vectors[rows[1]]
        along = self.vectors @ (direction / np.linalg.norm(direction))
        scores = (along[:, None] - along) / self.distance
        scores[rows] = scores[:, rows] = -np.inf
        best = np.argsort(-scores, axis=None, kind="stable")[:k]
        return [(self.labels[i // len(along)], self.labels[i % len(along)]) for i in best]

    def _best(self, scores: Floats, without: tuple[int, ...], k: int) -> list[str]:
        scores[list(without)] = -np.inf
        return [self.labels[i] for i in np.argsort(-scores)[:k]]


@pytest.fixture(scope="module")
def genes() -> list[DemoGene]:
    return demo_genes()


@pytest.fixture(scope="module")
def brute() -> Brute:
    return Brute()


def _relations() -> dict[str, list[tuple[str, str]]]:
    found: dict[str, list[tuple[str, str]]] = {}
    for line in paths.asset("gene_analogies.txt").read_text().splitlines():
        if line.startswith(":"):
            found[line[1:].strip()] = pairs = []
        else:
            a, b = line.split()
            pairs.append((a, b))
    return found


# The table


@pytest.mark.real_data
def test_every_fact_is_ncbis(genes: list[DemoGene], real_data: Path) -> None:
    known: dict[str, list[list[str]]] = {}
    table = real_data / "annotations" / "Homo_sapiens.gene_info.gz"
    with gzip.open(table, "rt", encoding="utf-8") as lines:
        for line in lines:
            fields = line.rstrip("\n").split("\t")
            for reference in fields[5].split("|"):
                if reference.startswith("Ensembl:"):
                    known.setdefault(reference[8:], []).append(fields)
    for gene in genes:
        assert gene.id in known, gene
        # Columns 10 and 11: symbol and full name from the nomenclature authority.
        (record,) = [fields for fields in known[gene.id] if fields[10] == gene.symbol]
        assert (record[11], record[9]) == (gene.name, gene.type)
        for sex in "XY":
            assert (record[6] == sex) == (f"{sex}-linked" in gene.role), gene


def test_the_table_is_large_and_without_repeats(genes: list[DemoGene]) -> None:
    assert 600 <= len(genes) <= 1000
    assert len({gene.id for gene in genes}) == len(genes)
    names = [gene.symbol for gene in genes] + [gene.alias for gene in genes if gene.alias]
    assert len({name.casefold() for name in names}) == len(names)
    assert all(gene.id.startswith("ENSG") and len(gene.id) == 15 for gene in genes)


def test_no_annotation_is_missing_or_untidy(genes: list[DemoGene]) -> None:
    for gene in genes:
        assert all((gene.name, gene.type, gene.family, gene.group, gene.where, gene.when)), gene
        for words in (gene.where, gene.when, gene.role):
            assert len(set(words)) == len(words), gene
        texts = [gene.family, gene.group, gene.name, *gene.where, *gene.when, *gene.role]
        assert all(text and text == " ".join(text.split()) for text in texts), gene


def test_families_and_contexts_are_shared(genes: list[DemoGene]) -> None:
    families = Counter(gene.family for gene in genes)
    alone = sum(count == 1 for count in families.values())
    assert alone < 0.05 * len(genes)
    for family, least in (("globin", 12), ("olfactory receptor", 10), ("HSP70", 8)):
        assert families[family] >= least
    groups = {gene.family: gene.group for gene in genes}
    assert all(groups[gene.family] == gene.group for gene in genes)
    for kind in ("where", "when", "role"):
        uses = Counter(word for gene in genes for word in getattr(gene, kind))
        assert [word for word, count in uses.items() if count == 1] == []


def test_every_gene_of_the_analogy_list_is_there(brute: Brute) -> None:
    listed = {name for pairs in _relations().values() for pair in pairs for name in pair}
    assert listed <= set(brute.symbol)


# The source


def test_the_source_is_what_the_store_expects(genes: list[DemoGene]) -> None:
    source = demo_source()
    (block,) = source.blocks
    assert block.vectors.shape == (source.rows, source.dims) == (len(genes), demo.DIMS)
    assert block.vectors.dtype == np.float32 and block.vectors.flags.c_contiguous
    assert np.isfinite(block.vectors).all()
    assert len(np.unique(block.vectors, axis=0)) == len(genes)
    assert {len(column) for column in block.columns.values()} == {len(genes)}
    assert list(block.labels) == block.columns["symbol"]
    row = list(block.labels).index("MYLPF")
    assert block.columns["aliases"][row] == "MYL11"
    assert block.columns["description"][row].startswith("myosin regulatory light chain; sarcomere")


def test_vectors_do_not_depend_on_the_other_genes(genes: list[DemoGene]) -> None:
    whole = demo_vectors(genes)
    assert np.array_equal(demo_vectors(genes[::-3]), whole[::-3])


def test_vectors_are_the_same_bytes_in_another_process() -> None:
    code = (
        "import hashlib; from tests import demonstration as demo;"
        "print(hashlib.sha256(demo.demo_vectors(demo.demo_genes()).tobytes()).hexdigest())"
    )
    runs = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONHASHSEED": seed},
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(runs) == 1


def test_a_direction_is_integer_sums_of_its_words_hash() -> None:
    """The same in plain integers, so that no platform or numpy release can drift unseen."""
    digest = hashlib.shake_256(f"{demo.SEED}:family:globin".encode()).digest(8 * demo.DIMS)
    drawn = [int.from_bytes(digest[i : i + 2], "little") for i in range(0, len(digest), 2)]
    sums = [sum(drawn[i : i + 4]) - 2 * 65535 for i in range(0, len(drawn), 4)]
    scale = (3 / demo.DIMS) ** 0.5 / 65536
    assert demo._direction("family:globin").tolist() == [value * scale for value in sums]


def test_directions_are_near_normal_and_of_length_one() -> None:
    drawn = np.array([demo._hashed(f"test {i}") for i in range(400)])
    assert np.linalg.norm(drawn, axis=1).mean() == pytest.approx(1, abs=0.01)
    assert abs(drawn.mean()) < 0.002
    assert (drawn * np.sqrt(demo.DIMS)).std() == pytest.approx(1, abs=0.01)
    away = drawn @ drawn.T - np.diag((drawn**2).sum(axis=1))
    assert np.abs(away).max() < 0.6


def test_the_space_is_not_centred(brute: Brute) -> None:
    rng = np.random.default_rng(0)
    a, b = rng.integers(0, len(brute.labels), (2, 20_000))
    typical = (brute.unit[a] * brute.unit[b]).sum(axis=1)[a != b].mean()
    assert 0.05 < typical < 0.3


# Plain questions


def test_the_nearest_of_hba1_are_globins(brute: Brute, genes: list[DemoGene]) -> None:
    nearest = brute.nearest("HBA1", 8)
    globins = {gene.symbol for gene in genes if gene.family == "globin"}
    assert nearest[:2] == ["HBA2", "HBB"]
    assert set(nearest) <= globins


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("OR1A1", {"OR7D4", "OR2W1", "OR5AN1", "OR6A2"}),
        ("PRSS1", {"PRSS2", "PRSS3", "CTRB1", "PNLIP"}),
        ("CRYGC", {"CRYGD", "CRYGS", "CRYBB1"}),
        ("HSPA1A", {"HSPA1B", "HSPA6", "HSPA8"}),
        ("MYH7", {"MYH6", "MYL2", "MYL3"}),
        ("INS", {"IAPP", "GCG", "INSR"}),
        ("KRT5", {"KRT1", "KRT14"}),
        ("GABRA1", {"GABRB2", "GABRG2"}),
        ("CD3E", {"CD3D", "CD3G"}),
    ],
)
def test_relatives_and_partners_are_near(brute: Brute, name: str, expected: set[str]) -> None:
    assert expected <= set(brute.nearest(name, 10))


def test_most_nearest_genes_are_relatives(brute: Brute, genes: list[DemoGene]) -> None:
    family = {gene.symbol: gene.family for gene in genes}
    sizes = Counter(family.values())
    asked = [gene for gene in genes if sizes[gene.family] > 1]
    right = sum(family[brute.nearest(gene.symbol, 1)[0]] == gene.family for gene in asked)
    assert 0.6 < right / len(asked) < 1


def test_liver_to_muscle_glycogen_enzymes(brute: Brute) -> None:
    hits = brute.pairs("PYGL", "PYGM", 10)
    assert hits[0] == ("GYS2", "GYS1")
    assert {("PFKL", "PFKM"), ("PHKA2", "PHKA1"), ("PPP1R3B", "PPP1R3A")} <= set(hits)


@pytest.mark.parametrize(
    ("a", "b", "relation", "least"),
    [
        ("MYH7", "MYH2", "cardiac-to-fast-skeletal", 9),
        ("TNNI3", "TNNI2", "cardiac-to-fast-skeletal", 9),
        ("KDM5C", "KDM5D", "x-to-y-gametolog", 9),
        ("HBG1", "HBB", "fetal-to-adult", 5),
        ("SNAP23", "SNAP25", "ubiquitous-to-neuronal-paralog", 9),
        ("DARS1", "DARS2", "cytosolic-to-mitochondrial-isozyme", 9),
        ("PSMB5", "PSMB8", "constitutive-to-immunoproteasome", 2),
        ("PGK1", "PGK2", "somatic-to-testis-or-meiotic-paralog", 4),
    ],
)
def test_pairs_in_the_same_relation(
    brute: Brute, a: str, b: str, relation: str, least: int
) -> None:
    pairs = {(brute.symbol[c], brute.symbol[d]) for c, d in _relations()[relation]}
    assert len(pairs & set(brute.pairs(a, b, 10))) >= least


@pytest.mark.parametrize(
    ("a", "b", "c", "d"),
    [
        ("PYGL", "PYGM", "GYS2", "GYS1"),
        ("TNNI3", "TNNI2", "TNNT2", "TNNT3"),
        ("KDM5C", "KDM5D", "DDX3X", "DDX3Y"),
        ("HBG1", "HBB", "AFP", "ALB"),
        ("INS", "INSR", "GCG", "GCGR"),
        ("GOT1", "GOT2", "SOD1", "SOD2"),
    ],
)
def test_completing_an_analogy(brute: Brute, a: str, b: str, c: str, d: str) -> None:
    assert d in brute.add(a, b, c, 3)


def test_relations_are_mostly_but_not_all_found(brute: Brute) -> None:
    first = tenth = asked = 0
    rates = []
    for pairs in _relations().values():
        found = questions = 0
        for (a, b), (c, d) in permutations(pairs, 2):
            if len({a, b, c, d}) == 4:
                hits = brute.add(a, b, c, 10)
                first += hits[0] == brute.symbol[d]
                found += brute.symbol[d] in hits
                questions += 1
        rates.append(found / questions)
        tenth += found
        asked += questions
    assert 0.6 < tenth / asked < 0.99
    assert 0.5 < first / asked < 0.95
    assert min(rates) < 0.5, "every relation being easy would make it a toy"
