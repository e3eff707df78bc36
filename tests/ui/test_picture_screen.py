"""Pictures in the terminal: v, its tabs, its hits, and what goes wrong."""

from __future__ import annotations

import sys
from dataclasses import replace

import pytest
from textual.widgets import Static

from gene_tui.config import Settings
from gene_tui.pictures.picture import Heatmap, Histogram, Parallelogram, Point, Scatter
from gene_tui.ui.screens.picture import PictureScreen
from gene_tui.ui.widgets.cards import Card
from gene_tui.ui.widgets.picture_heatmap import heatmap
from gene_tui.ui.widgets.picture_plot import Colours, _ticks, plot
from tests.ui.conftest import Driver, Start
from tests.unit.results import HOSTILE


async def drawn(driver: Driver) -> PictureScreen:
    """Wait until a picture or a card stands still; the screen."""
    await driver.until(lambda: isinstance(driver.app.screen, PictureScreen))
    screen = driver.app.screen
    assert isinstance(screen, PictureScreen)

    def still() -> bool:
        busy = any(driver.main.jobs.running(kind) for kind in ("picture", "drawing"))
        return not busy and not screen.query_one(Card).has_class("-busy")

    await driver.until(lambda: still() or screen.query_one("#picture").display)
    await driver.until(still)
    await driver.pilot.pause()
    return screen


@pytest.mark.parametrize("size", [(80, 24), (140, 40)])
async def test_v_draws_the_answer_and_a_number_another_picture(
    start: Start, size: tuple[int, int]
) -> None:
    async with start(size) as driver:
        await driver.ask("PYGL : PYGM")
        await driver.press("v")
        screen = await drawn(driver)
        assert isinstance(screen.picture, Histogram)
        text = driver.screen_text
        assert "PYGL : PYGM" in text
        assert "█" in text and "▲" in text and "GYS2 : GYS1" in text
        assert "random pairs C, D" in text
        kinds = [Parallelogram, Heatmap, Scatter, Scatter]
        for number, kind in enumerate(kinds, start=2):
            await driver.press(str(number))
            await drawn(driver)
            assert isinstance(screen.picture, kind)
        assert "● " in driver.screen_text
        # Each fits: nothing to scroll to the side.
        assert screen.query_one("#field").max_scroll_x == 0


async def test_tabs_turn_round_and_round(start: Start) -> None:
    async with start((80, 24)) as driver:
        await driver.ask("HBA1")
        await driver.press("v")
        screen = await drawn(driver)
        seen = []
        for _ in range(4):
            await driver.press("right")
            await drawn(driver)
            seen.append(screen.picture.title if screen.picture else "")
        assert seen == ["Map", "Close-up", "Background", "Map"]
        await driver.press("left")
        await drawn(driver)
        assert screen.picture is not None
        assert screen.picture.title == "Background"


async def test_the_parallelogram_is_of_the_hit_under_the_cursor_and_arrows_step(
    start: Start,
) -> None:
    async with start() as driver:
        await driver.ask("PYGL : PYGM")
        await driver.press("j", "j")
        third = driver.symbols[2]
        await driver.press("v")
        await drawn(driver)
        await driver.press("2")
        screen = await drawn(driver)
        assert f"D {third[1]}" in driver.screen_text
        assert "hit 3 of 50" in driver.screen_text
        await driver.press("down")
        await drawn(driver)
        assert f"D {driver.symbols[3][1]}" in driver.screen_text
        assert "hit 4 of 50" in driver.screen_text
        for _ in range(9):
            await driver.press("k")
        await drawn(driver)
        assert "hit 1 of 50" in driver.screen_text
        assert isinstance(screen.picture, Parallelogram)


async def test_escape_closes_and_stops_what_is_drawn(start: Start) -> None:
    async with start() as driver:
        await driver.ask("HBA1")
        await driver.press("v")
        await driver.until(lambda: isinstance(driver.app.screen, PictureScreen))
        await driver.press("escape")
        assert driver.app.screen is driver.main
        assert driver.main.jobs.running("picture") is None
        assert driver.main.jobs.running("drawing") is None


async def test_without_an_answer_there_is_nothing_to_draw(start: Start) -> None:
    async with start() as driver:
        driver.main.action_do("picture")
        await driver.pilot.pause()
        assert driver.app.screen is driver.main
        assert "no answer to draw" in driver.said


async def test_an_answer_of_another_space_is_an_error_card(start: Start) -> None:
    async with start() as driver:
        await driver.ask("HBA1")
        here = driver.main.asking.trail.here
        assert here is not None
        space = replace(here.result.space, name="elsewhere", fingerprint="other")
        driver.main.asking.trail.update(
            rows=replace(here.rows, result=replace(here.result, space=space))
        )
        await driver.press("v")
        await drawn(driver)
        assert "elsewhere answered this" in driver.screen_text
        await driver.press("escape")
        assert driver.app.screen is driver.main


