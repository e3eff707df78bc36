"""Copying: what is decided, what is sent, and that nothing can freeze it."""

from __future__ import annotations

import base64
import os
import pty
import re
import select
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gene_tui.terminal import Route, Terminal, detect
from gene_tui.ui import clipboard
from gene_tui.ui.clipboard import MAX_SEQUENCE, MAX_TEXT, osc52, perform, plan

SSH = {"SSH_CONNECTION": "10.0.0.1 5000 10.0.0.2 22", "TERM": "xterm-256color"}
TMUX = {"TMUX": "/tmp/tmux-0/default,1,0", "TERM": "tmux-256color"}
SCREEN = {"STY": "4.pts-1.host", "TERM": "screen"}
DESKTOP = {"DISPLAY": ":0", "TERM": "xterm-256color"}


@pytest.mark.parametrize(
    ("environment", "routes"),
    [
        ({}, [Route.OSC52]),
        (SSH, [Route.OSC52]),
        (TMUX, [Route.OSC52, Route.TMUX]),
        (SSH | TMUX, [Route.OSC52, Route.TMUX]),
        (SCREEN, [Route.SCREEN]),
        (SCREEN | TMUX, [Route.SCREEN, Route.TMUX]),
        (DESKTOP, [Route.OSC52, Route.DESKTOP]),
        ({"WAYLAND_DISPLAY": "wayland-0"}, [Route.OSC52, Route.DESKTOP]),
        (DESKTOP | TMUX, [Route.OSC52, Route.TMUX, Route.DESKTOP]),
        (DESKTOP | SSH, [Route.OSC52]),
        (DESKTOP | {"SSH_TTY": "/dev/pts/3"}, [Route.OSC52]),
        (DESKTOP | {"SSH_CLIENT": "10.0.0.1 5000 22"}, [Route.OSC52]),
        (DESKTOP | {"SSH_CONNECTION": ""}, [Route.OSC52, Route.DESKTOP]),
    ],
)
def test_routes_follow_the_environment(environment: Mapping[str, str], routes: list[Route]) -> None:
    made = plan(environment, 40, "linux")
    assert list(made.routes) == routes
    assert made.notice.startswith("sent to ")
    assert ("tmux" in made.notice) == (Route.TMUX in routes)
    assert ("desktop" in made.notice) == (Route.DESKTOP in routes)


def test_a_mac_has_a_clipboard_without_display() -> None:
    assert Route.DESKTOP in plan({}, 40, "darwin").routes
    assert Route.DESKTOP not in plan(SSH, 40, "darwin").routes


def test_too_long_for_the_terminal() -> None:
    assert plan(SSH, MAX_TEXT, "linux").routes == (Route.OSC52,)
    over = plan(SSH, MAX_TEXT + 1, "linux")
    assert over.routes == ()
    assert "75 kB" in over.notice
    assert "export" in over.notice
    kept = plan(SSH | TMUX, MAX_TEXT + 1, "linux")
    assert kept.routes == (Route.TMUX,)
    assert not kept.to_terminal
    assert "prefix ]" in kept.notice
    assert plan(SCREEN, MAX_TEXT + 1, "linux").routes == ()
    assert plan(DESKTOP, MAX_TEXT + 1, "linux").routes == (Route.DESKTOP,)


def test_the_longest_text_fits_the_limit() -> None:
    assert len(osc52("x" * MAX_TEXT)) <= MAX_SEQUENCE < len(osc52("x" * (MAX_TEXT + 3)))


@given(st.text())
def test_the_sequence_carries_the_text_unchanged(text: str) -> None:
    sequence = osc52(text)
    assert sequence.startswith(b"\x1b]52;c;")
    assert sequence.endswith(b"\x07")
    inside = sequence[7:-1]
    assert re.fullmatch(rb"[A-Za-z0-9+/=]*", inside)
    assert base64.b64decode(inside).decode("utf-8") == text


@given(st.text(min_size=0, max_size=4000))
def test_pieces_for_screen_join_to_the_sequence(text: str) -> None:
    pieces = re.findall(rb"\x1bP(.*?)\x1b\\", osc52(text, Route.SCREEN), re.DOTALL)
    assert b"".join(pieces) == osc52(text)
    assert max(map(len, pieces)) < 768
    assert osc52(text, Route.SCREEN) == b"".join(b"\x1bP" + piece + b"\x1b\\" for piece in pieces)


