"""From the example pairs of a relation to rows of a space."""

from __future__ import annotations

from gene_tui.errors import NoAnswer
from gene_tui.genes.resolver import Resolver
from gene_tui.lists.members import Members, RowFinder
from gene_tui.lists.named import NamedPairs
from gene_tui.run import QUIET, Run
from gene_tui.spaces.space import Space
from gene_tui.text import clip

#: Pairs that are listed before "…".
_SHOWN = 5


def examples(listed: NamedPairs, space: Space, resolver: Resolver, run: Run = QUIET) -> Members:
    """The rows of a file's pairs, A and B in turn, each pair once.

    Pairs with a gene that is absent or ambiguous, of one gene twice, or of two identical vectors
    are left out, and said.

    Raises:
        NoAnswer: none of its pairs is left.
        Cancelled: the user stopped it.
    """
    finder = RowFinder(space, resolver)
    kept: dict[tuple[int, int], None] = {}
    left_out: dict[str, list[str]] = {
        "absent": [],
        "ambiguous": [],
        "of one gene twice": [],
        "of identical vectors": [],
    }
    repeated = 0
    for done, pair in enumerate(listed.pairs):
        if done % 1000 == 0:
            run.check()
        a, b = map(finder.find, pair)
        if a is None or b is None:
            lost = [name for name, row in zip(pair, (a, b), strict=True) if row is None]
            absent = not all(map(resolver.is_known, lost))
            left_out["absent" if absent else "ambiguous"].append(_shown(pair))
        elif a == b:
            left_out["of one gene twice"].append(_shown(pair))
        elif (a, b) in kept:
            repeated += 1
        elif (space.vectors[a] == space.vectors[b]).all():
            left_out["of identical vectors"].append(_shown(pair))
        else:
            kept[a, b] = None
    told = [f"{len(kept):,} of {len(listed.pairs):,} pairs are examples"]
    for why, pairs in left_out.items():
        if pairs:
            more = " …" if len(pairs) > _SHOWN else ""
            told.append(f"{len(pairs):,} {why} ({', '.join(pairs[:_SHOWN])}{more})")
    told += [f"{repeated:,} repeated"] if repeated else []
    note = f"{clip(listed.name, 60)} (file): {', '.join(told)}"
    if not kept:
        raise NoAnswer(
            f"none of the {len(listed.pairs):,} pairs of {clip(listed.name, 60)} can be an "
            f"example: {', '.join(told[1:])}",
            "a pair is two different genes of the space: symbols, Ensembl IDs or labels",
        )
    notes = [note]
    if renamed := finder.renamed:
        shown = "; ".join(renamed[:_SHOWN]) + (" …" if len(renamed) > _SHOWN else "")
        notes.append(f"{len(renamed):,} by another name: {shown}")
    return Members(tuple(row for pair in kept for row in pair), (*notes, *listed.notes))


def _shown(pair: tuple[str, str]) -> str:
    return " : ".join(clip(name, 30) for name in pair)
