"""Results as rows and columns: what fits, what is sorted and filtered, pages, the trail."""

from __future__ import annotations

import pytest

from gene_tui.errors import UsageError
from gene_tui.language.parser import parse
from gene_tui.model.gene import Gene
from gene_tui.model.options import Options
from gene_tui.model.result import Hit, Result, SpaceInfo
from gene_tui.ui.controllers.asking import MOST, Trail
from gene_tui.ui.controllers.marking import Basket
from gene_tui.ui.main import Panes
from gene_tui.ui.rows import PAGE, Rows, Sorting, cell, columns, heading, subtitle, title

QUERIES = (
    "A",
    "A ~ B",
    "? ~ ?",
    "A - B + C",
    "A : B",
    "A + B :: ? + ?",
    "A : B :: C : ?",
    "A : B :: C : D",
    "A : ? :: C : ?",
    "A : ?",
    "? : ?",
)


def result(text: str, hits: int = 30, **more: object) -> Result:
    query = parse(text)
    named = tuple(
        Gene(row, name, symbol=name, name=f"gene {name}") for row, name in enumerate(query.names)
    )
    found = tuple(
        Hit(
            rank,
            tuple(
                Gene(
                    9 + rank + slot,
                    f"ENSG{rank}{slot}",
                    symbol=f"S{rank * 37 % hits}{slot}",
                    name="a name of some length",
                    type="pseudo" if rank % 3 else "protein-coding",
                )
                for slot in range(query.unknowns)
            ),
            1.0 - rank / (hits + 1),
            z=None if rank == 2 else 5.0 - rank / 10,
            rarity=601 / rank,
            rarity_of=600,
            rarity_count=rank - 1,
            back=rank * 7 if text == "A" else None,
            rank_ab=3 if not query.unknowns else None,
            rank_ba=4 if text == "A ~ B" else None,
            percentile=99.5 if not query.unknowns else None,
        )
        for rank in range(1, (hits if query.unknowns else 1) + 1)
    )
    fields = {
        "query": query,
        "canonical": text,
        "query_genes": named,
        "space": SpaceInfo("s", 100, 8, "f"),
        "options": Options(),
        "transforms": (),
        "exact": True,
        "complete": True,
        "method": "",
        "elapsed_s": 0.04,
        "load_s": 0.0,
        "hits": found,
    }
    return Result(**(fields | more))  # type: ignore[arg-type]


@pytest.mark.parametrize("text", QUERIES)
@pytest.mark.parametrize("width", [76, 80, 100, 140, 300])
def test_the_columns_fit_and_every_cell_fits_its_column(text: str, width: int) -> None:
    rows = Rows(result(text))
    found = columns(rows, width)
    assert sum(column.width + 2 for column in found) <= width
    assert len({column.key for column in found}) == len(found)
    slots = {column.slot for column in found if column.key.startswith("gene")}
    assert slots == set(range(parse(text).unknowns or len(parse(text).slots)))
    for column in found:
        assert heading(rows, column).cell_len <= column.width + 2
        for hit in rows.shown:
            assert cell(rows, hit, column).cell_len <= column.width


def test_the_narrowest_table_still_has_its_genes_and_scores() -> None:
    keys = [column.key for column in columns(Rows(result("? : ?")), 10)]
    assert keys == ["rank", "gene0", "gene1", "gene2", "gene3", "score", "rarity"]


def test_names_are_worth_more_than_a_bar_for_one_gene() -> None:
    keys = [column.key for column in columns(Rows(result("A")), 62)]
    assert "name0" in keys and "bar" not in keys
    assert "bar" in [column.key for column in columns(Rows(result("A")), 110)]
    assert "bar" in [column.key for column in columns(Rows(result("A : B")), 100)]


def test_z_and_then_the_bar_take_the_room_where_names_do_not_fit() -> None:
    def extras(text: str, width: int) -> list[str]:
        keys = [column.key for column in columns(Rows(result(text)), width)]
        return [key for key in ("name0", "z", "bar") if key in keys]

    def course(text: str) -> list[list[str]]:
        every = [extras(text, width) for width in range(10, 300)]
        return [one for one, before in zip(every, [None, *every], strict=False) if one != before]

    alone = [[], ["z"], ["z", "bar"]]
    assert course("A : B") == [*alone, ["name0"], ["name0", "z", "bar"]]
    # names of four genes fit later than z and the bar: each thing comes and goes once
    assert course("? : ?") == [*alone, ["name0"], ["name0", "z"], ["name0", "z", "bar"]]
    assert extras("A : B", 62) == ["z", "bar"]


