"""What a half-typed name may become: names that begin so, gene names that hold it, near misses.

Three stages, each only where the ones before left room: names in the index that begin with the
text; words in the genes' full names; symbols at most two edits away.
"""

from __future__ import annotations

import threading
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import accumulate, islice
from typing import TYPE_CHECKING, Literal

from gene_tui.genes.escaping import escape
from gene_tui.genes.labels import label_kind
from gene_tui.genes.names import NameIndex, NameKind
from gene_tui.genes.official import OfficialNames
from gene_tui.genes.spelling import as_written, close_places
from gene_tui.genes.table import GeneTable
from gene_tui.run import IsCancelled, check, never

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

Stage = Literal["prefix", "name", "spelling"]

#: Full names are searched for texts this long and more: shorter ones are in most of them.
_NAME_FROM = 3
#: As many occurrences in full names as are looked at.
_OCCURRENCES = 500
#: As many genes go by the text as an alias as are put before the symbols that begin with it.
_WHOLE_ALIASES = 3


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A gene that the text may mean.

    Attributes:
        row, label, symbol, name: the gene's.
        matched: its name, or its full name, that the text was found in.
        stage: how: "prefix", "name" or "spelling".
    """

    row: int
    label: str
    symbol: str
    name: str
    matched: str
    stage: Stage


class Suggester:
    """Suggests genes while a name is typed.

    Args:
        table: the space's records. names: its name index.
        n: only rows below this count.
    """

    def __init__(self, table: GeneTable, names: NameIndex, n: int) -> None:
        self._table = table
        self._names = names
        self._n = n
        self._official = OfficialNames(table, names)
        self._lock = threading.Lock()
        self._made: _Prepared | None = None

    def warm(self) -> None:
        """Prepare for quick answers (some 0.1 s at 20,000 genes); from any thread."""
        self._prepared()

    def suggest(
        self, text: str, limit: int = 10, cancelled: IsCancelled = never
    ) -> list[Suggestion]:
        """At most ``limit`` genes, best first, each once.

        Raises:
            Cancelled: the answer is no longer wanted.
        """
        text = text.strip()
        if not text or limit < 1:
            return []
        prepared = self._prepared()
        found: dict[int, Suggestion] = {}
        stages: tuple[tuple[Stage, Iterator[tuple[int, str]]], ...] = (
            ("prefix", self._beginning(text, prepared)),
            ("name", self._named(text, prepared)),
            ("spelling", self._misspelled(text, prepared, cancelled)),
        )
        for stage, matches in stages:
            check(cancelled)
            for row, key in matches:
                if row not in found:
                    found[row] = self._suggestion(row, key, stage)
                if len(found) == limit:
                    return list(found.values())
        return list(found.values())

    def _suggestion(self, row: int, key: str, stage: Stage) -> Suggestion:
        gene = self._table.gene(row)
        matched = gene.name if stage == "name" else as_written(gene, key)
        return Suggestion(row, gene.label, gene.symbol, gene.name, matched, stage)

    def _prepared(self) -> _Prepared:
        with self._lock:
            if self._made is None:
                self._made = _Prepared.of(self._table, self._names, self._n)
            return self._made

    def _beginning(self, text: str, prepared: _Prepared) -> Iterator[tuple[int, str]]:
        """Entries that begin with the text: symbols, other names, IDs; the shortest first.

        Names that are the whole text come before all; of aliases, only a few do.
        """
        import numpy as np

        start, stop = self._names.prefix_range(text)
        rows = self._names.rows[start:stop]
        lengths = prepared.lengths[start:stop]
        ranks = prepared.ranks[start:stop]
        whole = lengths == len(escape(text.casefold()).encode())
        whole &= (ranks == 0) | (np.cumsum(whole & (ranks > 0)) <= _WHOLE_ALIASES)
        # Places are in the order of the names already, and the sort is stable.
        for place in np.lexsort((lengths, ranks, ~whole)):
            row, key = int(rows[place]), self._names.key(start + int(place))
            lent = self._names.kinds[start + place] > NameKind.SYMBOL
            if row < self._n and not (lent and self._official.is_stolen(key, row)):
                yield row, key

    def _named(self, text: str, prepared: _Prepared) -> Iterator[tuple[int, str]]:
        """Genes whose full name holds the text, at the beginning of a word first."""
        if len(text) < _NAME_FROM:
            return
        plain = text.casefold()
        hits = list(islice(_occurrences(prepared.text, plain), _OCCURRENCES))
        hits.sort(key=lambda place: prepared.text[place - 1 : place].isalnum())
        for place in hits:
            yield bisect_right(prepared.starts, place) - 1, ""

    def _misspelled(
        self, text: str, prepared: _Prepared, cancelled: IsCancelled
    ) -> Iterator[tuple[int, str]]:
        """Genes whose symbol is at most two edits away, the nearest first."""
        import numpy as np

        most = min(len(text) - 1, 2)
        places, distances = close_places(
            self._names, text, most, prepared.symbols, cancelled=cancelled
        )
        for hit in np.lexsort((prepared.lengths[places], distances)):
            place = int(places[hit])
            if self._names.rows[place] < self._n:
                yield int(self._names.rows[place]), self._names.key(place)


@dataclass(frozen=True, slots=True)
class _Prepared:
    """What answers are made from, computed once.

    Attributes:
        lengths: (names,) bytes of each name. ranks: (names,) the lower, the better to suggest.
        symbols: (names,) bool, which are symbols (or, in a word space, the words).
        text: the genes' full names, casefolded, one a line. starts: where each begins.
    """

    lengths: npt.NDArray[np.int64]
    ranks: npt.NDArray[np.uint8]
    symbols: npt.NDArray[np.bool_]
    text: str
    starts: list[int]

    @classmethod
    def of(cls, table: GeneTable, names: NameIndex, n: int) -> _Prepared:
        import numpy as np

        # Where labels are Ensembl IDs, "EN" is the beginning of all of them.
        ids = label_kind(table.column("label")[:n]) == "ensembl"
        best = {NameKind.SYMBOL, NameKind.LABEL} - ({NameKind.LABEL} if ids else set())
        order = np.zeros(len(NameKind), dtype=np.uint8)
        for kind in NameKind:
            order[kind] = 0 if kind in best else 1 + (kind in (NameKind.LABEL, NameKind.ID))
        ranks = order[names.kinds]
        full = [name.casefold().replace("\n", " ") for name in table.column("name")[:n]]
        starts = [0, *accumulate(len(name) + 1 for name in full)]
        return cls(np.diff(names.offsets) - 1, ranks, ranks == 0, "\n".join(full), starts)


def _occurrences(text: str, part: str) -> Iterable[int]:
    place = text.find(part)
    while place >= 0:
        yield place
        # One hit a line is enough.
        end = text.find("\n", place)
        place = text.find(part, end) if end >= 0 else -1
