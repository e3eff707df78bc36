"""Tokens to Query: which shapes there are, and what is said about all others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gene_tui.errors import QuerySyntaxError
from gene_tui.language.nearest import corrections, nearest
from gene_tui.language.tokens import Token, tokenize
from gene_tui.model.naming import SLOT, quote, quote_list
from gene_tui.model.query import NOT_TYPED, Kind, Query
from gene_tui.text import clip

#: Operators of every shape but the weighted sum, between the operands.
_SHAPES = ((), ("~",), (":",), (":", "::", ":"), ("+", "::", "+"))
#: Longer hints are not read.
_LONGEST_FORM = 100
_NEAREST = "the nearest valid form is  "
_EXAMPLES = "as HBA1, HBA1 ~ HBB, ACTA2 : JAGN1; ? stands for an unknown gene"
#: Kind of an analogy by how many of its four places are open; two open ones depend on where.
_BY_OPEN = {0: Kind.ANALOGY, 1: Kind.COMPLETE, 3: Kind.CONTAINING, 4: Kind.ALL}


@dataclass(frozen=True, slots=True)
class _Parts:
    """A query taken apart: operands with the operators between them."""

    text: str
    line: int
    tokens: list[Token]
    leading: Token | None
    operands: list[Token]
    operators: list[Token]

    @property
    def ops(self) -> tuple[str, ...]:
        return tuple(token.value for token in self.operators)

    def wrong(self, message: str, position: int, otherwise: str = "") -> QuerySyntaxError:
        """The error; its hint is a correction, or ``otherwise``, or the nearest valid form."""
        hint = _corrected(self.text, self.tokens) or otherwise
        if not hint and any(token.is_list for token in self.operands):
            typed = [_typed(token) for token in self.operands if token.is_name]
            sign = next((f" {sign} " for sign in "-+" if sign in self.ops), ", ")
            hint = f"{_NEAREST}{sign.join(typed)}"
        if not hint:
            form = nearest([_typed(token) for token in self.operands], self.ops)
            hint = f"{_NEAREST}{form}" if form else _EXAMPLES
        return QuerySyntaxError(message, position, hint, self.line)


def _corrected(text: str, tokens: Sequence[Token]) -> str:
    for reason, meant in corrections(text, tokens):
        try:
            return f"{reason}:  {parse(meant)}"
        except QuerySyntaxError as error:
            # With its commas apart it may lack only what is asked.
            if "comma" in reason and error.hint.startswith(_NEAREST):
                return f"{reason}:  {error.hint.removeprefix(_NEAREST)}"
    return ""


def parse(text: str, line: int = 1) -> Query:
    """Parse one query.

    Args:
        text: as typed.
        line: line number for error messages, from 1.

    Raises:
        QuerySyntaxError: ``text`` is not a query; it points at the character and its hint
            shows the nearest valid form. Nothing else is raised, whatever the text.
    """
    tokens = tokenize(text, line)
    if not tokens:
        raise QuerySyntaxError(
            "expected a gene, found nothing",
            len(text),
            _EXAMPLES,
            line,
        )
    parts = _take_apart(text, line, tokens)
    ops = parts.ops
    alone = not ops and parts.operands[0].is_list and parts.operands[0].weight is None
    if (alone or (ops and set(ops) == {","})) and not parts.leading:
        return _list(parts)
    if parts.leading or (ops and set(ops) <= {"+", "-"}) or _weighted_gene(parts):
        return _arithmetic(parts)
    if ("," in ops and ":" in ops) or ("::" in ops and _names_list(parts)):
        return _relation(parts)
    _check_shape(parts)
    _check_lists(parts)
    for token in parts.operands:
        if token.weight is not None:
            raise parts.wrong("only the genes of a sum can have a weight", token.start)
    if not ops and not parts.operands[0].is_name:
        raise parts.wrong("'?' alone asks for nothing", parts.operands[0].start)
    return _shaped(parts)


def _take_apart(text: str, line: int, tokens: list[Token]) -> _Parts:
    """Check that operands and operators take turns."""
    leading = tokens[0] if tokens[0].value == "-" and tokens[0].is_operator else None
    rest = tokens[1:] if leading else tokens
    parts = _Parts(
        text,
        line,
        tokens,
        leading,
        [token for token in rest if not token.is_operator],
        [token for token in rest if token.is_operator],
    )
    before = f" after '{leading.value}'" if leading else ""
    for place, token in enumerate(rest):
        if token.is_operator and place % 2 == 0:
            raise parts.wrong(f"expected a gene{before}, not '{token.value}'", token.start)
        if not token.is_operator and place % 2 == 1:
            told = f"expected an operator before '{_typed(token, 30)}'"
            raise parts.wrong(told, token.start, _neighbours(tokens))
        before = f" after '{token.value}'"
    if len(rest) % 2 == 0:
        raise parts.wrong(f"expected a gene after '{tokens[-1].value}'", len(text))
    return parts


def _neighbours(tokens: Sequence[Token]) -> str:
    """The hint for names side by side, as New York without quotes; "" for other texts."""
    if any(not token.is_name or token.is_list or token.quoted for token in tokens):
        return ""
    if any(token.weight is not None for token in tokens):
        return ""
    whole = quote(" ".join(token.value for token in tokens))
    if len(whole) > 60:
        return "a name with spaces needs quotes; between genes stand , : :: ~ + or -"
    return f"a name with spaces needs quotes: {whole}; between genes stand , : :: ~ + or -"


def _weighted_gene(parts: _Parts) -> bool:
    return not parts.operators and parts.operands[0].weight is not None


def _check_shape(parts: _Parts) -> None:
    """Raise at the first operator that no shape continues with, or at the end if one lacks."""
    ops = parts.ops
    if ops in _SHAPES:
        return
    for count in range(1, len(ops) + 1):
        if not any(shape[:count] == ops[:count] for shape in _SHAPES):
            token = parts.operators[count - 1]
            raise parts.wrong(f"'{token.value}' cannot stand here", token.start)
    longer = next(shape for shape in _SHAPES if shape[: len(ops)] == ops)
    last = _typed(parts.operands[-1], 30)
    raise parts.wrong(f"expected '{longer[len(ops)]}' after '{last}'", len(parts.text))


def _check_lists(parts: _Parts) -> None:
    """Raise at the first list in a shape that takes genes only."""
    for token in parts.operands:
        if token.is_list:
            sign = parts.ops[0]
            what = "compares two genes" if sign == "~" else "stands between single genes"
            raise parts.wrong(
                f"'{sign}' {what}, and {_typed(token, 30)} is a list",
                token.start,
                "@a asks for the genes nearest to a list, @a - @b for what tells two lists apart",
            )


def _arithmetic(parts: _Parts) -> Query:
    if parts.leading and not set(parts.ops) <= {"+", "-"}:
        raise parts.wrong("a leading '-' belongs to a sum of genes", parts.leading.start)
    signs = [parts.leading.value if parts.leading else "+", *parts.ops]
    weights: dict[tuple[str, bool], float] = {}
    positions: dict[tuple[str, bool], int] = {}
    for sign, token in zip(signs, parts.operands, strict=True):
        if not token.is_name:
            raise parts.wrong("a sum has no '?': it asks for the genes nearest to it", token.start)
        weight = 1.0 if token.weight is None else token.weight
        name = (token.value, token.is_list)
        weights[name] = weights.get(name, 0.0) + (-weight if sign == "-" else weight)
        positions.setdefault(name, token.name_start)
    # Equal genes count together; what weighs nothing is no part of the sum. Where nothing is left
    # the first stays, and the engine reports it.
    terms = {name: weight for name, weight in weights.items() if weight}
    terms = terms or {(parts.operands[0].value, parts.operands[0].is_list): 0.0}
    return Query(
        Kind.ARITHMETIC,
        tuple(name for name, _ in terms),
        tuple(terms.values()),
        parts.text,
        tuple(positions[name] for name in terms),
        tuple(place for place, (_, is_list) in enumerate(terms) if is_list),
    )


def _list(parts: _Parts) -> Query:
    for token in parts.operands:
        if not token.is_name:
            raise parts.wrong("a list has no '?': it asks for the genes nearest to it", token.start)
        if token.weight is not None:
            raise parts.wrong("only the genes of a sum can have a weight", token.start)
    names = tuple(token.value for token in parts.operands)
    positions = tuple(token.name_start for token in parts.operands)
    lists = tuple(place for place, token in enumerate(parts.operands) if token.is_list)
    return Query(Kind.LIST, names, (), parts.text, positions, lists)


def _names_list(parts: _Parts) -> bool:
    return any(token.is_list for token in parts.operands)


def _relation(parts: _Parts) -> Query:
    """Examples, ``::`` and the asked pair; or the other way round, which asks the same."""
    halves = _halves(parts)
    groups = [group for half in halves for group in half]
    hint = _nearest_relation(groups)
    if any(len(half) > 1 and any(map(_is_lone_gene, half)) for half in halves):
        hint = "a list, A, B, C, stands alone; the examples of a relation are A : B, E : F :: ? : ?"
    for token in parts.operators:
        if token.value in "+-~":
            what = "the examples of a relation are differences, A : B"
            raise parts.wrong(f"'{token.value}' cannot stand here: {what}", token.start, hint)
    for token in parts.operands:
        if token.weight is not None:
            raise parts.wrong("only the genes of a sum can have a weight", token.start, hint)
    for group in groups:
        wrong = next((token for token in group if token.is_list and len(group) > 1), None)
        if wrong:
            raise parts.wrong(
                f"':' stands between single genes, and {_typed(wrong, 30)} is a list",
                wrong.start,
                "the examples of a relation are pairs, A : B, or a file of two columns, "
                "@pairs.tsv :: ? : ?",
            )
        if len(group) > 2:
            raise parts.wrong("an example is a pair, A : B", group[2].start, hint)
        if len(group) == 1 and not group[0].is_list:
            raise parts.wrong(f"expected ':' after '{_typed(group[0], 30)}'", group[0].end, hint)
    if len(halves) > 2:
        raise parts.wrong("'::' stands once, before what is asked", parts.operators[-1].start, hint)
    if len(halves) < 2:
        raise parts.wrong("expected '::' and what is asked", len(parts.text), hint)
    examples, asked = halves
    if _is_asked(examples) and not _is_asked(asked):
        examples, asked = asked, examples
    if not _is_asked(asked):
        raise parts.wrong("what is asked is one pair", asked[-1][0].start, hint)
    for group in examples:
        for token in group:
            if not token.is_name:
                raise parts.wrong("an example has no '?'", token.start, hint)
    order = [token for group in (*examples, *asked) for token in group]
    return Query(
        Kind.RELATION,
        tuple(token.value if token.is_name else None for token in order),
        (),
        parts.text,
        tuple(token.name_start for token in order),
        tuple(place for place, token in enumerate(order) if token.is_list),
    )


def _halves(parts: _Parts) -> list[list[list[Token]]]:
    """The operands between ``::``, in those between commas."""
    halves = [[[parts.operands[0]]]]
    for sign, operand in zip(parts.operators, parts.operands[1:], strict=True):
        if sign.value == "::":
            halves.append([[operand]])
        elif sign.value == ",":
            halves[-1].append([operand])
        else:
            halves[-1][-1].append(operand)
    return halves


def _is_asked(half: Sequence[Sequence[Token]]) -> bool:
    """Whether a half of a relation can be what is asked: one pair, with or without ``?``."""
    return len(half) == 1 and len(half[0]) == 2


def _is_lone_gene(group: Sequence[Token]) -> bool:
    """Whether an operand between commas is a gene without a partner."""
    return len(group) == 1 and group[0].is_name and not group[0].is_list


def _nearest_relation(groups: Sequence[Sequence[Token]]) -> str:
    """The hint that builds on what of the text is an example."""
    examples = [
        " : ".join(map(_typed, group))
        for group in groups
        if all(token.is_name for token in group)
        and [token.is_list for token in group] in ([True], [False, False])
    ]
    form = f"{', '.join(examples or ['A : B', 'E : F'])} :: ? : ?"
    form = form if len(form) <= _LONGEST_FORM else "A : B, E : F :: ? : ?"
    return f"{_NEAREST}{form}"


def _shaped(parts: _Parts) -> Query:
    slots = tuple(token.value if token.is_name else None for token in parts.operands)
    positions = tuple(token.name_start for token in parts.operands)
    ops = parts.ops
    if ops in ((), (":",)):
        slots += (None,) * (1 if not ops else 2)
        positions += (NOT_TYPED,) * (len(slots) - len(positions))
    if ops in ((), ("~",)):
        kind = (Kind.COMPARE, Kind.NEAREST, Kind.CLOSEST)[slots.count(None)]
    elif "+" in ops:
        kind = Kind.SUMS
        if _open(slots) not in ((2, 3), (0, 1)):
            where = next(
                (token for token in parts.operands[2:] if token.is_name), parts.operands[-1]
            )
            raise parts.wrong("sums are asked for as A + B :: ? + ?", where.start)
    else:
        kind = _analogy(slots)
    return Query(kind, slots, (), parts.text, positions)


def _analogy(slots: tuple[str | None, ...]) -> Kind:
    open_places = _open(slots)
    if len(open_places) == 2:
        return Kind.PAIRS if open_places in ((2, 3), (0, 1)) else Kind.PARALLEL
    return _BY_OPEN[len(open_places)]


def _open(slots: tuple[str | None, ...]) -> tuple[int, ...]:
    return tuple(place for place, slot in enumerate(slots) if slot is None)


def _typed(token: Token, most: int = 0) -> str:
    text = SLOT
    if token.is_name:
        text = quote_list(token.value) if token.is_list else quote(token.value)
    return clip(text, most) if most else text
