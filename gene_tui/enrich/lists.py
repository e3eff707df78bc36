"""Where the genes of a list could have come from: lists and their backgrounds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from gene_tui.arrays import Rows
from gene_tui.errors import NoAnswer, UsageError
from gene_tui.genes.spreadsheet import symbols_of_date
from gene_tui.lists.members import RowFinder
from gene_tui.model.naming import quote_list
from gene_tui.model.options import Options
from gene_tui.model.query import Kind
from gene_tui.model.result import Result
from gene_tui.resolving import Candidates, read_names
from gene_tui.run import QUIET, IsCancelled, Run, never
from gene_tui.session import Session
from gene_tui.text import clip

#: Unknown names are listed up to this many.
_SHOWN = 5
#: No file is looked for under a longer name.
_LONGEST_NAME = 200


@dataclass(frozen=True, eq=False, slots=True)
class GeneList:
    """A list of genes and what it could have been drawn from.

    Attributes:
        rows: the genes, best first, each once.
        background: rows that could have been in the list; None for the whole space.
        origin: what the list is, in a few words.
        notes: what the reader should know, one sentence each.
    """

    rows: Sequence[int]
    background: Rows | None = None
    origin: str = ""
    notes: Sequence[str] = field(default=())


def of_result(session: Session, result: Result) -> GeneList:
    """The genes of an answer. Its background is what its options allow, without the genes the
    query names, for those cannot answer it."""
    rows = list(dict.fromkeys(gene.row for hit in result.hits for gene in hit.genes))
    options = result.options
    if options.candidates is not None:
        background = np.asarray(options.candidates, dtype=np.int64)
    else:
        background = np.arange(min(session.space.n, options.truncate or session.space.n))
    if result.query.kind is not Kind.CLOSEST:
        background = np.setdiff1d(background, [gene.row for gene in result.query_genes])
    return GeneList(rows, background, result.canonical, result.notes)


def of_names(
    session: Session,
    names: Path | Sequence[str],
    gene_type: str | None = None,
    *,
    cancelled: IsCancelled = never,
) -> GeneList:
    """Genes by name, from a file (``genes.name_lists``) or as given.

    Args:
        gene_type: only genes of this type are in the background.

    Raises:
        FileError: the file cannot be read.
        NoAnswer: no name is known, or no gene is of that type.
    """
    wanted, origin = read_names(names, cancelled)
    finder = RowFinder(session.space, session.resolver)
    found = {name: finder.find(name) for name in wanted.names if name.strip()}
    unknown = [clip(name) for name, row in found.items() if row is None]
    if len(unknown) == len(found):
        raise NoAnswer(
            f"none of the {len(found):,} names in {origin} is a gene of {session.space.name}",
            "the list holds a name a line: symbols, Ensembl IDs, NCBI gene numbers or labels",
        )
    notes = list(wanted.notes)
    if unknown:
        shown = ", ".join(unknown[:_SHOWN]) + (" …" if len(unknown) > _SHOWN else "")
        notes.append(f"{len(unknown):,} of {len(found):,} names mean no gene, or several: {shown}")
    if dated := [name for name in found if found[name] is None and symbols_of_date(name)]:
        was = " or ".join(symbols_of_date(dated[0]))
        notes.append(
            f"{len(dated):,} of the names are dates that a spreadsheet made of symbols: "
            f"{clip(dated[0])} was {was}"
        )
    listed = dict.fromkeys(row for row in found.values() if row is not None)
    return GeneList(list(listed), _of_type(session, gene_type), origin, notes)


def of_list(
    session: Session, text: str, gene_type: str | None = None, *, run: Run = QUIET
) -> GeneList:
    """The genes of a list as a query types it: ``A, B, C`` or ``@NAME``.

    Raises:
        UsageError: the text is another query.
        QueryError, FileError: as ``Session.query`` raises them for the names in it.
    """
    query = session.parse(text)
    if query.kind is not Kind.LIST:
        hint = "as in  A, B, C  or  @list.txt;  --query tests the genes that answer a query"
        if len(text) < _LONGEST_NAME and "\0" not in text and Path(text).is_file():
            hint = f"the file is {quote_list(text if Path(text).is_absolute() else f'./{text}')}"
        raise UsageError(f"{clip(text, 60)} is no list of genes", hint)
    rows, notes = session.members(query, run=run)
    return GeneList(rows, _of_type(session, gene_type), str(query), notes)


def _of_type(session: Session, gene_type: str | None) -> Rows | None:
    if gene_type is None:
        return None
    rows = Candidates(session.space).of_type(Options(type=gene_type))
    return np.asarray(rows, dtype=np.int64)
