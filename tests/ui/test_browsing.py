"""Looking round in answers: back and forward, pages, filter, order, measures, marks."""

from __future__ import annotations

import pytest
from rich.segment import Segment
from rich.style import Style
from textual.widgets import DataTable

from gene_tui.lists.saved import load_list
from gene_tui.model.query import Kind
from gene_tui.ui.widgets.results_table import ResultsTable
from tests.ui.conftest import Driver, Start


def cursor(driver: Driver) -> tuple[int, int]:
    table = driver.main.query_one(ResultsTable)
    return table.cursor_row, table.cursor_column


async def test_enter_asks_the_gene_under_the_cursor(start: Start) -> None:
    async with start() as driver:
        await driver.ask("PYGL : PYGM")
        await driver.press("down", "right", "right")
        assert driver.main.results.gene.symbol == driver.symbols[1][1]
        gene = driver.symbols[1][1]
        await driver.press("enter")
        assert driver.main.query_line.value == gene
        assert driver.main.asking.trail.here.result.canonical == gene


async def test_hjkl_and_g_move_the_cursor(start: Start) -> None:
    async with start() as driver:
        await driver.ask("HBA1")
        assert cursor(driver) == (0, 1)
        await driver.press("j", "j", "l")
        assert cursor(driver) == (2, 2)
        await driver.press("k", "h")
        assert cursor(driver) == (1, 1)
        await driver.press("G")
        assert cursor(driver)[0] == 49
        await driver.press("g")
        assert cursor(driver)[0] == 0


async def test_back_and_forward_restore_table_filter_order_and_cursor(start: Start) -> None:
    async with start() as driver:
        await driver.ask("HBA1")
        await driver.press("f")
        await driver.type("hemoglobin")
        await driver.press("enter", "S", "down", "down")
        seen, place = driver.symbols, cursor(driver)
        assert 2 < len(seen) < 50
        await driver.ask("HBB")
        driver.watch()
        await driver.press("left_square_bracket")
        assert driver.symbols == seen
        assert cursor(driver) == place
        assert driver.main.results.query_one("#filter").value == "hemoglobin"
        assert driver.main.query_line.value == "HBA1"
        await driver.press("right_square_bracket")
        assert len(driver.symbols) == 50
        assert "ask" not in driver.computed


async def test_back_at_the_beginning_says_so(start: Start) -> None:
    async with start() as driver:
        await driver.ask("HBA1")
        await driver.press("left_square_bracket")
        assert driver.main.query_line.value == "HBA1"
        assert "nothing further back" in driver.said


async def test_more_asks_for_whole_pages_and_turns_them(start: Start) -> None:
    async with start() as driver:
        await driver.ask("HBA1")
        await driver.press("j", "n")
        assert len(driver.symbols) == 200
        assert cursor(driver)[0] == 1
        await driver.press("n")
        assert len(driver.main.asking.rows.result.hits) == 400
        await driver.press("n")
        assert driver.main.asking.rows.page == 1
        assert driver.main.query_one(ResultsTable).row_count == 200
        assert "page 2 of 2" in driver.screen_text
        await driver.press("N")
        assert driver.main.asking.rows.page == 0


async def test_filter_shows_matching_rows_and_escape_ends_it(start: Start) -> None:
    async with start() as driver:
        await driver.ask("HBA1")
        await driver.press("f")
        await driver.type("zeta")
        assert driver.symbols == [("HBZ",)]
        assert "1 of 50 genes" in driver.screen_text
        await driver.press("escape")
        assert len(driver.symbols) == 50
        assert driver.main.pane == "results"


async def test_a_filter_that_nothing_passes_keeps_the_app_usable(start: Start) -> None:
    async with start() as driver:
        await driver.ask("HBA1")
        await driver.press("f")
        await driver.type("qqqq")
        assert driver.symbols == []
        assert driver.main.results.gene is None
        await driver.press("enter", "y", "space", "enter", "S")
        await driver.press("escape")
        assert len(driver.symbols) == 50


async def test_sort_by_the_cursors_column_then_round_then_off(start: Start) -> None:
    async with start() as driver:
        await driver.ask("HBA1")
        ranked = driver.symbols
        await driver.press("S")
        assert driver.symbols == sorted(ranked, key=lambda names: names[0].casefold())
        assert "gene▾" in driver.screen_text
        await driver.press("S")
        assert driver.symbols == sorted(ranked, key=lambda names: names[0].casefold(), reverse=True)
        await driver.press("S")
        assert driver.symbols == ranked


