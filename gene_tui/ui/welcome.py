"""What one may do, for the first card of a sitting."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from gene_tui.ui.actions import Keys
from gene_tui.ui.widgets.cards import CardText

#: Queries to try, the genes in them, what they ask.
_EXAMPLES = (
    ("HBA1", ("HBA1",), "nearest genes"),
    ("PYGL : PYGM", ("PYGL", "PYGM"), "pairs in the same relation"),
    ("PYGL : PYGM :: GYS2 : ?", ("PYGL", "PYGM", "GYS2"), "complete the analogy"),
    ("HBA1 - HBB + HBD", ("HBA1", "HBB", "HBD"), "nearest genes to a sum"),
)
_WORDS = (
    ("A", "nearest genes"),
    ("A : B", "pairs in the same relation"),
    ("A : B :: C : ?", "complete the analogy"),
    ("A - B + C", "nearest genes to a sum"),
    ("A ~ B", "how similar they are"),
    ("A : ?", "analogies that contain A"),
)


def welcome(
    keys: Keys, demo: bool, known: Callable[[str], bool], first: Sequence[str] = ()
) -> CardText:
    """What one may do, with examples; on the demonstration space, how to bring one's own.

    Args:
        known: whether a name means a gene of the space; examples have such names only.
        first: what genes are called here, for a space that has none of the examples.
    """
    examples = [(text, told) for text, names, told in _EXAMPLES if all(map(known, names))]
    others = [(f"Esc {keys.shown('help')}", "all keys")]
    if demo:
        own = f"your own space: gene-tui import FILE, then Esc {keys.shown('space')} here"
    else:
        own = "" if examples or not first else f"genes are called {', '.join(first)} … here"
        asked = {told for _, told in examples}
        examples += [(text, told) for text, told in _WORDS if told not in asked]
    return CardText("gene-tui", "Type a gene and press Enter.", own, lines=(*examples, *others))
