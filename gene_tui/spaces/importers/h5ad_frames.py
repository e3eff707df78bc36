"""The frames ``obs`` and ``var`` of AnnData files of every age: names of rows and their columns.

Categories are numbers that stand for texts. Where the texts are has changed: in a group of
their own with the numbers (since 0.8), in ``__categories`` beside the columns or wherever the
column's attribute ``categories`` points (0.7), and in ``uns/<column>_categories`` (before 0.7,
when a frame was one compound array).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from gene_tui.spaces.importers.arrays import as_texts
from gene_tui.spaces.importers.columns import SourceColumn, kind_of, some_of, value
from gene_tui.spaces.importers.reading import ByHand
from gene_tui.spaces.importers.row_names import name_rows
from gene_tui.spaces.importers.streams import bad, check_growth, printable

_SAMPLE = 200


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame as a source needs it.

    Attributes:
        names: of the rows.
        columns: fields of ``model.gene.FIELDS``, as text.
        said: how it was read.
        old: it is a compound array, as AnnData wrote before version 0.7.
    """

    names: list[str]
    columns: dict[str, list[str]]
    said: list[str]
    old: bool


def read_frame(path: Path, file: Any, name: str, rows: int, hand: ByHand) -> Frame:
    """Names of the rows of ``obs`` or ``var``, and what its columns tell of them.

    Raises:
        FileError: it is missing, damaged, or has not as many names as ``rows``.
        UsageError: the user names a column that is not there.
    """
    frame = file.get(name)
    if frame is None:
        raise bad(path, f"it has no {name}, so the rows have no names")
    names = row_names(path, file, name)
    if len(names) != rows:
        count = f"{len(names):,}" if names else "no"
        raise bad(path, f"{name} has {count} names for the {rows:,} rows of vectors")
    titles = [title for title in titles_of(frame) if title != _index(frame)]
    values = {title: _values(path, file, name, title) for title in titles}
    texts = {title: found for title, found in values.items() if found and len(found) == rows}
    columns = [SourceColumn("label", "text", names[:_SAMPLE])]
    if _just_counts(names) and any(kind_of(found[:_SAMPLE]) == "text" for found in texts.values()):
        columns = [SourceColumn("index", "number", names[:_SAMPLE])]
    columns += [
        SourceColumn(t, kind_of(found[:_SAMPLE]), found[:_SAMPLE]) for t, found in texts.items()
    ]
    everything = [names, *texts.values()]
    label, fields = name_rows(path, columns, hand)
    label = 0 if label is None else label
    said = [f"labels from `{printable(columns[label].title, 40)}`"] if label else []
    said += [f"{field} from `{printable(columns[i].title, 40)}`" for field, i in fields.items()]
    left_out = [
        title for title in titles if title not in {columns[i].title for i in fields.values()}
    ]
    left_out = [title for title in left_out if not label or title != columns[label].title]
    if left_out:
        said.append(f"left out: {some_of(left_out)}")
    found = {field: [value(field, cell) for cell in everything[i]] for field, i in fields.items()}
    if label and "id" not in found and not _just_counts(names):
        found["id"] = names
    return Frame(everything[label], found, said, hasattr(frame, "dtype"))


def _just_counts(names: list[str]) -> bool:
    return names[:_SAMPLE] == [str(number) for number in range(min(_SAMPLE, len(names)))]


def row_names(path: Path, file: Any, name: str) -> list[str]:
    """The index of a frame; [] where it has none."""
    frame = file.get(name)
    return (_values(path, file, name, _index(frame)) or []) if frame is not None else []


def _index(frame: Any) -> str:
    if hasattr(frame, "dtype"):
        fields = frame.dtype.names or ("",)
        return "index" if "index" in fields else fields[0]
    return text_of(frame.attrs.get("_index", "_index"))


def titles_of(frame: Any) -> list[str]:
    """A frame's columns in their order, with the index in compound arrays."""
    if hasattr(frame, "dtype"):
        return list(frame.dtype.names or ())
    order = frame.attrs.get("column-order", ())
    return as_texts(np.asarray([text_of(title) for title in order], dtype=str))


def text_of(item: Any) -> str:
    """Text of HDF5, which may be bytes."""
    return item.decode("utf-8", "replace") if isinstance(item, bytes) else str(item)


def _values(path: Path, file: Any, name: str, title: str) -> list[str] | None:
    """A column as text; None if it is of a kind that is no text."""
    frame = file[name]
    if title not in (frame.dtype.names or () if hasattr(frame, "dtype") else frame):
        return None
    node = frame[title]
    if not hasattr(node, "dtype"):
        if "categories" in node and "codes" in node:
            return _looked_up(path, title, array_of(path, node["codes"]), node["categories"])
        if "values" not in node:
            return None
        mask = array_of(path, node["mask"]).tolist() if "mask" in node else None
        texts = [text_of(item) for item in array_of(path, node["values"]).tolist()]
        if mask is None or len(mask) != len(texts):
            return texts
        return ["" if masked else text for text, masked in zip(texts, mask, strict=True)]
    array = array_of(path, node)
    if array.ndim != 1 or array.dtype.kind not in "OSUiuf":
        return None
    if array.dtype.kind in "iu":
        categories = _categories(file, frame, node, title)
        if categories is not None:
            return _looked_up(path, title, array, categories)
    return [text_of(item) for item in array.tolist()]


def _categories(file: Any, frame: Any, node: Any, title: str) -> Any:
    """Where the texts of a column of numbers are, in the layouts before 0.8; None if nowhere."""
    if not hasattr(frame, "dtype"):
        if "__categories" in frame and title in frame["__categories"]:
            return frame["__categories"][title]
        reference = node.attrs.get("categories")
        if reference is not None:
            try:
                return file[reference]
            except (ValueError, KeyError, TypeError):
                return None
    uns = file.get("uns")
    name = f"{title}_categories"
    return uns[name] if uns is not None and not hasattr(uns, "dtype") and name in uns else None


def _looked_up(path: Path, title: str, codes: npt.NDArray[Any], categories: Any) -> list[str]:
    kinds = [text_of(item) for item in array_of(path, categories).ravel().tolist()]
    numbers = codes.ravel().tolist()
    if any(code >= len(kinds) for code in numbers):
        raise bad(path, f"column '{printable(title, 40)}' is damaged: a code without a category")
    return [kinds[code] if code >= 0 else "" for code in numbers]


def array_of(path: Path, node: Any) -> npt.NDArray[Any]:
    """A small dataset as a whole."""
    if hasattr(node, "id"):
        check_node(path, node)
    return np.asarray(node[...] if hasattr(node, "id") else node)


def check_node(path: Path, node: Any) -> None:
    """Refuse a dataset whose stored bytes cannot be what it claims to hold."""
    size = int(node.size) * int(node.dtype.itemsize)
    check_growth(path, str(node.name), int(node.id.get_storage_size()), size)
