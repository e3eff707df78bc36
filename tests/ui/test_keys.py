"""The registry of actions and everything that comes from it: keys, footer, help, palette."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.widgets import Input
from textual.widgets._toast import Toast

from gene_tui.config import Settings
from gene_tui.ui.actions import (
    ACTIONS,
    BY_ID,
    GROUPS,
    PANES,
    Action,
    Keys,
    bindings,
    read_actions,
)
from gene_tui.ui.app import GeneTui
from gene_tui.ui.screens.confirm import Confirm
from gene_tui.ui.screens.doctor import DoctorScreen
from gene_tui.ui.screens.help import Help
from gene_tui.ui.screens.palette import Palette, PaletteEntry, found
from gene_tui.ui.widgets.bars import KeyHints
from tests.ui.conftest import Driver, Start


def test_every_action_has_its_own_id_and_says_what_it_does() -> None:
    assert len(BY_ID) == len(ACTIONS)
    for action in ACTIONS:
        assert action.help.endswith("."), action.id
        assert action.group in GROUPS
        assert action.pane in PANES
        assert action.verb or action.keys, f"{action.id} can be reached by nobody"


def test_no_key_means_two_things_in_a_pane() -> None:
    for pane in PANES:
        keys = [key for action in ACTIONS if action.pane == pane for key in action.keys]
        assert len(keys) == len(set(keys)), pane
    assert Keys().warnings == []


def test_every_action_with_keys_is_bound() -> None:
    bound = {entry.id for pane in PANES for entry in bindings(pane)}
    assert bound == {action.id for action in ACTIONS if action.keys}


async def test_every_action_is_done_by_somebody(start: Start) -> None:
    async with start() as driver:
        assert [action.id for action in ACTIONS if not driver.main.can(action.id)] == []


async def test_no_action_fails_without_an_answer_or_a_space(start: Start) -> None:
    leave = {"quit", "space", "compare", "open-scan", "doctor", "palette", "theme", "help"}
    leave |= {"clear-history", "also"}
    async with start(wait=False) as driver:
        for action in ACTIONS:
            if action.id not in leave:
                driver.main.action_do(action.id)
                await driver.pilot.pause()
        assert driver.app.screen is driver.main


def test_an_action_is_one_line_of_the_table() -> None:
    columns = "id | keys | pane | hint | flags | label | verb | help"
    line = "sing | x ctrl+y | history | 5 | types | song | Sing | Sing of the entry."
    bare = "hum  | -        | -       | - | -     | -    | Hum  | Hum."
    assert list(read_actions(f"# told\n{columns}\n\n[Mark]\n{line}\n{bare}\n")) == [
        Action(
            "sing",
            ("x", "ctrl+y"),
            "song",
            "Sing of the entry.",
            "Sing",
            "Mark",
            "history",
            5,
            types=True,
        ),
        Action("hum", (), "", "Hum.", "Hum", "Mark"),
    ]


async def test_every_action_has_a_controller_that_does_it(start: Start) -> None:
    async with start(wait=False) as driver:
        assert [action.id for action in ACTIONS if not driver.main.can(action.id)] == []


async def test_remapped_keys_work_and_are_shown(start: Start) -> None:
    settings = Settings(keys={"metric": ("x",), "sort": ()})
    async with start((200, 40), settings=settings) as driver:
        await driver.ask("HBA1")
        await driver.press("m")
        assert driver.main.asking.rows.result.options.metric == "cosine"
        await driver.press("x")
        assert driver.main.asking.rows.result.options.metric == "euclidean"
        before = driver.symbols
        await driver.press("S")
        assert driver.symbols == before
        assert "x metric" in driver.screen_text
        assert "S sort" not in driver.screen_text


async def test_settings_that_name_no_action_are_told(start: Start) -> None:
    async with start(settings=Settings(keys={"fly": ("x",), "metric": ("f",)})) as driver:
        text = driver.screen_text
        assert "there is no action 'fly'" in text
        assert "f is given to metric and to filter" in text


@pytest.mark.parametrize("key", ["question_mark", "f1"])
async def test_help_tells_what_to_ask_then_the_focused_panes_keys(start: Start, key: str) -> None:
    async with start() as driver:
        await driver.ask("HBA1")
        await driver.press(key)
        assert isinstance(driver.app.screen, Help)
        page = str(driver.app.screen._page(70))
        assert page.startswith("What to ask")
        headings = [line for line in page.splitlines() if line and not line.startswith(" ")]
        assert headings[1] == "In the results"
        for action in ACTIONS:
            if action.keys:
                assert action.help.split()[0] in page
        await driver.press("escape")
        assert driver.app.screen is driver.main
        driver.main.history.focus_list()
        await driver.press(key)
        page = str(driver.app.screen._page(70))
        headings = [line for line in page.splitlines() if line and not line.startswith(" ")]
        assert headings[1] == "In the history"


async def test_the_palette_offers_every_verb_and_does_it(start: Start) -> None:
    async with start() as driver:
        await driver.ask("HBA1")
        await driver.press("ctrl+p")
        palette = driver.app.screen
        assert isinstance(palette, Palette)
        verbs = [action.verb for action in ACTIONS if action.verb]
        assert [entry.name for entry in palette.shown] == verbs
        await driver.pilot.press(*"metric")
        assert palette.shown[0].name == "Change the metric"
        await driver.pilot.press("enter")
        await driver.until(
            lambda: driver.main.asking.rows.result.options.metric == "euclidean", "metric changes"
        )


async def test_the_palette_opens_from_the_query_line_too(start: Start) -> None:
    async with start() as driver:
        driver.main.query_line.focus()
        await driver.press("ctrl+p")
        assert isinstance(driver.app.screen, Palette)
        await driver.pilot.press(*"zzz")
        assert driver.app.screen.shown == ()
        assert "nothing is called so" in driver.screen_text
        await driver.press("enter", "escape")
        assert driver.app.screen is driver.main


async def test_colours_are_chosen_by_name(start: Start) -> None:
    async with start() as driver:
        driver.main.action_do("theme")
        await driver.until(lambda: isinstance(driver.app.screen, Palette))
        await driver.press(*"gene-light", "enter")
        assert driver.app.theme == "gene-light"


def test_the_palette_finds_names_before_explanations() -> None:
    entries = [
        PaletteEntry("a", "Go back", "", "Sort nothing"),
        PaletteEntry("b", "Do sort rows", "S"),
    ]
    entries += [
        PaletteEntry("c", "Quit", "q"),
        PaletteEntry("d", "Sort"),
        PaletteEntry("e", "see other mart"),
    ]
    assert [entry.id for entry in found(entries, "sort")] == ["d", "b", "a", "e"]
    assert [entry.id for entry in found(entries, "nothing back")] == ["a"]
    assert found(entries, " ") == tuple(entries)
    assert found(entries, "zz") == ()


async def test_letters_in_the_query_line_are_text(start: Start) -> None:
    async with start() as driver:
        await driver.type("qms")
        assert driver.main.query_line.value == "qms"
        assert driver.app.is_running


async def test_slash_selects_what_stands_there(start: Start) -> None:
    async with start() as driver:
        await driver.ask("HBA1")
        await driver.press("slash")
        await driver.type("HBB")
        assert driver.main.query_line.value == "HBB"


@pytest.mark.parametrize("key", ["q", "ctrl+q"])
async def test_quit_leaves(start: Start, key: str) -> None:
    async with start() as driver:
        await driver.ask("HBA1")
        await driver.pilot.press(key)
        await driver.pilot.pause()
        assert driver.app.return_code == 0
        assert driver.app._exit


async def test_escape_takes_one_step_a_press(start: Start) -> None:
    async with start() as driver:
        await driver.ask("HBA1")
        line = driver.main.query_line
        line.focus()
        line.put("")
        await driver.pilot.pause()
        await driver.type("PYG")
        await driver.until(lambda: driver.main.suggestions.display)
        await driver.press("escape")
        assert not driver.main.suggestions.display
        assert line.has_focus
        await driver.press("escape")
        assert not line.has_focus
        assert line.value == "HBA1"


async def test_tab_takes_the_suggestion_and_then_moves_on(start: Start) -> None:
    async with start() as driver:
        await driver.type("PYGL : PYG")
        await driver.until(lambda: driver.main.suggestions.display)
        await driver.press("down", "down", "tab")
        chosen = driver.main.query_line.value
        assert chosen.startswith("PYGL : PYG")
        assert chosen.endswith(" ")
        assert not driver.main.suggestions.display
        await driver.press("tab")
        assert not driver.main.query_line.has_focus


async def test_enter_on_a_chosen_suggestion_takes_it_and_asks_at_the_next(start: Start) -> None:
    async with start() as driver:
        await driver.type("PYGM")
        await driver.until(lambda: driver.main.suggestions.display)
        await driver.press("down", "enter")
        assert driver.main.query_line.value == "PYGM "
        assert driver.main.asking.trail.here is None
        await driver.press("enter")
        await driver.until(lambda: driver.main.asking.trail.here)
        assert driver.main.asking.rows.result.canonical == "PYGM"


async def test_a_click_takes_a_suggestion(start: Start) -> None:
    async with start() as driver:
        await driver.type("PYG")
        await driver.until(lambda: driver.main.suggestions.display)
        await driver.pilot.click(driver.main.suggestions, offset=(4, 2))
        await driver.pilot.pause()
        assert driver.main.query_line.value == "PYGL "


async def test_a_click_on_a_key_hint_does_it(start: Start) -> None:
    async with start((200, 40)) as driver:
        await driver.ask("HBA1")
        at = driver.main.hints.render().plain.index("metric")
        await driver.pilot.click(driver.main.hints, offset=(at + 1, 0))
        await driver.settle()
        assert driver.main.asking.rows.result.options.metric == "euclidean"


async def test_a_click_on_a_gene_in_the_details_asks_it(start: Start) -> None:
    async with start((140, 60)) as driver:
        await driver.ask("PYGL : PYGM")
        await driver.until(lambda: "Nearest" in driver.screen_text)
        driver.main.sidebar.action_pick(0)
        await driver.until(lambda: driver.main.query_line.value == "PYGL")


@pytest.mark.parametrize(
    ("width", "first", "after_h", "after_d"),
    [
        (80, (False, False), (True, False), (False, True)),
        (110, (False, True), (True, False), (False, True)),
        (140, (True, True), (False, True), (False, False)),
    ],
)
async def test_panes_fold(
    start: Start,
    width: int,
    first: tuple[bool, bool],
    after_h: tuple[bool, bool],
    after_d: tuple[bool, bool],
) -> None:
    async with start((width, 30)) as driver:

        def shown() -> tuple[bool, bool]:
            return driver.main.history.display, driver.main.sidebar.display

        await driver.ask("HBA1")
        assert shown() == first
        await driver.press("H")
        assert shown() == after_h
        await driver.press("D")
        assert shown() == after_d


async def test_any_resize_is_safe(start: Start) -> None:
    async with start() as driver:
        await driver.ask("PYGL : PYGM")
        for size in ((80, 24), (20, 5), (1, 1), (300, 100), (100, 12), (139, 40), (140, 40)):
            await driver.pilot.resize_terminal(*size)
            await driver.pilot.pause()
            await driver.press("j")
        assert driver.main.history.display
        assert "PYGL : PYGM" in driver.screen_text


async def test_folded_details_tell_the_gene_on_the_border(start: Start) -> None:
    async with start((80, 24)) as driver:
        await driver.ask("HBA1")
        await driver.until(lambda: "proteinatlas.org/ENSG00000188536" in driver.screen_text)


async def test_the_doctor_can_be_asked(start: Start) -> None:
    async with start() as driver:
        driver.main.action_do("doctor")
        await driver.until(lambda: isinstance(driver.app.screen, DoctorScreen))
        assert "80" in driver.screen_text or "140" in driver.screen_text
        await driver.press("escape")
        assert driver.app.screen is driver.main


async def test_confirmation_defaults_to_no(start: Start) -> None:
    async with start() as driver:
        answers: list[bool | None] = []
        for keys in (["enter"], ["n"], ["escape"], ["y"], ["right", "enter"]):
            driver.main.confirm("Title", "Sure?", "Do it", answers.append)
            await driver.until(lambda: isinstance(driver.app.screen, Confirm))
            await driver.pilot.press(*keys)
            await driver.until(lambda: driver.app.screen is driver.main)
        assert answers == [False, False, False, True, True]


async def test_themes_switch_and_unknown_ones_are_told(start: Start) -> None:
    async with start(settings=Settings(theme="mauve")) as driver:
        assert "there is no theme 'mauve'" in driver.screen_text
        await driver.ask("HBA1")
        for theme in driver.app.available_themes:
            driver.app.theme = theme
            await driver.pilot.pause()
        assert driver.symbols[0] == ("HBA2",)


async def test_no_cursor_blinks(start: Start) -> None:
    async with start() as driver:
        assert not any(line.cursor_blink for line in driver.main.query(Input))


async def test_what_is_clicked_is_done_while_one_types_elsewhere(start: Start) -> None:
    async with start() as driver:
        await driver.ask("HBA1")
        await driver.press("f")
        assert driver.main.focused.id == "filter"
        hints = driver.main.hints.render().plain
        await driver.pilot.click(KeyHints, offset=(hints.index("/ query") + 2, 0))
        await driver.settle()
        assert driver.main.focused is driver.main.query_line


async def test_a_key_that_is_no_letter_leads_to_the_query_line_from_everywhere(
    start: Start,
) -> None:
    settings = Settings(keys={"focus-query": ("ctrl+l",)})
    async with start(settings=settings) as driver:
        line = driver.main.query_line
        await driver.press("slash")
        assert line.value == "/"
        line.put("")
        await driver.ask("HBA1")
        await driver.press("f")
        await driver.press("ctrl+l")
        assert driver.main.focused is line


async def test_the_key_that_leads_to_the_query_line_is_a_letter_there(start: Start) -> None:
    async with start() as driver:
        line = driver.main.query_line
        await driver.press("slash")
        assert line.value == ""
        await driver.press("slash", "e", "n")
        assert line.value == "/en"


async def test_no_message_covers_a_dialog(demo: Path) -> None:
    app = GeneTui(str(demo), settings=Settings())
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        driver = Driver(app, pilot)
        await driver.until(lambda: driver.main.loader.session, "the space opens")
        driver.main.results.focus_table()
        driver.main.warn("warned before")
        await driver.until(lambda: "warned before" in driver.screen_text, "the message")
        await driver.press("question_mark")
        assert "What to ask" in driver.screen_text
        driver.main.warn("warned meanwhile")
        await driver.until(lambda: app.screen.query(Toast), "the old message, not shown")
        # What the screen below shows is below the dialog.
        assert not any(toast.display for toast in app.screen.query(Toast))
        assert "warned meanwhile" not in driver.screen_text
        await driver.press("escape")
        await driver.until(lambda: "warned meanwhile" in driver.screen_text, "the message")
    app.finish()


async def test_the_most_useful_keys_stay_at_80_columns(start: Start) -> None:
    async with start((80, 24)) as driver:
        await driver.ask("HBA1")
        keys = driver.screen_text.splitlines()[-1]
        for hint in ("/ query", "⏎ ask", "space mark", "a analogy", "y link", "v draw", "[ back"):
            assert hint in keys
        assert keys.rstrip().endswith("? help  q quit")
        driver.main.query_line.focus()
        driver.main.query_line.put("")
        await driver.settle()
        assert "Esc leaves · F1 helps" in driver.screen_text
        keys = driver.screen_text.splitlines()[-1]
        assert keys.strip() == ("⏎ ask  Tab complete  ↑ recall  ^r search  ^p palette  F1 help")
