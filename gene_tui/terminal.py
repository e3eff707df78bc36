"""What the terminal at the other end is, read from the environment alone.

Pure functions: they take a mapping and a platform name, so that a test, the app and
``gene-tui doctor`` all see the same thing.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Route(StrEnum):
    """A way by which text can reach a clipboard."""

    OSC52 = "osc52"  #       an escape sequence that the terminal where the person sits obeys
    SCREEN = "screen"  #     the same, wrapped so that GNU screen hands it on
    TMUX = "tmux"  #         tmux load-buffer -w -
    DESKTOP = "desktop"  #   the clipboard of this machine's desktop, by pyperclip


@dataclass(frozen=True, slots=True)
class Terminal:
    """What the environment says about the terminal.

    Attributes:
        term: ``$TERM``, "" where unset.
        colours: "truecolor", "256", "16" or "none", as ``$TERM`` and ``$COLORTERM`` promise.
        no_color: ``$NO_COLOR`` asks for none (https://no-color.org: set and not empty).
        tmux: we run inside tmux on this machine.
        screen: we run inside GNU screen on this machine.
        ssh: the person sits at another machine.
        distant_multiplexer: tmux or screen runs at the person's end of an SSH connection.
        display: this machine has a desktop, whose clipboard is the person's unless ``ssh``.
        utf8: the locale promises UTF-8.
    """

    term: str
    colours: str
    no_color: bool
    tmux: bool
    screen: bool
    ssh: bool
    distant_multiplexer: bool
    display: bool
    utf8: bool

    @property
    def in_screen(self) -> bool:
        """GNU screen is between us and the person: on this machine, or, as ``$TERM`` tells, at
        the other end or behind a su that took its variables away."""
        named = self.term == "screen" or self.term.startswith("screen.")
        return self.screen or (named and not self.tmux)


def detect(environment: Mapping[str, str], platform: str = sys.platform) -> Terminal:
    """Read the environment. ``platform`` is spelt as ``sys.platform``."""
    term = environment.get("TERM", "")
    tmux = bool(environment.get("TMUX"))
    screen = bool(environment.get("STY"))
    ssh = any(environment.get(name) for name in ("SSH_CONNECTION", "SSH_TTY", "SSH_CLIENT"))
    return Terminal(
        term=term,
        colours=_colours(term, environment.get("COLORTERM", "")),
        no_color=bool(environment.get("NO_COLOR")),
        tmux=tmux,
        screen=screen,
        ssh=ssh,
        distant_multiplexer=ssh and not (tmux or screen) and term.startswith(("tmux", "screen")),
        display=_has_display(environment, platform),
        utf8=_is_utf8(environment, platform),
    )


def clipboard_routes(terminal: Terminal) -> tuple[Route, ...]:
    """Every way worth trying, in order. None of them answers whether the text arrived.

    tmux drops OSC 52 unless ``set-clipboard`` is ``on``, which is not its default, so there
    its own command is used as well. Where both tmux and screen left their variables, one
    runs inside the other and nothing tells which; each ignores what is meant for the other.
    """
    routes = [Route.SCREEN if terminal.screen else Route.OSC52]
    if terminal.tmux:
        routes.append(Route.TMUX)
    if terminal.display and not terminal.ssh:
        routes.append(Route.DESKTOP)
    return tuple(routes)


def _colours(term: str, colorterm: str) -> str:
    if term in ("", "dumb") or term.startswith("vt"):
        return "none"
    if colorterm.lower() in ("truecolor", "24bit") or term.endswith("-direct"):
        return "truecolor"
    return "256" if "256color" in term or term.startswith(("xterm-kitty", "alacritty")) else "16"


def _has_display(environment: Mapping[str, str], platform: str) -> bool:
    if platform in ("darwin", "win32", "cygwin"):
        return True
    names = ("DISPLAY", "WAYLAND_DISPLAY", "WSL_DISTRO_NAME")
    return any(environment.get(name) for name in names)


def _is_utf8(environment: Mapping[str, str], platform: str) -> bool:
    if platform in ("darwin", "win32"):
        return True
    locale = next(
        (environment[name] for name in ("LC_ALL", "LC_CTYPE", "LANG") if environment.get(name)), ""
    )
    return "utf8" in locale.lower().replace("-", "")