def test_slots_are_called_by_their_letters() -> None:
    def titles(text: str) -> list[str]:
        return [c.title for c in columns(Rows(result(text)), 200) if c.key.startswith("gene")]

    assert titles("A") == ["gene"]
    assert titles("A : B") == ["C", "D"]
    assert titles("? : ? :: C : D") == ["A", "B"]
    assert titles("A : ?") == ["B", "C", "D"]
    assert titles("A : B :: C : ?") == ["D"]
    assert titles("A : B :: C : D") == ["A", "B", "C", "D"]


def test_sorting_goes_down_turns_round_and_ends() -> None:
    rows = Rows(result("A"))
    first = Sorting().next("score")
    assert (first, first.next("score"), first.next("score").next("score")) == (
        Sorting("score"),
        Sorting("score", True),
        Sorting(),
    )
    ranks = [hit.rank for hit in rows.hits]
    up = Rows(rows.result, sorting=Sorting("score", True))
    assert [hit.rank for hit in up.hits] == ranks[::-1]
    names = [hit.genes[0].symbol for hit in Rows(rows.result, sorting=Sorting("gene0")).hits]
    assert names == sorted(names, key=str.casefold)


def test_unknown_numbers_come_last() -> None:
    rows = Rows(result("A"), sorting=Sorting("z"))
    assert rows.hits[-1].rank == 2


def test_every_word_of_a_filter_must_be_in_some_gene() -> None:
    rows = Rows(result("A : B"), filter="PROTEIN-coding s")
    assert rows.hits and all(hit.rank % 3 == 0 for hit in rows.hits)
    assert Rows(rows.result, filter="protein-coding nowhere").hits == []
    assert title(rows).startswith("10 of 30 pairs")


def test_pages_hold_so_many_and_end() -> None:
    rows = Rows(result("A", hits=PAGE + 50))
    assert (rows.pages, len(rows.shown)) == (2, PAGE)
    last = rows.turned(5)
    assert (last.page, len(last.shown)) == (1, 50)
    assert last.turned(-9).page == 0


def test_titles_say_how_sure_an_answer_is() -> None:
    assert title(Rows(result("A : B"))) == "30 pairs · exact · 40 ms"
    assert "approximate" in title(Rows(result("A : B", exact=False)))
    assert "stopped, not exact" in title(Rows(result("A : B", complete=False)))
    assert title(Rows(result("A ~ B"))).startswith("1 comparison")
    assert title(Rows(result("A : ?"))).startswith("30 analogies")
    options = Options(metric="euclidean", cap=0.8, type="protein-coding", truncate=500)
    told = subtitle(result("A : ?", options=options, transforms=("center",)))
    assert told == "euclidean · cap 0.8 · protein-coding · first 500 rows · center"


def test_the_trail_forgets_what_lay_forward_and_what_is_too_far_back() -> None:
    trail = Trail()
    assert trail.step(-1) is None and trail.here is None
    one, two, three = (Rows(result(text, 3)) for text in ("A", "B", "C"))
    trail.go(one)
    trail.go(two)
    trail.update(cursor=(2, 3))
    assert trail.step(-1).rows is one
    back = trail.step(1)
    assert (back.rows, back.row, back.column) == (two, 2, 3)
    trail.step(-1)
    trail.go(three)
    assert trail.step(1) is None
    assert [visit.rows for visit in trail.visits] == [one, three]
    for _ in range(MOST + 5):
        trail.go(two)
    assert len(trail.visits) == MOST and trail.at == MOST - 1


def test_the_basket_keeps_the_order_and_asks_what_it_can() -> None:
    basket = Basket()
    genes = [Gene(row, name) for row, name in enumerate("abc")]
    assert [basket.toggle(gene) for gene in genes] == [True] * 3
    assert not basket.toggle(genes[1])
    assert [gene.label for gene in basket.genes] == ["a", "c"]
    assert basket.analogy(["a", "c"]) == "a : c"
    assert basket.mean(["a", "c", "x"]) == "a, c, x"
    for names in ([], ["a"], list("abcde")):
        with pytest.raises(UsageError, match=str(len(names))):
            basket.analogy(names)
    with pytest.raises(UsageError):
        basket.mean([])


@pytest.mark.parametrize("width", [1, 80, 99, 100, 139, 140, 400])
def test_never_more_panes_than_fit_and_a_toggle_always_shows_or_folds(width: int) -> None:
    for start in (Panes(), Panes(True, True), Panes(False, False), Panes(True, None, "history")):
        for name in ("history", "details"):
            before = dict(zip(("history", "details"), start.shown(width), strict=True))
            after = dict(
                zip(("history", "details"), start.toggled(name, width).shown(width), strict=True)
            )
            assert after[name] is not before[name]
            assert width >= 140 or sum(after.values()) < 2
