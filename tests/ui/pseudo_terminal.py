"""A program in a pseudo-terminal, and a terminal that takes nothing on trust.

``Screen`` understands the sequences that the app may send and raises on every other: a control
character that slips through from a gene's name cannot hide in it.
"""

from __future__ import annotations

import base64
import codecs
import fcntl
import os
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from rich.cells import get_character_cell_size

PATIENCE = 40.0
_SPANS = (*range(0x202A, 0x202F), *range(0x2066, 0x206A))
#: Private modes that are on in a fresh terminal: wrapping lines, a visible cursor.
FRESH = frozenset({7, 25})

_SEQUENCE = re.compile(
    r"""
    \x1b\[(?P<private>[<>=?]?)(?P<numbers>[\d;:]*)(?P<between>[ $]?)(?P<final>[A-Za-z])
    | \x1b\](?P<osc>[^\x07\x1b]*)(?:\x07|\x1b\\)
    | \x1b(?P<plain>[78=>])
    | (?P<text>[^\x00-\x1f\x7f-\x9f]+)
    | (?P<control>[\r\n\x08])
    """,
    re.VERBOSE,
)
#: Characters that turn the direction of writing, or hide.
_TURNING = frozenset("\u200b\u200e\u200f\u2028\u2029\ufeff" + "".join(map(chr, _SPANS)))
#: Final letters that the app and Textual use: colours, places, erasing, modes, keys, reports.
_KNOWN = frozenset("mHABCDGJKhlpuctnqr")
#: Codes that end attributes; which ones.
_ENDS = {21: {21}, 22: {1, 2}, 23: {3}, 24: {4, 21}, 25: {5}, 27: {7}, 28: {8}, 29: {9}}


class Harm(AssertionError):
    """Something reached the terminal that never should."""


class Pen(NamedTuple):
    """How characters are written: codes of both colours, () for the terminal's, and others."""

    text: tuple[int, ...] = ()
    ground: tuple[int, ...] = ()
    attributes: frozenset[int] = frozenset()

    def changed(self, codes: list[int]) -> Pen:
        """After a sequence that ends with m."""
        text, ground, attributes = self
        rest = iter(codes)
        for code in rest:
            if code == 0:
                text, ground, attributes = Pen()
            elif code in (38, 48):
                kind = next(rest)
                colour = (kind, *(next(rest) for _ in range(3 if kind == 2 else 1)))
                text, ground = (colour, ground) if code == 38 else (text, colour)
            elif code // 10 in (3, 9):
                text = () if code == 39 else (code,)
            elif code // 10 in (4, 10):
                ground = () if code == 49 else (code,)
            elif code in _ENDS and code != 21:
                attributes -= _ENDS[code]
            else:
                attributes |= {code}
        return Pen(text, ground, attributes)


class Frame(NamedTuple):
    """One update of the screen: its bytes, and the (row, column) of all cells it wrote."""

    size: int
    cells: frozenset[tuple[int, int]]


