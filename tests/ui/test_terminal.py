"""The real program in a real (pseudo-)terminal: what it sends, and how it leaves."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from gene_tui.history import History
from tests.ui.pseudo_terminal import FRESH, Frame, Program, Screen, gene_tui

LINK = "https://www.proteinatlas.org/ENSG00000188536"  # of HBA2, the gene nearest to HBA1
WIDE, NARROW = (140, 40), (80, 24)
#: Bytes of the details: every line of the pane and its frame, where it begins to scroll.
MOST_DETAILS = 12 * 1024


@pytest.fixture(params=[WIDE], ids=lambda size: f"{size[0]}x{size[1]}")
def program(request: pytest.FixtureRequest, demo: Path) -> Iterator[Program]:
    """The app, open on the small space, with the answer to HBA1."""
    program = Program(gene_tui("--space", str(demo)), request.param)
    try:
        program.until_shown("ready")
        program.ask("HBA1", "50 genes")
        program.until_quiet()
        yield program
    finally:
        program.close()


def sane(program: Program) -> bool:
    """Whether the terminal is as it was: screen, cursor, mouse, keyboard, echo."""
    screen = program.screen
    return screen.modes == FRESH and not screen.keyboards and program.settings == program.before


def kept() -> list[str]:
    """What is in the history on disk, oldest first."""
    with History.open() as history:
        assert not history.warning
        return [entry.canonical for entry in reversed(history.entries())]


def sent(program: Program, keys: str) -> list[Frame]:
    """What keys lead to, until all is quiet."""
    before = len(program.screen.frames)
    program.send(keys)
    program.until_quiet(0.7)
    return program.screen.frames[before:]


def of_details(program: Program, frames: list[Frame]) -> list[Frame]:
    """The frames that write where the details are: the pane on the right, or the lower border."""
    screen = program.screen
    if screen.columns == WIDE[0]:
        return [frame for frame in frames if any(x >= WIDE[0] - 42 for _, x in frame.cells)]
    return [frame for frame in frames if any(y == screen.rows - 2 for y, _ in frame.cells)]


@pytest.mark.parametrize("program", [WIDE, NARROW], indirect=True, ids=["wide", "narrow"])
def test_a_step_of_the_cursor_costs_little_and_a_burst_brings_the_details_once(
    program: Program,
) -> None:
    wide = program.screen.columns == WIDE[0]
    for query, shows, part in (
        ("HBA1", "50 genes", "Nearest ─"),
        ("PYGL : PYGM", "50 pairs", "share"),  # gene sets are read when a pair is first told of
    ):
        program.ask(query, shows)
        program.until_shown(part if wide else "proteinatlas.org")
        program.until_quiet(0.7)
        table, *details = sent(program, "j")
        assert 0 < table.size < 1024
        assert details == of_details(program, [table, *details])
        assert 0 < sum(frame.size for frame in details) < MOST_DETAILS
        # The steps may be drawn in one frame or in several, the details come once.
        frames = sent(program, "j" * 9)
        print(f"{program.screen.columns} columns, {query}: step {table.size} B,", end=" ")
        print(f"details {[frame.size for frame in details]} B,", end=" ")
        print(f"after 9 steps {[frame.size for frame in frames]}")
        (last,) = of_details(program, frames)
        assert last is frames[-1]
        assert last.size < MOST_DETAILS
        assert sum(frame.size for frame in frames) < MOST_DETAILS + 9 * 1024


def test_y_sends_the_link_and_leaving_puts_everything_back(program: Program) -> None:
    assert program.screen.modes > {1049, 1000}  # the alternate screen, and the mouse
    assert program.settings != program.before
    program.send("y")
    program.until(lambda: program.screen.copied, "the link")
    assert program.screen.copied == [LINK]
    program.until_shown("(OSC 52)")
    program.send("q")
    assert program.wait() == 0
    assert sane(program)
    assert kept() == ["HBA1"]


@pytest.mark.parametrize(("name", "code"), [("SIGHUP", 129), ("SIGTERM", 143)])
def test_a_polite_end_leaves_a_sane_terminal_and_the_history(
    program: Program, name: str, code: int
) -> None:
    program.ask("HBB", "❯ HBB")
    program.process.send_signal(getattr(signal, name))
    assert program.wait() == code
    assert sane(program)
    assert kept()[0] == "HBA1"


def test_a_program_that_is_told_to_go_on_without_having_slept_hears_keys_once_and_ends(
    program: Program,
) -> None:
    """As when its terminal is lost; nothing of it may be started a second time."""
    program.process.send_signal(signal.SIGCONT)
    program.ask("HBB", "❯ HBB")
    program.send("q")
    assert program.wait() == 0
    assert sane(program)
    assert kept() == ["HBA1", "HBB"]


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of 3,000 words; what is prepared for it is kept with the others' in the cache."""
    file = tmp_path_factory.mktemp("many") / "some.npz"
    rng = np.random.default_rng(1)
    vectors = rng.normal(size=(3_000, 40)).astype(np.float32)
    np.savez(file, embeddings=vectors, genes=[f"W{n}" for n in range(len(vectors))])
    return file


