"""What the details pane shows of one gene: plain values, made in a thread."""

from __future__ import annotations

from dataclasses import dataclass

from gene_tui.model.gene import Gene
from gene_tui.model.result import Hit


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
class Facts:
    """One gene.

    Attributes:
        gene: its record. nearest: the genes most like it. trust: None while unknown.
        places: (letter, gene) of the analogy the gene is shown in; else empty.
        numbers: (name, value) of that analogy: offsets and cosines.
        note: why something is missing.
    """

    gene: Gene
    nearest: tuple[Hit, ...] = ()
    trust: Trust | None = None
    places: tuple[tuple[str, Gene], ...] = ()
    numbers: tuple[tuple[str, str], ...] = ()
    note: str = ""