async def test_a_click_on_a_heading_sorts(start: Start) -> None:
    async with start() as driver:
        await driver.ask("HBA1")
        best = driver.symbols
        await driver.pilot.click(ResultsTable, offset=(8, 0))
        await driver.settle()
        assert driver.main.asking.rows.sorting.key == "gene0"
        assert driver.symbols != best


async def test_metric_asks_again_with_the_other_metric(start: Start) -> None:
    async with start() as driver:
        await driver.ask("HBA1")
        await driver.press("m")
        assert driver.main.asking.rows.result.options.metric == "euclidean"
        assert driver.main.asking.rows.result.hits[0].score < 0
        assert "euclidean" in driver.main.status.render().plain
        await driver.press("m")
        assert driver.main.asking.rows.result.options.metric == "cosine"


async def test_measure_changes_completions_only(start: Start) -> None:
    async with start() as driver:
        await driver.ask("PYGL : PYGM :: GYS2 : ?")
        await driver.press("M")
        assert driver.main.asking.rows.result.options.measure == "3cosadd"
        await driver.ask("PYGL : PYGM")
        assert driver.main.asking.rows.result.options.measure == "direction"


async def test_coding_lets_only_protein_coding_genes_in(start: Start) -> None:
    async with start() as driver:
        await driver.ask("HBA1")
        await driver.press("t")
        result = driver.main.asking.rows.result
        assert result.options.type == "protein-coding"
        assert {gene.type for hit in result.hits for gene in hit.genes} == {"protein-coding"}
        await driver.press("t")
        assert driver.main.asking.rows.result.options.type is None


async def test_again_asks_the_same_question(start: Start) -> None:
    async with start() as driver:
        await driver.ask("HBA1")
        first = driver.main.asking.trail.here
        await driver.press("r")
        assert driver.main.asking.trail.here is not first
        assert driver.main.asking.rows.result.canonical == "HBA1"


async def test_marks_last_and_make_questions(start: Start) -> None:
    async with start() as driver:
        await driver.ask("HBA1")
        await driver.press("space")
        assert "● HBA2" in driver.screen_text
        await driver.ask("PYGL")
        other = driver.symbols[0][0]
        await driver.press("space", "a")
        assert driver.main.query_line.value == f"HBA2 : {other}"
        await driver.press("plus")
        assert driver.main.query_line.value == f"HBA2, {other}"
        await driver.press("u")
        assert driver.main.marking.labels == frozenset()
        await driver.press("a")
        assert driver.main.query_line.value == f"HBA2, {other}"


async def test_the_groups_of_a_list_are_asked_for(start: Start) -> None:
    async with start() as driver:
        await driver.ask("HBA1")
        driver.main.do("ask-group")
        await driver.until(lambda: "not that of a list" in driver.said)
        await driver.ask("PYGL, PYGM, PYGB, HBA1, HBB, HBA2")
        result = driver.main.asking.rows.result
        assert [len(group) for group in result.groups] == [3, 3]
        driver.main.do("ask-group")
        await driver.until(lambda: "Groups of the list" in driver.screen_text)
        await driver.press("j", "enter")
        wanted = {gene.label for gene in result.groups[1]}
        await driver.until(
            lambda: {one.gene.label for one in driver.main.asking.rows.result.members} == wanted
        )


async def test_marks_are_saved_as_a_list_that_can_be_asked(start: Start) -> None:
    async with start() as driver:
        await driver.press("escape")
        await driver.ask("HBA1")
        await driver.press("b")
        assert "no gene is marked yet" in driver.said
        await driver.press("space", "j", "space", "b")
        await driver.type("mine")
        await driver.press("enter")
        await driver.until(lambda: "saved: ask for it as @mine" in driver.said)
        marked = driver.main.marking.labels
        assert set(load_list("mine") or ()) == marked
        await driver.ask("@mine")
        await driver.until(lambda: "List of 2" in driver.screen_text)
        assert "coherence" in driver.screen_text
        members = driver.main.asking.rows.result.members
        assert {member.gene.label for member in members} == marked
        await driver.press("j", "space", "b")
        await driver.press("enter")  # the name of before
        await driver.until(lambda: "There is a list @mine already" in driver.screen_text)
        await driver.press("y")
        await driver.until(lambda: len(load_list("mine") or ()) == 3)


