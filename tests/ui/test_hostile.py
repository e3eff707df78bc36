"""Genes with hostile names: shown harmlessly everywhere, copied as they are."""

from __future__ import annotations

from pathlib import Path

import pytest

from gene_tui.model.gene import Gene
from gene_tui.ui.controllers.copying import copyables
from gene_tui.ui.screens.copy_menu import CopyMenu
from tests.ui.conftest import Start
from tests.ui.hostile_space import ESCAPES, NAMES, write

#: What must never reach a terminal.
HARMFUL = ("\x1b", "\x07", "\u202e", "\t")


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A space folder whose genes are called so, and described so."""
    return write(tmp_path_factory.mktemp("hostile") / "space")


def harmless(text: str) -> bool:
    return not any(bad in text for bad in HARMFUL)


@pytest.mark.parametrize("size", [(80, 24), (140, 40)])
async def test_hostile_names_are_shown_harmlessly_everywhere(
    start: Start, hostile: Path, size: tuple[int, int]
) -> None:
    async with start(size, space=hostile) as driver:
        main = driver.main
        assert harmless(driver.screen_text)
        await driver.ask("G1")
        assert len(driver.symbols) == len(NAMES) + 19
        seen = ""
        for _ in range(len(driver.symbols)):
            await driver.pilot.press("j")
            await driver.until(lambda: not main.jobs.running("gene"))
            seen += driver.screen_text
        assert harmless(seen)
        for shown in ("[/x]", "[bold red]", "␛]52", "�gnp.exe", "LLLL…", "中文基因"):
            assert shown in seen, shown


async def test_hostile_genes_are_asked_marked_recalled_and_kept(
    start: Start, hostile: Path
) -> None:
    async with start(space=hostile) as driver:
        main = driver.main
        for name in NAMES:
            gene = main.loader.session.gene(name)
            main.marking.basket.toggle(gene)
            main.asking.ask(main.loader.name_of(gene))
            await driver.until(
                lambda name=name: (
                    main.asking.trail.here
                    and main.asking.trail.here.result.query_genes[0].label == name
                ),
                ascii(name),
            )
            await driver.settle()
            assert harmless(driver.screen_text)
        main.marking._changed()
        await driver.until(lambda: len(main.history.entries) == len(NAMES))
        assert harmless(driver.screen_text)
        main.query_line.focus()
        main.query_line.put("")
        for _ in NAMES:
            await driver.press("up")
            await driver.until(lambda: main.query_line.value)
            assert harmless(driver.screen_text)
        main.query_line.put("")
        await driver.type("LLL")
        assert harmless(driver.screen_text)


async def test_hostile_words_in_errors_notices_and_filters(start: Start, hostile: Path) -> None:
    async with start(space=hostile) as driver:
        main = driver.main
        await driver.ask('"[/y]\x1b[31m"')
        assert "[/y]" in driver.card
        assert harmless(driver.screen_text)
        await driver.ask("G1")
        main.looking.filter("[/x]")
        await driver.pilot.pause()
        assert driver.symbols == [("[/x]",)]
        main.notice(f"[/z] {ESCAPES}")
        main.say(f"[/z] {ESCAPES}")
        main.confirm(f"[/z]{ESCAPES}", f"[/z]{ESCAPES}?", f"[/z]{ESCAPES}", lambda _: None)
        await driver.pilot.pause()
        assert harmless(driver.screen_text)
        await driver.press("escape", "s")
        await driver.until(lambda: driver.app.screen is not main)
        assert harmless(driver.screen_text)


async def test_what_is_copied_is_the_name_itself(start: Start, hostile: Path) -> None:
    async with start(space=hostile) as driver:
        sent: list[str] = []
        driver.main.copying._copy = lambda make: sent.append(make())
        await driver.ask("G1")
        for name in NAMES:
            driver.main.marking.basket.genes[:] = [driver.main.loader.session.gene(name)]
            await driver.press("Y")
            await driver.until(lambda: isinstance(driver.app.screen, CopyMenu))
            assert harmless(driver.screen_text)
            await driver.press("b")
        assert sent == list(NAMES)


def test_a_gene_without_an_id_has_no_link_to_copy() -> None:
    labels = {item.label for item in copyables([Gene(0, "word")], None, None)}
    assert labels == {"row label"}
