"""The earlier scripts' archives: ``embeddings`` (n × d) and ``genes`` (n) in one ``.npz``.

Arrays are streamed out of the archive, packed or not, so that memory holds one block of rows.
Without those two names, a single matrix and a single list of names as long will do, or a
dictionary {name: row}. A single dictionary {name: vector} will do as well. An array called
``symbols`` becomes the symbols; any other is listed and ignored.
"""

from __future__ import annotations

import contextlib
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from gene_tui.errors import FileError
from gene_tui.run import Progress, Run
from gene_tui.spaces.importers.arrays import ArrayStream, as_float32, is_matrix, is_names
from gene_tui.spaces.importers.named_vectors import NamedVectors, gathered, labels_of
from gene_tui.spaces.importers.reading import Reading
from gene_tui.spaces.importers.streams import bad, check_growth, guarded, rows_per_block
from gene_tui.spaces.source import Block, Source

NAME = "npz"


@dataclass(frozen=True, slots=True)
class _Layout:
    """Which arrays of the archive are what; ``symbols`` is "" where there are none.

    ``labels`` are the names themselves where a dictionary holds them, not an array.
    """

    vectors: str
    names: str
    labels: list[str] | None
    symbols: str
    rows: int
    dims: int
    notes: list[str]


def probe(path: Path) -> float:
    """Whether this is a zip with arrays in it."""
    with path.open("rb") as handle:
        if handle.read(4) != b"PK\x03\x04":
            return 0.0
    with contextlib.suppress(zipfile.BadZipFile), zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        return 0.95 if names and all(name.endswith(".npy") for name in names) else 0.0
    return 0.5 if path.suffix.lower() == ".npz" else 0.0


def read(reading: Reading) -> Source:
    """Read an archive; ``key`` names the array of vectors where it is not ``embeddings``.

    Raises:
        FileError: the archive is damaged, holds pickles, or its arrays do not fit together.
    """
    path, key = reading.path, reading.key
    with _archive(path) as archive:
        layout = _layout(path, archive, key)
    if isinstance(layout, NamedVectors):
        return layout.source(NAME, reading.run.cancelled)
    return Source(
        format=NAME,
        dims=layout.dims,
        rows=layout.rows,
        blocks=_blocks(path, layout, reading.run),
        files=(path,),
        notes=layout.notes,
    )


@contextlib.contextmanager
def _archive(path: Path) -> Iterator[zipfile.ZipFile]:
    with guarded(path, "an npz archive"):
        try:
            archive = zipfile.ZipFile(path)
        except zipfile.BadZipFile as error:
            raise bad(
                path, "it is no npz archive, or it is cut short", "copy it again from its source"
            ) from error
        with archive:
            yield archive


@contextlib.contextmanager
def _array(path: Path, archive: zipfile.ZipFile, name: str) -> Iterator[ArrayStream]:
    member = archive.getinfo(f"{name}.npy")
    check_growth(path, f"array '{name}'", member.compress_size, member.file_size)
    with archive.open(member) as handle:
        yield ArrayStream(handle, member.file_size, path, f"array '{name}'")


