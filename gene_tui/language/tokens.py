"""The words of the query language: text to tokens, names to text.

A token ends at white space. An operator is one only as a whole token, so ``HLA-A`` is a name
and ``HLA-A - HLA-B`` subtracts; only a comma separates right after a name or a closing quote as
well; inside a name it belongs to the name. ``@`` before a name makes it a list's. Quotes always
make a name. Inside them ``\\"`` and ``\\\\`` stand for themselves and ``\\u{1b}`` for the character
with that number in hexadecimal, so that the canonical form of every name can be printed on one
harmless line; any other backslash is a backslash.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from gene_tui.errors import QuerySyntaxError
from gene_tui.model.naming import RESERVED, SLOT, SPACES, WEIGHT, WORD
from gene_tui.text import clip

#: Beyond these a term says nothing beside the others, or the sum leaves what numbers can hold.
LEAST_WEIGHT, MOST_WEIGHT = 1e-9, 1e9

_GAP = re.compile(f"[{SPACES}]*+")
_QUOTED_LIST = re.compile(r'@((?:list|set):)?(?=")')
_QUOTED = re.compile(r'"([^"\\]*+(?:\\.[^"\\]*+)*+)"', re.DOTALL)
_ESCAPE = re.compile(r'\\(?:(["\\])|u\{([0-9a-fA-F]{1,6})\})')

#: Characters taken for an operator after pasting from a text processor or a wide keyboard.
LOOKALIKES = str.maketrans(
    {
        "：": ":",
        "∶": ":",
        "∷": "::",
        "？": "?",
        "＋": "+",
        "－": "-",
        "−": "-",
        "–": "-",
        "—": "-",
        "‐": "-",
        "～": "~",
        "∼": "~",
        "“": '"',
        "”": '"',
        "„": '"',
        "，": ",",
    }
)


@dataclass(frozen=True, slots=True)
class Token:
    """One token.

    Attributes:
        value: the operator, ``?``, or the name without quotes.
        start, end: offsets in the text, quotes and weight included.
        is_name: a name, not an operator and not ``?``.
        quoted: typed in quotes.
        weight: number glued on with ``*``; None where there was none.
        name_start: where the name itself begins, its opening quote or ``@`` included.
        is_list: the name is that of a list; ``value`` has no ``@``.
    """

    value: str
    start: int
    end: int
    is_name: bool
    quoted: bool = False
    weight: float | None = None
    name_start: int = 0
    is_list: bool = False

    @property
    def is_operator(self) -> bool:
        """One of ``: :: ~ + - ,``."""
        return not self.is_name and self.value != SLOT


def tokenize(text: str, line: int = 1) -> list[Token]:
    """Split a query into tokens, in time linear in its length.

    Raises:
        QuerySyntaxError: an unclosed or empty quote, a quote with something glued behind
            it, a weight without a name, a weight beyond all measure.
    """
    tokens = []
    at = _end(_GAP, text, 0)
    while at < len(text):
        token = _token(text, at, line)
        tokens.append(token)
        at = token.end
        if token.quoted and text.startswith(",", at):
            tokens.append(Token(",", at, at + 1, False, name_start=at))
            at += 1
        at = _end(_GAP, text, at)
    return tokens


def names_before_commas(text: str) -> list[str]:
    """The names that bare words would be, did their commas not separate: ``Meanwhile,``, ``,``."""
    try:
        tokens = tokenize(text)
    except QuerySyntaxError:
        return []
    names = []
    before: Token | None = None
    for token in tokens:
        if token.is_operator and token.value == ",":
            glued = before is not None and before.end == token.start and not before.quoted
            glued = glued and not (before and before.is_list)
            names.append(before.value + "," if before is not None and glued else ",")
        before = token
    return list(dict.fromkeys(names))


def token_at(text: str, cursor: int) -> tuple[int, int, str]:
    """The name that is being typed at ``cursor``, however unfinished the text is.

    Returns:
        (start, end, word): ``text[start:end]`` is what an accepted suggestion, quoted where
        needed, replaces; a weight before the name stays. ``word`` is the name typed so far,
        without quotes. On an operator, ``?`` or a gap it is (cursor, cursor, "").
    """
    cursor = max(0, min(cursor, len(text)))
    at = _end(_GAP, text, 0)
    while at < len(text) and at <= cursor:
        start, end, word = _loose_token(text, at, cursor)
        if at <= cursor <= end:
            inside = start <= cursor and text[start:end] not in RESERVED
            inside = inside and not _is_list(text, start)
            return (start, end, word) if inside else (cursor, cursor, "")
        comma = text.startswith('"', start) and text.startswith(",", end)
        at = _end(_GAP, text, end + comma)
    return cursor, cursor, ""


def list_at(text: str, cursor: int) -> tuple[int, int, str] | None:
    """The name of a list that is being typed at ``cursor``, as ``token_at`` has those of genes;
    None where there is none.

    Returns:
        (start, end, word): ``text[start:end]`` begins with the ``@``; ``word`` is without it.
    """
    cursor = max(0, min(cursor, len(text)))
    at = _end(_GAP, text, 0)
    while at < len(text) and at < cursor:
        start, end, _ = _loose_token(text, at, cursor)
        if start < cursor <= end and text.startswith("@", start):
            listed = _QUOTED_LIST.match(text, start)
            if not listed:
                return start, end, text[start + 1 : end]
            whole = _QUOTED.match(text, listed.end())
            typed = whole[1] if whole else text[listed.end() + 1 : cursor]
            end = whole.end() if whole else cursor
            return start, end, (listed[1] or "") + _unescape(typed)
        comma = text.startswith('"', start) and text.startswith(",", end)
        at = _end(_GAP, text, end + comma)
    return None


def _token(text: str, start: int, line: int) -> Token:
    weight, name_start = _weight(text, start, line)
    if text.startswith('"', name_start):
        name, end = _read_quoted(text, name_start, line)
        return Token(name, start, end, True, True, weight, name_start)
    if listed := _QUOTED_LIST.match(text, name_start):
        name, end = _read_quoted(text, listed.end(), line)
        name = (listed[1] or "") + name
        return Token(name, start, end, True, True, weight, name_start, is_list=True)
    end = _word_end(text, name_start)
    word = text[name_start:end]
    if weight is not None and (not word or word in RESERVED):
        typed = clip(text[start:name_start])
        hint = f'quote it if it is a name: {typed}"{word}"' if word else f"as {typed}HBA1"
        raise QuerySyntaxError(f"expected a gene right after '{typed}'", name_start, hint, line)
    if word.startswith("@") and len(word) > 1:
        return Token(word[1:], start, end, True, False, weight, name_start, is_list=True)
    return Token(word, start, end, word not in RESERVED, False, weight, name_start)


def _is_list(text: str, start: int) -> bool:
    """Whether the name at ``start`` is a list's."""
    return text.startswith("@", start) and _word_end(text, start) > start + 1


