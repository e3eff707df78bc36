"""Copying to where the person sits, the only place of the app that does it.

First ``plan``, which looks at the environment and decides; then ``perform``, which does it
and can take seconds where a multiplexer or a desktop hangs: call it from a worker. Nothing
that takes text to a clipboard answers whether it arrived, so notices say "sent", and the
link stays on screen to select by hand.
"""

from __future__ import annotations

import base64
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from gene_tui.terminal import Route, clipboard_routes, detect

#: The longest sequence that most terminals take whole; hterm and others stop at 100,000.
MAX_SEQUENCE = 100_000
#: The longest text that fits such a sequence (base64 turns 3 bytes into 4), in bytes.
MAX_TEXT = (MAX_SEQUENCE - len("\x1b]52;c;\x07")) // 4 * 3
#: Bytes per piece inside GNU screen, whose string buffer holds 768 in all versions before 5.
SCREEN_PIECE = 700
#: Seconds for tmux or the desktop's clipboard to answer.
PATIENCE = 2.0

_DESKTOP = "import sys, pyperclip; pyperclip.copy(sys.stdin.buffer.read().decode('utf-8'))"
_NAMES = {
    Route.OSC52: "your terminal (OSC 52)",
    Route.SCREEN: "your terminal through screen (OSC 52)",
    Route.TMUX: "tmux",
    Route.DESKTOP: "this desktop's clipboard",
}

#: What runs a command: (arguments, its standard input) → exit code and what it complained.
#: Raises OSError or subprocess.TimeoutExpired.
Runner = Callable[[Sequence[str], bytes], tuple[int, str]]


@dataclass(frozen=True, slots=True)
class CopyPlan:
    """What will be done with a text.

    Attributes:
        routes: the ways to be tried, in order; empty when the text can go nowhere.
        size: of the text, bytes of UTF-8.
        notice: one line for the person, "sent to …" or why it cannot be sent and what to do.
        to_terminal: False when the text is too long for the terminal; tmux then keeps it in
            its own buffer only.
    """

    routes: tuple[Route, ...]
    size: int
    notice: str
    to_terminal: bool = True


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of it.

    Attributes:
        sent: the ways that took the text.
        failed: the others, each with one line saying why.
        notice: one line for the person.
    """

    sent: tuple[Route, ...]
    failed: tuple[tuple[Route, str], ...]
    notice: str

    @property
    def ok(self) -> bool:
        """Whether any way took the text."""
        return bool(self.sent)


def plan(environment: Mapping[str, str], size: int, platform: str = sys.platform) -> CopyPlan:
    """Decide how a text of ``size`` bytes (UTF-8) gets to the person's clipboard."""
    routes = clipboard_routes(detect(environment, platform))
    if size <= MAX_TEXT:
        return CopyPlan(routes, size, _sent(routes))
    routes = tuple(route for route in routes if route in (Route.TMUX, Route.DESKTOP))
    too_long = f"{_kb(size)} is too long for the terminal's clipboard (at most {_kb(MAX_TEXT)})"
    if not routes:
        notice = f"{too_long}; export it to a file instead"
    else:
        notice = f"{too_long}; {_sent(routes, to_terminal=False)}"
    return CopyPlan(routes, size, notice, to_terminal=False)


def osc52(text: str, wrap: Route = Route.OSC52) -> bytes:
    """The sequence that puts ``text`` on a terminal's clipboard, unchanged.

    ``Route.SCREEN`` cuts it into pieces that GNU screen hands on one after the other.
    """
    sequence = b"\x1b]52;c;" + base64.b64encode(_bytes(text)) + b"\x07"
    if wrap is not Route.SCREEN:
        return sequence
    starts = range(0, len(sequence), SCREEN_PIECE)
    return b"".join(b"\x1bP" + sequence[at : at + SCREEN_PIECE] + b"\x1b\\" for at in starts)


def run(command: Sequence[str], given: bytes) -> tuple[int, str]:
    """Runner ``command`` with ``given`` on its standard input, at most ``PATIENCE`` seconds.

    Its output goes to a file and not a pipe: helpers such as xclip stay behind to serve the
    clipboard and would hold a pipe open for ever.
    """
    with tempfile.TemporaryFile() as complaints:
        done = subprocess.run(
            command,
            input=given,
            stdout=subprocess.DEVNULL,
            stderr=complaints,
            timeout=PATIENCE,
            check=False,
            start_new_session=True,
        )
        complaints.seek(0)
        lines = complaints.read(4096).decode("utf-8", "replace").strip().splitlines()
    return done.returncode, lines[-1] if lines else ""


def perform(plan: CopyPlan, text: str, write: Callable[[str], None], run: Runner = run) -> Outcome:
    """Send ``text`` by every way of the plan. Never raises, never waits for ever.

    Args:
        write: hands characters to the terminal, whole (the app's driver); called at most once.
        run: runs a command; replaced in tests.
    """
    sent: list[Route] = []
    failed: list[tuple[Route, str]] = []
    local_only = not plan.to_terminal
    for route in plan.routes:
        try:
            if route in (Route.OSC52, Route.SCREEN):
                write(osc52(text, route).decode("ascii"))
            elif route is Route.TMUX:
                reached = _load_tmux(text, run, to_terminal=plan.to_terminal)
                local_only = local_only or not reached
            else:
                _check(run([sys.executable, "-c", _DESKTOP], _bytes(text)))
        except subprocess.TimeoutExpired:
            failed.append((route, f"no answer within {PATIENCE:g} s"))
        except Exception as error:  # noqa: BLE001 - a copy that fails is a notice, not a crash
            failed.append((route, str(error) or type(error).__name__))
        else:
            sent.append(route)
    return Outcome(tuple(sent), tuple(failed), _notice(plan, sent, failed, local_only))


def _load_tmux(text: str, run: Runner, *, to_terminal: bool) -> bool:
    """Fill tmux's buffer; True if it was also asked to pass it on to the terminal."""
    if to_terminal and run(["tmux", "load-buffer", "-w", "-"], _bytes(text))[0] == 0:
        return True
    _check(run(["tmux", "load-buffer", "-"], _bytes(text)))  # tmux before 3.2 has no -w
    return False


def _check(answer: tuple[int, str]) -> None:
    code, complaint = answer
    if code != 0:
        raise OSError(complaint or f"exit code {code}")


def _notice(
    plan: CopyPlan, sent: Sequence[Route], failed: Sequence[tuple[Route, str]], local_only: bool
) -> str:
    if not plan.routes:
        return plan.notice
    problems = "; ".join(f"{_NAMES[route]} failed: {why}" for route, why in failed)
    if not sent:
        return f"not copied: {problems}"
    told = _sent(sent, to_terminal=not local_only)
    if not plan.to_terminal:
        told = f"{plan.notice.partition(';')[0]}; {told}"
    return f"{told}; {problems}" if problems else told


def _sent(routes: Sequence[Route], *, to_terminal: bool = True) -> str:
    names = [_NAMES[route] for route in routes]
    if Route.TMUX in routes and not to_terminal:
        names[routes.index(Route.TMUX)] = "tmux's buffer (paste it with prefix ])"
    return "sent to " + " and ".join(names)


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "replace")


def _kb(size: int) -> str:
    return f"{size / 1000:,.0f} kB"
