"""Text from outside made harmless: what a terminal or a document may show, what fits a width.

Names, descriptions and file names come from files that anybody may have written. A terminal
obeys control characters, a screen reorders what follows a bidi override, and zero-width
characters hide. Nothing here is needed to copy a text faithfully: it is for showing only.
"""

from __future__ import annotations

import re
import unicodedata

#: Joiners that scripts and emoji need; they neither hide nor reorder anything.
_JOINERS = frozenset("\u200c\u200d")
#: More accents than this on one letter are drawn over the neighbouring lines.
_MOST_ACCENTS = 8
_ACCENTS = re.compile(r"([\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff])+")
_ELLIPSIS = "…"
#: What means something in Markdown.
_MARKUP = re.compile(
    r"[\\`*\[\]<>|&$#]"
    r"|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])"  # inside a word it means nothing
    r"|~(?! )|(?<! )~"
    r"|:(?=//)|(?<=www)\.",  # or a bare address becomes a link
    re.IGNORECASE,
)


def harmful(char: str) -> bool:
    """Whether one character steers the screen or hides instead of being seen.

    True for control characters (ESC and C1 among them), bidi overrides and every other
    format character but the two joiners, line and paragraph separators, lone surrogates.
    """
    return char not in _JOINERS and unicodedata.category(char) in {"Cc", "Cf", "Cs", "Zl", "Zp"}


def clean(text: str) -> str:
    """``text`` on one line and without power over a terminal; unharmful text is unchanged.

    Every kind of space, line ends too, becomes a plain space; control characters become
    their pictures (ESC is ␛); other harmful characters become �; piled-up accents are cut.
    """
    if text.isascii() and text.isprintable():
        return text
    seen = "".join(map(_visible, text))
    return _ACCENTS.sub(lambda run: run[0][:_MOST_ACCENTS], seen)


def _visible(char: str) -> str:
    if char.isspace() and char not in "\x1c\x1d\x1e\x1f":
        return " "
    if not harmful(char):
        return char
    code = ord(char)
    if code < 0x20:
        return chr(0x2400 + code)
    return "␡" if code == 0x7F else "�"


def escape(text: str) -> str:
    """``text`` as inline Markdown that shows just this text, also inside a table."""
    return _MARKUP.sub(lambda match: "\\" + match[0], clean(text))


def width(text: str) -> int:
    """Terminal cells that ``text`` takes; East Asian wide characters and emoji take two."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)


def fit(text: str, cells: int) -> str:
    """``text`` cut to at most ``cells`` terminal cells, ending in … where it was cut."""
    if width(text) <= cells:
        return text
    if cells < 1:
        return ""
    from rich.cells import set_cell_size

    return set_cell_size(text, cells - 1).rstrip() + _ELLIPSIS


def clip(text: str, most: int = 40) -> str:
    """``text`` cleaned and cut to ``most`` characters, for messages."""
    # Cut first as well: cleaning looks at every character, and the text may be megabytes.
    shown = clean(text[: most + 1])
    return shown if len(shown) <= most else shown[: most - 1] + _ELLIPSIS


def shortened(text: str, word: int = 160, most: int = 800) -> str:
    """A message with the middle left out of words longer than ``word`` (names of files may have
    thousands of characters), and of the whole where that is longer than ``most``."""
    text = re.sub(rf"\S{{{word + 1},}}", lambda long: _without_middle(long[0], word), text)
    return _without_middle(text, most)


def _without_middle(text: str, most: int) -> str:
    if len(text) <= most:
        return text
    half = (most - 1) // 2
    return f"{text[:half]}{_ELLIPSIS}{text[len(text) - half :]}"
