"""The terminal, what runs between it and the person, and how copying gets there."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence

from gene_tui.doctor.finding import Finding
from gene_tui.terminal import Route, Terminal, clipboard_routes, detect

#: Columns and rows; None where there is no terminal.
Size = tuple[int, int] | None
#: Runs a command and gives its output, or None where it fails or does not answer.
Ask = Callable[[Sequence[str]], str | None]

#: Milliseconds that tmux may hold Esc back before it feels slow.
_SLOW_ESCAPE = 50
_TMUX_FIELDS = (
    "version",
    "set-clipboard",
    "escape-time",
    "allow-passthrough",
    "client_termname",
    "client_termfeatures",
)
_ROUTE_NAMES = {
    Route.OSC52: "OSC 52 to your terminal",
    Route.SCREEN: "OSC 52 to your terminal, wrapped for screen",
    Route.TMUX: "tmux load-buffer -w",
    Route.DESKTOP: "this desktop's clipboard (pyperclip)",
}


def ask(command: Sequence[str]) -> str | None:
    """What ``command`` prints; None where it fails, is missing, or takes over 2 seconds."""
    try:
        done = subprocess.run(command, capture_output=True, timeout=2, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.decode("utf-8", "replace").strip()


def terminal_size() -> Size:
    """Columns and rows of the terminal that any of the standard streams is."""
    for stream in (1, 2, 0):
        try:
            told = os.get_terminal_size(stream)
        except OSError:
            continue
        return told.columns, told.lines
    return None


def look_at_terminal(
    environment: Mapping[str, str], platform: str, size: Size, ask: Ask
) -> list[Finding]:
    """Size, colours, SSH, tmux or screen, clipboard."""
    terminal = detect(environment, platform)
    found = [
        _size(size),
        _kind(terminal),
        _colours(terminal, environment.get("COLORTERM", "")),
        Finding(
            "locale",
            "UTF-8" if terminal.utf8 else "not UTF-8",
            "" if terminal.utf8 else "export LANG=C.UTF-8, else lines and symbols look broken",
            terminal.utf8,
        ),
        _connection(terminal, environment),
    ]
    if terminal.tmux:
        found += _tmux(ask)
        found += _tmux_utf8(ask)
    if terminal.screen:
        found += [_screen(ask), *_screen_utf8(ask)]
    found.append(_clipboard(terminal, platform))
    return found


def _size(size: Size) -> Finding:
    if size is None:
        return Finding("terminal", "none", "run gene-tui doctor in the terminal you work in")
    columns, rows = size
    value = f"{columns} x {rows}"
    if columns < 80 or rows < 24:
        return Finding(
            "terminal", value, "the app needs 80 x 24, and is at home at 140 x 40", False
        )
    roomy = columns >= 140
    return Finding("terminal", value, "" if roomy else "140 columns show all panes side by side")


def _kind(terminal: Terminal) -> Finding:
    if terminal.term in ("", "dumb"):
        advice = "the app needs a terminal: export TERM=xterm-256color if yours is one"
        return Finding("TERM", terminal.term or "not set", advice, False)
    return Finding("TERM", terminal.term)


def _colours(terminal: Terminal, colorterm: str) -> Finding:
    if terminal.no_color:
        return Finding("colours", "none wanted (NO_COLOR)", "unset NO_COLOR to have them")
    value = terminal.colours + (f" (COLORTERM={colorterm})" if colorterm else "")
    advice = ""
    if terminal.colours in ("16", "256"):
        advice = "if your terminal has all colours: export COLORTERM=truecolor"
        if terminal.tmux:
            advice += "; in tmux.conf: set -as terminal-features ',*:RGB'"
    return Finding("colours", value, advice, terminal.colours != "16")


def _connection(terminal: Terminal, environment: Mapping[str, str]) -> Finding:
    if not terminal.ssh:
        return Finding("connection", "local, no SSH")
    origin = (environment.get("SSH_CONNECTION") or environment.get("SSH_CLIENT") or "").split()
    value = f"SSH from {origin[0]}" if origin else "SSH"
    if terminal.distant_multiplexer:
        advice = (
            f"TERM={terminal.term}: if that is tmux at your end, there: set -s set-clipboard on"
        )
        return Finding("connection", value, advice, False)
    return Finding("connection", value, "on a slow line: ssh -C, which compresses what is sent")


def _tmux(ask: Ask) -> list[Finding]:
    form = "|".join(f"#{{{name}}}" for name in _TMUX_FIELDS)
    answer = ask(["tmux", "display-message", "-p", form])
    fields = (answer or "").split("|")
    if len(fields) != len(_TMUX_FIELDS):
        advice = "copying through tmux will not work; is $TMUX of another user or an ended server?"
        return [Finding("tmux", "does not answer", advice, False)]
    told = dict(zip(_TMUX_FIELDS, fields, strict=True))
    return [
        _tmux_version(told["version"]),
        _tmux_clipboard(told["set-clipboard"]),
        *_tmux_outer(told["client_termname"], told["client_termfeatures"], told["version"]),
        _tmux_escape(told["escape-time"]),
        Finding(
            "tmux allow-passthrough",
            {"0": "off", "1": "on", "2": "all"}.get(told["allow-passthrough"], "")
            or told["allow-passthrough"]
            or "always (before 3.3)",
            "not needed: copying uses tmux itself",
        ),
    ]


def _tmux_version(version: str) -> Finding:
    old = _version(version) < (3, 2)
    advice = "before 3.2 copies stay in tmux's buffer: paste with prefix ]" if old else ""
    return Finding("tmux", version or "unknown version", advice, not old)


def _version(text: str) -> tuple[int, ...]:
    """(3, 2) of "3.2a" or "next-3.4"; a version without number is taken for new."""
    match = re.search(r"(\d+)\.(\d+)", text)
    return (int(match[1]), int(match[2])) if match else (99,)


def _tmux_clipboard(value: str) -> Finding:
    if value == "off":
        advice = "in tmux.conf: set -s set-clipboard external"
        return Finding("tmux set-clipboard", value, advice, False)
    advice = "" if value == "on" else "enough: copying also uses tmux load-buffer -w"
    return Finding("tmux set-clipboard", value or "unknown", advice)


def _tmux_outer(name: str, features: str, version: str) -> list[Finding]:
    """Whether tmux is set to send clipboard text to the terminal around it."""
    if not name or _version(version) < (3, 2):
        return []
    if "clipboard" in features.split(","):
        return [Finding("tmux's terminal", f"{name}, takes clipboard text")]
    advice = f"if it does: set -as terminal-features ',{name}:clipboard' and attach again"
    value = f"{name}, not known to take clipboard text"
    return [Finding("tmux's terminal", value, advice, False)]


def _tmux_escape(value: str) -> Finding:
    slow = value.isdigit() and int(value) > _SLOW_ESCAPE
    advice = "Esc waits that long; in tmux.conf: set -s escape-time 10" if slow else ""
    return Finding("tmux escape-time", f"{value} ms", advice, not slow)


def _tmux_utf8(ask: Ask) -> list[Finding]:
    """Whether tmux sends UTF-8 to the terminal it is shown in; it decides when it is attached."""
    told = ask(["tmux", "display-message", "-p", "#{client_utf8}"])
    if told not in ("0", "1"):
        return []
    if told == "1":
        return [Finding("tmux UTF-8", "on")]
    advice = "lines and symbols become _: detach, then tmux -u attach"
    return [Finding("tmux UTF-8", "off", advice, False)]


def _screen_utf8(ask: Ask) -> list[Finding]:
    """Whether this window of screen takes UTF-8."""
    told = ask(["screen", "-Q", "info"]) or ""
    if not re.match(r"\(\d+,\d+\)/", told):  # before 4.1 it does not tell
        return []
    if re.search(r"\bUTF-8\b", told):
        return [Finding("screen UTF-8", "on")]
    advice = "lines and symbols look broken: Ctrl+A, then :utf8 on; or start it as screen -U"
    return [Finding("screen UTF-8", "off", advice, False)]


def _screen(ask: Ask) -> Finding:
    told = re.search(r"(\d+)\.(\d+)[.\d]*", ask(["screen", "--version"]) or "")
    value = told[0] if told else "unknown version"
    advice = "Esc waits 0.3 s; in .screenrc: maptimeout 10 (and no mouse = true in the settings)"
    if told and int(told[1]) < 5:
        advice += "; before 5.0 it shows 256 colours at most"
    return Finding("screen", value, advice)


def _clipboard(terminal: Terminal, platform: str) -> Finding:
    routes = clipboard_routes(terminal)
    value = " and ".join(_ROUTE_NAMES[route] for route in routes)
    if Route.DESKTOP not in routes:
        advice = (
            "a terminal without OSC 52 (as macOS's own) copies nothing: select the link by hand"
        )
        return Finding("clipboard", value, advice)
    helpers = ("xclip", "xsel", "wl-copy", "clip.exe", "klipper")
    if platform.startswith("linux") and not any(map(shutil.which, helpers)):
        return Finding("clipboard", value, "for the desktop install xclip or wl-clipboard", False)
    return Finding("clipboard", value)
