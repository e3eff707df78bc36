"""The colour themes: dark, light, and a plain one that uses the terminal's own colours."""

from __future__ import annotations

from collections.abc import Mapping

from textual.theme import Theme

DARK = Theme(
    name="gene-dark",
    primary="#6cb6ff",
    secondary="#8ddb8c",
    accent="#f0b35c",
    warning="#e3b341",
    error="#ff7b72",
    success="#6cc070",
    foreground="#d5dce5",
    background="#12161c",
    surface="#161b22",
    panel="#1f2630",
    dark=True,
    variables={
        "border": "#6cb6ff",
        "text-muted": "#96a1b0",
        "bar": "#41678f",
        "row-cursor": "#1d3650",
        "scrollbar": "#3a4552",
        "scrollbar-hover": "#4d5b6b",
        "scrollbar-active": "#6cb6ff",
        "scrollbar-background": "#161b22",
        "scrollbar-background-hover": "#161b22",
        "scrollbar-background-active": "#161b22",
        "text-disabled": "#8490a0",
        "border-blurred": "#343d49",
        "block-cursor-background": "#2f5f94",
        "block-cursor-foreground": "#ffffff",
        "block-cursor-text-style": "bold",
        "block-cursor-blurred-background": "#2b3440",
        "block-cursor-blurred-foreground": "#d5dce5",
        "input-cursor-background": "#d5dce5",
        "input-cursor-foreground": "#12161c",
    },
)
LIGHT = Theme(
    name="gene-light",
    primary="#0b63b5",
    secondary="#256b2d",
    accent="#855000",
    warning="#7f5300",
    error="#b42318",
    success="#176b30",
    foreground="#1f2630",
    background="#f4f6f8",
    surface="#fbfcfd",
    panel="#e4e9ef",
    dark=False,
    variables={
        "border": "#0b63b5",
        "text-muted": "#525e6c",
        "bar": "#8ab4dc",
        "row-cursor": "#cfe1f4",
        "scrollbar": "#b8c3ce",
        "scrollbar-hover": "#98a6b5",
        "scrollbar-active": "#0b63b5",
        "scrollbar-background": "#e9edf1",
        "scrollbar-background-hover": "#e9edf1",
        "scrollbar-background-active": "#e9edf1",
        "text-disabled": "#5a6674",
        "border-blurred": "#c3ccd6",
        "block-cursor-background": "#0b63b5",
        "block-cursor-foreground": "#ffffff",
        "block-cursor-text-style": "bold",
        "block-cursor-blurred-background": "#d5dee8",
        "block-cursor-blurred-foreground": "#1f2630",
        "input-cursor-background": "#1f2630",
        "input-cursor-foreground": "#fbfcfd",
    },
)
PLAIN = Theme(
    name="plain",
    primary="ansi_default",
    secondary="ansi_default",
    accent="ansi_default",
    warning="ansi_default",
    error="ansi_default",
    success="ansi_default",
    foreground="ansi_default",
    background="ansi_default",
    surface="ansi_default",
    panel="ansi_default",
    boost="ansi_default",
    ansi=True,
    dark=True,
    variables={
        "ansi-background": "ansi_default",
        "ansi-foreground": "ansi_default",
        "border": "ansi_default",
        "border-blurred": "ansi_bright_black",
        "text-muted": "ansi_default",
        "bar": "ansi_default",
        "row-cursor": "ansi_bright_black",
        "block-cursor-background": "ansi_default",
        "block-cursor-foreground": "ansi_default",
        "block-cursor-text-style": "reverse",
        "block-cursor-blurred-background": "ansi_default",
        "block-cursor-blurred-foreground": "ansi_default",
        "block-cursor-blurred-text-style": "underline",
        "input-cursor-background": "ansi_default",
        "input-cursor-foreground": "ansi_default",
        "input-cursor-text-style": "reverse",
    },
)
THEMES = (DARK, LIGHT, PLAIN)


def chosen(setting: str, environment: Mapping[str, str]) -> str:
    """The theme to begin with: plain where colours are not wanted, else the setting."""
    if environment.get("NO_COLOR"):
        return PLAIN.name
    return setting or DARK.name