def _weight(text: str, start: int, line: int) -> tuple[float | None, int]:
    match = WEIGHT.match(text, start)
    if not match:
        return None, start
    value = float(match[1])
    if value and not LEAST_WEIGHT <= abs(value) <= MOST_WEIGHT:
        wrong = "small" if abs(value) < 1 else "large"
        raise QuerySyntaxError(
            f"the weight '{clip(match[1])}' is too {wrong}",
            start,
            f"a weight is between {LEAST_WEIGHT:g} and {MOST_WEIGHT:g}, as in 0.5*HBA1; 0 leaves "
            "the gene out",
            line,
        )
    return value, match.end()


def _read_quoted(text: str, start: int, line: int) -> tuple[str, int]:
    match = _QUOTED.match(text, start)
    if not match:
        raise QuerySyntaxError(
            "this quote is never closed",
            start,
            'end the name with "; a quote inside a name is typed \\"',
            line,
        )
    end = match.end()
    if not match[1]:
        hint = 'write a name between them, as "New York"'
        raise QuerySyntaxError("expected a gene between the quotes", start + 1, hint, line)
    if end < len(text) and _end(_GAP, text, end) == end and text[end] != ",":
        raise QuerySyntaxError(
            f"expected a space after the closing quote, not '{clip(text[end])}'",
            end,
            'a quote inside a name is typed \\"',
            line,
        )
    return _unescape(match[1]), end


def _loose_token(text: str, at: int, cursor: int) -> tuple[int, int, str]:
    """(start of the name, end, name) of the token at ``at``, whatever is wrong with it."""
    weight = WEIGHT.match(text, at)
    start = weight.end() if weight else at
    if listed := _QUOTED_LIST.match(text, start):
        match = _QUOTED.match(text, listed.end())
        return start, match.end() if match else len(text), ""
    if not text.startswith('"', start):
        end = _word_end(text, start)
        return start, end, text[start:end]
    match = _QUOTED.match(text, start)
    if match:
        return start, match.end(), _unescape(match[1])
    # Where an unclosed name ends is unknown; up to the cursor it is surely the name.
    end = cursor if cursor > start else len(text)
    return start, end, _unescape(text[start + 1 : end])


def _word_end(text: str, start: int) -> int:
    """Where the bare word at ``start`` ends: before the commas behind it; one of several that
    stand alone is a word of its own."""
    end = _end(WORD, text, start)
    bare = start + len(text[start:end].rstrip(","))
    return min(bare if bare > start else start + 1, end)


def _unescape(inside: str) -> str:
    def replace(match: re.Match[str]) -> str:
        if match[1]:
            return match[1]
        code = int(match[2], 16)
        return chr(code) if code <= 0x10FFFF else match[0]

    return _ESCAPE.sub(replace, inside) if "\\" in inside else inside


def _end(pattern: re.Pattern[str], text: str, at: int) -> int:
    match = pattern.match(text, at)
    return match.end() if match else at
