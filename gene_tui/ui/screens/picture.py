"""Pictures of an answer: one at a time, a tab for each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.color import Color, ColorParseError
from textual.containers import ScrollableContainer, Vertical
from textual.content import Content
from textual.style import Style
from textual.widgets import Label, Static

from gene_tui.errors import GeneTuiError
from gene_tui.pictures.picture import Heatmap, Parallelogram, Picture
from gene_tui.ui import format as show
from gene_tui.ui.screens.dialog import Dialog
from gene_tui.ui.widgets.cards import Card, CardText, error_card
from gene_tui.ui.widgets.picture_heatmap import Ramp, heatmap
from gene_tui.ui.widgets.picture_plot import Colours

#: Seconds the size must rest before a picture is drawn again.
_REST = 0.1


@dataclass(frozen=True, slots=True)
class Album:
    """The pictures of an answer.

    Attributes:
        pictures: one for each tab. analogies: the parallelogram of each hit; may be empty.
        hit: which of them is shown first.
    """

    pictures: tuple[Picture, ...]
    analogies: tuple[Parallelogram, ...] = ()
    hit: int = 0


#: Draws a plotted picture elsewhere and hands it to the callback, or what went wrong.
Draw = Callable[
    [Picture, int, int, Colours, Callable[[Content], None], Callable[[GeneTuiError], None]], None
]


class PictureScreen(Dialog[None]):
    """Shows an ``Album`` once it is put.

    Args:
        title: the question. notice: a sentence that stays in sight, "" for none.
        draw: draws what takes longer than a blink.
    """

    BINDINGS: ClassVar = [
        Binding("escape,q,v", "dismiss", "close", show=False),
        Binding("right,l,tab", "turn(1)", "next", show=False),
        Binding("left,h,shift+tab", "turn(-1)", "previous", show=False),
        Binding("down,j", "step(1)", "next hit", show=False),
        Binding("up,k", "step(-1)", "previous hit", show=False),
        *(Binding(str(n), f"go({n - 1})", f"picture {n}", show=False) for n in range(1, 10)),
    ]
    DEFAULT_CSS = """
    PictureScreen { align: center middle; }
    PictureScreen #frame {
        width: 100%; height: 100%; padding: 0 1; background: $surface; border: round $primary;
        border-title-color: $primary; border-title-style: bold; border-subtitle-color: $text-muted;
    }
    PictureScreen #tabs {
        height: 1; width: 1fr; link-style: none; link-background: $surface;
        link-color: $foreground; link-background-hover: $panel; link-color-hover: $primary;
        link-style-hover: underline;
    }
    PictureScreen #field { height: 1fr; width: 1fr; background: $surface; scrollbar-size: 1 1; }
    PictureScreen #field Static { width: auto; height: auto; }
    PictureScreen #about { height: 2; width: 1fr; color: $text-muted; }
    """

    def __init__(self, title: str, draw: Draw) -> None:
        super().__init__()
        self._question = title
        self._draw = draw
        self._album: Album | None = None
        self._card = CardText("Drawing", "computing the pictures …", tone="busy")
        self._at = 0
        self._hit = 0

    def compose(self) -> ComposeResult:
        with Vertical(id="frame") as box:
            box.border_title = show.content(self._question, 70)
            box.border_subtitle = "Esc closes"
            yield Static(id="tabs")
            with ScrollableContainer(id="field", can_focus=False):
                yield Static(id="picture")
                yield Card(id="trouble")
            yield Label(id="about", markup=False)

    def on_mount(self) -> None:
        # The pictures, or why there are none, may be known before the screen is.
        self._show_card(self._card)
        self._show()
        # Textual's is_mounted is still false in here: a failure told before now is told again.
        self.call_after_refresh(self._show_failure)
        self.app.theme_changed_signal.subscribe(self, lambda _: self._show())

    def _show_failure(self) -> None:
        if self._album is None and self._card.tone != "busy":
            self._show_card(self._card)

    def on_unmount(self) -> None:
        self._there = False

    # -- what is shown -----------------------------------------------------------------------

    def put(self, album: Album) -> None:
        """Show the pictures, the first one first."""
        self._album, self._hit = album, album.hit
        self._show()

    def fail(self, error: GeneTuiError) -> None:
        """Say why there is no picture."""
        self._show_card(error_card(error, "No picture"))

    @property
    def picture(self) -> Picture | None:
        """The one shown."""
        if self._album is None:
            return None
        picture = self._album.pictures[self._at]
        if isinstance(picture, Parallelogram) and self._hit < len(self._album.analogies):
            return self._album.analogies[self._hit]
        return picture

    # -- actions -----------------------------------------------------------------------------

    def action_turn(self, by: int) -> None:
        """The next tab; the first after the last."""
        if self._album is not None:
            self.action_go((self._at + by) % len(self._album.pictures))

    def action_go(self, at: int) -> None:
        """One tab."""
        if self._album is not None and at < len(self._album.pictures):
            self._at = at
            self.query_one("#field").scroll_home(animate=False)
            self._show()

    def action_step(self, by: int) -> None:
        """Another hit's parallelogram; elsewhere scroll."""
        album = self._album
        if album is not None and isinstance(self.picture, Parallelogram) and album.analogies:
            self._hit = min(max(0, self._hit + by), len(album.analogies) - 1)
            self._show()
        else:
            self.query_one("#field").scroll_relative(y=by, animate=False)

    def on_resize(self, _: events.Resize) -> None:
        """Draw anew once the size rests."""
        self.set_timer(_REST, self._show)

    # -- inside ------------------------------------------------------------------------------

    def _show(self) -> None:
        picture, album = self.picture, self._album
        if picture is None or album is None or not self.is_mounted or not self.is_open:
            return
        self.query_one("#tabs", Static).update(self._tabs(album.pictures))
        self.query_one("#about", Label).update(show.content(picture.about, 400))
        self.query_one("#frame").border_subtitle = self._hints(picture, album)
        size = self.query_one("#field").size
        if isinstance(picture, Heatmap):
            self._drawn(picture, heatmap(picture, size.width - 1, self._ramp()))
            return
        self._draw(
            picture,
            max(24, size.width),
            max(8, size.height),
            self._colours(),
            lambda drawn: self._drawn(picture, drawn),
            lambda error: self._failed(picture, error),
        )

    def _drawn(self, picture: Picture, drawn: Content) -> None:
        if self.is_mounted and picture is self.picture:
            self.query_one("#trouble").display = False
            box = self.query_one("#picture", Static)
            box.display = True
            box.update(drawn)

    def _failed(self, picture: Picture, error: GeneTuiError) -> None:
        if picture is self.picture:
            self.fail(error)

    def _show_card(self, card: CardText) -> None:
        self._card = card
        if self.is_mounted:
            self.query_one("#picture").display = False
            box = self.query_one("#trouble", Card)
            box.display = True
            box.show_card(card)

    def _tabs(self, pictures: Sequence[Picture]) -> Content:
        parts: list[Content] = []
        for place, picture in enumerate(pictures):
            style = "bold reverse" if place == self._at else ""
            label = Content.styled(f" {place + 1} {picture.title} ", style)
            parts.append(label.stylize(Style.from_meta({"@click": f"screen.go({place})"})))
        return Content(" ").join(parts)

    def _hints(self, picture: Picture, album: Album) -> Content:
        hints = "←→ picture · Esc closes"
        if isinstance(picture, Parallelogram) and len(album.analogies) > 1:
            hints = f"hit {self._hit + 1} of {len(album.analogies)} · ↑↓ hit · {hints}"
        elif isinstance(picture, Heatmap):
            hints = f"↑↓ scroll · {hints}"
        return Content(hints)

    def _colours(self) -> Colours:
        if self._plain:
            return Colours()
        names = ("foreground", "bar", "accent", "primary", "success")
        text, quiet, query, hit, ideal = (self._colour(name) for name in names)
        return Colours(text.rgb, quiet.rgb, query.rgb, hit.rgb, ideal.rgb)

    def _ramp(self) -> Ramp | None:
        if self._plain:
            return None
        return Ramp(self._colour("accent"), self._colour("surface"), self._colour("primary"))

    @property
    def _plain(self) -> bool:
        """Whether the terminal's own colours are to be kept, or none are wanted."""
        return self.app.no_color or self._colour("primary").ansi is not None

    def _colour(self, name: str) -> Color:
        variables = self.app.theme_variables
        try:
            return Color.parse(variables.get(name) or variables["secondary"])
        except ColorParseError:
            return Color.parse(variables["foreground"])
