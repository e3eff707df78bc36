"""A terminal's screens as small SVG: one that stands still, or several that follow each other.

Reads what ``App.export_screenshot`` draws. Fonts are the reader's own: no file is fetched. What
several frames share is drawn once, so that a film of some frames is little larger than one. It
moves by CSS alone, which web pages play in an ``<img>`` too; where nothing plays (or motion is not
wanted) the frame named as the still is shown.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_CELL = 12.2
_LINE = 24.4
_FONT = "ui-monospace,'DejaVu Sans Mono',Menlo,Consolas,'Liberation Mono',monospace"


@dataclass(frozen=True, order=True)
class Piece:
    """Text on one line, or a filled background where there is none; in cells."""

    row: int
    column: int
    cells: int
    style: str
    text: str = ""


@dataclass(frozen=True)
class Frame:
    """A screen: columns × rows, and what is on it, backgrounds before texts."""

    columns: int
    rows: int
    pieces: tuple[Piece, ...]


def frame(svg: str, columns: int, rows: int) -> Frame:
    """A screen from the picture that Textual exports of it."""
    styles = dict(re.findall(r"\.terminal-\d+-(r\d+) \{ ([^}]*) \}", svg))
    matrix = svg[svg.index("clip-terminal)") :]
    rects = re.findall(r'<rect fill="([^"]+)" x="([^"]+)" y="([^"]+)" width="([^"]+)"', matrix)
    grounds = [
        Piece(_row(y), round(float(x) / _CELL), round(float(wide) / _CELL), f"fill:{fill}")
        for fill, x, y, wide in rects
    ]
    texts = []
    for style, x, y, wide, text in re.findall(
        r'<text class="terminal-\d+-(r\d+)" x="([^"]+)" y="([^"]+)" textLength="([^"]+)"'
        r"[^>]*>([^<]*)</text>",
        matrix,
    ):
        plain = html.unescape(text).replace("\xa0", " ")
        column, cells = round(float(x) / _CELL), round(float(wide) / _CELL)
        blank = len(plain) - len(plain.lstrip())
        kept = plain.strip()
        if kept and cells == len(plain):  # as wide as it has letters: blanks around can go
            column, cells = column + blank, len(kept)
        if kept:
            row = round((float(y) - 18.5) / _LINE)
            texts.append(Piece(row, column, cells, styles[style].replace(" ", ""), kept))
    return Frame(columns, rows, (*_joined(grounds), *texts))


def _row(y: str) -> int:
    return round((float(y) - 1.5) / _LINE)


def _joined(grounds: Iterable[Piece]) -> list[Piece]:
    """Backgrounds with those beside them of the same colour."""
    joined: list[Piece] = []
    for piece in sorted(grounds):
        last = joined[-1] if joined else piece
        end = (last.row, last.column + last.cells, last.style)
        if joined and end == (piece.row, piece.column, piece.style):
            joined[-1] = Piece(last.row, last.column, last.cells + piece.cells, last.style)
        else:
            joined.append(piece)
    return joined


def still(shown: Frame) -> str:
    """One screen as SVG."""
    return film([(shown, 1.0)])


def film(frames: Sequence[tuple[Frame, float]], at_rest: int = 0) -> str:
    """Screens as SVG, each shown for its seconds, over and over.

    Args:
        at_rest: the place of the frame that is shown where nothing moves.
    """
    columns, rows = frames[0][0].columns, frames[0][0].rows
    where: dict[Piece, list[int]] = {}
    for place, (shown, _) in enumerate(frames):
        for piece in shown.pieces:
            where.setdefault(piece, []).append(place)
    names: dict[str, str] = {}
    groups: dict[tuple[bool, tuple[int, ...]], list[str]] = {}
    for piece, places in where.items():
        name = names.setdefault(piece.style, f"s{len(names)}")
        groups.setdefault((bool(piece.text), tuple(places)), []).append(_drawn(piece, name))
    whole = sum(seconds for _, seconds in frames)
    style = [f"text{{font:20.26px {_FONT};white-space:pre}}"]
    style += [f".{name}{{{text}}}" for text, name in names.items()]
    body, films = [], dict[tuple[int, ...], str]()
    for (_, places), drawn in sorted(groups.items(), key=lambda group: group[0][0]):
        if len(places) == len(frames):
            body.append("".join(drawn))
            continue
        name = films.setdefault(places, f"f{len(films)}")
        body.append(f'<g class="{name}">{"".join(drawn)}</g>')
    for places, name in films.items():
        style.append(
            f"@keyframes {name}{{{_times(places, [seconds / whole for _, seconds in frames])}}}"
            f".{name}{{opacity:{int(at_rest in places)};"
            f"animation:{name} {whole:g}s step-end infinite}}"
        )
    if films:
        style.append("@media (prefers-reduced-motion:reduce){g{animation:none!important}}")
    wide, high = columns * _CELL + 16, rows * _LINE + 16
    ground = next((p.style for p in frames[at_rest][0].pieces if not p.text), "fill:#000")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide:g} {high:g}">\n'
        f"<style>{chr(10).join(style)}</style>\n"
        f'<rect width="{wide:g}" height="{high:g}" rx="8" style="{ground}"/>\n'
        f'<g transform="translate(8 8)">\n{chr(10).join(body)}\n</g>\n</svg>\n'
    )


def _times(places: Sequence[int], shares: Sequence[float]) -> str:
    """Key frames of what is seen in some places alone."""
    keys, start, seen = [], 0.0, None
    for place, share in enumerate(shares):
        if (place in places) is not seen:
            seen = place in places
            keys.append(f"{100 * start:.4g}%{{opacity:{int(seen)}}}")
        start += share
    return "".join(keys)


def _drawn(piece: Piece, name: str) -> str:
    x, y = f"{piece.column * _CELL:.5g}", piece.row * _LINE
    wide = f"{piece.cells * _CELL:.5g}"
    if not piece.text:
        # A little more than a line: no gaps between lines.
        return f'<rect class="{name}" x="{x}" y="{y:.5g}" width="{wide}" height="24.9"/>'
    length = f' textLength="{wide}" lengthAdjust="spacingAndGlyphs"' if piece.cells > 1 else ""
    text = html.escape(piece.text, quote=False)
    return f'<text class="{name}" x="{x}" y="{y + 18.5:.5g}"{length}>{text}</text>'
