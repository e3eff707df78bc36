"""What jobs tell the screen that asked for them; each message names its job."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from textual.message import Message

from gene_tui.errors import GeneTuiError
from gene_tui.progress import Progress

if TYPE_CHECKING:
    from gene_tui.ui.jobs import Job


class JobMessage(Message):
    """News of one job. Stale ones are dropped by ``Jobs.receive``."""

    def __init__(self, job: Job) -> None:
        super().__init__()
        self.job = job


class JobProgress(JobMessage):
    """How far it is."""

    def __init__(self, job: Job, progress: Progress) -> None:
        super().__init__(job)
        self.progress = progress


class JobPartial(JobMessage):
    """The best it has so far."""

    def __init__(self, job: Job, value: Any) -> None:
        super().__init__(job)
        self.value = value


class JobDone(JobMessage):
    """What it came to."""

    def __init__(self, job: Job, value: Any) -> None:
        super().__init__(job)
        self.value = value


class JobFailed(JobMessage):
    """Why it came to nothing; ``Cancelled`` when it was stopped."""

    def __init__(self, job: Job, error: GeneTuiError) -> None:
        super().__init__(job)
        self.error = error
