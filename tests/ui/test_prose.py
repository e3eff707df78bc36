"""Paths on narrow screens: they break at their separators, and nothing else changes."""

from __future__ import annotations

import pytest
from textual.content import Content

from gene_tui.ui.format import Prose, breaks, broken

PATH = "/home/ada/projects/embeddings/2026/vectors.npz"


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        (PATH, 60, [PATH]),
        (PATH, 20, ["/home/ada/projects/", "embeddings/2026/", "vectors.npz"]),
        (
            f"cannot read {PATH}: no such file",
            26,
            ["cannot read", "/home/ada/projects/", "embeddings/2026/", "vectors.npz: no such file"],
        ),
        ("a" * 25, 10, ["a" * 10, "a" * 10, "a" * 5]),
        (f"/{'b' * 12}/cc/dd", 10, ["/", "b" * 10, "bb/cc/dd"]),
        ("C:\\data\\spaces\\x", 9, ["C:\\data\\", "spaces\\x"]),
        ("", 10, [""]),
    ],
)
def test_paths_break_behind_separators(text: str, width: int, lines: list[str]) -> None:
    prose = Prose.of(Content.styled(text, "bold"))
    strips = [line.content.plain.rstrip() for line in prose._wrap_and_format(width)]
    assert strips == lines
    assert prose.get_height({}, width) == len(lines)
    assert str(prose) == text, "the text itself is whole"
    assert "".join(broken(text, width).split("\n")) == text
    assert all(0 < cut < len(text) for cut in breaks(text, width))
