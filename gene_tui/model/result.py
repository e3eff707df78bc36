"""What comes back: hits, and everything needed to say how they were found."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, overload

from gene_tui.model.figures import one_in
from gene_tui.model.gene import Gene
from gene_tui.model.links import atlas_url
from gene_tui.model.notebook import to_html
from gene_tui.model.options import Options
from gene_tui.model.query import Kind, Query, describe
from gene_tui.text import clip

if TYPE_CHECKING:
    import pandas as pd

#: Which form answers have in JSON (docs/answer.schema.json); raised when a reader would notice.
SCHEMA = 1

#: Names of a hit's numbers, in tables and JSON.
_FIGURES = ("score", "z", "rarity", "rarity_of", "rarity_count", "back", "mutual_rank")

#: What a column of an opinion is called, after "also1".
_OPINION = ("", "_rank", "_score", "_rarity", "_rarity_of", "_rarity_count", "_absent")

#: By what genes of two spaces are told to be the same.
Joined = Literal["id", "name"]


@dataclass(frozen=True, slots=True)
class Opinion:
    """What another space says of a hit; everything is None where it says nothing.

    Attributes:
        rank: where its gene stands there among all genes that could answer, 1 + those that score
            strictly better; for answers of one gene and questions without ``?``.
        score: its score there.
        rarity, rarity_of, rarity_count: for pairs, as those of ``Hit``.
        absent: what those of its genes are called that the other space does not hold.
    """

    rank: int | None = None
    score: float | None = None
    rarity: float | None = None
    rarity_of: int | None = None
    rarity_count: int | None = None
    absent: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, repr=False)
class Hit:
    """One answer.

    Attributes:
        rank: from 1.
        genes: the genes that fill the ``?``, left to right; empty when there was none.
        score: higher is better; cosine in [-1, 1], or minus a distance.
        z: standard deviations above the same score of random pairs; None if unknown.
        rarity: N of "1 in N": a comparable random question has a best hit this good once in N;
            None if unknown. It is (R + 1) / (b + 1) of:
        rarity_of: R, the comparable random questions asked; rarity_count: b, those of them whose
            best hit scores at least as much.
        back: for nearest genes, the asked gene's rank among all genes nearest to this one; 1 is
            mutual. mutual_rank: √(rank · back), where the rank is among all genes too.
        rank_ab, rank_ba: for ``A ~ B``, B's rank among A's nearest and the reverse; for
            ``A : B :: C : D``, rank_ab is D's rank among all completions.
        percentile: share of random pairs that score lower, in percent.
        beats: for lists, the share of members whose fit the hit reaches with its cosine to the
            centre, from 0 to 1; None if unknown.
        cos_ac, cos_bd: for pairs, the cosines of A and C, and of B and D; None if unknown.
        also: what other spaces say of it, in the order of ``Result.also``.
        agreement: the geometric mean of its rank and those it has in the other spaces (for
            answers of several genes: among the hits of this answer); None where it has none.
    """

    rank: int
    genes: tuple[Gene, ...]
    score: float
    z: float | None = None
    rarity: float | None = None
    rarity_of: int | None = None
    rarity_count: int | None = None
    back: int | None = None
    mutual_rank: float | None = None
    rank_ab: int | None = None
    rank_ba: int | None = None
    percentile: float | None = None
    beats: float | None = None
    cos_ac: float | None = None
    cos_bd: float | None = None
    also: tuple[Opinion, ...] = ()
    agreement: float | None = None

    def __repr__(self) -> str:
        return f"<gene_tui.Hit {self.rank}: {_brief(self)}>"


@dataclass(frozen=True, slots=True)
class Member:
    """A gene of the list that was asked about.

    Attributes:
        fit: its cosine to the centre of the other members; None if unknown.
    """

    gene: Gene
    fit: float | None = None


@dataclass(frozen=True, slots=True)
class Example:
    """An example pair of a relation, and how it fares when the others are asked for it.

    Attributes:
        a, b: its genes.
        rank: the place of B by the relation of the other examples, from 1; None if unknown.
        of: how many genes compete for it.
        fit: cosine of its offset and the relation of the others; None if unknown.
    """

    a: Gene
    b: Gene
    rank: int | None
    of: int
    fit: float | None

    @property
    def disagrees(self) -> bool:
        """Whether it points away from the others, or a random B would do as well."""
        if self.rank is None or self.fit is None:
            return False
        return self.fit <= 0 or self.rank > self.of / 2


@dataclass(frozen=True, slots=True)
class Yardstick:
    """Medians of held-out ranks where there is no relation.

    Attributes:
        median: of these medians. low: their 5 % quantile.
        dealings: in how many ways partners were dealt; None for random partners.
        examples: how many examples were dealt; None likewise.
        own: the median rank of those with their true partners; None likewise.
    """

    median: float
    low: float
    dealings: int | None = None
    examples: int | None = None
    own: float | None = None


@dataclass(frozen=True, slots=True)
class HeldOut:
    """How far a relation holds: each example asked of the others.

    Attributes:
        examples: in the order asked. median: of their ranks; None if unknown.
        random: with a random B. dealt: with the partners dealt anew; None where they cannot be.
    """

    examples: tuple[Example, ...]
    median: float | None = None
    random: Yardstick | None = None
    dealt: Yardstick | None = None

    @property
    def verdict(self) -> str:
        """What the median says beside its yardsticks; "" where it is not known."""
        if self.median is None or self.random is None:
            return ""
        if self.median >= self.random.low:
            return "does not generalise"
        if self.dealt is None:
            return "holds better than by chance"
        own = self.median if self.dealt.own is None else self.dealt.own
        if own >= self.dealt.low:
            return "holds for kinds, not for partners"
        return "holds for partners"


@dataclass(frozen=True, slots=True)
class Distribution:
    """How one score is spread over many pairs of genes.

    Attributes:
        mean, sd, min, max: of the scores; sd is that of the whole population.
        pairs: how many pairs were counted.
        histogram: pairs per bin.
        edges: the bins' borders, one more than bins, rising.
    """

    mean: float
    sd: float
    min: float
    max: float
    pairs: int
    histogram: tuple[int, ...]
    edges: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class SpaceInfo:
    """Which space answered."""

    name: str
    genes: int
    dims: int
    fingerprint: str


@dataclass(frozen=True, slots=True)
class SecondSpace:
    """A space that was asked for a second opinion.

    Attributes:
        space: which. transforms: what was done to its vectors.
        joined: by what its genes were found.
        notes: what it could not say, one sentence each.
    """

    space: SpaceInfo
    transforms: tuple[str, ...] = ()
    joined: Joined = "id"
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, repr=False)
class Result:
    """An answer and how it came about; as a sequence, its hits.

    >>> import gene_tui
    >>> result = gene_tui.open_space("atlas").query("HBA1", k=20)
    >>> len(result), result[0].genes[0].symbol
    (20, 'HBA2')
    >>> [hit.genes[0].symbol for hit in result[:3]]
    ['HBA2', 'GYPB', 'GYPA']
    >>> list(result[:2].to_frame().columns[:5])
    ['rank', 'gene1', 'id1', 'symbol1', 'name1']

    A slice is an answer with fewer hits. In a notebook an answer is shown as a table with links
    to the Human Protein Atlas.

    Attributes:
        query: the parsed query; ``query.text`` is what was typed.
        query_genes: the genes the query names, left to right.
        transforms: as "center", "drop-components 2", "unit", in the order applied.
        exact: every hit and its place is certain.
        complete: False when stopped early.
        method: how, in a few words ("matrix-vector product, float64 rescoring").
        elapsed_s: from parsed query to complete hits with z and rarity, seconds.
        load_s: opening, importing and warming up, seconds.
        notes: what the reader should know, one sentence each.
        members: for lists, their genes, those that fit best first, the odd ones out last.
        coherence: for lists, the mean cosine over all pairs of members; None if unknown.
        coherence_z: the same in standard deviations above the mean of 1,000 random lists of as
            many genes; None if unknown.
        groups: for lists that fall apart, the groups of two or more members, the largest first.
        group_cut: the mean cosine between two groups that keeps them together; None if unknown.
        term_sizes: for sums with lists in them, how many of ``query_genes`` each term has; else
            empty.
        z_by_chance: for nearest genes, the z that the best of n − 1 random scores has.
        also: the spaces that were asked for a second opinion.
        by_agreement: the hits are in the order of their agreement, those without it last.
        held_out: for relations of two or more examples, how far they hold, once
            ``Session.held_out`` found it.
    """

    query: Query
    canonical: str
    query_genes: tuple[Gene, ...]
    space: SpaceInfo
    options: Options
    transforms: tuple[str, ...]
    exact: bool
    complete: bool
    method: str
    elapsed_s: float
    load_s: float
    hits: tuple[Hit, ...]
    notes: tuple[str, ...] = ()
    members: tuple[Member, ...] = ()
    coherence: float | None = None
    coherence_z: float | None = None
    groups: tuple[tuple[Gene, ...], ...] = ()
    group_cut: float | None = None
    term_sizes: tuple[int, ...] = ()
    z_by_chance: float | None = None
    also: tuple[SecondSpace, ...] = ()
    by_agreement: bool = False
    held_out: HeldOut | None = None

    def __len__(self) -> int:
        return len(self.hits)

    def __bool__(self) -> bool:
        return True  # an answer without hits is one

    def __iter__(self) -> Iterator[Hit]:
        return iter(self.hits)

    @overload
    def __getitem__(self, place: int) -> Hit: ...

    @overload
    def __getitem__(self, place: slice) -> Result: ...

    def __getitem__(self, place: int | slice) -> Hit | Result:
        if isinstance(place, slice):
            return replace(self, hits=self.hits[place])
        return self.hits[place]

    def __repr__(self) -> str:
        first = f", first {_brief(self.hits[0])}" if self.hits and self.hits[0].genes else ""
        many = "1 hit" if len(self.hits) == 1 else f"{len(self.hits):,} hits"
        asked, space = clip(self.canonical, 60), clip(self.space.name, 40)
        return f"<gene_tui.Result {asked}: {many} in {space}{first}>"

    def _repr_html_(self) -> str:
        space, genes = self.space, len(self.hits[0].genes) if self.hits else 0
        facts = [describe(self.query), f"{space.name}, {space.genes:,} genes × {space.dims:,}"]
        facts += ["exact" if self.exact else "approximate"]
        facts += [] if self.complete else ["stopped early"]
        asked = [letter for letter, name in self.query.lettered if name is None]
        titles = ["gene"] if genes == 1 else asked if len(asked) == genes else ["gene"] * genes
        titles = ["#", *titles, "score", "z", "1 in", "back" if genes else "rank", "name"]
        rows = list(map(_shown, self.hits))
        known = [place for place in range(len(titles)) if any(row[place] for row in rows)]
        titles = [titles[place] for place in known]
        rows = [[row[place] for place in known] for row in rows]
        return to_html(self.canonical, facts, titles, rows, self.notes)

    @property
    def kind(self) -> str:
        """The query's kind, as text."""
        return str(self.query.kind)

    @property
    def asked_genes(self) -> tuple[Gene, ...]:
        """The genes the query names, without a relation's examples."""
        if self.query.kind is not Kind.RELATION:
            return self.query_genes
        named = sum(slot is not None for _, slot in self.query.lettered)
        return self.query_genes[len(self.query_genes) - named :]

    @property
    def examples(self) -> tuple[tuple[Gene, Gene], ...]:
        """The example pairs of a relation, those of files among them."""
        genes = self.query_genes[: len(self.query_genes) - len(self.asked_genes)]
        return tuple(zip(genes[::2], genes[1::2], strict=True))

    def to_json(self) -> dict[str, Any]:
        """The result in the documented JSON form (docs/json.md); plain values, no NaN."""
        options = self.options
        form: dict[str, Any] = {
            "schema": SCHEMA,
            "query": self.query.text,
            "canonical": self.canonical,
            "kind": self.kind,
            "query_genes": [_gene_json(gene) for gene in self.query_genes],
            "space": asdict(self.space),
            "metric": options.metric,
            "measure": options.measure if self.query.has_measure else None,
            "options": {
                "k": options.k,
                "cap": _number(options.cap),
                "per_gene": options.per_gene,
                "within": options.within,
                "type": options.type,
                "truncate": options.truncate,
            },
            "transforms": list(self.transforms),
            "exact": self.exact,
            "complete": self.complete,
            "method": self.method,
            "elapsed_s": _number(self.elapsed_s),
            "load_s": _number(self.load_s),
            "z_by_chance": _number(self.z_by_chance),
            "hits": [_hit_json(hit) | _facts(hit, self._facts) for hit in self.hits],
            "notes": list(self.notes),
        }
        if self.members:
            form["members"] = [
                {**_gene_json(member.gene), "fit": _number(member.fit)} for member in self.members
            ]
            form["coherence"] = _number(self.coherence)
            form["coherence_z"] = _number(self.coherence_z)
            form["groups"] = [[gene.label for gene in group] for group in self.groups]
            form["group_cut"] = _number(self.group_cut)
        if self.also:
            form["also"] = [_second_json(second) for second in self.also]
            form["order"] = "agreement" if self.by_agreement else "score"
        if self.held_out is not None:
            form |= _held_out_json(self.held_out)
        return form

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns of ``records`` and ``to_frame``.

        ``rank``; for each ``?`` from left to right ``gene1``, ``id1``, ``symbol1``, ``name1``
        (label, Ensembl ID, symbol, name); ``score``, ``z``, ``rarity``,
        ``rarity_of``, ``rarity_count``, ``back``, ``mutual_rank`` (see ``Hit``); for a query
        without ``?`` also ``rank_ab``, ``rank_ba``, ``percentile``; for a list ``beats``; for pairs
        and sums of two ``cos_ac``, ``cos_bd``. For each space that gave a second opinion, in
        order, ``also1`` (its name), ``also1_rank``, ``also1_score``,
        ``also1_rarity``, ``also1_rarity_of``, ``also1_rarity_count``,
        ``also1_absent`` (genes it does not hold), and at the end ``agreement``.
        """
        places = range(1, self.query.unknowns + 1)
        genes = [f"{what}{place}" for place in places for what in ("gene", "id", "symbol", "name")]
        also = [f"also{place}{of}" for place in range(1, len(self.also) + 1) for of in _OPINION]
        return ("rank", *genes, *_FIGURES, *self._facts, *also, *(("agreement",) if also else ()))

    @property
    def _facts(self) -> tuple[str, ...]:
        """What only hits of such a question have."""
        if self.query.unknowns == 0:
            return ("rank_ab", "rank_ba", "percentile")
        if self.query.kind is Kind.LIST:
            return ("beats",)
        pairs = self.query.kind in (Kind.PAIRS, Kind.SUMS)
        return ("cos_ac", "cos_bd") if pairs else ()

    def records(self) -> list[dict[str, Any]]:
        """The hits as rows of plain values under the names of ``columns``; unknown is None."""
        rows = []
        columns = self.columns
        for hit in self.hits:
            texts = [
                text for gene in hit.genes for text in (gene.label, gene.id, gene.symbol, gene.name)
            ]
            numbers = list(_figures(hit).values())
            facts = _facts(hit, self._facts).values()
            also = [
                value for pair in zip(self.also, hit.also, strict=True) for value in _told(*pair)
            ]
            also += [_number(hit.agreement)] if also else []
            values = [hit.rank, *texts, *numbers, *facts, *also]
            rows.append(dict(zip(columns, values, strict=True)))
        return rows

    def to_frame(self) -> pd.DataFrame:
        """The hits as a table, one row a hit, with the columns of ``columns``.

        Text is object or string, ranks are (nullable) integers, all other numbers float64
        with NaN for unknown. An answer without hits is a table without rows.
        """
        import pandas as pd

        frame = pd.DataFrame(self.records(), columns=list(self.columns))
        kinds = {"rank": "int64", "rank_ab": "Int64", "rank_ba": "Int64"}
        kinds |= dict.fromkeys(("rarity_of", "rarity_count", "back"), "Int64")
        numbers = ("score", "z", "rarity", "mutual_rank", "percentile", "beats", "cos_ac", "cos_bd")
        kinds |= dict.fromkeys(numbers, "float64")
        for place in range(1, len(self.also) + 1):
            whole = ("_rank", "_rarity_of", "_rarity_count")
            kinds |= {f"also{place}{of}": "Int64" for of in whole}
            kinds |= {f"also{place}{of}": "float64" for of in ("_score", "_rarity")}
        kinds["agreement"] = "float64"
        return frame.astype({name: kinds[name] for name in self.columns if name in kinds})


def _brief(hit: Hit) -> str:
    """A hit's genes and score, in a few words."""
    names = " : ".join(clip(gene.shown, 40) for gene in hit.genes)
    return f"{names} {hit.score:z.4f}".strip()


