"""The real program inside a real tmux, with a server of its own."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.ui.pseudo_terminal import environment, gene_tui

LINK = "https://www.proteinatlas.org/ENSG00000188536"  # of HBA2, the gene nearest to HBA1
PATIENCE = 40.0


class Tmux:
    """A tmux server of its own, without the user's settings."""

    def __init__(self, socket: Path) -> None:
        self.socket = socket

    def __call__(self, *arguments: str) -> str:
        """Run a tmux command; what it prints, "" where it fails."""
        done = subprocess.run(
            ["tmux", "-S", str(self.socket), "-f", "/dev/null", *arguments],
            env=environment(),
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
        )
        return done.stdout if done.returncode == 0 else ""

    @property
    def screen(self) -> str:
        """What the pane shows."""
        return self("capture-pane", "-p", "-t", "app")

    def until(self, what: Callable[[], object], told: str) -> None:
        end = time.monotonic() + PATIENCE
        while not what():
            assert time.monotonic() < end, f"never: {told}\n{self.screen}"
            time.sleep(0.1)

    def until_shown(self, text: str) -> None:
        self.until(lambda: text in self.screen, text)


@pytest.fixture
def tmux(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tmux]:
    if shutil.which("tmux") is None:
        pytest.skip("tmux is not installed")
    # Sockets have short names only, and the folder of a test may have a long one.
    server = Tmux(tmp_path_factory.mktemp("t") / "s")
    if len(str(server.socket)) > 100:
        pytest.skip(f"the name of a socket must be shorter than {server.socket}")
    try:
        yield server
    finally:
        server("kill-server")


def test_the_link_copied_inside_tmux_is_in_its_buffer(tmux: Tmux, demo: Path) -> None:
    command = gene_tui("--space", str(demo))
    tmux("new-session", "-d", "-s", "app", "-x", "80", "-y", "24", *command)
    tmux.until_shown("ready")
    tmux("send-keys", "-t", "app", "-l", "HBA1")
    tmux.until_shown("nearest genes to HBA1")
    tmux("send-keys", "-t", "app", "Enter")
    tmux.until_shown("50 genes")
    tmux.until_shown("copy link")  # the keys of the table: it has the focus
    assert tmux("show-buffer") == ""
    tmux("send-keys", "-t", "app", "y")
    tmux.until(lambda: tmux("show-buffer"), "a buffer")
    assert tmux("show-buffer") == LINK
    tmux.until_shown("and tmux")  # the notice says where it went
    tmux("resize-window", "-t", "app", "-x", "140", "-y", "40")
    tmux.until_shown("hemoglobin subunit alpha 2")
    tmux("send-keys", "-t", "app", "q")
    tmux.until(lambda: not tmux("list-sessions"), "the program ends, and its session with it")
