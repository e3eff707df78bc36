"""What the app uses of Textual's inside is there, and used in one place."""

from __future__ import annotations

import re
from pathlib import Path

from textual import __version__
from textual.app import App

import gene_tui.ui
from gene_tui.ui import textual_parts


def test_textual_has_all_its_private_parts_that_the_app_stands_on() -> None:
    gone = textual_parts.missing(App())
    assert not gone, (
        f"Textual {__version__} has no {', '.join(gone)} (there in {textual_parts.TESTED}): "
        "mend gene_tui/ui/textual_parts.py or exclude this version in pyproject.toml"
    )


def test_a_part_that_is_gone_is_named(monkeypatch) -> None:
    monkeypatch.setattr(textual_parts, "PARTS", ((App, "_never_there"),))
    assert textual_parts.missing(App()) == ["textual.app.App._never_there"]


def test_no_other_module_uses_them() -> None:
    names = [name for _, name in textual_parts.PARTS] + list(textual_parts.OWN_PARTS)
    used = re.compile(rf"\b({'|'.join(names)})\b")
    folder = Path(gene_tui.ui.__file__).parent
    users = {file.name for file in folder.rglob("*.py") if used.search(file.read_text("utf-8"))}
    assert users == {"textual_parts.py"}
