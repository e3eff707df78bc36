"""The words and figures of a printed result, shared by tables and documents."""

from __future__ import annotations

from collections.abc import Iterable

from gene_tui.model.figures import one_in, two_digits
from gene_tui.model.gene import Gene
from gene_tui.model.naming import quote
from gene_tui.model.query import Kind, Query
from gene_tui.model.result import Example, HeldOut, Hit, Opinion, Result, SecondSpace, Yardstick
from gene_tui.text import clip

#: Where a number is not known.
UNKNOWN = "–"
#: A hit stands out from this rarity on, and up to this rank the other way.
RARE = 20.0
MUTUAL = 3
#: What a hit's numbers mean, for help texts.
FIGURES = (
    ("z", "the score in standard deviations above that of random pairs"),
    (
        "1 in",
        "a comparable random question (as long a gene or offset) does as well once in N",
    ),
    ("back", "nearest genes: the rank of the asked gene among the genes nearest to the hit"),
    ("beats", "lists: the share of members that fit the list no better"),
    ("*", "stands out: 1 in 20 or rarer, and back at most 3"),
)
#: With fewer ways to deal partners anew, the examples come out best by chance too often.
FEW_DEALINGS = 19
#: What stands beside a hit that does.
RARE_MARK = "*"


def score_text(score: float, digits: int = 4) -> str:
    """A score with so many decimals; distances too small for them keep three digits."""
    if 1e-9 < abs(score) < 5 * 10.0**-digits:
        return f"{score:.2e}"
    return f"{score:z.{digits}f}"


def z_text(z: float | None) -> str:
    """A z value with one decimal."""
    return UNKNOWN if z is None else f"{z:z.1f}"


def rarity_text(hit: Hit | Opinion) -> str:
    """N of "1 in N" with two digits; ">600" where none of 600 random questions did as well."""
    return one_in(hit.rarity, hit.rarity_of, hit.rarity_count) or UNKNOWN


def by_chance(result: Result) -> str:
    """What z chance alone would give the best hit."""
    others = f"{result.space.genes - 1:,}"
    return f"by chance the best of {others} random genes has z {z_text(result.z_by_chance)}"


#: What "1 in", "back" and the mark mean, at length, shorter, and where little room is.
_LEGENDS = (
    (
        "1 in N: a comparable random question has a best hit this good once in N",
        "the asked gene's rank among the hit's nearest",
        "stands out",
    ),
    ("1 in N random questions do as well", "rank the other way", "stands out"),
    ("1 in N random ones do as well", "rank back", "rare"),
)


def legend(result: Result, room: int) -> str:
    """What "1 in" and "back" mean, as far as they are shown and as long as ``room`` allows; of a
    relation how far it holds."""
    rare = any(hit.rarity is not None for hit in result.hits)
    back = any(hit.back is not None for hit in result.hits)
    stands_out = any(is_rare(hit) for hit in result.hits)
    for length, (chance, way, mark) in enumerate(_LEGENDS):
        parts = [verdict(result, long=length == 0)] if result.held_out else []
        parts += [chance] if rare else []
        parts += [f"back: {way}"] if back else []
        parts += [f"{RARE_MARK} {mark}"] if stands_out else []
        if len(text := " · ".join(parts)) <= room:
            return text
    return ""


def is_rare(hit: Hit) -> bool:
    """Whether a hit stands out: 1 in 20 or rarer, and, for nearest genes, close both ways."""
    if hit.rarity is None or hit.rarity < RARE:
        return False
    return hit.back is None or hit.back <= MUTUAL


def percent_text(percent: float | None) -> str:
    """A percentage with two decimals that is never rounded up to 100."""
    if percent is None:
        return UNKNOWN
    return ">99.99 %" if 99.995 <= percent < 100 else f"{percent:.2f} %"


def duration(seconds: float) -> str:
    """A time in the unit that suits it."""
    if seconds < 0.1:
        return f"{seconds * 1000:.1f} ms"
    if seconds < 60:
        return f"{seconds:.2f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s"


def exactness(result: Result) -> str:
    """ "exact", "approximate", or that it was stopped before it could be."""
    if not result.complete:
        return "stopped early, not exact"
    return "exact" if result.exact else "approximate"


def slot_titles(query: Query) -> tuple[str, ...]:
    """What the genes of a hit are called: the letters of their places, or "gene"."""
    if query.kind in (Kind.NEAREST, Kind.ARITHMETIC, Kind.LIST):
        return ("gene",)
    return tuple(letter for letter, slot in query.lettered if slot is None)