class Runner:
    """Commands that were run, and what each is to answer."""

    def __init__(self, *answers: tuple[int, str] | Exception) -> None:
        self.answers = list(answers)
        self.ran: list[tuple[list[str], bytes]] = []

    def __call__(self, command: Sequence[str], given: bytes) -> tuple[int, str]:
        self.ran.append((list(command), given))
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def _send(
    environment: Mapping[str, str], text: str, runner: Runner
) -> tuple[clipboard.Outcome, list[str]]:
    written: list[str] = []
    made = plan(environment, len(text.encode()), "linux")
    return perform(made, text, written.append, runner), written


def test_everything_is_sent_in_one_write() -> None:
    runner = Runner((0, ""), (0, ""))
    outcome, written = _send(DESKTOP | TMUX, "ENSG1\té", runner)
    assert written == [osc52("ENSG1\té").decode()]
    assert runner.ran[0] == (["tmux", "load-buffer", "-w", "-"], "ENSG1\té".encode())
    assert runner.ran[1][1] == "ENSG1\té".encode()
    assert outcome.ok
    assert outcome.sent == (Route.OSC52, Route.TMUX, Route.DESKTOP)
    assert outcome.failed == ()
    assert outcome.notice == (
        "sent to your terminal (OSC 52) and tmux and this desktop's clipboard"
    )


def test_an_old_tmux_keeps_it_in_its_buffer() -> None:
    runner = Runner((1, "unknown option -- w"), (0, ""))
    outcome, _ = _send(TMUX, "x", runner)
    assert [command for command, _ in runner.ran] == [
        ["tmux", "load-buffer", "-w", "-"],
        ["tmux", "load-buffer", "-"],
    ]
    assert "prefix ]" in outcome.notice


def test_long_text_goes_to_the_buffer_of_tmux_only() -> None:
    runner = Runner((0, ""))
    outcome, written = _send(TMUX, "x" * 200_000, runner)
    assert written == []
    assert [command for command, _ in runner.ran] == [["tmux", "load-buffer", "-"]]
    assert outcome.ok
    assert outcome.notice.startswith("200 kB is too long")
    assert outcome.notice.endswith("sent to tmux's buffer (paste it with prefix ])")


def test_nowhere_to_send_says_what_to_do() -> None:
    outcome, written = _send(SSH, "x" * 200_000, Runner())
    assert written == []
    assert not outcome.ok
    assert "export" in outcome.notice


def test_each_failure_is_told_and_none_is_raised() -> None:
    def broken(_: str) -> None:
        raise RuntimeError("driver closed")

    runner = Runner(subprocess.TimeoutExpired("tmux", 2), FileNotFoundError(2, "No such file"))
    made = plan(DESKTOP | TMUX, 1, "linux")
    outcome = perform(made, "x", broken, runner)
    assert not outcome.ok
    assert [route for route, _ in outcome.failed] == [Route.OSC52, Route.TMUX, Route.DESKTOP]
    assert outcome.notice.startswith("not copied")
    for words in ("driver closed", "no answer within 2 s", "No such file"):
        assert words in outcome.notice


def test_one_failure_leaves_the_rest() -> None:
    runner = Runner((1, "no server running"), (1, "no server running"))
    outcome, _ = _send(TMUX, "x", runner)
    assert outcome.sent == (Route.OSC52,)
    assert outcome.notice == ("sent to your terminal (OSC 52); tmux failed: no server running")


def _script(folder: Path, name: str, body: str) -> None:
    file = folder / name
    file.write_text(f"#!/bin/sh\n{body}\n")
    file.chmod(0o755)


