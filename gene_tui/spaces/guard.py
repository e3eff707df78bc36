"""What is doubtful in what was read, whatever its format: looked at while it is written.

A reading that cannot be right is refused; one that looks wrong gets a warning that names the
doubt and what settles it. Warnings are rare: each was tried on real spaces of genes and words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from gene_tui.arrays import Floats, Matrix
from gene_tui.errors import FileError
from gene_tui.genes.known import known
from gene_tui.genes.labels import label_kind
from gene_tui.genes.spreadsheet import symbols_of_date
from gene_tui.genes.titles import is_label, is_remark, meaning
from gene_tui.model.gene import Genes
from gene_tui.spaces.source import WARNING, Block, Source

#: Labels looked at when it is asked whether they are genes.
_ASKED = 10_000
#: Numbers looked at in one go: their copies in double precision stay in the processor's cache.
_AT_ONCE = 1 << 17
#: Fewer rows do not show what is usual.
_LEAST_ROWS = 5
#: A column is suspected when its spread is so many times that of the next ones.
_FAR_SPREAD = 100.0
_FAR_SPREAD_IF_COUNTED = 1000.0
#: A row is suspected when it is so many times as long as the median one, and so many times the
#: usual deviation of the logarithm away.
_OUT_OF_STEP = 1e6
_FAR_NORM, _FAR_DEVIATION = 100.0, 8.0
#: Formats whose columns are cells of a table, where a number may mean something else.
_TABLES = frozenset({"table", "records", "parquet", "glove", "projector"})
_BINARY = frozenset({"word2vec-binary"})

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_CODE = re.compile(r"[\[{]\s*['\"]|<[\w.]+ object at 0x|b'.*'|b\".*\"")
_FRACTION = re.compile(r"[-+]?\d*\.\d+(?:[eE][-+]?\d+)?")
_SHEET_NUMBER = re.compile(r"\d(?:\.\d+)?E\+\d{2,3}")
_DIMENSION = re.compile(
    r"(dims?|dimension|pc|latent|factor|topic|component|emb)[ _.-]?\d+", re.IGNORECASE
)
_BARE = re.compile(r"\d+(?:\.0)?")


class Guard:
    """Collects figures of the rows of a source as they are written, then reports what is doubtful.

    Memory grows with the number of rows by four bytes each, not with the vectors.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        d = source.dims
        self._rows = 0
        self._sums = np.zeros(d)
        self._squares = np.zeros(d)
        self._whole: npt.NDArray[np.bool_] = np.ones(d, dtype=bool)
        self._filled = np.zeros(d, dtype=np.int64)
        self._hashes = np.zeros(d, dtype=np.uint64)
        self._norms: list[Matrix] = []
        self._longest: list[tuple[float, str]] = []

    def blocks(self) -> Iterator[Block]:
        """The source's rows, as they come.

        Raises:
            FileError: a line of titles was read as a row.
        """
        for block in self._source.blocks:
            self._look(block)
            yield block

    def doubts(self, labels: Sequence[str], columns: Mapping[str, Sequence[str]]) -> list[str]:
        """Warnings about what was read; [] as a rule.

        Args:
            labels: those of the rows that were kept.
            columns: what the source says beside them, by name of ``genes.gene.FIELDS``.

        Raises:
            FileError: the reading cannot be right.
        """
        some = labels[:: len(labels) // _ASKED + 1]
        return [
            *self._of_labels(labels, some),
            *self._of_genes(some, columns),
            *self._of_columns(),
            *self._of_rows(),
        ]

    @property
    def _path(self) -> Path:
        return self._source.called

    def _refused(self, what: str, hint: str) -> FileError:
        return FileError(f"{self._path}: {what}", hint)

    def _look(self, block: Block) -> None:
        """Remember what one block adds."""
        finite = np.all(np.isfinite(block.vectors), axis=1)
        vectors = block.vectors if finite.all() else block.vectors[finite]
        if not len(vectors):
            return
        self._check_titles(block, vectors, finite)
        step = max(1, _AT_ONCE // vectors.shape[1])
        parts = [self._add(vectors[at : at + step]) for at in range(0, len(vectors), step)]
        norms = np.concatenate(parts)
        self._norms.append(norms.astype(np.float32))
        places = np.flatnonzero(finite)
        for row in np.argsort(norms)[-3:]:
            self._longest.append((float(norms[row]), block.labels[int(places[row])]))
        self._longest = sorted(self._longest)[-3:]

    def _add(self, vectors: Matrix) -> Floats:
        """Add some rows to the figures of the columns; the lengths of the rows."""
        wide = vectors.astype(np.float64)
        self._sums += wide.sum(axis=0)
        # Most columns turn out not to be of whole numbers with the first rows.
        whole = np.flatnonzero(self._whole)
        if len(whole):
            some = wide[:, whole]
            self._whole[whole] = np.all(some == np.rint(some), axis=0)
            self._filled[whole] += np.count_nonzero(some, axis=0)
        # Equal columns have equal sums of their bits, each row weighed by an odd number.
        order = np.arange(self._rows, self._rows + len(vectors), dtype=np.uint64)
        weights = order * np.uint64(0x9E3779B97F4A7C15) | np.uint64(1)
        bits = np.ascontiguousarray(vectors).view(np.uint32).astype(np.uint64)
        self._hashes += np.einsum("ij,i->j", bits, weights)
        squares = np.square(wide, out=wide)
        self._squares += squares.sum(axis=0)
        self._rows += len(vectors)
        return np.asarray(np.sqrt(squares.sum(axis=1)))

    def _check_titles(self, block: Block, vectors: Matrix, finite: npt.NDArray[np.bool_]) -> None:
        """Refuse a row that holds 0 1 2 … or 1 2 3 …: titles that were taken for a gene."""
        d = vectors.shape[1]
        if d < 4:
            return
        counting = np.arange(d, dtype=np.float32)
        for start in (0, 1):
            places = np.flatnonzero(vectors[:, -1] == d - 1 + start)
            for row in places[:100]:
                if np.array_equal(vectors[row], counting + np.float32(start)):
                    label = block.labels[int(np.flatnonzero(finite)[row])]
                    raise self._refused(
                        f"the row '{_shown(label)}' holds {start}, {start + 1}, {start + 2} …: "
                        "a line of titles was read as a gene",
                        "leave that line out, or say --source-format table if it is one",
                    )

    def _of_labels(self, labels: Sequence[str], some: Sequence[str]) -> list[str]:
        doubts = []
        odd = [label for label in labels if _CONTROL.search(label)]
        if odd and self._source.format in _BINARY:
            raise self._refused(
                f"the label {_quoted(odd[0])} has control characters: names and numbers are out "
                "of step",
                "a name with a blank in it does that: write the file as text (.vec)",
            )
        if odd:
            doubts.append(
                f"control characters in {_counted(len(odd), 'labels')}, as {_quoted(odd[0])}: "
                "is the file of the format it was read as (--source-format)?"
            )
        code = [label for label in labels if _CODE.match(label)]
        if 2 * len(code) >= len(labels):
            raise self._refused(
                f"its labels are no names but pieces of code, as {_quoted(code[0])}",
                "--source-format says what it is, --labels-from which column names the rows",
            )
        if code and _genes_among(some) >= 0.2:
            doubts.append(
                f"pieces of code as {_counted(len(code), 'labels')}, as {_quoted(code[0])}"
            )
        fractions = [label for label in some if _FRACTION.fullmatch(label.removesuffix(".0"))]
        if 2 * len(fractions) >= len(some):
            raise self._refused(
                f"its labels are numbers, as {_shown(fractions[0])}",
                "--labels-from says which column names the rows",
            )
        if (
            self._source.format in _TABLES
            and not self._source.counted
            and _LEAST_ROWS <= self._rows < self._source.dims
            and not any(known(some))
        ):
            doubts.append(
                f"there are fewer rows ({self._rows:,}) than columns ({self._source.dims:,}) and "
                "no label is a known gene: --genes-in says which way it lies"
            )
        dims = sum(bool(_DIMENSION.fullmatch(label)) for label in some)
        if 2 * dims > len(some):
            doubts.append(
                f"the labels are called as dimensions are, as {_shown(some[0])}: "
                "--genes-in columns turns a table"
            )
        return [WARNING + doubt for doubt in doubts]

    def _of_genes(self, some: Sequence[str], columns: Mapping[str, Sequence[str]]) -> list[str]:
        doubts = []
        symbols = [symbol for symbol in columns.get("symbol", ()) if symbol]
        bare = [symbol for symbol in symbols if _BARE.fullmatch(symbol)]
        if bare and 2 * len(bare) >= len(symbols):
            raise self._refused(
                f"its symbols are bare numbers, as {_shown(bare[0])}: codes of categories?",
                "leave that column out, or write the symbols themselves into it",
            )
        if 20 * len(bare) > len(symbols):
            doubts.append(f"bare numbers as {_counted(len(bare), 'symbols')}, as {_shown(bare[0])}")
        odd = [label for label in some if is_remark(label) or is_label(label) or meaning(label)]
        odd = [label for label, gene in zip(odd, known(odd), strict=True) if not gene]
        if odd and _genes_among(some) >= 0.2:
            doubts.append(f"labels such as {_shown(odd[0])} are titles or totals, no genes?")
        for names, what in ((some, "labels"), (symbols, "symbols")):
            dates = [name for name in names if symbols_of_date(name)]
            sheet = dates + [name for name in names if _SHEET_NUMBER.fullmatch(name)]
            if sheet and (2 * len(sheet) >= len(names) or _genes_among(names) >= 0.2):
                example = sheet[0]
                was = " or ".join(symbols_of_date(example)) or "an identifier"
                count = _counted(len(sheet), what)
                doubts.append(
                    f"a spreadsheet has turned {count} into dates or numbers, as "
                    f"{_shown(example)}, which was {was}: take the file as it was before"
                )
        return [WARNING + doubt for doubt in doubts]

    def _of_columns(self) -> list[str]:
        if self._rows < _LEAST_ROWS or self._source.dims < 2:
            return []
        means = self._sums / self._rows
        spread = np.sqrt(np.maximum(self._squares / self._rows - np.square(means), 0))
        varies = spread > 1e-6 * np.maximum(np.abs(means), 1e-30)
        doubts = []
        if twin := self._twins(varies):
            doubts.append(f"{self._called(twin[1])} repeats {self._called(twin[0])} in every row")
        whole = np.flatnonzero(self._whole & varies & (self._filled >= _LEAST_ROWS))
        if (
            self._source.format in _TABLES
            and len(whole)
            and 2 * len(whole) <= self._source.dims
            and not np.any(self._whole & varies & (self._filled < _LEAST_ROWS))
        ):
            doubts.append(
                f"{self._list(whole)} {'holds' if len(whole) == 1 else 'hold'} whole numbers "
                f"and the others do not: no dimension? {self._option}"
            )
        elif len(far := self._far(spread[varies], np.flatnonzero(varies))):
            doubts.append(
                f"{self._list(far)} {'is' if len(far) == 1 else 'are'} far wider than the "
                f"others: no dimension? {self._option}"
            )
        return [WARNING + doubt for doubt in doubts]

    @property
    def _option(self) -> str:
        named = "--dims 'pattern of titles' says which columns are"
        return named if self._source.titles else "leave it out of the file if so"

    def _twins(self, varies: npt.NDArray[np.bool_]) -> tuple[int, int] | None:
        """Two columns that are equal, if there are any."""
        seen: dict[int, int] = {}
        for column in np.flatnonzero(varies).tolist():
            value = int(self._hashes[column])
            if value in seen:
                return seen[value], column
            seen[value] = column
        return None

    def _far(
        self, spread: npt.NDArray[np.float64], places: npt.NDArray[np.intp]
    ) -> npt.NDArray[np.intp]:
        """The columns above a wide gap in the spreads, where they are the fewer."""
        tight = self._source.format in _TABLES and not self._source.counted
        least = _FAR_SPREAD if tight else _FAR_SPREAD_IF_COUNTED
        order = np.argsort(-spread)
        values = spread[order]
        for count in range(1, len(values) // 2 + 1):
            if values[count - 1] > least * values[count]:
                return np.sort(places[order[:count]])
        return places[:0]

    def _of_rows(self) -> list[str]:
        if self._rows < _LEAST_ROWS:
            return []
        norms = np.concatenate(self._norms)
        norms = norms[norms > 0]
        if not len(norms):
            return []
        logs = np.log(norms.astype(np.float64))
        median = float(np.median(logs))
        deviation = float(np.median(np.abs(logs - median)))
        limit = max(np.log(_FAR_NORM), _FAR_DEVIATION * deviation)
        far = int(np.count_nonzero(logs > median + limit))
        if not far:
            return []
        longest, label = self._longest[-1]
        times = longest / np.exp(median)
        if self._source.format in _BINARY and times > _OUT_OF_STEP:
            raise self._refused(
                f"the row '{_shown(label)}' is {times:,.0g} times as long as the median: names and "
                "numbers are out of step",
                "a name with a blank in it does that: write the file as text (.vec)",
            )
        return [
            f"{WARNING}{far:,} {'row is' if far == 1 else 'rows are'} far longer than the others: "
            f"'{_shown(label)}' {times:,.0f} times as long as the median; is it damaged there?"
        ]

    def _called(self, column: int) -> str:
        if self._source.titles:
            return f"column '{_shown(self._source.titles[column])}'"
        return f"dimension {column + 1:,}"

    def _list(self, columns: npt.NDArray[np.intp]) -> str:
        named = [self._called(int(column)) for column in columns[:4]]
        more = f" and {len(columns) - 4:,} more" if len(columns) > 4 else ""
        return ", ".join(named) + more


def _genes_among(names: Sequence[str]) -> float:
    """Which share of some names are known genes; 1 where they are Ensembl IDs."""
    some = names[:: len(names) // 2000 + 1]
    return sum(known(some)) / len(some) if some else 0.0


def known_note(labels: Sequence[str], genes: Genes) -> str:
    """How many of the labels are known genes, where they look like genes and not all are."""
    if label_kind(labels) != "symbol":
        return ""
    names = zip(labels, genes.id, genes.entrez, genes.hgnc, strict=True)
    rest = [label for label, *numbers in names if not any(numbers)]
    count = len(labels) - len(rest) + sum(known(rest))
    if 10 * count >= 9 * len(labels):
        return ""
    return f"{count:,} of {len(labels):,} labels are known genes of human or mouse"


def _counted(count: int, what: str) -> str:
    """ "1 label", "6 labels"."""
    return f"{count:,} {what.removesuffix('s') if count == 1 else what}"


def _shown(text: str) -> str:
    return "".join(c if c.isprintable() else "�" for c in text[:40])


def _quoted(text: str) -> str:
    return repr(text[:40])
