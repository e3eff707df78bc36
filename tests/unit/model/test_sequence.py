"""A result as Python and a notebook see it: a sequence with a short name and a harmless table."""

from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser

from gene_tui.model.gene import Gene
from gene_tui.model.result import Hit
from tests.unit.results import HBA1, HBA2, HBB, nearest


def test_a_result_is_the_sequence_of_its_hits() -> None:
    result = nearest()
    assert len(result) == len(result.hits) > 1
    assert list(result) == list(result.hits)
    assert result[0] is result.hits[0] and result[-1] is result.hits[-1]
    assert result[:1].hits == result.hits[:1] and result[:1].query == result.query
    assert [*reversed(result)] == [*reversed(result.hits)]
    assert result[0] in result
    empty = result[:0]
    assert empty and len(empty) == 0 and len(empty.to_frame()) == 0


def test_a_result_is_called_by_one_short_line() -> None:
    hit = Hit(1, (replace(HBA2, symbol="x" * 5_000 + "\x1b[2J"),), 0.5)
    result = replace(nearest(), hits=(hit,) * 3, canonical="y" * 5_000)
    for shown in (repr(result), repr(hit), repr(list(result))):
        assert len(shown) < 500 and shown.isprintable()
    assert repr(nearest()).startswith("<gene_tui.Result HBA1: ")
    assert "first HBA2" in repr(nearest())


class _Seen(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name == "href"]
        assert all(name in ("href", "target") for name, _ in attrs)

    def handle_data(self, data: str) -> None:
        self.text += data


def seen(html: str) -> _Seen:
    parser = _Seen()
    parser.feed(html)
    parser.close()
    return parser


def test_a_notebook_shows_a_table_with_links() -> None:
    shown = seen(nearest()._repr_html_())
    genes = [hit.genes[0] for hit in nearest()]
    for gene in genes:
        assert gene.shown in shown.text
    links = [f"https://www.proteinatlas.org/{gene.id}" for gene in genes if gene.id]
    assert shown.links == links and links
    assert shown.tags.count("tr") == len(genes) + 1
    assert "no hits" in seen(nearest()[:0]._repr_html_()).text


def test_nothing_a_stranger_wrote_leaves_the_table() -> None:
    evil = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>\x1b[2J\u202e"
    gene = Gene(1, evil, 'ENSG00000188536" onclick="x', evil, evil)
    hits = (Hit(1, (gene,), 0.5), Hit(2, (HBB,), 0.4), Hit(3, (HBA1,), 0.3))
    space = replace(nearest().space, name=evil)
    result = replace(nearest(), hits=hits, canonical=evil, notes=(evil,), space=space)
    shown = seen(result._repr_html_())
    assert set(shown.tags) <= {
        "div",
        "p",
        "b",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "a",
        "small",
    }
    assert all(link.startswith("https://www.proteinatlas.org/ENSG") for link in shown.links)
    assert "\x1b" not in shown.text and "\u202e" not in shown.text


def test_only_the_first_rows_of_many_are_shown() -> None:
    result = replace(nearest(), hits=(Hit(1, (HBA2,), 0.5),) * 1_000)
    assert seen(result._repr_html_()).text.count("HBA2") == 50
    assert "… 950 more" in result._repr_html_()
