"""Names that count: dim_0 dim_1 …, PC1 PC2 …, 0 1 2 …, in any order."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

#: What stands before the number in names of dimensions; "gene_7" is none.
_STRONG = re.compile(
    r"|dims?|dimensions?|pcs?|pca|comp|comps|components?|factors?|latent|feat|feats|features?"
    r"|emb|embed|embeddings?|vec|vectors?|hidden|axis|svd|lsi|lsa|ica|nmf|topics?|umap|tsne"
    r"|harmony|scvi|xpca|xumap|xtsne|xscvi|latentdim|embdim|embeddingdim|zdim|lvs?|v|x"
)
#: Letters that stand there as well, and in names of samples: c1 c2 c3 t1 t2 t3.
_WEAK = re.compile(r"[a-z]|col|cols|column|ic|mf|lf|node|unit|var")
#: The strength of a family whose prefix is a word for dimensions.
STRONG = 3
_COUNTED = re.compile(r"(.*?)(\d{1,9})(?:\.0)?")


@dataclass(frozen=True, slots=True)
class Family:
    """Names that share what stands before their numbers.

    Attributes:
        prefix: what that is.
        numbers: theirs, in the order of the names.
        places: where among the names they stand.
        strength: ``STRONG`` where the prefix is a word for dimensions (or nothing), 2 for a
            letter, 1 for any other word; the last two must count through from 0 or 1.
    """

    prefix: str
    numbers: list[int]
    places: list[int]
    strength: int


def number_after(name: str) -> tuple[str, int] | None:
    """A name's prefix and the number it ends in; None if it ends in none."""
    match = _COUNTED.fullmatch(name.strip())
    return (match[1], int(match[2])) if match else None


def families(names: Sequence[str]) -> list[Family]:
    """The families among some names that may be dimensions, the best first.

    Two names are too few to tell HBA1 HBA2 from a count: they need a usual word.
    """
    groups: dict[str, tuple[list[int], list[int]]] = {}
    for place, name in enumerate(names):
        if count := number_after(name):
            numbers, places = groups.setdefault(count[0], ([], []))
            numbers.append(count[1])
            places.append(place)
    found = []
    for prefix, (numbers, places) in groups.items():
        strength = _strength(prefix)
        least = 2 if strength > 1 else 3
        through = sorted(set(numbers)) in (
            list(range(len(set(numbers)))),
            list(range(1, len(set(numbers)) + 1)),
        )
        if len(set(numbers)) >= least and (through or strength == STRONG):
            found.append(Family(prefix, numbers, places, strength))
    return sorted(found, key=lambda family: (-family.strength, -len(family.places)))


def _strength(prefix: str) -> int:
    word = re.sub(r"[ _\-.:#]", "", prefix).lower()
    # a prefix of signs alone ("_1") counts as none
    if _STRONG.fullmatch(word):
        return STRONG
    return 2 if _WEAK.fullmatch(word) else 1


def covering(names: Sequence[str]) -> int:
    """How surely some names as a whole count as dimensions: a family's strength, 0 for none.

    Bare numbers must count through: gene numbers do not.
    """
    for family in families(names):
        if 2 * len(family.places) <= len(names):
            continue
        span = max(family.numbers) - min(family.numbers) + 1
        if family.prefix.strip() or span == len(family.numbers):
            return family.strength
    return 0


def are_counted(names: Sequence[str]) -> bool:
    """Whether all names just count, in any order: 0 1 2 …, dim_1 dim_2 …"""
    return any(
        len(family.places) == len(names) == len(set(family.numbers))
        and max(family.numbers) - min(family.numbers) + 1 == len(names)
        for family in families(names)
    )