class Screen:
    """What a terminal of ``columns`` × ``rows`` would show and remember.

    Attributes:
        modes: private modes that are on. keyboards: pushed keyboard protocols.
        copied: texts put on the clipboard, in order. titles: window titles set.
        frames: all so far; a frame ends where a synchronised update does.
        pens: how each cell was written.
    """

    def __init__(self, columns: int, rows: int) -> None:
        self.columns, self.rows = columns, rows
        self.cells = [[" "] * columns for _ in range(rows)]
        self.pens = [[Pen()] * columns for _ in range(rows)]
        self.pen = Pen()
        self.x = self.y = 0
        self.modes = set(FRESH)
        self.keyboards = 0
        self.copied: list[str] = []
        self.titles: list[str] = []
        self.questions: list[str] = []
        self.frames: list[Frame] = []
        self._touched: set[tuple[int, int]] = set()
        self._bytes = 0
        self._rest = ""

    def feed(self, data: str) -> None:
        """Take output.

        Raises:
            Harm: it holds a sequence or a control character that is not the app's.
        """
        data = self._rest + data
        at = 0
        while at < len(data):
            found = _SEQUENCE.match(data, at)
            if found is None:
                if data[at] == "\x1b" and len(data) - at < 200_000 and _unfinished(data[at:]):
                    break
                raise Harm(f"reached the terminal: {data[at : at + 60]!r}")
            if found.end() == len(data) and found["text"] is None and found["control"] is None:
                pass
            self._take(found)
            at = found.end()
        self._rest = data[at:]

    @property
    def drawing(self) -> bool:
        """Whether a frame has begun and not ended: a person does not see it half done."""
        return 2026 in self.modes or bool(self._rest)

    @property
    def looks(self) -> list[list[tuple[str, Pen]]]:
        """Every cell as it is seen: of a blank only the ground, and lines under or through it."""
        seen = []
        for row, pens in zip(self.cells, self.pens, strict=True):
            looks = []
            for char, pen in zip(row, pens, strict=True):
                blank = char == " " and pen.attributes.isdisjoint({4, 7, 9})
                looks.append((char, Pen(ground=pen.ground) if blank else pen))
            seen.append(looks)
        return seen

    @property
    def text(self) -> str:
        """The whole screen, one line a row."""
        return "\n".join("".join(row).rstrip() for row in self.cells)

    def _take(self, found: re.Match[str]) -> None:
        self._bytes += len(found[0].encode())
        if (text := found["text"]) is not None:
            self._write(text)
        elif found["osc"] is not None:
            self._command(found["osc"])
        elif found["final"] is not None:
            self._control(found)
        elif found["control"] == "\n":
            self.y = min(self.y + 1, self.rows - 1)
        elif found["control"] == "\r":
            self.x = 0

    def _write(self, text: str) -> None:
        if not _TURNING.isdisjoint(text):
            raise Harm(f"reached the terminal: {text[:60]!r}")
        for char in text:
            width = get_character_cell_size(char)
            if width == 0 or self.x + width > self.columns:
                continue
            self.cells[self.y][self.x] = char
            self.pens[self.y][self.x] = self.pen
            if width == 2:
                self.cells[self.y][self.x + 1] = ""
                self.pens[self.y][self.x + 1] = self.pen
            self._touched.update(((self.y, self.x), (self.y, self.x + width - 1)))
            self.x += width

    def _command(self, command: str) -> None:
        number, _, rest = command.partition(";")
        if number == "52":
            self.copied.append(base64.b64decode(rest.partition(";")[2], validate=True).decode())
        elif number in ("0", "2"):
            self.titles.append(rest)
        elif number not in ("8", "22"):  # links and the mouse pointer's shape
            raise Harm(f"reached the terminal: OSC {command[:60]!r}")

    def _control(self, found: re.Match[str]) -> None:
        private, final = found["private"], found["final"]
        if final not in _KNOWN:
            raise Harm(f"reached the terminal: {found[0]!r}")
        numbers = [int(n) if n.isdigit() else 0 for n in re.split("[;:]", found["numbers"])]
        if private == "?" and final in "hl" and not found["between"]:
            for mode in numbers:
                (self.modes.add if final == "h" else self.modes.discard)(mode)
                if mode == 2026 and final == "l":
                    self.frames.append(Frame(self._bytes, frozenset(self._touched)))
                    self._bytes, self._touched = 0, set()
        elif (private == "?" and final in "pu") or (final in "cn" and found["between"] == ""):
            self.questions.append(found[0])
        elif private in "<>" and private and final == "u":
            self.keyboards += 1 if private == ">" else -1
        elif final == "H" and not private:
            row, column = (*numbers, 0)[:2] if found["numbers"] else (1, 1)
            self.y = min(max(row, 1), self.rows) - 1
            self.x = min(max(column, 1), self.columns) - 1
        elif final == "G" and not private:
            self.x = min(max(*numbers, 1), self.columns) - 1
        elif final == "m" and not private:
            self.pen = self.pen.changed(numbers)
        elif final == "J" and not private:
            self.cells = [[" "] * self.columns for _ in range(self.rows)]
            self.pens = [[self.pen] * self.columns for _ in range(self.rows)]