async def test_without_plotext_a_card_names_the_extra_and_the_heatmap_still_works(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "textual_plotext.plot", None)
    async with start() as driver:
        await driver.ask("PYGL : PYGM")
        await driver.press("v")
        await drawn(driver)
        assert "textual-plotext, which is not installed" in driver.screen_text
        assert "gene-tui[plots]" in driver.screen_text
        await driver.press("3")
        screen = await drawn(driver)
        assert "PYGL − PYGM" in driver.screen_text
        assert not screen.query_one(Card).display


async def test_a_picture_is_drawn_anew_for_another_size(start: Start) -> None:
    async with start((140, 40)) as driver:
        await driver.ask("HBA1")
        await driver.press("v")
        screen = await drawn(driver)
        await driver.pilot.resize_terminal(80, 24)
        field, picture = screen.query_one("#field"), screen.query_one("#picture", Static)
        await driver.until(lambda: picture.size.width <= field.size.width <= 80, "it fits")
        assert field.max_scroll_y == 0


@pytest.mark.parametrize("theme", ["gene-dark", "gene-light"])
async def test_colours_come_from_the_theme(start: Start, theme: str) -> None:
    async with start(settings=Settings(theme=theme)) as driver:
        await driver.ask("HBA1")
        await driver.press("v")
        screen = await drawn(driver)
        colours = screen._colours()
        assert None not in (colours.text, colours.quiet, colours.query, colours.hit)
        background = driver.app.current_theme.background
        for colour in (colours.text, colours.quiet, colours.query, colours.hit, colours.ideal):
            assert colour is not None
            assert "#{:02x}{:02x}{:02x}".format(*colour) != background
        await driver.press("escape")


# -- drawing without an app --------------------------------------------------------------------


def picture(name: str) -> Scatter:
    return Scatter("Map", "", ("a", "b"), (Point(name, 0, 0, "query"), Point("B", 1, 1, "hit")))


@pytest.mark.parametrize("name", HOSTILE)
def test_whatever_a_gene_is_called_the_plot_keeps_its_size(name: str) -> None:
    shown = plot(picture(name), 60, 16, Colours())
    lines = shown.plain.split("\n")
    assert len(lines) <= 16
    assert all(
        line_width <= 60 for line_width in (shown_line.cell_length for shown_line in shown.split())
    )
    assert "\x1b" not in shown.plain
    cells = heatmap(Heatmap("", "", (name, "B"), ((1.0, 0.2), (0.2, 1.0))), 60, None)
    assert "\x1b" not in cells.plain
    rows = [line.cell_length for line in cells.split()][2:4]
    assert rows[0] == rows[1] <= 60


def test_without_colours_nothing_is_coloured() -> None:
    shown = plot(picture("HBA1"), 60, 16, Colours())
    assert not shown.spans
    coloured = plot(picture("HBA1"), 60, 16, Colours(*[(1, 2, 3)] * 5))
    assert coloured.spans
    assert coloured.plain == shown.plain


def test_a_narrow_heatmap_drops_the_numbers_and_keeps_the_rows() -> None:
    names = tuple(f"G{number}" for number in range(30))
    values = tuple(tuple(1.0 if i == j else -0.5 for j in range(30)) for i in range(30))
    wide = heatmap(Heatmap("", "", names, values), 140, None).split()
    narrow = heatmap(Heatmap("", "", names, values), 70, None).split()
    assert "100" in wide[2].plain
    assert "-50" in wide[2].plain
    assert narrow[2].plain == "G0  ██" + "-" * 58
    assert all(line.cell_length <= 70 for line in narrow)


@pytest.mark.parametrize(("low", "high"), [(-0.93, 0.97), (0.0, 7816), (0.44, 0.46), (1e-9, 3e-9)])
@pytest.mark.parametrize("most", [0, 1, 2, 5, 9])
def test_an_axis_has_three_ticks_at_least(low: float, high: float, most: int) -> None:
    found: list[tuple[float, str]] = []
    _ticks(lambda at, told: found.extend(zip(at, told, strict=True)), low, high, most)
    assert 3 <= len(found) <= max(7, most + 1)
    rounding = 1e-6 * (high - low)
    assert all(low - rounding <= at <= high + rounding for at, _ in found)
    assert len({told for _, told in found}) == len(found)


def test_both_axes_have_titles() -> None:
    corners = tuple(Point(name, n, n % 2, "query") for n, name in enumerate("ABCD"))
    analogy = Parallelogram("", "", corners, Point("exact D", 2, 1, "ideal"))  # type: ignore[arg-type]
    counts = Histogram("", "", "cosine", (-1.0, 0.0, 1.0), (3, 9), ())
    for shown in (plot(one, 60, 16, Colours()) for one in (analogy, counts, picture("HBA1"))):
        last = shown.plain.rstrip().split("\n")[-1]
        assert "→ " in last
        assert "   ↑ " in last
