"""Geneformer's model folders: the token embedding, a row a token, tokens in a dictionary.

The rows are what the model looks up for a gene before any context. V1 (30 million cells) has
25,426 tokens, V2 (104 million cells) 20,275; they name their rows differently.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from gene_tui.errors import FileError
from gene_tui.spaces.importers.checkpoint import (
    named_blocks,
    names_of,
    open_checkpoint,
    read_tokens,
    wrong_tokens,
)
from gene_tui.spaces.importers.reading import Reading
from gene_tui.spaces.importers.safetensors_file import SafeTensors, is_safetensors
from gene_tui.spaces.importers.streams import bad
from gene_tui.spaces.importers.tensors import find
from gene_tui.spaces.importers.torch_file import mentions
from gene_tui.spaces.source import Source

NAME = "geneformer"

_WEIGHTS = ("model.safetensors", "pytorch_model.bin")
_EMBEDDING = "word_embeddings.weight"
_HINT = (
    "Geneformer V1 goes with token_dictionary_gc30M.pkl (25,426 tokens), V2 with "
    "token_dictionary_gc104M.pkl (20,275); give the right one as labels"
)


def probe(path: Path) -> float:
    """Whether it is a checkpoint, or a folder with one, that embeds words as BERT does."""
    if path.is_dir():
        found = _weights_in(path)
        return 0.9 if found is not None and probe(found) else 0.0
    if is_safetensors(path):
        tensors = SafeTensors(path).tensors
        return 0.95 if any(name.endswith(_EMBEDDING) for name in tensors) else 0.0
    return 0.95 if mentions(path, _EMBEDDING) else 0.0


def _weights_in(folder: Path) -> Path | None:
    return next((folder / name for name in _WEIGHTS if (folder / name).is_file()), None)


def read(reading: Reading) -> Source:
    """Read a model folder, or its file of weights.

    Args:
        reading.labels: the dictionary of tokens; without it the one that fits among those
            beside the weights, or where Geneformer's own repository keeps them.

    Raises:
        FileError: a file is damaged or missing, or the tokens are another model's.
    """
    path, labels = reading.path, reading.labels
    weights = _weights_in(path) if path.is_dir() else path
    if weights is None:
        raise bad(path, f"the folder holds neither {_WEIGHTS[0]} nor {_WEIGHTS[1]}")
    checkpoint = open_checkpoint(weights)
    name = find(checkpoint, _EMBEDDING)
    rows, dims = checkpoint.tensors[name].shape
    tokens = labels or _tokens_for(weights, rows)
    dictionary = read_tokens(tokens)
    if len(dictionary) != rows:
        raise wrong_tokens(tokens, len(dictionary), rows, weights, _HINT)
    names = names_of(dictionary, rows, tokens, weights)
    return Source(
        format=NAME,
        dims=dims,
        rows=rows,
        blocks=named_blocks(checkpoint, name, names, reading.run),
        files=(weights, tokens),
        notes=[f"rows of {name}, named by {tokens.name}"],
    )


def _candidates(weights: Path) -> Iterator[Path]:
    """Dictionaries beside the weights, and in the repository that holds the model's folder."""
    folder = weights.parent
    repository = folder.parent / "geneformer"
    for place in (folder, folder.parent, repository, repository / "gene_dictionaries_30m"):
        if place.is_dir():
            yield from sorted(place.glob("token_dictionary*.pkl"))


def _tokens_for(weights: Path, rows: int) -> Path:
    """The dictionary with as many tokens as the weights have rows.

    Raises:
        FileError: there is none, or several that name the rows in different ways.
    """
    wrong: FileError | None = None
    fitting: dict[Path, Mapping[str, int]] = {}
    for candidate in _candidates(weights):
        try:
            tokens = read_tokens(candidate)
        except FileError as error:
            wrong = wrong or error
            continue
        if len(tokens) == rows:
            fitting[candidate] = tokens
        else:
            wrong = wrong or wrong_tokens(candidate, len(tokens), rows, weights, _HINT)
    if fitting:
        first, *others = fitting
        different = [other for other in others if fitting[other] != fitting[first]]
        if different:
            names = ", ".join(sorted(path.name for path in (first, *different)))
            raise bad(
                weights,
                f"{len(different) + 1} dictionaries of tokens fit by their number and name its "
                f"rows differently: {names}",
                f"choose the one it was trained with: --labels {first}",
            )
        return first
    if wrong is not None:
        raise wrong
    raise bad(
        weights, "no token_dictionary*.pkl stands beside it, so its rows have no names", _HINT
    )