def _shown(hit: Hit) -> list[str | Gene]:
    """A hit's cells in a notebook."""
    back = hit.back if hit.genes else hit.rank_ab
    return [
        f"{hit.rank:,}",
        *hit.genes,
        f"{hit.score:z.4f}",
        "" if hit.z is None else f"{hit.z:z.1f}",
        one_in(hit.rarity, hit.rarity_of, hit.rarity_count),
        "" if back is None else f"{back:,}",
        "; ".join(gene.name for gene in hit.genes if gene.name),
    ]


def _number(value: float | None) -> float | None:
    """A plain float that JSON can hold; None for unknown, NaN and infinite."""
    return float(value) if value is not None and math.isfinite(value) else None


def _figures(hit: Hit) -> dict[str, float | int | None]:
    """The numbers of a hit, in the order of ``_FIGURES``."""
    return {
        "score": _number(hit.score),
        "z": _number(hit.z),
        "rarity": _number(hit.rarity),
        "rarity_of": hit.rarity_of,
        "rarity_count": hit.rarity_count,
        "back": hit.back,
        "mutual_rank": _number(hit.mutual_rank),
    }


def _opinion_json(opinion: Opinion) -> dict[str, Any]:
    return {
        "rank": opinion.rank,
        "score": _number(opinion.score),
        "rarity": _number(opinion.rarity),
        "rarity_of": opinion.rarity_of,
        "rarity_count": opinion.rarity_count,
        "absent": list(opinion.absent),
    }


