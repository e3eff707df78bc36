"""Results as rows and columns, before any widget: what is shown, filtered, sorted, paged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

from rich.text import Text

from gene_tui.export import wording
from gene_tui.model.gene import Gene
from gene_tui.model.query import BY_OFFSET, Kind
from gene_tui.model.result import Hit, Result
from gene_tui.text import width
from gene_tui.ui import format as show

#: Rows a page holds: a table of thousands freezes for seconds.
PAGE = 200
BAR = 6
_SYMBOL_CELLS = (6, 16)
_NAME_CELLS = (16, 44)
#: Cells that a name has at least where a row has one for each of its genes.
_LEAST_OF_MANY = 12
#: The name of another space over its column; a gene's symbol where such a column needs the room.
_SECOND_CELLS = 8
_LEAST_SYMBOL = 10
_PADDING = 2
#: Cells from which z and the bar stand beside names and the rarity.
_WIDE = 92
_NOUNS = {0: "comparison", 1: "gene", 2: "pair", 3: "analogy", 4: "analogy"}


@dataclass(frozen=True, slots=True)
class HitColumn:
    """A column of the table of hits, which are filtered, sorted and drawn one by one.

    Attributes:
        key: "rank", "gene0" … "gene3", "name0" …, "score", "bar", "z", "rarity", "back",
            "beats", "ab", "ba", "pct", "also0", "also1" …, "agreement".
        title: its heading. width: in cells, padding not counted.
        slot: which of the row's genes it belongs to; None for numbers.
        right: numbers stand right.
    """

    key: str
    title: str
    width: int
    slot: int | None = None
    right: bool = False


@dataclass(frozen=True, slots=True)
class Sorting:
    """By which column, and whether the other way round."""

    key: str = "rank"
    reverse: bool = False

    def next(self, key: str) -> Sorting:
        """Pressing the same column again turns it round, a third time ends it."""
        if key != self.key:
            return Sorting(key)
        return Sorting() if self.reverse else Sorting(key, True)


@dataclass(frozen=True, slots=True)
class Rows:
    """What the table shows of one result.

    Attributes:
        result: the whole answer. filter: words that a hit must hold. sorting: the order.
        page: which ``PAGE`` hits, from 0.
        growing: the search goes on, these are its best so far.
    """

    result: Result
    filter: str = ""
    sorting: Sorting = Sorting()
    page: int = 0
    growing: bool = False

    @property
    def hits(self) -> list[Hit]:
        """All hits that pass the filter, in order."""
        words = self.filter.casefold().split()
        hits = [hit for hit in self.result.hits if _passes(self.genes(hit), words)]
        if self.sorting == Sorting():
            return hits
        return sorted(hits, key=self._sort_key, reverse=self.sorting.reverse)

    @property
    def shown(self) -> list[Hit]:
        """The hits of the page."""
        return self.hits[self.page * PAGE : (self.page + 1) * PAGE]

    @property
    def pages(self) -> int:
        """How many pages there are, at least 1."""
        return max(1, -(-len(self.hits) // PAGE))

    def genes(self, hit: Hit) -> tuple[Gene, ...]:
        """The genes of a hit's row: those that fill the ``?``, or, without any, the query's."""
        return hit.genes or self.result.asked_genes

    def turned(self, step: int) -> Rows:
        """Another page, as far as there are any."""
        return replace(self, page=min(max(0, self.page + step), self.pages - 1))

    def _sort_key(self, hit: Hit) -> tuple[bool, float | str, int]:
        """Unknown numbers come last; equal ones keep their rank."""
        key = self.sorting.key
        if key.startswith(("gene", "name")):
            genes = self.genes(hit)
            gene = genes[min(int(key[4:]), len(genes) - 1)]
            return False, (gene.name if key.startswith("name") else gene.shown).casefold(), hit.rank
        value = _opinion(hit, int(key[4:])) if key.startswith("also") else _number(hit, key)
        # The best first: high scores, z and rarity, low ranks.
        best = value is not None and key in ("score", "bar", "z", "rarity", "beats", "pct")
        return value is None, -value if best and value is not None else value or 0.0, hit.rank


@dataclass(frozen=True, slots=True)
class Paint:
    """The theme's colours for cells, as rich styles."""

    muted: str = "dim"
    bar: str = ""
    mark: str = "bold"


