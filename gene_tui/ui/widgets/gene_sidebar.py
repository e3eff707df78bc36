"""What is known of the gene under the cursor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from textual.content import Content
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.style import Style
from textual.visual import Visual

from gene_tui.model.gene import Gene
from gene_tui.model.links import atlas_url
from gene_tui.model.result import Hit, Member
from gene_tui.text import width
from gene_tui.ui import format as show
from gene_tui.ui.actions import bindings
from gene_tui.ui.textual_parts import set_scrolled_size

_LONGEST = 1200
#: Members of a list that are shown from each end.
_MEMBERS = 5
#: Empty cells left and right of the text.
MARGIN = 1


@dataclass(frozen=True, slots=True)
class Trust:
    """Whether a gene's vector looks learned or generic.

    Attributes:
        norm_percentile: share of genes with a shorter vector, in percent.
        mean_cosine: to the mean of all vectors.
        hub_count: in how many top-10 lists the gene appears; None if unknown.
        verdict: "good"; "weak" for a short, generic vector; "hub" for one that is near to
            very many.
    """

    norm_percentile: float
    mean_cosine: float
    hub_count: int | None
    verdict: str


@dataclass(frozen=True, slots=True)
class ListFacts:
    """The list that was asked about.

    Attributes:
        members: the best fit first. coherence, z: of the list, None if unknown.
        beats: share of members whose fit the gene reaches, from 0 to 1; None if unknown.
        groups: those the list falls apart into, a line each.
    """

    members: tuple[Member, ...]
    coherence: float | None = None
    z: float | None = None
    beats: float | None = None
    groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Facts:
    """One gene.

    Attributes:
        gene: its record. nearest: the genes most like it. trust: None while unknown.
        places: (letter, gene) of the analogy the gene is shown in; else empty.
        numbers: (name, value) of that analogy: offsets and cosines. sentences: what else is to
            be said of it.
        listed: the list whose answer the gene is shown in; else None.
        opinions: (space, what it says) of the hit, of the other spaces that were asked.
        note: why something is missing.
        held_out: how far the relation whose answer the gene is shown in holds, a line each.
    """

    gene: Gene
    nearest: tuple[Hit, ...] = ()
    trust: Trust | None = None
    places: tuple[tuple[str, Gene], ...] = ()
    numbers: tuple[tuple[str, str], ...] = ()
    sentences: tuple[str, ...] = ()
    note: str = ""
    listed: ListFacts | None = None
    opinions: tuple[tuple[str, str], ...] = ()
    held_out: tuple[str, ...] = ()


class TextPage(ScrollView, can_focus=True):
    """Shows one ``Content``, wrapped to the width. Clicks on ``@click`` meta act on it.

    It repaints only the lines that changed: over SSH every line costs.
    """

    def __init__(self, *, id: str, classes: str = "") -> None:
        super().__init__(id=id, classes=classes)
        self._strips: list[Strip] = []

    @property
    def room(self) -> int:
        """Cells a line of text may take."""
        return max(12, self.scrollable_content_region.width - 2 * MARGIN)

    def put_text(self, content: Content) -> None:
        """Show another text, from its beginning."""
        old, height = self._strips, self.scrollable_content_region.height
        self._strips = Visual.to_strips(self, content, self.room, None, self.visual_style, pad=True)
        moved = self.scroll_offset.y > 0
        # At least what is in sight, and without Textual's new layout: both would repaint all of
        # it, and what is around.
        size = Size(self.room + 2 * MARGIN, max(height, len(self._strips)))
        if size != self.virtual_size:
            self.set_reactive(TextPage.virtual_size, size)
            set_scrolled_size(self, size)
        if moved:
            self.scroll_home(animate=False)
            self.refresh()
            return
        for y in range(min(height, max(len(old), len(self._strips)))):
            if old[y : y + 1] != self._strips[y : y + 1]:
                self.refresh(Region(0, y, self.scrollable_content_region.width, 1))

    def render_line(self, y: int) -> Strip:
        """One line of what is in sight."""
        line = y + self.scroll_offset.y
        width = self.scrollable_content_region.width
        style = self.rich_style
        if line >= len(self._strips):
            return Strip.blank(width, style)
        blank = Strip.blank(MARGIN, style)
        return Strip.join([blank, self._strips[line], blank]).adjust_cell_length(width, style)

    def notify_style_update(self) -> None:
        """Another theme: the strips have the old colours."""
        super().notify_style_update()
        self.restyle()

    def restyle(self) -> None:
        """Put the text again; for subclasses."""


class GeneSidebar(TextPage):
    """The details pane. A click on a gene's name asks for it."""

    BINDINGS = bindings("details")

    class GenePicked(Message):
        """A gene's name was clicked."""

        def __init__(self, label: str) -> None:
            super().__init__()
            self.label = label

    def __init__(self) -> None:
        super().__init__(id="details", classes="pane")
        self._facts: Facts | None = None
        self._labels: list[str] = []
        self._drawn_for = 0

    def on_mount(self) -> None:
        # Not the gene's name: another title would repaint the whole pane at each step.
        self.border_title = "Gene"

    def put(self, facts: Facts | None) -> None:
        """Show a gene's facts; None for no gene."""
        self._facts, self._labels, self._drawn_for = facts, [], self.room
        self.put_text(self._body(facts) if facts else Content(""))

    def restyle(self) -> None:
        """Another theme."""
        if self._facts is not None and self.is_mounted:
            self.put(self._facts)

    def on_resize(self) -> None:
        """Lines are cut to the width."""
        if self._facts is not None and self._drawn_for != self.room:
            self.put(self._facts)

    def action_pick(self, place: int) -> None:
        """A name was clicked."""
        if place < len(self._labels):
            self.post_message(self.GenePicked(self._labels[place]))

    def _body(self, facts: Facts) -> Content:
        room = self.room
        parts = [*self._record(facts.gene, room)]
        if facts.places:
            parts += ["", *self._places(facts, room)]
        if facts.opinions:
            parts += ["", _head("Other spaces", room)]
            parts += [
                Content.assemble(
                    (f"{name:<14} ", "$text-muted"), show.safe(text, max(8, room - 15))
                )
                for name, text in facts.opinions
            ]
        if facts.listed:
            parts += ["", *self._list(facts.listed, room)]
        if facts.held_out:
            parts += ["", _head("Relation", room)]
            parts += [show.content(line, 600) for line in facts.held_out]
        if facts.nearest:
            parts += ["", _head("Nearest", room)]
            scores = [hit.score for hit in facts.nearest]
            for hit in facts.nearest:
                parts.append(self._gene_line(hit.genes[0], hit.score, scores, room))
        elif facts.note:
            parts += ["", Content.styled(show.safe(facts.note, 200), "$text-muted")]
        if facts.trust:
            parts += ["", *self._trust(facts, room)]
        return Content("\n").join(parts)

    def _record(self, gene: Gene, room: int) -> list[Content | str]:
        parts: list[Content | str] = [show.content(gene.shown, room, "bold $primary")]
        if gene.name:
            parts.append(show.content(gene.name, 200, "bold"))
        ids = [gene.id if gene.id and gene.id != gene.shown else ""]
        if gene.label not in (gene.shown, gene.id):
            ids.insert(0, gene.label)
        parts += [show.content(text, room) for text in ids if text]
        if url := atlas_url(gene):
            parts.append(Content.styled(show.link(url, room), "$primary"))
        rows = (
            ("type", gene.type),
            ("chr", gene.chromosome),
            ("was", ", ".join(gene.previous)),
            ("also", ", ".join(gene.aliases)),
            ("HGNC", gene.hgnc.removeprefix("HGNC:")),
            ("NCBI", gene.entrez),
        )
        known = [(name, text) for name, text in rows if text]
        if known:
            parts.append("")
        for name, text in known:
            line = (f"{name:<5}", "$text-muted"), show.safe(text, 160)
            parts.append(Content.assemble(*line))
        if gene.description and gene.description != gene.name:
            parts += ["", show.content(gene.description, _LONGEST)]
        return parts

    def _trust(self, facts: Facts, room: int) -> list[Content | str]:
        trust = facts.trust
        assert trust is not None
        badge, style = {
            "good": ("well placed", "$success"),
            "weak": ("weak vector", "$warning"),
            "hub": ("hub", "$warning"),
        }[trust.verdict]
        lines: list[Content | str] = [
            _head("Trust", room),
            Content.assemble((f"● {badge}", style)),
        ]
        rows = [("norm", f"longer than {trust.norm_percentile:.0f} % of genes")]
        rows.append(("mean", f"cosine {trust.mean_cosine:.2f} to it"))
        if trust.hub_count is not None:
            lists = "list" if trust.hub_count == 1 else "lists"
            rows.append(("hub", f"in {show.count(trust.hub_count)} top-10 {lists}"))
        return lines + [
            Content.assemble((f"{name:<5}", "$text-muted"), show.safe(text, max(8, room - 5)))
            for name, text in rows
        ]

    def _places(self, facts: Facts, room: int) -> list[Content | str]:
        lines: list[Content | str] = [_head("Analogy", room)]
        for letter, gene in facts.places:
            lines.append(self._named(f"{letter}  ", gene, room))
        values = show.aligned([value for _, value in facts.numbers])
        lines += [
            Content.assemble((f"{name:<11}", "$text-muted"), f"{value:>9}")
            for (name, _), value in zip(facts.numbers, values, strict=True)
        ]
        lines += [show.content(sentence, _LONGEST) for sentence in facts.sentences]
        return lines

    def _list(self, listed: ListFacts, room: int) -> list[Content | str]:
        lines: list[Content | str] = [_head(f"List of {len(listed.members):,}", room)]
        rows = [
            ("coherence", None if listed.coherence is None else f"{listed.coherence:.4f}"),
            ("its z", None if listed.z is None else show.z(listed.z)),
            ("beats", None if listed.beats is None else f"{100 * listed.beats:.0f} % of members"),
        ]
        lines += [
            Content.assemble((f"{name:<11}", "$text-muted"), value) for name, value in rows if value
        ]
        lines += [show.content(line, 200) for line in listed.groups]
        known = [(one.gene, one.fit) for one in listed.members if one.fit is not None]
        if not known:
            return lines
        fits = [fit for _, fit in known]
        lines.append(Content.styled("members by fit", "$text-muted"))
        shown = known if len(known) <= 2 * _MEMBERS else [*known[:_MEMBERS], *known[-_MEMBERS:]]
        for place, (gene, fit) in enumerate(shown):
            if len(shown) < len(known) and place == _MEMBERS:
                lines.append(Content.styled("… the odd ones out", "$text-muted"))
            lines.append(self._gene_line(gene, fit, fits, room))
        return lines

    def _named(self, lead: str, gene: Gene, room: int) -> Content:
        name = show.safe(gene.shown, 14)
        rest = show.elided(gene.name, max(0, room - len(lead) - len(name) - 2))
        return Content.assemble(
            (lead, "$text-muted"), self._pickable(gene, name), f"  {rest}" if rest else ""
        )

    def _gene_line(self, gene: Gene, score: float, shown: Sequence[float], room: int) -> Content:
        name = show.safe(gene.shown, 14)
        bar = show.bar(score, min(shown), max(shown), min(8, max(0, room - 24)))
        pad = " " * max(1, 15 - width(name))
        return Content.assemble(
            self._pickable(gene, name), pad, f"{show.score(score)} ", (bar, "$bar")
        )

    def _pickable(self, gene: Gene, name: str) -> Content:
        self._labels.append(gene.label)
        click = Style.from_meta({"@click": f"pick({len(self._labels) - 1})"})
        return Content.styled(name, "bold").stylize(click)


def _head(text: str, room: int) -> Content:
    return Content.styled(f"{text} ".ljust(room, "─"), "$text-muted")
