"""The valid query nearest to a text that is none, for hints."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from gene_tui.language.tokens import LOOKALIKES, Token
from gene_tui.model.naming import RESERVED, SLOT

#: Longer hints are not read; they show the shape with letters instead of the names.
_MOST = 100
#: Words that people write for signs.
_WORDS = re.compile(r"\s(is to|as|vs\.?|versus|and)\s", re.IGNORECASE)
_SIGNS = {"is": ":", "as": "::", "vs": "~", "vs.": "~", "versus": "~", "and": ","}
_GLUED = re.compile(r"(::|[:~+]|^[-,]|-$)")


def nearest(operands: Sequence[str], ops: Sequence[str]) -> str:
    """A valid query with as many of ``operands`` (as typed, or ``?``) as its shape takes.

    Args:
        operands: in order. ops: the operators, wherever they stood.

    Returns:
        The text, or "" where there is nothing to build on.
    """
    form = _form(operands, frozenset(ops))
    if len(form) <= _MOST:
        return form
    letters = iter("ABCD")
    return _form(
        [SLOT if name == SLOT else next(letters, "D") for name in operands[:4]], frozenset(ops)
    )


def corrections(text: str, tokens: Sequence[Token]) -> Iterator[tuple[str, str]]:
    """What ``text`` may have been meant to be, should it not parse.

    Args:
        text: as typed. tokens: all its tokens, in order.

    Yields:
        (what was wrong, corrected text) for look-alikes of operators and quotes, then for
        operators without spaces, then for commas without them. The corrected text need not parse
        either.
    """
    if len(text) > 2 * _MOST:
        return
    plain = _rewrite(text, tokens, _plain)
    if plain != text:
        yield "in plain characters this is", plain
    if all((token.is_name and not token.quoted) or token.value in RESERVED for token in tokens):
        signs = _WORDS.sub(lambda match: f" {_SIGNS[match[1].split()[0].lower()]} ", text)
        if signs != text:
            yield "in signs this is", " ".join(signs.replace(" , ", ", ").split())
    spaced = _rewrite(text, tokens, _spaced)
    if spaced != text:
        yield "operators need spaces around them", spaced
    apart = _rewrite(text, tokens, lambda name: name.replace(",", ", "))
    if apart != text:
        yield "a comma separates where a space follows", apart


def _rewrite(text: str, tokens: Sequence[Token], change: Callable[[str], str]) -> str:
    """``text`` with ``change`` applied to every bare name."""
    pieces = []
    at = 0
    for token in tokens:
        if token.is_name and not (token.quoted or token.is_list):
            pieces += [text[at : token.name_start], change(token.value)]
            at = token.end
    return "".join([*pieces, text[at:]])


def _plain(name: str) -> str:
    plain = name.translate(LOOKALIKES)
    meant = plain in RESERVED or plain[0] == '"' or plain[-1] in ',"'
    return plain if meant else name


def _spaced(name: str) -> str:
    return " ".join(_GLUED.sub(r" \1 ", name).split())


def _form(operands: Sequence[str], ops: frozenset[str]) -> str:
    if not operands:
        return ""
    names = [operand for operand in operands if operand != SLOT]
    if ops == {","} and len(names) > 1:
        return ", ".join(names)
    ops -= {","}
    if ops <= {"+", "-"}:
        return _without_analogy(operands, names, ops)
    if "::" in ops and "+" in ops and ":" not in ops:
        return _sums(operands, names)
    if ":" in ops or "::" in ops:
        places = [*operands[:4], *[SLOT] * (4 - len(operands))]
        if len(operands) <= 2:
            places = places[:2]
        return " : ".join(places[:2]) + (f" :: {' : '.join(places[2:])}" if places[2:] else "")
    return " ~ ".join([*operands, SLOT, SLOT][:2])


def _without_analogy(operands: Sequence[str], names: list[str], ops: frozenset[str]) -> str:
    if not ops:
        return " ~ ".join([*operands, SLOT, SLOT][:2])
    if len(names) < len(operands) == 2:
        return " : ".join(operands)
    sign = " + " if "+" in ops else " - "
    examples = [name for name in ("HBA1", "HBB", "HBD") if name not in names]
    return sign.join([*names, *examples][: max(2, len(names))])


def _sums(operands: Sequence[str], names: list[str]) -> str:
    if len(names) < 2:
        return " : ".join([*names, SLOT, SLOT][:2])
    if list(operands[:2]) == [SLOT, SLOT]:
        return f"? + ? :: {names[0]} + {names[1]}"
    return f"{names[0]} + {names[1]} :: ? + ?"
