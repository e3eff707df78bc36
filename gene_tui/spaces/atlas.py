"""The atlas: the space in the box, the human genome by expression.

``assets/atlas.npz`` is made by ``assets/make_atlas.py`` of the Human Protein Atlas's tables. A
gene's 128 numbers are kept as 8-bit integers with one scale, and beside them what chance says of
such questions, which takes long to find. The file is read when the atlas is first opened, and
whenever it has changed; from then on the atlas is a space folder in the user's cache like any
other.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from gene_tui import paths
from gene_tui.arrays import Array, Floats
from gene_tui.errors import FileError
from gene_tui.genes.human import ASSET as GENES
from gene_tui.genes.human import human_genes
from gene_tui.model.gene import Genes
from gene_tui.spaces.source import Block, Source

NAME = "atlas"
TITLE = "the human genome by expression"
ASSET = "atlas.npz"
#: How the best scores of random questions are called, in the file and in the space.
RANDOM = "best-"
#: Raise it whenever the same files would give another space: cached copies are then made anew.
RECIPE = 1

NOTES = (
    "measured: RNA of 60 tissues, 18 kinds of blood cells and 69 cell lines, from the Human "
    "Protein Atlas (proteinatlas.org), releases of 2019 and 2020",
    "cite Uhlén et al., Science 347:1260419 (2015), Uhlén et al., Science 366:eaax9198 (2019), "
    "and proteinatlas.org",
    "licence: CC BY-SA 4.0 (atlas-LICENSE.txt says what was changed); gene names: HGNC (CC0), NCBI",
)

_STEPS = 127
_ID = "ENSG{:011d}"


def packed(genes: Sequence[str], vectors: Floats) -> dict[str, Array]:
    """What the file keeps of (n, d) vectors: ``genes``, ``codes`` and ``scales``."""
    scales = (np.abs(vectors).max(axis=1) / _STEPS).astype(np.float32)
    codes = np.rint(vectors / scales[:, None].astype(np.float64)).clip(-_STEPS, _STEPS)
    numbers = [int(gene.removeprefix("ENSG")) for gene in genes]
    return {
        "genes": np.array(numbers, dtype=np.uint32),
        "codes": codes.astype(np.int8),
        "scales": scales,
    }


def load(file: Path | None = None) -> dict[str, Array]:
    """The arrays of the file in the box, or of another one.

    Raises:
        FileError: it is missing or damaged.
    """
    file = file or paths.asset(ASSET)
    try:
        with np.load(io.BytesIO(file.read_bytes()), allow_pickle=False) as archive:
            parts = {name: archive[name] for name in archive.files}
        n, _ = parts["codes"].shape
        kinds = [parts[name].dtype for name in ("genes", "codes", "scales")]
        if kinds != [np.uint32, np.int8, np.float32] or not (
            len(parts["genes"]) == len(parts["scales"]) == n
        ):
            raise ValueError("it does not hold what it should")
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise FileError(f"{file} cannot be read: {error}", "install gene-tui again") from None
    return parts


def source_of(parts: Mapping[str, Array], file: Path) -> Source:
    """The space as a source for the store: one block, labels are Ensembl IDs.

    Args:
        parts: see ``load``. file: from which they are.
    """
    n, d = parts["codes"].shape
    return Source(NAME, d, n, _blocks(parts), (file,), list(NOTES))


def annotator(
    labels: Sequence[str], columns: Mapping[str, Sequence[str]]
) -> tuple[Genes, str, list[str]]:
    """The genes' records out of the human gene table; see ``store.Annotator``."""
    # Opening an atlas that is made already has no use for what reads annotation files.
    from gene_tui.genes.annotations import annotate

    del columns
    human = human_genes()
    return annotate(labels, [human.annotations], kind="ensembl", human=human), "ensembl", []


def random_questions(parts: Mapping[str, Array]) -> dict[str, Array]:
    """The best scores of random questions, as a space's derived arrays."""
    return {name: array for name, array in parts.items() if name.startswith(RANDOM)}


def fingerprint() -> str:
    """Names what the space would be if made now: 16 hex digits of the files it is made of.

    Raises:
        FileError: one is missing from the installation.
    """
    hasher = hashlib.blake2b(bytes([RECIPE]), digest_size=8)
    for name in (ASSET, GENES):
        file = paths.asset(name)
        try:
            hasher.update(file.read_bytes())
        except OSError as error:
            raise FileError(f"{file} cannot be read: {error}", "install gene-tui again") from error
    return hasher.hexdigest()


def _blocks(parts: Mapping[str, Array]) -> Iterator[Block]:
    # A product of a whole number and a float32, rounded once: the same on every machine.
    vectors = parts["codes"].astype(np.float32) * parts["scales"][:, None]
    yield Block([_ID.format(number) for number in parts["genes"].tolist()], vectors)
