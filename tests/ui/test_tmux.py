"""The real program inside a real tmux, with a server of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ui.multiplexers import Tmux, multiplexer
from tests.ui.pseudo_terminal import gene_tui

LINK = "https://www.proteinatlas.org/ENSG00000188536"  # of HBA2, the gene nearest to HBA1


@pytest.fixture
def tmux() -> Iterator[Tmux]:
    with multiplexer(Tmux) as server:
        assert isinstance(server, Tmux)
        yield server


def test_the_link_copied_inside_tmux_is_in_its_buffer(tmux: Tmux, demo: Path) -> None:
    command = gene_tui("--space", str(demo))
    tmux.start(command)
    tmux.until_shown("ready")
    tmux("send-keys", "-t", "app", "-l", "HBA1")
    tmux.until_shown("nearest genes to HBA1")
    tmux("send-keys", "-t", "app", "Enter")
    tmux.until_shown("50 genes")
    tmux.until_shown("space mark")  # the keys of the table: it has the focus
    assert tmux("show-buffer") == ""
    tmux("send-keys", "-t", "app", "y")
    tmux.until(lambda: tmux("show-buffer"), "a buffer")
    assert tmux("show-buffer") == LINK
    tmux.until_shown("and tmux")  # the notice says where it went
    tmux("resize-window", "-t", "app", "-x", "140", "-y", "40")
    tmux.until_shown("hemoglobin subunit alpha 2")
    tmux("send-keys", "-t", "app", "q")
    tmux.until(lambda: not tmux("list-sessions"), "the program ends, and its session with it")