def test_a_hung_tmux_does_not_freeze(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _script(tmp_path, "tmux", "exec sleep 60")
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setattr(clipboard, "PATIENCE", 0.3)
    outcome = perform(plan(TMUX, 1, "linux"), "x", lambda _: None)
    assert outcome.sent == (Route.OSC52,)
    assert "no answer within 0.3 s" in outcome.notice


def test_the_desktop_helper_may_stay_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """xclip leaves a process that serves the clipboard and holds its output open."""
    _script(tmp_path, "xclip", f"cat > {tmp_path}/got; sleep 6 & exit 0")
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setenv("DISPLAY", ":99")
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.setattr(clipboard, "PATIENCE", 5.0)
    outcome = perform(
        clipboard.CopyPlan((Route.DESKTOP,), 1, "sent"), "γ-globin\n\x1b[31m", lambda _: None
    )
    assert outcome.sent == (Route.DESKTOP,), outcome.notice
    assert (tmp_path / "got").read_bytes() == "γ-globin\n\x1b[31m".encode()


# -- the real programs -----------------------------------------------------------------------


class Outer:
    """A terminal of 80 × 24 that runs one program and keeps what it is sent."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        self.received = b""
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.execvpe(command[0], list(command), dict(environment))

    def read_until(self, arrived: Callable[[bytes], bool], seconds: float = 40) -> bool:
        """Read until ``arrived(everything so far)``; whether it did."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if select.select([self.fd], [], [], 0.05)[0]:
                try:
                    self.received += os.read(self.fd, 65536)
                except OSError:
                    break
            if arrived(self.received):
                return True
        return arrived(self.received)

    def close(self) -> None:
        os.close(self.fd)
        os.waitpid(self.pid, 0)


def _clean_environment(**more: str) -> dict[str, str]:
    gone = ("TMUX", "TMUX_PANE", "STY", "SSH_TTY", "SSH_CONNECTION", "SSH_CLIENT")
    kept = {name: value for name, value in os.environ.items() if name not in gone}
    return kept | {"TERM": "xterm-256color"} | more


@pytest.fixture
def tmux_pane(short: Path) -> Iterator[tuple[Outer, Path]]:
    """A tmux server of its own, with a terminal attached; its socket."""
    if not shutil.which("tmux"):
        pytest.skip("tmux is not installed")
    socket = short / "socket"
    outer = Outer(
        ["tmux", "-S", str(socket), "-f", "/dev/null", "new-session", "cat"], _clean_environment()
    )
    try:
        assert outer.read_until(lambda seen: b"\x1b[?25h" in seen and socket.exists())
        yield outer, socket
    finally:
        subprocess.run(["tmux", "-S", str(socket), "kill-server"], check=False)
        outer.read_until(lambda _: False, 0.2)
        outer.close()


def test_real_tmux_gets_the_text_and_hands_it_on(
    tmux_pane: tuple[Outer, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    outer, socket = tmux_pane
    link = "https://www.proteinatlas.org/ENSG00000149591 é"
    monkeypatch.setenv("TMUX", f"{socket},0,0")
    outcome = perform(plan(TMUX, len(link.encode()), "linux"), link, lambda _: None)
    assert outcome.sent == (Route.OSC52, Route.TMUX), outcome.notice
    shown = subprocess.run(["tmux", "show-buffer"], capture_output=True, check=True)
    assert shown.stdout.decode() == link
    code = base64.b64encode(link.encode())
    assert outer.read_until(lambda seen: code in seen), outer.received[-200:]


def test_real_screen_hands_the_pieces_on(tmp_path: Path, short: Path) -> None:
    if not shutil.which("screen"):
        pytest.skip("GNU screen is not installed")
    text = "".join(f"ENSG{number:011d}\n" for number in range(1500))
    (tmp_path / "pieces").write_bytes(osc52(text, Route.SCREEN))
    folder = short / "screens"
    folder.mkdir(mode=0o700)
    # screen's window needs a moment before it passes strings on
    script = f"sleep 0.3; cat {tmp_path}/pieces; sleep 1"
    outer = Outer(
        ["screen", "-c", "/dev/null", "sh", "-c", script], _clean_environment(SCREENDIR=str(folder))
    )
    try:
        assert outer.read_until(lambda seen: osc52(text) in seen), len(outer.received)
    finally:
        outer.read_until(lambda seen: b"terminating" in seen, 5)
        outer.close()


# -- what the environment says ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("environment", "colours"),
    [
        ({}, "none"),
        ({"TERM": "dumb", "COLORTERM": "truecolor"}, "none"),
        ({"TERM": "xterm"}, "16"),
        ({"TERM": "xterm-256color"}, "256"),
        ({"TERM": "tmux-256color", "COLORTERM": "truecolor"}, "truecolor"),
        ({"TERM": "xterm-direct"}, "truecolor"),
    ],
)
def test_colours(environment: Mapping[str, str], colours: str) -> None:
    assert detect(environment, "linux").colours == colours


def test_detection_is_of_the_given_environment_only() -> None:
    found = detect(
        {"TERM": "tmux-256color", "NO_COLOR": "1", "LANG": "de_CH.UTF-8", **SSH} | {"TERM": "tmux"},
        "linux",
    )
    assert found == Terminal(
        term="tmux",
        colours="16",
        no_color=True,
        tmux=False,
        screen=False,
        ssh=True,
        distant_multiplexer=True,
        display=False,
        utf8=True,
    )
    assert not detect({"NO_COLOR": ""}, "linux").no_color
    assert not detect({"LC_ALL": "C", "LANG": "de_CH.UTF-8"}, "linux").utf8