def _layout(path: Path, archive: zipfile.ZipFile, key: str | None) -> _Layout | NamedVectors:
    """Find the vectors, the names and the symbols."""
    arrays: dict[str, ArrayStream] = {}
    refused: dict[str, FileError] = {}
    for member in archive.namelist():
        name = member.removesuffix(".npy")
        try:
            with _array(path, archive, name) as stream:
                arrays[name] = stream
        except FileError as error:  # matters only if it is one of ours
            refused[name] = error
    for name in (key or "embeddings", "genes"):
        if name in refused:
            raise refused[name]
    content = ", ".join(f"{name} ({stream})" for name, stream in arrays.items()) or "nothing"
    notes: list[str] = []
    vectors = _pick(
        key or "embeddings", [name for name, stream in arrays.items() if is_matrix(stream)], notes
    )
    if not vectors and (found := _vectors_by_name(path, archive, arrays, key)):
        return found
    if not vectors or (key and vectors != key):
        raise _missing(path, key or "embeddings", "a table of numbers", content, refused)
    rows, dims = arrays[vectors].shape
    labels = None
    fitting = [name for name, stream in arrays.items() if is_names(stream) and name != "symbols"]
    names = _pick("genes", fitting, notes)
    if not names:
        dictionaries = [name for name, stream in arrays.items() if stream.dictionary]
        names = _pick("genes", dictionaries, notes)
        labels = labels_of(path, arrays[names].dictionary, rows) if names else None
    if not names:
        raise _missing(path, "genes", "a list of names", content, refused)
    if labels is None and arrays[names].shape[0] != rows:
        raise bad(
            path,
            f"'{names}' has {arrays[names].shape[0]:,} names for the {rows:,} rows of '{vectors}'",
        )
    symbols = ""
    if "symbols" in arrays and names != "symbols":
        symbols = _symbols(arrays["symbols"], rows, notes)
    notes += [
        f"array '{name}' ({stream}) ignored"
        for name, stream in arrays.items()
        if name not in (vectors, names, symbols)
        and not (name == "symbols" and any("'symbols'" in note for note in notes))
    ]
    notes += [f"array '{name}' ignored: it cannot be read without unpickling" for name in refused]
    return _Layout(vectors, names, labels, symbols, rows, dims, notes)


def _vectors_by_name(
    path: Path, archive: zipfile.ZipFile, arrays: dict[str, ArrayStream], key: str | None
) -> NamedVectors | None:
    """The one dictionary {name: vector} of an archive without a matrix, or an array a name."""
    dictionaries = {name: s.dictionary for name, s in arrays.items() if s.dictionary}
    chosen = key if key in dictionaries else next(iter(dictionaries), "")
    if chosen and (key == chosen or len(dictionaries) == 1):
        return gathered(path, dictionaries[chosen])
    shapes = {stream.shape for stream in arrays.values()}
    numbers = all(stream.kind == "number" for stream in arrays.values())
    if key or not numbers or len(shapes) != 1 or len(next(iter(shapes))) != 1 or len(arrays) < 3:
        return None
    found = NamedVectors(path)
    for name in arrays:
        with _array(path, archive, name) as stream:
            found.add(name, stream.take(stream.shape[0]))
    return found


def _pick(wanted: str, fitting: list[str], notes: list[str]) -> str:
    """``wanted`` if it is among the fitting arrays, else the only fitting one, else ""."""
    if wanted in fitting:
        return wanted
    if len(fitting) != 1:
        return ""
    notes.append(f"'{fitting[0]}' was taken for '{wanted}', which is not in the file")
    return fitting[0]


def _symbols(stream: ArrayStream, rows: int, notes: list[str]) -> str:
    if is_names(stream) and stream.shape == (rows,):
        return "symbols"
    notes.append(f"array 'symbols' ({stream}) ignored: it is no list of {rows:,} names")
    return ""


def _missing(
    path: Path, wanted: str, what: str, content: str, refused: dict[str, FileError]
) -> FileError:
    if refused:
        return next(iter(refused.values()))
    return bad(
        path,
        f"no array '{wanted}' with {what}; it holds {content}",
        "an archive needs 'embeddings' (rows × dimensions) and 'genes' (one name a row)",
    )


def _blocks(path: Path, layout: _Layout, run: Run) -> Iterator[Block]:
    with contextlib.ExitStack() as stack:
        archive = stack.enter_context(_archive(path))
        vectors = stack.enter_context(_array(path, archive, layout.vectors))
        names = (
            stack.enter_context(_array(path, archive, layout.names))
            if layout.labels is None
            else None
        )
        symbols = (
            stack.enter_context(_array(path, archive, layout.symbols)) if layout.symbols else None
        )
        step = rows_per_block(layout.dims)
        for start in range(0, layout.rows, step):
            run.check()
            block = as_float32(vectors.take(step))
            columns = {"symbol": symbols.texts(step)} if symbols else {}
            texts = names.texts(step) if names else (layout.labels or [])[start : start + step]
            yield Block(texts, block, columns)
            run.report(Progress(f"reading {path.name}", start + len(block), layout.rows))