def members(result: Result, most: int = 5) -> list[str]:
    """The list that was asked about, in a few lines: how many, how coherent, which members fit
    best and least; nothing for other questions."""
    if not result.members:
        return []
    known = [member for member in result.members if member.fit is not None]
    lines = [f"{len(result.members):,} members"]
    if result.coherence is not None:
        lines[0] += f"  ·  coherence {score_text(result.coherence)}, the mean cosine of two members"
    if result.coherence_z is not None:
        lines[0] += f" (z {z_text(result.coherence_z)} against random lists)"
    names = called(member.gene for member in result.members)
    told = [f"{clip(names[one.gene.row], 40)} {score_text(one.fit or 0.0, 3)}" for one in known]
    if len(told) > 2 * most:
        lines.append(f"best fit: {', '.join(told[:most])}")
        lines.append(f"odd ones out: {', '.join(told[-most:])}")
    elif told:
        lines.append(f"members by fit: {', '.join(told)}")
    return lines


def groups(result: Result, most: int = 12) -> list[str]:
    """The groups a list falls apart into, a line each, as they are asked for; nothing where it
    does not."""
    if not result.groups or result.group_cut is None:
        return []
    lines = [
        f"falls apart into {len(result.groups):,} groups (average linkage, cut at a mean cosine of "
        f"{score_text(result.group_cut, 2)}: random pairs and 2 sd)"
    ]
    for number, group in enumerate(result.groups, start=1):
        shown = ", ".join(clip(quote(gene.shown), 40) for gene in group[:most])
        more = f" … {len(group) - most:,} more" if len(group) > most else ""
        lines.append(f"group {number}: {shown}{more}")
    return lines


def held_out(result: Result, most: int = 5) -> list[str]:
    """How far a relation holds, in a few lines; nothing for other questions."""
    held = result.held_out
    if held is None:
        return []
    if held.median is None or held.random is None:
        return ["held out: the examples cancel each other out, so none can be asked of the others"]
    lines = [verdict(result), _yardsticks(held, held.random)]
    names = called(gene for example in held.examples for gene in (example.a, example.b))
    known = sorted(
        (example for example in held.examples if example.rank is not None),
        key=lambda example: example.rank or 0,
    )
    told = [f"{pair_text(example, names)} {example.rank:,}" for example in known]
    if len(told) > 2 * most:
        told = [*told[:most], "…", *told[-most:]]
    lines.append(f"held-out ranks: {', '.join(told)}")
    if apart := [example for example in held.examples if example.disagrees]:
        told = [
            f"{pair_text(example, names)} (rank {example.rank or 0:,}, cosine "
            f"{example.fit or 0.0:z.2f})"
            for example in apart[:most]
        ]
        more = f" … {len(apart) - most:,} more" if len(apart) > most else ""
        lines.append(f"disagree with the others: {', '.join(told)}{more}")
    return lines


def verdict(result: Result, *, long: bool = True) -> str:
    """How far a relation holds, in one line; "" where that is not known."""
    held = result.held_out
    if held is None or held.median is None:
        return ""
    genes = max(example.of for example in held.examples)
    place = f"{place_text(held.median)} of {genes:,}"
    return f"{holds(result)}: {'median held-out rank ' if long else ''}{place}"


def holds(result: Result) -> str:
    """Whether a relation holds, in its few words; "" where that is not known."""
    held = result.held_out
    if held is None:
        return ""
    unsure = held.dealt is not None and (held.dealt.dealings or 0) < FEW_DEALINGS
    doubt = " (few examples)" if unsure and held.verdict == "holds for partners" else ""
    return held.verdict + doubt


def _yardsticks(held: HeldOut, random: Yardstick) -> str:
    """What the median rank is without a relation."""
    dealt = held.dealt
    told = f"a random B: {place_text(random.median)} (5 % below {place_text(random.low)})"
    if dealt is None or not dealt.dealings:
        return f"{told}  ·  partners cannot be dealt otherwise"
    ways = f"{dealt.dealings:,} {'way' if dealt.dealings == 1 else 'ways'}"
    if dealt.own is not None and held.median != dealt.own:
        ways += f"; of {dealt.examples or 0:,} examples, whose own is {place_text(dealt.own)}"
    return (
        f"{told}  ·  partners dealt anew: {place_text(dealt.median)} (5 % below "
        f"{place_text(dealt.low)}; {ways})"
    )


def pair_text(example: Example, names: dict[int, str]) -> str:
    """An example as it is typed, by what its genes are called."""
    return f"{clip(names[example.a.row], 40)} : {clip(names[example.b.row], 40)}"


def place_text(rank: float) -> str:
    """A rank, or the middle between two."""
    return f"{rank:,.0f}" if rank == int(rank) or rank >= 100 else f"{rank:,.1f}"


def beats_text(beats: float | None) -> str:
    """The share of a list's members that a hit fits better than, in percent."""
    return UNKNOWN if beats is None else f"{100 * beats:.0f} %"


_JOINED = {"id": "joined by Ensembl ID", "name": "joined by Ensembl ID, else by symbol"}


def second_names(result: Result, most: int = 14) -> list[str]:
    """What the columns of the other spaces are called: by their names, as far as these differ in
    ``most`` cells."""
    names = [clip(second.space.name, most) for second in result.also]
    return [
        name if names.count(name) == 1 else f"{clip(name, most - 3)} {place}"
        for place, name in enumerate(names, start=1)
    ]


