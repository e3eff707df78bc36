"""Unknown names that may be several names typed without spaces."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import combinations

from gene_tui.errors import QuerySyntaxError
from gene_tui.language.nearest import nearest
from gene_tui.language.parser import parse
from gene_tui.language.tokens import LOOKALIKES, tokenize
from gene_tui.model.naming import RESERVED, SLOT, number, quote

_SEPARATOR = re.compile(r"::|[:~+,-]")
_WEIGHT_BEHIND = re.compile(r"(.+)\*([0-9]+(?:\.[0-9]+)?)")
#: With more operators inside than this, only the split at all of them is proposed.
_MOST_SEPARATORS = 6
_LONGEST = 200


def spaced_forms(
    name: str, text: str | None = None, position: int = 0
) -> list[tuple[tuple[str, ...], str]]:
    """How an unknown name may be meant as several, as ``ACTA2:JAGN1`` is ``ACTA2 : JAGN1``.

    Args:
        name: the unknown name, typed without quotes.
        text: the whole query that holds it; ``name`` alone where not given.
        position: where ``name`` stands in ``text``.

    Returns:
        (names, query) pairs, fewest splits first: the names that have to be known for this
        reading, and a whole valid query in that reading. Empty where there is none.
    """
    whole = name if text is None else text
    if len(whole) > _LONGEST or '"' in name or not whole.startswith(name, position):
        return []
    forms: dict[str, tuple[str, ...]] = {}
    for pieces in _readings(name.translate(LOOKALIKES)):
        names = tuple(piece for piece in pieces if piece and piece not in RESERVED)
        spaced = " ".join(quote(piece) if piece in names else piece for piece in pieces if piece)
        spaced = spaced.replace(" , ", ", ")
        query = _valid(whole[:position] + spaced + whole[position + len(name) :])
        # The nearest valid form may leave names out; such a reading is none.
        if query != whole and query and set(names) <= set(parse(query).names):
            forms.setdefault(query, names)
    behind = _WEIGHT_BEHIND.fullmatch(name)
    if behind:
        query = f"{number(float(behind[2]))}*{quote(behind[1])}"
        query = _valid(whole[:position] + query + whole[position + len(name) :])
        if query:
            forms.setdefault(query, (behind[1],))
    return [(names, query) for query, names in forms.items()]


def _readings(name: str) -> Iterator[list[str]]:
    """``name`` cut at some of the operators inside it: pieces and operators in turn."""
    yield [name]  # differs from what was typed where look-alikes were
    found = list(_SEPARATOR.finditer(name))
    counts = range(1, len(found) + 1) if len(found) <= _MOST_SEPARATORS else [len(found)]
    for count in counts:
        for chosen in combinations(found, count):
            pieces = []
            at = 0
            for separator in chosen:
                pieces += [name[at : separator.start()], separator[0]]
                at = separator.end()
            yield [*pieces, name[at:]]


def _valid(text: str) -> str:
    """``text`` if it parses, else the valid query nearest to it, else ""."""
    try:
        parse(text)
    except QuerySyntaxError:
        pass
    else:
        return text
    try:
        tokens = tokenize(text)
    except QuerySyntaxError:
        return ""
    operands = [token for token in tokens if not token.is_operator]
    ops = [token.value for token in tokens if token.is_operator]
    if "," in ops and set(ops) != {","}:
        return ""  # examples of a relation, or a list where none can stand: no shape is nearest
    if not 1 <= len(operands) <= 4 or any(token.weight is not None for token in operands):
        return ""
    return nearest([quote(token.value) if token.is_name else SLOT for token in operands], ops)
