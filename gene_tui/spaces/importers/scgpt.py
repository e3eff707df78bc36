"""scGPT's model folders: ``best_model.pt``, ``vocab.json`` and ``args.json``.

The rows of ``encoder.embedding.weight`` are the genes' vectors; the model normalises each
(``encoder.enc_norm``) before it uses them. Both are offered, the plain rows are the default.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from gene_tui.errors import UsageError
from gene_tui.spaces.importers.checkpoint import (
    named_blocks,
    names_of,
    open_checkpoint,
    read_tokens,
    wrong_tokens,
)
from gene_tui.spaces.importers.reading import Reading
from gene_tui.spaces.importers.streams import bad, why
from gene_tui.spaces.importers.tensors import TensorFile, find, whole_array
from gene_tui.spaces.importers.torch_file import mentions
from gene_tui.spaces.source import Block, Source

NAME = "scgpt"

_WEIGHTS = "best_model.pt"
_EMBEDDING = "encoder.embedding.weight"
_NORM = "enc_norm"
#: Tokens scGPT adds to a vocabulary without them, in this order.
_ADDED = ("<pad>", "<cls>", "<eoc>")
#: As torch's LayerNorm, whose default scGPT uses.
_EPSILON = 1e-5


def probe(path: Path) -> float:
    """Whether it is a torch checkpoint with scGPT's gene embedding, or a folder with one."""
    if path.is_dir():
        return 0.9 if (path / _WEIGHTS).is_file() and (path / "vocab.json").is_file() else 0.0
    return 0.95 if mentions(path, _EMBEDDING) else 0.0


def read(reading: Reading) -> Source:
    """Read a model folder, or its ``best_model.pt``.

    Args:
        reading.key: "enc_norm" for rows as the model normalises them; None for the plain rows.
        reading.labels: the vocabulary, where ``vocab.json`` is not beside the weights.

    Raises:
        FileError: a file is damaged or missing, or the vocabulary is another model's.
        UsageError: there is no such key.
    """
    path, key, labels = reading.path, reading.key, reading.labels
    if key not in (None, _NORM):
        raise UsageError(f"an scgpt source has no key '{key}'", f"the only key is {_NORM}")
    weights = path / _WEIGHTS if path.is_dir() else path
    checkpoint = open_checkpoint(weights)
    name = find(checkpoint, _EMBEDDING)
    rows, dims = checkpoint.tensors[name].shape
    vocabulary = labels or weights.with_name("vocab.json")
    names = _names(vocabulary, rows, weights)
    files = [weights, vocabulary]
    arguments = weights.with_name("args.json")
    if arguments.is_file():
        files.append(arguments)
        _check_arguments(arguments, dims)
    blocks = named_blocks(checkpoint, name, names, reading.run)
    note = f"rows of {name}"
    if key == _NORM:
        blocks = _normalised(checkpoint, dims, blocks)
        note += f", normalised by encoder.{_NORM}"
    return Source(NAME, dims, rows, blocks, tuple(files), [note])


def _names(vocabulary: Path, rows: int, weights: Path) -> list[str]:
    tokens = dict(read_tokens(vocabulary))
    own = len(tokens)
    for token in _ADDED:
        if len(tokens) < rows and token not in tokens:
            tokens[token] = len(tokens)
    if len(tokens) != rows:
        hint = f"{own:,} and scGPT's own {', '.join(_ADDED)} where they are missing"
        raise wrong_tokens(vocabulary, own, rows, weights, f"tokens counted: {hint}")
    return names_of(tokens, rows, vocabulary, weights)


def _check_arguments(path: Path, dims: int) -> None:
    """Whether the model's settings are those of these weights."""
    try:
        settings = json.loads(path.read_bytes())
    except (ValueError, RecursionError, OSError) as error:
        raise bad(path, f"it is not JSON ({why(error)})") from error
    size = settings.get("embsize") if isinstance(settings, dict) else None
    if size is not None and size != dims:
        raise bad(path, f"embsize is {str(size)[:20]}, the weights have rows of {dims:,}")


def _normalised(checkpoint: TensorFile, dims: int, blocks: Iterator[Block]) -> Iterator[Block]:
    """Each row less its mean, over its standard deviation, scaled and shifted as learned."""
    scale, shift = (
        whole_array(checkpoint, _find_vector(checkpoint, f"encoder.{_NORM}.{part}", dims))
        for part in ("weight", "bias")
    )
    for block in blocks:
        rows = block.vectors.astype(np.float64)
        rows -= rows.mean(axis=1, keepdims=True)
        rows /= np.sqrt(rows.var(axis=1, keepdims=True) + _EPSILON)
        yield Block(block.labels, (rows * scale + shift).astype(np.float32), block.columns)


def _find_vector(checkpoint: TensorFile, ending: str, dims: int) -> str:
    for name, tensor in checkpoint.tensors.items():
        if (name == ending or name.endswith(f".{ending}")) and tensor.shape == (dims,):
            return name
    raise bad(checkpoint.path, f"it has no weight {ending} of {dims:,} numbers")
