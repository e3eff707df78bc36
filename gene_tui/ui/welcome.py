"""What one may do, for the first card of a sitting."""

from __future__ import annotations

from gene_tui.ui.actions import Keys
from gene_tui.ui.widgets.cards import CardText


def welcome(keys: Keys, demo: bool) -> CardText:
    """What one may do, with examples; on the demonstration space, how to bring one's own."""
    examples = (
        ("HBA1", "nearest genes"),
        ("PYGL : PYGM", "pairs in the same relation"),
        ("PYGL : PYGM :: GYS2 : ?", "complete the analogy"),
        ("HBA1 - HBB + HBD", "nearest genes to a sum"),
    )
    others = ((f"Esc {keys.shown('help')}", "all keys"),)
    if demo:
        return CardText(
            "gene-tui",
            "Type a gene and press Enter.",
            f"your own space: gene-tui import FILE, then Esc {keys.shown('space')} here",
            lines=(*examples, *others),
        )
    words = (
        ("A", "nearest genes"),
        ("A : B", "pairs in the same relation"),
        ("A : B :: C : ?", "complete the analogy"),
        ("A - B + C", "nearest genes to a sum"),
        ("A ~ B", "how similar they are"),
        ("A : ?", "best analogies that contain A"),
    )
    return CardText("gene-tui", "Type a gene and press Enter.", lines=(*words, *others))
