"""Four screens at three sizes in two themes, as pictures to compare with accepted ones.

Everything shown is made up here, so that a picture changes only when the app's looks do.
After a change that is meant: ``pytest tests/snapshots --snapshot-update``, then look at them.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from types import SimpleNamespace
from typing import Any

import pytest
from textual.pilot import Pilot

from gene_tui.config import Settings
from gene_tui.errors import GeneTuiError, UnknownGene
from gene_tui.language.parser import parse
from gene_tui.model.gene import Gene
from gene_tui.model.options import Options
from gene_tui.model.result import Hit, Result, SpaceInfo
from gene_tui.ui.app import GeneTui
from gene_tui.ui.controllers import asking, details, loading, remembering, typing
from gene_tui.ui.tasks import Typed
from gene_tui.ui.widgets.gene_sidebar import Facts, Trust
from gene_tui.ui.widgets.suggestions import Offer

SIZES = [(80, 24), (110, 30), (140, 40)]
THEMES = ["gene-dark", "gene-light"]
NAMES = (
    ("ACTA2", "actin alpha 2, smooth muscle"),
    ("JAGN1", "jagunal homolog 1"),
    ("TAGLN", "transgelin"),
    ("MUC19", "mucin 19, oligomeric"),
    ("CNN1", "calponin 1"),
    ("DES", "desmin"),
    ("MYH11", "myosin heavy chain 11"),
    ("LMOD1", "leiomodin 1"),
    ("SYNPO2", "synaptopodin 2"),
)
GENES = {
    symbol: Gene(
        row=row,
        label=f"ENSG{row + 107796:011d}",
        id=f"ENSG{row + 107796:011d}",
        symbol=symbol,
        name=name,
        type="protein-coding",
        chromosome=str(row + 1),
        aliases=(f"{symbol}L",),
        description=f"{name}, described at some length so that it takes more than one line",
    )
    for row, (symbol, name) in enumerate(NAMES)
}
SPACE = SpaceInfo("human-expression", 20829, 256, "0123456789abcdef")


def result(text: str) -> Result:
    """An answer that nothing computed."""
    query = parse(text)
    others = [gene for gene in GENES.values() if gene.symbol not in query.names]
    hits = tuple(
        Hit(
            rank=rank,
            genes=tuple(others[(rank + slot) % len(others)] for slot in range(query.unknowns)),
            score=0.64 - 0.012 * rank,
            z=9.3 - 0.2 * rank,
            rarity=601 / max(1, rank - 3),
            rarity_of=600,
            rarity_count=max(0, rank - 4),
            back=rank if query.unknowns == 1 else None,
        )
        for rank in range(1, 41)
    )
    return Result(
        query=query,
        canonical=str(query),
        query_genes=tuple(GENES[name] for name in query.names),
        space=SPACE,
        options=Options(k=40),
        transforms=(),
        exact=True,
        complete=True,
        method="",
        elapsed_s=0.041,
        load_s=0.0,
        hits=hits,
        notes=("ACTSA → ACTA2 (previous symbol)",),
    )


def answer(_session: Any, text: str, *_: Any) -> Result:
    if "ACTA3" in text:
        raise UnknownGene(
            "ACTA3", "ACTA3: no gene of human-expression is called so", "closest: ACTA2, ACTA1"
        )
    return result(text)


def facts(_session: Any, gene: Gene, hit: Hit | None, *_: Any) -> Facts:
    letters = ("A", "B", "C", "D")
    four = (GENES["ACTA2"], GENES["JAGN1"], *(hit.genes if hit else ()))
    return Facts(
        gene,
        nearest=tuple(
            Hit(place, (other,), 0.9 - 0.05 * place)
            for place, other in enumerate(list(GENES.values())[:5])
        ),
        trust=Trust(71.4, 0.25, 31, "good"),
        places=tuple(zip(letters, four, strict=False)),
        numbers=(("|A − B|", "1.94"), ("|C − D|", "1.89"), ("cos A·C", "0.5957")),
    )


def open_session(*_: Any) -> Any:
    view = SimpleNamespace(transforms=())
    space = SimpleNamespace(name=SPACE.name, n=20829, d=256, view=view, table=None, names=None)

    def resolve(name: str) -> Any:
        if name not in GENES:
            raise UnknownGene(name, f"no gene is called {name}")
        return SimpleNamespace(row=GENES[name].row)

    def find(name: str) -> Any:
        return resolve(name) if name in GENES else None

    def gene(row: int) -> Gene:
        return list(GENES.values())[row]

    space.gene = gene
    return SimpleNamespace(
        lacks=False,
        space=space,
        resolver=SimpleNamespace(resolve=resolve, find=find, warm_up=lambda: None),
        prepare=lambda **_: None,
        warm_up=lambda **_: None,
        parse=parse,
        index=None,
        info=SPACE,
    )


def typed(_session: Any, _suggester: Any, text: str, *_: Any) -> Typed:
    offers = tuple(
        Offer(gene.label, gene.symbol, gene.name, f"{gene.symbol}L" if gene.row % 3 else "")
        for gene in GENES.values()
    )
    try:
        known = set(parse(text).names) <= set(GENES)
    except GeneTuiError:
        known = False
    return Typed(offers, known=known)


@pytest.fixture(autouse=True)
def _frozen(monkeypatch: pytest.MonkeyPatch) -> None:
    """No space, no search, no clock."""
    monkeypatch.setattr(loading, "open_session", open_session)
    monkeypatch.setattr(asking, "answer", answer)
    monkeypatch.setattr(details, "facts", facts)
    monkeypatch.setattr(typing, "typed", typed)
    monkeypatch.setattr(remembering, "ago", lambda *_: "14:05")
    for name in ("NO_COLOR", "SSH_CONNECTION", "SSH_TTY", "SSH_CLIENT"):
        monkeypatch.delenv(name, raising=False)


async def settle(pilot: Pilot[int], done: Callable[[], object]) -> None:
    for _ in range(500):
        await pilot.pause(0.01)
        if done():
            break
    assert done()
    await pilot.pause()


async def opened(pilot: Pilot[int]) -> GeneTui:
    app = pilot.app
    assert isinstance(app, GeneTui)
    running = app.main.jobs.running
    await settle(pilot, lambda: app.main.loader.session and not running("prepare"))
    return app


async def ask(pilot: Pilot[int], text: str) -> None:
    app = await opened(pilot)
    before = len(app.main.asking.trail.visits)
    app.main.asking.ask(text)
    await settle(
        pilot,
        lambda: (
            len(app.main.asking.trail.visits) > before
            and len(app.main.history.entries) == before + 1
            and not app.main.jobs.running("gene")
        ),
    )


async def pairs(pilot: Pilot[int]) -> None:
    """Pairs, marks, history and details."""
    await ask(pilot, "DES")
    await ask(pilot, "ACTA2 : JAGN1")
    await pilot.press("space", "j", "right", "space", "j")
    await pilot.pause(0.3)
    app = await opened(pilot)
    await settle(pilot, lambda: not app.main.jobs.running("gene"))


async def suggestions(pilot: Pilot[int]) -> None:
    """A name half typed."""
    app = await opened(pilot)
    await pilot.press(*"ACTA2", "space", "colon", "space", *"JA")
    await settle(pilot, lambda: app.main.suggestions.display)
    await pilot.press("down", "down")
    await pilot.pause(0.1)


async def error(pilot: Pilot[int]) -> None:
    """A gene that is not there."""
    app = await opened(pilot)
    app.main.query_line.put("ACTA3")
    await pilot.press("enter")
    await settle(pilot, lambda: app.main.query_one("#card").has_class("-wrong"))


async def keys(pilot: Pilot[int]) -> None:
    """The help over an answer."""
    await ask(pilot, "ACTA2 - JAGN1 + DES")
    await pilot.pause(0.3)
    await pilot.press("question_mark")
    await pilot.pause(0.1)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("size", SIZES, ids=[f"{columns}x{rows}" for columns, rows in SIZES])
@pytest.mark.parametrize("screen", [pairs, suggestions, error, keys])
def test_screen(
    snap_compare: Callable[..., bool],
    screen: Callable[[Pilot[int]], Awaitable[None]],
    size: tuple[int, int],
    theme: str,
) -> None:
    app = GeneTui("human-expression", settings=Settings(theme=theme))
    assert snap_compare(app, terminal_size=size, run_before=screen)
    app.finish()
