"""Every text can be read in both themes: a contrast of 4.5 at least, as WCAG computes it."""

from __future__ import annotations

import pytest
from textual.color import Color
from textual.theme import Theme

from gene_tui.ui.app import GeneTui
from gene_tui.ui.themes import DARK, LIGHT
from gene_tui.ui.widgets.picture_heatmap import Ramp

#: What text is written in, and what it is written on.
TEXTS = (
    "foreground",
    "text-muted",
    "text-disabled",
    "primary",
    "secondary",
    "accent",
    "warning",
    "error",
    "success",
)
GROUNDS = ("background", "surface", "panel")
#: Text on a ground of its own: cursors, marks under the cursor, buttons.
PAIRS = (
    ("foreground", "row-cursor"),
    ("text-muted", "row-cursor"),
    ("accent", "row-cursor"),
    ("success", "row-cursor"),
    ("block-cursor-foreground", "block-cursor-background"),
    ("block-cursor-blurred-foreground", "block-cursor-blurred-background"),
    ("input-cursor-foreground", "input-cursor-background"),
    ("background", "foreground"),
)


def luminance(colour: Color) -> float:
    """Relative luminance, 0 to 1."""
    parts = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in colour.normalized
    ]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(one: Color, other: Color) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_contrast_is_what_it_is_called() -> None:
    assert contrast(Color(0, 0, 0), Color(255, 255, 255)) == pytest.approx(21)
    assert contrast(Color(0x76, 0x76, 0x76), Color(255, 255, 255)) == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=lambda theme: theme.name)
async def test_text_can_be_read(theme: Theme) -> None:
    app = GeneTui(None)
    app.theme = theme.name
    variables = app.get_css_variables()
    pairs = [(text, ground) for text in TEXTS for ground in GROUNDS] + list(PAIRS)
    poor = {
        (text, ground): round(found, 2)
        for text, ground in pairs
        if (found := contrast(Color.parse(variables[text]), Color.parse(variables[ground]))) < 4.5
    }
    assert not poor


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=lambda theme: theme.name)
def test_numbers_on_a_heat_map_can_be_read(theme: Theme) -> None:
    ramp = Ramp(*(Color.parse(name) for name in (theme.accent, theme.surface, theme.primary)))
    for step in range(-20, 21):
        ground, ink = (Color.parse(colour) for colour in ramp.at(step / 20))
        assert contrast(ground, ink) >= 4.5
