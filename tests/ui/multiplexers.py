"""tmux and GNU screen with servers of their own, without the user's settings."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.ui.pseudo_terminal import environment

PATIENCE = 40.0
#: Seconds for GNU screen to do what it is told: the command that tells it only passes it on.
PASSED_ON = 2.0


class Multiplexer:
    """What tests ask of either; the app runs in its only window."""

    folder: Path

    def start(self, command: Sequence[str], size: tuple[int, int]) -> None:
        """Run a command in a new session."""
        raise NotImplementedError

    def send(self, keys: str) -> None:
        """Write keys to the window, all at once."""
        raise NotImplementedError

    @property
    def screen(self) -> str:
        """What the window shows."""
        raise NotImplementedError

    def close(self) -> None:
        """End the server and what runs in it."""
        raise NotImplementedError

    def until(self, what: Callable[[], object], told: str) -> None:
        end = time.monotonic() + PATIENCE
        while not what():
            assert time.monotonic() < end, f"never: {told}\n{self.screen}"
            time.sleep(0.05)

    def until_shown(self, text: str) -> None:
        self.until(lambda: text in self.screen, text)

    def run(self, *command: str) -> str:
        """Run one of its own commands; what it prints, "" where it fails."""
        done = subprocess.run(
            command,
            env=environment(**self.environment),
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
        )
        return done.stdout if done.returncode == 0 else ""

    @property
    def environment(self) -> dict[str, str]:
        return {}


class Tmux(Multiplexer):
    """A tmux server."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, *arguments: str) -> str:
        return self.run("tmux", "-S", str(self.folder / "s"), "-f", "/dev/null", *arguments)

    def start(self, command: Sequence[str], size: tuple[int, int] = (80, 24)) -> None:
        columns, rows = map(str, size)
        self("new-session", "-d", "-s", "app", "-x", columns, "-y", rows, *command)

    def send(self, keys: str) -> None:
        self("send-keys", "-t", "app", "-H", *(f"{byte:02x}" for byte in keys.encode()))

    @property
    def screen(self) -> str:
        return self("capture-pane", "-p", "-t", "app")

    def close(self) -> None:
        self("kill-server")


class GnuScreen(Multiplexer):
    """A GNU screen session, detached."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.folder.chmod(0o700)

    def __call__(self, *arguments: str) -> str:
        return self.run("screen", "-S", "app", *arguments)

    def start(self, command: Sequence[str], size: tuple[int, int] = (80, 24)) -> None:
        assert size == (80, 24), "the size of a session that nobody is attached to"
        self("-c", "/dev/null", "-U", "-d", "-m", *command)

    def send(self, keys: str) -> None:
        quoted = keys.replace("\\", "\\\\").replace("^", "\\^").replace("$", "\\$")
        self("-p", "0", "-X", "stuff", quoted)

    @property
    def screen(self) -> str:
        copy = self.folder / "copy"
        copy.unlink(missing_ok=True)
        self("-p", "0", "-X", "hardcopy", str(copy))
        end = time.monotonic() + PASSED_ON
        while not copy.is_file():
            if time.monotonic() > end:  # lost: there was no window yet; whoever waits asks again
                return ""
            time.sleep(0.01)
        return copy.read_bytes().decode("utf-8", "replace")

    @property
    def environment(self) -> dict[str, str]:
        return {"SCREENDIR": str(self.folder)}

    def close(self) -> None:
        self("-X", "quit")


@contextmanager
def multiplexer(kind: type[Tmux] | type[GnuScreen]) -> Iterator[Tmux | GnuScreen]:
    """A server that ends with the block; the test is skipped where there is none."""
    program = "tmux" if kind is Tmux else "screen"
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed")
    # Sockets have short names only, and the folders of tests may have long ones.
    with tempfile.TemporaryDirectory(prefix="g", dir="/tmp") as folder:
        server = kind(Path(folder))
        try:
            yield server
        finally:
            server.close()
