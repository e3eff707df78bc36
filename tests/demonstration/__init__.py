"""A space for tests: small, and with answers that can be foreseen.

``genes.tsv`` lists real human genes: what family each belongs to, where and when it is expressed,
what role it plays. Here every such word becomes a direction, and a gene is the weighted sum of the
directions of its words plus a little of its own. So genes of one family lie together, and two
pairs of genes that differ by the same words (liver form to muscle form) differ by nearly the same
vector. Symbols, IDs and names are NCBI Gene's (public domain), the words our own; nothing in it
was measured.

A direction depends on its word alone, by way of SHAKE-256 and integer sums: adding a gene moves
no other, and every machine and numpy version makes the same bytes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from gene_tui.arrays import Floats
from gene_tui.spaces import store
from gene_tui.spaces.importing import Annotator
from gene_tui.spaces.source import Block, Source
from gene_tui.spaces.space import Space

NAME = "demonstration"
TABLE = Path(__file__).with_name("genes.tsv")
COLUMNS = ("id", "symbol", "name", "type", "alias", "family", "group", "where", "when", "role")
DIMS = 128
#: Which draw of directions. Any number makes a like space; in this one the textbook examples
#: (HBA1 is nearest to HBA2 and HBB, PYGL : PYGM to GYS2 : GYS1) come out on top.
SEED = 33
# How far each kind of word moves a gene. Family outweighs every other word, so that the nearest
# genes are relatives; what remains between relatives is where, when and role, so that pairs of
# relatives line up. A gene's own part keeps the answers from being all alike, and the part all
# genes share keeps the space off centre, as measured spaces are.
WEIGHTS = {"family": 1.0, "group": 0.6, "where": 0.8, "when": 0.6, "role": 0.8}
OWN = 0.5
SHARED = 0.5


@dataclass(frozen=True, slots=True)
class DemoGene:
    """One line of the table.

    Attributes:
        id: Ensembl gene ID. symbol, name: approved, as NCBI Gene has them. type: NCBI's.
        alias: a newer symbol, or "".
        family: the relatives it is most like. group: the process or system they serve.
        where: tissues and cell types. when: stages and conditions. role: its part among its
            relatives or partners.
    """

    id: str
    symbol: str
    name: str
    type: str
    alias: str
    family: str
    group: str
    where: tuple[str, ...]
    when: tuple[str, ...]
    role: tuple[str, ...]

    @property
    def description(self) -> str:
        """The annotations the vector was made from, as one line of text."""
        parts = [self.family, self.group, *(", ".join(p) for p in (self.where, self.when))]
        if self.role:
            parts.append(", ".join(self.role))
        return "; ".join(parts)


def write(folder: Path) -> Space:
    """Make it a space folder, and open it."""
    return store.write(demo_source(), folder, name=NAME, annotator=Annotator(()))


def demo_genes() -> list[DemoGene]:
    """The table, in its own order."""
    lines = TABLE.read_text(encoding="utf-8").splitlines()
    rows = [line.split("\t") for line in lines if not line.startswith("#")]
    assert tuple(rows[0]) == COLUMNS
    return [_gene(row) for row in rows[1:]]


def demo_source() -> Source:
    """The space as a source for the store: one block, labels are symbols."""
    genes = demo_genes()
    return Source("demo", DIMS, len(genes), _blocks(genes), (TABLE,))


def demo_vectors(genes: Sequence[DemoGene]) -> npt.NDArray[np.float32]:
    """One vector a gene.

    Returns:
        (n, DIMS) float32; rows have lengths around 1.8 and a common mean that is not zero.
    """
    shared = SHARED * _direction("every gene")
    rows = np.empty((len(genes), DIMS), dtype=np.float64)
    for row, gene in zip(rows, genes, strict=True):
        row[:] = shared + OWN * _hashed(f"gene:{gene.id}")
        for kind, weight in WEIGHTS.items():
            words = getattr(gene, kind)
            row += weight * _blend(kind, (words,) if isinstance(words, str) else words)
    return rows.astype(np.float32)


def _blocks(genes: Sequence[DemoGene]) -> Iterator[Block]:
    columns = {
        "id": [gene.id for gene in genes],
        "symbol": [gene.symbol for gene in genes],
        "name": [gene.name for gene in genes],
        "type": [gene.type for gene in genes],
        "aliases": [gene.alias for gene in genes],
        "description": [gene.description for gene in genes],
    }
    yield Block([gene.symbol for gene in genes], demo_vectors(genes), columns)


def _gene(row: Sequence[str]) -> DemoGene:
    ident, symbol, name, kind, alias, family, group, where, when, role = row
    lists = (_words(where), _words(when), _words(role))
    return DemoGene(ident, symbol, name, kind, alias, family, group, *lists)


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split(";")) if text else ()


def _blend(kind: str, words: Sequence[str]) -> Floats:
    """The sum of some words' directions, scaled so that their number does not change its length."""
    total = np.zeros(DIMS)
    for word in words:
        total += _direction(f"{kind}:{word}")
    total /= max(1, len(words)) ** 0.5
    return total


@cache
def _direction(key: str) -> Floats:
    direction = _hashed(key)
    direction.flags.writeable = False
    return direction


def _hashed(key: str) -> Floats:
    """A direction drawn by hash: DIMS near-normal numbers, length close to 1.

    Each number is the sum of four 16-bit integers from the hash, an exact sum, so that no
    library's random generator has a say.
    """
    drawn = np.frombuffer(hashlib.shake_256(f"{SEED}:{key}".encode()).digest(8 * DIMS), dtype="<u2")
    sums = drawn.reshape(DIMS, 4).sum(axis=1, dtype=np.int64)
    # One 16-bit draw has variance (65536² − 1) / 12; four of them a third of 65536², nearly.
    direction: Floats = (sums - 2 * 65535) * ((3.0 / DIMS) ** 0.5 / 65536)
    return direction
