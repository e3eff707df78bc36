"""How names and numbers are written in a query, so that they read back as themselves."""

from __future__ import annotations

import re

from gene_tui.text import harmful

#: Operators as whole tokens; ``?`` is a place, not an operator, but as reserved.
OPERATORS = frozenset({":", "::", "~", "+", "-", ","})
SLOT = "?"
RESERVED = OPERATORS | {SLOT}

# A zero-width space and a byte order mark separate words too: they cannot be seen.
SPACES = r"\s\u200b\ufeff"
WORD = re.compile(f"[^{SPACES}]++")
WEIGHT = re.compile(r"([+-]?(?:[0-9]++(?:\.[0-9]*+)?|\.[0-9]++)(?:[eE][+-]?[0-9]++)?)\*")

#: What says of a list's name where the list is from.
LIST_KIND = re.compile("(?:list|set):")


def quote(name: str) -> str:
    """``name`` as it must be typed to be a name: bare, or in quotes where it needs them."""
    return _quoted(name) if _needs_quotes(name) else name


def quote_list(name: str) -> str:
    """The name of a list as it must be typed: ``@x``, ``@"two words"``, ``@set:"two words"``."""
    match = LIST_KIND.match(name)
    kind, rest = (match[0], name[match.end() :]) if match else ("", name)
    return f"@{kind}{quote(rest)}" if rest else f"@{_quoted(name)}"


def number(weight: float) -> str:
    """A weight as it is typed: the shortest text that reads back as the same number."""
    return str(int(weight)) if weight.is_integer() and abs(weight) < 1e15 else repr(weight)


def _needs_quotes(name: str) -> bool:
    return (
        not name
        or name in RESERVED
        or name.endswith(",")
        or (name.startswith("@") and name != "@")
        or '"' in name
        or WORD.fullmatch(name) is None
        or WEIGHT.match(name) is not None
        or any(map(harmful, name))
    )


def _quoted(name: str) -> str:
    return '"' + "".join(map(_escaped, name)) + '"'


def _escaped(char: str) -> str:
    if char in '"\\':
        return "\\" + char
    # A space other than the plain one looks like it, and would be lost in copying.
    if harmful(char) or (char.isspace() and char != " "):
        return f"\\u{{{ord(char):x}}}"
    return char
