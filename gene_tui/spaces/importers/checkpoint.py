"""Model checkpoints: opening them, and naming the rows of an embedding by token.

As a source of its own: any matrix of any checkpoint, with its names in a file of tokens; and a
torch file {name: vector}, as protein language models are handed around for genes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from gene_tui.errors import FileError
from gene_tui.run import QUIET, Progress, Run
from gene_tui.spaces.importers.arrays import spans
from gene_tui.spaces.importers.named_vectors import BAD_SHARE, NO_VECTOR, OTHER_LENGTH
from gene_tui.spaces.importers.npy import read_names
from gene_tui.spaces.importers.pickle_names import NUMPY, ORDERED
from gene_tui.spaces.importers.reading import Reading
from gene_tui.spaces.importers.safe_pickle import load
from gene_tui.spaces.importers.safetensors_file import SafeTensors, is_safetensors
from gene_tui.spaces.importers.streams import bad, printable, rows_per_block
from gene_tui.spaces.importers.tensors import (
    TensorFile,
    find,
    listed,
    row_blocks,
    whole_array,
)
from gene_tui.spaces.importers.torch_file import TorchFile, is_old_torch, is_torch
from gene_tui.spaces.source import Block, Source

NAME = "checkpoint"

#: What ESM's own scripts call the vectors of a protein, by layer.
_ESM = ("mean_representations", "representations", "bos_representations")

#: No file of tokens is longer than this.
_TOKEN_BYTES = 256 << 20


def probe(path: Path) -> float:
    """Whether it is a safetensors file or a torch checkpoint (of whatever model)."""
    return 0.5 if is_safetensors(path) or is_torch(path) or is_old_torch(path) else 0.0


def open_checkpoint(path: Path) -> TensorFile:
    """Open a checkpoint by its content.

    Raises:
        FileError: it is damaged, or neither safetensors nor torch.
    """
    if path.suffix.lower() == ".safetensors" or is_safetensors(path):
        return SafeTensors(path)
    return TorchFile(path)


def read(reading: Reading) -> Source:
    """Read a matrix of a checkpoint, or vectors by name.

    Args:
        reading.key: the matrix; not needed where there is only one.
        reading.labels: names of its rows, by row or as tokens with their numbers.

    Raises:
        FileError: it is damaged, the key is missing or must be chosen, or rows and names differ.
    """
    path, key, labels = reading.path, reading.key, reading.labels
    checkpoint = open_checkpoint(path)
    if labels is None and (found := _one_each(checkpoint, key, reading.run)):
        return found
    name = find(checkpoint, key) if key is not None else _only_matrix(checkpoint)
    tensor = checkpoint.tensors[name]
    if labels is None:
        raise bad(
            path,
            f"the rows of '{printable(name)}' ({tensor}) have no names",
            "give the file of their names as labels",
        )
    names = row_names(labels, tensor.shape[0], path)
    blocks = named_blocks(checkpoint, name, names, reading.run)
    return Source(NAME, tensor.shape[1], len(names), blocks, (path, labels))


def _only_matrix(checkpoint: TensorFile) -> str:
    matrices = [name for name, tensor in checkpoint.tensors.items() if len(tensor.shape) == 2]
    if len(matrices) == 1:
        return matrices[0]
    raise bad(
        checkpoint.path,
        f"it holds {len(matrices)} matrices, of {listed(checkpoint)}",
        "choose the embedding with a key",
    )


def _one_each(checkpoint: TensorFile, key: str | None, run: Run) -> Source | None:
    """A checkpoint of one vector a name, all of one length; None if it is another.

    Names lose the path that all of them share (``embeddings.EGFR``).

    Args:
        key: the dictionary that holds them, where there are others.
    """
    inside = f"{key}." if key is not None else ""
    tensors = {n: t for n, t in checkpoint.tensors.items() if n.startswith(inside)}
    widths = {name: _width(tensor.shape) for name, tensor in tensors.items()}
    common = Counter(width for width in widths.values() if width).most_common(1)
    if not common:
        return None
    dims = common[0][0]
    good = [name for name, width in widths.items() if width == dims]
    if len(tensors) - len(good) > max(1, BAD_SHARE * len(tensors)) or len(good) < len(tensors) / 2:
        return None
    if key is None and good[0].split(".")[0] in _ESM:
        raise bad(
            checkpoint.path,
            "it is what ESM says of one protein",
            "gather the vectors of all proteins in one file first, {name: vector}",
        )
    prefix = inside or _shared_path(good)
    dropped = [
        (OTHER_LENGTH if widths[name] else NO_VECTOR, name) for name in tensors if name not in good
    ]
    labels = [name.removeprefix(prefix) for name in good]
    notes = [f"names without '{printable(prefix)}', which all begin with"] if prefix else []
    blocks = _vectors(checkpoint, good, labels, dims, run)
    return Source(NAME, dims, len(good), blocks, (checkpoint.path,), notes, dropped)


def _width(shape: tuple[int, ...]) -> int:
    """d of a (d,) or 1 × d tensor, 0 of any other."""
    if len(shape) == 2 and shape[0] == 1:
        return shape[1]
    return shape[0] if len(shape) == 1 else 0


def _shared_path(names: list[str]) -> str:
    """The dictionaries around all of several names, with a dot at the end."""
    first = names[0].split(".")[:-1]
    while first and not all(name.startswith(".".join(first) + ".") for name in names):
        first.pop()
    return ".".join(first) + "." if first and len(names) > 1 else ""


def _vectors(
    checkpoint: TensorFile, names: list[str], labels: list[str], dims: int, run: Run
) -> Iterator[Block]:
    """One gene a tensor."""
    for start, stop in spans(len(names), rows_per_block(dims)):
        rows = []
        for name in names[start:stop]:
            run.check()
            rows.append(whole_array(checkpoint, name).reshape(dims))
        yield Block(labels[start:stop], np.stack(rows))
        run.report(Progress(f"reading {checkpoint.path.name}", stop, len(names)))


def named_blocks(
    checkpoint: TensorFile, name: str, names: list[str], run: Run = QUIET
) -> Iterator[Block]:
    """The rows of a matrix with their names."""
    done = 0
    for block in row_blocks(checkpoint, name, run):
        yield Block(names[done : done + len(block)], block)
        done += len(block)


def read_tokens(path: Path) -> Mapping[str, int]:
    """A dictionary {token: row}, pickled or in JSON.

    Raises:
        FileError: it is damaged, asks for more than plain data, or is something else.
    """
    if not path.is_file():
        raise bad(path, "no such file of tokens")
    size = path.stat().st_size
    if size > _TOKEN_BYTES:
        raise bad(path, f"{size:,} bytes are too many for a file of tokens")
    data = path.read_bytes()
    if data[:1] != b"\x80":
        names = read_names(path)
        return {name: row for row, name in enumerate(names)}
    value = load(path, data, {**NUMPY, **ORDERED})
    if not isinstance(value, dict) or not value:
        raise bad(path, "it holds no dictionary of tokens")
    for token, row in value.items():
        if not isinstance(token, str) or type(row) is not int:
            raise bad(path, "it holds no dictionary of tokens and whole numbers")
    return value


def row_names(path: Path, rows: int, weights: Path) -> list[str]:
    """Names of all rows from a file of tokens or of labels.

    Raises:
        FileError: they are not exactly one for each row.
    """
    tokens = read_tokens(path)
    return names_of(tokens, rows, path, weights)


def names_of(tokens: Mapping[str, int], rows: int, path: Path, weights: Path) -> list[str]:
    """Tokens in the order of their rows.

    Raises:
        FileError: they are not exactly one for each row.
    """
    if len(tokens) != rows:
        raise wrong_tokens(path, len(tokens), rows, weights)
    names = [""] * rows
    for token, row in tokens.items():
        if not 0 <= row < rows or names[row]:
            raise bad(path, f"row {row:,} of token '{printable(token)}' is taken or out of range")
        names[row] = token
    return names


def wrong_tokens(path: Path, count: int, rows: int, weights: Path, hint: str = "") -> FileError:
    """The error for the tokens of another model."""
    return bad(
        path, f"it has {count:,} tokens, {weights.name} has {rows:,} rows: not the same model", hint
    )
