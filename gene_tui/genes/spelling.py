"""Names that are spelled almost like a given text.

The distance counts insertions, deletions, substitutions and swaps of neighbours, each letter
touched once (optimal string alignment, the restricted Damerau–Levenshtein distance). It is
computed for all names of similar length at once, in a band around the diagonal.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gene_tui.genes.escaping import escape
from gene_tui.model.gene import Gene
from gene_tui.run import IsCancelled, check, never

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from gene_tui.genes.names import NameIndex

#: Stands for every letter beyond ASCII where only ASCII names are compared.
_NO_ASCII = 255


def close_places(
    names: NameIndex,
    text: str,
    most: int = 2,
    among: npt.NDArray[np.bool_] | None = None,
    *,
    cancelled: IsCancelled = never,
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.uint8]]:
    """Which entries of the index are at most ``most`` edits away from ``text``, case ignored.

    Args:
        among: (n,) bool, the entries to look at; None for all.

    Returns:
        Their places in the index, ascending, and their distances.
    """
    import numpy as np

    if not len(names):
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.uint8)
    query = [ord(character) for character in escape(text.casefold())]
    starts = names.offsets[:-1]
    lengths = np.diff(names.offsets) - 1
    data = np.frombuffer(names.text, dtype=np.uint8)
    check(cancelled)
    # In UTF-8 a letter takes up to four bytes.
    near = (lengths >= len(query) - most) & (lengths <= 4 * (len(query) + most))
    places = np.flatnonzero(near if among is None else near & among)
    if not len(places):
        return places, np.zeros(0, dtype=np.uint8)
    # Few names go beyond ASCII, so their letters are looked for, not the names looked through.
    beyond = np.searchsorted(starts, np.flatnonzero(data >= 128), side="right") - 1
    wide = np.zeros(len(names), dtype=bool)
    wide[beyond] = True
    wide = wide[places]
    check(cancelled)
    plain = places[~wide & (lengths[places] <= len(query) + most)]
    found, distances = _plain(data, starts[plain], lengths[plain], query, most, cancelled)
    more, further = _wide(names, places[wide], query, most)
    places = np.concatenate([plain[found], places[wide][more]])
    order = np.argsort(places, kind="stable")
    return places[order], np.concatenate([distances, further])[order]


def as_written(gene: Gene, key: str) -> str:
    """How a gene itself spells a name that the index holds casefolded."""
    written = (gene.label, gene.id, gene.symbol, *gene.previous, *gene.aliases)
    return next((name for name in written if name.casefold() == key), key)


def _plain(
    data: npt.NDArray[np.uint8],
    starts: npt.NDArray[np.int64],
    lengths: npt.NDArray[np.int64],
    query: list[int],
    most: int,
    cancelled: IsCancelled,
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.uint8]]:
    """Positions in ``starts`` of the ASCII names within ``most`` edits, and the distances."""
    import numpy as np

    codes = [min(code, _NO_ASCII) if code > 127 else code for code in query]
    found, distances = [np.zeros(0, dtype=np.int64)], [np.zeros(0, dtype=np.uint8)]
    # Small enough for the caches.
    block = 1 << 14
    for start in range(0, len(starts), block):
        check(cancelled)
        size = lengths[start : start + block]
        steps = np.arange(int(size.max()), dtype=np.int64)[:, None]
        # Bytes past a name's end are never compared: the index must only be in range.
        where = np.minimum(starts[start : start + block] + steps, len(data) - 1)
        distance = _distances(data[where], size, codes, most)
        hits = np.flatnonzero(distance <= most)
        found.append(hits + start)
        distances.append(distance[hits])
    return np.concatenate(found), np.concatenate(distances)


def _wide(
    names: NameIndex, places: npt.NDArray[np.int64], query: list[int], most: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.uint8]]:
    """The same for names beyond ASCII, given by their places."""
    import numpy as np

    texts = [escape(names.key(int(place))) for place in places]
    lengths = np.array([len(text) for text in texts], dtype=np.int64)
    near = np.flatnonzero(np.abs(lengths - len(query)) <= most)
    if not len(near) or not lengths[near].max():
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.uint8)
    width = int(lengths[near].max())
    joined = np.array([texts[place] for place in near], dtype=f"U{width}")
    codes = joined.view(np.uint32).reshape(len(near), width).T
    distance = _distances(codes, lengths[near], query, most)
    hits = np.flatnonzero(distance <= most)
    return near[hits], distance[hits]


def _distances(
    letters: npt.NDArray[Any], lengths: npt.NDArray[np.int64], query: list[int], most: int
) -> npt.NDArray[np.uint8]:
    """Distances of N words to the query, exact where they are at most ``most``.

    Args:
        letters: (L, N) character codes; what lies past a word's end does not matter.
        lengths: (N,) of the words, at most L.
    """
    import numpy as np

    width, count = letters.shape
    far = np.full(count, most + 1, dtype=np.uint8)
    # Row i of the table: its band |i - j| <= most as {j: (N,) distances of the first i, j letters}.
    row = {j: np.full(count, j, dtype=np.uint8) for j in range(min(most, width) + 1)}
    above: dict[int, npt.NDArray[np.uint8]] = {}
    for i in range(1, len(query) + 1):
        older, above, row = above, row, {}
        for j in range(max(0, i - most), min(width, i + most) + 1):
            best = above[j] + np.uint8(1) if j in above else far
            if j:
                if j - 1 in above:
                    best = np.minimum(best, above[j - 1] + (letters[j - 1] != query[i - 1]))
                if j - 1 in row:
                    best = np.minimum(best, row[j - 1] + np.uint8(1))
            if j - 2 in older:
                swapped = (letters[j - 1] == query[i - 2]) & (letters[j - 2] == query[i - 1])
                best = np.where(swapped, np.minimum(best, older[j - 2] + np.uint8(1)), best)
            row[j] = np.minimum(best, far).astype(np.uint8)
    for j, distance in row.items():
        far = np.where(lengths == j, distance, far)
    return far
