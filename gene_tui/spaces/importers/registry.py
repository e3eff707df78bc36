"""The formats there are, and the way from a path to the importer that reads it."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol, cast

from gene_tui.errors import FileError, UsageError
from gene_tui.run import QUIET, Run
from gene_tui.spaces.importers import foreign
from gene_tui.spaces.importers.labels import Tidy
from gene_tui.spaces.importers.layout import companions, sources_in
from gene_tui.spaces.importers.reading import BY_ITSELF, ByHand, Reading
from gene_tui.spaces.importers.streams import READ_ERRORS, bad, guarded, printable, suffix
from gene_tui.spaces.source import Block, Source

__all__ = ["FORMATS", "Format", "Importer", "companions", "open_source"]


#: Rows longer than this are a table on its side, or a wrong header.
MOST_DIMS = 1_000_000


class Importer(Protocol):
    """What a format's module offers."""

    NAME: str

    def probe(self, path: Path) -> float:
        """How sure it is, 0 to 1, that it can read ``path``; looks at some kilobytes only."""

    def read(self, reading: Reading) -> Source:
        """Start reading; the rows are read while ``Source.blocks`` is iterated.

        Raises:
            FileError: the file is damaged or something else.
        """


@dataclass(frozen=True, slots=True)
class Format:
    """One source format; its module is imported when it is first needed.

    Attributes:
        name: as ``--source-format`` takes it.
        module: of this package.
        about: what it is, in a few words, for lists.
        suffixes: endings nothing else has: such a file is read as this format, and so gets
            its particular error, even where its content is not recognised.
        folders: whether it reads folders as well (as model checkpoints are).
        key: whether ``read`` understands ``key``.
        labels: whether ``read`` understands ``labels``.
        by_hand: the options of ``ByHand`` that ``read`` understands.
    """

    name: str
    module: str
    about: str
    suffixes: tuple[str, ...] = ()
    folders: bool = False
    key: bool = False
    labels: bool = False
    by_hand: tuple[str, ...] = ()

    @property
    def importer(self) -> Importer:
        """The module."""
        found = importlib.import_module(f"gene_tui.spaces.importers.{self.module}")
        return cast(Importer, found)

    def probe(self, path: Path) -> float:
        """As the module's, and 0 for whatever it cannot look at."""
        if path.is_dir() and not self.folders:
            return 0.0
        try:
            return self.importer.probe(path)
        except (*READ_ERRORS, FileError):
            return 0.0

    def read(self, reading: Reading) -> Source:
        """As the module's; whatever a library raises, then or later, becomes a FileError.

        Raises:
            FileError: the file is damaged or something else.
            UsageError: the format has no use for the key, the labels or an option by hand.
        """
        path, key, labels = reading.path, reading.key, reading.labels
        for option, value in reading.hand.options():
            if option not in self.by_hand:
                use = f"it takes {', '.join(self.by_hand)}" if self.by_hand else ""
                raise UsageError(
                    f"{option} ({printable(value)}) has no meaning for a {self.name} source",
                    use or "it chooses columns of tables: csv, tsv, Parquet, JSON records",
                )
        if key is not None and not self.key:
            raise UsageError(f"a {self.name} source has no key to choose ({key!r} was given)")
        if labels is not None and not self.labels:
            raise UsageError(
                f"a {self.name} source holds its own labels ({labels} was given)",
                "leave --labels out; --annotations names the genes by their labels",
            )
        with guarded(path, self.name):
            source = self.importer.read(reading)
        if source.dims > MOST_DIMS:
            raise bad(path, f"its rows have {source.dims:,} numbers, the most is {MOST_DIMS:,}")
        return replace(source, blocks=_guarded_blocks(path, self.name, source))


def _guarded_blocks(path: Path, name: str, source: Source) -> Iterator[Block]:
    rows = 0
    blocks, tidy = source.blocks, Tidy()
    while True:
        with guarded(path, name):
            block = next(blocks, None)
        if block is None:
            break
        rows += len(block.labels)
        yield tidy(_clean(block))
    source.notes.extend(tidy.notes())
    if not rows:
        raise bad(path, "it has no rows")


def _clean(block: Block) -> Block:
    """The same block with text that UTF-8 can hold: half characters become a mark."""
    try:
        for texts in (block.labels, *block.columns.values()):
            "\n".join(texts).encode("utf-8")
    except UnicodeEncodeError:
        columns = {name: _whole(texts) for name, texts in block.columns.items()}
        return Block(_whole(block.labels), block.vectors, columns)
    return block


def _whole(texts: Sequence[str]) -> list[str]:
    return [text.encode("utf-8", "replace").decode("utf-8") for text in texts]


def _table(*formats: Format) -> Mapping[str, Format]:
    return {entry.name: entry for entry in formats}


#: What can be said by hand of a table.
_TABLE = ("--labels-from", "--genes-in", "--dims")