_NO_PAINT = Paint()


def columns(rows: Rows, width: int, *, narrow: bool = False) -> list[HitColumn]:
    """The columns that fit a kind of question into ``width`` cells.

    Args:
        narrow: one other space at most, in the place of the names.
    """
    hits = rows.shown
    # A single comparison needs no numbering.
    digits = len(str(len(rows.result.hits)))
    rank = (
        [HitColumn("rank", "#", max(2, digits), right=True)] if rows.result.query.unknowns else []
    )
    symbols, numbers = _symbols(rows), _numbers(rows)
    bar = [HitColumn("bar", "", BAR)]
    # What a hit is worth tells more than its standard score.
    spare = {"z"} if any(column.key == "rarity" for column in numbers) else set()
    seconds = _seconds(rows)
    if narrow and seconds:
        bar, seconds = [], seconds[:1]
    numbers += seconds
    if rows.sorting.key == "agreement":
        numbers.append(HitColumn("agreement", "agree", 7, right=True))
    named = any(gene.name for hit in hits for gene in rows.genes(hit))
    named = named and not (narrow and seconds)
    # Names first, then z, then the bar: (names, z, bar) as far as they fit.
    plans = [(True, True, True), (True, True, False)] if not spare or width >= _WIDE else []
    plans += [(True, False, False)] if spare else []
    plans = plans if named else []
    plans += [(False, True, True), (False, True, False), (False, False, False)]
    for with_names, with_z, with_bar in plans:
        known = [column for column in numbers if with_z or column.key not in spare]
        tail = [known[0], *bar, *known[1:]] if with_bar else known
        used = _total([*rank, *symbols, *tail])
        room = (width - used) // len(symbols) - _PADDING
        if with_names and room >= (_NAME_CELLS[0] if len(symbols) == 1 else _LEAST_OF_MANY):
            names = [_name_of(column, min(room, _NAME_CELLS[1])) for column in symbols]
            pairs = zip(symbols, names, strict=True)
            return [*rank, *(column for pair in pairs for column in pair), *tail]
        if not with_names and used <= width:
            return [*rank, *symbols, *tail]
    numbers = [column for column in numbers if column.key not in {"pct", *spare}]
    if seconds and _total([*rank, *symbols, *numbers]) > width:
        symbols = [replace(one, width=min(one.width, _LEAST_SYMBOL)) for one in symbols]
    while seconds and _total([*rank, *symbols, *numbers]) > width:
        numbers.remove(seconds.pop())
    return [*rank, *symbols, *numbers]


def _total(columns: Sequence[HitColumn]) -> int:
    """Cells that columns take."""
    return sum(column.width + _PADDING for column in columns)


def _seconds(rows: Rows) -> list[HitColumn]:
    """A column for each other space that was asked."""
    found = []
    for place, name in enumerate(wording.second_names(rows.result, _SECOND_CELLS)):
        texts = [_opinion_shown(hit, place) for hit in rows.shown]
        size = max([width(name), *map(len, texts)])
        found.append(HitColumn(f"also{place}", name, size, right=True))
    return found


def _symbols(rows: Rows) -> list[HitColumn]:
    least, most = _SYMBOL_CELLS
    found = []
    for slot, title in enumerate(_titles(rows.result)):
        longest = max((len(rows.genes(hit)[slot].shown) for hit in rows.shown), default=0)
        size = min(max(longest, least, len(title)) + 2, most)  # two cells for a mark
        found.append(HitColumn(f"gene{slot}", title, size, slot))
    return found


def _numbers(rows: Rows) -> list[HitColumn]:
    """The score, and what else is known of the hits."""
    found = [HitColumn("score", "score", 7, right=True)]
    if any(hit.z is not None for hit in rows.shown):
        found.append(HitColumn("z", "z", 5, right=True))
    if any(hit.rarity is not None for hit in rows.shown):
        longest = max(len(_rarity_shown(hit)) for hit in rows.shown)
        found.append(HitColumn("rarity", "1 in", max(7, longest), right=True))
    if any(hit.back is not None for hit in rows.shown):
        found.append(HitColumn("back", "back", 6, right=True))
    if any(hit.beats is not None for hit in rows.shown):
        found.append(HitColumn("beats", "beats", 6, right=True))
    return found + _comparison(rows.result, _titles(rows.result))


