"""From the names of a query to rows, and what is said where that fails."""

from __future__ import annotations

from pathlib import Path

import pytest

from gene_tui.errors import QuerySyntaxError, UnknownGene
from gene_tui.genes.names import NameIndex
from gene_tui.genes.resolver import Resolver
from gene_tui.genes.table import GeneTable
from gene_tui.language.parser import parse
from gene_tui.model.gene import Gene
from gene_tui.resolving import parsed, resolve

HUMAN = [
    Gene(0, "HBA1", "ENSG00000206172", "HBA1"),
    Gene(1, "HBA2", "ENSG00000188536", "HBA2"),
    Gene(2, "HLA-A", "ENSG00000206503", "HLA-A"),
    Gene(3, "HLA-B", "ENSG00000234745", "HLA-B"),
    Gene(4, "MYL1", "ENSG00000168530", "MYL1", aliases=("MLC3F", "MT", "ND1")),
]
WORDS = [Gene(0, "king"), Gene(1, "Paris"), Gene(2, "New York")]


def _resolver(folder: Path, genes: list[Gene]) -> Resolver:
    GeneTable.write(folder, genes)
    NameIndex.write(folder, genes)
    return Resolver(GeneTable.open(folder), NameIndex.open(folder), len(genes))


def _refused(resolver: Resolver, text: str) -> UnknownGene:
    with pytest.raises(UnknownGene) as caught:
        resolve(parse(text), resolver, [])
    return caught.value


@pytest.mark.parametrize(
    ("glued", "spaced"),
    [
        ("HBA1:HBA2", "HBA1 : HBA2"),
        ("HLA-A-HLA-B", "HLA-A - HLA-B"),
        ("HBA1-HBA2+MYL1", "HBA1 - HBA2 + MYL1"),
        ("2*HBA1+HLA-A", "2*HBA1 + HLA-A"),
        ("HBA1:HBA2::HLA-A:?", "HBA1 : HBA2 :: HLA-A : ?"),
        ("HBA1~HBA2", "HBA1 ~ HBA2"),
    ],
)
def test_glued_queries_are_spaced_in_the_hint(tmp_path: Path, glued: str, spaced: str) -> None:
    assert _refused(_resolver(tmp_path, HUMAN), glued).hint == f"with spaces: {spaced}"


@pytest.mark.parametrize("text", ["Meanwhile,", "Meanwhile, ,", ","])
def test_the_hint_knows_names_that_end_in_commas(tmp_path: Path, text: str) -> None:
    resolver = _resolver(tmp_path, [*WORDS, Gene(3, "Meanwhile,"), Gene(4, ",")])
    with pytest.raises(QuerySyntaxError) as caught:
        parsed(text, resolver)
    name = "Meanwhile," if text.startswith("M") else ","
    assert caught.value.hint == f'commas separate; as a name it is typed "{name}"'
    assert '"Meanwhile,"' in _refused(resolver, "king, Meanwhile, Paris").hint
    assert parsed(f'"{name}"', resolver).names == (name,)
    with pytest.raises(QuerySyntaxError) as caught:
        parsed("king,", resolver)
    assert "commas separate" not in caught.value.hint


@pytest.mark.parametrize("text", ["king, quen, Paris", "king : quen, Paris : king :: ? : ?"])
def test_a_space_with_a_comma_among_its_words_has_other_hints(tmp_path: Path, text: str) -> None:
    resolver = _resolver(tmp_path, [*WORDS, Gene(3, ",")])
    assert "commas separate" not in _refused(resolver, text).hint
    for wrong in ("king, Paris :: ? : ?", "2*king, Paris"):
        with pytest.raises(QuerySyntaxError) as caught:
            parsed(wrong, resolver)
        assert "commas separate" not in caught.value.hint


def test_spaced_words_are_quoted(tmp_path: Path) -> None:
    refused = _refused(_resolver(tmp_path, WORDS), '"New York:Paris"')
    assert "with spaces" not in refused.hint  # what is quoted is a name
    assert _refused(_resolver(tmp_path, WORDS), "king:Paris").hint == "with spaces: king : Paris"


@pytest.mark.parametrize(
    "name",
    ["HBA1:NONE", "HBA1-MLC3F", "MT-ND1", "MT-MYL1"],
    ids=["an unknown part", "a part that is an alias", "an approved symbol", "alias and symbol"],
)
def test_no_query_is_seen_where_none_is(tmp_path: Path, name: str) -> None:
    assert "with spaces" not in _refused(_resolver(tmp_path, HUMAN), name).hint
