"""Analogy sets: from a file of relations to questions A : B :: C : ? whose answer D is known.

A file has a line ``: relation`` for each relation, followed by lines of words:

    two words    a pair of the relation. Every two pairs (A, B) and (C, D) that share no word
                 make two questions, A : B :: C : ? and C : D :: A : ?. Only the second word
                 of a pair is ever asked for.
    four words   a question A B C D as it stands.

Words are separated by blanks, or by tabs where they contain blanks themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from gene_tui.arrays import Rows
from gene_tui.errors import FileError
from gene_tui.text import clip

_LONGEST_LINE = 10_000
#: Lines of four words are handed on this many at a time.
_BATCH = 4096


@dataclass(slots=True)
class Relation:
    """One relation as the file has it.

    Attributes:
        name: its name.
        words: lines of equally many words, two or four, in the file's order.
    """

    name: str
    words: list[tuple[str, ...]] = field(default_factory=list)


@dataclass(frozen=True, slots=True, eq=False)
class Resolved:
    """One relation with its words looked up in a space.

    Attributes:
        name: the relation's name.
        names: (lines, 2 or 4) int64, equal numbers for equal words.
        rows: (lines, 2 or 4) int64, the words' rows; -1 for a word that is not known.
        unknown: the words that are not known, in the file's order.
    """

    name: str
    names: Rows
    rows: Rows
    unknown: tuple[str, ...]

    @property
    def pairs(self) -> Rows:
        """The different known pairs of the relation; (p, 2) int64, in the file's order."""
        pairs: Rows = self.rows.reshape(-1, 2)
        pairs = pairs[(pairs >= 0).all(axis=1) & (pairs[:, 0] != pairs[:, 1])]
        if not len(pairs):
            return pairs
        _, first = np.unique(pairs, axis=0, return_index=True)
        return pairs[np.sort(first)]

    def questions(self) -> Iterator[tuple[int, Rows]]:
        """All questions in parts: how many the file asks, and the covered ones, (q, 4) int64.

        Covered are questions of known words; of lines of pairs, also of four different rows
        (two words may name one gene).
        """
        if self.names.shape[1] == 4:
            for start in range(0, len(self.rows), _BATCH):
                part = self.rows[start : start + _BATCH]
                yield len(part), part[(part >= 0).all(axis=1)]
            return
        for place in range(len(self.rows)):
            apart = _sharing_nothing(self.names, place)
            rows = np.empty((len(self.rows), 4), dtype=np.int64)
            rows[:, :2] = self.rows[place]
            rows[:, 2:] = self.rows
            covered = apart & (rows >= 0).all(axis=1) & _sharing_nothing(self.rows, place)
            covered &= (rows[:, 0] != rows[:, 1]) & (rows[:, 2] != rows[:, 3])
            yield int(apart.sum()), rows[covered]


def _sharing_nothing(pairs: Rows, place: int) -> npt.NDArray[np.bool_]:
    """Which pairs have neither word in common with the one at ``place``; (p,) bool."""
    one, other = pairs[place]
    shared = (pairs == one) | (pairs == other)
    result: npt.NDArray[np.bool_] = ~shared.any(axis=1)
    return result


def read_relations(file: Path) -> list[Relation]:
    """Read an analogy set.

    Lines of a relation whose header comes again are added to it; a pair that comes again
    within its relation is left out.

    Raises:
        FileError: the file cannot be read, or is no analogy set; the line is named.
    """
    relations: dict[str, Relation] = {}
    seen: set[tuple[str, ...]] = set()
    current: Relation | None = None
    try:
        with file.open(encoding="utf-8-sig") as handle:
            for number, line in enumerate(_lines(file, handle.readline), start=1):
                words = tuple(line.strip().split("\t") if "\t" in line else line.split())
                words = tuple(word.strip() for word in words)
                if not words:
                    continue
                if line.lstrip().startswith(":"):
                    name = line.strip().lstrip(":").strip()
                    if not name:
                        raise _bad(file, number, "the relation has no name")
                    current = relations.setdefault(name, Relation(name))
                    seen = set(current.words)
                    continue
                _check(file, number, words, current)
                if current is not None and (len(words) == 4 or words not in seen):
                    seen.add(words)
                    current.words.append(words)
    except UnicodeDecodeError:
        raise FileError(f"{file} is not a text file (not UTF-8)", _HINT) from None
    except OSError as error:
        raise FileError(f"{file} cannot be read: {error.strerror or error}", _HINT) from error
    if not any(relation.words for relation in relations.values()):
        raise FileError(f"{file} holds no pairs", _HINT)
    return list(relations.values())


def resolve(relation: Relation, row_of: Callable[[str], int]) -> Resolved:
    """Look a relation's words up; ``row_of`` gives -1 for a word that is not known."""
    numbers: dict[str, int] = {}
    for words in relation.words:
        for word in words:
            numbers.setdefault(word, len(numbers))
    found = np.array([row_of(word) for word in numbers], dtype=np.int64)
    width = len(relation.words[0]) if relation.words else 2
    names = np.array(
        [[numbers[word] for word in words] for words in relation.words], dtype=np.int64
    ).reshape(-1, width)
    unknown = tuple(word for word, number in numbers.items() if found[number] < 0)
    return Resolved(relation.name, names, found[names] if len(names) else names, unknown)


_HINT = "an analogy set has a line ': relation', then two or four words a line"


def _lines(file: Path, readline: Callable[[int], str]) -> Iterator[str]:
    number = 0
    while line := readline(_LONGEST_LINE + 1):
        number += 1
        if len(line) > _LONGEST_LINE:
            raise _bad(file, number, f"it is longer than {_LONGEST_LINE:,} characters")
        yield line


def _check(file: Path, number: int, words: tuple[str, ...], current: Relation | None) -> None:
    if current is None:
        raise _bad(file, number, "words stand before the first ': relation'")
    if len(words) not in (2, 4) or not all(words):
        raise _bad(file, number, f"it has {len(words)} words, not two or four")
    if current.words and len(current.words[0]) != len(words):
        raise _bad(file, number, f"{clip(current.name)} mixes lines of two and of four words")
    if len(words) == 2 and words[0] == words[1]:
        raise _bad(file, number, f"{clip(words[0])} is paired with itself")


def _bad(file: Path, number: int, what: str) -> FileError:
    return FileError(f"{file}:{number}: {what}", _HINT)
