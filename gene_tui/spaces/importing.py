"""From a source file to a space: importer, cleaning rule, annotations, store."""

from __future__ import annotations

import dataclasses
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from gene_tui import files
from gene_tui.errors import FileError
from gene_tui.genes.agreement import clash
from gene_tui.genes.annotations import Annotations, annotate, read_annotations
from gene_tui.genes.human import human_genes
from gene_tui.genes.labels import are_bare_numbers, read_labels
from gene_tui.model.gene import Genes
from gene_tui.run import QUIET, Run
from gene_tui.spaces import store
from gene_tui.spaces.guard import Guard, known_note
from gene_tui.spaces.importers import companions, open_source
from gene_tui.spaces.importers.foreign import address
from gene_tui.spaces.importers.reading import BY_ITSELF, ByHand
from gene_tui.spaces.source import WARNING, Source
from gene_tui.spaces.space import Space


@dataclass(frozen=True, slots=True)
class Recipe:
    """How to make a space: what the user says on the command line.

    Attributes:
        path: the source file or folder.
        annotations: annotation files, the first wins per field.
        format: importer's name; None to recognise it.
        key: which array inside (h5ad's ``varm`` key).
        labels: file with the row names, for formats that keep them apart.
        truncate: the first N rows only.
        hand: what the user says of a table's columns.
    """

    path: Path
    annotations: tuple[Path, ...] = ()
    format: str | None = None
    key: str | None = None
    labels: Path | None = None
    truncate: int | None = None
    hand: ByHand = BY_ITSELF

    def command(self, name: str) -> str:
        """The command line that makes the space again."""
        words = ["gene-tui", "import", str(self.path.absolute()), "--name", name]
        for file in self.annotations:
            words += ["--annotations", str(file.absolute())]
        if self.format:
            words += ["--source-format", self.format]
        if self.key:
            words += ["--key", self.key]
        if self.labels:
            words += ["--labels", str(self.labels.absolute())]
        if self.truncate:
            words += ["--truncate", str(self.truncate)]
        for option, value in self.hand.options():
            words += [option, value]
        return shlex.join(words)


def import_space(
    recipe: Recipe, target: Path, *, name: str, replace: bool = False, run: Run = QUIET
) -> Space:
    """Make the space folder ``target`` from a recipe. Derived arrays are not made here.

    Annotation files that the earlier scripts' layout keeps beside the vectors are read after
    the ones the recipe names.

    Raises:
        UsageError: the target exists and ``replace`` is not given; unknown format.
        FileError: a file cannot be read, is damaged, holds no usable row, or cannot have been
            read rightly.
        Cancelled: nothing is left behind.
    """
    for file in (recipe.path, *([recipe.labels] if recipe.labels else [])):
        if not file.exists():
            raise address(file) or FileError(
                f"{file} is not there", "check its name; a source is a file or a folder"
            )
        if not file.is_dir():
            # It is looked at several times, which a pipe cannot be.
            files.opened(file, pipes=False, hint="write it into a file first").close()
    source = open_source(
        recipe.path,
        format=recipe.format,
        key=recipe.key,
        labels=recipe.labels,
        hand=recipe.hand,
        run=run,
    )
    named = [*recipe.annotations, *companions(recipe.path)]
    tables = [read_annotations(file, run=run) for file in named]
    return write_source(
        source,
        target,
        name=name,
        tables=tables,
        truncate=recipe.truncate,
        replace=replace,
        remake=recipe.command(name),
        run=run,
    )


def write_source(
    source: Source,
    target: Path,
    *,
    name: str,
    tables: Sequence[Annotations] = (),
    truncate: int | None = None,
    replace: bool = False,
    remake: str = "",
    run: Run = QUIET,
) -> Space:
    """Make the space folder ``target`` from a source, doubting its rows and naming its genes.

    Raises:
        UsageError, FileError, Cancelled: see ``import_space``.
    """
    guard = Guard(source)
    annotator = Annotator(tables)

    def watched(
        labels: Sequence[str], columns: Mapping[str, Sequence[str]]
    ) -> tuple[Genes, str, list[str]]:
        doubts = guard.doubts(labels, columns)
        genes, kind, notes = annotator(labels, columns)
        count = known_note(labels, genes)
        return genes, kind, [*doubts, *notes, *([count] if count else [])]

    return store.write(
        dataclasses.replace(source, blocks=guard.blocks()),
        target,
        name=name,
        annotator=watched,
        truncate=truncate,
        replace_existing=replace,
        remake=remake,
        run=run,
    )


@dataclass(frozen=True, slots=True)
class Annotator:
    """Joins labels with annotation tables, and human genes with the table in the box last.

    See ``store.Annotator``.
    """

    tables: Sequence[Annotations]

    def __call__(
        self, labels: Sequence[str], columns: Mapping[str, Sequence[str]]
    ) -> tuple[Genes, str, list[str]]:
        numbers = {number for table in self.tables for number in table.entries.entrez}
        read = read_labels(labels, columns, numbers)
        notes = [read.note] if read.note else []
        if read.species == "mouse" and not self.tables:
            notes.append(
                "the genes are of the mouse: `gene-tui get mouse-genes` fetches a table that names "
                "them, for --annotations"
            )
        human = human_genes() if read.species == "human" else None
        tables = [*self.tables, *([human.annotations] if human else [])]
        columns = {**read.columns, **columns}
        if human and (doubt := clash(labels, columns, human)):
            notes.append(WARNING + doubt)
        genes = annotate(labels, tables, columns, kind=read.kind, human=human, notes=notes)
        if are_bare_numbers(labels) and not any(genes.id) and not any(genes.symbol):
            notes.append(
                f"{WARNING}the labels are bare numbers that name no gene known here: --labels or "
                "--labels-from gives names, --annotations says which genes they are"
            )
        kind: str = read.kind
        if kind == "word" and 2 * sum(map(bool, genes.id)) >= len(genes):
            kind = "symbol"
        return genes, kind, notes