@pytest.mark.parametrize("how", ["SIGTERM", "SIGHUP", "hang up"])
def test_what_a_long_question_has_found_is_kept_when_the_connection_drops(
    many: Path, how: str
) -> None:
    program = Program(gene_tui("--space", str(many)), WIDE)
    try:
        program.until_shown("ready")
        program.send("? : ?\r")
        program.until_shown("Esc stops and keeps these")
        if how == "hang up":
            program.hang_up()
        else:
            program.process.send_signal(getattr(signal, how))
        program.process.wait(40)
    finally:
        program.close()
    with History.open() as history:
        (entry,) = history.entries()
        result = entry.result()
    assert entry.text == "? : ?"
    assert "stopped early" in entry.setting
    assert result.hits
    assert not result.complete


def test_a_lost_connection_ends_the_program_and_keeps_the_history(program: Program) -> None:
    program.hang_up()
    program.process.wait(30)
    assert kept() == ["HBA1"]


def test_a_kill_loses_nothing_that_was_listed(program: Program) -> None:
    def listed() -> int:
        """Entries in the history pane, the newest at the top."""
        panes = program.screen.text.splitlines()[5:-2]
        return sum(1 for line in panes if line[1:32].strip("│ "))

    asked = ["HBA1", "HBB", "PYGL : PYGM", "ACTA1", "HBG1", "MB"]
    for number, query in enumerate(asked[1:], 2):
        program.ask(query, f"❯ {query}")
        if number < len(asked):
            program.until(lambda number=number: listed() >= number, f"{number} entries")
    told = listed()
    program.process.kill()  # while the last question is being answered or written
    assert program.process.wait(30) == -signal.SIGKILL
    assert told >= len(asked) - 1
    found = kept()
    assert found[:told] == asked[:told]
    assert len(found) in (told, told + 1)


def test_keys_sent_in_one_breath_go_to_the_line_that_the_first_opens(program: Program) -> None:
    program.send("/PYGL : PYGM\r")
    program.until_shown("50 pairs")
    program.until_quiet()
    program.send("fGYS\r")
    program.until(lambda: "GYS2" in program.screen.text and "PHKA2" not in program.screen.text)
    program.send("\x1b")
    program.until_shown("PHKA2")


@pytest.mark.parametrize(
    ("opens", "keys", "holds"),
    [
        (("Y",), "le", lambda screen: screen.copied == [LINK]),
        (("s",), "\r\r", lambda screen: "Open a space" not in screen.text),
        (("\x10", "fold the details"), "\r\r", lambda screen: "─ Gene ─" not in screen.text),
        (("?",), "\x1b[27u\x1b[27u", lambda screen: "─ Help ─" not in screen.text),
    ],
    ids=["copy", "space", "palette", "help"],
)
def test_a_dialog_does_one_thing_however_many_keys_come_at_once(
    program: Program, opens: tuple[str, ...], keys: str, holds: Callable[[Screen], bool]
) -> None:
    for typed in (*opens, keys):
        program.send(typed)
        program.until_quiet()
    program.until(lambda: holds(program.screen), "what the first key asks for, done once")
    assert program.process.poll() is None
    assert "50 genes" in program.screen.text


def test_keys_behind_one_that_opens_a_dialog_are_not_done_behind_it(program: Program) -> None:
    program.send("eq")
    program.until_shown("Markdown")
    program.until_quiet()
    assert program.process.poll() is None


def test_a_slash_is_a_letter_where_something_is_typed_already(program: Program) -> None:
    program.send("//HB/A")
    program.until_shown("❯ HB/A")
