"""Makes the README's screenshots from the real program on the atlas.

    ./create_env.sh python benchmarks/screenshots.py

Nothing is drawn by hand: each picture is what the app shows after the keys below. A home of its
own keeps the user's spaces and history out of it. SVG files go to assets/screenshots/.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
import time
from pathlib import Path

OUT = Path(__file__).parent.parent / "assets" / "screenshots"

#: file → (columns, rows, theme, queries asked one after the other, keys pressed then)
SHOTS: dict[str, tuple[int, int, str, tuple[str, ...], tuple[str, ...]]] = {
    "analogy": (140, 36, "gene-dark", ("HBA1", "TNNT2 : TNNT1", "CD3D : CD19"), ("down", "right")),
    "nearest": (80, 24, "gene-light", ("HBA1",), ("down", "down")),
    "parallelogram": (110, 32, "gene-dark", ("CD3D : CD19",), ("v", "2")),
}


async def shoot(
    name: str, size: tuple[int, int], theme: str, queries: tuple[str, ...], keys: tuple[str, ...]
) -> None:
    """Run the app, ask, press, and keep what it shows."""
    from gene_tui.config import Settings
    from gene_tui.ui.app import GeneTui

    app = GeneTui(None, settings=Settings(theme=theme))
    async with app.run_test(size=size) as pilot:

        async def quiet() -> None:
            """Until no job runs, and what it led to is shown."""
            end = time.monotonic() + 60
            while time.monotonic() < end:
                await pilot.pause(0.3)
                if not any(app.main.jobs.running(kind) for kind in ("space", "ask", "details")):
                    break
            await pilot.pause(0.7)

        await quiet()
        for query in queries:
            app.main.query_line.focus()
            app.main.query_line.put(query)
            await pilot.press("enter")
            await quiet()
        for key in keys:
            await pilot.press(key)
            await quiet()
        app.save_screenshot(f"{name}.svg", path=str(OUT))
    print(f"{OUT / name}.svg")


def main() -> None:
    """Make all screenshots."""
    with tempfile.TemporaryDirectory() as home:
        for kind in ("DATA", "CACHE", "CONFIG"):
            os.environ[f"XDG_{kind}_HOME"] = str(Path(home) / kind.lower())
        os.environ.pop("NO_COLOR", None)
        import gene_tui

        gene_tui.open_space().prepare()
        OUT.mkdir(parents=True, exist_ok=True)
        for name, (columns, rows, theme, queries, keys) in SHOTS.items():
            asyncio.run(shoot(name, (columns, rows), theme, queries, keys))


if __name__ == "__main__":
    main()