@pytest.mark.parametrize(
    ("marked", "asked"),
    [
        (["PYGL", "PYGM", "GYS2"], "PYGL : PYGM :: GYS2 : ?"),
        (["PYGL", "PYGM", "GYS2", "GYS1"], "PYGL : PYGM :: GYS2 : GYS1"),
    ],
)
async def test_three_and_four_marks_make_whole_analogies(
    start: Start, marked: list[str], asked: str
) -> None:
    async with start() as driver:
        for name in marked:
            driver.main.marking.basket.toggle(driver.main.loader.session.gene(name))
        await driver.ask("HBA1")
        await driver.press("a")
        assert driver.main.query_line.value == asked


async def test_a_relation_grows_by_hits(start: Start) -> None:
    async with start() as driver:
        await driver.ask("PYGL : PYGM")
        await driver.press("down", "E")
        taken = driver.symbols  # of the answer that came
        assert driver.main.query_line.value.startswith("PYGL : PYGM, ")
        query = driver.main.asking.trail.here.result.query
        assert query.kind is Kind.RELATION and len(query.slots) == 6
        assert query.slots[2:4] not in taken
        await driver.press("E")
        slots = driver.main.asking.trail.here.result.query.slots
        assert slots[:4] == query.slots[:4] and slots[4:6] == taken[0]
        await driver.ask("PYGL : PYGM, GYS2 : GYS1 :: MYL9 : ?")
        best = driver.symbols[0][0]
        await driver.press("E")
        text = driver.main.query_line.value
        assert text == f"PYGL : PYGM, GYS2 : GYS1, MYL9 : {best} :: ? : ?"
        await driver.ask("HBA1")
        await driver.press("E")
        assert "only a hit of an analogy" in driver.said
        assert driver.main.query_line.value == "HBA1"


async def test_all_marked_hits_become_examples(start: Start) -> None:
    async with start() as driver:
        await driver.ask("PYGL : PYGM")
        for place in (0, 2):
            for label in [gene.label for gene in driver.main.results.rows.shown[place].genes]:
                driver.main.marking.basket.toggle(driver.main.loader.session.gene(label))
        first, third = driver.symbols[0], driver.symbols[2]
        await driver.press("E")
        assert driver.main.query_line.value == (
            f"PYGL : PYGM, {' : '.join(first)}, {' : '.join(third)} :: ? : ?"
        )
        await driver.press("R")
        assert driver.main.query_line.value == (
            f"{' : '.join(first)}, {' : '.join(third)} :: ? : ?"
        )
        await driver.press("u", "R")
        assert "two pairs of marked genes or more; 0 genes are marked" in driver.said


async def test_marking_shows_in_the_table_and_again_unmarks(start: Start) -> None:
    async with start() as driver:
        await driver.ask("HBA1")
        await driver.press("space")
        assert "HBA2 ●" in driver.screen_text
        await driver.press("space")
        assert "●" not in driver.screen_text.replace("● well", "").replace("● weak", "")


@pytest.mark.parametrize("query", ["HBA1", "PYGL : PYGM", "HBA1 ~ HBB"])
async def test_cells_drawn_the_short_way_are_those_of_the_long_way(
    start: Start, query: str
) -> None:
    async with start() as driver:
        await driver.ask(query)
        await driver.press("space")
        table = driver.main.query_one(ResultsTable)
        base = Style.parse("#c0c0c0 on #101010")
        compared = 0
        for row in range(min(table.row_count, 12)):
            for place, column in enumerate(table.ordered_columns):
                width = column.get_render_width(table)
                ours = table._render_cell(row, place, base, width)
                table._clear_caches()
                theirs = DataTable._render_cell(table, row, place, base, width)
                assert _characters(ours) == _characters(theirs)
                compared += 1
        assert compared > 4


def _characters(lines: list[list[Segment]]) -> list[tuple[str, object]]:
    """Every character with what is seen of its style, and where a click on it goes."""
    return [
        (char, style and (char != " " and style.color, style.bold, style.bgcolor, style.meta))
        for line in lines
        for text, style, _ in line
        for char in text
    ]