class Program:
    """A command in a pseudo-terminal of its own, as its controlling terminal.

    Args:
        command: what runs. size: columns and rows. cwd: where.
        env: on top of a bare environment.
    """

    def __init__(
        self,
        command: Sequence[str],
        size: tuple[int, int] = (140, 40),
        cwd: Path | None = None,
        **env: str,
    ) -> None:
        self.screen = Screen(*size)
        self.raw = b""
        self.master, self.terminal = os.openpty()
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("4H", size[1], size[0], 0, 0))
        self.before = termios.tcgetattr(self.terminal)
        self.process = subprocess.Popen(
            command,
            stdin=self.terminal,
            stdout=self.terminal,
            stderr=self.terminal,
            env=environment(**env),
            cwd=cwd,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )
        self._decoder = _decoder()

    def send(self, keys: str) -> None:
        """Type."""
        os.write(self.master, keys.encode())

    def read(self, seconds: float) -> bool:
        """Take what arrives within a time; whether anything did."""
        ready, _, _ = select.select([self.master], [], [], seconds)
        if not ready:
            return False
        try:
            data = os.read(self.master, 1 << 16)
        except OSError:  # the other side is closed
            return False
        self.raw += data
        self.screen.feed(self._decoder.decode(data))
        self._answer()
        return bool(data)

    def until(self, what: Callable[[], object], told: str = "") -> None:
        """Read until something holds, seen when no frame is half drawn."""
        end = time.monotonic() + PATIENCE
        while self.screen.drawing or not what():
            assert time.monotonic() < end, f"never: {told}\n{self.screen.text}"
            if not self.read(0.05) and self.process.poll() is not None:
                assert what(), f"ended before: {told}\n{self.screen.text}"

    def until_shown(self, text: str) -> None:
        """Read until a text is on the screen."""
        self.until(lambda: text in self.screen.text, text)

    def until_quiet(self, seconds: float = 0.5) -> None:
        """Read until nothing arrives for a while."""
        end = time.monotonic() + PATIENCE
        while self.read(seconds):
            assert time.monotonic() < end, "it never becomes quiet"

    def ask(self, query: str, shows: str) -> None:
        """Type a query, and wait for its answer and for something that the answer shows."""
        if not self.typing:
            self.send("/")
            self.until(lambda: self.typing, "the query line has the focus")
        self.send(query)
        self.until_shown(f"❯ {query}")
        self.send("\r")
        self.until(lambda: not self.typing and shows in self.screen.text, shows)

    @property
    def typing(self) -> bool:
        """Whether the keys shown are those of the query line."""
        return "complete" in self.screen.text.splitlines()[-1]

    def give_up(self, seconds: float = 10.0) -> str:
        """Let it end if it will, whatever it still writes; the last of that, without sequences."""
        end = time.monotonic() + seconds
        written = b""
        while time.monotonic() < end and self.process.poll() is None:
            if select.select([self.master], [], [], 0.1)[0]:
                try:
                    written += os.read(self.master, 1 << 16)
                except OSError:
                    time.sleep(0.1)
        self.raw += written
        return re.sub(r"\x1b\[[\d;?<>=]*[A-Za-z]", "", written.decode("utf-8", "replace"))[-6000:]

    def wait(self) -> int:
        """Read to the end; the exit code, minus the signal's number if one killed it."""
        self.until(lambda: self.process.poll() is not None, "it ends")
        self.until_quiet(0.05)
        assert self.process.returncode is not None
        return self.process.returncode

    @property
    def settings(self) -> list[object]:
        """The terminal's own settings: echo, line editing, signals from keys."""
        return termios.tcgetattr(self.terminal)

    def hang_up(self) -> None:
        """The connection is lost: the terminal is gone."""
        os.close(self.terminal)
        os.close(self.master)
        self.master = self.terminal = -1

    def close(self) -> None:
        """End it whatever it does, and take the terminal away."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)
        for end in (self.master, self.terminal):
            if end >= 0:
                os.close(end)

    def _answer(self) -> None:
        """Say, as terminals of today do, that updates can be synchronised."""
        for question in self.screen.questions:
            if question == "\x1b[?2026$p":
                self.send("\x1b[?2026;2$y")
        self.screen.questions.clear()


def gene_tui(*arguments: str) -> list[str]:
    """The command that runs this checkout's program."""
    return [sys.executable, "-m", "gene_tui", *arguments]


def environment(**env: str) -> dict[str, str]:
    """What a program needs of this process's environment, and nothing that tells of a desktop,
    a multiplexer or another machine."""
    kept = ("PATH", "HOME", "LD_LIBRARY_PATH", "VIRTUAL_ENV", "TMPDIR")
    bare = {name: os.environ[name] for name in kept if name in os.environ}
    bare |= {name: value for name, value in os.environ.items() if name.startswith("XDG_")}
    root = str(Path(__file__).parents[2])
    usual = {
        "TERM": "xterm-256color",
        "COLORTERM": "truecolor",
        "LANG": "C.UTF-8",
        "PYTHONPATH": root,
    }
    return {**bare, **usual, **env}


def _unfinished(rest: str) -> bool:
    """Whether ``rest`` may be the beginning of a known sequence."""
    if rest.startswith("\x1b]"):
        return re.fullmatch(r"\x1b\][^\x07\x1b]*\x1b?", rest) is not None
    return re.fullmatch(r"\x1b(\[[<>=?]?[\d;:]*[ $]?)?", rest) is not None


def _decoder() -> codecs.IncrementalDecoder:
    return codecs.getincrementaldecoder("utf-8")()