def opinion_text(opinion: Opinion, digits: int = 3) -> str:
    """What another space says of a hit: its rank; of pairs its score and, where known, N."""
    if opinion.absent:
        return "absent"
    if opinion.rank is not None:
        return f"{opinion.rank:,}"
    if opinion.score is None:
        return UNKNOWN
    rare = "" if opinion.rarity is None else f" ({rarity_text(opinion)})"
    return f"{score_text(opinion.score, digits)}{rare}"


def seconds(result: Result) -> list[str]:
    """What the other spaces say, a line each, and a line for each thing they cannot say."""
    lines = []
    for place, (second, title) in enumerate(zip(result.also, second_names(result), strict=True)):
        said = [hit.also[place] for hit in result.hits]
        rare = any(one.rarity is not None for one in said)
        parts = [f"also {title}: {_says(result, second)}{' (1 in N)' if rare else ''}"]
        if result.query.unknowns:
            parts.append(f"{sum(not one.absent for one in said):,} of {len(said):,} hits are there")
        parts += [_JOINED[second.joined], *second.transforms]
        if any(one.score is not None for one in said):
            lines.append("  ·  ".join(parts))
    lines += second_notes(result)
    if result.by_agreement and result.query.unknowns:
        lines.append("in the order of agreement, the geometric mean of a hit's ranks")
    return lines


def second_notes(result: Result) -> list[str]:
    """What the other spaces cannot say."""
    lines = []
    for place, (second, title) in enumerate(zip(result.also, second_names(result), strict=True)):
        lines += [f"also {title}: {clip(note, 300)}" for note in second.notes]
        silent = all(hit.also[place].score is None for hit in result.hits)
        if result.hits and silent and not second.notes:
            lines.append(f"also {title}: none of the hits is there")
    return lines


def _says(result: Result, second: SecondSpace) -> str:
    genes = f"its {second.space.genes:,} genes"
    if result.query.unknowns == 1:
        return f"a hit's rank among all {genes}"
    return "the score of the same genes there"


def agreement_text(hit: Hit) -> str:
    """The geometric mean of a hit's ranks, with two digits."""
    return UNKNOWN if hit.agreement is None else two_digits(hit.agreement)


def options_in_force(result: Result) -> list[str]:
    """The options that shaped the answer, as they would be typed."""
    options = result.options
    values = {
        "k": options.k if result.query.unknowns else None,
        "cap": options.cap,
        "per-gene": options.per_gene,
        "within": options.within,
        "type": options.type,
        "truncate": options.truncate,
    }
    return [f"{name} {value}" for name, value in values.items() if value is not None]


def called(genes: Iterable[Gene]) -> dict[int, str]:
    """Row to what each gene is called: the symbol, with its label where two share it."""
    rows: dict[str, set[int]] = {}
    known = {gene.row: gene for gene in genes}
    for row, gene in known.items():
        rows.setdefault(gene.shown, set()).add(row)
    return {
        row: f"{gene.shown} ({gene.label})" if len(rows[gene.shown]) > 1 else gene.shown
        for row, gene in known.items()
    }


def second_name(gene: Gene) -> str:
    """The label or ID that stands beside what the gene is called; "" where that is all."""
    return next((text for text in (gene.label, gene.id) if text != gene.shown), "")


def facts(result: Result, hit: Hit, digits: int = 4) -> list[tuple[str, str]]:
    """The figures of a hit without genes (``A ~ B``, ``A : B :: C : D``), with their names."""
    measured: str = (
        result.options.metric if result.options.metric != "euclidean" else "minus distance"
    )
    if result.query.has_measure:
        measured = f"{result.options.measure}, {measured}"
    rows = [(f"score ({measured})", score_text(hit.score, digits)), ("z", z_text(hit.z))]
    if hit.rarity is not None:
        rows.append(("1 in", rarity_text(hit)))
    names = called(result.query_genes)
    shown = [names[gene.row] for gene in result.query_genes]
    if result.query.kind is Kind.COMPARE and len(shown) == 2:
        a, b = shown
        rows.append((f"rank of {b} among the nearest to {a}", _rank(hit.rank_ab)))
        rows.append((f"rank of {a} among the nearest to {b}", _rank(hit.rank_ba)))
    elif result.query.has_measure and shown:
        rows.append((f"rank of {shown[-1]} among all D", _rank(hit.rank_ab)))
    for name, opinion in zip(second_names(result), hit.also, strict=False):
        if opinion.score is not None:
            rows.append((f"score in {name}", score_text(opinion.score, digits)))
            rows.append((f"rank in {name}", _rank(opinion.rank)))
    if hit.percentile is not None:
        rows.append(("random pairs that score lower", percent_text(hit.percentile)))
    return rows


def _rank(rank: int | None) -> str:
    return UNKNOWN if rank is None else f"{rank:,}"
