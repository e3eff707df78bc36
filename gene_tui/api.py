"""What a program or a notebook asks for beside a Session: the commands, as functions.

Spaces may be given open, by name, or by the folder or file they are in.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from gene_tui.errors import UsageError
from gene_tui.model.options import Measure, Metric
from gene_tui.model.result import Result
from gene_tui.run import QUIET, Run
from gene_tui.session import Session, open_space
from gene_tui.spaces import atlas, catalog

if TYPE_CHECKING:
    from gene_tui.compare import Comparison, QueryComparison
    from gene_tui.enrich import Enrichment
    from gene_tui.evaluate import Evaluation
    from gene_tui.evaluate.closeness import Closeness

#: A space that is open, or what ``open_space`` takes.
AnySpace = Session | str | Path


def spaces() -> list[str]:
    """The names of the spaces there are, the atlas first; ``open_space`` takes them.

    >>> import gene_tui
    >>> gene_tui.spaces()[0]
    'atlas'

    Raises:
        FileError: the folder of spaces cannot be looked at.
    """
    return [atlas.NAME, *(entry.name for entry in catalog.entries() if entry.manifest)]


def import_space(
    source: str | Path,
    name: str | None = None,
    *,
    annotations: Sequence[str | Path] = (),
    truncate: int | None = None,
    replace: bool = False,
    format: str | None = None,
    key: str | None = None,
    labels: str | Path | None = None,
    labels_from: str = "",
    genes_in: Literal["", "rows", "columns"] = "",
    dims: str = "",
    prepare: bool = True,
    run: Run = QUIET,
) -> Session:
    """Make a space from a file or folder with embeddings and open it; ``gene-tui import``.

    >>> import gene_tui
    >>> session = gene_tui.import_space("embeddings.npz", "brain")  # doctest: +SKIP

    Args:
        name: the space's name; None for one after the file's.
        annotations: tables that name the genes, the first wins per field.
        truncate: the first N rows only.
        format, key, labels, labels_from, genes_in, dims: where the source leaves doubt; see
            ``gene-tui import --help``.
        prepare: also for fast answers, z and "1 in N".

    Raises:
        UsageError: the name is taken and ``replace`` not given, or is none.
        FileError: the source cannot be read, or cannot have been meant so.
        Cancelled: nothing is left behind.
    """
    from gene_tui.spaces.importers.reading import ByHand
    from gene_tui.spaces.importing import Recipe
    from gene_tui.spaces.importing import import_space as made

    source = Path(source)
    recipe = Recipe(
        source,
        tuple(map(Path, annotations)),
        format,
        key,
        None if labels is None else Path(labels),
        truncate,
        ByHand(labels_from, genes_in, dims),
    )
    name = catalog.default_name(source) if name is None else name
    space = made(recipe, catalog.folder_of(name), name=name, replace=replace, run=run)
    session = Session(space)
    if prepare:
        session.prepare(run=run)
    return session


def compare(
    a: AnySpace,
    b: AnySpace,
    query: str | None = None,
    *,
    k: int = 10,
    metric: Metric = "cosine",
    measure: Measure = "direction",
    run: Run = QUIET,
) -> Comparison | QueryComparison:
    """How far two spaces agree on the neighbours of the genes both have; with a query, its
    answers and their ranks in both. ``gene-tui compare``.

    >>> import gene_tui
    >>> found = gene_tui.compare("atlas", gene_tui.open_space("atlas", center=True), "HBA1", k=5)
    >>> len(found.shifts)
    5

    Raises:
        QueryError: too few genes are shared, or the query cannot be answered.
        FileError, UsageError: a space cannot be opened.
        Cancelled: the user stopped it.
    """
    from gene_tui.compare.asking import compare_query
    from gene_tui.compare.overlap import compare as overlap

    one, other = _opened(a, run), _opened(b, run)
    if query is None:
        return overlap(one, other, k=k, metric=metric, run=run)
    return compare_query(one, other, query, k=k, metric=metric, measure=measure, run=run)


def enrich(
    genes: Result | str | Path | Iterable[str],
    gene_sets: str | Path | Sequence[str | Path] = (),
    space: AnySpace | None = None,
    *,
    type: str | None = None,
    min_size: int | None = None,
    max_size: int | None = None,
    run: Run = QUIET,
) -> Enrichment:
    """Which gene sets a list of genes is rich in, against the space's own genes; ``gene-tui
    enrich``.

    >>> import gene_tui
    >>> session = gene_tui.open_space("atlas")
    >>> found = gene_tui.enrich(session.query("CD3D", k=50), space=session)
    >>> found.results[0].name
    'Generation of second messenger molecules'

    Args:
        genes: an answer of the space; a list as a query types it (``A, B, C``, ``@NAME``); a
            file of names (a Path); or names.
        gene_sets: GMT files; none for the setting gene_sets, else Reactome's in the box.
        space: None as for ``open_space``.
        type: genes of the list and of the background are of this type only.
        min_size, max_size: sets of other sizes are not tested; None for 5 and 1,000.

    Raises:
        NoAnswer: no gene of the list is in the background. UsageError: no size is left.
        FileError: a file or the space cannot be read. Cancelled: the user stopped it.
    """
    from gene_tui.enrich.lists import of_list, of_names, of_result
    from gene_tui.enrich.located import locate
    from gene_tui.enrich.over_representation import MAX_SIZE, MIN_SIZE
    from gene_tui.enrich.over_representation import enrich as tested

    listed = [gene_sets] if isinstance(gene_sets, str | Path) else gene_sets
    session = _opened(space, run)
    usual = session.lists.gene_sets
    session.lists.gene_sets = tuple(map(Path, listed)) or usual
    try:
        if isinstance(genes, Result):
            asked = of_result(session, genes)
        elif isinstance(genes, str):
            asked = of_list(session, genes, type, run=run)
        else:
            names = genes if isinstance(genes, Path) else tuple(genes)
            asked = of_names(session, names, type, cancelled=run.cancelled)
        sets = locate(session, run=run)
    finally:
        session.lists.gene_sets = usual
    return tested(
        session,
        asked,
        sets,
        min_size=MIN_SIZE if min_size is None else min_size,
        max_size=MAX_SIZE if max_size is None else max_size,
        run=run,
    )


def evaluate(
    space: AnySpace | None = None,
    pairs: str | Path | None = None,
    *,
    sets: bool = False,
    gmt: str | Path | None = None,
    seed: int = 0,
    run: Run = QUIET,
) -> Evaluation | Closeness:
    """Score a space on analogies whose answer is known, or on gene sets; ``gene-tui evaluate``.

    Args:
        pairs: the analogy set; None for the gene pairs that come with the program.
        sets: judge by gene sets instead: the setting gene_sets, else Reactome's in the box.
        gmt: the same by those of a file.

    Raises:
        UsageError: both are given. NoAnswer: the space covers nothing of it.
        FileError: a file or the space cannot be read. Cancelled: the user stopped it.
    """
    from gene_tui.evaluate import evaluate as scored
    from gene_tui.evaluate.closeness import set_closeness

    if pairs is not None and (sets or gmt is not None):
        raise UsageError("a space is judged by pairs or by gene sets", "give one of them")
    session = _opened(space, run)
    if sets or gmt is not None:
        file = None if gmt is None else Path(gmt)
        return set_closeness(session, file, seed=seed, run=run)
    return scored(session, None if pairs is None else Path(pairs), seed=seed, run=run)


def from_anndata(adata: Any, key: str, *, name: str = "anndata", run: Run = QUIET) -> Session:
    """A session on the gene embedding that an AnnData holds: ``varm[key]``, a row a variable, or
    ``obsm[key]`` where its observations are the genes.

    >>> import gene_tui
    >>> session = gene_tui.from_anndata(adata, "embedding")  # doctest: +SKIP

    The vectors are written to the cache once and found there again; ``Session.to_varm`` goes
    the other way.

    Raises:
        UsageError: there is no such key, or both have it, or it is no table of numbers.
        FileError: no row is usable, or the vectors cannot have been meant so.
        Cancelled: nothing is left behind.
    """
    places = [place for place in ("varm", "obsm") if key in getattr(adata, place)]
    if len(places) != 1:
        known = [f"{place}[{one!r}]" for place in ("varm", "obsm") for one in getattr(adata, place)]
        wrong = "both have a" if places else "neither has a"
        raise UsageError(
            f"of varm and obsm {wrong} {key!r}",
            "rename one of them" if places else f"there are: {', '.join(known) or 'none'}",
        )
    names = adata.var_names if places == ["varm"] else adata.obs_names
    held = getattr(adata, places[0])[key]
    try:
        vectors = np.ascontiguousarray(held.toarray() if hasattr(held, "toarray") else held)
        vectors = vectors.astype(np.float32)
    except (ValueError, TypeError) as error:
        raise UsageError(f"{places[0]}[{key!r}] is no table of numbers: {error}") from None
    if vectors.ndim != 2 or 0 in vectors.shape:
        raise UsageError(f"{places[0]}[{key!r}] is {vectors.shape}, not genes × dimensions")
    return Session(catalog.of_arrays(list(map(str, names)), vectors, name, run=run))


def _opened(space: AnySpace | None, run: Run) -> Session:
    return space if isinstance(space, Session) else open_space(space, run=run)
