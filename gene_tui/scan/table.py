"""A scan's hits as a table that needs no space to be read, and can be browsed with one."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from gene_tui import files
from gene_tui.engines.found import Found
from gene_tui.errors import FileError
from gene_tui.genes.escaping import escape, unescape
from gene_tui.model.result import Result
from gene_tui.run import IsCancelled, check, never
from gene_tui.scan.checkpoint import ScanPlan
from gene_tui.scan.run import Scan, result_of
from gene_tui.session import Session

FILE = "analogies.tsv"
_LARGEST = 1 << 30
_TITLE = "# gene-tui scan: best analogies A : B :: C : D of a whole space"
_PLACES = "ABCD"
_HEADING = [
    "rank",
    "score",
    *(f"label_{place}" for place in _PLACES),
    *(f"symbol_{place}" for place in _PLACES),
]


def write_table(scan: Scan, session: Session, file: Path) -> None:
    """Write the hits and how they were found; the file is replaced when all is written.

    Lines that begin with ``#`` say what was asked, ``key: value``; then a heading, then one
    line a hit: rank, score, four labels, four symbols. Odd characters are escaped.

    Raises:
        FileError: it cannot be written.
    """
    lines = [_TITLE, *(f"# {key}: {value}" for key, value in _facts(scan, session))]
    lines.append("\t".join(_HEADING))
    hits = scan.result(session).hits
    for hit in hits:
        labels = [escape(gene.label) for gene in hit.genes]
        symbols = [escape(gene.symbol or "") for gene in hit.genes]
        lines.append("\t".join([str(hit.rank), f"{hit.score:.12f}", *labels, *symbols]))
    files.write(file, "".join(f"{line}\n" for line in lines))


def _facts(scan: Scan, session: Session) -> list[tuple[str, str]]:
    space, plan = session.space, scan.plan
    return [
        ("space", escape(space.name)),
        ("fingerprint", plan.fingerprint),
        ("genes", str(plan.n)),
        ("dimensions", str(space.d)),
        ("score", "cos(A - B, C - D)"),
        ("k", str(plan.k)),
        ("cap", "none" if plan.cap is None else f"{plan.cap:g}"),
        ("complete", "yes" if scan.complete else f"no, {scan.done} of {scan.parts} parts"),
        ("form", "each analogy once, with the gene that comes first in the space as A"),
    ]


def read_table(file: Path, session: Session, *, cancelled: IsCancelled = never) -> Result:
    """A written table as an answer to browse, over any space that has its genes.

    Genes are found by their labels. Where the space is another one than was scanned the
    answer says so, and hits whose genes it does not have are left out and counted.

    Raises:
        FileError: it is not such a table, or none of its genes is in the space.
        Cancelled: the user stopped it.
    """
    try:
        text = files.read(file, largest=_LARGEST, pipes=False, cancelled=cancelled)
        lines = text.decode("utf-8").splitlines()
    except UnicodeDecodeError as error:
        raise FileError(f"{file} cannot be read ({type(error).__name__})", "") from error
    if not lines or lines[0] != _TITLE:
        raise FileError(f"{file} is not a table of gene-tui scan", "gene-tui scan writes one")
    said = [re.fullmatch(r"# ([a-z]+): (.*)", line) for line in lines[1:]]
    facts = {match[1]: match[2] for match in said if match}
    body = [line for line in lines if not line.startswith("#")]
    rows, scores, missing = _hits(file, body, session, cancelled)
    notes = []
    if facts.get("fingerprint") != session.space.fingerprint:
        notes.append(f"these were found in another space, {unescape(facts.get('space', '?'))}")
    if missing:
        notes.append(f"{missing:,} hits are left out: this space lacks one of their genes")
    complete = facts.get("complete") == "yes"
    cap = facts.get("cap", "none")
    try:
        plan = ScanPlan(
            facts["fingerprint"],
            int(facts["genes"]),
            int(facts["k"]),
            None if cap == "none" else float(cap),
        )
    except (KeyError, ValueError) as error:
        raise FileError(f"{file} lacks what its first lines should say ({error})", "") from error
    found = Found(
        np.array(rows, dtype=np.int64).reshape(len(rows), 4),
        np.array(scores, dtype=np.float64),
        exact=complete and not notes,
        complete=complete,
        method=f"read from {file.name}",
    )
    return result_of(session, plan, found, notes=tuple(notes))


def _hits(
    file: Path, body: list[str], session: Session, cancelled: IsCancelled
) -> tuple[list[list[int]], list[float], int]:
    if not body or body[0].split("\t") != _HEADING:
        raise FileError(f"{file} has no heading line as gene-tui scan writes it", "")
    rows, scores, missing = [], [], 0
    for number, line in enumerate(body[1:], start=1):
        check(cancelled)
        cells = line.split("\t")
        try:
            score = float(cells[1])
            if len(cells) != len(_HEADING) or not -1 <= score <= 1:
                raise ValueError
        except (ValueError, IndexError):
            raise FileError(f"{file}: hit {number} is damaged", "scan again") from None
        genes = [_row(session, unescape(label)) for label in cells[2:6]]
        known = [row for row in genes if row is not None]
        if len(known) < 4:
            missing += 1
            continue
        rows.append(known)
        scores.append(score)
    if missing and not rows:
        raise FileError(f"{file}: this space has none of its analogies", "open the space it is of")
    return rows, scores, missing


def _row(session: Session, label: str) -> int | None:
    found = session.resolver.find(label)
    return None if found is None else found.row
