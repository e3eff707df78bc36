"""The app: colours, settings, the first screen, and a clean end whatever ends it.

Nothing heavy is imported before the first paint: numpy, pandas, faiss and numba are imported by
jobs, in their threads.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import ClassVar, cast

from textual import events, on
from textual.filter import LineFilter, Monochrome, NoColor

from gene_tui import config
from gene_tui.model.options import Metric
from gene_tui.terminal import detect
from gene_tui.text import clean
from gene_tui.ui import collector, themes
from gene_tui.ui.actions import Keys
from gene_tui.ui.main import MainScreen
from gene_tui.ui.screens.dialog import Dialog
from gene_tui.ui.tasks import Choice, Opening
from gene_tui.ui.textual_parts import DirectApp
from gene_tui.ui.widgets.line import Line

#: Seconds that leaving waits for a lock on the history, where answers wait for it.
LAST_PATIENCE = 20.0


class GeneTui(DirectApp):
    """The app.

    Args:
        space: what to open; None for the settings' space, the last one, or the built-in one.
        opening: transforms and threads.
        settings: the user's; read from their file by default.

    Attributes:
        mouse: whether the app is to listen to it.
    """

    TITLE = "gene-tui"
    CSS_PATH = "styles.tcss"
    ENABLE_COMMAND_PALETTE = False  # there is one of our own
    BINDINGS: ClassVar = []

    def __init__(
        self,
        space: str | None = None,
        *,
        opening: Opening | None = None,
        index: Path | None = None,
        settings: config.Settings | None = None,
    ) -> None:
        warnings: tuple[str, ...] = ()
        self.settings = settings = config.usual() if settings is None else settings
        keys = Keys(settings.keys)
        super().__init__()
        for theme in themes.THEMES:
            self.register_theme(theme)
        wanted = themes.chosen(settings.theme, os.environ)
        if wanted not in self.available_themes:
            warnings += (f"there is no theme {wanted!r}",)
            wanted = themes.DARK.name
        self.theme = wanted
        terminal = detect(os.environ)
        self.mouse = not terminal.in_screen if settings.mouse is None else settings.mouse
        still = terminal.ssh if settings.animations is None else not settings.animations
        if still:
            self.animation_level = "none"
        self.set_keymap(keys.keymap)
        self.main = MainScreen(
            space or settings.space or None,
            opening=opening or Opening(threads=settings.threads or None),
            index=index or (Path(settings.index) if settings.index else None),
            choice=Choice(metric=cast(Metric, settings.metric)),
            keys=keys,
            history_limit=settings.history_limit,
            send_to_terminal=self.send_to_terminal,
            redraw=self.action_repaint,
            warnings=(*settings.warnings, *keys.warnings, *warnings),
        )

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Colours of ours for themes that do not have them."""
        return {"bar": "#5a7fa5", "row-cursor": "#3b4f66"}

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Where ``NO_COLOR`` asks for none, no colour at all reaches the terminal."""
        if os.environ.get("NO_COLOR"):
            return (NoColor(),)
        return [line for line in super().get_line_filters() if not isinstance(line, Monochrome)]

    async def on_event(self, event: events.Event) -> None:
        """Do what each key means before the next: keys that arrive together would otherwise
        overtake each other on their ways through the widgets."""
        if not isinstance(event, events.Key | events.Paste) or event.is_forwarded:
            await super().on_event(event)
        elif isinstance(self.screen, Dialog) and not self.screen.is_ready:
            self.screen.early.append(event)
        else:
            await self._take(event)

    @on(Dialog.Ready)
    async def _typed_early(self, message: Dialog.Ready) -> None:
        """A dialog can be typed in: what was typed since it was asked for belongs to it."""
        dialog = message.dialog
        dialog.is_ready = True
        for event in dialog.early:
            if self.screen is dialog:
                await self._take(event)

    @on(Line.Cut)
    def _pasted_too_much(self, message: Line.Cut) -> None:
        self.main.warn(f"only the first line was pasted; {message.dropped:,} more were left out")

    async def _take(self, event: events.Key | events.Paste) -> None:
        if not self.app_focus:
            self.app_focus = True
        focused = self.focused
        line = focused if isinstance(focused, Line) else None
        if isinstance(event, events.Paste):
            taken = line is not None and line.paste(event.text)
        else:
            taken = (
                await self.do_bound(event.key, priority=True)
                or (line is not None and line.take(event))
                or await self.do_bound(event.key)
            )
        if not taken:
            self.forward(event)

    def get_default_screen(self) -> MainScreen:
        """The screen to begin with."""
        return self.main

    def on_mount(self) -> None:
        """A hang-up or a polite kill ends the app as ``q`` does; without a terminal, its host's."""
        if not self.is_headless:
            self.exit_on("SIGHUP", 129)
            self.exit_on("SIGTERM", 143)

    def finish(self, say: Callable[[str], None] = lambda _: None) -> None:
        """After the last screen: stop all work, and let the history be written.

        Args:
            say: is told what is waited for, and what was lost.
        """
        self.main.remembering.close(LAST_PATIENCE)
        if not self.main.jobs.close(finish="history"):
            say("waiting for the history, which another program has locked; Ctrl+C gives up")
            with contextlib.suppress(KeyboardInterrupt):
                self.main.jobs.close(LAST_PATIENCE + 10.0, finish="history")
        if warning := self.main.remembering.warning:
            say(warning)


def run(
    space: str | None = None,
    *,
    index: Path | None = None,
    center: bool = False,
    drop_components: int = 0,
    unit: bool = False,
    threads: int | None = None,
) -> int:
    """Open the app and stay until the user leaves; the exit code.

    Args:
        space: a space's name or folder, or a source file; None for the one of last time.
        index: a FAISS index over all pairs, loaded in the background.
        center, drop_components, unit: see ``session.open_space``.
        threads: for searching; None for what the settings say.
    """
    settings = config.usual()
    opening = Opening(center, drop_components, unit, threads or settings.threads or None)
    app = GeneTui(space, opening=opening, index=index, settings=settings)
    collector.collect_rarely()
    try:
        code = app.run(mouse=app.mouse)
    finally:
        app.finish(_say_last)
    return code if code is not None else app.return_code or 0


def _say_last(text: str) -> None:
    """Print a line below the app, if the terminal is still there."""
    with contextlib.suppress(OSError, ValueError):
        sys.stderr.write(f"gene-tui: {clean(text)}\n")
        sys.stderr.flush()
