"""One open space and everything that answers on it: what command line, app and notebooks call.

>>> import gene_tui
>>> session = gene_tui.open_space("atlas")
>>> result = session.query("HBA1", k=3)
>>> [hit.genes[0].symbol for hit in result.hits][0]
'HBA2'
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import chain, repeat
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

import numpy as np

from gene_tui import config
from gene_tui.arrays import Array
from gene_tui.engines.answers.engines import Engines
from gene_tui.engines.answers.question import Answer, Membership, Question
from gene_tui.engines.found import Found
from gene_tui.errors import NoAnswer, UsageError
from gene_tui.genes.resolver import Resolver
from gene_tui.lists.named import Lists
from gene_tui.model.gene import Gene
from gene_tui.model.naming import quote
from gene_tui.model.options import Choices, Options, cap_in_force, check_options
from gene_tui.model.query import Kind, Query
from gene_tui.model.result import Distribution, Example, HeldOut, Hit, Member, Result, SpaceInfo
from gene_tui.resolving import Candidates, named, parsed
from gene_tui.run import QUIET, Run
from gene_tui.spaces import catalog
from gene_tui.spaces.space import Space, View

if TYPE_CHECKING:
    from gene_tui.engines.pair_index.index import PairIndex


def open_space(
    name: str | Path | None = None,
    *,
    center: bool = False,
    drop_components: int = 0,
    unit: bool = False,
    run: Run = QUIET,
) -> Session:
    """Open a space and return a session on it.

    Args:
        name: a space's name or folder, a source file, or a folder in the earlier scripts'
            layout; None for ``$GENE_TUI_SPACE``, else the configured space, else the
            atlas.
        center: subtract the mean vector. drop_components: remove the first M principal
            components. unit: scale to unit length. Applied in this order.

    Raises:
        FileError: there is no such space, or it cannot be read.
        UsageError: the transforms cannot be applied.
        Cancelled: ``cancelled`` said so.
    """
    started = time.perf_counter()
    spec, _ = catalog.chosen(str(name) if name is not None else None)
    space = catalog.find(spec, run=run)
    view = View(center=center, drop=drop_components, unit=unit)
    if view.key:
        space = space.with_view(view)
    sets = config.usual().gene_sets
    lists = Lists((Path(sets),)) if sets else Lists()
    return Session(space, load_s=time.perf_counter() - started, lists=lists)


class Session:
    """Answers queries on one open space.

    Attributes:
        space: the open space.
        load_s: what opening took, seconds.
        index: the pair index, once one is open.
        lists: what ``@`` names may mean.
    """

    def __init__(self, space: Space, *, load_s: float = 0.0, lists: Lists | None = None) -> None:
        self.space = space
        self.load_s = load_s
        self.engines = Engines(space)
        self.resolver = Resolver(space.table, space.names, space.n)
        self.index: PairIndex | None = None
        self.lists = lists or Lists()
        self._candidates = Candidates(space)
        self._truncated: dict[int, Session] = {}

    def __repr__(self) -> str:
        return f"<gene_tui.Session on {self.space.name}: {self.space.n:,} × {self.space.d}>"

    @property
    def shape_is_due(self) -> bool:
        """Whether the space's shape is not known yet; ``prepare`` finds it, or ``A : ?`` itself."""
        return self.engines.analogy.shape_is_due

    def parse(self, text: str, line: int = 1) -> Query:
        """The query a text is.

        Args:
            line: of the file it stands in, from 1, for the error.

        Raises:
            QuerySyntaxError: it is none; the hint knows the names of this space.
        """
        return parsed(text, self.resolver, line)

    def query(
        self,
        query: str | Query,
        options: Options | None = None,
        *,
        within: str | Path | Iterable[str] | None = None,
        use_index: bool = False,
        nprobe: int | None = None,
        run: Run = QUIET,
        **choices: Unpack[Choices],
    ) -> Result:
        """Answer one query.

        Args:
            query: a line of the query language, or a parsed Query.
            options: what stands beside it; see ``Options``.
            within: only these genes may fill a ``?``: a file of names, or the names.
            use_index: ask the open pair index (``open_index``) instead of the exact engine.
            nprobe: how many of the index's lists to visit; None for its default.
            run: its ``found`` is called by long queries as they get on, from any thread, with
                what makes the Result of the best hits so far.
            choices: single options by name, in place of those in ``options``: k, metric,
                measure, cap, per_gene, type, truncate.

        Raises:
            QueryError: the text is no query, a gene is unknown or ambiguous, or the question
                has no meaning in this space.
            UsageError: options out of range or not fitting the question.
            FileError: the ``within`` file cannot be read.
            Cancelled: stopped, where no partial answer exists.
        """
        query = self.parse(query) if isinstance(query, str) else query
        options = replace(options or Options(), **choices) if choices else options or Options()
        if options.truncate is not None and options.truncate < self.space.n:
            short = self._first_rows(options.truncate)
        else:
            short = self
        index = self.index if use_index else None
        if use_index and index is None:
            raise UsageError("no pair index is open", "gene-tui index build makes one")
        return short._answer(query, options, within, index=index, nprobe=nprobe, run=run)

    def list(
        self,
        names: Iterable[str],
        options: Options | None = None,
        *,
        run: Run = QUIET,
        **choices: Unpack[Choices],
    ) -> Result:
        """The genes nearest to a list: ``query("A, B, C")``, whatever the names hold.

        >>> import gene_tui
        >>> session = gene_tui.open_space("atlas")
        >>> result = session.list(["CD3D", "CD3E", "CD3G"], k=3)
        >>> len(result), [member.gene.symbol for member in result.members]
        (3, ['CD3G', 'CD3D', 'CD3E'])

        Args:
            names: two genes or more, as labels, IDs, symbols, previous symbols or aliases.
            options, run, choices: see ``query``.

        Raises:
            QueryError: a name is unknown or ambiguous, or fewer than two genes are left.
            UsageError, Cancelled: see ``query``.
        """
        if isinstance(names, str):
            raise UsageError("a list is several names", f'as ["{names}", …], or query("{names}")')
        slots = tuple(names)
        if len(slots) < 2:
            raise NoAnswer("a list has two different genes or more", "ask for one by query()")
        query = Query(Kind.LIST, slots, text=", ".join(map(quote, slots)))
        return self.query(query, options, run=run, **choices)

    def members(self, query: Query, *, run: Run = QUIET) -> tuple[tuple[int, ...], tuple[str, ...]]:
        """The rows of a list's genes (a query of ``Kind.LIST``), each once, and what to note.

        Raises:
            QueryError: a name means nothing, or several things; fewer than two genes.
            FileError: the file of a list cannot be read.
            Cancelled: the user stopped it.
        """
        notes: list[str] = []
        found = named(query, self.space, self.resolver, self.lists, notes, run)
        return tuple(row for row in found.slots if row is not None), tuple(notes)

    def open_index(
        self, path: str | Path, *, resident: bool = False, run: Run = QUIET
    ) -> PairIndex:
        """Open a FAISS index over all pairs of this space, for ``query(…, use_index=True)``.

        Args:
            resident: read it into memory, with progress; else it is mapped, at once.

        Raises:
            FileError: the file is damaged or foreign, or does not belong to this space.
            Cancelled: the memory is given back.
        """
        from gene_tui.engines.pair_index.index import PairIndex

        self.index = PairIndex.open(Path(path), self.space.vectors, resident=resident, run=run)
        return self.index

    def index_recall(
        self, *, queries: int = 50, k: int = 10, nprobe: int | None = None, run: Run = QUIET
    ) -> float:
        """Share of the true best k that the open index finds, against the exact engine."""
        from gene_tui.engines.analogy.ground import Limits
        from gene_tui.engines.pair_index.index import measure_recall

        index = self.index
        if index is None:
            raise UsageError("no pair index is open", "gene-tui index build makes one")
        short = self if index.n == self.space.n else self._first_rows(index.n)
        engine = short.engines.analogy.engine

        def exact(a: int, b: int, wanted: int) -> Found:
            return engine.pairs(a, b, Limits(wanted), sum=index.sum, run=run.muted())

        return measure_recall(index, exact, queries=queries, k=k, nprobe=nprobe, run=run)

    def distribution(self, result: Result, *, run: Run = QUIET) -> Distribution | None:
        """For an answer to ``? ~ ?``: how the scores of all pairs are distributed; else None.

        Computed in blocks over all pairs; over the seeded random pairs in a large space.
        """
        if result.query.kind is not Kind.CLOSEST:
            return None
        truncate = result.options.truncate
        short = self if truncate is None or truncate >= self.space.n else self._first_rows(truncate)
        return short.engines.similarity.distribution(result.options, run=run)

    def held_out(self, result: Result, *, run: Run = QUIET) -> Result:
        """The answer to a relation of two or more examples with how far these bear it out: each
        is asked of the others. Other answers as they are.

        Raises:
            Cancelled: the user stopped it.
        """
        if result.query.kind is not Kind.RELATION:
            return result
        truncate = result.options.truncate
        short = self if truncate is None or truncate >= self.space.n else self._first_rows(truncate)
        question = Question.of_result(result)
        found = short.engines.analogy.relations.held_out(question, run=run)
        if found is None:
            return result
        figures = zip(found.ranks.tolist(), found.of.tolist(), found.fits.tolist(), strict=True)
        examples = tuple(
            Example(*pair, rank or None, of, None if math.isnan(fit) else fit)
            for pair, (rank, of, fit) in zip(result.examples, figures, strict=True)
        )
        held = HeldOut(examples, found.median, found.random, found.dealt)
        return replace(result, held_out=held)

    def gene(self, name: str) -> Gene:
        """The record of the gene a name means.

        Raises:
            UnknownGene, AmbiguousGene: with candidates or close spellings.
        """
        return self.space.gene(self.resolver.resolve(name).row)

    def to_varm(self, adata: Any, key: str = "X_gene_tui") -> int:
        """Put the space's vectors, as they are seen here, into ``adata.varm[key]``: (variables, d)
        float32, NaN for variables that mean no gene of the space, or several.

        Args:
            adata: an AnnData whose variables are genes, by any of their names.

        Returns:
            How many variables got a vector.

        Raises:
            NoAnswer: none did; nothing was changed.
        """
        found = [self.resolver.find(str(name)) for name in adata.var_names]
        places = [place for place, one in enumerate(found) if one is not None]
        if not places:
            raise NoAnswer(
                f"no variable of the AnnData is a gene of {self.space.name}",
                "var_names are looked up as symbols, Ensembl IDs and labels",
            )
        vectors = np.full((len(found), self.space.d), np.nan, dtype=np.float32)
        vectors[places] = self.space.vectors[[one.row for one in found if one is not None]]
        adata.varm[key] = vectors
        return len(places)

    def prepare(self, *, type: str | None = None, run: Run = QUIET) -> None:
        """Compute and store what makes answers fast and gives them z and "1 in N".

        Args:
            type: also for answers among genes of this type ("protein-coding").

        Raises:
            NoAnswer: the space knows no genes of that type.
            Cancelled: what was finished until then is kept.
        """
        if type is not None:
            rows = np.asarray(self._candidates.of_type(Options(type=type)), dtype=np.int64)
            for kind in (Kind.NEAREST, Kind.PAIRS):
                self.engines.wanted.add(kind, "direction", "cosine", rows)
        self.engines.prepare(run=run)

    @property
    def lacks(self) -> bool:
        """Whether an answer lacked what ``prepare`` makes."""
        return bool(self.engines.wanted)

    def warm_up(self, *, run: Run = QUIET) -> None:
        """Have compiled what analogies are answered with; seconds, once ever.

        Until then ``A : B`` is answered by numpy, some times slower, and the first ``A : ?`` or
        ``? : ?`` waits for it. Meant for a program that stays open, in the background:
        compiling is another process's work, loading what it kept takes half a second here.
        """
        from gene_tui.engines.analogy import compiled

        compiled.warm_up(run.cancelled)
        compiled.load(run.cancelled)

    @property
    def info(self) -> SpaceInfo:
        """The space as results name it."""
        space = self.space
        return SpaceInfo(space.name, space.n, space.d, space.fingerprint)

    def _answer(
        self,
        query: Query,
        options: Options,
        within: str | Path | Iterable[str] | None,
        *,
        index: PairIndex | None,
        nprobe: int | None,
        run: Run,
    ) -> Result:
        started = time.perf_counter()
        check_options(options)
        notes: list[str] = []
        asked = named(query, self.space, self.resolver, self.lists, notes, run)
        query = asked.query
        question = Question(query.kind, asked.slots, query.weights, asked.sizes)
        cap = cap_in_force(query.kind, options.cap)
        if cap != options.cap:
            options = replace(options, cap=cap)
        options, remarks = self._candidates.apply(options, within, self.resolver, run.cancelled)
        notes += remarks

        def result(answer: Answer) -> Result:
            return self.result(
                query,
                options,
                answer,
                question.genes,
                notes,
                term_sizes=question.sizes,
                elapsed_s=time.perf_counter() - started,
            )

        tell = run.found

        def so_far(best: Found) -> None:
            if tell is not None:
                tell(lambda: replace(result(Answer(best)), exact=False, complete=False))

        asking = Run(run.report, run.cancelled, so_far if tell else None)
        return result(
            self.engines.answer(question, options, index=index, nprobe=nprobe, run=asking)
        )

    def result(
        self,
        query: Query,
        options: Options,
        answer: Answer,
        asked: Sequence[int] = (),
        notes: Iterable[str] = (),
        *,
        term_sizes: tuple[int, ...] = (),
        elapsed_s: float = 0.0,
    ) -> Result:
        """An engine's answer with the genes' records filled in: the one place that makes Results.

        Args:
            options: as they were in force.
            asked: rows of the query's own genes, left to right.
            notes: what to say of the question; what the answer says of itself comes after it.
            term_sizes: of sums with lists in them.
        """
        listed = answer.membership
        return Result(
            query=query,
            canonical=str(query),
            query_genes=tuple(self.space.gene(row) for row in asked),
            space=self.info,
            options=options,
            transforms=self.space.view.transforms,
            exact=answer.found.exact,
            complete=answer.found.complete,
            method=answer.found.method,
            elapsed_s=elapsed_s,
            load_s=self.load_s,
            hits=self.hits(answer, unlimited=options.candidates is None),
            notes=(*notes, *answer.found.notes, *answer.notes),
            members=() if listed is None else self._members(listed),
            coherence=None if listed is None else listed.coherence,
            coherence_z=None if listed is None else listed.z,
            z_by_chance=answer.z_by_chance,
            groups=() if listed is None else self._groups(listed),
            group_cut=None if listed is None else listed.cut,
            term_sizes=term_sizes,
        )

    def hits(self, answer: Answer, *, unlimited: bool = True) -> tuple[Hit, ...]:
        """An engine's hits with the genes' records filled in.

        Args:
            unlimited: all genes could answer, so that a rank is one among all.
        """
        found, rarity = answer.found, answer.rarity
        many, slots = found.rows.shape
        known = {gene.row: gene for gene in self.space.genes(np.unique(found.rows))}
        genes = map(known.__getitem__, found.rows.ravel().tolist())
        backs = [] if answer.back is None else answer.back.tolist()
        mutual = [math.sqrt(rank * back) for rank, back in enumerate(backs, 1)] if unlimited else []

        def numbers(values: Array | None) -> Iterable[Any]:
            """One a hit, as plain numbers; None where unknown."""
            return repeat(None, many) if values is None else values.tolist()

        # In the order of a hit's fields; one by one their names alone took half the time.
        columns = (
            range(1, many + 1),
            zip(*[genes] * slots, strict=True) if slots else repeat((), many),
            found.scores.tolist(),
            numbers(answer.z),
            numbers(None if rarity is None else rarity.n),
            numbers(None if rarity is None else rarity.of),
            numbers(None if rarity is None else rarity.count),
            chain(backs, repeat(None, many - len(backs))),
            chain(mutual, repeat(None, many - len(mutual))),
            repeat(answer.rank_ab, many),
            repeat(answer.rank_ba, many),
            repeat(answer.percentile, many),
            numbers(answer.beats),
            numbers(answer.cos_ac),
            numbers(answer.cos_bd),
        )
        return tuple(Hit(*values) for values in zip(*columns, strict=True))

    def _groups(self, listed: Membership) -> tuple[tuple[Gene, ...], ...]:
        """The groups a list falls apart into."""
        return tuple(
            tuple(self.space.gene(row) for row in group.tolist()) for group in listed.groups
        )

    def _members(self, listed: Membership) -> tuple[Member, ...]:
        """The members of a list, the best fit first; those without a fit last."""
        # A NaN sorts last whatever its sign.
        order = np.lexsort([listed.rows, -np.round(listed.fits, 12)])
        return tuple(
            Member(
                self.space.gene(int(listed.rows[place])),
                None if np.isnan(listed.fits[place]) else float(listed.fits[place]),
            )
            for place in order
        )

    def _first_rows(self, count: int) -> Session:
        if count not in self._truncated:
            view = replace(self.space.view, truncate=count)
            self._truncated[count] = Session(
                self.space.with_view(view), load_s=self.load_s, lists=self.lists
            )
        return self._truncated[count]
