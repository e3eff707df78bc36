"""Results as text and back, without loss: what history keeps, so that nothing is recomputed.

The JSON of ``Result.to_json`` is for readers and leaves things out; this form is for
ourselves. It follows the annotations of the dataclasses, so a field added to one of them with
a default is stored from then on, and text written before still loads.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from functools import cache
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from gene_tui.model.gene import Gene
from gene_tui.model.result import Result

FORMAT = 1
#: What an answer says that was kept when hits had an E-value in place of a rarity.
BEFORE_RARITY = 'answered before 0.2, which did not know "1 in N"; ask again for it'

_PLAIN = frozenset({str, int, float, bool})


def dumps(result: Result) -> str:
    """``result`` as one line of ASCII. A gene that occurs often is written once."""
    genes: dict[Gene, int] = {}
    body = _pack(result, genes)
    listed = [_fields(gene, genes) for gene in genes]
    form = {"format": FORMAT, "genes": listed, "result": body}
    return json.dumps(form, separators=(",", ":"), default=_plain)


def loads(text: str) -> Result:
    """The result that ``dumps`` was given.

    Raises:
        ValueError: the text is damaged, or of another format.
    """
    try:
        form = json.loads(text)
        if form["format"] != FORMAT:
            raise ValueError(f"stored as format {form['format']}, this program reads {FORMAT}")
        genes = [_build(Gene, record, ()) for record in form["genes"]]
        result = _build(Result, form["result"], genes)
    except (TypeError, KeyError, IndexError, AttributeError, RecursionError) as error:
        raise ValueError(f"not a stored result ({error!r})") from error
    assert isinstance(result, Result)
    if any("p_best" in hit for hit in form["result"]["hits"]):
        kept = tuple(note for note in result.notes if "p_best" not in note)
        return replace(result, notes=(*kept, BEFORE_RARITY))
    return result


def _pack(value: Any, genes: dict[Gene, int]) -> Any:
    if value is None or type(value) in _PLAIN:
        return value
    if isinstance(value, Gene):
        return genes.setdefault(value, len(genes))
    if is_dataclass(value) and not isinstance(value, type):
        return _fields(value, genes)
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, (tuple, list)):
        return [_pack(item, genes) for item in value]
    if isinstance(value, Mapping):
        return {str(key): _pack(item, genes) for key, item in value.items()}
    return value


def _fields(value: Any, genes: dict[Gene, int]) -> dict[str, Any]:
    return {name: _pack(getattr(value, name), genes) for name in _hints(value.__class__)}


def _plain(value: Any) -> Any:
    """A numpy scalar or array as what it holds (numpy itself is not imported here)."""
    if hasattr(value, "tolist"):
        return value.tolist()
    raise TypeError(f"{type(value).__name__} cannot be stored")


@cache
def _hints(cls: type) -> dict[str, Any]:
    """The annotation of each field of a dataclass."""
    hints = get_type_hints(cls)
    return {entry.name: hints[entry.name] for entry in fields(cls)}


def _build(cls: type, record: Mapping[str, Any], genes: Any) -> Any:
    hints = _hints(cls)
    return cls(
        **{name: _unpack(hints[name], record[name], genes) for name in record.keys() & hints}
    )


def _unpack(hint: Any, value: Any, genes: Any) -> Any:
    if hint in _PLAIN:
        return float(value) if hint is float else value
    if value is None:
        return None
    origin = get_origin(hint)
    if origin in (Union, UnionType):
        chosen = next(option for option in get_args(hint) if option is not type(None))
        return _unpack(chosen, value, genes)
    if hint is Gene:
        return genes[value]
    if origin is tuple:
        items = get_args(hint)
        if items[-1] is Ellipsis:
            items = (items[0],) * len(value)
        return tuple(_unpack(item, part, genes) for item, part in zip(items, value, strict=True))
    if isinstance(hint, type) and is_dataclass(hint):
        return _build(hint, value, genes)
    if isinstance(hint, type) and issubclass(hint, Enum):
        return hint(value)
    return value