#: Every format by name, most telling first: the order decides between equal probes.
FORMATS: Mapping[str, Format] = _table(
    Format("npz", "npz", "NumPy archive with embeddings and genes", (".npz",), key=True),
    Format("npy", "npy", "NumPy matrix with a file of labels", (".npy",), labels=True),
    Format("word2vec-text", "word2vec_text", "word2vec text, fastText .vec", (".vec", ".w2v")),
    Format("word2vec-binary", "word2vec_binary", "word2vec binary", ()),
    Format("glove", "glove", "GloVe text, gene2vec", ()),
    Format("json", "json_vectors", "JSON object of lists", (".json",)),
    Format("projector", "projector", "Embedding Projector vectors and metadata", labels=True),
    Format("table", "table", "csv, tsv", (".csv", ".tsv", ".tab"), by_hand=_TABLE),
    Format(
        "records",
        "records",
        "JSON records, JSON Lines, {genes, embeddings}",
        (".jsonl", ".ndjson"),
        key=True,
        by_hand=_TABLE,
    ),
    Format("parquet", "parquet", "Parquet table", (".parquet", ".pq"), key=True, by_hand=_TABLE),
    Format(
        "h5ad",
        "h5ad",
        "AnnData with vectors in varm, obsm or X",
        (".h5ad", ".h5"),
        key=True,
        by_hand=("--labels-from",),
    ),
    Format("hdf5", "hdf5", "HDF5, a dataset a gene, or a matrix and names", (".hdf5",), key=True),
    Format("geneformer", "geneformer", "Geneformer model folder", folders=True, labels=True),
    Format("scgpt", "scgpt", "scGPT model folder", folders=True, key=True, labels=True),
    Format(
        "protein-atlas", "protein_atlas", "Human Protein Atlas, expression tables", folders=True
    ),
    Format("gensim", "gensim_kv", "gensim KeyedVectors", (".kv",)),
    Format("pickle", "pickled", "pickled {name: vector}, GenePT", (".pkl", ".pickle")),
    Format(
        "checkpoint",
        "checkpoint",
        "a matrix of a checkpoint, or vectors by name",
        (".safetensors", ".pt", ".pth"),
        key=True,
        labels=True,
    ),
)

#: Other names by which people know a format.
ALIASES: Mapping[str, str] = {
    "fasttext": "word2vec-text",
    "word2vec": "word2vec-text",
    "gene2vec": "glove",
    "csv": "table",
    "tsv": "table",
    "jsonl": "records",
    "anndata": "h5ad",
    "genept": "pickle",
    "keyedvectors": "gensim",
    "safetensors": "checkpoint",
    "torch": "checkpoint",
}


def open_source(
    path: Path,
    *,
    format: str | None = None,
    key: str | None = None,
    labels: Path | None = None,
    hand: ByHand = BY_ITSELF,
    run: Run = QUIET,
) -> Source:
    """Find out what ``path`` is and start reading it.

    Args:
        path: a source file, a model folder, a folder in the earlier scripts' layout, the
            folder above it, or a folder with one source file in it.
        format: a name of ``FORMATS``; None to recognise it.
        key: which of several arrays, where the format can hold several.
        labels: the file of row names, where the format keeps them apart.
        hand: what the user says of a table's columns.

    Raises:
        FileError: there is no such file, it is not recognised, is damaged, or a folder holds
            several sources.
        UsageError: there is no such format, or it has no use for ``key``, ``labels`` or
            an option by hand.
    """
    name = ALIASES.get(format, format) if format is not None else None
    if name is not None and name not in FORMATS:
        raise UsageError(f"there is no source format '{format}'", formats_hint())
    allowed = [FORMATS[name]] if name else list(FORMATS.values())
    able = [
        entry
        for entry in allowed
        if (key is None or entry.key) and (labels is None or entry.labels)
    ]
    try:
        found, chosen = _locate(path, able or allowed)
    except FileError:
        if len(able) == len(allowed):
            raise
        found, chosen = _locate(path, allowed)  # which says that it has no use for the options
    return chosen.read(Reading(found, key, labels, hand, run))


def formats_hint() -> str:
    """The hint that lists all formats."""
    return f"the formats are {', '.join(FORMATS)}"


def _locate(path: Path, allowed: list[Format]) -> tuple[Path, Format]:
    """The file or folder to read and its format."""
    with guarded(path, "a source"):
        if not path.exists():
            raise foreign.address(path) or FileError(
                f"{path}: no such file or folder", "check the spelling of the path"
            )
        if path.is_dir():
            return _in_folder(path, allowed)
        if not path.is_file():
            raise bad(path, "it is no regular file", "a source is a file or a folder")
        if path.stat().st_size == 0:
            raise bad(path, "the file is empty", "it may not have been copied or fetched whole")
    return path, _recognise(path, allowed) or _unrecognised(path, allowed)


def _recognise(path: Path, allowed: list[Format]) -> Format | None:
    if len(allowed) == 1 and not path.is_dir():
        return allowed[0]
    sure = [entry.probe(path) for entry in allowed]
    return allowed[sure.index(max(sure))] if max(sure) > 0 else None


def _unrecognised(path: Path, allowed: list[Format]) -> Format:
    """The format the file's name promises, so that it tells what is wrong with the file."""
    if error := foreign.recognised(path):
        raise error
    for entry in allowed:
        if suffix(path) in entry.suffixes:
            return entry
    raise bad(path, "its format is not recognised", formats_hint())


def _in_folder(folder: Path, allowed: list[Format]) -> tuple[Path, Format]:
    """The one source of a folder.

    Raises:
        FileError: there is none, or more than one.
    """
    own = _recognise(folder, allowed)
    if own is not None:
        return folder, own
    found = []
    for candidate in sources_in(folder):
        entry = _recognise(candidate, list(FORMATS.values()))
        # a file of labels, or one that merely might be a source, is not offered by a folder
        if entry in allowed and entry is not None and entry.probe(candidate) >= 0.5:
            found.append((candidate, entry))
    if not found:
        raise bad(folder, "the folder holds no source of embeddings", formats_hint())
    if len(found) > 1:
        names = ", ".join(str(candidate.relative_to(folder)) for candidate, _ in found[:10])
        more = f" and {len(found) - 10} more" if len(found) > 10 else ""
        raise bad(
            folder,
            f"the folder holds {len(found)} sources: {names}{more}",
            "give the path of the one you mean",
        )
    return found[0]
