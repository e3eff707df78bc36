"""Which gene a name means.

The exact label always wins; then come Ensembl IDs (with or without version), approved symbols,
previous symbols and aliases. Case is ignored where that leaves one gene. A name that means
several genes, or none, is never guessed, and the symbol of a gene that is not in the space never
means another gene by an alias.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from gene_tui.errors import AmbiguousGene, UnknownGene
from gene_tui.genes.annotation import Annotation
from gene_tui.genes.escaping import escape
from gene_tui.genes.names import NameIndex, NameKind, NameMatch
from gene_tui.genes.official import OfficialNames, is_same
from gene_tui.genes.spelling import as_written, close_places
from gene_tui.genes.spreadsheet import symbols_of_date
from gene_tui.genes.table import GeneTable
from gene_tui.model.gene import Gene
from gene_tui.model.links import ensembl_id

#: As many candidates or spellings as one line holds.
SHOWN = 4
SUGGESTIONS = 5

_OTHER_NAMES = {NameKind.PREVIOUS: "previous symbol", NameKind.ALIAS: "alias"}


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


@dataclass(frozen=True, slots=True)
class _Meant:
    """What a name means.

    Attributes:
        kind, rows: in what way, and which rows, ascending.
        bearer: the human gene whose symbol the name is, where no row is called so outright.
        lent: rows that have the name of an absent ``bearer`` as an alias.
        is_beyond: the gene is in the space, past the rows looked at.
    """

    kind: NameKind
    rows: list[int]
    bearer: Annotation | None = None
    lent: list[int] = field(default_factory=list)
    is_beyond: bool = False


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
        self._official = OfficialNames(genes, names)

    def warm_up(self) -> None:
        """Read what tells whose symbol or number a name is, for a program that stays open: a third
        of a second, which the first names would wait for. Nothing in spaces of other genes and of
        words.
        """
        self._official.warm_up()

    def resolve(self, name: str) -> Resolution:
        """The gene that ``name`` means.

        Raises:
            AmbiguousGene: it means several; the message lists them.
            UnknownGene: it means none; the hint lists the closest spellings.
        """
        meant = self._meant(name)
        if not meant.rows:
            raise self._unknown(name, meant)
        if len(meant.rows) > 1:
            raise self._ambiguous(name, meant.rows)
        return self._resolution(name, meant)

    def find(self, name: str) -> Resolution | None:
        """The gene that ``name`` means; None if that is not exactly one.

        As ``resolve``, but quick where many names are unknown: no spellings are compared.
        """
        meant = self._meant(name)
        return self._resolution(name, meant) if len(meant.rows) == 1 else None

    def is_known(self, name: str) -> bool:
        """Whether ``name`` means any genes of the space, be it several."""
        return bool(self._meant(name).rows)

    def is_official(self, name: str) -> bool:
        """Whether ``name`` is the symbol of a human gene, be that in this space of them or not."""
        return self._official.bearer(name) is not None

    def is_outright(self, name: str) -> bool:
        """Whether ``name`` is a label, an ID or a symbol of the space, of one gene or several."""
        kind, rows = self._lookup(name)
        return bool(rows) and kind <= NameKind.SYMBOL

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

    def _meant(self, name: str) -> _Meant:
        """The rows a name means, and the gene whose symbol it is where that one is absent."""
        kind, rows = self._lookup(name)
        if rows and kind <= NameKind.SYMBOL:
            return _Meant(kind, rows)
        bearer = self._official.bearer(name)
        if bearer is None:
            return _Meant(kind, rows)
        own = [row for row in rows if is_same(self._genes.gene(row), bearer)]
        if own:
            return _Meant(kind, own)
        own = self._official.rows(bearer)
        if own and own[0] >= self._n:
            return _Meant(kind, [], is_beyond=True)
        return _Meant(NameKind.PREVIOUS, [row for row in own if row < self._n], bearer, rows)

    def _resolution(self, name: str, meant: _Meant) -> Resolution:
        row = meant.rows[0]
        if meant.bearer is None:
            note = self._note(name, meant.kind, row)
        else:
            note = f"{_plain(name)} → {_plain(self._genes.gene(row).shown)} (its symbol now)"
        return Resolution(row, name, meant.kind, note)

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

    def _unknown(self, name: str, meant: _Meant) -> UnknownGene:
        if meant.bearer is not None:
            return self._absent(name, meant.bearer, meant.lent)
        beyond = self._names.exact(name) or self._names.exact(ensembl_id(name) or name)
        if beyond or meant.is_beyond:
            return UnknownGene(
                name,
                f"{_plain(name)} is not among the first {self._n:,} genes",
                "search more of them, or ask for another gene",
            )
        message = f"no gene is called {_plain(name)}"
        if dated := symbols_of_date(name):
            shown = " or ".join(dated)
            return UnknownGene(
                name,
                f"{message}: a spreadsheet has turned a symbol into a date",
                f"it was {shown}: ask for that",
                [symbol for symbol in dated if self.find(symbol)],
            )
        if known := self._official.of_number(name):
            return self._numbered(name, known)
        if makers := [gene.symbol for gene in self._official.of_protein(name)]:
            listed = ", ".join(map(_plain, makers))
            return UnknownGene(
                name,
                f"{message}: it is the protein of several genes",
                f"ask for one of them: {listed}",
                [symbol for symbol in makers if self.find(symbol)],
            )
        close = self.suggestions(name)
        if not close:
            return UnknownGene(
                name, message, "give a symbol, an Ensembl ID or a label of this space"
            )
        listed = ", ".join(_plain(other) for other in close)
        return UnknownGene(name, message, f"close to it: {listed}", close)

    def _numbered(self, name: str, known: Annotation) -> UnknownGene:
        """What to say of the number or ID of a human gene, which no row is called by."""
        rows = [row for row in self._official.rows(known) if row < self._n]
        about = f" ({_plain(known.name)})" if known.name else ""
        if not rows:
            # Numbers are close to many others, IDs to that of a copy.
            close = self.suggestions(name) if ensembl_id(name) else []
            listed = ", ".join(map(_plain, close))
            return UnknownGene(
                name,
                f"{_plain(name)} is {known.symbol}{about}, a human gene that is not in this space",
                f"close to it: {listed}" if close else "ask for another gene, or in another space",
                close,
            )
        ways = [self._unmistakable(self._genes.gene(row)) for row in rows[:SHOWN]]
        return UnknownGene(
            name,
            f"no gene is called {_plain(name)}: it is an ID of {known.symbol}{about}",
            f"ask for {' or '.join(map(_plain, ways))}",
            ways,
        )

    def _absent(self, name: str, bearer: Annotation, lent: list[int]) -> UnknownGene:
        """What to say of the symbol of a human gene that the space does not hold."""
        is_it = "is" if name.upper() == bearer.symbol.upper() else f"is {bearer.symbol},"
        about = f" ({_plain(bearer.name)})" if bearer.name else ""
        hint = "ask for another gene, or in another space"
        if lent:
            others = ", ".join(
                _plain(self._unmistakable(self._genes.gene(r))) for r in lent[:SHOWN]
            )
            hint = f"here {_plain(name)} is only an alias, of {others}"
        proteins = [known for known in bearer.uniprot if self.find(known)]
        if proteins:
            hint = f"its protein is here, under another gene that makes it: {', '.join(proteins)}"
        return UnknownGene(
            name, f"{_plain(name)} {is_it} a human gene{about} that is not in this space", hint
        )

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
                if self._weakness(place) > NameKind.SYMBOL and self._official.is_stolen(key, row):
                    continue
                rows.add(row)
                written[key] = as_written(self._genes.gene(row), key)
                if len(written) == SUGGESTIONS:
                    break
        return list(written.values())


def _spellings(gene: Gene, kind: NameKind) -> tuple[str, ...]:
    if kind == NameKind.PREVIOUS:
        return gene.previous
    if kind == NameKind.ALIAS:
        return gene.aliases
    return ((gene.label, gene.id, gene.symbol)[kind],)


def _described(gene: Gene) -> str:
    names = " ".join(dict.fromkeys(_plain(name) for name in (gene.shown, gene.label)))
    return f"{names} ({_plain(gene.name, 40)})" if gene.name else names


def _plain(text: str, width: int = 60) -> str:
    """Foreign text as a part of one line."""
    safe = escape(text) if text.strip() else f'"{escape(text)}"'
    return safe if len(safe) <= width else safe[: width - 1] + "…"