def _told(second: SecondSpace, opinion: Opinion) -> list[Any]:
    """The cells of an opinion, in the order of ``_OPINION``."""
    *figures, absent = _opinion_json(opinion).values()
    return [second.space.name, *figures, "|".join(absent)]


def _second_json(second: SecondSpace) -> dict[str, Any]:
    return {
        "space": asdict(second.space),
        "transforms": list(second.transforms),
        "joined": second.joined,
        "notes": list(second.notes),
    }


def _held_out_json(held_out: HeldOut) -> dict[str, Any]:
    def told(yardstick: Yardstick | None) -> dict[str, Any] | None:
        if yardstick is None:
            return None
        form = {"median": _number(yardstick.median), "low": _number(yardstick.low)}
        if yardstick.dealings is not None:
            form |= {"dealings": yardstick.dealings, "examples": yardstick.examples}
            form["own"] = _number(yardstick.own)
        return form

    return {
        "held_out": [
            {
                "a": example.a.label,
                "b": example.b.label,
                "rank": example.rank,
                "of": example.of,
                "fit": _number(example.fit),
                "disagrees": example.disagrees,
            }
            for example in held_out.examples
        ],
        "held_out_median": _number(held_out.median),
        "held_out_random": told(held_out.random),
        "held_out_dealt": told(held_out.dealt),
        "held_out_verdict": held_out.verdict or None,
    }


def _gene_json(gene: Gene) -> dict[str, Any]:
    return {
        "label": gene.label,
        "id": gene.id or None,
        "symbol": gene.symbol or None,
        "name": gene.name or None,
        "url": atlas_url(gene),
    }


def _hit_json(hit: Hit) -> dict[str, Any]:
    form: dict[str, Any] = {
        "rank": hit.rank,
        "genes": [_gene_json(gene) for gene in hit.genes],
        **_figures(hit),
    }
    if hit.also:
        form["also"] = [_opinion_json(opinion) for opinion in hit.also]
        form["agreement"] = _number(hit.agreement)
    return form


def _facts(hit: Hit, names: tuple[str, ...]) -> dict[str, float | int | None]:
    """Some numbers of a hit by their names; plain values."""
    values = {name: getattr(hit, name) for name in names}
    return {
        name: value if isinstance(value, int) else _number(value) for name, value in values.items()
    }
