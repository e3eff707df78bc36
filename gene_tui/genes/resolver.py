"""Which gene a name means.

The exact label always wins; then come Ensembl IDs (with or without version), approved symbols,
previous symbols and aliases. Case is ignored where that leaves one gene. A name that means
several genes, or none, is never guessed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from gene_tui.errors import AmbiguousGene, UnknownGene
from gene_tui.genes.escaping import escape
from gene_tui.genes.gene import Gene
from gene_tui.genes.links import ensembl_id
from gene_tui.genes.names import NameIndex, NameKind, NameMatch
from gene_tui.genes.spelling import as_written, close_places
from gene_tui.genes.table import GeneTable

#: As many candidates or spellings as one line holds.
SHOWN = 4
SUGGESTIONS = 5

_OTHER_NAMES = {NameKind.PREVIOUS: "previous symbol", NameKind.ALIAS: "alias"}
_OPERATORS = re.compile(r"(::|[:~+-])")
_WEIGHT = re.compile(r"\d+(\.\d*)?\*")
#: More operators than this in one word are no glued query.
_GLUED = 8


@dataclass(frozen=True, slots=True)
class Resolution:
    """The gene a name means.

    Attributes:
        row: its row. name: as typed.
        via: in what way the name means it.
        note: what to tell the user ("MYL11 → MYLPF (alias)"); "" where the name is the gene's
            label, ID or approved symbol.
    """

    row: int
    name: str
    via: NameKind
    note: str = ""


class Resolver:
    """Turns names into rows of a space.

    Args:
        genes: the space's records. names: its name index.
        n: only rows below this count (a truncated view has fewer than the table).
    """

    def __init__(self, genes: GeneTable, names: NameIndex, n: int) -> None:
        self._genes = genes
        self._names = names
        self._n = n

    def resolve(self, name: str) -> Resolution:
        """The gene that ``name`` means.

        Raises:
            AmbiguousGene: it means several; the message lists them.
            UnknownGene: it means none; the hint lists the closest spellings.
        """
        kind, rows = self._lookup(name)
        if not rows:
            raise self._unknown(name)
        if len(rows) > 1:
            raise self._ambiguous(name, rows)
        return Resolution(rows[0], name, kind, self._note(name, kind, rows[0]))

    def find(self, name: str) -> Resolution | None:
        """The gene that ``name`` means; None if that is not exactly one.

        As ``resolve``, but quick where many names are unknown: no spellings are compared.
        """
        kind, rows = self._lookup(name)
        if len(rows) != 1:
            return None
        return Resolution(rows[0], name, kind, self._note(name, kind, rows[0]))

    def suggestions(self, name: str) -> list[str]:
        """At most five names spelled almost like ``name``, best first.

        Fewer edits first; then labels, IDs and symbols before previous symbols and aliases.
        Where nothing is close, names that begin with it.
        """
        if not name.strip():
            return []
        bare = ensembl_id(name)
        short = len(name) < 4
        # Short names are within two edits of anything, IDs within two edits of many others.
        most = min(len(name) - 1, 1 if bare or short else 2)
        places, distances = close_places(self._names, bare or name, most)
        ranked = sorted(
            zip(distances.tolist(), places.tolist(), strict=True),
            key=lambda found: (found[0], self._weakness(found[1]), self._names.key(found[1])),
        )
        close = [place for _, place in ranked]
        if short or bare or not close:
            close = [*self._beginning(bare or name), *close]
        return self._written(close)

    def spaced(self, name: str) -> str:
        """The query in an unknown name that is known ones glued together, "" if it is none.

        ``ACTA2:JAGN1`` gives ``ACTA2 : JAGN1``.
        """
        pieces = _OPERATORS.split(name)
        if not 1 < len(pieces) <= 2 * _GLUED + 1:
            return ""
        return " ".join(_quoted(part) for part in self._split(pieces))

    def _lookup(self, name: str) -> tuple[NameKind, list[int]]:
        """The strongest kind in which the name means any rows, and those rows, ascending."""
        matches = self._matches(name)
        if bare := ensembl_id(name):
            same = (NameKind.LABEL, NameKind.ID)
            matches += [
                NameMatch(match.row, NameKind.ID)
                for match in self._matches(bare)
                if match.kind in same
            ]
        for kind in NameKind:
            rows = sorted({match.row for match in matches if match.kind == kind})
            if len(rows) > 1:
                # Case decides where it can.
                same_case = [row for row in rows if name in _spellings(self._genes.gene(row), kind)]
                rows = same_case or rows
            if rows:
                return kind, rows
        return NameKind.ALIAS, []

    def _matches(self, name: str) -> list[NameMatch]:
        return [match for match in self._names.exact(name) if match.row < self._n]

    def _note(self, name: str, kind: NameKind, row: int) -> str:
        gene = self._genes.gene(row)
        if kind in _OTHER_NAMES:
            return f"{_plain(name)} → {_plain(gene.shown)} ({_OTHER_NAMES[kind]})"
        if kind == NameKind.LABEL and name != gene.label and not (gene.id or gene.symbol):
            # Among words another case is another word.
            return f"{_plain(name)} → {_plain(gene.label)} (other case)"
        return ""

    def _ambiguous(self, name: str, rows: list[int]) -> AmbiguousGene:
        genes = [self._genes.gene(row) for row in rows]
        listed = "; ".join(_described(gene) for gene in genes[:SHOWN])
        if len(genes) > SHOWN:
            listed += f"; and {len(genes) - SHOWN} more"
        ways = [_plain(self._unmistakable(gene)) for gene in genes[: 2 * SHOWN]]
        more = " …" if len(genes) > len(ways) else ""
        return AmbiguousGene(
            name,
            f"{_plain(name)} could mean {len(genes):,} genes: {listed}",
            f"type the one you mean: {', '.join(ways)}{more}",
            [gene.label for gene in genes],
        )

    def _unmistakable(self, gene: Gene) -> str:
        """The gene's symbol where that means no other one, else its label."""
        if gene.symbol and self._lookup(gene.symbol)[1] == [gene.row]:
            return gene.symbol
        return gene.label

    def _unknown(self, name: str) -> UnknownGene:
        beyond = self._names.exact(name) or self._names.exact(ensembl_id(name) or name)
        if beyond:
            return UnknownGene(
                name,
                f"{_plain(name)} is not among the first {self._n:,} genes",
                "search more of them, or ask for another gene",
            )
        message = f"no gene is called {_plain(name)}"
        if spaced := self.spaced(name):
            return UnknownGene(name, message, f"with spaces it is a query: {_plain(spaced, 200)}")
        close = self.suggestions(name)
        if not close:
            return UnknownGene(
                name, message, "give a symbol, an Ensembl ID or a label of this space"
            )
        listed = ", ".join(_plain(other) for other in close)
        return UnknownGene(name, message, f"close to it: {listed}", close)

    def _weakness(self, place: int) -> int:
        return max(int(self._names.kinds[place]), int(NameKind.SYMBOL))

    def _beginning(self, text: str) -> list[int]:
        """Places of names that begin with ``text``: symbols first, then the shortest."""
        start, stop = self._names.prefix_range(text)
        places = range(start, min(stop, start + 1000))
        return sorted(
            places, key=lambda place: (self._weakness(place), len(self._names.key(place)), place)
        )

    def _written(self, places: list[int]) -> list[str]:
        """The first few names at these places as their genes spell them; one per gene."""
        written: dict[str, str] = {}
        rows: set[int] = set()
        for place in places:
            row = int(self._names.rows[place])
            key = self._names.key(place)
            if row < self._n and row not in rows and key not in written:
                rows.add(row)
                written[key] = as_written(self._genes.gene(row), key)
                if len(written) == SUGGESTIONS:
                    break
        return list(written.values())

    def _split(self, pieces: list[str]) -> list[str]:
        """Known names and the operators between them, [] if the pieces are not that."""
        for end in range(len(pieces), 0, -2):
            left = "".join(pieces[:end])
            if left == "?" or self._lookup(_WEIGHT.sub("", left, count=1))[1]:
                if end == len(pieces):
                    return [left]
                if rest := self._split(pieces[end + 1 :]):
                    return [left, pieces[end], *rest]
        return []


def _spellings(gene: Gene, kind: NameKind) -> tuple[str, ...]:
    if kind == NameKind.PREVIOUS:
        return gene.previous
    if kind == NameKind.ALIAS:
        return gene.aliases
    return ((gene.label, gene.id, gene.symbol)[kind],)


def _described(gene: Gene) -> str:
    names = " ".join(dict.fromkeys(_plain(name) for name in (gene.shown, gene.label)))
    return f"{names} ({_plain(gene.name, 40)})" if gene.name else names


def _quoted(part: str) -> str:
    return f'"{part}"' if any(character.isspace() for character in part) else part


def _plain(text: str, width: int = 60) -> str:
    """Foreign text as a part of one line."""
    safe = escape(text) if text.strip() else f'"{escape(text)}"'
    return safe if len(safe) <= width else safe[: width - 1] + "…"
