"""A small space whose genes are called what no gene should be called."""

from __future__ import annotations

from pathlib import Path

ESCAPES = "\x1b]52;c;aGVsbG8=\x07\x1b[31mred\x1b[2J"
NAMES = (
    "[/x]",
    "[bold red]loud[/]",
    ESCAPES,
    "\u202egnp.exe",
    "L" * 10_000,
    "👩‍🔬🧬",
    "a\tb\nc",
    "e" + "\u0301" * 400,
    "中文基因",
    "$primary",
    "@click=app.quit",
)
#: Genes that are called as genes are.
PLAIN = tuple(f"G{n}" for n in range(20))


def write(folder: Path) -> Path:
    """A space folder whose genes are called so, and described so."""
    import numpy as np

    from gene_tui.spaces import store
    from gene_tui.spaces.importing import Annotator
    from gene_tui.spaces.source import Block, Source

    labels = [*NAMES, *PLAIN]
    vectors = np.random.default_rng(3).normal(size=(len(labels), 6)).astype(np.float32)
    columns = {
        "symbol": labels,
        "name": [f"name of {label}" for label in labels],
        "description": [f"{label} {ESCAPES}" for label in labels],
        "aliases": [f"alias {n}{ESCAPES}" for n in range(len(labels))],
        "type": ["[red]" for _ in labels],
    }
    file = folder.with_suffix(".source")
    file.write_bytes(vectors.tobytes())
    source = Source("test", 6, len(labels), iter([Block(labels, vectors, columns)]), (file,), [])
    store.write(source, folder, name="[/b][red]space", annotator=Annotator(()))
    return folder
