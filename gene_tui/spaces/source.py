"""What an importer hands to the store: labelled blocks of vectors, in the source's own order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from gene_tui.arrays import Matrix

#: What begins a note that tells of a doubt.
WARNING = "warning: "


@dataclass(frozen=True, slots=True)
class Block:
    """Consecutive rows of a source.

    Attributes:
        labels: m row names, as the file spells them.
        vectors: (m, d) float32. May hold NaN and infinities: the store drops such rows by
            its rule and counts them. Importers convert float16 and float64.
        columns: further text columns by name of ``model.gene.FIELDS`` (``symbol``, ``name``
            …), each m long.
    """

    labels: Sequence[str]
    vectors: Matrix
    columns: Mapping[str, Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Source:
    """A source file being read.

    Attributes:
        format: the importer's name ("word2vec-text").
        dims: d.
        rows: rows the file announces; 0 if it does not say.
        blocks: the rows; raises FileError (naming file and what is wrong) while iterated when
            the file turns out to be damaged, and Cancelled when the user stops it.
        files: every file read, the main one first (their hash goes into the manifest); none
            where the vectors came from memory.
        notes: what the user should know, one sentence each ("array 'cell_types' ignored").
        dropped: (reason, name) of entries that are no rows at all; complete once ``blocks``
            have ended.
        titles: what the source calls its dimensions, d long; () where it does not say.
        counted: those titles count (dim_0, dim_1 …), so that no other number is among them.
    """

    format: str
    dims: int
    rows: int
    blocks: Iterator[Block]
    files: tuple[Path, ...]
    notes: list[str] = field(default_factory=list)
    dropped: list[tuple[str, str]] = field(default_factory=list)
    titles: Sequence[str] = ()
    counted: bool = False

    @property
    def called(self) -> Path:
        """What errors call it: the main file, or the format where there is none."""
        return self.files[0] if self.files else Path(self.format)
