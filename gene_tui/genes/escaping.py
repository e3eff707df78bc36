r"""How any text at all fits into one field of one line, and comes back unchanged.

Backslash, tab, newline and carriage return become ``\\``, ``\t``, ``\n``, ``\r``; other control
characters ``\xNN``; line separators and lone surrogates (which UTF-8 cannot hold) ``\uNNNN``.
"""

from __future__ import annotations

import re

#: What must not stand in a field as it is.
_ODD = re.compile("[\\\\\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_ESCAPE = re.compile(r"\\(x[0-9a-f]{2}|u[0-9a-f]{4}|.)", re.DOTALL)
_SHORT = {"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"}
_LONG = {"\\": "\\", "t": "\t", "n": "\n", "r": "\r"}


def escape(text: str) -> str:
    """``text`` without control characters; ``unescape`` gives it back."""
    return _ODD.sub(_escaped, text) if _ODD.search(text) else text


def unescape(text: str) -> str:
    """The text that ``escape`` was given. An escape it never writes is left as it stands."""
    return _ESCAPE.sub(_meant, text) if "\\" in text else text


def _escaped(match: re.Match[str]) -> str:
    character = match[0]
    code = ord(character)
    return _SHORT.get(character) or (f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}")


def _meant(match: re.Match[str]) -> str:
    code = match[1]
    if len(code) > 1:
        return chr(int(code[1:], 16))
    return _LONG.get(code, match[0])
