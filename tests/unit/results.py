"""Results made by hand, for the tests of what is printed."""

from __future__ import annotations

from typing import Any

from gene_tui.language.parser import parse
from gene_tui.model.gene import Gene
from gene_tui.model.options import Options
from gene_tui.model.result import Hit, Result, SpaceInfo

HBA1 = Gene(0, "ENSG00000206172", "ENSG00000206172", "HBA1", "hemoglobin subunit alpha 1")
HBA2 = Gene(1, "ENSG00000188536", "ENSG00000188536", "HBA2", "hemoglobin subunit alpha 2")
HBB = Gene(2, "ENSG00000244734", "ENSG00000244734", "HBB", "hemoglobin subunit beta")
WORD = Gene(3, "New_York")

#: Names as nobody should give them.
HOSTILE = [
    "[/x]",
    "[bold]x[/bold]",
    "a|b",
    "`code`",
    "``two``",
    "<script>alert(1)</script>",
    "<!-- x",
    "[click](http://evil.example)",
    "![i](http://evil.example/i.png)",
    "https://evil.example/x",
    "www.evil.example",
    "*bold* _em_ __strong__ ~~gone~~ ~x~",
    "# not a heading",
    "ends in #",
    "1. not a list",
    "&lt;b&gt; &amp;",
    "$x^2$",
    "back\\slash \\| \\",
    "two\nlines",
    "two\r\nlines",
    "cr\ronly",
    "tab\there",
    "esc\x1b[31mred\x1b[0m",
    "osc\x1b]52;c;aGk=\x07bell",
    "c1\x9b31m\x85\x90",
    "nul\x00del\x7f",
    "rtl\u202eoverride\u2066isolate",
    "zero\u200bwidth\ufeff",
    "line\u2028para\u2029",
    "lone\ud800surrogate",
    "漢字の名前と説明" * 4,
    "🧬🧪👩‍🔬",
    "z" + "\u0301\u0323" * 60,
    "x" * 10_000,
    '=HYPERLINK("http://evil.example")',
    'say "hi", now',
    "::",
    "?",
]


def result(text: str, hits: list[Hit], genes: tuple[Gene, ...] = (), **more: Any) -> Result:
    """A result for ``text``; ``more`` replaces its other fields."""
    query = parse(text)
    fields: dict[str, Any] = {
        "query": query,
        "canonical": str(query),
        "query_genes": genes,
        "space": SpaceInfo("human-expression", 20_829, 256, "3f2a90c1"),
        "options": Options(),
        "transforms": (),
        "exact": True,
        "complete": True,
        "method": "matrix-vector product",
        "elapsed_s": 0.0042,
        "load_s": 0.25,
        "hits": tuple(hits),
    }
    return Result(**(fields | more))


def nearest(**more: Any) -> Result:
    """HBA1's nearest genes."""
    hits = [
        Hit(
            1,
            (HBA2,),
            0.98765432109,
            z=7.25,
            rarity=601.0,
            rarity_of=600,
            rarity_count=0,
            back=2,
            mutual_rank=2**0.5,
        ),
        Hit(2, (HBB,), 0.5, z=4.04, rarity=1.25, rarity_of=599, rarity_count=479, back=38),
    ]
    return result("HBA1", **({"hits": hits, "genes": (HBA1,)} | more))
