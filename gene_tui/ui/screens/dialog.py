"""What closes, closes once, however many keys come in the same breath.

Over a slow line several keys arrive together and are on their way to a screen before the first
of them closes it. Textual would then close the screen below, or give up where there is none.
"""

from __future__ import annotations

from collections.abc import Callable

from textual.await_complete import AwaitComplete
from textual.screen import ModalScreen, ScreenResultType


class Dialog(ModalScreen[ScreenResultType]):
    """A screen on top of others that answers at most once.

    Attributes:
        when_closed: called as it closes, before any message that is on its way arrives: ends
            the jobs whose results it was to show.
    """

    when_closed: Callable[[], object] | None = None

    @property
    def is_open(self) -> bool:
        """Whether it was not closed yet; what is in it goes soon after that."""
        return self in self.app.screen_stack

    def dismiss(self, result: ScreenResultType | None = None) -> AwaitComplete:
        """Close with an answer; nothing if it is closed already."""
        if self.app.screen is not self:
            return AwaitComplete()
        if self.when_closed is not None:
            self.when_closed()
        return super().dismiss(result)