def _name_of(column: HitColumn, size: int) -> HitColumn:
    return HitColumn(f"name{column.slot}", "name", size, column.slot)


def cell(
    rows: Rows,
    hit: Hit,
    column: HitColumn,
    marked: frozenset[str] = frozenset(),
    paint: Paint = _NO_PAINT,
) -> Text:
    """One cell, harmless whatever the genes are called."""
    fixed = partial(show.cell, kind=show.FixedCellText)
    key = column.key
    if column.slot is not None:
        gene = rows.genes(hit)[column.slot]
        if key.startswith("name"):
            return fixed(show.elided(gene.name, column.width), column.width, paint.muted)
        if gene.label in marked:
            return Text.assemble(
                show.cell(gene.shown, column.width - 2), (" ●", paint.mark), no_wrap=True, end=""
            )
        return fixed(gene.shown, column.width)
    if key == "rank":
        return fixed(str(hit.rank), column.width, paint.muted, right=True)
    if key == "bar":
        low, high = sorted((rows.result.hits[0].score, rows.result.hits[-1].score))
        drawn = show.bar(hit.score, low, high, BAR)
        return show.FixedCellText(drawn, paint.bar, no_wrap=True, end="")
    style = paint.mark if key in ("rarity", "back") and wording.is_rare(hit) else ""
    return fixed(_number_shown(hit, key), column.width, style, right=True)


def heading(rows: Rows, column: HitColumn) -> Text:
    """A column's title, with an arrow where it orders the rows."""
    arrow = ""
    if rows.sorting.key == column.key and rows.sorting != Sorting():
        arrow = "▴" if rows.sorting.reverse else "▾"
    return show.cell(f"{column.title}{arrow}", right=column.right)


def title(rows: Rows) -> str:
    """``20 pairs · exact · 0.04 s``: how many hits, and how they were found."""
    return " · ".join(part for part in (*_found(rows), show.seconds(rows.result.elapsed_s)) if part)


def border(rows: Rows, room: int, elsewhere: bool = False) -> str:
    """``20 pairs · exact · 0.04 s · direction · cap 0.8``, for the pane's border.

    What does not fit in ``room`` cells is left out, the least needed first; how the hits were
    measured and capped never is, nor their space where that is not the one that is open.

    Args:
        elsewhere: the answer is of another space than the one that is open.
    """
    result = rows.result
    counted, page, state = _found(rows)
    if elsewhere:
        counted += f" in {show.safe(result.space.name, 24)}"
    measured = [measure(result)]
    if result.options.cap is not None:
        measured.append(f"cap {result.options.cap:g}")
    rest = [result.options.type or "", *result.transforms]
    holds = wording.holds(result)
    took = show.seconds(result.elapsed_s)
    line = ""
    for parts in (
        (counted, page, state, took, *measured, holds, *rest),
        (counted, page, state, took, *measured, holds),
        (counted, state, took, *measured, holds),
        (counted, state, *measured, holds),
        (counted, state, *measured),
    ):
        line = " · ".join(part for part in parts if part)
        if width(line) <= room:
            break
    return line


def _found(rows: Rows) -> tuple[str, str, str]:
    """How many hits, which page of them, and whether that is all there is."""
    result = rows.result
    total, passed = len(result.hits), len(rows.hits)
    noun = _NOUNS[result.query.unknowns]
    if total != 1:
        noun = "analogies" if noun == "analogy" else f"{noun}s"
    counted = f"{show.count(total)} {noun}"
    if passed != total:
        counted = f"{show.count(passed)} of {show.count(total)} {noun}"
    page = f"page {rows.page + 1} of {rows.pages}" if rows.pages > 1 else ""
    if rows.growing:
        state = "best so far"
    elif not result.complete:
        state = "stopped, not exact"
    else:
        state = "exact" if result.exact else "approximate"
    return counted, page, state


