"""Reading pickles as data: no class is imported, nothing that a pickle names is ever run.

A pickle is a program for a small stack machine, and Python's own machine imports and calls
whatever the program asks for. This machine knows the opcodes that build plain data, and a list
of allowed names: for each a function of ours that makes plain data too. Any other name is
refused. Its memory grows with the file alone, and the long lists of numbers that a pickle
stores number by number are taken in one step and kept as float32.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from gene_tui.run import QUIET, Progress, Run
from gene_tui.spaces.importers.pickle_machine import (
    BINFLOAT,
    Allowed,
    Machine,
    OldText,
    expanded,
)
from gene_tui.spaces.importers.streams import READ_ERRORS, bad, why

#: How many opcodes pass between two looks at the user's wish to stop.
_PAUSE = 1 << 16


def load(
    path: Path,
    data: bytes | memoryview,
    allowed: Allowed,
    persistent: Callable[[Any], Any] | None = None,
    run: Run = QUIET,
) -> Any:
    """The value a pickle holds.

    Args:
        path: the file, for messages.
        data: the pickle's bytes.
        allowed: the names it may use.
        persistent: makes a value from a persistent id; None where there must be none.

    Raises:
        FileError: it is damaged, or asks for a name that is not allowed.
        Cancelled: the user stopped it.
    """
    if not data:
        raise bad(path, "there is no pickle in it")
    machine = Machine(path, data, allowed, persistent)
    stage, size, steps = f"reading {path.name}", len(data), 0
    try:
        while True:
            if steps % _PAUSE == 0:
                run.check()
                run.report(Progress(stage, machine.at, size, "B"))
            steps += 1
            code = data[machine.at]
            machine.at += 1
            if code == _STOP:
                run.report(Progress(stage, size, size, "B"))
                return machine.pop()
            step = _STEPS.get(code)
            if step is None:
                raise bad(path, f"byte {machine.at:,} belongs to no pickle of plain data")
            step(machine)
    except READ_ERRORS as error:
        where = f"the pickle is cut short or damaged at byte {machine.at:,}"
        raise bad(path, f"{where} ({why(error)})") from error


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogatepass")


def _quoted(line: str) -> OldText:
    """A string of the oldest pickles: in quotes, with the escapes of Python."""
    if len(line) < 2 or line[0] != line[-1] or line[0] not in "'\"":
        raise ValueError("a string in an unknown notation")
    plain, _ = codecs.escape_decode(line[1:-1].encode("latin-1"))
    return OldText(plain.decode("latin-1"))


_STOP = 0x2E

#: What each opcode does, by its byte. Sets become lists: membership is never tested.
#: Classes made by name (INST, OBJ, extensions) are left out: no file of plain vectors has them.
_STEPS: Mapping[int, Callable[[Machine], None]] = {
    0x80: lambda m: m.skip(1),  # PROTO
    0x95: lambda m: m.skip(8),  # FRAME
    ord("("): lambda m: m.mark(),
    ord("0"): lambda m: m.drop(),
    ord("1"): lambda m: m.drop_items(),
    ord("2"): lambda m: m.push(m.top()),
    ord("N"): lambda m: m.push(None),
    0x88: lambda m: m.push(True),
    0x89: lambda m: m.push(False),
    ord("I"): lambda m: m.integer_line(),
    ord("L"): lambda m: m.integer_line(),
    ord("F"): lambda m: m.push(float(m.line())),
    ord("J"): lambda m: m.number("<i"),
    ord("K"): lambda m: m.number("<B"),
    ord("M"): lambda m: m.number("<H"),
    0x8A: lambda m: m.long(1),
    0x8B: lambda m: m.long(4),
    BINFLOAT: lambda m: m.real(),
    ord("S"): lambda m: m.push(_quoted(m.line())),
    ord("T"): lambda m: m.push(OldText(m.sized(4).decode("latin-1"))),
    ord("U"): lambda m: m.push(OldText(m.sized(1).decode("latin-1"))),
    ord("B"): lambda m: m.push(m.sized(4)),
    ord("C"): lambda m: m.push(m.sized(1)),
    0x8E: lambda m: m.push(m.sized(8)),
    0x96: lambda m: m.push(m.sized(8)),
    ord("V"): lambda m: m.push(m.line().encode("latin-1").decode("raw-unicode-escape")),
    ord("X"): lambda m: m.push(_text(m.sized(4))),
    0x8C: lambda m: m.push(_text(m.sized(1))),
    0x8D: lambda m: m.push(_text(m.sized(8))),
    ord("]"): lambda m: m.push([]),
    ord("l"): lambda m: m.push(m.items()),
    ord("a"): lambda m: m.append(m.last(1)),
    ord("e"): lambda m: m.append(m.items()),
    ord(")"): lambda m: m.push(()),
    ord("t"): lambda m: m.push(tuple(expanded(m.items()))),
    0x85: lambda m: m.push(tuple(m.last(1))),
    0x86: lambda m: m.push(tuple(m.last(2))),
    0x87: lambda m: m.push(tuple(m.last(3))),
    0x8F: lambda m: m.push([]),  # EMPTY_SET
    0x90: lambda m: m.append(m.items()),  # ADDITEMS
    0x91: lambda m: m.push(m.items()),  # FROZENSET
    ord("}"): lambda m: m.push({}),
    ord("d"): lambda m: m.dictionary(),
    ord("s"): lambda m: m.set_items(m.last(2)),
    ord("u"): lambda m: m.set_items(expanded(m.items())),
    ord("c"): lambda m: m.named(m.line(), m.line()),
    0x93: lambda m: m.named(*m.last(2)),
    ord("R"): lambda m: m.call(),
    0x81: lambda m: m.call(),  # NEWOBJ: the same for us
    ord("b"): lambda m: m.build(),
    ord("Q"): lambda m: m.resolve(),
    ord("p"): lambda m: m.remember(int(m.line())),
    ord("q"): lambda m: m.remember(m.size(1)),
    ord("r"): lambda m: m.remember(m.size(4)),
    0x94: lambda m: m.memoize(),
    ord("g"): lambda m: m.recall(int(m.line())),
    ord("h"): lambda m: m.recall(m.size(1)),
    ord("j"): lambda m: m.recall(m.size(4)),
}
