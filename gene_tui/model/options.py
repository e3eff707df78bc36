"""What may stand beside a query, checked before anything is computed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypedDict, get_args

from gene_tui.errors import UsageError
from gene_tui.model.query import BY_OFFSET, Kind

Metric = Literal["cosine", "euclidean"]
Measure = Literal["direction", "3cosadd", "3cosmul"]
METRICS: tuple[Metric, ...] = get_args(Metric)
MEASURES: tuple[Measure, ...] = get_args(Measure)
LARGEST_K = 100_000
#: The gene type most people limit answers to.
CODING = "protein-coding"
#: ``A : ?`` and ``? : ?`` without a cap are flooded by A's and B's own near-copies.
DEFAULT_CAP = 0.8


@dataclass(frozen=True, slots=True)
class Options:
    """What stands beside a query, never inside it.

    Attributes:
        k: hits wanted, at least 1.
        metric: "cosine" or "euclidean".
        measure: "direction", "3cosadd" or "3cosmul"; analogies only.
        cap: hits whose A·C or B·D cosine exceeds this are left out; None for no cap.
        per_gene: no gene more than this many times in the answer; None for no limit.
        within: the candidate list's file name or "list"; None for all genes.
        candidates: row numbers the ``?`` may take, sorted; None for all.
        type: gene type the ``?`` may take (``protein-coding``); None for all.
        truncate: the first N rows only; None for all.
    """

    k: int = 10
    metric: Metric = "cosine"
    measure: Measure = "direction"
    cap: float | None = None
    per_gene: int | None = None
    within: str | None = None
    candidates: tuple[int, ...] | None = field(default=None, repr=False)
    type: str | None = None
    truncate: int | None = None


class Choices(TypedDict, total=False):
    """The options a question may be asked with by name; see ``Options``."""

    k: int
    metric: Metric
    measure: Measure
    cap: float | None
    per_gene: int | None
    type: str | None
    truncate: int | None


def cap_in_force(kind: Kind, cap: float | None) -> float | None:
    """The cap on A·C and B·D that a question of a kind is answered with.

    ``DEFAULT_CAP`` where none is given and the kind needs one; None where a cap of 1 or more
    switches it off.
    """
    if cap is None:
        return DEFAULT_CAP if kind in (Kind.CONTAINING, Kind.ALL) else None
    return None if cap >= 1 and kind in BY_OFFSET else cap


def check_options(options: Options) -> None:
    """Refuse values that no question can have.

    Raises:
        UsageError: naming the option and what it takes.
    """
    if not 1 <= options.k <= LARGEST_K:
        raise UsageError(f"k is {options.k}", f"ask for 1 to {LARGEST_K:,} hits")
    if options.metric not in METRICS:
        raise UsageError(f"there is no metric {options.metric!r}", " or ".join(METRICS))
    if options.measure not in MEASURES:
        raise UsageError(f"there is no measure {options.measure!r}", ", ".join(MEASURES))
    if options.cap is not None and not options.cap >= -1:
        raise UsageError(f"the cap is {options.cap}", "a cosine between -1 and 1")
    if options.per_gene is not None and options.per_gene < 1:
        raise UsageError("--per-gene needs at least 1")