def measure(result: Result) -> str:
    """By what the hits are scored: ``direction``, ``3CosAdd``, ``cosine`` …"""
    if result.query.kind in BY_OFFSET:
        named = measure_name(result.options.measure)
        return named if result.options.metric == "cosine" else f"{named}, {result.options.metric}"
    return result.options.metric


def measure_name(measure: str) -> str:
    """As the field writes it."""
    return {"3cosadd": "3CosAdd", "3cosmul": "3CosMul"}.get(measure, measure)


def subtitle(result: Result) -> str:
    """What stood beside the query, as far as it is not the usual."""
    options = result.options
    parts: list[str] = []
    if options.measure != "direction":
        parts.append(options.measure)
    if options.metric != "cosine":
        parts.append(options.metric)
    if options.cap is not None:
        parts.append(f"cap {options.cap:g}")
    if options.type:
        parts.append(options.type)
    if options.within:
        parts.append(f"within {options.within}")
    if options.per_gene:
        parts.append(f"at most {options.per_gene} a gene")
    if options.truncate:
        parts.append(f"first {show.count(options.truncate)} rows")
    return show.safe(" · ".join([*parts, *result.transforms]), 80)


def _titles(result: Result) -> list[str]:
    """A heading for each gene of a row: its letter where the question has places."""
    query = result.query
    if query.kind in (Kind.ARITHMETIC, Kind.NEAREST, Kind.LIST):
        return ["gene"]
    return [letter for letter, slot in query.lettered if slot is None or query.unknowns == 0]


def _comparison(result: Result, titles: Sequence[str]) -> list[HitColumn]:
    """Ranks and percentile, which only questions without ``?`` have."""
    if not result.hits or result.query.unknowns:
        return []
    hit = result.hits[0]
    first, *_, last = titles
    found = []
    if hit.rank_ab is not None:
        name = f"{last} of {first}" if hit.rank_ba is not None else f"{last}'s rank"
        found.append(HitColumn("ab", name, 8, right=True))
    if hit.rank_ba is not None:
        found.append(HitColumn("ba", f"{first} of {last}", 8, right=True))
    if hit.percentile is not None:
        found.append(HitColumn("pct", "percentile", 10, right=True))
    return found


def _passes(genes: Sequence[Gene], words: Sequence[str]) -> bool:
    if not words:
        return True
    texts = [f"{gene.symbol} {gene.label} {gene.name} {gene.type}".casefold() for gene in genes]
    return all(any(word in text for text in texts) for word in words)


def _opinion_shown(hit: Hit, place: int) -> str:
    return wording.opinion_text(hit.also[place], digits=2) if hit.also else ""


def _opinion(hit: Hit, place: int) -> float | None:
    """What another space says of a hit, the best least."""
    told = hit.also[place] if place < len(hit.also) else None
    if told is None:
        return None
    return told.rank if told.score is None or told.rank is not None else -told.score


def _number(hit: Hit, key: str) -> float | None:
    return {
        "rank": float(hit.rank),
        "score": hit.score,
        "bar": hit.score,
        "z": hit.z,
        "rarity": hit.rarity,
        "back": None if hit.back is None else float(hit.back),
        "beats": hit.beats,
        "ab": hit.rank_ab,
        "ba": hit.rank_ba,
        "pct": hit.percentile,
        "agreement": hit.agreement,
    }[key]


def _rarity_shown(hit: Hit) -> str:
    """N, its mark, and blanks in the place of a decimal, so that points align."""
    text = wording.rarity_text(hit)
    return text + (wording.RARE_MARK if wording.is_rare(hit) else " ") + "  " * ("." not in text)


def _number_shown(hit: Hit, key: str) -> str:
    if key == "score":
        return show.score(hit.score)
    if key == "z":
        return show.z(hit.z)
    if key == "rarity":
        return _rarity_shown(hit)
    if key == "back":
        return show.count(hit.back)
    if key == "beats":
        return "" if hit.beats is None else f"{100 * hit.beats:.0f} %"
    if key.startswith("also"):
        return _opinion_shown(hit, int(key[4:]))
    if key == "agreement":
        return wording.agreement_text(hit)
    if key == "pct":
        return show.percent(hit.percentile)
    return show.count(hit.rank_ab if key == "ab" else hit.rank_ba)
